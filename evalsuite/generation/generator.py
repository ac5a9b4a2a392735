"""What an engine must offer to the pipeline, and the requests and results that pass between them.

An `Engine` finds a model and says what identifies it (`LocatedModel`), before anything heavy is loaded; loading that
gives a `Generator`. Where a model lies, and whether its identity is a hash over weight files or what a server says of
itself, is thus the engine's to decide. An engine that does not see tokens says "not recorded" (None), and never
guesses.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from evalsuite.records import Decoding, Prompt, Served, Serving, StopReason, digest
from evalsuite.settings import Dtype

__all__ = [
    "Engine",
    "Generated",
    "Generator",
    "LocatedModel",
    "Progress",
    "RepeatableGenerator",
    "Request",
    "StreamingGenerator",
    "batch_hash",
    "cut_at_stop",
    "named_together",
    "row_seed",
]

# Called while a batch is decoded with the number of tokens made since the last call.
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Request:
    """One completion to make.

    Attributes
    ----------
    token_ids
        The prompt, as `Generator.encode` returned it; empty where only a server can tokenise it.
    seed
        Of this row alone.
    generated_ids
        Tokens that the completion has already: it is continued behind them, and they count towards the cap.
    prompt
        What `token_ids` was made from, for engines that send it as it is.
    """

    problem_id: str
    completion_index: int
    token_ids: tuple[int, ...]
    seed: int
    generated_ids: tuple[int, ...] = ()
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """One completion made: all its tokens with the end token where there is one, without padding.

    Attributes
    ----------
    token_ids
        None where the engine does not tell them.
    text
        Without the stop string that ended it; its tokens are among `token_ids`.
    stop_detail
        The stop string that ended it, or a server's word for the end where it is not believed or none of ours; None
        where an end token or the token limit did.
    reported_tokens
        How many tokens a server says that the completion has; None where it does not say, or `token_ids` does.
    served
        What else a server said of it; None for other engines.
    """

    token_ids: tuple[int, ...] | None
    text: str
    stop_reason: StopReason
    batch_hash: str
    stop_detail: str | None = None
    reported_tokens: int | None = None
    served: Served | None = None

    @property
    def n_tokens(self) -> int | None:
        """Number of tokens; None where not recorded."""
        return self.reported_tokens if self.token_ids is None else len(self.token_ids)


class Generator(Protocol):
    """An engine with a model loaded.

    Attributes
    ----------
    engine, dtype
        As recorded with every completion: text from different engines must not be mixed unseen.
    context_length
        Largest number of prompt and new tokens together; None if the model sets no bound, or it is not known.
    """

    engine: str
    dtype: str
    context_length: int | None

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Apply the model's chat template and return the prompt's tokens; none where only a server can.

        Raises
        ------
        InputError
            The engine cannot ask for this prompt.
        """
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


@runtime_checkable
class StreamingGenerator(Protocol):
    """A generator that keeps many requests going and hands over what has ended, instead of batch by batch."""

    def stream(
        self,
        batches: Sequence[Sequence[Request]],
        decoding: Decoding,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> Iterator[list[tuple[Request, Generated]]]:
        """Complete the batches of a plan, those first that stand first, and yield parts of them as they end.

        Once `should_stop` says so nothing new is begun, and what has been begun ends.

        Raises
        ------
        EngineStoppedError
            No more completions can be had; all that were made have been yielded.
        """
        ...


@runtime_checkable
class RepeatableGenerator(Protocol):
    """A generator whose arithmetic has settings that nobody names, such as the number of threads."""

    def compute_like(self, described: Mapping[str, str]) -> None:
        """Compute as the generator that described itself so; an empty mapping lets this one choose."""
        ...


class LocatedModel(Protocol):
    """A model that an engine has found and not loaded yet: what identifies it, and how to load it.

    Attributes
    ----------
    name, adapter_name
        For people: what was asked for, completed by what it turned out to be.
    weights_fingerprint, adapter_fingerprint
        What identifies the model in `RunSpec`: equal fingerprints mean equal weights, or, where they begin with
        `records.UNVERIFIED`, that a server says the same of itself.
    serving
        How a server is asked; None for other engines.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def weights_fingerprint(self) -> str: ...  # noqa: D102
    @property
    def adapter_name(self) -> str | None: ...  # noqa: D102
    @property
    def adapter_fingerprint(self) -> str | None: ...  # noqa: D102
    @property
    def serving(self) -> Serving | None: ...  # noqa: D102

    def load(self, *, dtype: Dtype = "auto") -> Generator:
        """Load the model for generation, computing in `dtype`."""
        ...


class Engine(Protocol):
    """A way to run models; `name` is recorded in every run's specification and with every completion."""

    name: str

    def locate(self, model: str, adapter: str | None = None) -> LocatedModel:
        """Find `model` and a LoRA `adapter` and say what identifies them."""
        ...

    def resolve_dtype(self, dtype: Dtype) -> str:
        """Return the dtype that is computed in when `dtype` is asked for; `records.NOT_RECORDED` if nobody says."""
        ...


def row_seed(run_seed: int, problem_hash: str, completion_index: int) -> int:
    """Return the 63-bit seed of one completion: a hash, so that no two rows share their numbers."""
    key = f"{run_seed}/{problem_hash}/{completion_index}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8]) >> 1


def batch_hash(requests: Sequence[Request]) -> str:
    """Return the identity of a batch: which completions, in which order, from which token. First 12 hex digits."""
    return digest(
        [[r.problem_id, r.completion_index, *([len(r.generated_ids)] if r.generated_ids else [])] for r in requests]
    )[:12]


def named_together(part: Sequence[tuple[Request, Generated]]) -> list[tuple[Request, Generated]]:
    """Return completions with the identity of what is handed over together, where nobody tells what was decoded so."""
    identity = batch_hash([request for request, _ in part])
    return [(request, replace(result, batch_hash=identity)) for request, result in part]


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
