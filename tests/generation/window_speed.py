"""What windows of the batch plan cost in speed beside lengths sorted over the whole plan, with SmolLM2.

    python tests/generation/window_speed.py [REPEATS] [BATCH_SIZE] [WINDOW_BATCHES ...]

Decodes 64 generated problems under both plans, turn by turn, and prints the median ratio of the processor times.
"""

import statistics
import sys
import time

from evalsuite.evaluation.pipeline import BatchLimits, plan_run
from evalsuite.generation.engines import engine
from evalsuite.generation.generator import Generator
from evalsuite.problems.by_name import resolve
from evalsuite.problems.order import order
from evalsuite.prompting.templates import template
from evalsuite.records import Decoding

N_PROBLEMS = 64
DECODING = Decoding(max_new_tokens=32)


def seconds(generator: Generator, limits: BatchLimits) -> float:
    """Return the processor time that the plan takes, which other work on the machine hardly moves."""
    problems = resolve(f"generated:n={N_PROBLEMS}").problems
    shuffled = [problems[row] for row in order(N_PROBLEMS, seed=42).rows]
    _, batches = plan_run(generator, template("plain"), shuffled, DECODING, n_completions=1, limits=limits)
    started = time.process_time()
    for batch in batches:
        generator.generate(batch, DECODING, lambda _: None)
    return time.process_time() - started


def main(repeats: int = 3, batch_size: int = 8, *window_batches: int) -> None:
    """Print a line a window."""
    generator = engine("transformers").locate("smollm2", None).load(dtype="float32")
    seconds(generator, BatchLimits(batch_size))  # warm
    for batches in window_batches or (2,):
        windowed = BatchLimits(batch_size, window=batches * batch_size)
        pairs = [(seconds(generator, windowed), seconds(generator, BatchLimits(batch_size))) for _ in range(repeats)]
        ratios = sorted(w / whole for w, whole in pairs)
        whole = statistics.median(p[1] for p in pairs)
        sys.stdout.write(
            f"windows of {batches} batches of {batch_size}: {statistics.median(ratios):.3f} times the seconds of the "
            f"whole-plan sort ({ratios[0]:.3f} to {ratios[-1]:.3f}, {repeats} pairs; whole plan {whole:.1f} s)\n"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
