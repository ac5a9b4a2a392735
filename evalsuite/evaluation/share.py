"""One process's share of a run: several machines make a run together, each into a store of its own.

Shares are whole batches of the plan, dealt out in turn. Every process decodes batches that one process alone would
have decoded too, so the merged store holds the texts of a run made in one piece.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from evalsuite.errors import InputError
from evalsuite.generation.generator import Request

__all__ = ["Share"]


@dataclass(frozen=True, slots=True)
class Share:
    """Share `number` (from 1) of `n` of a run's batches."""

    number: int
    n: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what was typed.

        Raises
        ------
        InputError
            It is not of the form ``K/N`` with 1 <= K <= N.

        Examples
        --------
        >>> Share.parse("2/8")
        Share(number=2, n=8)
        """
        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip(), re.ASCII)
        number, n = (int(part) for part in match.groups()) if match else (0, 0)
        if not 1 <= number <= n:
            raise InputError(
                f"--share is K/N, the share K of N processes, such as 1/8, 2/8 ... 8/8; got {text!r}. "
                "An array job that counts from 0 adds one: --share $((SLURM_ARRAY_TASK_ID + 1))/8"
            )
        return cls(number, n)

    def of(self, batches: Sequence[list[Request]]) -> list[list[Request]]:
        """Return the batches of this share, in the order of the plan."""
        return list(batches[self.number - 1 :: self.n])
