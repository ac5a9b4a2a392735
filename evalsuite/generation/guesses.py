"""Guesses of the next tokens, looked up in what was written before, so that one pass of the model makes several tokens.

A solution copies the numbers of its question and the phrases of its neighbours, and one that has begun to loop repeats
itself until the token limit. What followed the same tokens before is therefore often what comes now. The model runs
over a few such guesses together with the newest token, for hardly more than the newest token alone costs, and a guess
is kept where it is the token that would have been chosen there anyway: the text is that of decoding without guesses.
(Speculative decoding, Leviathan et al. 2023, arXiv:2211.17192, with the text itself as the draft model.)

How many are tried in a pass follows from how often guesses of their kind were right so far, and from fixed costs:
never from the clock, so that the same requests share the same passes every time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Guess", "Guesses", "History"]

CONTEXTS = (8, 4, 2, 1)
"""Tokens that must be the same for what followed them to be a guess; the most telling first."""
WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16)
"""Tokens a row that a pass may run over: the newest, and guesses."""
MOST_POSITIONS = 512
"""Most tokens of all rows that a pass with guesses runs over; larger batches keep the machine busy by themselves."""
TILE = 16
"""Tokens that the matrix unit of a processor takes at a time: what fills the last tile costs next to nothing, and
products of few different heights need few programs, each of which oneDNN takes milliseconds to make."""
PROMPT_TAIL = 256
"""Tokens at the end of a prompt that are looked up in."""
PASS_COST, ROW_COST = 70.0, 3.0
"""Of a pass, and of a row in it, in guesses: SmolLM2-135M on two cores (`tests/generation/pass_costs.py`)."""
PRIOR_RIGHT, PRIOR_TRIED = 1, 2
"""Guesses of a kind that count as seen before the first is."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A token that may come next.

    Attributes
    ----------
    own
        Whether the row itself wrote it, or another one.
    context
        Tokens before it that were the same.
    """

    token: int
    own: bool
    context: int

    @property
    def kind(self) -> tuple[bool, int]:
        """What its chance is counted by."""
        return self.own, self.context


@dataclass(slots=True)
class History:
    """Tokens of one row, and what followed which of them."""

    tokens: list[int] = field(default_factory=list)
    followers: dict[int, int] = field(default_factory=dict)


class Guesses:
    """What the rows of one call wrote, and how often guesses from it were right."""

    def __init__(self) -> None:
        self._followers: dict[int, int] = {}
        self._counts: dict[tuple[bool, int], tuple[int, int]] = {}

    def begin(self, prompt: Sequence[int]) -> History:
        """Return the history of a row that has written nothing yet."""
        history = History()
        self.add(history, prompt[-PROMPT_TAIL:])
        return history

    def add(self, history: History, tokens: Sequence[int]) -> None:
        """Take note of new tokens of a row."""
        for token in tokens:
            for key in _keys(history.tokens).values():
                history.followers[key] = self._followers[key] = token
            history.tokens.append(token)

    def make(self, rows: Sequence[tuple[History, int]]) -> list[list[Guess]]:
        """Return the guesses that are worth their cost: as many as `WIDTHS` allow, fewer where nothing is known.

        Parameters
        ----------
        rows
            History of each row, and most guesses it has use for.
        """
        n_rows = len(rows)
        widths = [width for width in WIDTHS if width == 1 or n_rows * width <= MOST_POSITIONS]
        chains = [self._chain(history, min(most, widths[-1] - 1)) for history, most in rows]
        # Expected number of guesses that are right, by how many a row are tried.
        gains = [0.0] * widths[-1]
        for chain in chains:
            chance = 1.0
            for place, guess in enumerate(chain, start=1):
                chance *= self._chance(guess)
                gains[place] += chance
        width = max(
            widths, key=lambda w: (n_rows + sum(gains[:w])) / (PASS_COST + ROW_COST * n_rows + n_rows * (w - 1))
        )
        return self._filled(chains, width - 1)

    def _filled(self, chains: Sequence[list[Guess]], n_guesses: int) -> list[list[Guess]]:
        """Return so many guesses of each chain, and the likeliest that follow up to a whole number of tiles."""
        kept = [chain[:n_guesses] for chain in chains]
        free = -(len(kept) + sum(map(len, kept))) % TILE
        more = []
        for row, chain in enumerate(chains):
            chance = math.prod(map(self._chance, kept[row]))
            for guess in chain[n_guesses : n_guesses + free]:
                chance *= self._chance(guess)
                more.append((-chance, row))
        # The chances of a chain fall, or stay: sorted, no guess comes before the one that it follows.
        for _, row in sorted(more)[:free]:
            kept[row].append(chains[row][len(kept[row])])
        return kept

    def count(self, guesses: Sequence[Guess], n_right: int) -> None:
        """Take note of how many of a row's guesses were right, from the first on; what follows them is unknown."""
        for place, guess in enumerate(guesses[: n_right + 1]):
            right, tried = self._counts.get(guess.kind, (PRIOR_RIGHT, PRIOR_TRIED))
            self._counts[guess.kind] = (right + (place < n_right), tried + 1)

    def _chain(self, history: History, most: int) -> list[Guess]:
        """Return guesses, each as if those before it were right."""
        tail = history.tokens[-max(CONTEXTS) :]
        chain: list[Guess] = []
        while len(chain) < most:
            guess = self._next(history, tail)
            if guess is None:
                break
            chain.append(guess)
            tail = [*tail[1 - max(CONTEXTS) :], guess.token]
        return chain

    def _next(self, history: History, tail: Sequence[int]) -> Guess | None:
        keys = _keys(tail)
        for own, followers in ((True, history.followers), (False, self._followers)):
            for context, key in keys.items():
                token = followers.get(key)
                if token is not None:
                    return Guess(token, own, context)
        return None

    def _chance(self, guess: Guess) -> float:
        right, tried = self._counts.get(guess.kind, (PRIOR_RIGHT, PRIOR_TRIED))
        return right / tried


def _keys(tokens: Sequence[int]) -> dict[int, int]:
    """Return a number for the last tokens by how many they are. Two contexts of one number cost a wrong guess."""
    return {n: hash(tuple(tokens[-n:])) for n in CONTEXTS if len(tokens) >= n}
