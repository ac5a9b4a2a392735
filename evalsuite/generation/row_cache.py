"""A cache of keys and values whose rows can leave, join and be repeated while a batch is decoded.

The cache of ``transformers`` is copied whole for every token, because it grows by concatenation. Here a token is
written in place into room that is made some tokens at a time: prompts behind the others, tokens of a completion each at
its row's own place, for rows whose guesses were right are ahead of the others. One that joins later has padding before
it, and padding that all rows have is given back.
"""

from collections.abc import Sequence
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

__all__ = ["empty", "has_window", "place", "stacked", "trim"]

ROOM = 64
"""Tokens of room that are made at a time, or a quarter of what there is if that is more."""


class _RowLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer. The stores are (n_rows, n_heads, room, size); tokens ``begin`` to ``end`` of them are in use."""

    keys: Any
    values: Any

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.stores: list[torch.Tensor] = []
        self.begin = self.end = 0
        self.places: tuple[torch.Tensor, torch.Tensor] | None = None
        self.width = 0

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        *_: Any,
        **__: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write new tokens to their columns, or behind the others, and return all keys and values."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.fill([((key_states, value_states), None)])
            return self.keys, self.values
        width = self.end - self.begin + key_states.shape[-2] if self.places is None else self.width
        if self.begin + width > self.stores[0].shape[-2]:
            self.fill([((self.keys, self.values), None)], width - (self.end - self.begin))
        for store, states in zip(self.stores, (key_states, value_states), strict=True):
            if self.places is None:
                store[:, :, self.end : self.begin + width] = states
            else:
                rows, columns = self.places
                store[rows, :, self.begin + columns] = states.transpose(1, 2).flatten(0, 1)
        self.end = self.begin + width
        self.show()
        return self.keys, self.values

    def fill(
        self, parts: Sequence[tuple[tuple[torch.Tensor, torch.Tensor], torch.Tensor | None]], more: int = 0
    ) -> None:
        """Hold the chosen rows of the parts, aligned at their ends, with room for `more` tokens and some."""
        width = max(keys.shape[-2] for (keys, _), _ in parts)
        chosen = [[states if rows is None else states[rows] for states in both] for both, rows in parts]
        room = width + more + max(ROOM, width // 4)
        stores = []
        for kind in range(2):
            states = [part[kind] for part in chosen]
            n_rows, (_, n_heads, _, size) = sum(len(s) for s in states), states[0].shape
            # Zeros, for what is masked is still multiplied by 0, and memory not written may hold nan.
            store = states[0].new_zeros(n_rows, n_heads, room, size)
            first = 0
            for rows in states:
                store[first : first + len(rows), :, width - rows.shape[-2] : width] = rows
                first += len(rows)
            stores.append(store)
        self.stores, self.begin, self.end = stores, 0, width
        self.show()

    def show(self) -> None:
        """Let ``keys`` and ``values`` be what is in use."""
        self.keys, self.values = (store[:, :, self.begin : self.end] for store in self.stores)


def empty(config: Any) -> Any:
    """Return an empty cache for a model, or None where its layers keep something else than keys and values."""
    cache: Any = DynamicCache(config=config)
    if not cache.layers or any(type(layer) not in (DynamicLayer, DynamicSlidingWindowLayer) for layer in cache.layers):
        return None
    # A layer with a sliding window may keep all tokens: the model's mask hides those before the window.
    cache.layers = [_RowLayer() for _ in cache.layers]
    return cache


def has_window(config: Any) -> bool:
    """Return whether a layer looks back over a window only, so that padding between tokens would narrow it."""
    return any(type(layer) is DynamicSlidingWindowLayer for layer in DynamicCache(config=config).layers)


def stacked(config: Any, parts: Sequence[tuple[Any, Sequence[int]]]) -> Any:
    """Return a new cache of the chosen rows of each part, in order, aligned at their newest token."""
    cache = empty(config)
    for number, layer in enumerate(cache.layers):
        sources = [(part.layers[number], rows) for part, rows in parts if len(rows)]
        device = sources[0][0].keys.device
        layer.lazy_initialization(sources[0][0].keys, sources[0][0].values)
        layer.fill([((s.keys, s.values), torch.tensor(rows, device=device)) for s, rows in sources])
    return cache


def place(cache: Any, rows: torch.Tensor, columns: torch.Tensor, width: int) -> None:
    """Say to which row and column each of the next tokens belongs, (n_tokens,), and how many columns there are then."""
    for layer in cache.layers:
        layer.places, layer.width = (rows, columns), width


def trim(cache: Any, begin: int, end: int) -> None:
    """Forget all columns but those from `begin` to `end`."""
    for layer in cache.layers:
        layer.begin, layer.end = layer.begin + begin, layer.begin + end
        layer.show()
