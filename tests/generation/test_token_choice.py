"""The token chosen from a part of the noise is the one that all of the noise chooses."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.generation import token_choice as module
from evalsuite.generation.sampling import BLOCK, sampling_processors
from evalsuite.generation.token_choice import token_choice
from evalsuite.records import PHILOX, Decoding


def by_all_noise(logits: torch.Tensor, decoding: Decoding, seeds: list[int], positions: list[int]) -> list[int]:
    """Choose by noise for every token of the vocabulary, row by row."""
    chosen = []
    for row, (seed, position) in enumerate(zip(seeds, positions, strict=True)):
        ids = torch.zeros(1, 10 + position, dtype=torch.long)
        chosen.append(int(sampling_processors(decoding, [seed], 10)(ids, logits[row : row + 1]).argmax()))
    return chosen


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32), st.sampled_from([2, 63, 64, 65, 1000, 30_000]), st.sampled_from([0.1, 0.7, 1.0, 3.0]),
    st.sampled_from([0.01, 0.5, 0.95, 1.0]), st.sampled_from([0.0, 1e-3, 1.0, 4.0, 30.0]),
)  # fmt: skip
def test_it_is_the_token_of_all_the_noise(
    seed: int, size: int, temperature: float, top_p: float, spread: float
) -> None:
    rng = torch.Generator().manual_seed(seed)
    logits = spread * torch.randn(5, size, generator=rng)
    decoding = Decoding(temperature=temperature, top_p=top_p)
    seeds, positions = [seed, seed + 1, 2**62 + seed, 7, 8], [0, 3, 500, seed % 9, 1]
    assert token_choice(decoding)(logits, seeds, positions).tolist() == by_all_noise(logits, decoding, seeds, positions)


def test_over_a_large_vocabulary_many_times() -> None:
    rng = torch.Generator().manual_seed(1)
    logits = 2.5 * torch.randn(40, 150_000, generator=rng)
    seeds, positions = list(range(40)), [s % 11 for s in range(40)]
    decoding = Decoding(temperature=0.9)
    found = token_choice(decoding)(logits, seeds, positions).tolist()
    assert found == by_all_noise(logits, decoding, seeds, positions)
    likeliest = logits.topk(64, dim=1).indices
    outside = [token not in row for token, row in zip(found, likeliest.tolist(), strict=True)]
    assert 5 < sum(outside) < 40, "winners are found among the likeliest and among the others"


def test_only_tokens_of_blocks_that_can_win_get_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = module.gumbel

    def counted(keys: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        made.append(tokens.numel())
        return real(keys, tokens)

    monkeypatch.setattr(module, "gumbel", counted)
    logits = 2.5 * torch.randn(8, 150_000, generator=torch.Generator().manual_seed(1))
    logits[:, 5_000:5_030] += torch.linspace(20, 10, 30)
    token_choice(Decoding(temperature=0.7))(logits, range(8), [3] * 8)
    assert sum(made) < 8 * 20 * BLOCK


def test_a_stored_run_goes_on_with_the_noise_that_it_began_with() -> None:
    logits = 2.5 * torch.randn(5, 1000, generator=torch.Generator().manual_seed(3))
    for top_p in (0.9, 1.0):
        decoding = Decoding(temperature=0.9, top_p=top_p, noise=PHILOX)
        seeds, positions = [3, 1, 4, 1, 5], [0, 9, 2, 6, 5]
        found = token_choice(decoding)(logits, seeds, positions).tolist()
        assert found == by_all_noise(logits, decoding, seeds, positions)
        assert found != token_choice(Decoding(temperature=0.9, top_p=top_p))(logits, seeds, positions).tolist()


def test_nuclei_of_a_large_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_rows: list[int] = []
    real = module.TopPLogitsWarper

    class Counted(real):
        def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
            sorted_rows.append(len(scores))
            return super().__call__(input_ids, scores)

    monkeypatch.setattr(module, "TopPLogitsWarper", Counted)
    logits = torch.randn(60, 20_000, generator=torch.Generator().manual_seed(2))
    logits[:, 7_000:7_040] += torch.linspace(20, 5, 40)
    logits[:3] /= 10  # no token stands out
    logits[3, 7_000:7_004] = logits[3].max()  # a tie
    seeds, positions = list(range(60)), [s % 5 for s in range(60)]
    for top_p in (0.3, 0.9, 0.95):
        decoding = Decoding(temperature=0.8, top_p=top_p)
        found = token_choice(decoding)(logits, seeds, positions).tolist()
        assert found == by_all_noise(logits, decoding, seeds, positions)
    assert 0 < sum(sorted_rows) < 20, "only rows in doubt are sorted"


def test_ties_and_one_row() -> None:
    logits = torch.zeros(1, 500)
    for decoding in (Decoding(temperature=1.0), Decoding(temperature=1.0, top_p=0.5)):
        assert token_choice(decoding)(logits, [9], [2]).tolist() == by_all_noise(logits, decoding, [9], [2])
    assert token_choice(Decoding(temperature=0.0))(logits + torch.eye(500)[7], [9], [2]).tolist() == [7]
