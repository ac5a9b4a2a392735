"""What is printed for people of several completions a problem: pass@k and pass^k over k."""

from collections.abc import Callable

from evalsuite.console import print_line, print_table
from evalsuite.documents.several_completions import MajorityVotes, PassAtK
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.several_completions import missing_clause, tie_rule

__all__ = ["print_majority", "print_pass_at_k"]


def print_pass_at_k(found: PassAtK, name: str, *, difference: bool = False) -> None:
    """Print both curves, one row a k, and why k ends where it does."""
    value: Callable[[float], str] = numbers.points if difference else numbers.percent
    limits: Callable[[float, float], str] = numbers.points_interval if difference else numbers.interval
    if found.fewest > 1:
        level = numbers.level(found.confidence_level)
        by_k: dict[int, list[str]] = {}
        for point in found.points:
            by_k.setdefault(point.k, [str(point.k)]).extend((value(point.value), limits(point.low, point.high)))
        title = tr(
            "{name}: at least one right (pass@k) and all right (pass^k) of k completions; a band holds for all k",
            name=name,
        )
        band = tr("{level}% band", level=level)
        print_table(title, ("k", "pass@k", band, "pass^k", band), list(by_k.values()))
    missing = missing_clause(
        fewest=found.fewest, most=found.most, n_fewer=found.n_fewer, n_dropped=found.n_dropped if not difference else 0
    )
    if missing:
        print_line(missing)


def print_majority(votes: MajorityVotes, name: str) -> None:
    """Print the difference of the majority votes of two runs."""
    e = votes.difference
    voted = tr(
        "Majority vote, {name}: {new} against {base} right, difference {difference}, {level}% CI {limits}, {pvalue}.",
        name=name, new=numbers.percent(votes.new.value), base=numbers.percent(votes.base.value),
        difference=numbers.points(e.value, e.nominal_error), level=numbers.level(e.confidence_level),
        limits=numbers.points_interval(e.low, e.high, e.nominal_error), pvalue=numbers.pvalue(votes.pvalue),
    )  # fmt: skip
    print_line(tr(" ").join((voted, tie_rule(sum(votes.n_tied)))))
