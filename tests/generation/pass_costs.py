"""What a pass of SmolLM2 costs by rows and new tokens a row, and what prompts cost by how many are read at a time.

    python tests/generation/pass_costs.py [PROBLEMS [WIDTH]]

Prints milliseconds of passes behind WIDTH tokens (300): as the decoding loop makes them, with the layers of
``transformers``, and with its attention too; then of reading the prompts of the first 128 PROBLEMS (gsm8k). Ways take
turns, so that what else the machine does meets all of them; it should do nothing.
"""

import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from statistics import median
from typing import Any

import torch

from evalsuite.console import say
from evalsuite.generation import decode_loop, row_cache
from evalsuite.generation.decode_loop import DecodeLoop, Room
from evalsuite.generation.generator import Request
from evalsuite.generation.huggingface import load, locate
from evalsuite.generation.token_choice import token_choice
from evalsuite.generation.uneven_attention import NewTokens, uneven_attention
from evalsuite.problems.by_name import resolve
from evalsuite.prompting.templates import template
from evalsuite.records import Decoding

ROWS, NEW = (1, 4, 16, 64, 128), (1, 2, 4, 8)
POSITIONS = (512, 2048, 8192, sys.maxsize)
REPEATS = 5


def milliseconds(*works: Callable[[], object]) -> list[float]:
    """Return the median times of a few calls of each, in turn, after one to warm up."""
    times: list[list[float]] = [[] for _ in works]
    for round_ in range(REPEATS + 1):
        for work, so_far in zip(works, times, strict=True):
            started = time.perf_counter()
            work()
            if round_:
                so_far.append(time.perf_counter() - started)
    return [1000 * median(so_far) for so_far in times]


def one_pass(model: Any, n_rows: int, n_new: int, width: int, *, uneven: bool) -> Callable[[], object]:
    """Return a pass over rows whose caches hold `width` tokens."""
    cache = row_cache.empty(model.config)
    ids = torch.ones(n_rows, width, dtype=torch.long)
    model(input_ids=ids[:, :1], past_key_values=cache, use_cache=True, logits_to_keep=1)
    for layer in cache.layers:
        layer.fill([((layer.keys.expand(-1, -1, width, -1),) * 2, None)], n_new)
    new = NewTokens([n_new] * n_rows, ids.device)
    new.see(torch.ones(n_rows, n_new, width + n_new, dtype=torch.bool))
    mask = torch.zeros(n_rows, 1, n_new, width + n_new, dtype=model.dtype)
    shape, n_last = ((1, -1), len(new)) if uneven else ((n_rows, n_new), n_new)
    positions = (width + new.places).view(shape)

    def work() -> object:
        row_cache.place(cache, new.rows, width + new.places, width + n_new)
        with uneven_attention(model.config, new) if uneven else nullcontext():
            return model(input_ids=ids[:, :n_new].reshape(shape), attention_mask=mask, position_ids=positions,
                         past_key_values=cache, use_cache=True, logits_to_keep=n_last)  # fmt: skip

    return work


def prompts(generator: Any, name: str, positions: int) -> Callable[[], object]:
    """Return the reading of 128 prompts, at most so many positions at a time, and one token of each."""
    problems = resolve(name).problems[:128]
    rows = [Request(p.problem_id, 0, generator.encode(template("tutorial").render(p)), 0) for p in problems]
    choose = token_choice(Decoding(max_new_tokens=1))

    def work() -> object:
        decode_loop.PROMPT_POSITIONS["cpu"] = positions
        loop = DecodeLoop(generator.model, choose=choose, ends=lambda _: False, cap=1, progress=lambda _: None)
        return loop.run(rows, Room(len(rows), sys.maxsize))

    return work


def main(problems: str = "gsm8k", width: str = "300") -> None:
    """Print both tables."""
    generator, stock = load(locate("smollm2")), load(locate("smollm2"), is_stock=True)
    with torch.inference_mode():
        say(f"ms a pass, tokens a row {NEW}: ours / layers of transformers / its attention too")
        for n_rows in ROWS:
            cells = []
            for n_new in NEW:
                shape = n_rows, n_new, int(width)
                cells.append(
                    milliseconds(
                        one_pass(generator.model, *shape, uneven=True),
                        one_pass(stock.model, *shape, uneven=True),
                        one_pass(stock.model, *shape, uneven=False),
                    )
                )
            say(f"{n_rows:4} rows  " + "   ".join("/".join(f"{ms:.0f}" for ms in cell) for cell in cells))
        for positions in POSITIONS:
            most = "all" if positions == sys.maxsize else positions
            ours, theirs = milliseconds(*(prompts(g, problems, positions) for g in (generator, stock)))
            say(f"128 prompts, {most} positions at a time: {ours:.0f} ms, layers of transformers {theirs:.0f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
