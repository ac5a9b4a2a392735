"""``evalsuite.compare``: is the new run better than the base? The verdicts are those of ``evalsuite compare``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyses.model_comparison.lights import with_lights, with_lights_given
from analyses.runs.against_base import RunComparison, compare_runs
from analyses.runs.differences import PROPERTIES
from analyses.runs.looks import with_arm_looks, with_looks
from analyses.runs.pairing import changed_notes
from analyses.runs.votes import with_votes
from evalsuite.api.arguments import PythonWords, check_alpha, check_number, check_pair_by, check_share
from evalsuite.api.differences import (
    difference_figure,
    difference_table,
    frame_row,
    pair_summary,
    summary,
)
from evalsuite.api.display import Result, View, typed
from evalsuite.api.paired_table import TableCompared, of_table
from evalsuite.api.pairing import Options, Paired, default_labels, pair
from evalsuite.api.scores_only import CountsCompared, of_counts
from evalsuite.api.several_completions import majority_frame, pass_frame
from evalsuite.api.sources import Columns, Counts, Source, check_range, read, several
from evalsuite.api.stored import OpenStore, reading
from evalsuite.api.training_seeds import SeedsCompared, of_seeds
from evalsuite.comparison.best_run import BestRun
from evalsuite.documents.final_verdict import FinalVerdict, final_verdict
from evalsuite.documents.several_completions import pass_at_k
from evalsuite.documents.stored_runs import of_stored_runs
from evalsuite.errors import InputError
from evalsuite.figures.looks import clip
from evalsuite.findings import Light
from evalsuite.pairing.record import PairingRule
from evalsuite.settings import ComparisonSettings, PairBy
from evalsuite.stats.decision import Verdict
from evalsuite.wording import best_run as best_words
from evalsuite.wording import two_runs
from evalsuite.wording.lights import known_lights

__all__ = ["CountsCompared", "RunsCompared", "SeedsCompared", "TableCompared", "compare"]


class RunsCompared(Result):
    """The comparison of one or more new runs with a base.

    Attributes
    ----------
    compared
        The comparison at full precision.
    paired_by
        What the pairing rests on, in one sentence.
    """

    def __init__(self, compared: RunComparison, paired_by: str) -> None:
        self.compared = compared
        self.paired_by = paired_by

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each new run, in order, under the assumptions that were asked for."""
        return tuple(comparison.verdict for comparison in self.compared.comparisons)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the new run; None where there are several, see `verdicts`."""
        return self.verdicts[0] if len(self.verdicts) == 1 else None

    @property
    def final_verdicts(self) -> tuple[FinalVerdict, ...]:
        """What each verdict is worth under other assumptions, in order: what a page's heading says."""
        verdicts = [c.verdict for c in self.compared.comparisons]
        return tuple(map(final_verdict, verdicts, self.compared.lights_of_each))

    @property
    def final_verdict(self) -> FinalVerdict | None:
        """What the verdict is worth; None where there are several, see `final_verdicts`."""
        return self.final_verdicts[0] if len(self.final_verdicts) == 1 else None

    @property
    def lights(self) -> tuple[tuple[Light, ...], ...]:
        """Of each new run, whether its verdict would change under other assumptions."""
        return self.compared.lights_of_each

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite compare --json`` prints."""
        return of_stored_runs(self.compared).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a new run at full precision.

        Columns: base, new, n_problems, base_accuracy, new_accuracy (base_mean_score and new_mean_score of scores with
        partial credit), difference, low, high, confidence_level, method,
        pvalue, adjusted_pvalue, verdict, final_verdict, wins, losses; the last two are missing where there is no paired
        table.
        """
        rows = map(frame_row, self.compared.comparisons, self.compared.lights_of_each)
        return typed(pd.DataFrame(rows, dtype=object))

    @property
    def pass_at_k(self) -> pd.DataFrame:
        """Differences in pass@k and pass^k, one row a comparison, measure and k; no rows with single completions.

        Columns: base, new, measure, k, value, low, high, pvalue, confidence_level, n_problems. The intervals of one
        measure hold for all k of all comparisons together; pvalue is that of no difference at this k alone.
        """
        compared = self.compared
        return pass_frame(
            [
                ({"base": c.base_label, "new": c.new_label}, pass_at_k(curves))
                for c, curves in zip(compared.comparisons, compared.completions, strict=True)
            ]
        )

    @property
    def majority_vote(self) -> pd.DataFrame:
        """The differences of the majority votes, one row a comparison; no rows where votes are not known.

        Columns: base, new, base_right, new_right, difference, low, high, confidence_level, pvalue. Intervals and
        p-values hold for all comparisons of the call together.
        """
        compared = self.compared
        return majority_frame(
            [
                ({"base": c.base_label, "new": c.new_label}, found)
                for c, found in zip(compared.comparisons, compared.majorities, strict=True)
                if found is not None
            ]
        )

    @property
    def best(self) -> BestRun | None:
        """Which of several new runs may be the best; None for one, and with ``without_cap``."""
        return self.compared.best

    @property
    def matrix(self) -> pd.DataFrame:
        """Row minus column for every pair that was compared, missing elsewhere: all of them with ``all_pairs``."""
        labels = self.compared.runs.labels
        found = pd.DataFrame(np.nan, index=pd.Index(labels), columns=pd.Index(labels))
        for c in self.compared.comparisons:
            found.loc[c.new_label, c.base_label] = c.difference.value
            found.loc[c.base_label, c.new_label] = -c.difference.value
        return found

    @property
    def view(self) -> View:
        """What of this result is shown."""
        runs, comparisons = self.compared.runs, self.compared.comparisons
        cautions = tuple(caution.text for caution in self.compared.cautions)
        notes, differences = list(runs.warnings), self.compared.differences_between_runs
        # Of scores, and of most results files, nothing is recorded: to list all that is unknown would say nothing.
        if len(runs.unknown) < len(PROPERTIES) and differences not in cautions:
            notes.append(differences)
        if self.compared.family:
            notes.append(self.compared.family)
        best = self.best
        pictured = difference_table(comparisons)
        return View(
            title=" and ".join(f"{clip(c.new_label)} against {clip(c.base_label)}" for c in comparisons[:3]),
            verdict="; ".join(
                f"{clip(c.new_label)}: {final.label}" for c, final in zip(comparisons, self.final_verdicts, strict=True)
            ),
            sentences=(
                *(() if self.compared.all_pairs else tuple(two_runs.sentence(c) for c in comparisons)),
                *(() if best is None else best_words.sentences(best)),
            ),
            table=(pair_summary if self.compared.all_pairs else summary)(comparisons, self.lights),
            finding=self.compared.finding,
            lights=known_lights(self.compared.lights_together),
            cautions=cautions,
            notes=tuple(dict.fromkeys((*notes, self.paired_by, *changed_notes(runs)))),
            picture=difference_figure(comparisons),
            pictured=pictured,
        )


def compare(
    base: Any = None,
    new: Any = None,
    *,
    table: Sequence[int] | None = None,
    training_seeds: bool = False,
    paired_seeds: bool = False,
    store: str | Path | OpenStore | None = None,
    labels: Sequence[str] | None = None,
    clusters: Any = None,
    id_column: str | None = None,
    correct_column: str | None = None,
    score_range: tuple[float, float] | None = None,
    alpha: float = 0.05,
    margin: float | None = None,
    grader: str | None = None,
    only_shared: bool = False,
    allow_unfinished: bool = False,
    without_cap: bool = False,
    all_pairs: bool = False,
    pair_by: PairBy | None = None,
    drop_duplicates: bool = False,
) -> RunsCompared | CountsCompared | TableCompared | SeedsCompared:
    """Say whether a new run is better than a base.

    Parameters
    ----------
    base, new
        The scores of each run on the same problems: 0 and 1 or booleans, as a list, a NumPy array (n_problems,) or
        (n_problems, n_completions), or a pandas Series; a frame with an id and a correct column, one row a completion;
        a results file (CSV, JSONL, Parquet); counts such as ``"45/100"`` or ``(45, 100)``; or the label of a run in
        `store`. `new` may be a list of runs: each is compared with the base, and the verdicts hold for all of them
        together (Holm).
    table
        Instead of runs, the four counts (both, wins, losses, neither) of problems that both runs solved, only the new
        one, only the base, and neither.
    training_seeds
        `base` and `new` are lists of runs of one recipe each, one run a training seed (or a single run that stays
        fixed); the verdict is about the recipe.
    paired_seeds
        The runs of both lists share their training seeds, in the order given.
    store
        Path of a store, or what `open_store` returned.
    labels
        Names to show, the base first.
    clusters
        Group of each problem of the base where problems are dependent, such as those of one template: an array in the
        order of the base, a Series with the ids as index, or the name of a column of the frame `base`.
    id_column, correct_column
        Columns of frames; ``problem_id`` or ``id``, and ``correct``, if not given.
    score_range
        The scores give partial credit: the lowest and the highest score possible, such as (0, 10). Frames then have a
        column ``score``. Means are compared, and the margin is in the unit of the scores. A frame with ``score`` and
        no ``correct`` has scores from 0 to 1.
    alpha
        Level of the verdicts, over all comparisons of the call together.
    margin
        Equivalence margin as a share, such as 0.02, or in the unit of the scores, stated before the runs were made.
    grader
        Whose verdict counts; each run's primary grader if not given.
    only_shared
        Compare only the problems that every run has.
    allow_unfinished
        Use what there is of unfinished runs.
    without_cap
        Ask about the accuracy had every completion finished, not about the accuracy at the token limit.
    all_pairs
        Compare every pair of three or more runs, as one family of verdicts.
    pair_by
        What makes two problems one: ``"content"`` (question and gold answer), ``"id"`` or ``"question"``. If not given,
        the content where every run knows its questions, else the id, and what contradicts itself is refused.
    drop_duplicates
        Leave out problems that occur more than once in a run, instead of pairing them in order.

    Raises
    ------
    InputError
        Something given is not usable, or the runs do not pair; the message says which and what to do.

    Examples
    --------
    >>> result = compare([1, 0, 0, 0, 0], [1, 1, 0, 0, 0])
    >>> result.verdict.kind, result.as_dict()["pvalues"]["mcnemar_exact"]
    ('cannot resolve by design', 1.0)
    >>> compare("45/100", "66/100").verdict.kind
    'resolved gain'
    >>> compare(table=(450, 80, 50, 739)).verdict.kind
    'resolved gain'
    >>> scored = compare([0, 0.5, 0.5, 1] * 20, [0.5, 0.5, 1, 1] * 20, score_range=(0, 1))
    >>> scored.verdict.kind, scored.compared.comparisons[0].difference.value
    ('resolved gain', 0.25)
    """
    options = {
        "store": store, "margin": margin, "grader": grader, "clusters": clusters, "only_shared": only_shared,
        "allow_unfinished": allow_unfinished, "without_cap": without_cap, "training_seeds": training_seeds,
        "paired_seeds": paired_seeds, "all_pairs": all_pairs, "pair_by": pair_by, "drop_duplicates": drop_duplicates,
        "score_range": score_range,
    }  # fmt: skip
    with PythonWords():
        _check(alpha, margin, clusters, base)
        if table is not None:
            given = options | {"base": base, "new": new, "id_column": id_column, "correct_column": correct_column}
            return of_table(table, labels, alpha=alpha, margin=margin, others=given)
        if base is None and new is None:
            raise InputError("compare needs base and new, or table=(both, wins, losses, neither)")
        arms = _arms(base, new, training_seeds=training_seeds, paired_seeds=paired_seeds, all_pairs=all_pairs)
        names = [*_names("base", arms[0]), *_names("new", arms[1])]
        spans = None if score_range is None else check_range(score_range)
        columns = Columns(id_column, correct_column, clusters if isinstance(clusters, str) else None, spans)
        sources = _sources([*arms[0], *arms[1]], names, columns, stored=store is not None)
        run_labels = _labels(sources, names, labels)
        if all(isinstance(source, Counts) for source in sources):
            return of_counts(sources, run_labels, alpha, options)
        check_pair_by(pair_by)
        rule = PairingRule(pair_by, only_shared or allow_unfinished, drop_duplicates)
        pairing = Options(columns, clusters, grader, rule, allow_unfinished)
        settings = ComparisonSettings(alpha, margin, grader, only_shared, allow_unfinished, without_cap)
        with reading(store) as opened, pair(sources, names, run_labels, opened, pairing) as paired:
            if training_seeds:
                seen = _with_seed_looks(paired, len(arms[0]), grader)
                return of_seeds(seen, len(arms[0]), settings, paired_seeds=paired_seeds)
            return _compared(paired, settings, all_pairs=all_pairs)


def _compared(paired: Paired, settings: ComparisonSettings, *, all_pairs: bool) -> RunsCompared:
    """Compare runs; of stored ones with the looks at them, majority votes, and what other graders say."""
    runs, grader = paired.runs, settings.grader
    if paired.store is not None:
        runs = with_looks(paired.store, runs, grader=grader, all_pairs=all_pairs)
        runs = with_votes(paired.store, runs, grader=grader)
    compared = compare_runs(
        runs, alpha=settings.alpha, margin=settings.margin, without_cap=settings.without_cap, all_pairs=all_pairs
    )
    if paired.store is None:
        return RunsCompared(with_lights_given(compared, paired.graders), paired.by)
    return RunsCompared(with_lights(paired.store, compared, grader), paired.by)


def _arms(
    base: Any, new: Any, *, training_seeds: bool, paired_seeds: bool, all_pairs: bool
) -> tuple[list[Any], list[Any]]:
    """Return what was given as base and as new, each as a list of runs."""
    if paired_seeds and not training_seeds:
        raise InputError("paired_seeds=True needs training_seeds=True, and a list of runs in each arm")
    arms = several(base) if training_seeds else [base], several(new)
    if all_pairs and (training_seeds or len(arms[1]) < 2):
        raise InputError("all_pairs=True needs a base and a list of two or more new runs, without training_seeds")
    return arms


def _sources(runs: Sequence[Any], names: Sequence[str], columns: Columns, *, stored: bool) -> list[Source]:
    """Read the runs; clusters are those of the base's problems, and the other frames need no such column."""
    others = replace(columns, clusters=None)
    return [
        read(value, name, columns=columns if i == 0 else others, stored=stored)
        for i, (value, name) in enumerate(zip(runs, names, strict=True))
    ]


def _with_seed_looks(paired: Paired, n_base: int, grader: str | None) -> Paired:
    """Return stored runs with the looks at their arms, of which the first `n_base` runs are the base."""
    if paired.store is None:
        return paired
    return replace(paired, runs=with_arm_looks(paired.store, paired.runs, n_base, grader=grader))


def _names(arm: str, runs: Sequence[Any]) -> list[str]:
    return [arm] if len(runs) == 1 else [f"{arm}[{i}]" for i in range(len(runs))]


def _check(alpha: float, margin: float | None, clusters: Any, base: Any) -> None:
    check_alpha(alpha)
    if margin is not None:
        check_number("margin", margin)
        if not margin > 0:
            check_share("margin", margin)
    first = base[0] if isinstance(base, list | tuple) and base else base
    if isinstance(clusters, str) and not isinstance(first, pd.DataFrame):
        raise InputError(f"clusters={clusters!r} names a column, so base must be a frame that has it")


def _labels(sources: Sequence[Source], names: Sequence[str], labels: Sequence[str] | None) -> list[str]:
    if labels is None:
        return default_labels(sources, names)
    if isinstance(labels, str) or len(labels) != len(sources) or len(set(labels)) != len(sources):
        raise InputError(f"labels needs {len(sources)} different names, the base first, got {labels!r}")
    return [str(label) for label in labels]
