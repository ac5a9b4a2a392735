"""What ``evalsuite compare`` prints for people: what must be read first, the sentence, then what that rests on."""

from collections.abc import Mapping

from evalsuite.cli.completions_output import print_majority, print_pass_at_k
from evalsuite.cli.fail_if import Judged
from evalsuite.console import print_line, print_table
from evalsuite.documents.mean_scores import MeanScore, MeanScoresComparison
from evalsuite.documents.parts import BoundsWithoutCap
from evalsuite.documents.pooled import SeveralSetsComparison
from evalsuite.documents.scores_only import ScoresOnlyComparison
from evalsuite.documents.several_tasks import SeveralTasksComparison
from evalsuite.documents.stored_runs import StoredRunsComparison
from evalsuite.documents.training_seeds import TrainingSeedsComparison
from evalsuite.documents.two_runs import PairedTableComparison, ProblemMeansComparison
from evalsuite.findings import Light
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.lights import light_sentence, together
from evalsuite.wording.method_names import method_name
from evalsuite.wording.pairing import changed_texts
from evalsuite.wording.units import Unit

__all__ = [
    "Compared",
    "TwoRuns",
    "bounds_sentence",
    "judged",
    "method_rows",
    "print_comparison",
    "shown_first",
    "unit_of",
]

TwoRuns = PairedTableComparison | ProblemMeansComparison | MeanScoresComparison
Compared = (
    TwoRuns
    | StoredRunsComparison
    | ScoresOnlyComparison
    | TrainingSeedsComparison
    | SeveralSetsComparison
    | SeveralTasksComparison
)


def judged(compared: Compared) -> tuple[Judged, ...]:
    """Return each comparison by the names of its runs, with the verdict that ``--fail-if`` is about."""
    parts: tuple[TwoRuns | ScoresOnlyComparison | TrainingSeedsComparison, ...]
    if isinstance(compared, StoredRunsComparison):
        parts = compared.comparisons
    elif isinstance(compared, SeveralSetsComparison):
        parts = (*compared.sets, compared.together)
    elif isinstance(compared, SeveralTasksComparison):
        parts = tuple(one for task in compared.tasks for one in task.compared.comparisons)
    else:
        parts = (compared,)
    return tuple(
        Judged(
            f"{one.new.label} against {one.base.label}",
            one.verdict,
            None if isinstance(one, ScoresOnlyComparison) else one.final_verdict.depends_on,
        )
        for one in parts
    )


def shown_first(compared: Compared) -> tuple[str, tuple[Light, ...]]:
    """Return what the page of a comparison says first: what is found, and what would change it.

    Nothing is found of scores alone, and of several sets or tasks each verdict stands in its row.
    """
    if isinstance(compared, ScoresOnlyComparison | SeveralTasksComparison):
        return "", ()
    if isinstance(compared, SeveralSetsComparison):
        return "", compared.together.lights
    if not isinstance(compared, StoredRunsComparison):
        return compared.finding, compared.lights
    base = compared.comparisons[0].base.label
    against = [one for one in compared.comparisons if one.base.label == base]
    return compared.finding, together([one.lights for one in against], [one.new.label for one in against])


def print_comparison(compared: Compared) -> None:
    """Print a comparison on stdout: first what is found, and what would change it."""
    found, lights = shown_first(compared)
    for text in (found, *map(light_sentence, lights)):
        if text:
            print_line(text)
    if isinstance(compared, StoredRunsComparison):
        _print_stored_runs(compared)
    elif isinstance(compared, ScoresOnlyComparison):
        _print_scores(compared)
    elif isinstance(compared, TrainingSeedsComparison):
        _print_training_seeds(compared)
    elif isinstance(compared, SeveralSetsComparison):
        _print_pooled(compared)
    elif isinstance(compared, SeveralTasksComparison):
        _print_tasks(compared)
    else:
        _print_sentence(compared.sentence, compared.bounds_without_cap)
        _print_methods(compared)


def _print_stored_runs(compared: StoredRunsComparison) -> None:
    cautions = [caution.text for caution in compared.cautions]
    for text in cautions:
        print_line(text)
    if compared.all_pairs:
        _print_pairs(compared)
    else:
        for comparison in compared.comparisons:
            _print_sentence(comparison.sentence, comparison.bounds_without_cap)
    for sentence in () if compared.best is None else compared.best.sentences:
        print_line(sentence)
    base = compared.comparisons[0].base.label
    changed = [changed_texts(one.label, base, one.n_changed, one.n_compared) for one in compared.changed_texts]
    paired = () if compared.pairing is None else (compared.pairing.sentence,)
    # The warnings begin with the cautions, which stand first already, and may hold how the runs were paired.
    for note in dict.fromkeys(
        (compared.family, *compared.warnings, *paired, *changed, compared.differences_between_runs)
    ):
        if note and note not in cautions:
            print_line(note)
    if compared.all_pairs:
        return
    together = zip(compared.comparisons, compared.pass_at_k, compared.majority_vote, strict=True)
    for comparison, curves, votes in together:
        _print_methods(comparison)
        name = _against(comparison.new.label, comparison.base.label)
        if curves is not None:
            print_pass_at_k(curves, name, difference=True)
        if votes is not None:
            print_majority(votes, name)


def _print_pairs(compared: StoredRunsComparison) -> None:
    """Print the matrix of differences and one row a pair."""
    first = compared.comparisons[0]
    unit = unit_of(first)
    n_runs = 1 + sum(c.base.label == first.base.label for c in compared.comparisons)
    scores = [first.base, *(c.new for c in compared.comparisons[: n_runs - 1])]
    cells = {(c.base.label, c.new.label): c for c in compared.comparisons}
    labels = [score.label for score in scores]
    matrix = []
    for i, score in enumerate(scores):
        row = [
            f"{i + 1}  {score.label}",
            unit.level(score.mean_score if isinstance(score, MeanScore) else score.accuracy),
        ]
        for other in labels:
            pair, sign = cells.get((other, score.label)), 1
            if pair is None:
                pair, sign = cells.get((score.label, other)), -1
            mark = "" if pair is None or not pair.verdict.kind.startswith("resolved") else " *"
            row.append("" if pair is None else f"{unit.difference(sign * pair.difference.value)}{mark}")
        matrix.append(row)
    title = tr(
        "Row minus column; * resolved at α = {alpha} over all {n} pairs (Holm)",
        alpha=f"{first.alpha:g}", n=numbers.count(compared.family_size),
    )  # fmt: skip
    print_table(title, (tr("run"), _scored(unit), *map(str, range(1, n_runs + 1))), matrix)
    rows = [
        [
            f"{c.new.label} − {c.base.label}",
            unit.difference(c.difference.value),
            unit.limits(c.difference.low, c.difference.high),
            numbers.pvalue(c.adjusted_pvalue if c.adjusted_pvalue is not None else 1.0),
            c.final_verdict.label,
        ]
        for c in compared.comparisons
    ]
    level = numbers.level(1 - first.alpha)
    columns = (tr("pair"), *_judged_columns(level))
    print_table(tr("All pairs"), columns, rows)


def _print_scores(compared: ScoresOnlyComparison) -> None:
    print_line(compared.sentence)
    rows = [
        [p.wins, p.losses, numbers.pvalue(p.pvalue), numbers.points_interval(p.low, p.high)] for p in compared.pairings
    ]
    columns = (tr("wins"), tr("losses"), tr("exact McNemar"), tr("interval"))
    print_table(tr("Pairings that the scores allow"), columns, rows)


def _print_pooled(compared: SeveralSetsComparison) -> None:
    cautions = [caution.text for caution in compared.cautions]
    for text in (*cautions, *compared.sentences):
        print_line(text)
    for note in (compared.family, *compared.warnings):
        if note and note not in cautions:
            print_line(note)
    rows = [
        [
            f"{one.new.label} − {one.base.label}",
            numbers.count(one.n_problems),
            numbers.points(one.difference.value),
            numbers.points_interval(one.difference.low, one.difference.high),
            numbers.pvalue(one.adjusted_pvalue if one.adjusted_pvalue is not None else 1.0),
            one.final_verdict.label,
        ]
        for one in (*compared.sets, compared.together)
    ]
    level = numbers.level(1 - compared.together.alpha)
    columns = (tr("set"), tr("problems"), *_judged_columns(level))
    print_table(tr("Each set, and all problems"), columns, rows)


def _print_tasks(compared: SeveralTasksComparison) -> None:
    """Print what must be read first, one row a verdict, then each task's notes."""
    for text in dict.fromkeys(caution.text for task in compared.tasks for caution in task.compared.cautions):
        print_line(text)
    rows = []
    for task in compared.tasks:
        for one in task.compared.comparisons:
            unit = unit_of(one)
            rows.append(
                [
                    task.task,
                    f"{one.new.label} − {one.base.label}",
                    numbers.count(one.n_problems),
                    unit.difference(one.difference.value),
                    unit.limits(one.difference.low, one.difference.high),
                    numbers.pvalue(one.adjusted_pvalue if one.adjusted_pvalue is not None else 1.0),
                    one.final_verdict.label,
                ]
            )
    level = numbers.level(1 - compared.tasks[0].compared.comparisons[0].alpha)
    columns = (tr("task"), tr("runs"), tr("problems"), *_judged_columns(level))
    print_table(tr("Each task"), columns, rows)
    print_line(compared.family)
    for task in compared.tasks:
        cautions = {caution.text for caution in task.compared.cautions}
        for comparison in task.compared.comparisons:
            print_line(tr("{label}: {value}", label=task.task, value=comparison.sentence))
        for note in task.compared.warnings:
            if note not in cautions:
                print_line(tr("{label}: {value}", label=task.task, value=note))


def _print_training_seeds(compared: TrainingSeedsComparison) -> None:
    cautions = [caution.text for caution in compared.cautions]
    for text in cautions:
        print_line(text)
    _print_sentence(compared.sentence, compared.bounds_without_cap)
    paired = () if compared.pairing is None else (compared.pairing.sentence,)
    for note in dict.fromkeys((*compared.warnings, *paired)):
        if note not in cautions:
            print_line(note)
    _print_methods(compared)
    if len(compared.seeds) > 1:
        unit = Unit(compared.score_range)
        rows = [
            [
                seed.label,
                unit.level(seed.accuracy),
                seed.against,
                unit.difference(seed.difference.value),
                unit.limits(seed.difference.low, seed.difference.high),
            ]
            for seed in compared.seeds
        ]
        columns = (tr("run"), _scored(unit), tr("against"), tr("difference"), tr("interval"))
        print_table(tr("Each training seed"), columns, rows)


def _scored(unit: Unit) -> str:
    return tr("right") if unit.score_range is None else tr("mean score")


def _judged_columns(level: str) -> tuple[str, str, str, str]:
    """Return the headings of what is said of each difference of a family."""
    return tr("difference"), tr("{level}% interval of it alone", level=level), tr("p (Holm)"), tr("verdict")


def _print_sentence(sentence: str, bounds: BoundsWithoutCap | None) -> None:
    print_line(sentence)
    if text := bounds_sentence(bounds):
        print_line(text)


def bounds_sentence(bounds: BoundsWithoutCap | None) -> str:
    """Return where the difference would lie had nothing been truncated; empty where that does not turn it round."""
    if bounds is None or bounds.sign_identified:
        return ""
    span = numbers.points_interval(bounds.lowest, bounds.highest)
    return tr("Had every completion finished, the difference in these runs would lie in {span}.", span=span)


def _print_methods(compared: TwoRuns | TrainingSeedsComparison) -> None:
    """Print every p-value and interval of one comparison."""
    print_table(
        _against(compared.new.label, compared.base.label), ("", tr("method"), tr("value")), method_rows(compared)
    )


def _against(new: str, base: str) -> str:
    return tr("{new} against {base}", new=new, base=base)


def method_rows(compared: TwoRuns | TrainingSeedsComparison) -> list[tuple[str, str, str]]:
    """Return every p-value and interval of one comparison: what it is, the name of its method, and the value."""
    unit = unit_of(compared)
    intervals: Mapping[str, tuple[float, float]] = compared.intervals
    rows = [(tr("p"), method_name(name), numbers.pvalue(p)) for name, p in compared.pvalues.items()]
    rows += [(tr("interval"), method_name(name), unit.limits(*limits)) for name, limits in intervals.items()]
    here = compared.on_these_problems if isinstance(compared, ProblemMeansComparison) else None
    if here is not None:
        limits = numbers.points_interval(here.difference.low, here.difference.high)
        name = method_name(here.difference.method)
        rows += [(tr("p"), name, numbers.pvalue(here.pvalue)), (tr("interval"), name, limits)]
    return rows


def unit_of(compared: TwoRuns | TrainingSeedsComparison) -> Unit:
    """Return the unit of a comparison: percentage points, or that of its scores."""
    return Unit(None if isinstance(compared, PairedTableComparison | ProblemMeansComparison) else compared.score_range)
