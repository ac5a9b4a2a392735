"""Seeded sampling in which every row has its own random numbers.

Stock ``generate`` draws all rows of a batch from one generator, so a completion changes with its
neighbours. Here a token is chosen as the largest of logits plus Gumbel noise (the Gumbel-max trick, an
exact draw from the softmax; Gumbel 1954, Maddison et al. 2014 arXiv:1411.0030), and the noise of a token is
a function of the row's seed, the position in the completion and the token alone. A completion then depends on
neither its batch, nor its order, nor on where a crash interrupted the run; and two models that are sampled with one
seed get the same noise.

The noise is -log E with independent standard exponential numbers E. They are made in blocks of neighbouring tokens,
so that most are never needed: the least E of a block of n is exponential with rate n, its place is uniform, and the
others exceed it by exponential numbers of their own, for these have no memory. The bits come from a hash of a
counter (SplitMix64; Steele et al. 2014, doi:10.1145/2660193.2660195) in 64-bit integers on the device of the logits,
so that all devices have the same.

Runs that began when the numbers were NumPy's (Philox, in order) go on with those: `records.Decoding.noise`.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from transformers import LogitsProcessor, LogitsProcessorList, TemperatureLogitsWarper, TopPLogitsWarper

from evalsuite.records import PHILOX, Decoding

__all__ = ["BLOCK", "RowGumbel", "gumbel", "least_exponential", "philox_gumbel", "row_keys", "sampling_processors"]

BLOCK = 64
"""Tokens whose least exponential number is known without the others; a power of two."""
BLOCK_BITS = BLOCK.bit_length() - 1
STEP = 0x9E3779B97F4A7C15 - 2**64
FIRST_FACTOR = 0xBF58476D1CE4E5B9 - 2**64
SECOND_FACTOR = 0x94D049BB133111EB - 2**64


def row_keys(seeds: Sequence[int], positions: Sequence[int], device: torch.device | str = "cpu") -> torch.Tensor:
    """Return what the noise of the rows is made of, by seed and position in the completion. (n_rows, 2) int64"""
    digests = [hashlib.sha256(f"{s}/{p}".encode()).digest()[:16] for s, p in zip(seeds, positions, strict=True)]
    return torch.from_numpy(np.frombuffer(b"".join(digests), "<i8").reshape(-1, 2).copy()).to(device)


def gumbel(keys: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Return the standard Gumbel noise of tokens. (n_rows, n_tokens) float64

    Parameters
    ----------
    keys
        Of `row_keys`. (n_rows, 2)
    tokens
        Their numbers in the vocabulary. (n_rows, n_tokens) int64
    """
    blocks = tokens // BLOCK
    place = (_bits(keys, -2 - 2 * blocks) >> (64 - BLOCK_BITS)) & (BLOCK - 1)
    above = torch.where(tokens % BLOCK == place, 0.0, _exponential(keys, tokens))
    return -(_least(keys, blocks) + above).log()


def least_exponential(keys: torch.Tensor, n_blocks: int) -> torch.Tensor:
    """Return the least exponential number of each of the first blocks. (n_rows, n_blocks) float64"""
    return _least(keys, torch.arange(n_blocks, device=keys.device)[None])


def philox_gumbel(seed: int, position: int, size: int) -> torch.Tensor:
    """Return the noise of all tokens as runs drew it first. (size,) float64"""
    bits = np.random.Philox(key=seed, counter=[0, 0, 0, position])
    return torch.from_numpy(-np.log(np.random.Generator(bits).standard_exponential(size)))


def _least(keys: torch.Tensor, blocks: torch.Tensor) -> torch.Tensor:
    return _exponential(keys, -1 - 2 * blocks) / BLOCK


def _exponential(keys: torch.Tensor, counters: torch.Tensor) -> torch.Tensor:
    """Return minus the logarithm of uniform numbers that are neither 0 nor 1."""
    uniform = ((_bits(keys, counters) >> 12) & (2**52 - 1)).double() * 2.0**-52 + 2.0**-53
    return -uniform.log()


def _bits(keys: torch.Tensor, counters: torch.Tensor) -> torch.Tensor:
    """Return 64 random bits a counter. Two halves of a key, so that no two rows walk through one sequence."""
    return _mixed(_mixed(keys[:, :1] + STEP * counters) ^ keys[:, 1:])


def _mixed(z: torch.Tensor) -> torch.Tensor:
    """Return SplitMix64's finalizer; products wrap around, and the sign that a shift brings in is masked."""
    z = (z ^ ((z >> 30) & (2**34 - 1))) * FIRST_FACTOR
    z = (z ^ ((z >> 27) & (2**37 - 1))) * SECOND_FACTOR
    return z ^ ((z >> 31) & (2**33 - 1))


class RowGumbel(LogitsProcessor):
    """Add to each row's logits its own Gumbel noise; greedy search over the result is seeded sampling.

    Parameters
    ----------
    seeds
        One seed a row of the batch.
    prompt_width
        Width of the padded input in tokens, from which positions count.
    n_generated
        Tokens at the end of each row's input that belong to its completion already; none if not given. With them a
        continued completion draws the numbers that an uninterrupted one would have drawn.
    noise
        As in `Decoding`.
    """

    def __init__(
        self, seeds: Sequence[int], prompt_width: int, n_generated: Sequence[int] | None = None, *, noise: int
    ) -> None:
        self.seeds = tuple(seeds)
        self.prompt_width = prompt_width
        self.n_generated = tuple(n_generated) if n_generated is not None else (0,) * len(self.seeds)
        self.noise = noise

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Return the scores plus noise, in float64. Shapes: input_ids (n_rows, n_tokens), scores (n_rows, n_vocab)."""
        new = input_ids.shape[1] - self.prompt_width
        positions = [done + new for done in self.n_generated]
        size = scores.shape[1]
        if self.noise == PHILOX:
            rows = zip(self.seeds, positions, strict=True)
            noise = torch.stack([philox_gumbel(seed, position, size) for seed, position in rows]).to(scores.device)
        else:
            keys = row_keys(self.seeds, positions, scores.device)
            noise = gumbel(keys, torch.arange(size, device=scores.device)[None])
        return scores.double() + noise  # type: ignore[return-value]


def sampling_processors(
    decoding: Decoding, seeds: Sequence[int], prompt_width: int, n_generated: Sequence[int] | None = None
) -> LogitsProcessorList:
    """Return the processors for `decoding`: none for greedy, else temperature, nucleus and row noise."""
    processors = LogitsProcessorList()
    if decoding.temperature == 0:
        return processors
    processors.append(TemperatureLogitsWarper(decoding.temperature))
    if decoding.top_p < 1:
        processors.append(TopPLogitsWarper(decoding.top_p))
    processors.append(RowGumbel(seeds, prompt_width, n_generated, noise=decoding.noise))
    return processors
