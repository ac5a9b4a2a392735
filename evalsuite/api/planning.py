"""``evalsuite.plan``: how many problems does a difference need? The numbers are those of ``evalsuite plan``."""

from typing import Any

import pandas as pd

from evalsuite.api.arguments import check_alpha, check_number, check_share
from evalsuite.api.display import Result, View, typed
from evalsuite.comparison import planning
from evalsuite.documents.planning import of_detection, of_sample_size
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.stats.power import exact_power
from evalsuite.wording import planning as wording

__all__ = ["Detectable", "Needed", "plan"]

MOST_DRAWN = 2_000
"""The exact power is drawn up to so many problems; beyond, each point takes seconds."""
POINTS = 16


class Needed(Result):
    """The problems that a difference needs, for several ways in which the two runs may pair."""

    def __init__(self, planned: planning.SampleSizePlan) -> None:
        self.planned = planned

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite plan --json`` prints."""
        return of_sample_size(self.planned).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pairing: pairing, correlation, wins, losses, discordant, exact, midp, connor, miller."""
        rows = [
            {
                "pairing": s.scenario.name,
                "correlation": s.scenario.correlation,
                "wins": s.scenario.wins,
                "losses": s.scenario.losses,
                "discordant": s.scenario.discordant,
                "exact": s.exact,
                "midp": s.midp,
                "connor": s.connor,
                "miller": s.miller,
            }
            for s in self.planned.scenarios
        ]
        return typed(pd.DataFrame(rows, dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        planned = self.planned
        columns = (
            Column("pairing", "Pairing"),
            Column("discordant", "Discordant", "proportion"),
            Column("exact", "Exact McNemar", "count"),
            Column("midp", "Mid-p", "count"),
            Column("connor", "Connor", "count"),
            *([Column("miller", f"{planned.completions} completions", "count")] if planned.completions > 1 else []),
        )
        rows: list[tuple[Cell, ...]] = []
        for s in planned.scenarios:
            several = (s.miller,) if planned.completions > 1 else ()
            rows.append((s.scenario.name, s.scenario.discordant, s.exact, s.midp, s.connor, *several))
        pictured = self._curve()
        title = f"Problems needed to detect {planned.base:g} to {planned.new:g}"
        options: dict[str, Cell] = {
            "x_title": "problems",
            "y_title": "power",
            "reference": planned.power,
            "reference_title": f"{planned.power:.0%} power",
        }
        words = "Power of the exact McNemar test by number of problems, one line a pairing."
        return View(
            title=title,
            verdict="",
            sentences=(wording.sample_size(planned),),
            table=Table("needed", title, columns, tuple(rows)),
            picture=None if pictured is None else Figure("power", "curves", title, words, "power", options),
            pictured=pictured,
        )

    def _curve(self) -> Table | None:
        """Return the power by number of problems up to a third more than the worst pairing needs."""
        planned = self.planned
        last = max(s.connor for s in planned.scenarios) * 4 // 3
        if last > MOST_DRAWN:
            return None
        sizes = sorted({max(1, round(last * i / POINTS)) for i in range(1, POINTS + 1)})
        columns = (Column("label", "Pairing"), Column("x", "Problems", "count"), Column("y", "Power", "proportion"))
        rows = tuple(
            (s.scenario.name, n, exact_power(n, s.scenario.wins, s.scenario.losses, alpha=planned.alpha))
            for s in planned.scenarios
            for n in sizes
        )
        return Table("power", "Power by number of problems", columns, rows)


class Detectable(Result):
    """The smallest difference that a number of problems detects, by the share of problems answered differently."""

    def __init__(self, planned: planning.DetectionPlan) -> None:
        self.planned = planned

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite plan --n --json`` prints."""
        return of_detection(self.planned).as_dict()

    @property
    def view(self) -> View:
        """What of this result is shown."""
        planned = self.planned
        columns = (
            Column("discordant", "Discordant", "proportion"),
            Column("exact", "Exact McNemar", "difference"),
            Column("midp", "Mid-p", "difference"),
            Column("connor", "Connor", "difference"),
        )
        rows = tuple((d.discordant, d.exact, d.midp, d.connor) for d in planned.detectable)
        title = "Smallest detectable difference"
        drawn = tuple(("exact McNemar test", d.discordant, d.exact) for d in planned.detectable if d.exact is not None)
        curve = (Column("label", "Test"), Column("x", "Discordant", "proportion"), Column("y", title, "proportion"))
        options: dict[str, Cell] = {"x_title": "discordant problems (share)", "y_title": "smallest difference"}
        words = "The more problems the runs answer differently, the larger a difference has to be."
        return View(
            title=f"{title} on {planned.n} problems",
            verdict="",
            sentences=(wording.detection(planned),),
            table=Table("detectable", title, columns, rows),
            picture=Figure("detectable", "curves", title, words, "detectable", options) if drawn else None,
            pictured=Table("detectable", title, curve, drawn) if drawn else None,
        )


def plan(
    base: float | None = None,
    new: float | None = None,
    *,
    n: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    completions: int = 1,
) -> Needed | Detectable:
    """Say how many problems a difference needs, or what difference `n` problems can detect.

    Parameters
    ----------
    base, new
        Accuracies as shares, such as 0.20 and 0.40.
    n
        Number of problems; asks for the smallest detectable difference instead.
    power, alpha
        Probability to detect the difference, and level of the two-sided test.
    completions
        Completions a problem.

    Raises
    ------
    InputError
        Nothing can be planned from what was given; the message says why.

    Examples
    --------
    >>> plan(0.2, 0.4).to_frame()["exact"].tolist()
    [39, 48, 66, 91, 124]
    >>> print(plan(n=1319).sentence)
    The smallest difference detectable with 80% power on 1,319 problems is 1.77 pp at 5% discordance to 5.5 pp at 50% \
discordance.
    """
    _check(base, new, n, power=power, alpha=alpha, completions=completions)
    if n is not None:
        return Detectable(planning.plan_for_n(n, power=power, alpha=alpha))
    return Needed(planning.plan(base or 0.0, new or 0.0, power=power, alpha=alpha, completions=completions))


def _check(
    base: float | None, new: float | None, n: int | None, *, power: float, alpha: float, completions: int
) -> None:
    if (n is None) == (base is None or new is None) or (n is not None and (base, new) != (None, None)):
        raise InputError("plan needs either base and new, such as plan(0.2, 0.4), or n, such as plan(n=200)")
    check_share("power", power)
    check_alpha(alpha)
    for name, value in (("n", n), ("completions", completions)):
        if value is not None:
            check_number(name, value, whole=True)
    if completions < 1 or (n is not None and n < 1):
        raise InputError(f"completions and n must be at least 1, got {completions} and {n}")
    if n is not None and completions > 1:
        raise InputError("completions has no effect on n: give base and new")
    for name, accuracy in (("base", base), ("new", new)):
        if accuracy is not None:
            check_number(name, accuracy)
        if accuracy is not None and not 0 <= accuracy <= 1:
            raise InputError(f"{name} must lie between 0 and 1, such as 0.2 for 20%, got {accuracy!r}")
    if base is not None and base == new:
        raise InputError(f"base and new must differ to plan for a difference, got {base!r} for both")
