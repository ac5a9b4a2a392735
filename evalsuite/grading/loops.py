"""Completions that repeat themselves until the cap: more tokens would not have rescued them.

A completion counts as looping when its last tokens are one stretch of tokens said over and over. Loops that
change as they turn ("Step 11 ... Step 12 ...") are not found: the share found is a lower limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Loop", "repeating_tail"]


@dataclass(frozen=True, slots=True)
class Loop:
    """A tail that repeats: `period` tokens said over and over for the last `n_tokens` tokens."""

    period: int
    n_tokens: int

    @property
    def repeats(self) -> float:
        """How often the period fits into the tail, at least the number asked for."""
        return self.n_tokens / self.period


def repeating_tail(
    token_ids: Sequence[int], *, max_period: int = 100, min_repeats: int = 3, min_tokens: int = 30
) -> Loop | None:
    """Return the loop of shortest period that the tokens end in, None where they end in none.

    Parameters
    ----------
    token_ids
        The tokens of a completion that the token limit truncated. Takes time linear in their number.
    max_period
        Longest stretch, in tokens, that counts as repeated.
    min_repeats, min_tokens
        The tail must hold the stretch this often, and be this long, or else "000" or a rule of dashes would count.

    References
    ----------
    The Z algorithm on the reversed tokens: Gusfield (1997), doi:10.1017/CBO9780511574931, section 1.4.

    Examples
    --------
    >>> repeating_tail([7, 8, 9] + [1, 2, 3, 4] * 10)
    Loop(period=4, n_tokens=40)
    >>> repeating_tail(range(200)) is None
    True
    """
    if max_period < 1 or min_repeats < 2 or min_tokens < 1:
        raise ValueError(
            f"need max_period >= 1, min_repeats >= 2 and min_tokens >= 1, got {max_period}, {min_repeats}, {min_tokens}"
        )
    backwards = list(token_ids)[::-1]
    shared = _z(backwards)
    for period in range(1, min(max_period, len(backwards) - 1) + 1):
        tail = shared[period] + period
        if tail >= max(min_repeats * period, min_tokens):
            return Loop(period, tail)
    return None


def _z(tokens: Sequence[int]) -> list[int]:
    """Return for each position how many tokens from there on equal those from the start; entry 0 is not used."""
    n = len(tokens)
    z = [0] * n
    left = right = 0
    for i in range(1, n):
        length = min(right - i, z[i - left]) if i < right else 0
        while i + length < n and tokens[length] == tokens[i + length]:
            length += 1
        z[i] = length
        if i + length > right:
            left, right = i, i + length
    return z
