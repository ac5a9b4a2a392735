"""What a pass of SmolLM2 costs by rows and new tokens a row, and what prompts cost by how many are read at a time.

    python tests/generation/pass_costs.py [PROBLEMS [WIDTH]]

Prints milliseconds of passes behind WIDTH tokens (300), with the heads folded as the decoding loop has them and as
``transformers`` has them, then of reading the prompts of the first 128 PROBLEMS (gsm8k). Needs a quiet machine.
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
from evalsuite.generation.folded_attention import folded_attention
from evalsuite.generation.generator import Request
from evalsuite.generation.huggingface import load, locate
from evalsuite.generation.token_choice import token_choice
from evalsuite.problems.by_name import resolve
from evalsuite.prompting.templates import template
from evalsuite.records import Decoding

ROWS, NEW = (1, 4, 16, 64, 128), (1, 2, 4, 8)
POSITIONS = (512, 2048, 8192, sys.maxsize)
REPEATS = 5


def milliseconds(work: Callable[[], object]) -> float:
    """Return the median time of a few calls, after one to warm up."""
    work()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * median(times)


def one_pass(model: Any, n_rows: int, n_new: int, width: int, *, folded: bool) -> Callable[[], object]:
    """Return a pass over rows whose caches hold `width` tokens."""
    cache = row_cache.empty(model.config)
    ids = torch.ones(n_rows, width, dtype=torch.long)
    model(input_ids=ids[:, :1], past_key_values=cache, use_cache=True, logits_to_keep=1)
    for layer in cache.layers:
        layer.fill([((layer.keys.expand(-1, -1, width, -1),) * 2, None)], n_new)
    columns = torch.arange(width, width + n_new).expand(n_rows, n_new)
    mask = torch.zeros(n_rows, 1, n_new, width + n_new, dtype=model.dtype)

    def work() -> object:
        row_cache.place(cache, columns, width + n_new)
        with folded_attention(model.config) if folded else nullcontext():
            return model(input_ids=ids[:, :n_new], attention_mask=mask, position_ids=columns, past_key_values=cache,
                         use_cache=True, logits_to_keep=n_new)  # fmt: skip

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
    generator = load(locate("smollm2"))
    with torch.inference_mode():
        for folded in (True, False):
            say(f"ms a pass, {'heads folded' if folded else 'as transformers has it'}; tokens a row {NEW}")
            for n_rows in ROWS:
                cells = [milliseconds(one_pass(generator.model, n_rows, n, int(width), folded=folded)) for n in NEW]
                say(f"{n_rows:4} rows {' '.join(f'{cell:6.0f}' for cell in cells)}")
        for positions in POSITIONS:
            most = "all" if positions == sys.maxsize else positions
            cost = milliseconds(prompts(generator, problems, positions))
            say(f"128 prompts, {most} positions at a time: {cost:.0f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
