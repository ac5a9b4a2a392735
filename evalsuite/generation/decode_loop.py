"""Our own decoding loop: finished rows leave the batch, and waiting ones take their places.

A batch of ``generate`` is as long as its longest row: rows that have ended are run on until the last one has. Here
the rows that go on are selected from the cache as soon as enough have ended. Equal prompts are read once, and so is
what all prompts begin with. A pass makes several tokens of a row whose next ones were guessed (see `guesses`). Every
row sees the tokens, positions and mask that it would see alone, so its text is that of stock ``generate`` but for the
order of sums. Who shares a batch at which step follows from the requests alone: the same requests give the same text.
"""

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import torch

from evalsuite.generation import row_cache
from evalsuite.generation.generator import Progress, Request
from evalsuite.generation.guesses import Guess, Guesses, History
from evalsuite.generation.row_steps import RowSteps
from evalsuite.generation.uneven_attention import NewTokens, can_replace, uneven_attention

__all__ = ["TURNOVER", "DecodeLoop", "Room", "can_decode"]

TURNOVER = 0.15
"""Share of the rows that must have ended before the batch is made anew. Making it anew copies the cache once."""

SHARED = 32
"""Fewest tokens that all prompts must begin with to be read apart."""

PROMPT_POSITIONS = {"cpu": 2048}
"""Most positions that are read at a time, by kind of device. On a processor 128 prompts of GSM8K at once take 1.7
times as long (`tests/generation/pass_costs.py`): what a layer hands to the next leaves the caches, and its memory is
asked for anew each time."""

Choose = Callable[[torch.Tensor, Sequence[int], Sequence[int]], torch.Tensor]
"""From logits (n_rows, n_vocab) as the model gives them, seeds and places in the completions to tokens (n_rows,)."""


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
    history: History = field(default_factory=History)

    @property
    def inputs(self) -> tuple[int, ...]:
        return (*self.request.token_ids, *self.request.generated_ids)

    @property
    def done(self) -> list[int]:
        return [*self.request.generated_ids, *self.new]

    @property
    def longest(self) -> int:
        return len(self.request.token_ids) + self.cap

    @property
    def left(self) -> int:
        """Tokens that it may still become longer by."""
        return 0 if self.ended else self.cap - len(self.request.generated_ids) - len(self.new)


@dataclass(frozen=True, slots=True)
class _Read:
    """Prompts that were read together: the rows that have them, and the cache, mask and last logits of each row."""

    rows: list[_Row]
    cache: Any
    source: list[int]
    mask: torch.Tensor
    logits: torch.Tensor


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
    is_greedy
        Whether it looks at the logits alone, so that it may choose behind every guess at once.
    ends
        Whether the newest of a completion's tokens ends it.
    cap
        Most tokens of a completion, those it has already included.
    """

    def __init__(
        self,
        model: Any,
        *,
        choose: Choose,
        ends: Callable[[Sequence[int]], bool],
        cap: int,
        progress: Progress,
        is_greedy: bool = False,
    ) -> None:
        self.model = model
        self.choose = choose
        self.is_greedy = is_greedy
        self.ends = ends
        self.cap = cap
        self.progress = progress
        self.steps = RowSteps()
        self.rows: list[_Row] = []
        # Of the rows that are decoded now: keys and values, (n_rows, width) what is no padding, the column that is
        # written next, and the newest token.
        self.cache: Any = None
        self.mask: torch.Tensor = torch.empty(0)
        self.ends_at: list[int] = []
        self.last: list[int] = []
        # Tokens that all prompts begin with, and their cache of one row.
        self.shared = 0
        self.shared_cache: Any = None
        self._keeps_some = "logits_to_keep" in inspect.signature(model.forward).parameters
        # A window looks back over a number of columns, and rows that are ahead of others leave some empty.
        self._runs_ahead = can_replace(model.config) and not row_cache.has_window(model.config)
        self.guesses = Guesses()

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
        joining = _fitting(waiting, staying, room)
        read = self._read(joining)
        if not kept and not read:
            self.rows = []
            return waiting
        before, widths = self.mask, [part.mask.shape[1] for part in read]
        width = max([before.shape[1], *widths] if kept else widths)
        parts = [(self.cache, kept)] if kept else []
        masks = [before[kept]] if kept else []
        self.cache = row_cache.stacked(self.model.config, [*parts, *((part.cache, part.source) for part in read)])
        self.mask = _aligned([*masks, *(part.mask[part.source] for part in read)])
        self.ends_at = [self.ends_at[i] + width - before.shape[1] for i in kept] + [width] * len(joining)
        self.last = [self.last[i] for i in kept]
        self.rows = staying
        for part in read:
            self.last += self._first(part)
            self.rows = [*self.rows, *part.rows]
        self._trim()
        return waiting[len(joining) :]

    def _trim(self) -> None:
        """Give back the columns that no row uses."""
        begin, end = int(self.mask.any(0).int().argmax()), max(self.ends_at)
        row_cache.trim(self.cache, begin, end)
        self.mask = self.mask[:, begin:end]
        self.ends_at = [place - begin for place in self.ends_at]

    def _read(self, joining: Sequence[_Row]) -> list[_Read]:
        """Run the prompts, equal ones once and longer ones first, so many at a time as the device likes."""
        most = PROMPT_POSITIONS.get(self.model.device.type, sys.maxsize)
        inputs = sorted(dict.fromkeys(row.inputs for row in joining), key=len, reverse=True)
        read = []
        while inputs:
            n_inputs = max(1, most // (len(inputs[0]) - self.shared))
            some, inputs = inputs[:n_inputs], inputs[n_inputs:]
            cache, mask, logits = self._read_together(some)
            numbers = {tokens: number for number, tokens in enumerate(some)}
            rows = [row for row in joining if row.inputs in numbers]
            source = [numbers[row.inputs] for row in rows]
            read.append(_Read(rows, cache, source, mask, logits[source]))
        return read

    def _read_together(self, inputs: Sequence[tuple[int, ...]]) -> tuple[Any, torch.Tensor, torch.Tensor]:
        """Run different prompts as one batch; return their cache, mask and last logits."""
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
        logits = self._forward(ids, whole, positions, cache)[:, -1]
        self.steps += RowSteps(prompt_read=ids.numel())
        return cache, whole.bool(), logits

    def _first(self, read: _Read) -> list[int]:
        """Give rows whose prompts were read their first tokens; return these."""
        self.steps += RowSteps(prompt_tokens=sum(len(row.inputs) for row in read.rows))
        if self._runs_ahead:
            for row in read.rows:
                row.history = self.guesses.begin(row.inputs)
        self._take(read.rows, self._chosen(read.rows, read.logits))
        return [row.new[-1] for row in read.rows]

    def _step(self) -> None:
        """Make the next token of every row, and those behind it that were guessed right."""
        n_rows = len(self.rows)
        guesses = self._guess()
        # A row that has ended is run on only where all rows must have one token.
        fed = [
            [] if self._runs_ahead and row.ended else [last, *(guess.token for guess in some)]
            for row, last, some in zip(self.rows, self.last, guesses, strict=True)
        ]
        new = NewTokens([len(tokens) for tokens in fed], self.model.device)
        begins = self._tensor(self.ends_at)
        width = max(self.ends_at) + new.n_new
        self.mask = torch.nn.functional.pad(self.mask, (0, width - self.mask.shape[1]))
        columns = torch.arange(width, device=begins.device)
        row_cache.place(self.cache, new.rows, begins[new.rows] + new.places, width)
        active = sum(not row.ended for row in self.rows)
        logits = self._next_logits([token for tokens in fed for token in tokens], new, begins[:, None], columns)
        first_of_row = accumulate(map(len, fed), initial=0)
        made = self._take_guessed(logits, guesses, list(first_of_row))
        ends = begins + self._tensor(made)
        self.mask |= (columns >= begins[:, None]) & (columns < ends[:, None])
        self.ends_at = ends.tolist()
        self.last = [row.new[-1] for row in self.rows]
        self.steps += RowSteps(
            computed=n_rows,
            useful=active,
            passes=1,
            guessed=sum(map(len, guesses)),
            guessed_right=sum(made) - active,
        )

    def _guess(self) -> list[list[Guess]]:
        """Return guesses of what follows the newest token of each row; none for a row that has ended."""
        guesses: list[list[Guess]] = [[] for _ in self.rows]
        if self._runs_ahead:
            going = [i for i, row in enumerate(self.rows) if not row.ended]
            found = self.guesses.make([(self.rows[i].history, self.rows[i].left - 1) for i in going])
            for i, some in zip(going, found, strict=True):
                guesses[i] = some
        return guesses

    def _next_logits(
        self, tokens: Sequence[int], new: NewTokens, begins: torch.Tensor, columns: torch.Tensor
    ) -> torch.Tensor:
        """Run new tokens, written from `begins` (n_rows, 1) on; return what comes after each. (n_tokens, n_vocab)"""
        first = self._tensor([len(row.inputs) + len(row.new) - 1 for row in self.rows])
        ids, positions = self._tensor(tokens), first[new.rows] + new.places
        if not self._runs_ahead:
            return self._forward(ids[:, None], self.mask | (columns == begins), positions[:, None], self.cache)[:, -1]
        # A token sees what its row has, and the new ones up to itself.
        ahead = torch.arange(new.n_new, device=ids.device)[:, None]
        seen = self.mask[:, None] | ((columns >= begins[:, None]) & (columns <= begins[:, None] + ahead))
        new.see(seen)
        with uneven_attention(self.model.config, new):
            return self._forward(ids[None], seen[:, None], positions[None], self.cache, len(new))[0]

    def _take_guessed(
        self, logits: torch.Tensor, guesses: Sequence[Sequence[Guess]], begins: Sequence[int]
    ) -> list[int]:
        """Give every row its next token, and the one behind it while that was guessed right; return how many each.

        Parameters
        ----------
        logits
            What comes after each new token, row by row; those of a row from its place in `begins` on.
        """
        made = [0] * len(self.rows)
        going = [i for i, row in enumerate(self.rows) if not row.ended]
        ahead = self.choose(logits, (), ()).tolist() if self.is_greedy else None
        while going:
            place = made[going[0]]
            rows, after = [self.rows[i] for i in going], [begins[i] + place for i in going]
            self._take(rows, self._chosen(rows, logits[after]) if ahead is None else [ahead[i] for i in after])
            for i in going:
                made[i] += 1
            going = [i for i in going if self._goes_on(self.rows[i], guesses[i][place : place + 1])]
        for row, some, n_made in zip(self.rows, guesses, made, strict=True):
            n_right = sum(guess.token == token for guess, token in zip(some, row.new[-n_made:], strict=False))
            self.guesses.count(some, n_right)
        return made

    def _goes_on(self, row: _Row, guess: Sequence[Guess]) -> bool:
        return not row.ended and bool(guess) and guess[0].token == row.new[-1]

    def _chosen(self, rows: Sequence[_Row], logits: torch.Tensor) -> list[int]:
        tokens: list[int] = self.choose(logits, [r.request.seed for r in rows], [len(r.done) for r in rows]).tolist()
        return tokens

    def _take(self, rows: Sequence[_Row], tokens: Sequence[int]) -> None:
        """Give every row its next token."""
        for row, token in zip(rows, tokens, strict=True):
            row.new.append(token)
            done = row.done
            row.ended = len(done) >= self.cap or self.ends(done)
            if self._runs_ahead:
                self.guesses.add(row.history, [token])
        self.progress(len(rows))

    def _forward(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: Any, n_last: int = 1
    ) -> torch.Tensor:
        """Run the model and return the last logits of every row. (n_rows, n_last, n_vocab)"""
        last: dict[str, Any] = {"logits_to_keep": n_last} if self._keeps_some else {}
        output = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **last,
        )
        logits: torch.Tensor = output.logits[:, -n_last:]
        return logits

    def _tensor(self, numbers: Sequence[int] | Sequence[Sequence[int]]) -> torch.Tensor:
        return torch.tensor(numbers, dtype=torch.long, device=self.model.device)


def _fitting(waiting: Sequence[_Row], staying: Sequence[_Row], room: Room) -> list[_Row]:
    """Return the first of the waiting rows, as many as there is room for; one if there is nobody else."""
    joining: list[_Row] = []
    longest = max((row.longest for row in staying), default=0)
    for row in waiting:
        n_rows = len(staying) + len(joining) + 1
        longest = max(longest, row.longest)
        if n_rows > 1 and (n_rows > room.rows or n_rows * longest > room.tokens):
            break
        joining.append(row)
    return joining


def _aligned(masks: Sequence[torch.Tensor]) -> torch.Tensor:
    """Stack masks of different widths, aligned at their ends."""
    width = max(m.shape[1] for m in masks)
    return torch.cat([torch.nn.functional.pad(m, (width - m.shape[1], 0)) for m in masks])
