"""How numbers are written for people: the only place where anything is rounded.

Records keep full precision. A percentage shows no more digits than its standard error supports, and rounding never
moves a p-value across a usual level or an interval limit onto zero.
"""

import math

from evalsuite.wording.language import tr

__all__ = [
    "MINUS",
    "adding_up",
    "chance",
    "count",
    "decimals",
    "interval",
    "level",
    "limit",
    "number",
    "percent",
    "plain",
    "points",
    "points_interval",
    "pvalue",
    "score",
    "score_decimals",
    "score_difference",
    "significant",
    "size",
    "stated",
]

MINUS = "\N{MINUS SIGN}"
LEVELS = frozenset({0.001, 0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.2})
RESIDUAL = 1e-14
"""Below this a number that is no p-value is what rounding left of a zero."""
MOST_MORE = 4
"""So many decimals more are tried to make rounded numbers add up."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def count(n: int) -> str:
    """Write a whole number with thousands separated.

    Examples
    --------
    >>> count(1319)
    '1,319'
    """
    return _signs(f"{n:,}")


def decimals(standard_error: float | None) -> int:
    """Return the decimals of a percentage that its standard error, a share, supports.

    None from a standard error of one point on, one from a tenth of a point, and so on, at most four.
    Without a standard error, one.

    Examples
    --------
    >>> decimals(0.11), decimals(0.0087), decimals(0.0004), decimals(None)
    (0, 1, 2, 1)
    """
    if standard_error is None or not standard_error > 0 or not math.isfinite(standard_error):
        return 1
    return min(4, max(0, -math.floor(math.log10(100 * standard_error) + 1e-9)))


def adding_up(new: float, base: float, places: int) -> int:
    """Return the decimals, `places` or a few more, with which two rounded numbers and their rounded difference agree.

    Some numbers, such as thirds, agree with no number of digits; one decimal more then keeps what is off small.

    Examples
    --------
    >>> adding_up(54.6, 46.0, 0), adding_up(54.6, 46.4, 0)
    (0, 1)
    """
    for digits in range(places, places + MOST_MORE):
        if round(round(new, digits) - round(base, digits), digits) == round(new - base, digits):
            return digits
    return places + 1


def percent(value: float, standard_error: float | None = None) -> str:
    """Write a share as percent.

    Examples
    --------
    >>> percent(0.5, 0.11), percent(0.4632, 0.0137), percent(0.4632)
    ('50%', '46%', '46.3%')
    """
    return f"{_fixed(100 * value, decimals(standard_error))}%"


def stated(share: float) -> str:
    """Write a share that somebody chose, such as a margin or a power, as a plain number of percent.

    Examples
    --------
    >>> stated(0.02), stated(0.005), stated(0.8)
    ('2', '0.5', '80')
    """
    return f"{100 * share:.6g}"


def level(confidence: float) -> str:
    """Write a confidence level as a plain number of percent, with as many digits as tell it from 100.

    Examples
    --------
    >>> level(0.95), level(0.999), level(1 - 1e-9)
    ('95', '99.9', '99.9999999')
    """
    for digits in range(6, 16):
        text = f"{100 * confidence:.{digits}g}"
        if text != "100":
            return text
    return text


def points(value: float, standard_error: float | None = None) -> str:
    """Write a difference of shares as percentage points, with its sign.

    Examples
    --------
    >>> points(0.2, 0.3), points(-0.0227, 0.0087), points(0.0, 0.1)
    ('+20 pp', '−2.3 pp', '0 pp')
    """
    return tr("{number} pp", number=_signed(100 * value, decimals(standard_error)))


def limit(value: float, standard_error: float | None = None) -> str:
    """Write one limit of a difference as percentage points; one that is not zero is not written as zero.

    Examples
    --------
    >>> limit(0.0004, 0.1), limit(-1e-300, 0.1), limit(0.0, 0.1)
    ('+0.04 pp', '−0 pp', '0 pp')
    """
    return tr("{number} pp", number=_nonzero(100 * value, decimals(standard_error)))


def interval(low: float, high: float, standard_error: float | None = None) -> str:
    """Write the limits of a share as percent.

    Examples
    --------
    >>> interval(0.1176, 0.7693, 0.2)
    '12% to 77%'
    """
    return tr("{low} to {high}", low=percent(low, standard_error), high=percent(high, standard_error))


def points_interval(low: float, high: float, standard_error: float | None = None) -> str:
    """Write the limits of a difference as percentage points.

    A limit that is not zero is not written as zero; one that is nearer to it than any digit keeps its sign.

    Examples
    --------
    >>> points_interval(-0.4507, 0.7164, 0.3), points_interval(0.0004, 0.0409, 0.01)
    ('−45 to +72 pp', '+0.04 to +4 pp')
    >>> points_interval(-0.44, -1e-300, 0.1), points_interval(-0.44, 0.0, 0.1)
    ('−44 to −0 pp', '−44 to 0 pp')
    """
    places = decimals(standard_error)
    return tr("{low} to {high} pp", low=_nonzero(100 * low, places), high=_nonzero(100 * high, places))


def size(value: float, standard_error: float | None = None) -> str:
    """Write the size of a difference as percentage points, without sign; not as zero unless it is zero.

    Examples
    --------
    >>> size(-0.2, 0.3), size(0.0004, 0.1), size(0.0)
    ('20 pp', '0.04 pp', '0.0 pp')
    """
    return tr("{number} pp", number=_nonzero(100 * abs(value), decimals(standard_error)).removeprefix("+"))


def plain(value: float) -> str:
    """Write a number that somebody chose, such as the end of a range of scores, as it is.

    Examples
    --------
    >>> plain(10.0), plain(-1), plain(0.25)
    ('10', '−1', '0.25')
    """
    return _signs(f"{value:.6g}")


def score_decimals(standard_error: float) -> int:
    """Return the decimals of a score that its standard error, in the same unit, supports; at most six.

    Examples
    --------
    >>> score_decimals(0.03), score_decimals(2.0)
    (2, 0)
    """
    return min(6, max(0, -math.floor(math.log10(standard_error) + 1e-9)))


def score(value: float, standard_error: float) -> str:
    """Write a mean score with the digits that its standard error, in the same unit, supports.

    Examples
    --------
    >>> score(0.6189, 0.03), score(7.4127, 0.3), score(0.5, 0.004)
    ('0.62', '7.4', '0.500')
    """
    return _fixed(value, score_decimals(standard_error))


def score_difference(value: float, standard_error: float, *, nonzero: bool = False) -> str:
    """Write a difference of scores with its sign; with `nonzero` what is not zero is not written as zero.

    Examples
    --------
    >>> score_difference(0.1234, 0.03), score_difference(-1.31, 0.3), score_difference(0.0004, 0.03, nonzero=True)
    ('+0.12', '−1.3', '+0.0004')
    """
    places = score_decimals(standard_error)
    return _nonzero(value, places) if nonzero else _signed(value, places)


def chance(value: float) -> str:
    """Write a probability as percent; a small one that is not zero is not written as zero.

    Examples
    --------
    >>> chance(0.284), chance(0.0004), chance(0.0)
    ('28%', '<0.1%', '0%')
    """
    return "<0.1%" if 0 < value < 0.001 else percent(value, 0.01 if value >= 0.005 or value == 0 else 0.001)


def pvalue(p: float) -> str:
    """Write a p-value with its relation, two digits of it and four decimals at most.

    Examples
    --------
    >>> pvalue(1.0), pvalue(0.998), pvalue(0.5), pvalue(0.0312), pvalue(0.0498), pvalue(3e-7)
    ('p = 1', 'p > 0.99', 'p = 0.50', 'p = 0.031', 'p = 0.0498', 'p < 0.0001')
    """
    if math.isnan(p):
        return tr("p not defined")
    if p == 1:
        return "p = 1"
    if p < 0.0001:
        return "p < 0.0001"
    places = 2 if p >= 0.1 else 3 if p >= 0.01 else 4
    if round(p, places) == 1:
        return "p > 0.99"
    # A p-value beside a usual level keeps the digits that show on which side it lies.
    while p not in LEVELS and round(p, places) in LEVELS and places < 12:
        places += 1
    return f"p = {p:.{places}f}"


def significant(value: float, digits: int = 2) -> str:
    """Write a number with a number of significant digits and no power of ten between 1e-4 and 1e6.

    What is left of a zero by floating-point arithmetic is written as such.

    Examples
    --------
    >>> significant(28.444, 3), significant(0.01234), significant(5.2e9), significant(2.776e-17)
    ('28.4', '0.012', '5.2 × 10⁹', '≈ 0')
    """
    if value == 0 or not math.isfinite(value):
        return _signs(f"{value:g}")
    if abs(value) < RESIDUAL:
        return "≈ 0"
    size = math.floor(math.log10(abs(value)))
    if not -4 <= size < 6:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{_signs(mantissa)} × 10{str(int(power)).translate(RAISED)}"
    return _fixed(round(value, digits - 1 - size), max(0, digits - 1 - size))


def number(value: float, places: int = 2) -> str:
    """Write a number with fixed decimals and thousands separated.

    Examples
    --------
    >>> number(1234.567), number(-0.001)
    ('1,234.57', '0.00')
    """
    return _fixed(value, places)


def _nonzero(value: float, places: int) -> str:
    while value != 0 and round(value, places) == 0 and places < 6:
        places += 1
    if value != 0 and round(value, places) == 0:
        return "+0" if value > 0 else f"{MINUS}0"
    return _signed(value, places)


def _signed(value: float, places: int) -> str:
    text = _fixed(value, places)
    return f"+{text}" if round(value, places) > 0 else text


def _fixed(value: float, places: int) -> str:
    rounded = round(value, places)
    # Adding zero turns -0.0 into 0.0.
    return _signs(f"{rounded + 0.0:,.{places}f}")


def _signs(text: str) -> str:
    return text.replace("-", MINUS) if "e" not in text else text
