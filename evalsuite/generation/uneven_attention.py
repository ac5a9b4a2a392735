"""Attention of rows that bring different numbers of new tokens, over one long cache each.

A pass of the decoding loop runs over the newest token of every row and over as many guesses as each row is worth. All
these tokens go through the model as one row, so that no layer computes for padding; only here, where a token looks back
over its own row, are they set out by row and place.

Where several query heads share one head of keys, ``transformers`` repeats keys and values for each of them as soon as
a row has more than one new token. For a few tokens over hundreds that copy is nearly all of the work: 64 rows of two
tokens take three times as long as of one (`tests/generation/pass_costs.py`). Folded into the tokens, the query heads of
a group attend to the one copy.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

__all__ = ["NewTokens", "can_replace", "uneven_attention"]

NAME = "evalsuite_uneven"

ROWS_TOGETHER = {"cpu": 16}
"""Rows that attend together, by kind of device, over the columns that one of them uses: rows of a batch are sorted by
the lengths of their prompts, so that neighbours use much the same columns. Elsewhere all rows attend together."""


class NewTokens:
    """Which new token belongs to which row of the cache, and what it sees.

    Parameters
    ----------
    counts
        New tokens of each row, none for a row that has ended.

    Attributes
    ----------
    rows, places
        Of each new token, its row and its place among the new ones of that row, row by row. (n_tokens,)
    n_rows, n_new
        Rows, and the most new tokens of one.
    spans
        Rows that attend together, and the columns over which they do.
    """

    def __init__(self, counts: Sequence[int], device: torch.device) -> None:
        self.n_rows, self.n_new = len(counts), max(counts)
        self._is_even = min(counts) == self.n_new
        self.rows = torch.tensor([row for row, n in enumerate(counts) for _ in range(n)], device=device)
        self.places = torch.tensor([place for n in counts for place in range(n)], device=device)
        # Where each token is set out, and which token is set out where.
        self._flat = self.rows * self.n_new + self.places
        self._sources = torch.zeros(self.n_rows * self.n_new, dtype=torch.long, device=device)
        self._sources[self._flat] = torch.arange(len(self.rows), device=device)
        self.spans: list[tuple[slice, slice]] = []
        self._seen: torch.Tensor = torch.empty(0)
        self._masks: dict[tuple[int, torch.dtype], list[torch.Tensor]] = {}

    def __len__(self) -> int:
        """Return how many tokens there are."""
        return len(self.rows)

    def see(self, seen: torch.Tensor) -> None:
        """Say which columns of its row each new token sees. (n_rows, n_new, width)"""
        self._seen = seen
        self.spans = [(slice(None), slice(None))]
        together = ROWS_TOGETHER.get(seen.device.type, self.n_rows)
        if together < self.n_rows:
            used, width = seen.any(1).int(), seen.shape[2]
            begins, ends = used.argmax(1).tolist(), (width - used.flip(1).argmax(1)).tolist()
            rows = [slice(first, first + together) for first in range(0, self.n_rows, together)]
            self.spans = [(some, slice(min(begins[some]), max(ends[some]))) for some in rows]

    def masks(self, n_groups: int, dtype: torch.dtype) -> list[torch.Tensor]:
        """Return what is added to the scores of each span, for `n_groups` query heads a head of keys."""
        if (n_groups, dtype) not in self._masks:
            nothing = torch.zeros(1, dtype=dtype, device=self._seen.device)
            added = nothing.masked_fill(~self._seen[:, None], -torch.inf).repeat(1, 1, n_groups, 1)
            self._masks[n_groups, dtype] = [added[rows, :, :, columns] for rows, columns in self.spans]
        return self._masks[n_groups, dtype]

    def set_out(self, states: torch.Tensor) -> torch.Tensor:
        """Return (n_tokens, ...) as (n_rows, n_new, ...), anything where a row has fewer."""
        if not self._is_even:
            states = states.index_select(0, self._sources)
        return states.reshape(self.n_rows, self.n_new, *states.shape[1:])

    def gathered(self, states: torch.Tensor) -> torch.Tensor:
        """Return (n_rows, n_new, ...) as (n_tokens, ...)."""
        states = states.flatten(0, 1)
        return states if self._is_even else states.index_select(0, self._flat)


_NEW_TOKENS: ContextVar[NewTokens] = ContextVar("_NEW_TOKENS")


def can_replace(config: Any) -> bool:
    """Return whether a model's attention can be replaced: it is PyTorch's own."""
    return getattr(config.get_text_config(decoder=True), "_attn_implementation", None) == "sdpa"


@contextmanager
def uneven_attention(config: Any, new: NewTokens) -> Iterator[None]:
    """Let a model that is given the new tokens of all rows as one row, (1, n_tokens), look back over each its own."""
    text = config.get_text_config(decoder=True)
    before, token = text._attn_implementation, _NEW_TOKENS.set(new)
    text._attn_implementation = NAME
    try:
        yield
    finally:
        text._attn_implementation = before
        _NEW_TOKENS.reset(token)


class _NoGroups(torch.nn.Module):
    """What the attention of ``transformers`` asks about groups, when there are none left."""

    is_causal = False


_NO_GROUPS = _NoGroups()


def _attend(
    _module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend from (1, n_heads, n_tokens, size) to (n_rows, n_key_heads, width, size), masked as `NewTokens` says."""
    new = _NEW_TOKENS.get()
    n_rows, n_key_heads, _, size = key.shape
    n_groups = query.shape[1] // n_key_heads
    query = new.set_out(query[0].transpose(0, 1)).view(n_rows, new.n_new, n_key_heads, n_groups, size)
    query = query.permute(0, 2, 3, 1, 4).reshape(n_rows, n_key_heads, n_groups * new.n_new, size)
    parts = []
    for (rows, columns), mask in zip(new.spans, new.masks(n_groups, query.dtype), strict=True):
        keys, values = key[rows, :, columns], value[rows, :, columns]
        parts.append(sdpa_attention_forward(_NO_GROUPS, query[rows], keys, values, mask, **options)[0])
    # (n_rows, n_groups * n_new, n_key_heads, size of a value)
    output = torch.cat(parts).view(n_rows, n_groups, new.n_new, n_key_heads, -1).permute(0, 2, 3, 1, 4)
    return new.gathered(output.flatten(2, 3))[None], None


AttentionInterface.register(NAME, _attend)
