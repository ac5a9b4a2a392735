"""What is said of several new runs: which of them may be the best, and what the one that was picked gained."""

from evalsuite.comparison.best_run import BestRun
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["sentences"]


def sentences(best: BestRun) -> tuple[str, ...]:
    """Return the runs that may be the best, a caution where picking misleads, and the difference of the picked run."""
    return (_possible(best), *_caution(best), _difference(best))


def _possible(best: BestRun) -> str:
    names = {
        "picked": best.picked,
        "level": numbers.level(1 - best.alpha),
        "others": tr(", ").join(label for label in best.possible if label != best.picked),
        "n": len(best.pvalues),
    }
    if best.possible == (best.picked,):
        return tr("{picked} is the best of the {n} new runs ({level}% confidence).", **names)
    if len(best.possible) == len(best.pvalues):
        return tr(
            "{picked} has the highest accuracy, but any of the {n} new runs could be the best ({level}% confidence).",
            **names,
        )
    return tr(
        "{picked} has the highest accuracy of {n} new runs; {others} could also be the best ({level}% confidence).",
        **names,
    )


def _caution(best: BestRun) -> tuple[str, ...]:
    if best.false_if_picked <= best.alpha:
        return ()
    words = tr(
        "Picking the best of {n} runs and then comparing only that one with {base} would find a difference about "
        "{chance} of the time even if all runs were equal.",
        n=len(best.pvalues),
        base=best.base,
        chance=numbers.percent(best.false_if_picked, 0.01),
    )
    return (words,)


def _difference(best: BestRun) -> str:
    e = best.difference
    return tr(
        "Allowing for having picked the best of {n}, {picked} differs from {base} by {value} ({level}% CI "
        "{limits}, valid whichever run is picked; {pvalue} after adjustment).",
        n=len(best.pvalues),
        picked=best.picked,
        base=best.base,
        value=numbers.points(e.value, e.nominal_error),
        level=numbers.level(1 - best.alpha),
        limits=numbers.points_interval(e.low, e.high, e.nominal_error),
        pvalue=numbers.pvalue(best.pvalue),
    )
