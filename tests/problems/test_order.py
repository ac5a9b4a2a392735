"""The order of the problems is that of ``datasets`` shuffle and select, and a limit takes a prefix."""

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError
from evalsuite.problems.order import draws, order


@pytest.mark.parametrize("seed", [0, 1, 42, 123, 2**32])
@pytest.mark.parametrize(("n", "limit"), [(1319, 200), (7473, 16), (10, 10), (1, 1)])
def test_is_the_order_of_datasets(seed: int, n: int, limit: int) -> None:
    data = datasets.Dataset.from_dict({"row": list(range(n))})
    expected = data.shuffle(seed=seed).select(range(limit))["row"]
    assert order(n, seed=seed, limit=limit).rows == tuple(expected)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.integers(1, 300), st.integers(0, 2**40), st.data())
def test_a_limit_is_a_prefix_and_the_whole_a_permutation(n: int, seed: int, data: st.DataObject) -> None:
    whole = order(n, seed=seed)
    assert sorted(whole.rows) == list(range(n))
    limit = data.draw(st.integers(1, n))
    shorter = order(n, seed=seed, limit=limit)
    assert shorter.rows == whole.rows[:limit]
    assert shorter.name == whole.name == f"seed:{seed}"


def test_file_order() -> None:
    assert order(5, seed=None).rows == (0, 1, 2, 3, 4)
    assert order(5, seed=None, limit=2).rows == (0, 1)
    assert order(5, seed=None).name == "file"
    assert order(5, seed=None).draws == ()


@pytest.mark.parametrize("limit", [0, -1, 11])
def test_limits_out_of_range(limit: int) -> None:
    message = rf"limit must lie between 1 and the 10 problems of the set, got {limit}"
    with pytest.raises(InputError, match=message):
        order(10, seed=42, limit=limit)
    with pytest.raises(InputError, match=message):
        order(10, seed=None, limit=limit)
    with pytest.raises(InputError, match=message):
        draws(10, seed=42, limit=limit, n_draws=2)


def test_negative_seed_and_too_few_draws() -> None:
    with pytest.raises(InputError, match="seed must not be negative, got -1"):
        order(10, seed=-1)
    with pytest.raises(InputError, match="draws must be at least 1, got 0"):
        draws(10, seed=0, limit=2, n_draws=0)


def test_draws_are_the_orders_of_consecutive_seeds() -> None:
    found = draws(50, seed=42, limit=20, n_draws=4)
    assert [d.seed for d in found.draws] == [42, 43, 44, 45]
    assert [d.rows for d in found.draws] == [order(50, seed=s, limit=20).rows for s in (42, 43, 44, 45)]
    assert found.name == "draws:42:20"


def test_draws_list_every_problem_once_in_order_of_first_appearance() -> None:
    found = draws(50, seed=42, limit=20, n_draws=4)
    everything = [row for d in found.draws for row in d.rows]
    assert set(found.rows) == set(everything)
    assert len(found.rows) == len(set(found.rows)) < len(everything), "the draws overlap"
    assert list(found.rows) == sorted(set(everything), key=everything.index)
    assert found.rows[:20] == found.draws[0].rows


def test_more_draws_extend_the_rows() -> None:
    few, many = draws(50, seed=7, limit=5, n_draws=2), draws(50, seed=7, limit=5, n_draws=9)
    assert many.rows[: len(few.rows)] == few.rows
    assert many.draws[:2] == few.draws
    assert many.name == few.name
