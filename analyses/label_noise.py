"""How much of the difference hangs on problems whose labels are doubtful?

The labels of GSM8K-Platinum (Vendrow et al. 2025, arXiv:2502.03461) say which problems of GSM8K's test set were
removed as ambiguous or wrongly posed and which have another right answer. The comparison is repeated on the problems
of GSM8K-Platinum, with the revised answers; accuracy on the removed and on the relabelled ones is given with it.
Only runs on GSM8K's own test problems can be joined to the labels; where the labels are not to be had, the page says
so and gives the published counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from analyses.runs.pairing import PairedRuns, pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from analyses.runs.stored_texts import RunTexts, read_texts, rule_of
from evalsuite.comparison.accuracy import accuracy_estimate
from evalsuite.comparison.pair import paired_effect
from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.grading.grader import Grader
from evalsuite.problems.gsm8k_hashes import known_hashes, pair_hash
from evalsuite.problems.platinum import PUBLISHED, PlatinumLabels, platinum, question_key
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import decide
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name
from evalsuite.wording.verdicts import interval_text, verdict_label

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "label_noise"
QUESTION = N_("Does the difference between {new} and {base} hold on clean labels?")
ESTIMAND = N_("For problems like these: the paired difference in accuracy, by GSM8K's labels and by GSM8K-Platinum's.")
SubsetName = Literal[
    "all", "retained_revised", "retained_original", "removed", "relabelled_original", "relabelled_revised"
]
SUBSETS: dict[SubsetName, str] = {
    "all": N_("all problems, GSM8K's labels"),
    "retained_revised": N_("retained problems, revised labels"),
    "retained_original": N_("retained problems, GSM8K's labels"),
    "removed": N_("removed problems"),
    "relabelled_original": N_("relabelled problems, GSM8K's labels"),
    "relabelled_revised": N_("relabelled problems, revised labels"),
}
"""Which problems under which labels, as tables name them."""
COMPARED: tuple[SubsetName, ...] = ("all", "retained_revised", "retained_original", "removed")
"""Subsets with a difference of their own; the relabelled problems are too few for one."""
DEFAULTS = ComparisonSettings()
SOURCE = "Vendrow et al. (2025), arXiv:2502.03461"


@dataclass(frozen=True, slots=True)
class _Labelled:
    """The shared problems by what the labels say of them, as places in the scores.

    Attributes
    ----------
    retained, removed
        Problems that GSM8K-Platinum has, and those that it leaves out.
    answers
        The revised answers of those retained ones whose answer was changed.
    """

    retained: tuple[int, ...]
    removed: tuple[int, ...]
    answers: dict[int, Fraction]


@dataclass(frozen=True, slots=True, eq=False)
class _Subset:
    """Aligned scores on some of the problems, under GSM8K's or the revised labels."""

    name: SubsetName
    scores: tuple[ScoreMatrix, ScoreMatrix]


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    settings: ComparisonSettings = DEFAULTS,
    *,
    path: Path | None = None,
    allow_changed: bool = False,
) -> Findings:
    """Repeat the comparison of two stored runs on the problems that GSM8K-Platinum retained.

    Parameters
    ----------
    names
        Base and new run on GSM8K's test set.
    settings
        The grader that counts, `only_shared`, and ``1 - alpha``, the level of the intervals.
    path, allow_changed
        As in `platinum.platinum`.

    Raises
    ------
    InputError
        Other than two names, runs without texts, or problems that are not of GSM8K's test set.
    """
    if store is None or len(names) != 2:
        raise InputError(f"label_noise needs a store and two runs on GSM8K's test set; got {len(names)} names")
    runs = pair_runs(
        store, names, grader=settings.grader, only_shared=settings.only_shared, pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates, shorten=True,
    )  # fmt: skip
    try:
        labels = platinum(path=path, allow_changed=allow_changed)
    except DataUnavailableError as error:
        answer = _unavailable(str(error))
    else:
        answer = _answered(store, runs, labels, settings)
    base, new = runs.labels
    return Findings(
        name=NAME,
        question=tr(QUESTION, new=new, base=base),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=answer.sentence,
        notes=(*runs.warnings, *answer.notes),
        cautions=runs.cautions,
        tables=(*answer.tables, _published()),
        figures=answer.figures,
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, names, store.path, settings=settings),
            settings={"alpha": settings.alpha, **answer.origin},
        ),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the page says; `origin` names the labels in the provenance."""

    sentence: str
    notes: tuple[str, ...]
    origin: dict[str, object]
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()


def _unavailable(reason: str) -> _Answer:
    sentence = tr(
        "Not answered: the revised labels were not available. {doubtful_share}", doubtful_share=_doubtful_share()
    )
    return _Answer(sentence, (reason,), {"labels": SOURCE})


def _answered(store: Store, runs: PairedRuns, labels: PlatinumLabels, settings: ComparisonSettings) -> _Answer:
    base, new = runs.labels
    texts = [read_texts(store, head, run) for head, run in zip(runs.heads, runs.scores, strict=True)]
    labelled = _labelled(store, runs, labels)
    subsets = _subsets(runs, texts, labelled, settings.grader)
    return _Answer(
        sentence=_sentence(subsets, labelled, new, settings.alpha),
        notes=_notes(runs, labelled, labels),
        origin={"labels": labels.source, "label_counts": labels.status_counts},
        tables=(_differences(subsets, settings.alpha), _accuracies(subsets, settings.alpha)),
        figures=(_figure(base, new, settings.alpha),),
    )


def _labelled(store: Store, runs: PairedRuns, labels: PlatinumLabels) -> _Labelled:
    """Sort the shared problems by what the labels say of them."""
    rows = {row["problem_id"]: row for row in queries.problem_rows(store.connection, runs.heads[0].run_id)}
    known = set(known_hashes("test"))
    retained, removed, answers = [], [], {}
    for i, problem_id in enumerate(runs.scores[0].problem_ids):
        row = rows[problem_id]
        if pair_hash(row["question"] or "", row["solution"] or "") not in known:
            raise InputError(
                f"problem {problem_id!r} of run {runs.heads[0].label} is not one of GSM8K's test set as published, "
                "so the revised labels say nothing of it"
            )
        key = question_key(row["question"])
        if key not in labels.golds:
            removed.append(i)
            continue
        retained.append(i)
        if labels.golds[key] != Fraction(row["gold"]):
            answers[i] = labels.golds[key]
    return _Labelled(tuple(retained), tuple(removed), answers)


def _subsets(
    runs: PairedRuns, texts: Sequence[RunTexts], labelled: _Labelled, grader: str | None
) -> tuple[_Subset, ...]:
    """Return the scores of each subset that has a problem, in the order of the tables."""
    original = runs.scores
    revised = [
        _revised(run_texts, labelled.answers, rule_of(head, grader))
        for head, run_texts in zip(runs.heads, texts, strict=True)
    ]
    relabelled = tuple(labelled.answers)
    subsets: dict[SubsetName, tuple[Sequence[ScoreMatrix], Sequence[int]]] = {
        "all": (original, range(original[0].n_problems)),
        "retained_revised": (revised, labelled.retained),
        "retained_original": (original, labelled.retained),
        "removed": (original, labelled.removed),
        "relabelled_original": (original, relabelled),
        "relabelled_revised": (revised, relabelled),
    }
    return tuple(
        _Subset(name, (scores[0].take(list(rows)), scores[1].take(list(rows))))
        for name, (scores, rows) in subsets.items()
        if rows
    )


def _revised(texts: RunTexts, answers: dict[int, Fraction], rule: Grader) -> ScoreMatrix:
    correct = texts.run.correct.copy()
    if answers:
        changed = texts.take(list(answers)).with_golds(list(answers.values()))
        correct[list(answers)] = changed.scores([rule]).correct
    return replace(texts.run, correct=correct)


def _differences(subsets: Sequence[_Subset], alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for subset in subsets:
        if subset.name not in COMPARED:
            continue
        e, pvalue, _ = paired_effect(*subset.scores, alpha=alpha)
        rows.append((tr(SUBSETS[subset.name]), e.n_problems, e.low, e.value, e.high, method_name(e.method), pvalue))
    columns = (
        Column("label", tr("Problems and labels")),
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("method", tr("Interval")),
        Column("pvalue", tr("p"), "pvalue"),
    )
    note = tr("The first row is the comparison as reported; the others repeat it with unadjusted p-values.")
    return Table("label_difference", tr("The difference by problems and labels"), columns, tuple(rows), note)


def _accuracies(subsets: Sequence[_Subset], alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for subset in subsets:
        for run in subset.scores:
            e = accuracy_estimate(run, confidence_level=1 - alpha)
            n_right, n = int(run.correct.sum()), int(run.attempts.sum())
            rows.append((tr(SUBSETS[subset.name]), run.label, n_right, n, e.low, e.value, e.high))
    columns = (
        Column("subset", tr("Problems and labels")),
        Column("label", tr("Run")),
        Column("k", tr("Right"), "count"),
        Column("n", tr("Completions"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Accuracy"), "proportion"),
        Column("high", tr("High"), "proportion"),
    )
    note = tr("A right answer to a removed problem is right only by GSM8K's label, and those are the doubtful labels.")
    return Table("label_accuracy", tr("Accuracy by problems and labels"), columns, tuple(rows), note)


def _published() -> Table:
    p = PUBLISHED
    rows: tuple[tuple[Cell, ...], ...] = (
        (tr("problems of GSM8K's test set"), p.original),
        (tr("looked at, since a strong model got them wrong"), p.flagged),
        (tr("of these removed as ambiguous or wrongly posed"), p.removed),
        (tr("of these confirmed and retained"), p.verified),
        (tr("of these given another answer"), p.relabelled),
        (tr("problems of GSM8K-Platinum"), p.kept),
    )
    columns = (Column("what", tr("Published count")), Column("n", tr("Problems"), "count"))
    return Table("label_counts", tr("What the authors of GSM8K-Platinum report"), columns, rows, SOURCE)


def _figure(base: str, new: str, alpha: float) -> Figure:
    return Figure(
        "label_difference",
        "difference",
        tr("The difference by problems and labels"),
        tr("One row per set of problems; the second has the clean labels."),
        "label_difference",
        {"base": base, "new": new, "level": 1 - alpha},
    )


def _sentence(subsets: Sequence[_Subset], labelled: _Labelled, new: str, alpha: float) -> str:
    effects = {
        subset.name: paired_effect(*subset.scores, alpha=alpha)
        for subset in subsets
        if subset.name in ("all", "retained_revised")
    }
    everything, pvalue, smallest = effects["all"]
    if "retained_revised" not in effects:
        return tr("Not answered: the revised labels retained none of these problems.")
    clean, clean_pvalue, clean_smallest = effects["retained_revised"]
    verdicts = [
        decide(e.value, p, smallest_pvalue=s, alpha=alpha)
        for e, p, s in ((everything, pvalue, smallest), (clean, clean_pvalue, clean_smallest))
    ]
    n_retained, n_all = len(labelled.retained), len(labelled.retained) + len(labelled.removed)
    text = tr(
        "On the {n_retained} of {n_all} problems that GSM8K-Platinum kept ({n_relabelled} with a corrected "
        "answer), the difference of {new} is {clean}; on all problems with GSM8K's labels it is {everything}.",
        n_retained=numbers.count(n_retained),
        n_all=numbers.count(n_all),
        n_relabelled=len(labelled.answers),
        new=new,
        clean=interval_text(clean),
        everything=interval_text(everything),
    )
    if verdicts[0] == verdicts[1]:
        return tr(
            "{text} The verdict is the same with both labels: {verdict}.", text=text, verdict=verdict_label(verdicts[0])
        )
    return tr(
        "{text} The verdict depends on the labels: {first} with GSM8K's, {second} with the revised ones.",
        text=text,
        first=verdict_label(verdicts[0]),
        second=verdict_label(verdicts[1]),
    )


def _notes(runs: PairedRuns, labelled: _Labelled, labels: PlatinumLabels) -> tuple[str, ...]:
    notes = []
    if not labels.as_published:
        counts = tr(", ").join(tr("{n} {status}", n=n, status=status) for status, n in labels.status_counts.items())
        notes.append(tr("These labels are not as published: {counts}.", counts=counts))
    n = runs.scores[0].n_problems
    if n == PUBLISHED.original and len(labelled.removed) != PUBLISHED.removed:
        notes.append(
            tr(
                "{n_removed} of all {n} problems have no revised label, {removed} are "
                "published as removed: some questions may be worded differently.",
                n_removed=len(labelled.removed),
                n=numbers.count(n),
                removed=PUBLISHED.removed,
            )
        )
    notes.append(
        tr("The problems were looked at because strong models got them wrong; labels no one doubted may be wrong.")
    )
    return tuple(notes)


def _doubtful_share() -> str:
    doubtful = PUBLISHED.removed + PUBLISHED.relabelled
    return tr(
        "By the published counts, {doubtful} of {original} problems are removed or relabelled, so their labels "
        "can move an accuracy on all problems by at most {share}.",
        doubtful=doubtful,
        original=numbers.count(PUBLISHED.original),
        share=numbers.size(doubtful / PUBLISHED.original),
    )
