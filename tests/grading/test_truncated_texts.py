"""Cutting stored tokens and grading again, and the loop detector."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from evalsuite.grading.graders import ALL_GRADERS, GRADERS
from evalsuite.grading.loops import Loop, repeating_tail
from evalsuite.grading.truncated_texts import OUTCOMES, StoredText, default_limits, regrade_at_limits


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A tokenizer whose tokens are bytes: what a cut leaves is known from the bytes alone."""
    made = Tokenizer(models.BPE({c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, []))
    made.add_special_tokens(["<|end|>"])
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    return made


def stored(tokenizer: Tokenizer, text: str, gold: int) -> StoredText:
    ids = (*tokenizer.encode(text).ids, tokenizer.token_to_id("<|end|>"))
    return StoredText(ids, text, Fraction(gold), f"#### {gold}")


def test_a_cut_answer_is_graded_and_not_called_wrong(tokenizer: Tokenizer) -> None:
    text = r"4 + 5 = 9, so \boxed{9}. Or was it 12?"
    limits = list(range(1, len(text) + 3))
    verdicts = regrade_at_limits(tokenizer.to_str(), [stored(tokenizer, text, 9)], limits, GRADERS)[0]
    names = [g.name for g in GRADERS]
    boxed = [OUTCOMES[v] for v in verdicts[:, names.index("boxed")]]
    closed = text.index("}") + 1
    # The box closes before the end: right from there on, cut or not.
    assert boxed == ["no_answer"] * (closed - 1) + ["correct"] * (len(limits) - closed + 1)
    last = [OUTCOMES[v] for v in verdicts[:, names.index("last_number")]]
    # The grader of the last number gives credit to a cut right after the 9, and takes it back at the 12.
    assert last[text.index("9")] == "correct"
    assert last[0] == "incorrect"
    assert last[-1] == "incorrect"


def test_every_verdict_is_that_of_the_cut_text_however_many_processes_share_the_work(tokenizer: Tokenizer) -> None:
    texts = [rf"{k} times {k} is {k * k}. Then \boxed{{{k * k}}} or {k}" for k in range(150)]
    completions = [stored(tokenizer, text, k * k) for k, text in enumerate(texts)]
    limits = (3, 14, 25, 500)
    alone = regrade_at_limits(tokenizer.to_str(), completions, limits, ALL_GRADERS, n_processes=1)
    shared = regrade_at_limits(tokenizer.to_str(), completions, limits, ALL_GRADERS, n_processes=2)
    assert np.array_equal(alone, shared)
    for k in (0, 7, 149):
        for c, limit in enumerate(limits):
            for g, grader in enumerate(ALL_GRADERS):
                expected = grader.grade(texts[k][:limit], Fraction(k * k), f"#### {k * k}").outcome
                assert OUTCOMES[alone[k, c, g]] == expected


def test_caps_are_checked(tokenizer: Tokenizer) -> None:
    for limits in ((), (0, 3), (5, 3), (3, 3)):
        with pytest.raises(ValueError, match="ascending limits"):
            regrade_at_limits(tokenizer.to_str(), [], limits, GRADERS)
    assert regrade_at_limits(tokenizer.to_str(), [], (1, 2), GRADERS).shape == (0, 2, 4)
    assert len(default_limits(1000)) == 40
    assert default_limits(1000)[-1] == 1000
    assert default_limits(7) == (1, 2, 3, 4, 5, 6, 7)
    with pytest.raises(ValueError, match="largest=0"):
        default_limits(0)


def by_search(tokens: list[int], max_period: int, min_repeats: int, min_tokens: int) -> Loop | None:
    """Compare every token with the one a period before, from the end."""
    for period in range(1, min(max_period, len(tokens) - 1) + 1):
        n = period
        while n < len(tokens) and tokens[-1 - n] == tokens[-1 - n + period]:
            n += 1
        if n >= min_repeats * period and n >= min_tokens:
            return Loop(period, n)
    return None


@given(
    st.lists(st.integers(0, 2), max_size=12),
    st.lists(st.integers(0, 2), min_size=1, max_size=5),
    st.integers(1, 8),
    st.integers(2, 4),
    st.integers(1, 12),
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_loops_are_those_that_a_search_finds(
    head: list[int], period: list[int], times: int, min_repeats: int, min_tokens: int
) -> None:
    tokens = head + period * times
    limits = {"max_period": 6, "min_repeats": min_repeats, "min_tokens": min_tokens}
    assert repeating_tail(tokens, **limits) == by_search(tokens, **limits)


def test_planted_loops_are_found_and_lists_are_not() -> None:
    prose = list(range(1000, 1200))
    assert repeating_tail(prose + [5] * 40) == Loop(1, 40)
    # A loop that the token limit truncateds in the middle of a turn.
    assert repeating_tail(prose + [5, 6, 7, 8, 9, 10, 11] * 6 + [5, 6]) == Loop(7, 44)
    assert repeating_tail(prose + list(range(100)) * 3) == Loop(100, 300)
    assert repeating_tail(prose + list(range(101)) * 3) is None
    assert repeating_tail(prose + list(range(60)) * 2) is None
    assert repeating_tail(prose + [5] * 29) is None
    assert repeating_tail([]) is None
    with pytest.raises(ValueError, match="min_repeats >= 2"):
        repeating_tail([1], min_repeats=1)
