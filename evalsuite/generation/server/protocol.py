"""OpenAI's protocol: the body of a request, and what an answer says.

Servers differ in what they leave out and in how far their words can be believed. What is missing is None; what is not a
number is none; the reason for stopping is held against the number of tokens.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalsuite.generation.server.connection import FailedError
from evalsuite.generation.server.dialects import Dialect
from evalsuite.records import Decoding, Message, Prompt, StopReason

__all__ = ["Answer", "chat_body", "completions_body", "how_it_ended", "logprobs_body", "read_answer", "sampling_body"]

BROKEN = {"abort", "error"}
"""Reasons for stopping that are failures of the server."""
LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers to one request; None is what it does not say.

    Attributes
    ----------
    finish_reason
        In its word.
    stopped_by
        The stop string that ended the completion, where it says so.
    token_ids, token_logprobs
        Of the completion; a log-probability that is no number is None.
    """

    text: str
    finish_reason: str | None
    stopped_by: str | None
    token_ids: tuple[int, ...] | None
    token_logprobs: tuple[float | None, ...] | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    served_model: str | None
    system_fingerprint: str | None

    @property
    def n_tokens(self) -> int | None:
        """Number of tokens of the completion."""
        return self.completion_tokens if self.token_ids is None else len(self.token_ids)


def chat_body(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    """Return what asks for a chat's next message."""
    messages = list(prompt.messages)
    body: dict[str, Any] = {}
    if prompt.prefix:
        messages.append(Message("assistant", prompt.prefix))
        body |= dialect.goes_on or {}
    if prompt.chat_arguments:
        body["chat_template_kwargs"] = dict(prompt.chat_arguments)
    return {"messages": [{"role": m.role, "content": m.content} for m in messages], **body}


def completions_body(prompt: str | Sequence[int]) -> dict[str, Any]:
    """Return what asks for the continuation of a text, or of tokens."""
    return {"prompt": prompt if isinstance(prompt, str) else list(prompt)}


def sampling_body(decoding: Decoding, *, seed: int, n_done: int, dialect: Dialect) -> dict[str, Any]:
    """Return the parameters that choose tokens: the protocol's, and what switches off the model's own settings.

    Parameters
    ----------
    n_done
        Tokens that the completion has already.
    """
    body: dict[str, Any] = {
        "max_tokens": decoding.max_new_tokens - n_done,
        "temperature": decoding.temperature,
        **dialect.neutral,
    }
    if decoding.temperature > 0:
        body |= {"top_p": decoding.top_p, "seed": seed}
    if decoding.stop:
        body["stop"] = list(decoding.stop)
    return body


def logprobs_body(api: str) -> dict[str, Any]:
    """Return what asks for log-probabilities."""
    return {"logprobs": True} if api == "chat" else {"logprobs": 1}


def read_answer(found: Any) -> Answer:
    """Read an answer of either API.

    Raises
    ------
    FailedError
        It is not what the protocol says, or the server broke off.
    """
    choices = found.get("choices") if isinstance(found, Mapping) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        raise FailedError(f"the server's answer has no completion: {str(found)[:LONGEST_WORD]}")
    message = choice.get("message")
    text = _text(message) if isinstance(message, Mapping) else choice.get("text")
    if not isinstance(text, str):
        raise FailedError(f"the server's answer has no text: {str(choice)[:LONGEST_WORD]}")
    finish = _word(choice.get("finish_reason"))
    if finish in BROKEN:
        raise FailedError(f"the server broke off a completion (finish_reason {finish})")
    usage = found.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    details = usage.get("prompt_tokens_details")
    # llama.cpp says in a part of its own what vLLM says beside the text.
    beyond = found.get("__verbose")
    beyond = beyond if isinstance(beyond, Mapping) else {}
    stopped_by = choice.get("stop_reason", beyond.get("stopping_word"))
    return Answer(
        text=_whole(text),
        finish_reason=finish,
        stopped_by=stopped_by if isinstance(stopped_by, str) and stopped_by else None,
        token_ids=_ids(choice.get("token_ids", beyond.get("tokens"))),
        token_logprobs=_logprobs(choice.get("logprobs")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")) if isinstance(details, Mapping) else None,
        served_model=_word(found.get("model")),
        system_fingerprint=_word(found.get("system_fingerprint")),
    )


def how_it_ended(
    answer: Answer, *, cap: int, stop: Sequence[str], end_ids: frozenset[int]
) -> tuple[StopReason, str | None]:
    """Say why a completion ended, by the server's word and by the number of its tokens.

    Parameters
    ----------
    cap
        Most tokens that were asked for.
    stop
        Texts that end a completion.
    end_ids
        Tokens that do, where a local tokenizer knows them.

    Returns
    -------
    tuple
        The reason, and the server's word where it is not believed, none of ours, or short of the cap.

    Examples
    --------
    >>> said = {"choices": [{"text": "18", "finish_reason": "stop"}], "usage": {"completion_tokens": 8}}
    >>> how_it_ended(read_answer(said), cap=8, stop=(), end_ids=frozenset())
    (<StopReason.LENGTH: 'length'>, 'stop')
    >>> how_it_ended(read_answer(said), cap=9, stop=(), end_ids=frozenset())
    (<StopReason.STOP: 'stop'>, None)
    """
    word, count = answer.finish_reason, answer.n_tokens
    if answer.stopped_by in stop:
        return StopReason.STOP, answer.stopped_by
    at_cap = count is not None and count >= cap
    if answer.token_ids and end_ids:
        if answer.token_ids[-1] in end_ids:
            return StopReason.STOP, None if word == "stop" else word
        if at_cap:
            return StopReason.LENGTH, None if word == "length" else word
    if word == "length":
        return StopReason.LENGTH, None if at_cap or count is None else word
    if at_cap:
        return StopReason.LENGTH, word
    if word is None:
        return StopReason.UNKNOWN, None
    return (StopReason.STOP, None) if word == "stop" else (StopReason.OTHER, word)


def _text(message: Mapping[str, Any]) -> str | None:
    """Return the text of a message: its content, its parts, or why the model refuses; a call of a tool has none.

    None where the content is nothing that the protocol knows.
    """
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    if content is not None:
        return None
    refusal = message.get("refusal")
    return refusal if isinstance(refusal, str) else ""


def _whole(text: str) -> str:
    """Return the text with half surrogate pairs, which no store takes, as replacement characters."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _word(value: Any) -> str | None:
    return _whole(value)[:LONGEST_WORD] if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**31 else None


def _ids(value: Any) -> tuple[int, ...] | None:
    if not isinstance(value, list) or any(_count(i) is None for i in value):
        return None
    return tuple(value)


def _logprobs(value: Any) -> tuple[float | None, ...] | None:
    """Return the log-probabilities in either of the protocol's forms."""
    if not isinstance(value, Mapping):
        return None
    chat, plain = value.get("content"), value.get("token_logprobs")
    if isinstance(chat, list):
        numbers = [one.get("logprob") if isinstance(one, Mapping) else None for one in chat]
    elif isinstance(plain, list):
        numbers = plain
    else:
        return None
    return tuple(float(n) if isinstance(n, int | float) and math.isfinite(n) else None for n in numbers)
