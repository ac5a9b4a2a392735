"""In what a mean and a difference are written: percent of right answers, or the points of a score.

Verdicts of right and wrong are shares, so a difference is in percentage points. A score has the unit of its grader:
"+0.12 of 0 to 1", "+1.3 points of 0 to 10". Margins are stated in it too.
"""

from dataclasses import dataclass

from evalsuite.findings import Cell, Kind
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["SHARES", "Unit"]


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of a comparison; without a range that of shares.

    Attributes
    ----------
    score_range
        Lowest and highest score possible; None for verdicts of right and wrong.

    Examples
    --------
    >>> Unit((0, 1)).difference(0.12, 0.03), Unit((0, 10)).difference(1.3, 0.3), Unit().difference(0.2, 0.3)
    ('+0.12 of 0 to 1', '+1.3 points of 0 to 10', '+20 pp')
    """

    score_range: tuple[float, float] | None = None

    @property
    def span(self) -> str:
        """What the numbers are out of, such as ``points of 0 to 10``; empty for shares."""
        if self.score_range is None:
            return ""
        low, high = self.ends
        if (low, high) == ("0", "1"):
            return tr("of {low} to {high}", low=low, high=high)
        return tr("points of {low} to {high}", low=low, high=high)

    @property
    def ends(self) -> tuple[str, str]:
        """The lowest and the highest score possible, of shares 0 and 1."""
        low, high = self.score_range or (0.0, 1.0)
        return numbers.plain(low), numbers.plain(high)

    @property
    def level_kind(self) -> Kind:
        """Kind of a column of means."""
        return "proportion" if self.score_range is None else "score"

    @property
    def difference_kind(self) -> Kind:
        """Kind of a column of differences."""
        return "difference" if self.score_range is None else "score_difference"

    @property
    def options(self) -> dict[str, Cell]:
        """What a figure of means or differences needs to know of the unit; nothing of shares."""
        return {} if self.score_range is None else {"lowest": self.score_range[0], "highest": self.score_range[1]}

    def shared_error(self, new: float, base: float, error: float) -> float:
        """Return the standard error, `error` or a fraction of it, with which two means and their difference add up.

        Examples
        --------
        >>> unit, error = SHARES, SHARES.shared_error(0.546, 0.464, 0.04)
        >>> unit.level(0.546, error), unit.level(0.464, error), unit.difference(0.546 - 0.464, error)
        ('54.6%', '46.4%', '+8.2 pp')
        """
        if self.score_range is None:
            scale, places = 100.0, numbers.decimals(error)
        else:
            scale, places = 1.0, numbers.score_decimals(self._error(error))
        return 10.0 ** -numbers.adding_up(scale * new, scale * base, places) / scale

    def level(self, value: float, error: float | None = None) -> str:
        """Write a mean without its span: ``46%``, ``0.62``."""
        if self.score_range is None:
            return numbers.percent(value, error)
        return numbers.score(value, self._error(error))

    def interval(self, low: float, high: float, error: float | None = None) -> str:
        """Write the limits of a mean."""
        if self.score_range is None:
            return numbers.interval(low, high, error)
        return tr("{low} to {high}", low=self.level(low, error), high=self.level(high, error))

    def difference(self, value: float, error: float | None = None) -> str:
        """Write a difference with its sign and unit."""
        if self.score_range is None:
            return numbers.points(value, error)
        return tr("{number} {span}", number=numbers.score_difference(value, self._error(error)), span=self.span)

    def limits(self, low: float, high: float, error: float | None = None) -> str:
        """Write the limits of a difference; those of scores without their span, which the difference has."""
        if self.score_range is None:
            return numbers.points_interval(low, high, error)
        shown = [numbers.score_difference(limit, self._error(error), nonzero=True) for limit in (low, high)]
        return tr("{low} to {high}", low=shown[0], high=shown[1])

    def size(self, value: float, error: float | None = None) -> str:
        """Write the size of a difference, without sign."""
        if self.score_range is None:
            return numbers.size(value, error)
        return numbers.score_difference(abs(value), self._error(error), nonzero=True).removeprefix("+")

    def stated(self, value: float) -> str:
        """Write a margin that somebody chose, with its unit and without sign."""
        if self.score_range is None:
            return tr("{number} pp", number=numbers.stated(value))
        return numbers.plain(value)

    def _error(self, error: float | None) -> float:
        """Return the standard error that decides about digits; without one a hundredth of the range."""
        low, high = self.score_range or (0.0, 1.0)
        return error if error is not None and error > 0 else (high - low) / 100


SHARES = Unit()
"""Of verdicts."""
