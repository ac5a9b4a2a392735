"""How much of the work of decoding made a token: a measure of an engine that the load of the machine does not move."""

from dataclasses import dataclass

__all__ = ["RowSteps"]


@dataclass(frozen=True, slots=True)
class RowSteps:
    """Work of an engine so far.

    Attributes
    ----------
    computed, useful
        Rows of all decoding passes, and those of them that made a token of a completion. The first token of a
        completion comes from reading its prompt and is in neither.
    passes
        Times that the model was run to make one more token of every row, or several where guesses are right.
    prompt_read, prompt_tokens
        Positions that were run to read prompts, padding included, and tokens of the prompts of all completions.
    guessed, guessed_right
        Guesses that were run with the rows (see `guesses`), and tokens that they made beyond one a row.
    """

    computed: int = 0
    useful: int = 0
    passes: int = 0
    prompt_read: int = 0
    prompt_tokens: int = 0
    guessed: int = 0
    guessed_right: int = 0

    def __add__(self, other: "RowSteps") -> "RowSteps":
        """Return both together."""
        return RowSteps(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    def __sub__(self, other: "RowSteps") -> "RowSteps":
        """Return what came after `other`, which is an earlier state of the same count."""
        return RowSteps(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def share_useful(self) -> float | None:
        """Share of the row-steps that made a token; None where none was computed."""
        return self.useful / self.computed if self.computed else None
