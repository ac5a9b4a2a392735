"""Attention of a few tokens a row over a long cache, without copies of keys and values.

Where several query heads share one head of keys, ``transformers`` repeats keys and values for each of them as soon as
a row has more than one new token. For a few tokens over hundreds that copy is nearly all of the work: 64 rows of two
tokens take three times as long as of one (`tests/generation/pass_costs.py`). Folded into the tokens, the query heads of
a group attend to the one copy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

__all__ = ["can_fold", "folded_attention"]

NAME = "evalsuite_folded"


def can_fold(config: Any) -> bool:
    """Return whether a model's attention can be replaced: it is PyTorch's own."""
    return getattr(config.get_text_config(decoder=True), "_attn_implementation", None) == "sdpa"


@contextmanager
def folded_attention(config: Any) -> Iterator[None]:
    """Let a model whose masks are given whole, (n_rows, 1, n_new, width), fold its query heads."""
    text = config.get_text_config(decoder=True)
    before = text._attn_implementation
    text._attn_implementation = NAME
    try:
        yield
    finally:
        text._attn_implementation = before


class _NoGroups(torch.nn.Module):
    """What the attention of ``transformers`` asks about groups, when there are none left."""

    is_causal = False


_NO_GROUPS = _NoGroups()


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    if attention_mask is not None and attention_mask.dtype != torch.bool:
        # Of the model's dtype, which need not be that of a layer.
        attention_mask = attention_mask.to(query.dtype)
    n_rows, n_heads, n_new, size = query.shape
    n_groups = n_heads // key.shape[1]
    if attention_mask is None or n_groups == 1 or n_new == 1 or options.get("position_bias") is not None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    query = query.reshape(n_rows, -1, n_groups * n_new, size)
    mask = attention_mask.repeat(1, 1, n_groups, 1)
    output, _ = sdpa_attention_forward(_NO_GROUPS, query, key, value, mask, **options)
    # (n_rows, n_groups * n_new, n_heads of keys, size)
    output = output.reshape(n_rows, n_groups, n_new, -1, output.shape[-1]).permute(0, 2, 3, 1, 4)
    return output.reshape(n_rows, n_new, n_heads, output.shape[-1]), None


AttentionInterface.register(NAME, _attend)
