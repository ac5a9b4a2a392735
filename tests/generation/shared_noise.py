"""What it is worth that two runs with one sampling seed share their noise: the variance of their paired difference.

    W="--model smollm2 --problems generated/test-operands:steps=1-1:n=120 --template fewshot-2 --max-new-tokens 64"
    W="$W --temperature 0.7 --completions 8"
    evalsuite run $W --label base --store base.duckdb
    evalsuite run $W --adapter data/adapters/smollm2-grpo --label grpo --store grpo.duckdb
    python tests/generation/shared_noise.py base.duckdb base grpo.duckdb grpo

Completion k of a problem has the same noise in both runs, completions k and j of the two have not. So two runs hold
both: pairs (k, k), and pairs (k, j) for the difference that independent noise would give. Their variances are those of
one completion a problem: over problems and noise, and over noise alone with the problems held fixed.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store

N_RESAMPLES = 10_000


def moments(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each problem's part of the sums that the variances are made of. (n_problems, 5)

    Columns: the squared difference of pairs (k, k), that of pairs (k, j), the difference, the variance of pairs (k, k)
    within the problem, that of pairs (k, j).
    """
    k = first.shape[1]
    crossed = second[:, None, :] - first[:, :, None]
    shared = second - first
    within_crossed = first.var(1, ddof=1) + second.var(1, ddof=1)
    off = ~np.eye(k, dtype=bool)
    squares = (crossed[:, off] ** 2).mean(1)
    return np.stack([(shared**2).mean(1), squares, shared.mean(1), shared.var(1, ddof=1), within_crossed], axis=1)


def ratios(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shared over independent, from means of `moments`: over problems and noise, and over noise. (..., 2)"""
    square = sums[..., 2] ** 2
    return np.stack([(sums[..., 0] - square) / (sums[..., 1] - square), sums[..., 3] / sums[..., 4]], axis=-1)


def scores(path: Path, label: str) -> dict[str, NDArray[np.float64]]:
    """Return whether each completion is right, by problem; problems that lack completions are left out."""
    with Store.reader(path) as store:
        found = score_matrix(store, find_run(store, label), allow_unfinished=True)
    rows = zip(found.keys, found.correct.astype(float), found.present.all(1), strict=True)
    return {key: row for key, row, is_whole in rows if is_whole}


def main(first_path: str, first_label: str, second_path: str, second_label: str) -> None:
    """Print both ratios with their 95% intervals over problems."""
    one, other = scores(Path(first_path), first_label), scores(Path(second_path), second_label)
    keys = sorted(one.keys() & other.keys())
    first, second = (np.array([arm[key] for key in keys]) for arm in (one, other))
    parts = moments(first, second)
    drawn = np.random.default_rng(0).integers(len(keys), size=(N_RESAMPLES, len(keys)))
    estimates, spread = ratios(parts.mean(0)), ratios(parts[drawn].mean(1))
    sys.stdout.write(
        f"{len(keys)} problems, {first.shape[1]} completions each: {first.mean():.1%} and {second.mean():.1%} right\n"
    )
    for what, value, column in zip(("problems and noise", "noise alone"), estimates, spread.T, strict=True):
        low, high = np.nanquantile(column, (0.025, 0.975))
        sys.stdout.write(f"variance over {what}, shared noise over independent: {value:.3f} [{low:.3f}, {high:.3f}]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
