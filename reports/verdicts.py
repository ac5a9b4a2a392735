"""Verdicts and cautions as a page shows them: badges, a sentence for everyone, and what each verdict means."""

from collections.abc import Sequence

from evalsuite.findings import CautionKind, Findings, Light, Table
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.wording.language import N_, tr
from evalsuite.wording.lights import depends_on, qualified_label
from reports.sections import VERDICTS
from reports.view_models import VerdictView

__all__ = ["CAUTIONS", "legend", "marks", "plain_words", "verdict_view", "verdicts_by_run"]

CAUTIONS = {
    "unfinished": N_("unfinished"),
    "confounded": N_("confounded"),
    "mixed arm": N_("mixed arm"),
    "format": N_("a matter of format"),
    "grader": N_("the grader decides"),
    "same texts": N_("the same texts"),
    "no effect": N_("no effect on the texts"),
    "identical completions": N_("identical completions"),
    "pairing": N_("the pairing contradicts itself"),
    "missing": N_("missing results decide"),
    "engine": N_("not computed alike"),
    "warm start": N_("two trainings in one"),
}
"""How the first screen marks each kind of caution."""

PLAIN: dict[VerdictKind, str] = {
    "resolved gain": N_("The new run is better: equally good runs would rarely differ this much."),
    "resolved loss": N_("The new run is worse: equally good runs would rarely differ this much."),
    "equivalent": N_("The runs are equally good, to within the margin stated in advance."),
    "unresolved": N_("Inconclusive: the difference could be chance."),
    "cannot resolve by design": N_(
        "Can't tell: with so few problems or problem templates, no outcome could have shown a difference."
    ),
    "too few independent groups": N_("Can't tell: there are too few independent problems or problem templates."),
    "one training seed": N_(
        "Can't tell: with one training seed in each arm, no number of problems can judge the training recipe."
    ),
    "not identified": N_("Can't tell: the truncated completions could reverse the answer."),
}
"""What a verdict means to a reader without statistics."""

UNDER_THIS_GRADER: dict[tuple[VerdictKind, CautionKind], str] = {
    ("resolved gain", "format"): N_("More answers count as correct here, and the way they are written can explain it."),
    ("resolved loss", "format"): N_(
        "Fewer answers count as correct here, and the way they are written can explain it."
    ),
    ("resolved gain", "grader"): N_("Better under this grader, worse under another."),
    ("resolved loss", "grader"): N_("Worse under this grader, better under another."),
}
"""The same where a caution, by its kind, says that the grader makes the verdict."""

SEVERAL: dict[VerdictKind, str] = {
    "resolved gain": N_("Better than the base: {labels}."),
    "resolved loss": N_("Worse than the base: {labels}."),
    "equivalent": N_("As good as the base, to within the margin stated in advance: {labels}."),
    "unresolved": N_("Inconclusive against the base: {labels}."),
    "cannot resolve by design": N_("Can't tell, because no outcome could have shown a difference: {labels}."),
    "too few independent groups": N_(
        "Can't tell, because there are too few independent problems or problem templates: {labels}."
    ),
    "not identified": N_("Can't tell, because the truncated completions could reverse the answer: {labels}."),
}
"""The same of several new runs."""

LEGEND = (
    (
        N_("resolved gain, resolved loss"),
        N_("statistically significant at level α, after adjustment for the number of new runs"),
    ),
    (N_("equivalent"), N_("both one-sided tests against a margin stated in advance are significant at level α")),
    (N_("unresolved"), N_("not significant at level α: the data are compatible with gains and with losses")),
    (N_("cannot resolve"), N_("no outcome of this design could have been significant at level α")),
    (N_("not identified"), N_("partially identified: truncated completions could reverse the sign of the difference")),
)
"""Every verdict in the standard words of statistics."""

TONES: dict[VerdictKind, str] = {"resolved gain": "gain", "resolved loss": "loss", "equivalent": "equal"}
SIGNS = {"gain": "▲", "loss": "▼", "equal": "≈", "open": "?"}


def legend() -> tuple[tuple[str, str], ...]:
    """Return what each verdict means, in the current language."""
    return tuple((tr(name), tr(meaning)) for name, meaning in LEGEND)


def verdict_view(verdict: Verdict | None, label: str = "", lights: Sequence[Light] = ()) -> VerdictView | None:
    """Return how the verdict is shown, or `label` where there is none; a sign says the tone without colour.

    Where one of `lights` says that the verdict changes, that is what is shown.
    """
    if verdict is None:
        return VerdictView(tr(label), "open", SIGNS["open"]) if label else None
    name = qualified_label(verdict, lights)
    tone = TONES.get(verdict.kind, "open") if depends_on(lights) is None else "open"
    return VerdictView(name, tone, SIGNS[tone])


def plain_words(findings: Findings) -> str:
    """Return the verdict for a reader without statistics; of several new runs, which are better and which are not."""
    if findings.verdict is not None:
        for caution in findings.cautions:
            if (findings.verdict.kind, caution.kind) in UNDER_THIS_GRADER:
                return tr(UNDER_THIS_GRADER[findings.verdict.kind, caution.kind])
        return tr(PLAIN[findings.verdict.kind])
    table = next((table for table in findings.tables if table.name == VERDICTS), None)
    if table is None:
        return ""
    decided = verdicts_by_run(table)
    by_kind = {kind: [run for run, verdict in decided.items() if verdict.kind == kind] for kind in SEVERAL}
    return tr(" ").join(tr(SEVERAL[kind], labels=tr(", ").join(runs)) for kind, runs in by_kind.items() if runs)


def marks(findings: Findings) -> tuple[str, ...]:
    """Return what stands in the way of reading the answer as it is, in a word or two each."""
    return tuple(dict.fromkeys(tr(CAUTIONS[caution.kind]) for caution in findings.cautions))


def verdicts_by_run(table: Table) -> dict[str, Verdict]:
    """Return the verdict of each new run from the table of verdicts."""
    cells = ((str(row["label"]), row["verdict"]) for row in table.records())
    return {label: verdict for label, verdict in cells if isinstance(verdict, Verdict)}
