"""Why texts ended and how long they are, where a cell says it beside each text: vLLM's outputs, choices of a server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalsuite.store.imports import values

__all__ = ["End", "ends"]

REASONS = ("finish_reason", "stop_reason", "done_reason")
COUNTS = ("completion_tokens", "output_tokens", "generated_tokens", "num_generated_tokens", "eval_count")
ABOUT = ("meta_info", "details", "usage")
"""Objects in which SGLang, TGI and OpenAI's API say it."""


@dataclass(frozen=True, slots=True)
class End:
    """How one text ended: a program's word for it, and tokens; None where it is not said."""

    reason: Any = None
    n_tokens: int | None = None

    def __or__(self, other: "End") -> "End":
        n_tokens = self.n_tokens if other.n_tokens is None else other.n_tokens
        return End(self.reason if other.reason is None else other.reason, n_tokens)


def ends(value: Any) -> tuple[End, ...]:
    """Return the end of each text that `values.texts` finds in a cell, in the same order.

    Examples
    --------
    >>> ends([{"text": "a", "finish_reason": "stop"}, {"text": "b", "finish_reason": "length", "token_ids": [5, 7]}])
    (End(reason='stop', n_tokens=None), End(reason='length', n_tokens=2))
    >>> ends({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}], "usage": {"completion_tokens": 3}})
    (End(reason='stop', n_tokens=3),)
    """
    return _ends(value, End())


def _ends(value: Any, outer: End) -> tuple[End, ...]:
    if isinstance(value, Mapping):
        own = outer | _said(value)
        inner = next((value[key] for key in values.TEXT_KEYS if key in value), None)
        found = _ends(inner, own)
        # What a response says of all its choices together is the length of none of them.
        return found if len(found) == 1 or own == outer else _ends(inner, End(own.reason, outer.n_tokens))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        if values.are_messages(value) or values.are_parts(value):
            return (outer,)
        return tuple(end for member in value for end in _ends(member, outer))
    return (outer,)


def _said(value: Mapping[str, Any]) -> End:
    said = [value, *(own for name in ABOUT if isinstance(own := value.get(name), Mapping))]
    reason = next((one[name] for one in said for name in REASONS if not values.is_missing(one.get(name))), None)
    count = next((one[name] for one in said for name in COUNTS if not values.is_missing(one.get(name))), None)
    ids = value.get("token_ids")
    if count is None and isinstance(ids, list | tuple) and ids and all(isinstance(token, int) for token in ids):
        count = len(ids)
    return End(reason, count if isinstance(count, int) and not isinstance(count, bool) else None)
