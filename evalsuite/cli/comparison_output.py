"""What `evalsuite compare` prints for people, by the type of the comparison.

What the answer must not be read without comes first, then the sentence, then the numbers it rests on.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from evalsuite.comparison.pair import Design
from evalsuite.comparison.paired_table import Comparison
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.comparison.scores_only import CountComparison
from evalsuite.comparison.training_seeds import SeedComparison
from evalsuite.console import print_line, print_table
from evalsuite.stats.bounds import Bounds
from evalsuite.stats.result import Estimate
from evalsuite.wording import numbers
from evalsuite.wording.verdicts import verdict_label

# Both read a store; typed numbers are compared without loading DuckDB.
if TYPE_CHECKING:
    from analyses.runs.against_base import RunComparison
    from analyses.seed_comparison import SeedArms

__all__ = ["print_arms", "print_paired_table", "print_runs", "print_scores"]


def print_paired_table(comparison: Comparison) -> None:
    """Print the comparison of a typed paired table."""
    print_line(comparison.sentence)
    _print_methods(comparison)


def print_scores(comparison: CountComparison) -> None:
    """Print the comparison of two scores: every pairing that they allow."""
    print_line(comparison.sentence)
    rows = [
        [p.wins, p.losses, numbers.pvalue(p.pvalue), numbers.points_interval(p.low, p.high)]
        for p in comparison.patterns
    ]
    print_table("Pairings that the scores allow", ("wins", "losses", "exact McNemar", "interval"), rows)


def print_runs(comparison: "RunComparison") -> None:
    """Print the comparison of stored runs with their base."""
    from analyses.runs.pairing import confounded, treatment

    runs = comparison.runs
    cautions = [caution.text for caution in (*runs.cautions, *confounded(runs))]
    _print_lines(cautions)
    for pair, bounds in zip(comparison.comparisons, comparison.bounds, strict=True):
        print_line(pair.sentence)
        _print_bounds(bounds)
    _print_lines(note for note in (*runs.warnings, treatment(runs)) if note not in cautions)
    for pair in comparison.comparisons:
        _print_methods(pair)


def print_arms(arms: "SeedArms") -> None:
    """Print the comparison of two arms over their training seeds."""
    comparison = arms.found
    cautions = [caution.text for caution in arms.cautions]
    _print_lines(cautions)
    print_line(comparison.sentence)
    _print_bounds(comparison.bounds)
    _print_lines(note for note in arms.notes if note not in cautions)
    _print_methods(comparison)
    if len(comparison.seeds) > 1:
        rows = [
            [
                seed.label,
                numbers.percent(seed.accuracy),
                seed.against,
                numbers.points(seed.difference.value),
                numbers.points_interval(seed.difference.low, seed.difference.high),
            ]
            for seed in comparison.seeds
        ]
        print_table("Each training seed", ("run", "right", "against", "difference", "interval"), rows)


def _print_methods(comparison: Design | SeedComparison) -> None:
    """Print the p-values and intervals of one comparison, those of the verdict first."""
    rows: list[Sequence[str]] = [["p", name, numbers.pvalue(p)] for name, p in comparison.pvalues.items()]
    for name, estimate in _intervals(comparison).items():
        rows.append(["interval", name, numbers.points_interval(estimate.low, estimate.high)])
    title = f"{comparison.new_label} against {comparison.base_label}: {verdict_label(comparison.verdict)}"
    print_table(title, ("", "method", "value"), rows)


def _intervals(comparison: Design | SeedComparison) -> dict[str, Estimate]:
    match comparison:
        case Comparison():
            return dict(comparison.intervals)
        case MeanComparison():
            return {comparison.difference.method: comparison.difference}
        case SeedComparison():
            return comparison.estimates


def _print_bounds(bounds: Bounds | None) -> None:
    """Say what the truncated completions leave open, where that includes the sign."""
    if bounds is not None and not bounds.sign_identified:
        span = numbers.points_interval(bounds.lowest, bounds.highest)
        print_line(f"Had every completion finished, the difference in these runs would lie in {span}.")


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print_line(line)
