"""The alignment of runs on the same problems: what pairs, what is refused, and what is said of it."""

from collections.abc import Sequence
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import PairingError
from evalsuite.pairing.alignment import Aligned, align
from evalsuite.pairing.match import Known
from evalsuite.pairing.record import PairingRule
from evalsuite.scores import ScoreMatrix
from evalsuite.wording.pairing import pairing_line

SHARED = PairingRule(only_shared=True)
TEN = tuple(f"What is {i} + {i}?" for i in range(10))
GOLDS = tuple(str(2 * i) for i in range(10))
IDS = tuple(map(str, range(10)))


def matrix(label: str, keys: Sequence[str], ids: Sequence[str] | None = None) -> ScoreMatrix:
    """Return scores in which row i is right where i is even."""
    right = (np.arange(len(keys)) % 2 == 0)[:, None]
    names = tuple(f"id-{key}" for key in keys) if ids is None else tuple(ids)
    return ScoreMatrix(label, tuple(keys), names, right, np.ones_like(right), np.zeros_like(right))


def run(
    label: str,
    ids: Sequence[str],
    questions: Sequence[str | None] | None = None,
    golds: Sequence[str | None] | None = None,
) -> tuple[ScoreMatrix, Known]:
    nothing = [None] * len(ids)
    return matrix(label, [f"id:{name}" for name in ids], ids), Known(questions or nothing, golds or nothing)


def paired(*given_runs: tuple[ScoreMatrix, Known], **rule: object) -> Aligned:
    known = [facts for _, facts in given_runs]
    return align(*(scores for scores, _ in given_runs), known=lambda: known, rule=PairingRule(**rule))  # type: ignore[arg-type]


def rows(found: Aligned) -> list[tuple[str, ...]]:
    """Return the ids of each pair."""
    return list(zip(*(scores.problem_ids for scores in found.runs), strict=True))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.permutations(range(12)))
def test_alignment_follows_keys_not_positions(order: list[int]) -> None:
    keys = [f"k{i}" for i in range(12)]
    base = matrix("base", keys)
    found = align(base, base.take(order))
    assert found.runs[0].keys == found.runs[1].keys == tuple(keys)
    np.testing.assert_array_equal(found.runs[0].correct, found.runs[1].correct)


def test_a_problem_that_one_run_lacks_is_an_error_that_names_it() -> None:
    base, new = matrix("base", "xy"), matrix("new", "y")
    with pytest.raises(PairingError, match="1 of 2 problems of base are not in every run: id-x") as caught:
        align(base, new)
    assert "compare only the 1 shared ones with --only-shared" in str(caught.value)
    with pytest.raises(PairingError, match="of base are not"):
        align(new, base)
    kept = align(base, new, rule=SHARED)
    assert [scores.keys for scores in kept.runs] == [("y",), ("y",)]
    assert (kept.pairing.n_pairs, kept.pairing.left_out) == (1, (1, 0))


def test_both_sides_are_listed_with_the_first_few_and_the_count() -> None:
    base, new = matrix("base", [f"k{i}" for i in range(8)]), matrix("new", ["k0", "other"])
    words = r"7 of 8 problems of base .*id-k1, .*, id-k5 and 2 more; 1 of 2 problems of new .*: id-other\."
    with pytest.raises(PairingError, match=words):
        align(base, new)


def test_three_runs_share_the_intersection() -> None:
    runs = [matrix("a", "xyz"), matrix("b", "zyw"), matrix("c", "wzv")]
    assert [scores.keys for scores in align(*runs, rule=SHARED).runs] == [("z",)] * 3


def test_no_shared_problem() -> None:
    with pytest.raises(PairingError, match="share no problem"):
        align(matrix("a", "x"), matrix("b", "y"), rule=SHARED)


def test_one_run_is_itself() -> None:
    assert align(matrix("a", "xy")).runs[0].keys == ("x", "y")


def test_facts_are_not_asked_for_where_content_hashes_settle_the_pairing() -> None:
    def never() -> list[Known]:
        raise AssertionError("asked")

    base, new = matrix("base", "abc"), matrix("new", "cab")
    assert align(base, new, known=never).pairing.questions_checked == 3
    assert align(base, matrix("new", "ca"), known=never, rule=SHARED).pairing.n_pairs == 2


@pytest.mark.parametrize(
    "ids",
    [
        [f"gsm8k_test_{i:05d}" for i in range(10)],
        [f"gsm8k/test/{i}" for i in range(10)],
        [f"{i}.0" for i in range(10)],
        [f" {i} " for i in range(10)],
    ],
)
def test_ids_of_several_programs_pair_and_the_pairing_says_that_nothing_was_checked(ids: list[str]) -> None:
    found = paired(run("base", IDS), run("new", ids[::-1]))
    assert rows(found) == list(zip(IDS, ids, strict=True))
    assert found.pairing.unchecked
    assert "rests on ids alone" in pairing_line(found.pairing)


@pytest.mark.parametrize(
    ("base", "new"),
    [
        (["gsm8k/test/1", "gsm8k/test/2"], ["gsm8k/train/1", "gsm8k/train/2"]),
        (["math/1", "math/2"], ["gsm8k/1", "gsm8k/2"]),
        (["1.5", "2.5"], ["1", "2"]),
        (["a1", "b2"], ["1", "2"]),
    ],
)
def test_ids_of_other_sets_do_not_pair_and_near_misses_are_shown(base: list[str], new: list[str]) -> None:
    with pytest.raises(PairingError, match="share no problem") as caught:
        paired(run("base", base), run("new", new))
    if "/" in base[0]:
        assert f"{base[0]!r} of base and {new[0]!r} of new" in str(caught.value)


def test_the_normal_form_makes_no_two_ids_one() -> None:
    # In the first set 1 and 01 are two problems, so nothing is read as a number.
    with pytest.raises(PairingError, match="share no problem"):
        paired(run("base", ["x1", "x01"]), run("new", ["1", "2"]))


def test_near_misses_are_shown_with_the_ids_of_both_sides() -> None:
    base = run("base", [f"gsm8k-test-{i}" for i in range(5)] + ["sum-a"])
    new = run("new", [f"gsm8k/test/{i}" for i in range(5)] + ["sum-b"])
    with pytest.raises(PairingError, match="'gsm8k-test-0' of base and 'gsm8k/test/0' of new"):
        paired(base, new)


def test_one_set_counted_from_0_and_the_other_from_1_is_not_paired_by_the_shift() -> None:
    one = [str(i + 1) for i in range(10)]
    for options in ({}, {"only_shared": True}):
        with pytest.raises(PairingError, match="base numbers its problems from 0 and new from 1"):
            paired(run("base", IDS), run("new", one), **options)
    assert paired(run("base", IDS), run("new", one), only_shared=True, by="id").pairing.n_pairs == 9


def test_same_id_with_another_question_is_refused_with_the_first_three_of_both_sides() -> None:
    others = [f"How many legs have {i} cows?" for i in range(10)]
    with pytest.raises(PairingError, match="10 of 10 problems with the same id") as caught:
        paired(run("base", IDS, TEN), run("new", IDS, others))
    words = str(caught.value)
    for i in range(3):
        assert f"base '{i}': \"{TEN[i]}\" against new '{i}': \"{others[i]}\"" in words
    assert "and 7 more" in words
    assert "--pair-by content" in words
    assert "--pair-by id" in words
    with pytest.raises(PairingError, match="share no problem"):
        paired(run("base", IDS, TEN), run("new", IDS, others), by="content", only_shared=True)
    asked = paired(run("base", IDS, TEN), run("new", IDS, others), by="id")
    assert asked.pairing.questions_differ == 10
    assert "although 10 questions and 0 gold answers of 10 differ" in pairing_line(asked.pairing)


def test_same_id_with_another_gold_answer_is_refused() -> None:
    with pytest.raises(PairingError, match="have another gold answer: base '1': gold answer 2 against new '1': gold"):
        paired(run("base", IDS, golds=GOLDS), run("new", IDS, golds=["0", "500", *GOLDS[2:]]))


def test_same_question_with_another_gold_answer_is_refused_and_both_ways_out_lead_out() -> None:
    base, new = run("base", IDS, TEN, GOLDS), run("new", list("abcdefghij"), TEN, [*GOLDS[:9], "7"])
    with pytest.raises(PairingError, match=r"1 of 10 problems with the same question .*gold answer 18 .*gold answer 7"):
        paired(base, new)
    by_question = paired(base, new, by="question").pairing
    assert (by_question.n_pairs, by_question.golds_differ) == (10, 1)
    assert paired(base, new, by="content", only_shared=True).pairing.n_pairs == 9


def test_a_gold_answer_may_be_a_number_a_worked_solution_or_text() -> None:
    written = [f"{i} + {i} = <<{i}+{i}={2 * i}>>{2 * i}\n#### {2 * i}" for i in range(10)]
    written[3], written[5] = "6.0", r"\boxed{10}"
    found = paired(run("base", IDS, golds=GOLDS), run("new", IDS, golds=written)).pairing
    assert (found.golds_checked, found.unchecked) == (10, False)
    assert "gold answers of 10 of 10 are equal" in pairing_line(found)
    with pytest.raises(PairingError, match=r'"Blue" .*"green"'):
        paired(run("base", ["a"], golds=["Blue"]), run("new", ["a"], golds=["green"]))


def test_one_side_without_questions_pairs_by_id_after_a_check_of_what_both_know() -> None:
    found = paired(run("base", IDS, TEN, GOLDS), run("new", IDS[::-1], golds=GOLDS[::-1]))
    assert (found.pairing.by, found.pairing.golds_checked, found.pairing.questions_checked) == ("id", 10, 0)
    with pytest.raises(PairingError, match="new does not know them"):
        paired(run("base", IDS, TEN), run("new", IDS), by="content")


def test_questions_without_gold_answers_are_said_to_pair_by_question() -> None:
    found = paired(run("base", IDS, TEN), run("new", IDS, TEN)).pairing
    assert pairing_line(found) == "Paired by question: 10 problems. Not every run knows the gold answers."


def test_other_numbers_for_the_same_questions_pair_by_content() -> None:
    found = paired(run("base", IDS, TEN, GOLDS), run("new", IDS, TEN[::-1], GOLDS[::-1]))
    assert rows(found) == [(str(i), str(9 - i)) for i in range(10)]
    assert (found.pairing.by, found.pairing.questions_checked) == ("content", 10)


def test_a_third_run_is_held_against_whichever_run_knows_the_question() -> None:
    base, first = run("base", IDS), run("first", IDS, TEN)
    with pytest.raises(PairingError, match="in first and second have another question"):
        paired(base, first, run("second", IDS, TEN[::-1]))
    assert paired(base, first, run("second", IDS, TEN)).pairing.unchecked


def test_problems_that_occur_twice_are_paired_by_id_then_in_order_or_left_out() -> None:
    twice = [*TEN[:9], TEN[0]]
    base, new = run("base", IDS, twice), run("new", IDS[::-1], twice[::-1])
    found = paired(base, new)
    assert rows(found) == [(name, name) for name in IDS]
    assert found.pairing.duplicates == (2, 2)
    assert found.pairing.twins == (("0", "9"),)
    assert "'0' = '9'" in pairing_line(found.pairing)
    letters = run("new", list("abcdefghij"), twice)
    assert rows(paired(base, letters)) == list(zip(IDS, "abcdefghij", strict=True))
    dropped = paired(base, letters, drop_duplicates=True)
    assert rows(dropped) == list(zip(IDS[1:9], "bcdefghi", strict=True))
    assert "are left out: 2 of base, 2 of new ('0' = '9')" in pairing_line(dropped.pairing)


def test_a_problem_more_often_in_one_run_is_missing_in_the_other_unless_left_out() -> None:
    base, new = run("base", IDS, [*TEN[:9], TEN[0]]), run("new", IDS[:9], TEN[:9])
    with pytest.raises(PairingError, match="1 of 10 problems of base are not in every run: 9"):
        paired(base, new)
    assert paired(base, new, only_shared=True).pairing.n_pairs == 9
    assert paired(base, new, drop_duplicates=True).pairing.n_pairs == 8


def test_rows_without_a_question_pair_by_id_and_are_counted() -> None:
    found = paired(run("base", IDS, TEN), run("new", IDS, [None, None, *TEN[2:]])).pairing
    assert (found.by, found.n_pairs, found.questions_checked) == ("content", 10, 8)
    assert "2 of them by id alone" in pairing_line(found)


def dressed(text: str, dress: int) -> str:
    return [text, f"  {text}\n", text.replace(" ", "  "), f"Question: {text}\nAnswer:", f"Q: {text} A:"][dress]


@settings(deadline=None, max_examples=150, derandomize=True)
@given(
    n=st.integers(2, 25),
    order=st.randoms(use_true_random=False),
    dresses=st.lists(st.integers(0, 4), min_size=25, max_size=25),
    prefix=st.sampled_from(["", "q", "run2/", "gsm8k_test_", "gsm8k test: "]),
    pad=st.booleans(),
    knows=st.sampled_from([(True, True), (True, False), (False, True), (False, False)]),
)
def test_order_blank_space_prefixes_and_the_names_of_ids_change_no_pair(n, order, dresses, prefix, pad, knows) -> None:  # type: ignore[no-untyped-def]
    questions = [f"What is {i} + {i % 3} apples?" for i in range(n)] if knows[0] else None
    golds = [str(i + i % 3) for i in range(n)] if knows[1] else None
    base = run("base", [str(i) for i in range(n)], questions, golds)
    at = list(range(n))
    order.shuffle(at)
    new = run(
        "new",
        [f"{prefix}{i:05d}" if pad else f"{prefix}{i}" for i in at],
        [dressed(questions[i], dresses[i]) for i in at] if questions else None,
        [f"so\n#### {golds[i]}" for i in at] if golds else None,
    )
    found = paired(base, new)
    assert [int(b.removeprefix(prefix)) for _, b in rows(found)] == list(range(n))
    assert found.runs[1].correct[:, 0].tolist() == [at.index(i) % 2 == 0 for i in range(n)]


@settings(deadline=None, max_examples=150, derandomize=True)
@given(
    n=st.integers(3, 40),
    where=st.tuples(st.integers(0, 39), st.integers(1, 39)),
    swaps=st.sampled_from(["question", "gold"]),
    knows_both=st.booleans(),
    order=st.randoms(use_true_random=False),
)
def test_swapping_question_or_gold_of_two_problems_is_always_refused(n, where, swaps, knows_both, order) -> None:  # type: ignore[no-untyped-def]
    first = where[0] % n
    second = (first + 1 + (where[1] - 1) % (n - 1)) % n
    questions, golds = [f"What is {i} + 1?" for i in range(n)], [str(i + 1) for i in range(n)]
    changed = questions.copy() if swaps == "question" else golds.copy()
    changed[first], changed[second] = changed[second], changed[first]
    other_questions, other_golds = (changed, golds) if swaps == "question" else (questions, changed)
    at = list(range(n))
    order.shuffle(at)
    with_questions, with_golds = knows_both or swaps == "question", knows_both or swaps == "gold"
    base = run(
        "base", [str(i) for i in range(n)], (with_questions and questions) or None, (with_golds and golds) or None
    )
    new = run(
        "new",
        [f"gsm8k/test/{i}" for i in at],
        [other_questions[i] for i in at] if with_questions else None,
        [other_golds[i] for i in at] if with_golds else None,
    )
    for only_shared in (False, True):
        with pytest.raises(PairingError, match=r"2 of .* with the same (id|question)"):
            paired(base, new, only_shared=only_shared)


def test_a_hundred_thousand_problems_are_aligned_in_seconds() -> None:
    n = 100_000
    ids = [f"gsm8k/test/{i}" for i in range(n)]
    questions = [f"Question: {i} farmers have {i} cows each and sell {i % 7} of them. " * 3 for i in range(n)]
    base = run("base", ids, questions, [str(i) for i in range(n)])
    new = run("new", [str(i) for i in range(n)], [q.removeprefix("Question: ") for q in questions], ["1"] * n)
    new = (new[0], Known(new[1].questions, base[1].golds))
    start = process_time()
    assert paired(base, new).pairing.n_pairs == n
    # Takes about half a second where nothing else runs; matching problem by problem would take hours.
    assert process_time() - start < 10
