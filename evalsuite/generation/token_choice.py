"""The next token of every row: the best one, or the best one after the row's noise was added (see `sampling`).

Noise for all tokens of the vocabulary is dear: 150,000 numbers a row and token. The least exponential number of a
block of tokens and its largest logit bound what any of them can reach, so that only the few blocks whose bound is not
below a score that another token has are looked at. The token is the one that `sampling.RowGumbel` gives.

Under nucleus sampling the best of all tokens is the best of the nucleus wherever it lies in it, which needs no
sorting: the likelier ones must hold less than `top_p`.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from transformers import TopPLogitsWarper

from evalsuite.generation.decode_loop import Choose
from evalsuite.generation.sampling import BLOCK, gumbel, least_exponential, row_keys, sampling_processors
from evalsuite.records import PHILOX, Decoding

__all__ = ["token_choice"]

FEW = 8
"""Blocks of a row whose best score the others have to reach."""
NUCLEUS = 256
ROUNDING = 1e-4
"""Of a sum of probabilities: a hundred times what float32 loses in a softmax and a sum in double (CPU) or by a tree."""
SLACK = 1e-9
"""Of a bound: far more than the rounding of a logarithm in float64, far less than costs anything."""


def token_choice(decoding: Decoding) -> Choose:
    """Return how `decoding` chooses."""
    if decoding.temperature == 0:
        # The first of the largest, as of logits in float32. Twice as fast as argmax, which wants them in float32.
        return lambda logits, _, __: logits.max(-1).indices
    if decoding.noise == PHILOX:
        return lambda logits, seeds, positions: _by_all_noise(decoding, logits.float(), seeds, positions)
    warper: Any = TopPLogitsWarper(decoding.top_p) if decoding.top_p < 1 else None

    def choose(logits: torch.Tensor, seeds: Sequence[int], positions: Sequence[int]) -> torch.Tensor:
        logits = logits.float()
        keys = row_keys(seeds, positions, logits.device)
        padded = torch.nn.functional.pad(logits, (0, -logits.shape[1] % BLOCK), value=-math.inf)
        blocks = padded.reshape(len(padded), -1, BLOCK)
        most = blocks.amax(2)
        tokens = _best(blocks, most, keys, decoding.temperature)
        if warper is not None:
            for row in _in_doubt(logits, blocks, most, tokens, decoding).tolist():
                tokens[row] = _best_of_nucleus(
                    logits[row] / decoding.temperature, keys[row : row + 1], decoding, warper
                )
        return tokens

    return choose


def _by_all_noise(
    decoding: Decoding, logits: torch.Tensor, seeds: Sequence[int], positions: Sequence[int]
) -> torch.Tensor:
    """Choose as runs did first: their numbers are drawn in order, so that all are drawn."""
    nothing: Any = torch.zeros(len(seeds), 0, dtype=torch.long, device=logits.device)
    scores: torch.Tensor = sampling_processors(decoding, seeds, 0, positions)(nothing, logits)
    return scores.argmax(-1)


def _best(blocks: torch.Tensor, most: torch.Tensor, keys: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return the best token of every row.

    Parameters
    ----------
    blocks
        Logits. (n_rows, n_blocks, BLOCK)
    most
        The largest of each block. (n_rows, n_blocks)
    """
    n_rows, n_blocks, _ = blocks.shape
    bounds = (most / temperature).double() - least_exponential(keys, n_blocks).log() + SLACK

    def scores(rows: torch.Tensor, which: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the best score in one block each, and its token."""
        tokens = which[:, None] * BLOCK + torch.arange(BLOCK, device=which.device)
        best = ((blocks[rows, which] / temperature).double() + gumbel(keys[rows], tokens)).max(1)
        return best.values, which * BLOCK + best.indices

    few = bounds.topk(min(FEW, n_blocks), dim=1).indices
    of_few = scores(torch.arange(n_rows, device=few.device).repeat_interleave(few.shape[1]), few.flatten())[0]
    reached = of_few.view(n_rows, -1).amax(1, keepdim=True)
    rows, which = (bounds >= reached).nonzero(as_tuple=True)
    values, tokens = scores(rows, which)
    best = torch.full_like(bounds, -math.inf)
    best[rows, which] = values
    of_block = torch.zeros_like(few[:, :1]).expand(n_rows, n_blocks).clone()
    of_block[rows, which] = tokens
    return of_block.gather(1, best.argmax(1, keepdim=True))[:, 0]


def _in_doubt(
    logits: torch.Tensor, blocks: torch.Tensor, most: torch.Tensor, tokens: torch.Tensor, decoding: Decoding
) -> torch.Tensor:
    """Return the rows whose token is not surely in the nucleus."""
    top = most.amax(1, keepdim=True)
    own = logits.gather(1, tokens[:, None])
    of_block = blocks[torch.arange(len(tokens), device=tokens.device), tokens // BLOCK]
    is_alone_on_top = (own == top)[:, 0] & ((most == top).sum(1) == 1) & ((of_block == top).sum(1) == 1)
    rows = (~is_alone_on_top).nonzero()[:, 0]
    scores, own = logits[rows] / decoding.temperature, own[rows] / decoding.temperature
    masses = (scores - scores.amax(1, keepdim=True)).exp_()
    before = torch.where(scores >= own, masses, 0.0).sum(1) - masses.gather(1, tokens[rows, None])[:, 0]
    return rows[before >= (decoding.top_p - ROUNDING) * masses.sum(1)]


def _best_of_nucleus(scores: torch.Tensor, keys: torch.Tensor, decoding: Decoding, warper: Any) -> torch.Tensor:
    """Return the best token of one row's nucleus: of the likeliest while those before them hold less than `top_p`.

    A nucleus that is not among the `NUCLEUS` likeliest, or ends where rounding or a tie could move its end, goes
    through the warper of ``transformers``, which sorts the vocabulary.
    """
    values, ids = scores.topk(min(NUCLEUS, len(scores)))
    masses = (values.double() - scores.logsumexp(0).double()).exp()
    before = masses.cumsum(0) - masses
    size = int((before < decoding.top_p).sum())
    is_near = bool(((before - decoding.top_p).abs() < ROUNDING).any())
    if is_near or size == len(ids) or bool(values[size - 1] == values[size]):
        kept = warper(None, scores[None])[0]
        ids = (kept > -math.inf).nonzero()[:, 0]
    else:
        ids = ids[:size].sort().values
    return ids[(scores[ids].double() + gumbel(keys, ids[None])[0]).argmax()]
