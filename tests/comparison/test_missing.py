"""What missing results leave open: against brute force over everything that they may have been."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.comparison.missing import missing_bounds, share_bounds
from evalsuite.comparison.pair import adjust_family, compare_pair
from evalsuite.scores import ScoreMatrix
from evalsuite.wording.missing import depends

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


def test_a_verdict_that_only_the_family_keeps_open_does_not_depend_on_what_is_missing() -> None:
    """6 wins to none are p = .031 alone and .062 of two; the missing result changes neither."""
    base, wins = [False] * 29 + [None], [True] * 6 + [False] * 24
    runs = [matrix("base", base), matrix("new", wins), matrix("copy", [False] * 30)]
    answered = [run.take(range(29)) for run in runs]
    family = adjust_family([compare_pair(answered[0], new) for new in answered[1:]])
    assert family[0].verdict.kind == "unresolved"
    bounds = missing_bounds(*runs[:2], beside=family[1:])
    assert bounds is not None
    assert bounds.other_verdicts(family[0].verdict) == ()
    alone = missing_bounds(*runs[:2])
    assert alone is not None
    assert alone.other_verdicts(compare_pair(*answered[:2]).verdict)


def test_a_claim_that_depends_on_what_is_missing_is_another_verdict() -> None:
    """Nothing is resolved either way; that the new run is no worse holds only if what is missing was no loss."""
    base, new = [False] * 12 + [True] * 8 + [False] * 180, [True] * 12 + [False] * 188
    runs = matrix("base", base + [True] * 8), matrix("new", new + [None] * 8)
    found = compare_pair(*(run.take(range(200)) for run in runs), margin=0.04)
    assert (found.verdict.kind, found.verdict.claims) == ("unresolved", ("no worse",))
    bounds = missing_bounds(*runs, margin=0.04)
    assert bounds is not None
    assert {v.kind for v in bounds.verdicts} == {"unresolved"}
    [other] = bounds.other_verdicts(found.verdict)
    assert other.claims == ()
    assert depends(bounds, found.verdict).endswith("(unresolved, no worse than −4 pp) depends on results "
                                                   "that are missing: it could also be unresolved.")  # fmt: skip


def test_what_is_missing_is_asked_about_the_same_accuracy() -> None:
    """The base's truncated completions may all have been right, whatever the one that is missing was."""
    base, new = matrix("base", [False] * 29 + [None]), matrix("new", [True] * 9 + [False] * 21)
    cut = np.arange(30)[:, None] < 9
    base = replace(base, truncated=cut)
    found = compare_pair(*(run.take(range(29)) for run in (base, new)), without_cap=True)
    assert found.verdict.kind == "not identified"
    bounds = missing_bounds(base, new, without_cap=True)
    assert bounds is not None
    assert bounds.other_verdicts(found.verdict) == ()
    assert {v.kind for v in missing_bounds(base, new).verdicts} == {"resolved gain"}


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
