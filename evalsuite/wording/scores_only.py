"""The sentence of a comparison of two scores whose pairing is not known."""

from evalsuite.comparison.scores_only import CountComparison, VerdictSpan
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.verdicts import level, problems, verdict_label

__all__ = ["sentence"]


def sentence(comparison: CountComparison) -> str:
    """Write what two scores say without their pairing, from the least to the most discordant one."""
    least, most = comparison.pairings[0], comparison.pairings[-1]
    n, pvalues = comparison.base.n_problems, (comparison.smallest_pvalue, comparison.largest_pvalue)
    intervals = tr(" to ").join(
        tr(
            "{limits} ({discordant})",
            limits=numbers.points_interval(p.low, p.high, p.nominal_error),
            discordant=_discordant(p.discordant),
        )
        for p in (least, most)
    )
    if comparison.n_pairings == 1:
        intervals = numbers.points_interval(least.low, least.high, least.nominal_error)
    return tr(
        "{new} answered {new_correct} of {problems} correctly, {base} {base_correct}: a difference of "
        "{difference}, {level} CI {intervals} (Fay–Lumbard). {pairing} Exact McNemar {pvalues}.",
        new=comparison.new_label,
        new_correct=numbers.count(comparison.new_correct),
        problems=problems(n),
        base=comparison.base_label,
        base_correct=numbers.count(comparison.base_correct),
        difference=numbers.points((comparison.new_correct - comparison.base_correct) / n, least.nominal_error),
        level=level(comparison.base),
        intervals=intervals,
        pairing=_verdicts(comparison.spans),
        pvalues=tr(" to ").join(dict.fromkeys(map(numbers.pvalue, pvalues))),
    )


def _discordant(m: int) -> str:
    return (
        tr("1 problem answered differently") if m == 1 else tr("{n} problems answered differently", n=numbers.count(m))
    )


def _verdicts(spans: tuple[VerdictSpan, ...]) -> str:
    """Write how the verdict depends on the unknown pairing."""
    if len(spans) == 1:
        return tr("{verdict}, however the answers pair up.", verdict=verdict_label(spans[0].verdict).capitalize())
    named = [tr("{verdict} with {span}", verdict=verdict_label(span.verdict), span=_range(span)) for span in spans]
    return tr(
        "The verdict depends on how many problems were answered differently: {parts}. The result of each problem "
        "would settle it.",
        parts=tr(", ").join(named),
    )


def _range(span: VerdictSpan) -> str:
    if span.fewest == span.most:
        return numbers.count(span.fewest)
    return tr("{low} to {high}", low=numbers.count(span.fewest), high=numbers.count(span.most))
