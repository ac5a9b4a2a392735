"""Bring the runs of a call onto the same problems, and say how.

Runs of one store, and results files, pair as they do on the command line. Scores that name their problems pair by
name; others by position, which only fits where every run has the same number of problems.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analyses.model_comparison.lights import graders_of
from analyses.runs.differences import PROPERTIES
from analyses.runs.pairing import PairedRuns, left_out, pair_runs, pairing_cautions, pairing_notes
from analyses.runs.same_texts import same_verdicts
from evalsuite.api.sources import Columns, Counts, File, Label, Scores, Source, problem_names
from evalsuite.errors import InputError
from evalsuite.pairing.alignment import Named, align
from evalsuite.pairing.match import Known
from evalsuite.pairing.record import PairingRule
from evalsuite.scores import ScoreMatrix
from evalsuite.store.imports.named_runs import open_runs
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.imports.store_results import IMPORTED_GRADER
from evalsuite.store.runs import find_run, known_problems, score_matrix
from evalsuite.store.store import Store
from evalsuite.wording.pairing import pairing_line

__all__ = ["Options", "Paired", "default_labels", "imported", "matrix_of", "pair", "with_clusters"]


ANY = PairingRule()


@dataclass(frozen=True, slots=True)
class Options:
    """How runs are read and paired; the names are those of `compare`."""

    columns: Columns
    clusters: Any = None
    grader: str | None = None
    rule: PairingRule = ANY
    allow_unfinished: bool = False

    @property
    def reading(self) -> ReadOptions:
        """How files are read."""
        given = {"problem_id": self.columns.id, "correct": self.columns.correct}
        return ReadOptions(
            columns={ours: theirs for ours, theirs in given.items() if theirs is not None},
            score_range=self.columns.score_range,
        )


@dataclass(frozen=True, slots=True)
class Paired:
    """Runs on the same problems.

    Attributes
    ----------
    runs
        What the comparison takes.
    by
        In one sentence, what the pairing rests on.
    graders
        Whose verdict counts, of each run.
    store
        Where all runs are stored: the caller's, or one in memory for files; None for scores given as such.
    """

    runs: PairedRuns
    by: str
    graders: tuple[str, ...]
    store: Store | None = None


@contextmanager
def pair(
    sources: Sequence[Source], names: Sequence[str], labels: Sequence[str], store: Store | None, options: Options
) -> Iterator[Paired]:
    """Bring the runs onto the same problems; what files hold can be read within the block.

    Parameters
    ----------
    sources
        The base first; no counts.
    names
        Of the arguments, for messages.
    labels
        To be shown, one a run.

    Raises
    ------
    InputError, ComparisonError
        They do not pair; the message says why.
    """
    if options.columns.score_range is not None and all(isinstance(source, Label) for source in sources):
        raise InputError("--score-range has no effect on stored runs, whose graders have a range of their own")
    named = [_name_of(source) for source in sources if isinstance(source, Label | File)]
    if len(named) == len(sources):
        with open_runs(named, store, labels=labels, options=options.reading) as opened:
            runs = _stored(opened.store, opened.labels, options)
            runs = replace(runs, scores=_labelled(runs.scores, labels))
            graders = graders_of(runs, options.grader)
            yield _in_clusters(Paired(runs, _by(runs), tuple(graders), opened.store), sources[0], options)
    else:
        yield _in_clusters(_given(sources, names, labels, store, options), sources[0], options)


def _in_clusters(paired: Paired, base: Source, options: Options) -> Paired:
    if options.clusters is None:
        return paired
    clusters = _clusters(base, paired.runs.scores[0], options.clusters)
    return replace(paired, runs=replace(paired.runs, scores=_clustered(paired.runs.scores, clusters)))


def default_labels(sources: Sequence[Source], names: Sequence[str]) -> list[str]:
    """Return a name for each run to be shown: its own where it has one, else that of the argument."""
    labels = [_label(source, name) for source, name in zip(sources, names, strict=True)]
    if len(set(labels)) == len(labels):
        return labels
    # Files of one name in several folders, or columns of one name in several frames.
    return [f"{label} ({_spoken(name)})" for label, name in zip(labels, names, strict=True)]


def with_clusters(source: Source, matrix: ScoreMatrix, clusters: Any) -> ScoreMatrix:
    """Return the scores with the clusters that a caller gave."""
    if clusters is None:
        return matrix
    return _clustered((matrix,), _clusters(source, matrix, clusters))[0]


def _label(source: Source, name: str) -> str:
    if isinstance(source, Label):
        return source.name
    if isinstance(source, File):
        return source.path.stem
    if isinstance(source, Scores) and source.matrix.label != name:
        return source.matrix.label
    return _spoken(name)


def _spoken(name: str) -> str:
    """Return the name of an argument as a label: the first of several new runs is "new 1"."""
    argument, _, position = name.partition("[")
    return f"{argument} {int(position.rstrip(']')) + 1}" if position else argument


def _stored(store: Store, names: Sequence[str], options: Options) -> PairedRuns:
    return pair_runs(
        store,
        names,
        grader=options.grader,
        only_shared=options.rule.only_shared,
        allow_unfinished=options.allow_unfinished,
        partial_credit=True,
        pair_by=options.rule.by,
        drop_duplicates=options.rule.drop_duplicates,
    )


def _by(runs: PairedRuns) -> str:
    return "" if runs.pairing is None else pairing_line(runs.pairing)


@contextmanager
def imported(
    files: Sequence[Path], labels: Sequence[str], *, score_range: tuple[float, float] | None = None
) -> Iterator[Store]:
    """Yield a store of these files alone, which is gone afterwards: a file means here what `evalsuite import` reads."""
    with Store.in_memory() as store:
        for file, label in zip(files, labels, strict=True):
            import_file(store, file, label=label, score_range=score_range)
        yield store


def _name_of(source: Label | File) -> str | Path:
    return source.name if isinstance(source, Label) else source.path


def _given(
    sources: Sequence[Source], names: Sequence[str], labels: Sequence[str], store: Store | None, options: Options
) -> Paired:
    """Pair scores, alone or with files and stored runs."""
    _refuse_counts(sources, names)
    if options.allow_unfinished:
        raise InputError("allow_unfinished=True needs every run to be the label of a stored run")
    if options.grader is not None and all(isinstance(source, Scores) for source in sources):
        raise InputError(f"grader={options.grader!r} has no effect on scores; it needs a stored run or a results file")
    score_range = options.columns.score_range
    loaded = [
        _loaded(source, label, store, options.grader, score_range)
        for source, label in zip(sources, labels, strict=True)
    ]
    matrices, known, graders = zip(*loaded, strict=True)
    kinds = [source.named_by if isinstance(source, Scores) else "id" for source in sources]
    named: Named = "index" if set(kinds) == {"index"} else "id"
    if "position" in kinds:
        matrices, named = _by_position(matrices, kinds, names), "position"
        if options.rule.by is not None:
            raise InputError(f"pair_by={options.rule.by!r} needs runs that name their problems; these have an order")
    aligned = align(*matrices, known=lambda: known, rule=options.rule, named=named)
    pairing = aligned.pairing
    warnings = (*left_out(matrices, aligned.runs[0].n_problems), *pairing_notes(pairing))
    unknown = tuple(PROPERTIES)
    cautions = (*pairing_cautions(pairing), *same_verdicts(aligned.runs))
    runs = PairedRuns((), aligned.runs, (), unknown, cautions, warnings, pairing=pairing)
    return Paired(runs, _by(runs), graders)


def _refuse_counts(sources: Sequence[Source], names: Sequence[str]) -> None:
    for source, name in zip(sources, names, strict=True):
        if isinstance(source, Counts):
            raise InputError(
                f"{name} is the counts {source.correct}/{source.total} and another run is not: counts do not say which "
                "problems were solved. Give counts for both runs, or the score of each problem for both"
            )


def matrix_of(
    source: Source,
    label: str,
    store: Store | None,
    grader: str | None = None,
    *,
    score_range: tuple[float, float] | None = None,
) -> ScoreMatrix:
    """Return the scores of one run under `label`, keyed by the id or position of its problems."""
    return _loaded(source, label, store, grader, score_range)[0]


def _loaded(
    source: Source,
    label: str,
    store: Store | None,
    grader: str | None,
    score_range: tuple[float, float] | None = None,
) -> tuple[ScoreMatrix, Known, str]:
    """Return the scores of one run, what it knows of its problems, and whose verdicts they are."""
    if isinstance(source, File):
        with imported([source.path], [label], score_range=score_range) as files:
            return _loaded(Label(label), label, files, grader)
    if isinstance(source, Label) and store is not None:
        head = find_run(store, source.name)
        stored = score_matrix(store, head, grader=grader, partial_credit=True).by_problem_id()
        return (
            replace(stored, label=label),
            known_problems(store, head, stored.problem_ids),
            grader or head.primary_grader,
        )
    if isinstance(source, Scores):
        return replace(source.matrix, label=label), source.known, IMPORTED_GRADER
    raise TypeError(f"no scores in {source!r}")


def _by_position(
    matrices: Sequence[ScoreMatrix], kinds: Sequence[str], names: Sequence[str]
) -> tuple[ScoreMatrix, ...]:
    """Key every run by the position of its rows; only a Series may drop the names it has for that."""
    named, bare = _first(kinds, names, {"id"}), _first(kinds, names, {"position"})
    if named is not None:
        raise InputError(
            f"{named} names its problems and {bare} does not, so nothing says which belong together. Give {bare} as a "
            "pandas Series with the ids as its index, or as a frame with an id column"
        )
    lengths = [matrix.n_problems for matrix in matrices]
    if len(set(lengths)) > 1:
        listed = ", ".join(f"{name} has {n}" for name, n in zip(names, lengths, strict=True))
        raise InputError(
            f"the runs have different numbers of problems: {listed}. Without ids they pair by position, which needs "
            "the same problems in the same order. Give frames with an id column, or Series with the ids as index"
        )
    return tuple(replace(m, keys=tuple(map(str, range(m.n_problems)))) for m in matrices)


def _first(kinds: Sequence[str], names: Sequence[str], wanted: set[str]) -> str | None:
    return next((name for kind, name in zip(kinds, names, strict=True) if kind in wanted), None)


def _labelled(matrices: Sequence[ScoreMatrix], labels: Sequence[str]) -> tuple[ScoreMatrix, ...]:
    return tuple(replace(matrix, label=label) for matrix, label in zip(matrices, labels, strict=True))


def _clustered(matrices: Sequence[ScoreMatrix], clusters: Mapping[str, str]) -> tuple[ScoreMatrix, ...]:
    """Return the aligned runs with the cluster of each problem of the first."""
    of_each = tuple(clusters[problem] for problem in matrices[0].problem_ids)
    return tuple(replace(matrix, clusters=of_each) for matrix in matrices)


def _clusters(source: Source, base: ScoreMatrix, clusters: Any) -> Mapping[str, str]:
    """Return the cluster of each problem of the base by its id."""
    if isinstance(clusters, str):
        if isinstance(source, Scores) and source.clusters is not None:
            return source.clusters
        raise InputError(f"clusters={clusters!r} names a column, so base must be a frame that has it")
    ids = source.matrix.problem_ids if isinstance(source, Scores) else base.problem_ids
    labels = problem_names(clusters, "clusters")
    if isinstance(clusters, pd.Series) and not isinstance(clusters.index, pd.RangeIndex):
        by_id = dict(zip(problem_names(clusters.index, "the index of clusters"), labels, strict=True))
        missing = [problem for problem in base.problem_ids if problem not in by_id]
        if missing:
            raise InputError(f"clusters has no entry for {len(missing)} problems of base, such as {missing[0]!r}")
        return by_id
    if len(labels) != len(ids):
        raise InputError(
            f"clusters has {len(labels)} entries and base {len(ids)} problems: it needs one a problem, in the order of "
            "base, or a Series with the ids as index"
        )
    return dict(zip(ids, labels, strict=True))
