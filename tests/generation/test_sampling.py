"""The noise of a row: standard Gumbel, its own, and the right distribution of tokens."""

import numpy as np
import torch
from scipy import stats

from evalsuite.generation.sampling import RowGumbel, gumbel, sampling_processors
from evalsuite.records import Decoding


def test_noise_is_standard_gumbel() -> None:
    noise = np.concatenate([gumbel(seed, position, 1000) for seed in (1, 2**62) for position in range(10)])
    assert stats.kstest(noise, stats.gumbel_r.cdf).pvalue > 1e-3
    assert np.isfinite(noise).all()


def test_noise_is_a_function_of_seed_and_position() -> None:
    np.testing.assert_array_equal(gumbel(3, 5, 40), gumbel(3, 5, 40))
    np.testing.assert_array_equal(gumbel(3, 5, 40)[:20], gumbel(3, 5, 20))
    rows = np.array([gumbel(seed, position, 5000) for seed in (3, 4) for position in (0, 1, 2)])
    correlation = np.corrcoef(rows)[np.triu_indices(6, 1)]
    assert np.abs(correlation).max() < 5 / 5000**0.5, "rows and positions are independent"


def test_neighbouring_positions_share_no_numbers() -> None:
    # Counters that only shift by the position would give one sequence, moved.
    first, second = gumbel(9, 0, 150_000), gumbel(9, 1, 150_000)
    assert not np.intersect1d(first, second).size


def test_rows_get_their_own_noise_whatever_the_batch() -> None:
    scores = torch.randn(3, 50, generator=torch.Generator().manual_seed(1))
    ids = torch.zeros(3, 12, dtype=torch.long)
    together = RowGumbel([7, 8, 9], prompt_width=10)(ids, scores)
    alone = RowGumbel([8], prompt_width=4)(torch.zeros(1, 6, dtype=torch.long), scores[1:2])
    assert together.dtype == torch.float64
    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=0)
    np.testing.assert_array_equal((together - scores.double())[0].numpy().round(9), gumbel(7, 2, 50).round(9))


def test_the_largest_is_an_exact_draw_from_the_softmax() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0, -float("inf")]])
    ids = torch.zeros(1, 5, dtype=torch.long)
    chosen = [int(RowGumbel([seed], 5)(ids, logits).argmax()) for seed in range(4000)]
    counts = np.bincount(chosen, minlength=5)
    expected = torch.softmax(logits[0].double(), 0).numpy() * 4000
    assert counts[4] == 0
    assert stats.chisquare(counts[:4], expected[:4]).pvalue > 1e-3


def test_greedy_has_no_processors_and_top_p_comes_before_the_noise() -> None:
    assert len(sampling_processors(Decoding(temperature=0.0, top_p=0.5), [1], 3)) == 0
    assert [type(p).__name__ for p in sampling_processors(Decoding(temperature=1.0), [1], 3)] == [
        "TemperatureLogitsWarper",
        "RowGumbel",
    ]
    assert [type(p).__name__ for p in sampling_processors(Decoding(temperature=0.5, top_p=0.9), [1], 3)] == [
        "TemperatureLogitsWarper",
        "TopPLogitsWarper",
        "RowGumbel",
    ]
