"""The batch plan: every row once, within the limits, and a function of the whole plan alone."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError
from evalsuite.generation.batching import plan_batches
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
