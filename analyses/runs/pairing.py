"""Which runs are compared, on which problems, and in what they differ."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analyses.runs.computed_by import engine_cautions, served_notes
from analyses.runs.differences import Difference, differences, grader_differences, property_name
from analyses.runs.regrades import regrade_notes
from analyses.runs.same_texts import ChangedTexts, compare_texts
from analyses.runs.warm_start import warm_start_cautions
from evalsuite.comparison.missing import share_bounds
from evalsuite.errors import ComparisonError
from evalsuite.findings import Caution
from evalsuite.pairing.alignment import align
from evalsuite.pairing.record import Pairing, PairingRule
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import PairBy
from evalsuite.stats.pass_at_k import MajorityVote
from evalsuite.store import queries
from evalsuite.store.runs import find_run, known_problems, run_status, score_matrix
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import missing, numbers
from evalsuite.wording import pairing as pairing_words
from evalsuite.wording.language import tr

__all__ = [
    "PairedRuns",
    "changed_notes",
    "confounded",
    "left_out",
    "pair_runs",
    "pairing_cautions",
    "pairing_notes",
    "short_labels",
    "treatment",
]


@dataclass(frozen=True, slots=True)
class PairedRuns:
    """Runs on the same problems, in the order they were asked for.

    Attributes
    ----------
    heads, scores
        One entry a run; the scores are aligned. A head has the label of the store, for commands and provenance;
        scores have the name that tables, figures and sentences show.
    differences
        Everything in which the runs are known to differ.
    unknown
        Properties, by their codes, that an imported run did not record.
    cautions
        What the answer must not be read without: runs that are unfinished, or that are one run, problems that were
        paired although they differ.
    warnings
        What a reader should know beside it: problems left out, a pairing that rests on more than their content.
    planned
        The scores with the problems that some run has no result for; empty where no result is missing.
    shared
        What the labels of the store have in common after the names shown; empty where these are the labels.
    pairing
        How the problems were paired; None for a single run.
    changed
        Of each new run, how many texts differ from the base's; None where there are no texts. Empty for scores.
    looks
        Of pairs that were shown before, by the names shown (base, new): at which numbers of problems, now among them.
    graded_by
        Whose verdicts or scores `scores` are, one entry a run; empty where that is not said.
    votes
        Of runs with several completions whose answers are stored, by the names shown: the majority of each problem.
    """

    heads: tuple[StoredRun, ...]
    scores: tuple[ScoreMatrix, ...]
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    warnings: tuple[str, ...] = ()
    shared: str = ""
    planned: tuple[ScoreMatrix, ...] = ()
    pairing: Pairing | None = None
    changed: tuple[ChangedTexts | None, ...] = ()
    looks: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    votes: Mapping[str, MajorityVote] = field(default_factory=dict)
    graded_by: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The names that tables, figures and sentences show."""
        return tuple(run.label for run in self.scores)

    def titled(self, question: str) -> str:
        """Return the question with what the runs have in common, which the names shown leave out."""
        return tr("{question} ({shared})", question=question, shared=self.shared) if self.shared else question


def pair_runs(
    store: Store,
    names: Sequence[str],
    *,
    grader: str | None = None,
    only_shared: bool = False,
    allow_unfinished: bool = False,
    pair_by: PairBy | None = None,
    drop_duplicates: bool = False,
    shorten: bool = False,
    partial_credit: bool = False,
) -> PairedRuns:
    """Bring stored runs onto the same problems.

    Parameters
    ----------
    names
        Labels or ids of at least two runs, the base first.
    grader
        Whose verdict counts in every run; None takes each run's primary grader.
    only_shared
        Compare only the problems that every run has.
    allow_unfinished
        Take what there is of unfinished runs.
    pair_by, drop_duplicates
        What makes two problems one, and whether those that occur several times in a run are left out; see
        `evalsuite.pairing`.
    shorten
        Show the names of `short_labels` in place of the labels, as pages do.
    partial_credit
        Take graders that give scores too, as in `store.runs.score_matrix`.

    Raises
    ------
    ComparisonError
        The runs cannot be paired; the message says why and how many problems are affected.
    """
    heads = tuple(find_run(store, name) for name in names)
    if len({h.run_id for h in heads}) < len(heads):
        raise ComparisonError(f"a run cannot be compared with itself: {', '.join(names)}")
    scores = [
        score_matrix(store, h, grader=grader, allow_unfinished=allow_unfinished, partial_credit=partial_credit)
        for h in heads
    ]
    shared = ""
    if shorten:
        short, shared = short_labels([h.label for h in heads])
        scores = [replace(run, label=label) for run, label in zip(scores, short, strict=True)]
    aligned = align(
        *scores,
        known=lambda: [known_problems(store, h, run.problem_ids) for h, run in zip(heads, scores, strict=True)],
        rule=PairingRule(pair_by, only_shared or allow_unfinished, drop_duplicates),
    )
    scored, warnings = aligned.runs, left_out(scores, aligned.runs[0].n_problems)
    planned: tuple[ScoreMatrix, ...] = ()
    if any(run.missing is not None for run in scored):
        planned, scored = scored, _with_results(scored)
        warnings = (*warnings, *_missing(store, heads, planned, scored[0].n_problems))
    named, unknown = differences(heads)
    changed, same = compare_texts(
        store, heads, scored, lambda one, other: {d.name for d in differences((one, other))[0]}
    )
    pairing = aligned.pairing if len(heads) > 1 else None
    unfinished = [c for h, run in zip(heads, scores, strict=True) if (c := _unfinished(store, h, run.label))]
    return PairedRuns(
        heads=heads,
        scores=scored,
        differences=(*named, *grader_differences(store, heads, grader)),
        unknown=unknown,
        cautions=(*unfinished, *pairing_cautions(pairing), *same, *_cautions(store, heads, scored, changed)),
        warnings=(*warnings, *_notes(store, heads, scored, grader), *pairing_notes(pairing)),
        shared=shared,
        planned=planned,
        pairing=pairing,
        changed=changed,
        graded_by=tuple(grader or head.primary_grader for head in heads),
    )


def _cautions(
    store: Store,
    heads: tuple[StoredRun, ...],
    runs: tuple[ScoreMatrix, ...],
    changed: tuple[ChangedTexts | None, ...],
) -> tuple[Caution, ...]:
    """Return what the stored runs themselves caution against."""
    labels = [run.label for run in runs]
    return (*engine_cautions(heads, runs, changed), *warm_start_cautions(store, heads, labels))


def _notes(
    store: Store, heads: tuple[StoredRun, ...], runs: tuple[ScoreMatrix, ...], grader: str | None
) -> tuple[str, ...]:
    """Return what a reader should know of the stored runs themselves."""
    return (
        *run_on_notes(store, heads, runs),
        *regrade_notes(heads, runs, grader),
        *served_notes(store, heads, runs),
    )


def _with_results(runs: Sequence[ScoreMatrix]) -> tuple[ScoreMatrix, ...]:
    """Return the problems for which every run has a result; what is missing of them is a completion among several."""
    rows = np.flatnonzero(np.all([run.attempts > 0 for run in runs], axis=0))
    if not rows.size:
        raise ComparisonError("there is no problem for which every run has a result, so nothing can be paired")
    return tuple(replace(run.take(rows), missing=None) for run in runs)


def _missing(store: Store, heads: Sequence[StoredRun], runs: Sequence[ScoreMatrix], n_compared: int) -> tuple[str, ...]:
    """Say of each run what it has no result for and what that leaves open."""
    notes = []
    if runs[0].n_problems > n_compared:
        n = runs[0].n_problems - n_compared
        notes.append(
            tr(
                "Problems for which a run has no result are left out of the comparison: {n} of {planned}.",
                n=n,
                planned=runs[0].n_problems,
            )
        )
    for head, run in zip(heads, runs, strict=True):
        if run.missing is not None:
            n_missing = int(run.missing.sum())
            reasons = queries.missing_reasons(store.connection, head.run_id)
            planned = n_missing + int(run.present.sum())
            notes.append(
                missing.share(run.label, n_missing, planned, reasons, share_bounds(run), score_range=run.score_range)
            )
    return tuple(notes)


def run_on_notes(store: Store, heads: Sequence[StoredRun], runs: Sequence[ScoreMatrix]) -> tuple[str, ...]:
    """Say of each run how many of its completions go on into turns that nobody asked for."""
    notes = []
    for head, run in zip(heads, runs, strict=True):
        n_run_on = len(queries.run_ons(store.connection, head.run_id))
        if n_run_on:
            notes.append(
                tr(
                    "In {share} of its completions ({n}), {label} answers and then runs on into invented "
                    "questions. Each is graded only up to there, and the token limit truncated no answer of it. "
                    "`--stop` ends such completions.",
                    label=run.label,
                    share=numbers.percent(n_run_on / run_status(store, head.run_id)["n_done"]),
                    n=numbers.count(n_run_on),
                )
            )
    return tuple(notes)


def pairing_cautions(pairing: Pairing | None) -> tuple[Caution, ...]:
    """Return the caution that problems were paired, as asked, although they contradict each other."""
    text = "" if pairing is None else pairing_words.pairing_warning(pairing)
    return (Caution("pairing", text),) if text else ()


def pairing_notes(pairing: Pairing | None, *, plain: bool = False) -> tuple[str, ...]:
    """Return how the problems were paired; only where `plain` if question and gold answer settle all."""
    if pairing is None:
        return ()
    checked = min(pairing.questions_checked, pairing.golds_checked)
    settled = pairing.by == "content" and checked == pairing.n_pairs and not any(pairing.duplicates)
    is_plain = settled or pairing.by == "position"
    return (pairing_words.pairing_line(pairing),) if is_plain == plain else ()


def changed_notes(runs: PairedRuns) -> tuple[str, ...]:
    """Return how many texts of each new run differ from those of the base, where there are texts."""
    base = runs.scores[0].label
    return tuple(
        pairing_words.changed_texts(changed.label, base, changed.n_changed, changed.n_compared)
        for changed in runs.changed
        if changed is not None
    )


def left_out(runs: Sequence[ScoreMatrix], n_shared: int) -> tuple[str, ...]:
    """Say how many problems of each run are not among the `n_shared` that every run has; nothing where all are."""
    counts = [(run.n_problems - n_shared, run.label) for run in runs if run.n_problems > n_shared]
    if not counts:
        return ()
    listed = tr(", ").join(tr("{n} of {label}", n=n, label=label) for n, label in counts)
    return (tr("Left out because not every run has them: {counts}.", counts=listed),)


def short_labels(labels: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the names to show for several labels, and what all of them end with in parentheses.

    Where every label is a name with one and the same remark in parentheses behind it, the remark says nothing of the
    single run and is left out of the names.

    Examples
    --------
    >>> short_labels(["base (new numbers)", "GRPO (new numbers)"])
    (('base', 'GRPO'), 'new numbers')
    >>> short_labels(["base (300 tokens)", "GRPO (600 tokens)"])
    (('base (300 tokens)', 'GRPO (600 tokens)'), '')
    """
    matches = [re.fullmatch(r"(\S.*?) +\(([^()]+)\)", label) for label in labels]
    remarks = {match[2] if match else "" for match in matches}
    if len(labels) < 2 or len(remarks) > 1 or "" in remarks:
        return tuple(labels), ""
    return tuple(match[1] for match in matches if match), remarks.pop()


def confounded(runs: PairedRuns) -> tuple[Caution, ...]:
    """Return the caution that the runs differ in several properties at once; none where they differ in one or none."""
    return (Caution("confounded", treatment(runs)),) if len(runs.differences) > 1 else ()


def treatment(runs: PairedRuns) -> str:
    """Say in one sentence of what the difference is the effect."""
    names = [property_name(d.name) for d in runs.differences]
    unknown = ""
    if runs.unknown:
        unknown = tr(" Some runs do not record: {names}.", names=tr(", ").join(map(property_name, runs.unknown)))
    if not names:
        known = (
            tr("Nothing that is recorded differs between the runs")
            if not runs.unknown
            else tr("It is not known what differs between the runs")
        )
        return tr("{known}.{unknown}", known=known, unknown=unknown)
    if len(names) == 1:
        values = tr(" against ").join(runs.differences[0].values)
        return tr(
            "The {name} is the only thing that changed ({values}).{unknown}",
            name=names[0],
            values=values,
            unknown=unknown,
        )
    *some, last = names
    listed = tr("{some} and {last}", some=tr(", ").join(some), last=last)
    return tr(
        "Confounded: the runs differ in {listed}, and the difference is the effect of all of these together.{unknown}",
        listed=listed,
        unknown=unknown,
    )


def _unfinished(store: Store, head: StoredRun, label: str) -> Caution | None:
    status = run_status(store, head.run_id)
    if status["n_done"] >= status["n_planned"]:
        return None
    text = tr(
        "The run {label} is unfinished: {n_done} of {n_planned} completions are there.",
        label=label,
        n_done=status["n_done"],
        n_planned=status["n_planned"],
    )
    return Caution("unfinished", text)
