"""``evalsuite plan``: how many problems, or what difference."""

from typing import TYPE_CHECKING

from evalsuite.cli.document import print_document
from evalsuite.cli.options import Json

if TYPE_CHECKING:
    from evalsuite.comparison.planning import Plan, PlanForN

__all__ = ["plan"]

NOTE = (
    "exact, midp and connor are for one completion a problem; miller is for completions = {completions}, with "
    "{within_share:.2f} of a score's variance between completions of one problem, and a normal formula that is too "
    'small below about 30 problems. "none": beyond 5,000 problems, where connor is as good.'
)


def plan(
    *,
    base: float | None = None,
    new: float | None = None,
    n: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    completions: int = 1,
    json: Json = False,
) -> None:
    """Say how many problems a difference needs, or what difference a number of problems can detect.

    Parameters
    ----------
    base
        Accuracy of the base, such as 0.20.
    new
        Accuracy hoped for, such as 0.40.
    n
        Number of problems; asks for the smallest detectable difference instead.
    power
        Probability to detect the difference.
    alpha
        Level of the two-sided test.
    completions
        Completions per problem.

    Examples
    --------
    evalsuite plan --base 0.20 --new 0.40
    """
    from evalsuite.cli.checks import check_plan
    from evalsuite.comparison import planning

    check_plan(base, new, n, power=power, alpha=alpha, completions=completions)
    if n is not None:
        detectable = planning.plan_for_n(n, power=power, alpha=alpha)
        print_document("plan", detectable.as_dict()) if json else _print_detectable(detectable)
        return
    needed = planning.plan(base or 0.0, new or 0.0, power=power, alpha=alpha, completions=completions)
    print_document("plan", needed.as_dict()) if json else _print_needed(needed)


def _print_needed(plan: "Plan") -> None:
    from evalsuite.console import print_line, print_table
    from evalsuite.wording import numbers

    rows = [
        [
            s.scenario.name,
            "–" if s.scenario.correlation is None else numbers.number(s.scenario.correlation),
            numbers.percent(s.scenario.discordant),
            *("none" if n is None else numbers.count(n) for n in (s.exact, s.midp, s.connor, s.miller)),
        ]
        for s in plan.scenarios
    ]
    columns = ("pairing", "correlation", "discordant", "exact", "midp", "connor", "miller")
    print_table("Problems needed", columns, rows)
    print_line(NOTE.format(completions=plan.completions, within_share=plan.within_share))


def _print_detectable(plan: "PlanForN") -> None:
    from evalsuite.console import print_table
    from evalsuite.wording import numbers

    rows = [
        [
            numbers.percent(d.discordant),
            *("none" if size is None else numbers.size(size, size / 50) for size in (d.exact, d.midp, d.connor)),
        ]
        for d in plan.detectable
    ]
    print_table("Smallest detectable difference", ("discordant", "exact", "midp", "connor"), rows)
