"""The noise of a row: standard Gumbel, its own, and the right distribution of tokens."""

import numpy as np
import pytest
import torch
from scipy import stats

from evalsuite.generation.sampling import (
    BLOCK,
    RowGumbel,
    gumbel,
    least_exponential,
    philox_gumbel,
    row_keys,
    sampling_processors,
)
from evalsuite.records import HASHED, PHILOX, Decoding

VALUES = [0.6388673754441154, 0.045901059363312534, 2.5949886567038853, 4.9562507383801275, 0.1537168445931279]
PHILOX_VALUES = [-0.33903600992754307, 0.08883537072323837, -0.5985007625191231]


def noise(seed: int, position: int, size: int) -> np.ndarray:
    return gumbel(row_keys([seed], [position]), torch.arange(size)[None])[0].numpy()


def test_noise_is_standard_gumbel() -> None:
    rows = [noise(seed, position, 1000) for seed in (1, 2**62) for position in range(10)]
    assert stats.kstest(np.concatenate(rows), stats.gumbel_r.cdf).pvalue > 1e-3
    assert np.isfinite(rows).all()
    rows = [philox_gumbel(seed, 3, 1000).numpy() for seed in range(10)]
    assert stats.kstest(np.concatenate(rows), stats.gumbel_r.cdf).pvalue > 1e-3


def test_numbers_of_a_block_are_independent_exponential_ones() -> None:
    keys = row_keys(range(4000), [5] * 4000)
    numbers = np.exp(-gumbel(keys, torch.arange(BLOCK)[None]).numpy())
    # Sums, spacings and places are what blocks made in another way would get wrong.
    assert stats.kstest(numbers.sum(1), stats.gamma(BLOCK).cdf).pvalue > 1e-3
    ordered = np.sort(numbers, axis=1)
    for rank in (0, 1, 2, 30, BLOCK - 2):
        spacings = (ordered[:, rank + 1] - ordered[:, rank]) * (BLOCK - 1 - rank)
        assert stats.kstest(spacings, stats.expon.cdf).pvalue > 1e-3
    assert stats.chisquare(np.bincount(numbers.argmin(1), minlength=BLOCK)).pvalue > 1e-3
    assert stats.chisquare(np.bincount(numbers.argmax(1), minlength=BLOCK)).pvalue > 1e-3
    correlation = np.corrcoef(np.log(numbers).T)[np.triu_indices(BLOCK, 1)]
    assert np.abs(correlation).max() < 5 / 4000**0.5
    np.testing.assert_allclose(numbers.min(1), least_exponential(keys, 3)[:, 0].numpy(), rtol=1e-12)


def test_noise_is_a_function_of_seed_position_and_token() -> None:
    np.testing.assert_array_equal(noise(3, 5, 400), noise(3, 5, 400))
    np.testing.assert_array_equal(noise(3, 5, 400)[:77], noise(3, 5, 77))
    some = gumbel(row_keys([3], [5]), torch.tensor([[300, 7]]))[0].numpy()
    np.testing.assert_array_equal(noise(3, 5, 400)[[300, 7]], some)
    rows = np.array([noise(seed, position, 5000) for seed in (3, 4) for position in (0, 1, 2)])
    correlation = np.corrcoef(rows)[np.triu_indices(6, 1)]
    assert np.abs(correlation).max() < 5 / 5000**0.5, "rows and positions are independent"


def test_the_values_are_those_of_stored_runs() -> None:
    # A change of these is a new kind of noise, or stored runs could not go on.
    np.testing.assert_allclose(noise(7, 2, 200)[[0, 1, 63, 64, 199]], VALUES, rtol=1e-12)
    np.testing.assert_allclose(philox_gumbel(7, 2, 3).numpy(), PHILOX_VALUES, rtol=1e-12)


def test_neighbouring_positions_share_no_numbers() -> None:
    # Counters that only shift by the position would give one sequence, moved.
    assert not np.intersect1d(noise(9, 0, 150_000), noise(9, 1, 150_000)).size


@pytest.mark.parametrize("kind", [PHILOX, HASHED])
def test_rows_get_their_own_noise_whatever_the_batch(kind: int) -> None:
    scores = torch.randn(3, 50, generator=torch.Generator().manual_seed(1))
    ids = torch.zeros(3, 12, dtype=torch.long)
    together = RowGumbel([7, 8, 9], prompt_width=10, noise=kind)(ids, scores)
    alone = RowGumbel([8], prompt_width=4, noise=kind)(torch.zeros(1, 6, dtype=torch.long), scores[1:2])
    assert together.dtype == torch.float64
    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=0)
    own = philox_gumbel(7, 2, 50).numpy() if kind == PHILOX else noise(7, 2, 50)
    np.testing.assert_array_equal((together - scores.double())[0].numpy().round(9), own.round(9))


def test_the_largest_is_an_exact_draw_from_the_softmax() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0, -float("inf")]])
    chosen = (logits.double() + gumbel(row_keys(range(4000), [0] * 4000), torch.arange(5)[None])).argmax(1).numpy()
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
