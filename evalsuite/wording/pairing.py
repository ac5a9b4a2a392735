"""In one line, how the problems of several runs were paired, and how many texts changed."""

from evalsuite.pairing.record import Pairing
from evalsuite.wording.language import N_, tr
from evalsuite.wording.verdicts import problems

__all__ = ["changed_texts", "pairing_line", "pairing_warning"]

BY = {
    "content": N_("Paired by question and gold answer: {problems}."),
    "question": N_("Paired by question: {problems}."),
    "id": N_("Paired by id: {problems}."),
    "index": N_("Paired by the index: {problems}."),
    "position": N_("Paired by position: row i of every run is taken for the same problem."),
}
FORMS = {
    "number": N_("Ids are compared by their number alone."),
    "without prefix": N_("Ids are compared without the beginning that all of a run share."),
}


def pairing_line(pairing: Pairing) -> str:
    """Say what the pairing rests on, what was checked, what was left out, and which problems occur more than once."""
    n = pairing.n_pairs
    # Without a gold answer that every run knows, the questions alone were paired.
    alone = pairing.by == "content" and not pairing.golds_checked + pairing.golds_differ
    parts = [tr(BY["question" if alone else pairing.by], problems=problems(n))]
    if pairing.by in ("id", "index"):
        parts += [tr(FORMS[pairing.id_form])] if pairing.id_form in FORMS else []
        parts.append(_checked(pairing))
    elif pairing.by in ("content", "question") and pairing.questions_checked < n:
        parts.append(tr("{k} of them by id alone, without a question.", k=f"{n - pairing.questions_checked:,}"))
    elif pairing.by == "content" and pairing.golds_checked < n:
        parts.append(tr("Not every run knows the gold answers."))
    if warning := pairing_warning(pairing):
        parts.append(warning)
    if any(pairing.left_out):
        parts.append(tr("Left out: {counts}.", counts=_counts(pairing, pairing.left_out)))
    if any(pairing.duplicates):
        counts = _counts(pairing, pairing.duplicates)
        twins = tr("; ").join(" = ".join(map(repr, group)) for group in pairing.twins)
        parts.append(
            tr("Problems that occur more than once are left out: {counts} ({twins}).", counts=counts, twins=twins)
            if pairing.duplicates_dropped
            else tr(
                "Problems that occur more than once, {counts} ({twins}), are paired by id where that decides, else in "
                "their order; --drop-duplicates leaves them out.",
                counts=counts,
                twins=twins,
            )
        )
    return tr(" ").join(parts)


def pairing_warning(pairing: Pairing) -> str:
    """Say how many problems were paired, as asked, although they contradict each other; empty where none does."""
    if not pairing.questions_differ and not pairing.golds_differ:
        return ""
    return tr(
        "Paired as asked although {questions} questions and {golds} gold answers of {n} differ.",
        questions=f"{pairing.questions_differ:,}",
        golds=f"{pairing.golds_differ:,}",
        n=f"{pairing.n_pairs:,}",
    )


def changed_texts(new: str, base: str, n_changed: int, n_compared: int) -> str:
    """Say how many texts changed.

    Examples
    --------
    >>> changed_texts("new", "base", 12, 200)
    'Texts of new that differ from those of base: 12 of 200.'
    """
    return tr(
        "Texts of {new} that differ from those of {base}: {k} of {n}.",
        new=new,
        base=base,
        k=f"{n_changed:,}",
        n=f"{n_compared:,}",
    )


def _checked(pairing: Pairing) -> str:
    n = f"{pairing.n_pairs:,}"
    questions, golds = f"{pairing.questions_checked:,}", f"{pairing.golds_checked:,}"
    if pairing.unchecked:
        return tr("The pairing rests on ids alone: no question and no gold answer is known to every run.")
    if pairing.questions_checked and pairing.golds_checked:
        return tr(
            "Checked: questions of {questions} and gold answers of {golds} of {n} are equal.",
            questions=questions,
            golds=golds,
            n=n,
        )
    if pairing.questions_checked:
        return tr("Checked: questions of {questions} of {n} are equal.", questions=questions, n=n)
    if pairing.golds_checked:
        return tr("Checked: gold answers of {golds} of {n} are equal.", golds=golds, n=n)
    return tr("Nothing that every run knows is equal.")


def _counts(pairing: Pairing, values: tuple[int, ...]) -> str:
    counted = zip(values, pairing.labels, strict=True)
    return tr(", ").join(tr("{n} of {label}", n=f"{n:,}", label=label) for n, label in counted if n)
