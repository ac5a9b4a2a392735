"""Our own decoding loop: finished rows leave the batch, and waiting ones take their places.

A batch of ``generate`` is as long as its longest row: rows that have ended are run on until the last one has. Here
the rows that go on are selected from the cache as soon as enough have ended. Equal prompts are read once, and so is
what all prompts begin with. Every row sees the tokens, positions and mask that it would see alone, so its text is that
of stock ``generate`` but for the order of sums. Who shares a batch at which step follows from the requests alone: the
same requests give the same text.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from evalsuite.generation import row_cache
from evalsuite.generation.generator import Progress, Request
from evalsuite.generation.row_steps import RowSteps

__all__ = ["TURNOVER", "DecodeLoop", "Room", "can_decode"]

TURNOVER = 0.15
"""Share of the rows that must have ended before the batch is made anew. Making it anew copies the cache once."""

SHARED = 32
"""Fewest tokens that all prompts must begin with to be read apart."""

Choose = Callable[[torch.Tensor, Sequence[int], Sequence[int]], torch.Tensor]
"""From logits (n_rows, n_vocab), the seeds and the positions in the completions of the rows to tokens (n_rows,)."""


@dataclass(frozen=True, slots=True)
class Room:
    """Most rows at a time, and most tokens: rows times the longest that one of them may become."""

    rows: int
    tokens: int


@dataclass(slots=True)
class _Row:
    request: Request
    cap: int
    new: list[int] = field(default_factory=list)
    ended: bool = False

    @property
    def inputs(self) -> tuple[int, ...]:
        return (*self.request.token_ids, *self.request.generated_ids)

    @property
    def done(self) -> list[int]:
        return [*self.request.generated_ids, *self.new]

    @property
    def longest(self) -> int:
        return len(self.request.token_ids) + self.cap


def can_decode(model: Any) -> bool:
    """Return whether the rows of the model's cache can be selected, and its positions given."""
    takes = inspect.signature(model.forward).parameters
    plain = not model.config.is_encoder_decoder and not getattr(model, "_is_stateful", False)
    needed = {"position_ids", "past_key_values", "attention_mask"} <= set(takes)
    return plain and needed and row_cache.empty(model.config) is not None


class DecodeLoop:
    """Decoding of one call of the engine.

    Parameters
    ----------
    choose
        Picks the next tokens.
    ends
        Whether the newest of a completion's tokens ends it.
    cap
        Most tokens of a completion, those it has already included.
    """

    def __init__(
        self, model: Any, *, choose: Choose, ends: Callable[[Sequence[int]], bool], cap: int, progress: Progress
    ) -> None:
        self.model = model
        self.choose = choose
        self.ends = ends
        self.cap = cap
        self.progress = progress
        self.steps = RowSteps()
        self.rows: list[_Row] = []
        # Of the rows that are decoded now: keys and values, (n_rows, width) what is no padding, (n_rows,) newest token.
        self.cache: Any = None
        self.mask: torch.Tensor = torch.empty(0)
        self.last: torch.Tensor = torch.empty(0)
        # Tokens that all prompts begin with, and their cache of one row.
        self.shared = 0
        self.shared_cache: Any = None
        self._keep_one = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._mask_whole = _takes_whole_masks(model)

    def run(self, requests: Sequence[Request], room: Room) -> list[tuple[int, ...]]:
        """Return the new tokens of every request, the end token included."""
        rows = [_Row(r, self.cap) for r in requests]
        waiting = [row for row in rows if len(row.request.generated_ids) < self.cap]
        self._read_shared(waiting)
        while waiting or self.rows:
            waiting = self._turn_over(waiting, room)
            while self.rows and not self._enough_ended():
                self._step()
        return [tuple(row.new) for row in rows]

    def _enough_ended(self) -> bool:
        ended = sum(row.ended for row in self.rows)
        return ended == len(self.rows) or (ended > 0 and ended >= TURNOVER * len(self.rows))

    def _read_shared(self, waiting: Sequence[_Row]) -> None:
        """Read what all prompts begin with, once."""
        inputs = {row.inputs for row in waiting}
        if len(inputs) < 2 or row_cache.has_window(self.model.config):
            return
        low, high = min(inputs), max(inputs)  # what these two share, all between them share
        shortest = min(map(len, inputs))
        same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), shortest)
        shared = min(same, shortest - 1)
        if shared >= SHARED:
            cache = row_cache.empty(self.model.config)
            ids = self._tensor([low[:shared]])
            self._forward(ids, torch.ones_like(ids), torch.arange(shared, device=ids.device)[None], cache)
            self.shared, self.shared_cache = shared, cache
            self.steps += RowSteps(prompt_read=shared)

    def _turn_over(self, waiting: list[_Row], room: Room) -> list[_Row]:
        """Let the ended rows go and fill their places; return who still waits."""
        kept = [i for i, row in enumerate(self.rows) if not row.ended]
        staying = [self.rows[i] for i in kept]
        joining: list[_Row] = []
        longest = max((row.longest for row in staying), default=0)
        for row in waiting:
            n_rows = len(staying) + len(joining) + 1
            longest = max(longest, row.longest)
            if n_rows > 1 and (n_rows > room.rows or n_rows * longest > room.tokens):
                break
            joining.append(row)
        if joining:
            cache, mask, logits = self._read(joining)
            parts = [(self.cache, kept)] if kept else []
            inputs = list(dict.fromkeys(row.inputs for row in joining))
            source = [inputs.index(row.inputs) for row in joining]
            self.cache = row_cache.stacked(self.model.config, [*parts, (cache, source)])
            self.mask = _aligned([*([self.mask[kept]] if kept else []), mask[source]])
            self.rows = [*staying, *joining]
            self.last = torch.cat([*([self.last[kept]] if kept else []), self._take(joining, logits[source])])
        elif kept:
            self.cache = row_cache.stacked(self.model.config, [(self.cache, kept)])
            self.mask, self.last, self.rows = self.mask[kept], self.last[kept], staying
        else:
            self.rows = []
        if self.rows:
            empty = int(self.mask.any(0).int().argmax())
            self.mask = self.mask[:, empty:]
            row_cache.trim(self.cache, empty)
        return waiting[len(joining) :]

    def _read(self, joining: Sequence[_Row]) -> tuple[Any, torch.Tensor, torch.Tensor]:
        """Run the prompts, equal ones once; return their cache, mask and last logits."""
        inputs = list(dict.fromkeys(row.inputs for row in joining))
        rests = [tokens[self.shared :] for tokens in inputs]
        width = max(map(len, rests))
        ids = self._tensor([(*(0,) * (width - len(rest)), *rest) for rest in rests])
        mask = self._tensor([(*(0,) * (width - len(rest)), *(1,) * len(rest)) for rest in rests])
        if self.shared_cache is None:
            cache = row_cache.empty(self.model.config)
        else:
            cache = row_cache.stacked(self.model.config, [(self.shared_cache, [0] * len(inputs))])
        whole = torch.cat([mask.new_ones(len(inputs), self.shared), mask], dim=1)
        positions = (whole.cumsum(1) - 1).clamp(min=0)[:, self.shared :]
        logits = self._forward(ids, whole, positions, cache)
        prompts = sum(len(row.inputs) for row in joining)
        self.steps += RowSteps(prompt_read=ids.numel(), prompt_tokens=prompts)
        return cache, whole, logits

    def _step(self) -> None:
        """Make one more token of every row."""
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.rows), 1)], dim=1)
        positions = self._tensor([[len(row.inputs) + len(row.new) - 1] for row in self.rows])
        mask = self.mask.bool()[:, None, None] if self._mask_whole else self.mask
        logits = self._forward(self.last[:, None], mask, positions, self.cache)
        active = sum(not row.ended for row in self.rows)
        self.steps += RowSteps(computed=len(self.rows), useful=active, passes=1)
        self.last = self._take(self.rows, logits)

    def _take(self, rows: Sequence[_Row], logits: torch.Tensor) -> torch.Tensor:
        """Give every row that goes on its next token; return what is fed to the model next."""
        active = [i for i, row in enumerate(rows) if not row.ended]
        going = [rows[i] for i in active]
        some = logits if len(active) == len(rows) else logits[active]
        tokens = self.choose(some, [r.request.seed for r in going], [len(r.done) for r in going])
        for row, token in zip(going, tokens.tolist(), strict=True):
            row.new.append(token)
            done = row.done
            row.ended = len(done) >= self.cap or self.ends(done)
        self.progress(len(going))
        if len(active) == len(rows):
            return tokens
        fed = tokens.new_zeros(len(rows))
        fed[active] = tokens
        return fed

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: Any) -> torch.Tensor:
        """Run the model and return the last logits of every row in float32, as stock ``generate`` does."""
        last: dict[str, Any] = {"logits_to_keep": 1} if self._keep_one else {}
        output = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **last,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def _tensor(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor(rows, dtype=torch.long, device=self.model.device)


def _takes_whole_masks(model: Any) -> bool:
    """Return whether a step may be given its mask as the attention takes it, (n_rows, 1, 1, width).

    From a mask of (n_rows, width) ``transformers`` makes none where there is no padding, and then attends on a path
    that takes five times as long on a processor, for one token a row of a model whose heads share keys.
    """
    config = model.config
    return model.device.type == "cpu" and config._attn_implementation == "sdpa" and not row_cache.has_window(config)


def _aligned(masks: Sequence[torch.Tensor]) -> torch.Tensor:
    """Stack masks of different widths, aligned at their ends."""
    width = max(m.shape[1] for m in masks)
    return torch.cat([torch.nn.functional.pad(m, (width - m.shape[1], 0)) for m in masks])
