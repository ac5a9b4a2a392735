"""What is said of a comparison over several problem sets."""

from evalsuite.comparison.pooled import PooledComparison
from evalsuite.wording import numbers, two_runs, verdicts
from evalsuite.wording.language import tr

__all__ = ["sentences"]

LEVEL = 0.05


def sentences(compared: PooledComparison) -> tuple[str, ...]:
    """Return what holds over all problems, with each set counting alike, whether sets differ, and for other sets."""
    return two_runs.sentence(compared.together), _alike(compared), _differing(compared), _across(compared)


def _alike(compared: PooledComparison) -> str:
    return tr(
        "Counting each of the {n} sets equally: {difference}. Both are about problems like those in these sets, "
        "not about other sets.",
        n=len(compared.sets),
        difference=verdicts.interval_text(compared.each_set_alike),
    )


def _across(compared: PooledComparison) -> str:
    across = compared.across_sets
    names = {"n": len(compared.sets), "df": len(compared.sets) - 1, "mean": verdicts.interval_text(across.mean)}
    if across.prediction is None:
        return tr(
            "Taken for a sample of such sets, they have the mean {mean} (random effects, t on {df} degree of freedom): "
            "{n} sets say next to nothing of another one.",
            **names,
        )
    return tr(
        "Taken for a sample of {n} such sets, they have the mean {mean} (random effects, t on {df} degrees of "
        "freedom), and one more set would lie between {low} and {high}. That holds if other sets differ from these as "
        "these differ from each other.",
        low=numbers.points(across.prediction.low),
        high=numbers.points(across.prediction.high),
        **names,
    )


def _differing(compared: PooledComparison) -> str:
    values = [c.difference.value for c in compared.sets]
    names = {
        "low": numbers.points(min(values)),
        "high": numbers.points(max(values)),
        "q": numbers.number(compared.differing.statistic, 1),
        "pvalue": numbers.pvalue(compared.differing.pvalue),
        "share": numbers.percent(compared.i_squared, 0.01),
    }
    if compared.differing.pvalue < LEVEL:
        return tr(
            "The difference is not the same on all sets ({low} to {high}; Q = {q}, {pvalue}, I² = {share}): read "
            "each set on its own.",
            **names,
        )
    return tr(
        "The sets do not clearly differ ({low} to {high}; Q = {q}, {pvalue}, I² = {share}).",
        **names,
    )
