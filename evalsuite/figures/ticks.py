"""Round numbers for the ticks of an axis."""

import math

__all__ = ["round_ticks"]

STEPS = (1.0, 2.0, 5.0, 10.0)


def round_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Return at most `most` + 1 multiples of 1, 2 or 5 times a power of ten from `low` to `high`; `whole` numbers only.

    Examples
    --------
    >>> round_ticks(-0.13, 0.13, 6), round_ticks(0, 3, 8, whole=True)
    ([-0.1, -0.05, 0.0, 0.05, 0.1], [0.0, 1.0, 2.0, 3.0])
    """
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = math.floor(math.log10(rough))
    step = next(step for step in STEPS if step * 10.0**power >= rough * (1 - 1e-9)) * 10.0**power
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    # Rounded, so that a tick is 0.15 and not 0.15000000000000002.
    return [round(place * step, max(0, 2 - power)) + 0.0 for place in range(first, last + 1)]
