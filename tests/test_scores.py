"""Score matrices, and the alignment of runs on the same problems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import ComparisonError
from evalsuite.scores import ScoreMatrix, align


def matrix(label: str, scores: dict[str, str], clusters: tuple[str, ...] | None = None) -> ScoreMatrix:
    """Return a matrix from key to completions: ``1`` right, ``0`` wrong, ``c`` cut and wrong, ``-`` not made."""
    rows = list(scores.values())

    def where(signs: str) -> np.ndarray:
        return np.array([[sign in signs for sign in row] for row in rows], dtype=bool).reshape(len(rows), -1)

    ids = tuple(f"id-{key}" for key in scores)
    return ScoreMatrix(label, tuple(scores), ids, where("1"), where("10c"), where("c"), clusters=clusters)


def test_counts_and_means() -> None:
    scores = matrix("a", {"x": "110-", "y": "0---", "z": "----", "w": "c111"})
    assert scores.n_problems == 4
    assert scores.successes.tolist() == [2, 0, 0, 3]
    assert scores.attempts.tolist() == [3, 1, 0, 4]
    np.testing.assert_array_equal(scores.problem_means, [2 / 3, 0.0, np.nan, 0.75])
    assert scores.truncated.sum() == 1


def test_take_and_key_by_id() -> None:
    scores = matrix("a", {"x": "1", "y": "0", "z": "c"}, clusters=("t", "u", "v"))
    taken = scores.take([2, 0])
    assert (taken.keys, taken.problem_ids, taken.clusters) == (("z", "x"), ("id-z", "id-x"), ("v", "t"))
    assert taken.correct.tolist() == [[False], [True]]
    assert taken.truncated.tolist() == [[True], [False]]
    assert scores.by_problem_id().keys == ("id-x", "id-y", "id-z")
    assert scores.take([]).n_problems == 0


def test_matrices_that_contradict_themselves() -> None:
    yes, no = np.ones((2, 1), dtype=bool), np.zeros((2, 1), dtype=bool)
    with pytest.raises(ValueError, match="one shape"):
        ScoreMatrix("a", ("x", "y"), ("x", "y"), yes, yes[:1], no)
    with pytest.raises(ValueError, match="one shape"):
        ScoreMatrix("a", ("x", "y"), ("x", "y"), yes[:, 0], yes[:, 0], no[:, 0])
    with pytest.raises(ValueError, match="need 2 keys and problem_ids, got 1 and 2"):
        ScoreMatrix("a", ("x",), ("x", "y"), yes, yes, no)
    with pytest.raises(ValueError, match="need 2 clusters, got 1"):
        ScoreMatrix("a", ("x", "y"), ("x", "y"), yes, yes, no, clusters=("t",))
    with pytest.raises(ValueError, match="not present cannot be correct"):
        ScoreMatrix("a", ("x", "y"), ("x", "y"), yes, no, no)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.lists(st.booleans(), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_alignment_follows_keys_not_positions(bits: list[bool], random: object) -> None:
    scores = {f"k{i}": "1" if bit else "0" for i, bit in enumerate(bits)}
    shuffled = list(scores.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    base, new = align(matrix("base", scores), matrix("new", dict(shuffled)))
    assert base.keys == new.keys == tuple(scores)
    assert base.problem_ids == new.problem_ids
    np.testing.assert_array_equal(base.correct, new.correct)


def test_a_problem_that_one_run_lacks_is_an_error_that_names_it() -> None:
    base, new = matrix("base", {"x": "1", "y": "0"}), matrix("new", {"y": "1"})
    with pytest.raises(ComparisonError, match="1 of 2 problems of base are not in every run: id-x") as caught:
        align(base, new)
    assert "--only-shared" in str(caught.value)
    with pytest.raises(ComparisonError, match="of base are not"):
        align(new, base)
    kept = align(base, new, only_shared=True)
    assert [run.keys for run in kept] == [("y",), ("y",)]
    assert [run.correct.tolist() for run in kept] == [[[False]], [[True]]]


def test_many_missing_problems_are_cut_to_five() -> None:
    base = matrix("base", {f"k{i}": "1" for i in range(8)})
    with pytest.raises(ComparisonError, match=r"7 of 8 .*id-k1, id-k2, id-k3, id-k4, id-k5, \.\.\.\. Run"):
        align(base, matrix("new", {"k0": "1"}))


def test_three_runs_share_the_intersection() -> None:
    runs = [matrix("a", dict.fromkeys("xyz", "1")), matrix("b", dict.fromkeys("zyw", "1")),
            matrix("c", dict.fromkeys("wzv", "1"))]  # fmt: skip
    assert [run.keys for run in align(*runs, only_shared=True)] == [("z",)] * 3


def test_no_shared_problem() -> None:
    with pytest.raises(ComparisonError, match="share no problem"):
        align(matrix("a", {"x": "1"}), matrix("b", {"y": "1"}), only_shared=True)


def test_duplicates_are_refused_with_an_id() -> None:
    yes = np.ones((3, 1), dtype=bool)
    twice = ScoreMatrix("new", ("x", "y", "x"), ("p", "q", "r"), yes, yes, ~yes)
    with pytest.raises(ComparisonError, match=r"new holds 1 problem\(s\) more than once, such as 'p'"):
        align(matrix("base", {"x": "1", "y": "1"}), twice)


def test_one_run_is_itself() -> None:
    (alone,) = align(matrix("a", {"x": "1", "y": "0"}))
    assert alone.keys == ("x", "y")
