"""``evalsuite.plan``: how many problems does a difference need? The numbers are those of ``evalsuite plan``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analyses.sample_size import scores_of_runs
from evalsuite.api.arguments import PythonWords, check_number
from evalsuite.api.display import Result, View, typed
from evalsuite.api.sources import check_range
from evalsuite.comparison import planning
from evalsuite.comparison.margin_planning import MarginPlan
from evalsuite.comparison.plan_request import PlanRequest, ScorePlanRequest
from evalsuite.comparison.score_planning import ScorePlan, ScoreScenario
from evalsuite.documents.planning import of_detection, of_margin, of_sample_size, of_scores
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.power import exact_power
from evalsuite.wording import planning as wording
from evalsuite.wording.units import Unit

__all__ = ["Detectable", "ForScores", "Needed", "WithinMargin", "plan"]

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
        """Return one row a pairing: pairing, correlation, wins, losses, discordant, exact, midp, connor, miller,
        bounded_mean.
        """
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
                "bounded_mean": s.bounded_mean,
            }
            for s in self.planned.scenarios
        ]
        return typed(pd.DataFrame(rows, dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        planned = self.planned
        by_means = planned.completions > 1 or planned.template_size > 1
        columns = (
            Column("pairing", "Pairing"),
            Column("discordant", "Discordant", "proportion"),
            Column("exact", "Exact McNemar", "count"),
            Column("midp", "Mid-p", "count"),
            Column("connor", "Connor", "count"),
            *([Column("bounded_mean", "With this design", "count")] if by_means else []),
        )
        rows: list[tuple[Cell, ...]] = []
        for s in planned.scenarios:
            several = (s.bounded_mean,) if by_means else ()
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


class WithinMargin(Result):
    """The problems that claims against a margin need, for several ways in which the two runs may pair."""

    def __init__(self, planned: MarginPlan) -> None:
        self.planned = planned

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite plan --base --margin --json`` prints."""
        return of_margin(self.planned).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a pairing: pairing, correlation, wins, losses, discordant, no_worse, equivalent (problems
        needed), no_worse_power, equivalent_power (of `n` problems).
        """
        rows = [
            {
                "pairing": s.scenario.name,
                "correlation": s.scenario.correlation,
                "wins": s.scenario.wins,
                "losses": s.scenario.losses,
                "discordant": s.scenario.discordant,
                "no_worse": s.no_worse.n,
                "equivalent": s.equivalent.n,
                "no_worse_power": s.no_worse.power,
                "equivalent_power": s.equivalent.power,
            }
            for s in self.planned.scenarios
        ]
        return typed(pd.DataFrame(rows, dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        planned = self.planned
        with_power = planned.n_problems is not None
        columns = (
            Column("pairing", "Pairing"),
            Column("discordant", "Discordant", "proportion"),
            Column("no_worse", "No worse", "count"),
            Column("equivalent", "Equivalent", "count"),
            *([Column("no_worse_power", "Chance of no worse", "proportion")] if with_power else []),
            *([Column("equivalent_power", "Chance of equivalent", "proportion")] if with_power else []),
        )
        rows: list[tuple[Cell, ...]] = []
        for s in planned.scenarios:
            chances = (s.no_worse.power, s.equivalent.power) if with_power else ()
            rows.append((s.scenario.name, s.scenario.discordant, s.no_worse.n, s.equivalent.n, *chances))
        title = f"Problems needed to claim something within a margin of {100 * planned.margin:g} pp"
        return View(
            title=title,
            verdict="",
            sentences=(wording.against_margin(planned),),
            table=Table("needed", title, columns, tuple(rows)),
            picture=None,
            pictured=None,
        )


class ForScores(Result):
    """A plan for mean scores, for the ways in which the differences of problems may be spread."""

    def __init__(self, planned: ScorePlan) -> None:
        self.planned = planned

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite plan --score-range --sd --json`` prints."""
        return of_scores(self.planned).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row a spread: spread, deviation, n, detectable, no_worse, equivalent (problems needed),
        no_worse_power, equivalent_power (of `n` problems).
        """
        return typed(pd.DataFrame([self._row(s) for s in self.planned.scenarios], dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        unit = Unit(self.planned.score_range)
        names = {
            "spread": Column("spread", "Spread"),
            "deviation": Column("deviation", "SD of differences", unit.level_kind),
            "n": Column("n", "Problems", "count"),
            "detectable": Column("detectable", "Smallest difference", unit.difference_kind),
            "no_worse": Column("no_worse", "No worse", "count"),
            "equivalent": Column("equivalent", "Equivalent", "count"),
            "no_worse_power": Column("no_worse_power", "Chance of no worse", "proportion"),
            "equivalent_power": Column("equivalent_power", "Chance of equivalent", "proportion"),
        }
        rows = [self._row(s) for s in self.planned.scenarios]
        shown = [name for name in names if any(row[name] is not None for row in rows)]
        title = "Problems for mean scores"
        cells = tuple(tuple(row[name] for name in shown) for row in rows)
        return View(
            title=title,
            verdict="",
            sentences=(wording.mean_scores(self.planned),),
            table=Table("needed", title, tuple(names[name] for name in shown), cells),
            picture=None,
            pictured=None,
        )

    @staticmethod
    def _row(s: ScoreScenario) -> dict[str, Cell]:
        no_worse, equivalent = s.no_worse, s.equivalent
        return {
            "spread": s.name,
            "deviation": s.deviation,
            "n": s.n,
            "detectable": s.detectable,
            "no_worse": None if no_worse is None else no_worse.n,
            "equivalent": None if equivalent is None else equivalent.n,
            "no_worse_power": None if no_worse is None else no_worse.power,
            "equivalent_power": None if equivalent is None else equivalent.power,
        }


def plan(
    base: float | None = None,
    new: float | None = None,
    *,
    n: int | None = None,
    margin: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    completions: int = 1,
    template_size: int = 1,
    template_correlation: float | None = None,
    difference: float | None = None,
    score_range: tuple[float, float] | None = None,
    sd: float | None = None,
    like: Sequence[str] = (),
    store: str | Path | None = None,
    grader: str | None = None,
) -> Needed | Detectable | WithinMargin | ForScores:
    """Say how many problems a difference or a claim needs, or what difference `n` problems can detect.

    Parameters
    ----------
    base, new
        Accuracies as shares, such as 0.20 and 0.40.
    n
        Number of problems; asks for the smallest detectable difference instead, or with `margin` for the chance of
        each claim.
    margin
        Margin as a share, such as 0.02: plans the claims "no worse than" and "equivalent within" it for an accuracy
        of `base` in both runs, or of `new` in the new one.
    power, alpha
        Probability to detect the difference or make the claim, and level of the two-sided test or of each one-sided
        test against the margin.
    completions
        Completions a problem.
    template_size, template_correlation
        Problems a template, where problems come under templates, and the correlation of the differences of two
        problems of one template (0.1 if not given).
    difference, score_range, sd
        For scores with partial credit: the true difference of mean scores to detect, the lowest and the highest score
        possible, and the standard deviation of the differences of problems, all in the unit of the scores.
    like, store, grader
        In place of `score_range` and `sd`: labels of one or two runs of the store at this path, whose scores (by this
        grader, or by the primary one of each) tell how differences are spread.

    Raises
    ------
    InputError
        Nothing can be planned from what was given; the message says why.

    Examples
    --------
    >>> plan(0.2, 0.4).to_frame()["exact"].tolist()
    [39, 48, 66, 91, 124]
    >>> print(plan(n=1319).sentence)
    With 80% power, 1,319 problems can detect differences down to 1.77 pp if 5% of problems are answered differently \
to 5.5 pp if 50% of problems are answered differently.
    >>> plan(0.4, margin=0.05).to_frame()["no_worse"].tolist()
    [59, 634, 870, 1225, 2016]
    >>> plan(difference=0.5, score_range=(0, 10), sd=2.5).to_frame()["n"].tolist()
    [246, 256]
    """
    for name, value in (("n", n), ("completions", completions), ("template_size", template_size)):
        if value is not None:
            check_number(name, value, whole=True)
    numbers = {
        "base": base, "new": new, "margin": margin, "power": power, "alpha": alpha,
        "template_correlation": template_correlation, "difference": difference, "sd": sd,
    }  # fmt: skip
    for name, number in numbers.items():
        if number is not None:
            check_number(name, number)
    with PythonWords():
        if difference is not None or score_range is not None or sd is not None or like:
            of_accuracies = {name: numbers[name] is not None for name in ("base", "new", "template_correlation")}
            of_accuracies |= {"completions": completions > 1, "template_size": template_size > 1}
            for name in (name for name, given in of_accuracies.items() if given):
                raise InputError(f"{name} is of accuracies and has no effect on a plan for scores")
            asked = ScorePlanRequest(
                score_range=None if score_range is None else check_range(score_range), deviation=sd,
                like=_runs(like, store, grader), difference=difference, margin=margin, n=n, power=power, alpha=alpha,
            )  # fmt: skip
            return ForScores(asked.answer())
        planned = PlanRequest(
            base=base, new=new, n=n, margin=margin, power=power, alpha=alpha, completions=completions,
            template_size=template_size, template_correlation=template_correlation,
        ).answer()  # fmt: skip
    if isinstance(planned, MarginPlan):
        return WithinMargin(planned)
    return Needed(planned) if isinstance(planned, planning.SampleSizePlan) else Detectable(planned)


def _runs(like: Sequence[str], store: str | Path | None, grader: str | None) -> tuple[ScoreMatrix, ...]:
    if not like:
        return ()
    if store is None:
        raise InputError("like names runs of a store, so store must be its path")
    return scores_of_runs(Path(store), [like] if isinstance(like, str) else like, grader=grader)
