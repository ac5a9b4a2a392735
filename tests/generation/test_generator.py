"""Seeds, batch identities and stop reasons."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.generation.generator import Request, batch_hash, cut_at_stop, row_seed
from evalsuite.records import StopReason


@pytest.mark.parametrize(
    ("tokens", "kept", "reason"),
    [
        ([2, 0, 0], (2,), StopReason.STOP),  # the end token at once, padded with another token
        ([2, 2, 2], (2,), StopReason.STOP),  # at once, padded with itself
        ([5, 6, 2], (5, 6, 2), StopReason.STOP),  # exactly at the cap
        ([5, 2, 6, 2], (5, 2), StopReason.STOP),
        ([5, 3, 2], (5, 3), StopReason.STOP),  # the second end token of the model
        ([5, 0, 6], (5, 0, 6), StopReason.LENGTH),  # a padding token that the model wrote itself
        ([5, 6, 7], (5, 6, 7), StopReason.LENGTH),
        ([], (), StopReason.LENGTH),
    ],
)
def test_cut_at_stop(tokens: list[int], kept: tuple[int, ...], reason: StopReason) -> None:
    assert cut_at_stop(tokens, frozenset({2, 3})) == (kept, reason)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.lists(st.integers(0, 5)), st.frozensets(st.integers(0, 5), max_size=3))
def test_a_cut_row_holds_one_end_token_at_most_and_only_at_its_end(tokens: list[int], stops: frozenset[int]) -> None:
    kept, reason = cut_at_stop(tokens, stops)
    assert list(kept) == tokens[: len(kept)]
    assert not stops & set(kept[:-1])
    assert (reason is StopReason.STOP) == bool(stops & set(tokens))
    assert reason is StopReason.STOP or list(kept) == tokens


def test_row_seed_is_a_hash_of_its_three_keys() -> None:
    expected = int(hashlib.sha256(b"7/abc/2").hexdigest()[:16], 16) // 2
    assert row_seed(7, "abc", 2) == expected
    seeds = {row_seed(r, p, c) for r in range(20) for p in ("a", "b", "1", "11") for c in range(50)}
    assert len(seeds) == 20 * 4 * 50
    assert row_seed(1, "1", 11) != row_seed(11, "1", 1) != row_seed(1, "11", 1)
    assert all(0 <= s < 2**63 for s in seeds), "must fit a signed 64-bit column"


def test_batch_hash_follows_rows_and_order_only() -> None:
    a, b = Request("a", 0, (1, 2), 5), Request("b", 0, (3,), 6)
    assert batch_hash([a, b]) == batch_hash([Request("a", 0, (), 0), b])
    hashes = [batch_hash(rows) for rows in ([a, b], [b, a], [a], [a, Request("b", 1, (3,), 6)])]
    assert len(set(hashes)) == 4
    assert all(len(h) == 12 for h in hashes)
