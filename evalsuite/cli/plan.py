"""``evalsuite plan``: how many problems, or what difference."""

from typing import TYPE_CHECKING

from evalsuite.cli.options import Json

if TYPE_CHECKING:
    from evalsuite.documents.planning import ProblemsNeeded, SmallestDifference

__all__ = ["plan"]

NOTE = (
    "exact, midp and connor are for one completion a problem; miller is for completions = {completions}, with "
    "{share:.2f} of a score's variance between completions of one problem, and a normal formula that is too "
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
    from evalsuite.console import print_json
    from evalsuite.documents.planning import of_detection, of_sample_size

    check_plan(base, new, n, power=power, alpha=alpha, completions=completions)
    if n is not None:
        smallest = of_detection(planning.plan_for_n(n, power=power, alpha=alpha))
        print_json(smallest.as_dict()) if json else _print_smallest(smallest)
        return
    accuracies = (base or 0.0, new or 0.0)
    needed = of_sample_size(planning.plan(*accuracies, power=power, alpha=alpha, completions=completions))
    print_json(needed.as_dict()) if json else _print_needed(needed)


def _print_needed(plan: "ProblemsNeeded") -> None:
    from evalsuite.console import print_line, print_table
    from evalsuite.wording import numbers

    rows = [
        [
            s.name,
            "–" if s.correlation is None else numbers.number(s.correlation),
            numbers.percent(s.discordant),
            *("none" if n is None else numbers.count(n) for n in (s.n.exact, s.n.midp, s.n.connor, s.n.miller)),
        ]
        for s in plan.scenarios
    ]
    columns = ("pairing", "correlation", "discordant", "exact", "midp", "connor", "miller")
    print_table("Problems needed", columns, rows)
    print_line(NOTE.format(completions=plan.completions, share=plan.within_problem_variance_share))


def _print_smallest(plan: "SmallestDifference") -> None:
    from evalsuite.console import print_table
    from evalsuite.wording import numbers

    rows = [
        [
            numbers.percent(d.discordant),
            *("none" if size is None else numbers.size(size, size / 50) for size in (d.exact, d.midp, d.connor)),
        ]
        for d in plan.minimum_detectable_difference
    ]
    print_table("Smallest detectable difference", ("discordant", "exact", "midp", "connor"), rows)
