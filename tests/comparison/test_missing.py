"""What missing results leave open: against brute force over everything that they may have been."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.comparison.missing import missing_bounds, share_bounds
from evalsuite.comparison.pair import compare_pair
from evalsuite.scores import ScoreMatrix

CELL = st.sampled_from([True, False, None])


def matrix(label: str, cells: list[bool | None]) -> ScoreMatrix:
    """Return scores of one completion per problem; None is missing."""
    names = tuple(map(str, range(len(cells))))
    right = np.array([[bool(cell)] for cell in cells])
    missing = np.array([[cell is None] for cell in cells])
    return ScoreMatrix(label, names, names, right, ~missing, np.zeros_like(right), missing=missing)


def fillings(cells: list[bool | None]) -> list[list[bool]]:
    """Return every way in which what is missing may have come out."""
    return [list(one) for one in product(*([cell] if cell is not None else [True, False] for cell in cells))]


@settings(deadline=None, max_examples=25, derandomize=True)
@given(cells=st.lists(st.tuples(CELL, CELL), min_size=2, max_size=5).filter(lambda c: any(None in pair for pair in c)))
def test_no_filling_lies_outside_the_bounds_and_both_are_reached(cells: list[tuple[bool | None, bool | None]]) -> None:
    base, new = [pair[0] for pair in cells], [pair[1] for pair in cells]
    bounds = missing_bounds(matrix("base", base), matrix("new", new))
    assert bounds is not None
    found = [
        compare_pair(matrix("base", [*one]), matrix("new", [*other])).difference.value
        for one in fillings(base)
        for other in fillings(new)
    ]
    assert (bounds.lowest, bounds.highest) == pytest.approx((min(found), max(found)))
    shares = [sum(one) / len(one) for one in fillings(new)]
    assert share_bounds(matrix("new", new)) == pytest.approx((min(shares), max(shares)))
    assert (bounds.n_base, bounds.n_new) == (base.count(None), new.count(None))


def test_nothing_missing_leaves_nothing_open() -> None:
    names = ("a",)
    one = np.array([[True]])
    run = ScoreMatrix("run", names, names, one, one, ~one)
    assert missing_bounds(run, run) is None


def test_what_is_missing_cannot_be_present() -> None:
    names = ("a",)
    one = np.array([[True]])
    with pytest.raises(ValueError, match="what is missing cannot be present"):
        ScoreMatrix("run", names, names, one, one, ~one, missing=one)
