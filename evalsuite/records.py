"""What a row is: the frozen records that join the steps of the pipeline.

Glossary: a *problem* is one row of a data set, a *completion* one generated text, a *run* one model
under one prompt, one decoding and one data set, a *grade* the verdict of one grader on one completion.
Only the standard library is used here.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

__all__ = [
    "HASHED",
    "NOT_RECORDED",
    "PHILOX",
    "UNVERIFIED",
    "Completion",
    "Decoding",
    "Grade",
    "Message",
    "Outcome",
    "Problem",
    "Prompt",
    "Replicate",
    "RunSpec",
    "Served",
    "Serving",
    "StopReason",
    "content_hash",
    "digest",
]


NOT_RECORDED = "not recorded"
"""The dtype of a run whose server does not say in which it computes."""
UNVERIFIED = "unverified:"
"""Before a fingerprint that is not a hash over files but over what a server says of itself."""


def digest(value: Any) -> str:
    """Return the SHA-256 hex digest of `value` written as canonical JSON (sorted keys, UTF-8)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_hash(question: str, gold: Fraction) -> str:
    """Return the identity of a problem: what is asked and which number is right.

    Two runs are paired on it, so that neither row numbers nor file names can mix problems up.
    """
    return digest([question, str(gold)])


class Outcome(StrEnum):
    """What a grader says of a completion. Truncation is the completion's property, not the grade's."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    NO_ANSWER = "no_answer"


class StopReason(StrEnum):
    """Why generation ended: an end token, the token limit, something else that did not cut it, or not recorded.

    What is not recorded is never read as "not cut". `OTHER` is an end for a reason that has no name here, such as a
    call of a tool or a content filter: the completion is what the model gave, and it was not truncated.
    """

    STOP = "stop"
    LENGTH = "length"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Problem:
    """A question with its exact answer.

    Attributes
    ----------
    problem_id
        Unique in its data set, such as ``"gsm8k/test/17"``.
    solution
        The worked solution as the data set gives it.
    gold
        The right answer, exact.
    template_id
        For generated problems: what they were made from. Problems of one template are dependent.
    n_steps
        Number of calculation steps in the worked solution, where known.
    """

    problem_id: str
    question: str
    solution: str
    gold: Fraction
    template_id: str | None = None
    n_steps: int | None = None

    @property
    def content_hash(self) -> str:
        """Identity of the problem, from its question and gold answer."""
        return content_hash(self.question, self.gold)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt; `role` is ``"system"``, ``"user"`` or ``"assistant"``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked for one problem, before the model's own chat template is applied.

    Attributes
    ----------
    prefix
        What the answer begins with: the model goes on behind it. No part of the completion.
    separator
        What stands between the texts of a prompt that uses no chat template, which then are the whole prompt; None
        for a chat.
    chat_arguments
        Handed to the model's chat template, as (name, value).
    """

    problem_id: str
    messages: tuple[Message, ...]
    prefix: str = ""
    separator: str | None = None
    chat_arguments: tuple[tuple[str, str | bool | int | float], ...] = ()

    @property
    def prompt_hash(self) -> str:
        """SHA-256 of the messages, and of the rest where there is any."""
        turns = [[m.role, m.content] for m in self.messages]
        rest = [self.prefix, self.separator, [list(pair) for pair in self.chat_arguments]]
        return digest(turns if rest == ["", None, []] else [turns, *rest])


PHILOX, HASHED = 1, 2
"""Kinds of noise (`generation.sampling`): that of the first sampled runs, and today's."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are chosen.

    Attributes
    ----------
    max_new_tokens
        The cap: generation stops here with `StopReason.LENGTH`.
    temperature, top_p
        0 is greedy decoding, where `top_p` and `seed` have no effect.
    seed
        Seed of the run; each completion derives its own from it.
    stop
        Texts that end a completion where they first stand in it; they are no part of it.
    noise
        Which of the embedded engine's random numbers choose a sampled token, `PHILOX` or `HASHED`; without effect
        elsewhere.
    """

    max_new_tokens: int = 300
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    noise: int = HASHED

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Decoding":
        """Read what `RunSpec.as_dict` wrote, also before there were stop strings and a second kind of noise."""
        noise = values.get("noise", PHILOX if values["temperature"] > 0 else HASHED)
        return cls(**{**values, "stop": tuple(values.get("stop", ())), "noise": noise})


@dataclass(frozen=True, slots=True)
class Replicate:
    """What a run repeats on purpose, to measure how much arithmetic alone changes.

    Attributes
    ----------
    of
        The run that is repeated.
    changes
        What is computed otherwise: ``dtype``, ``batch_size`` or ``batch_tokens``, or of a server ``concurrency``, each
        with its new value. Empty where a continued run is repeated without interruption.
    """

    of: str
    changes: Mapping[str, int | str]

    @property
    def identity(self) -> str:
        """What `RunSpec.run_id` is a hash over. These words never change, or stored replicates would lose their ids.

        Examples
        --------
        >>> Replicate("7e56442c5f24a5a1", {"batch_size": 12, "dtype": "float32"}).identity
        'dtype float32, batch size 12'
        """
        words = (
            ("dtype", "dtype"),
            ("batch_size", "batch size"),
            ("batch_tokens", "batch tokens"),
            ("concurrency", "concurrency"),
        )
        changes = [f"{word} {self.changes[key]}" for key, word in words if key in self.changes]
        return ", ".join(changes) or "no interruption"


@dataclass(frozen=True, slots=True)
class Serving:
    """How a server was asked, as far as it decides the text.

    Attributes
    ----------
    api
        ``"chat"``: the server applies its chat template; ``"completions"``: it is given the text or the tokens.
    tokenizer_fingerprint
        Of the local tokenizer that made the prompt's tokens; None where the server did.
    """

    api: str
    tokenizer_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What a server said of one completion, and what it took.

    Attributes
    ----------
    finish_reason
        In the server's word; None where it gave none.
    served_model, system_fingerprint
        What it says that it is; None where it does not.
    prompt_tokens, completion_tokens, cached_tokens
        As it counts them: read, made, and those of the prompt that it did not compute again. None where not told.
    seconds
        From the first attempt to the answer, waiting included.
    n_attempts
        Requests until there was an answer.
    token_logprobs
        Log-probability of each token; None where not recorded, and in place of a number that is none.
    """

    finish_reason: str | None
    served_model: str | None
    system_fingerprint: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    seconds: float
    n_attempts: int
    token_logprobs: tuple[float | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class RunSpec:
    """All that decides the text of a run's completions. `run_id` is the hash of it.

    The number of problems and of completions per problem is left out on purpose:
    20 problems today extend to 1,319 tomorrow within the same run.

    Attributes
    ----------
    model, adapter
        As the user named them. Identity lies in the fingerprints, never in the names.
    weights_fingerprint, adapter_fingerprint
        Hash over the weight and adapter files.
    template, template_fingerprint
        Name of the prompt template and hash of its full content.
    dataset, dataset_hash
        Name of the problem set and hash over its (question, solution) pairs.
    order
        ``"file"``, ``"seed:S"`` or ``"draws:S:N"`` (seeded subsets of N problems each).
    engine, dtype
        What computed the text, such as ``"transformers"`` and ``"bfloat16"``. Engines are a treatment.
    replicate
        What run this one repeats and what it changes; None for all others.
    serving
        How a server was asked; None for engines that are none.
    """

    model: str
    weights_fingerprint: str
    adapter: str | None
    adapter_fingerprint: str | None
    template: str
    template_fingerprint: str
    decoding: Decoding
    dataset: str
    dataset_hash: str
    order: str
    engine: str
    dtype: str
    replicate: Replicate | None = None
    serving: Serving | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunSpec":
        """Read what `as_dict` wrote."""
        replicate, serving = values["replicate"], values.get("serving")
        return cls(
            **{
                **values,
                "decoding": Decoding.from_dict(values["decoding"]),
                "replicate": None if replicate is None else Replicate(**replicate),
                "serving": None if serving is None else Serving(**serving),
            }
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the specification as plain JSON values."""
        values = asdict(self)
        # A run without stop strings, or without a server, keeps the identity that it had before there were any.
        if values["decoding"].pop("stop"):
            values["decoding"]["stop"] = list(self.decoding.stop)
        if self.serving is None:
            del values["serving"]
        # So does one in which no noise of ours decides, or that of the first runs.
        if self.decoding.temperature == 0 or self.serving is not None or self.decoding.noise == PHILOX:
            del values["decoding"]["noise"]
        return values

    @property
    def run_id(self) -> str:
        """First 16 hex digits of the hash of the canonical JSON."""
        identity = self.as_dict()
        # Names are labels: a moved folder with equal weights is the same run.
        del identity["model"], identity["adapter"]
        identity["replicate"] = "" if self.replicate is None else self.replicate.identity
        return digest(identity)[:16]


@dataclass(frozen=True, slots=True)
class Completion:
    """One generated text, keyed by (run_id, problem_id, completion_index).

    Attributes
    ----------
    text
        Without special tokens; None where an import brought only verdicts.
    token_ids
        The generated tokens without the prompt, without padding, with the end token where there is one.
        None where the source did not record them.
    n_tokens
        ``len(token_ids)``, or what the source recorded; None if unknown.
    stop_reason
        Taken from this row's tokens, never from the batch.
    cap
        The `max_new_tokens` in force; None if unknown.
    seed
        Seed of this completion's random numbers; None for greedy decoding.
    batch_hash
        Identity of the batch the row was decoded in: the problems, completion indices and their order.
    stop_detail
        The stop string that ended it, or the reason for stopping in another program's word, where it is none of ours
        or is not believed; else None.
    """

    run_id: str
    problem_id: str
    completion_index: int
    prompt_hash: str
    text: str | None
    token_ids: tuple[int, ...] | None
    n_tokens: int | None
    stop_reason: StopReason
    cap: int | None
    seed: int | None
    engine: str
    dtype: str
    batch_hash: str
    stop_detail: str | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict of one grader on one completion.

    Attributes
    ----------
    extracted
        The answer that the grader read, as text; None where it found none.
    grader, grader_version
        A grade is redone when the version of its grader changes.
    score, score_range
        Of a grader that gives partial credit: what it gives, and the lowest and highest value that it can give. Its
        outcome then says no more than whether the score is the highest one. None where it only says right or wrong.

    Raises
    ------
    ValueError
        A score without its range, outside of it, or a range that is none.
    """

    outcome: Outcome
    extracted: str | None
    grader: str
    grader_version: int
    score: float | None = None
    score_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.score is None and self.score_range is None:
            return
        if self.score is None or self.score_range is None:
            raise ValueError(f"a score needs its range, and a range a score, got {self.score} and {self.score_range}")
        low, high = self.score_range
        if not (math.isfinite(low) and math.isfinite(high) and low <= self.score <= high and low < high):
            raise ValueError(f"need low <= score <= high with low < high, got {self.score} and {self.score_range}")

    @classmethod
    def scored(cls, score: float, score_range: tuple[float, float], *, grader: str, grader_version: int = 1) -> "Grade":
        """Return the grade of a grader that gives partial credit.

        Examples
        --------
        >>> Grade.scored(7, (0, 10), grader="rubric").outcome.value
        'incorrect'
        """
        outcome = Outcome.CORRECT if score == score_range[1] else Outcome.INCORRECT
        low, high = map(float, score_range)
        return cls(outcome, None, grader, grader_version, float(score), (low, high))
