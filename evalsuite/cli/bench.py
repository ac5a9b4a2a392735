"""``evalsuite bench``: speed, measured side by side."""

from evalsuite.cli.options import Json
from evalsuite.errors import InputError

__all__ = ["bench"]


def bench(
    *,
    problems: str = "gsm8k",
    adapter: str | None = None,
    limit: int = 64,
    loop: int = 4,
    rounds: int = 2,
    statistics_only: bool = False,
    size: int | None = None,
    json: Json = False,
) -> None:
    """Measure speed side by side in one process: a loop, raw batches and a run; statistics beside scipy's.

    Beside the times stands the share of the work of decoding that made tokens, which other work on the machine does not
    move.

    Parameters
    ----------
    problems
        What the batched measurements decode.
    adapter
        LoRA adapter of the model that decodes, SmolLM2.
    limit
        How many of them.
    loop
        Problems of the one-at-a-time loop, which is slow.
    rounds
        Rounds of batched decoding, raw and evalsuite in turn.
    statistics_only
        Load no model.
    size
        Instead, time and memory of import, compare and grade on so many made-up results, such as 1000000.

    Examples
    --------
    evalsuite bench --problems generated --limit 16
    """
    from evalsuite.console import print_json, print_nested
    from evalsuite.documents.machine import Benchmark
    from evalsuite.jobs.bench_size import bench_size
    from evalsuite.jobs.bench_statistics import bench_statistics

    if size is not None:
        if size < 1:
            raise InputError(f"--size takes a number of results, at least 1, got {size}")
        measured = Benchmark(statistics=None, generation=None, size=bench_size(size))
        print_json(measured.as_dict()) if json else print_nested(measured.values())
        return
    generation = None
    if not statistics_only:
        # Needs the extra models, which the statistics do not.
        from evalsuite.jobs.bench_generation import bench_generation

        generation = bench_generation(problems, adapter, limit, loop, rounds)
    measured = Benchmark(statistics=bench_statistics(), generation=generation)
    print_json(measured.as_dict()) if json else print_nested(measured.values())
