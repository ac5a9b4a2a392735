"""What a user may ask of a plan, checked in one place for the command line and for Python."""

from dataclasses import dataclass

from evalsuite.comparison.margin_planning import MarginPlan, plan_margin
from evalsuite.comparison.planning import TEMPLATE_CORRELATION, DetectionPlan, SampleSizePlan, plan, plan_for_n
from evalsuite.comparison.problem_means import check_margin
from evalsuite.comparison.score_planning import ScorePlan, Spread, plan_scores, seen_in_one, seen_in_two, stated
from evalsuite.errors import InputError
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.decision import check_level

__all__ = ["PlanRequest", "ScorePlanRequest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What is to be planned; the fields are the options of ``evalsuite plan``, None where not given."""

    base: float | None = None
    new: float | None = None
    n: int | None = None
    margin: float | None = None
    power: float = 0.8
    alpha: float = 0.05
    completions: int = 1
    template_size: int = 1
    template_correlation: float | None = None

    def answer(self) -> SampleSizePlan | DetectionPlan | MarginPlan:
        """Return the plan.

        Raises
        ------
        InputError
            Nothing can be planned from what was given; the message names the option.
        """
        self._check()
        correlation = TEMPLATE_CORRELATION if self.template_correlation is None else self.template_correlation
        if self.margin is not None and self.base is not None:
            return plan_margin(
                self.base,
                self.base if self.new is None else self.new,
                margin=self.margin,
                n=self.n,
                power=self.power,
                alpha=self.alpha,
                completions=self.completions,
                template_size=self.template_size,
                template_correlation=correlation,
            )
        if self.n is not None:
            return plan_for_n(self.n, power=self.power, alpha=self.alpha)
        return plan(
            self.base or 0.0,
            self.new or 0.0,
            power=self.power,
            alpha=self.alpha,
            completions=self.completions,
            template_size=self.template_size,
            template_correlation=correlation,
        )

    def _check(self) -> None:
        _check_levels(self.power, self.alpha)
        for name, accuracy in (("base", self.base), ("new", self.new)):
            if accuracy is not None and not 0 <= accuracy <= 1:
                raise InputError(f"--{name} must lie between 0 and 1, such as 0.2 for 20%, got {accuracy:g}")
        for name, whole in (("n", self.n), ("completions", self.completions), ("template-size", self.template_size)):
            if whole is not None and whole < 1:
                raise InputError(f"--{name} must be at least 1, got {whole}")
        if self.template_correlation is not None:
            if self.template_size == 1:
                raise InputError("--template-correlation has no effect without --template-size")
            if not 0 <= self.template_correlation <= 1:
                raise InputError(f"--template-correlation must lie between 0 and 1, got {self.template_correlation:g}")
        if self.margin is None:
            self._check_difference()
        else:
            self._check_margin(self.margin)

    def _check_difference(self) -> None:
        given = (self.base, self.new)
        if (self.n is None) == (None in given) or (self.n is not None and given != (None, None)):
            raise InputError("plan needs either --base and --new, or --n; with --margin also --base and --n together")
        if self.n is not None and (self.completions > 1 or self.template_size > 1):
            name = "--completions" if self.completions > 1 else "--template-size"
            raise InputError(f"{name} has no effect on --n: give --base and --new")
        if self.base is not None and self.base == self.new:
            raise InputError(
                f"--base and --new must differ to plan for a difference, got {self.base:g} for both; to plan for a "
                "claim that they perform alike, give a --margin, such as 0.02"
            )

    def _check_margin(self, margin: float) -> None:
        if not 0 < margin < 1:
            raise InputError(f"--margin must lie between 0 and 1, such as 0.02 for 2 points, got {margin:g}")
        if self.base is None:
            raise InputError(
                "--margin needs --base, the accuracy expected of both runs (or of the base, with --new); --n asks how "
                "likely so many problems are to show the claims"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePlanRequest:
    """What is to be planned for mean scores; the fields are options of ``evalsuite plan``, None where not given.

    `like` are one or two runs whose scores tell how differences are spread; their range is that of the plan.
    """

    score_range: tuple[float, float] | None = None
    deviation: float | None = None
    like: tuple[ScoreMatrix, ...] = ()
    difference: float | None = None
    margin: float | None = None
    n: int | None = None
    power: float = 0.8
    alpha: float = 0.05

    def answer(self) -> ScorePlan:
        """Return the plan.

        Raises
        ------
        InputError
            Nothing can be planned from what was given; the message names the option.
        """
        _check_levels(self.power, self.alpha)
        score_range = self._range()
        span = score_range[1] - score_range[0]
        if self.n is not None and self.n < 1:
            raise InputError(f"--n must be at least 1, got {self.n}")
        check_margin(self.margin, score_range)
        if self.difference is not None and not 0 < abs(self.difference) < span:
            raise InputError(
                f"--difference is in the unit of the scores and must lie between 0 and {span:g}, got "
                f"{self.difference:g}"
            )
        if self.margin is None and (self.difference is None) == (self.n is None):
            raise InputError(
                "a plan for scores needs either --difference or --n; with --margin the claims are planned, and --n "
                "asks for their chance"
            )
        if self.deviation is not None:
            if not 0 < self.deviation <= span:
                raise InputError(
                    f"--sd, of the differences of problems, must lie between 0 and {span:g}, got {self.deviation:g}"
                )
            spreads: tuple[Spread, ...] = stated(self.deviation / span)
        elif len(self.like) == 1:
            (run,) = self.like
            spreads = seen_in_one(run.unit_means[run.attempts > 0])
        else:
            base, new = self.like
            both = (base.attempts > 0) & (new.attempts > 0)
            spreads = seen_in_two(base.unit_means[both], new.unit_means[both])
        return plan_scores(
            spreads, score_range=score_range, difference=self.difference, margin=self.margin, n=self.n,
            power=self.power, alpha=self.alpha,
        )  # fmt: skip

    def _range(self) -> tuple[float, float]:
        if (self.deviation is None) == (not self.like) or len(self.like) > 2:
            raise InputError(
                "a plan for scores needs either --sd, the standard deviation of the differences of problems, or --like "
                "with one or two runs that have scores"
            )
        if self.like:
            found = self.like[0].score_range
            if found is None or any(run.score_range != found for run in self.like):
                raise InputError(
                    "--like needs runs with scores of one range: for verdicts of right and wrong give --base and --new"
                )
            if self.score_range not in (None, found):
                raise InputError("--score-range has no effect with --like: the runs say what their range is")
            return found
        if self.score_range is None:
            raise InputError("--sd needs --score-range, the lowest and the highest score possible, such as 0 1")
        low, high = self.score_range
        if not low < high:
            raise InputError(f"--score-range needs the lowest score before the highest, got {low:g} {high:g}")
        return low, high


def _check_levels(power: float, alpha: float) -> None:
    try:
        check_level(alpha)
    except ValueError as error:
        raise InputError(f"--{error}") from error
    if not alpha < power < 1:
        raise InputError(f"--power must lie between --alpha, {alpha:g}, and 1, got {power:g}")
