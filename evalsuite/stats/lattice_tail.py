"""The exact tail of a sum of independent whole-number variables, for sums too long to convolve term by term.

The distribution is tilted until its mean is the threshold and then read off one Fourier transform. Rounding errors of
the transform are relative to the largest probability, which after tilting stands at the threshold, so that a small
tail keeps about eleven digits. The transform wraps around after 32 standard deviations (or the whole range, if that is
shorter); what lies beyond is below 1e-30 of the tail.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_RANGE", "LONGEST", "LatticeTerm", "lattice_tail"]

LatticeTerm = tuple[NDArray[np.int64], NDArray[np.float64], int]
"""Values that a variable takes, their probabilities, and how many such variables there are."""

# Longest transform that is taken.
LONGEST = 1 << 23
DEVIATIONS = 32
# Whole numbers up to here are exact in floating point.
LARGEST_RANGE = 1 << 50
# Where the characteristic function is smaller it adds nothing to any digit.
NEGLIGIBLE = 1e-28
STEPS = 200


def lattice_tail(terms: Sequence[LatticeTerm], threshold: int) -> float | None:
    """Return P(sum >= threshold), or None where the transform would be longer than `LONGEST`.

    Parameters
    ----------
    terms
        All variables of one kind in one term; values need not be sorted.
    threshold
        Whole number.

    References
    ----------
    Tilting as in Daniels (1954), doi:10.1214/aoms/1177728652; transform of the tilted law as in Keich (2005),
    doi:10.1093/bioinformatics/bti619.

    Examples
    --------
    Five fair coins show at least four heads.

    >>> round(lattice_tail([(np.array([0, 1]), np.array([0.5, 0.5]), 5)], 4), 12)
    0.1875
    """
    lowest = sum(int(values.min()) * count for values, _, count in terms)
    highest = sum(int(values.max()) * count for values, _, count in terms)
    if threshold <= lowest:
        return 1.0
    if threshold > highest:
        return 0.0
    if highest - lowest > LARGEST_RANGE:
        return None
    mean = sum(float(values @ weights) * count for values, weights, count in terms)
    if threshold <= mean:
        # The other tail is the smaller one.
        mirrored = lattice_tail([(-values, weights, count) for values, weights, count in terms], 1 - threshold)
        return None if mirrored is None else 1 - mirrored
    tilt = _tilt(terms, min(float(threshold), highest - 0.5))
    tilted = [(values, *_tilted(values, weights, tilt), count) for values, weights, count in terms]
    spread = math.sqrt(sum(count * _variance(values, weights) for values, weights, _, count in tilted))
    widest = max(int(values.max() - values.min()) for values, _, _ in terms)
    length = 1 << (min(highest - lowest + 1, math.ceil(DEVIATIONS * (spread + widest)))).bit_length()
    if length > LONGEST:
        return None
    law = np.fft.irfft(_characteristic(tilted, threshold, length), length)
    # Position i of the transform is threshold + i, modulo its length.
    reach = min(length if highest - lowest < length else length // 2, highest - threshold + 1)
    log_mass = sum(count * log_sum for _, _, log_sum, count in tilted)
    decay = np.exp(-tilt * np.arange(reach))
    return float(max(0.0, law[:reach] @ decay)) * math.exp(log_mass - tilt * threshold)


def _tilt(terms: Sequence[LatticeTerm], threshold: float) -> float:
    """Return the s at which the variables, weighted with exp(s x), have the threshold for their mean."""
    counts = np.array([count for _, _, count in terms])
    longest = max(len(values) for values, _, _ in terms)
    # One row a term, filled up with values of weight 0.
    values, weights = np.zeros((len(terms), longest)), np.zeros((len(terms), longest))
    for row, (own, own_weights, _) in enumerate(terms):
        values[row], weights[row, : len(own)] = own[0], own_weights
        values[row, : len(own)] = own
    below_top = values - values.max(1, keepdims=True)

    def mean(s: float) -> float:
        raw = weights * np.exp(s * below_top)
        return float(counts @ ((raw * values).sum(1) / raw.sum(1)))

    widest = -float(below_top.min())
    low, high = 0.0, 1.0 / widest
    while mean(high) < threshold and high * widest < 700:
        low, high = high, 2 * high
    for _ in range(STEPS):
        s = (low + high) / 2
        low, high = (s, high) if mean(s) < threshold else (low, s)
        if high - low < 1e-12 * high:
            break
    return low


def _tilted(values: NDArray[np.int64], weights: NDArray[np.float64], s: float) -> tuple[NDArray[np.float64], float]:
    """Return the tilted probabilities and the logarithm of what they were divided by."""
    top = float(values.max())
    raw = weights * np.exp(s * (values - top))
    total = float(raw.sum())
    return raw / total, math.log(total) + s * top


def _variance(values: NDArray[np.int64], weights: NDArray[np.float64]) -> float:
    return float(weights @ (values - float(values @ weights)) ** 2)


def _characteristic(
    tilted: Sequence[tuple[NDArray[np.int64], NDArray[np.float64], float, int]], threshold: int, length: int
) -> NDArray[np.complex128]:
    """Return the transform of the law of sum - threshold; frequencies where it has died out are dropped early."""
    frequency = np.arange(length // 2 + 1)
    spectrum = np.ones(frequency.size, dtype=np.complex128)
    shift = -threshold % length
    angle = 2 * math.pi / length
    # Widest variables first: they leave the fewest frequencies for the rest.
    for values, weights, _, count in sorted(tilted, key=lambda term: -term[3] * _variance(term[0], term[1])):
        own = np.zeros(frequency.size, dtype=np.complex128)
        for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
            own += weight * np.exp(-1j * angle * (frequency * (value % length) % length))
        spectrum *= own**count
        kept = np.abs(spectrum) > NEGLIGIBLE
        frequency, spectrum = frequency[kept], spectrum[kept]
    spectrum *= np.exp(-1j * angle * (frequency * shift % length))
    full = np.zeros(length // 2 + 1, dtype=np.complex128)
    full[frequency] = spectrum
    return full
