"""Do the graders agree, and does the answer depend on which one is asked?

Every grader of this suite, and every grader of another program that is repeated here, reads the same stored texts.
Nothing is looked up and nothing is stored, so the audit needs no model and changes no run; `evalsuite grade RUN
--all-graders` keeps the same verdicts in the store. Agreement is measured on the first completion of each problem,
because completions of one problem are dependent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analyses.model_comparison import by_grader
from analyses.runs.pairing import PairedRuns, pair_runs
from analyses.runs.problem_views import Verdicts, problem_views
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from analyses.runs.stored_texts import RunTexts, read_texts
from evalsuite.comparison.accuracy import accuracy_estimate
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.records import Outcome
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.agreement import cohens_kappa
from evalsuite.stats.proportion import wilson
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "grader_agreement"
QUESTION = N_("Does the answer depend on the grader?")
ESTIMAND = N_(
    "For problems like these: agreement of two graders on their completions; and the paired difference "
    "under each grader."
)
MOST_LISTED = 40
"""Rows of the table of disputed completions."""
DEFAULTS = ComparisonSettings()


@dataclass(frozen=True, slots=True, eq=False)
class _Audit:
    """The verdicts of every grader on one run: outcomes by grader, problem and completion, and the scores of each."""

    texts: RunTexts
    reported: str
    outcomes: dict[str, tuple[tuple[Outcome, ...], ...]]
    scores: dict[str, ScoreMatrix]

    @property
    def label(self) -> str:
        return self.texts.run.label

    def reads_nothing(self, grader: str) -> bool:
        """Return whether the grader found no answer in any completion."""
        return all(outcome is Outcome.NO_ANSWER for of_problem in self.outcomes[grader] for outcome in of_problem)

    def first(self, grader: str) -> NDArray[np.bool_]:
        """Return whether the first completion of each problem is right. (n_problems,)

        Verdicts that came with an import are no rule of this suite and are taken from the store.
        """
        if grader not in self.outcomes:
            return self.texts.run.correct[:, 0]
        return np.array([of_problem[0] is Outcome.CORRECT for of_problem in self.outcomes[grader]])


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    settings: ComparisonSettings = DEFAULTS,
) -> Findings:
    """Let every grader read the completions of one or more stored runs.

    Parameters
    ----------
    names
        Labels or ids. With two or more, the first is the base and the difference is given under every grader.
    settings
        The grader that the others are measured against (each run's primary grader if not given), `only_shared`, and
        ``1 - alpha``, the level of the intervals.

    Raises
    ------
    InputError
        No run is named, or a run has no texts or gold answers.
    """
    if store is None or not names:
        raise InputError("grader_agreement needs a store and the label of at least one run")
    alpha, grader = settings.alpha, settings.grader
    runs = _runs(store, names, settings)
    audits = [
        _audit(read_texts(store, head, run), grader or head.primary_grader)
        for head, run in zip(runs.heads, runs.scores, strict=True)
    ]
    audits, silent = _without_silent(audits)
    scores = {name: tuple(audit.scores[name] for audit in audits) for name in audits[0].scores}
    effects = by_grader.effects(scores, alpha=alpha) if len(audits) > 1 else ()
    tables, figures = _tables_and_figures(audits, effects, alpha)
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=_sentence(audits, scores, effects),
        notes=(*_notes(runs, audits), *_silent_note(silent)),
        cautions=runs.cautions,
        estimates={f"difference_{e.label}_{e.grader}": e.difference for e in effects},
        tables=tables,
        figures=figures,
        problems=problem_views(
            store, _disputed_runs(runs, audits), grader=grader, verdicts=[_verdicts(audit) for audit in audits]
        ),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, names, store.path, settings=settings),
            settings={"alpha": alpha, "graders": {g.name: f"version {g.version}" for g in ALL_GRADERS}},
        ),
    )


def _runs(store: Store, names: Sequence[str], settings: ComparisonSettings) -> PairedRuns:
    grader = settings.grader
    if len(names) > 1:
        return pair_runs(
            store, names, grader=grader, only_shared=settings.only_shared, pair_by=settings.pair_by,
            drop_duplicates=settings.drop_duplicates, shorten=True,
        )  # fmt: skip
    head = find_run(store, names[0])
    return PairedRuns((head,), (score_matrix(store, head, grader=grader),), ())


def _audit(texts: RunTexts, reported: str) -> _Audit:
    outcomes = {g.name: texts.outcomes(g) for g in ALL_GRADERS}
    return _Audit(texts, reported, outcomes, {name: texts.scored(of_grader) for name, of_grader in outcomes.items()})


def _without_silent(audits: Sequence[_Audit]) -> tuple[list[_Audit], tuple[str, ...]]:
    """Leave out the graders that read no answer in any run, but for the reported ones; return their names too.

    Such a grader was made for a format that nobody asked for: it disagrees with all others and tells nothing.
    """
    names = list(audits[0].outcomes)
    reported = {audit.reported for audit in audits}
    silent = tuple(n for n in names if n not in reported and all(audit.reads_nothing(n) for audit in audits))
    rest = [
        replace(
            audit,
            outcomes={n: v for n, v in audit.outcomes.items() if n not in silent},
            scores={n: v for n, v in audit.scores.items() if n not in silent},
        )
        for audit in audits
    ]
    return rest, silent


def _silent_note(silent: Sequence[str]) -> tuple[str, ...]:
    if not silent:
        return ()
    return (tr("Left out because they find no answer in any completion: {names}.", names=tr(", ").join(silent)),)


def _tables_and_figures(
    audits: Sequence[_Audit], effects: Sequence[by_grader.GraderEffect], alpha: float
) -> tuple[tuple[Table, ...], tuple[Figure, ...]]:
    matrices = [_matrix(audit, place) for place, audit in enumerate(audits, 1)]
    tables = [_accuracy(audits, alpha), *matrices, _kappa(audits, alpha), _disputed(audits)]
    figures = [
        Figure(
            table.name,
            "matrix",
            table.title,
            tr("One row and one column per grader, in the same order; darker cells disagree more often."),
            table.name,
            {"x_title": tr("completions of {label} on which two graders disagree (%)", label=audit.label)},
        )
        for table, audit in zip(matrices, audits, strict=True)
    ]
    if effects:
        tables.insert(0, by_grader.table(effects, alpha=alpha))
        figures.insert(0, by_grader.figure(effects, audits[0].label, alpha=alpha))
    return tuple(tables), tuple(figures)


def _accuracy(audits: Sequence[_Audit], alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name in audits[0].scores:
        for audit in audits:
            run = audit.scores[name]
            missing = sum(outcome is Outcome.NO_ANSWER for row in audit.outcomes[name] for outcome in row)
            e = accuracy_estimate(run, confidence_level=1 - alpha)
            rows.append(
                (name, audit.label, int(run.correct.sum()), missing, int(run.attempts.sum()), e.low, e.value, e.high)
            )
    columns = (
        Column("grader", tr("Grader")),
        Column("label", tr("Run")),
        Column("k", tr("Right"), "count"),
        Column("no_answer", tr("No answer found"), "count"),
        Column("n", tr("Completions"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Accuracy"), "proportion"),
        Column("high", tr("High"), "proportion"),
    )
    return Table("graders", tr("The same completions under every grader"), columns, tuple(rows), _described())


def _described() -> str:
    return tr(" ").join(tr("{name}: {text}", name=g.name, text=tr(g.description)) for g in ALL_GRADERS)


def _matrix(audit: _Audit, place: int) -> Table:
    right = {name: audit.first(name) for name in audit.scores}
    rows: list[tuple[Cell, ...]] = [
        (one, *(float((right[one] != right[two]).mean()) for two in right)) for one in right
    ]
    columns = (
        Column("label", tr("Grader")),
        *(Column(name, f"{i} {name}", "proportion") for i, name in enumerate(right, 1)),
    )
    return Table(
        f"agreement_matrix_{place}",
        tr("How often two graders disagree on {label}", label=audit.label),
        columns,
        tuple(rows),
        tr(
            "Share of {n_rows} completions, one a problem, that one grader of the pair calls right and the other not.",
            n_rows=numbers.count(len(audit.texts.rows)),
        ),
    )


def _kappa(audits: Sequence[_Audit], alpha: float) -> Table:
    rows = [
        _kappa_row(audit, name, alpha) for audit in audits for name in audit.scores if name != audit.reported
    ]  # fmt: skip
    columns = (
        Column("label", tr("Run")),
        Column("reported", tr("Reported grader")),
        Column("grader", tr("Other grader")),
        Column("both", tr("Both right"), "count"),
        Column("only_reported", tr("Only reported"), "count"),
        Column("only_other", tr("Only other"), "count"),
        Column("neither", tr("Both wrong"), "count"),
        Column("agreement", tr("Agreement"), "proportion"),
        Column("agreement_low", tr("Low"), "proportion"),
        Column("agreement_high", tr("High"), "proportion"),
        Column("kappa", "κ", "number"),
        Column("kappa_low", tr("κ low"), "number"),
        Column("kappa_high", tr("κ high"), "number"),
        Column("prevalence", tr("Prevalence index"), "number"),
        Column("adjusted", tr("κ adjusted for prevalence and bias"), "number"),
    )
    note = tr(
        "κ is agreement beyond chance. Where nearly all verdicts are the same (prevalence index near 1), κ is low "
        "however well the graders agree, so read it with the counts. It is empty where both graders give a "
        "single verdict throughout (κ is 0/0), and has no limits where one of them does (κ is 0 by definition). "
        "No grader is the truth."
    )
    return Table("agreement_kappa", tr("Each grader against the reported one"), columns, tuple(rows), note)


def _kappa_row(audit: _Audit, other: str, alpha: float) -> tuple[Cell, ...]:
    one, two = audit.first(audit.reported), audit.first(other)
    cells = [int((one & two).sum()), int((one & ~two).sum()), int((~one & two).sum()), int((~one & ~two).sum())]
    head: tuple[Cell, ...] = (audit.label, audit.reported, other, *cells)
    if max(cells[0], cells[3]) == one.size:
        e = wilson(one.size, one.size, confidence_level=1 - alpha)
        return (*head, e.value, e.low, e.high, None, None, None, 1.0, 1.0)
    agreement = cohens_kappa([cells[:2], cells[2:]], confidence_level=1 - alpha)
    # A grader that gives one verdict throughout cannot agree beyond chance: κ is 0 whatever the data, with no interval.
    constant = any(verdicts.all() or not verdicts.any() for verdicts in (one, two))
    kappa = (0.0, None, None) if constant else (agreement.kappa.value, agreement.kappa.low, agreement.kappa.high)
    e = agreement.agreement
    return (*head, e.value, e.low, e.high, *kappa, agreement.prevalence_index, agreement.adjusted_kappa)


def _dispute(audit: _Audit) -> NDArray[np.int64]:
    """Return how many graders are in the smaller camp on each problem's completions, the most divided one counting."""
    right = np.array([scores.correct for scores in audit.scores.values()]).sum(axis=0)
    smaller = np.minimum(right, len(audit.scores) - right) * audit.texts.run.present
    return np.asarray(smaller.max(axis=1), dtype=np.int64)


def _disputed(audits: Sequence[_Audit]) -> Table:
    disputed: list[tuple[int, int, tuple[Cell, ...]]] = []
    for audit in audits:
        dispute = _dispute(audit)
        for i in np.flatnonzero(dispute):
            k = _most_divided(audit, int(i))
            right = [name for name, scores in audit.scores.items() if scores.correct[i, k]]
            wrong = [name for name in audit.scores if name not in right]
            text = audit.texts.rows[i][k]
            row = (
                text.problem_id, audit.label, str(audit.texts.golds[i]), tr(", ").join(right), tr(", ").join(wrong),
                tr("yes") if text.cut else tr("no"), text.text[-80:],
            )  # fmt: skip
            disputed.append((-int(dispute[i]), int(i), row))
    disputed.sort(key=lambda entry: entry[:2])
    columns = (
        Column("problem", tr("Problem")),
        Column("label", tr("Run")),
        Column("gold", tr("Gold answer")),
        Column("right", tr("Right under")),
        Column("wrong", tr("Not right under")),
        Column("truncated", tr("Truncated")),
        Column("end", tr("End of the completion")),
    )
    rows = tuple(row for *_, row in disputed[:MOST_LISTED])
    note = tr(
        "The {n_listed} most disputed of {n_disputed}, the most evenly split first.",
        n_listed=len(rows),
        n_disputed=numbers.count(len(disputed)),
    )
    return Table("grader_disputed", tr("Completions whose verdict depends on the grader"), columns, rows, note)


def _most_divided(audit: _Audit, problem: int) -> int:
    right = np.array([scores.correct[problem] for scores in audit.scores.values()]).sum(axis=0)
    return int(np.argmax(np.minimum(right, len(audit.scores) - right)))


def _disputed_runs(runs: PairedRuns, audits: Sequence[_Audit]) -> PairedRuns:
    """Return the runs with the most disputed problems first; only these, if there are any."""
    dispute = np.sum([_dispute(audit) for audit in audits], axis=0)
    order = [int(i) for i in np.argsort(-dispute, kind="stable") if dispute[i] > 0]
    if not order:
        return runs
    scores = tuple(run.take(order) for run in runs.scores)
    return replace(runs, scores=scores)


def _verdicts(audit: _Audit) -> Verdicts:
    """Return what every grader says of each completion."""
    return {
        (text.problem_id, text.completion_index): {
            name: str(of_grader[i][k]) for name, of_grader in audit.outcomes.items()
        }
        for i, texts in enumerate(audit.texts.rows)
        for k, text in enumerate(texts)
    }


def _sentence(
    audits: Sequence[_Audit], scores: Mapping[str, Sequence[ScoreMatrix]], effects: Sequence[by_grader.GraderEffect]
) -> str:
    texts = []
    for audit in audits:
        n, n_disputed = len(audit.texts.rows), int((_dispute(audit) > 0).sum())
        by_accuracy = sorted((float(np.nanmean(run.problem_means)), name) for name, run in audit.scores.items())
        (low, lowest), (high, highest) = by_accuracy[0], by_accuracy[-1]
        if not n_disputed:
            texts.append(
                tr(
                    "All {n_graders} graders agree on every completion of {label}.",
                    n_graders=len(audit.scores),
                    label=audit.label,
                )
            )
            continue
        texts.append(
            tr(
                "On {n_disputed} of {n} problems the graders disagree about {label}, and its accuracy ranges from "
                "{low} ({lowest}) to {high} ({highest}).",
                n_disputed=numbers.count(n_disputed),
                n=numbers.count(n),
                label=audit.label,
                low=numbers.percent(low),
                lowest=lowest,
                high=numbers.percent(high),
                highest=highest,
            )
        )
    for audit in audits[1:]:
        texts.append(f"{by_grader.conclusion(effects, audit.label)}")
        texts.append(by_grader.format_sentence(scores, effects, audit.reported, audit.label))
    return tr(" ").join(text for text in texts if text)


def _notes(runs: PairedRuns, audits: Sequence[_Audit]) -> tuple[str, ...]:
    notes = [*runs.warnings]
    if any(len(of_problem) > 1 for audit in audits for of_problem in audit.texts.rows):
        notes.append(tr("Agreement and κ use the first completion of each problem; accuracies use all of them."))
    notes.append(
        tr(
            "Graders named after other programs apply the rules of those programs, at the versions in the table "
            "of graders, to the text as it is; stop strings that a program passes to its model are not applied."
        )
    )
    truncated = [
        tr("{n} of {label}", n=int(audit.texts.run.truncated.sum()), label=audit.label)
        for audit in audits
        if _lucky(audit)
    ]
    if truncated:
        lucky = tr(", ").join(
            tr("{n} of {label}", n=_lucky(audit), label=audit.label) for audit in audits if _lucky(audit)
        )
        notes.append(
            tr(
                "Truncated completions ({names}) can be right by luck under `last_number`: {lucky} of them are "
                "right under no other grader of this suite.",
                names=tr(", ").join(truncated),
                lucky=lucky,
            )
        )
    return tuple(notes)


def _lucky(audit: _Audit) -> int:
    if "last_number" not in audit.scores:
        return 0
    run = audit.texts.run
    others = [audit.scores[name].correct for name in ("boxed", "strict", "tutorial") if name in audit.scores]
    by_luck = audit.scores["last_number"].correct & run.truncated
    return int((by_luck & ~np.any(others, axis=0)).sum() if others else by_luck.sum())
