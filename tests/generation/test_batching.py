"""The batch plan: every row once, within the limits, and a function of the whole plan alone."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError
from evalsuite.generation.batching import WINDOW_BATCHES, plan_batches
from evalsuite.generation.generator import Request

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=40)


def requests(lengths: list[int], n_completions: int = 1) -> list[Request]:
    return [Request(f"p{i}", c, (1,) * n, 0) for i, n in enumerate(lengths) for c in range(n_completions)]


@settings(deadline=None, max_examples=60, derandomize=True)
@given(LENGTHS, st.integers(1, 3), st.integers(1, 30), st.integers(1, 12), st.integers(1, 400), st.randoms())
def test_plan(lengths: list[int], n_completions: int, cap: int, size: int, tokens: int, random: Any) -> None:
    rows = requests(lengths, n_completions)
    batches = plan_batches(rows, max_new_tokens=cap, batch_size=size, batch_tokens=tokens)
    flat = [row for batch in batches for row in batch]
    assert sorted(flat, key=id) == sorted(rows, key=id), "every row once"
    widths = [len(row.token_ids) for row in flat]
    assert widths == sorted(widths, reverse=True), "longest first"
    for batch in batches:
        assert len(batch) <= size
        cost = len(batch) * (max(len(row.token_ids) for row in batch) + cap)
        assert cost <= tokens or len(batch) == 1
    for batch, following in pairwise(batches):
        width = len(batch[0].token_ids) + cap
        assert len(batch) == size or (len(batch) + 1) * width > tokens, f"{following[0]} would have fitted"
    shuffled = random.sample(rows, len(rows))
    assert plan_batches(shuffled, max_new_tokens=cap, batch_size=size, batch_tokens=tokens) == batches


def test_no_rows_no_batches() -> None:
    assert plan_batches([], max_new_tokens=1, batch_size=1, batch_tokens=1) == []


@pytest.mark.parametrize(("size", "tokens"), [(0, 10), (10, 0), (-1, 10)])
def test_limits_below_one(size: int, tokens: int) -> None:
    with pytest.raises(InputError, match=f"must be at least 1, got {size} and {tokens}"):
        plan_batches(requests([3]), max_new_tokens=1, batch_size=size, batch_tokens=tokens)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(LENGTHS, st.integers(1, 3), st.integers(1, 12), st.integers(20, 400), st.integers(1, 50), st.integers(0, 20))
def test_what_is_made_is_a_beginning_of_the_order_but_for_one_window(
    lengths: list[int], n_completions: int, size: int, tokens: int, window: int, more: int
) -> None:
    rows = requests(lengths, n_completions)
    limits = {"max_new_tokens": 5, "batch_size": size, "batch_tokens": tokens}
    batches = plan_batches(rows, **limits, window=window)
    place = {id(row): i for i, row in enumerate(rows)}
    done: set[int] = set()
    for batch in batches:
        assert len({place[id(row)] // window for row in batch}) == 1, "a batch of two windows"
        done |= {place[id(row)] for row in batch}
        whole = len(done) // window * window
        assert done >= set(range(whole))
        assert max(done) < whole + window
    assert done == set(range(len(rows)))
    # A larger plan leaves the windows that were whole as they were.
    longer = plan_batches([*rows, *(Request(f"q{i}", 0, (1,) * 7, 0) for i in range(more))], **limits, window=window)
    whole = len(rows) // window * window
    n_same = sum(place[id(batch[0])] < whole for batch in batches)
    assert longer[:n_same] == batches[:n_same]


def test_the_first_quarter_of_a_run_has_the_steps_of_the_whole() -> None:
    """Calculation steps go with the length of the question, as they do in GSM8K."""
    rng = np.random.default_rng(5)
    steps = rng.integers(1, 8, size=1319)
    rows = [Request(f"p{i}", 0, (1,) * int(40 + 12 * s + rng.integers(40)), 0) for i, s in enumerate(steps)]
    steps_of = dict(zip((r.problem_id for r in rows), steps, strict=True))

    def first_quarter(window: int | None) -> float:
        batches = plan_batches(rows, max_new_tokens=300, batch_size=128, batch_tokens=65_536, window=window)
        flat = [steps_of[row.problem_id] for batch in batches for row in batch]
        return float(np.mean(flat[: len(flat) // 4]) - steps.mean())

    assert first_quarter(None) > 2
    # The standard error of the mean of 330 problems is 0.11.
    assert abs(first_quarter(WINDOW_BATCHES * 128)) < 0.33
