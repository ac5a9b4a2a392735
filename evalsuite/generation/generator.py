"""What an engine must offer to the pipeline, and the requests and results that pass between them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from evalsuite.records import Decoding, Prompt, StopReason, digest

__all__ = ["Generated", "Generator", "Progress", "Request", "batch_hash", "cut_at_stop", "row_seed"]

# Called while a batch is decoded with the number of tokens made since the last call.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to make: `token_ids` are the prompt, `seed` belongs to this row alone.

    `made` are tokens that the completion has already: it is continued behind them, and they count towards the cap.
    """

    problem_id: str
    completion_index: int
    token_ids: tuple[int, ...]
    seed: int
    made: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Generated:
    """One completion made: all its tokens with the end token where there is one, without padding."""

    token_ids: tuple[int, ...]
    text: str
    stop_reason: StopReason
    batch_hash: str


class Generator(Protocol):
    """An engine with a model loaded.

    Attributes
    ----------
    engine, dtype
        As recorded with every completion: text from different engines must not be mixed unseen.
    context_length
        Largest number of prompt and new tokens together; None if the model sets no bound.
    """

    engine: str
    dtype: str
    context_length: int | None

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Apply the model's chat template and return the prompt's tokens."""
        ...

    def generate(self, requests: Sequence[Request], decoding: Decoding, progress: Progress) -> list[Generated]:
        """Complete one batch; results are in the order of the requests."""
        ...

    def tokenizer_json(self) -> str | None:
        """Return the tokenizer in the JSON form of the ``tokenizers`` library; None where it has no such form."""
        ...

    def describe(self) -> dict[str, str]:
        """Return what else decides the text: versions, device, attention implementation."""
        ...


def row_seed(run_seed: int, problem_hash: str, completion_index: int) -> int:
    """Return the 63-bit seed of one completion: a hash, so that no two rows share their numbers."""
    key = f"{run_seed}/{problem_hash}/{completion_index}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8]) >> 1


def batch_hash(requests: Sequence[Request]) -> str:
    """Return the identity of a batch: which completions, in which order, from which token. First 12 hex digits."""
    return digest([[r.problem_id, r.completion_index, *([len(r.made)] if r.made else [])] for r in requests])[:12]


def cut_at_stop(token_ids: Sequence[int], stop_ids: frozenset[int]) -> tuple[tuple[int, ...], StopReason]:
    """Cut a decoded row after its first end token and say why it ended.

    What follows the first end token is padding, whether or not the pad token equals the end token.
    A row without an end token was ended by the cap.

    Examples
    --------
    >>> cut_at_stop([5, 6, 2, 2, 2], frozenset({2}))
    ((5, 6, 2), <StopReason.STOP: 'stop'>)
    >>> cut_at_stop([5, 6, 7], frozenset({2}))
    ((5, 6, 7), <StopReason.LENGTH: 'length'>)
    """
    for position, token in enumerate(token_ids):
        if token in stop_ids:
            return tuple(token_ids[: position + 1]), StopReason.STOP
    return tuple(token_ids), StopReason.LENGTH
