"""Guesses come from what was written, follow from it alone, and are as many as pay."""

from hypothesis import given
from hypothesis import strategies as st

from evalsuite.generation.guesses import MOST_POSITIONS, TILE, WIDTHS, Guess, Guesses, History

LOOP = [5, 6, 7, 8] * 6


def written(guesses: Guesses, tokens: list[int]) -> History:
    history = guesses.begin(tokens[:1])
    guesses.add(history, tokens[1:])
    return history


def test_a_loop_is_guessed_on() -> None:
    guesses = Guesses()
    [chain] = guesses.make([(written(guesses, LOOP), 50)])
    assert [g.token for g in chain] == ([5, 6, 7, 8] * 4)[: len(chain)]
    assert {g.kind for g in chain} == {(True, 8)}


def test_what_a_row_wrote_comes_before_what_others_wrote() -> None:
    guesses = Guesses()
    one = written(guesses, [1, 2, 3, 4, 1, 2])
    other = written(guesses, [9, 1, 2, 7, 1, 2])
    fresh = written(guesses, [30, 1, 2])
    chains = guesses.make([(one, 1), (other, 1), (fresh, 1)])
    assert [[g.token for g in chain] for chain in chains] == [[3], [7], [7]], "of others, the newest"
    assert [chain[0].own for chain in chains] == [True, True, False]


def test_nothing_known_is_nothing_guessed() -> None:
    guesses = Guesses()
    assert guesses.make([(written(guesses, [1, 2, 3]), 9)]) == [[]]


def test_guesses_that_fail_are_made_no_more_and_good_ones_grow() -> None:
    bad, good = Guesses(), Guesses()
    rows = [(written(bad, LOOP), 50), (written(bad, LOOP), 50)]
    for _ in range(40):
        for chain in bad.make(rows):
            bad.count(chain, 0)
    assert sum(1 + len(chain) for chain in bad.make(rows)) == TILE, "no more than what costs nothing"
    rows = [(written(good, LOOP), 50), (written(good, LOOP), 50)]
    for _ in range(40):
        for chain in good.make(rows):
            good.count(chain, len(chain))
    assert [len(chain) for chain in good.make(rows)] == [WIDTHS[-1] - 1] * 2


@given(
    texts=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=60), min_size=1, max_size=40),
    most=st.integers(0, 20),
)
def test_no_more_than_there_is_use_or_room_for(texts: list[list[int]], most: int) -> None:
    guesses = Guesses()
    rows = [(written(guesses, text), most) for text in texts]
    chains = guesses.make(rows)
    assert all(len(chain) <= most for chain in chains)
    n_tokens = sum(1 + len(chain) for chain in chains)
    assert n_tokens <= MOST_POSITIONS
    assert guesses.make(rows) == chains, "and the same again"
    for text, chain in zip(texts, chains, strict=True):
        for guess in chain[:1]:
            assert any(guess.token == token for other in texts for token in other)
            assert len(text) >= guess.context


@given(n_rows=st.integers(1, 60), bad=st.booleans())
def test_guesses_fill_the_last_tile(n_rows: int, bad: bool) -> None:
    guesses = Guesses()
    rows = [(written(guesses, [*LOOP, *LOOP[: n % 4]]), 50) for n in range(n_rows)]
    for _ in range(20 * bad):
        for chain in guesses.make(rows):
            guesses.count(chain, 0)
    assert sum(1 + len(chain) for chain in guesses.make(rows)) % TILE == 0


def test_a_large_batch_is_not_guessed_for() -> None:
    guesses = Guesses()
    rows = [(written(guesses, LOOP), 50)] * (MOST_POSITIONS // 2 + 1)
    assert not any(guesses.make(rows))


def test_what_follows_a_wrong_guess_says_nothing() -> None:
    guesses = Guesses()
    first = Guess(1, own=False, context=1)
    for _ in range(40):
        guesses.count([first, *[Guess(5, own=True, context=8)] * 3], 0)
    [chain] = guesses.make([(written(guesses, LOOP), 50)])
    assert len(chain) > 3
