"""How fast is it? Everything is measured side by side in one process, and reported as ratios.

Generation: the tutorial's loop of one problem at a time, stock batched
``generate`` on the batches of a run, and the run itself with grading and storage. Statistics: this suite
beside ``scipy.stats.bootstrap`` on the same data. Absolute times mean little on a shared machine; ratios do.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from scipy import stats

from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import PairedRuns
from evalsuite.console import say
from evalsuite.documents.machine import GenerationSpeed, ProblemsPerMinute, StatisticsSpeed
from evalsuite.evaluation.pipeline import BatchLimits, Watcher, plan_run
from evalsuite.evaluation.run import PreparedRun, execute, peak_memory_bytes, prepare
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate
from evalsuite.prompting.templates import template
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import RunSettings
from evalsuite.stats.bootstrap import bootstrap_mean, exact_multinomial
from evalsuite.store.store import Store

__all__ = ["bench_generation", "bench_statistics"]


def bench_generation(problems: str, limit: int, loop: int, rounds: int) -> GenerationSpeed:
    """Return problems per minute of the loop, of raw batches and of a run, and their ratios."""
    prepared = prepare(RunSettings(problems=problems, limit=limit))
    generator = load(locate(prepared.settings.model))
    plan = _plan(prepared, generator)
    say(f"loop over {loop} problems")
    loop_rate = loop / _seconds(lambda: _loop(generator, prepared, plan, loop)) * 60
    say(f"loop over {loop} problems in float32, the default of a tutorial's from_pretrained")
    whole = load(locate(prepared.settings.model), dtype="float32")
    float32_rate = loop / _seconds(lambda: _loop(whole, prepared, plan, loop)) * 60
    raw, run = [], []
    for number in range(1, rounds + 1):
        say(f"round {number} of {rounds}: raw batches, then a run")
        raw.append(limit / _seconds(lambda: _raw(generator, prepared, plan)) * 60)
        run.append(limit / _seconds(lambda: _run(generator, prepared)) * 60)
    return GenerationSpeed(
        problems=limit,
        dtype=generator.dtype,
        problems_per_minute=ProblemsPerMinute(loop_rate, float32_rate, tuple(raw), tuple(run)),
        run_over_loop=median(run) / loop_rate,
        run_over_loop_float32=median(run) / float32_rate,
        run_over_raw=tuple(ours / theirs for ours, theirs in zip(run, raw, strict=True)),
        peak_memory_gib=peak_memory_bytes() / 2**30,
        engine=generator.describe(),
    )


def bench_statistics() -> StatisticsSpeed:
    """Return seconds of the analyses and their ratios to scipy's bootstrap on the same data."""
    rng = np.random.default_rng(0)
    say("statistics")
    wins, losses, n = 150, 110, 1319
    d = np.repeat([1.0, -1.0, 0.0], [wins, losses, n - wins - losses])
    exact_seconds = _seconds(lambda: exact_multinomial(wins, losses, n, method="bca"), repeat=20)
    scipy_bca = _seconds(
        lambda: stats.bootstrap((d,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(1)), repeat=3
    )
    eight = rng.binomial(8, rng.beta(1, 1, size=(n, 1)).repeat(2, axis=1)) / 8
    clusters = rng.integers(0, 100, n).tolist()
    differences = eight[:, 1] - eight[:, 0]
    problems_seconds = _seconds(lambda: bootstrap_mean(differences, rng=np.random.default_rng(1)), repeat=3)
    templates_seconds = _seconds(
        lambda: bootstrap_mean(differences, rng=np.random.default_rng(1), clusters=clusters), repeat=3
    )
    scipy_mean = _seconds(
        lambda: stats.bootstrap((differences,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(1)),
        repeat=3,
    )
    runs = _pair_of_runs(rng, n, 8)
    script = [sys.executable, "-m", "evalsuite", "compare", "--counts", "1/5", "2/5", "--json"]
    start = _seconds(lambda: subprocess.run(script, check=True, capture_output=True), repeat=5)  # noqa: S603
    return StatisticsSpeed(
        full_comparison_1319x8_seconds=_seconds(lambda: compare_runs(runs), repeat=3),
        exact_bootstrap_seconds=exact_seconds,
        scipy_bca_over_exact_bootstrap=scipy_bca / exact_seconds,
        problems_resampled_whole_k8_seconds=problems_seconds,
        scipy_bca_over_problems_resampled_whole_k8=scipy_mean / problems_seconds,
        templates_resampled_whole_k8_seconds=templates_seconds,
        scipy_bca_without_templates_over_templates_resampled_whole_k8=scipy_mean / templates_seconds,
        compare_from_counts_process_seconds=start,
        same_interval=_same_interval(d, wins, losses, n),
    )


def _same_interval(d: np.ndarray, wins: int, losses: int, n: int) -> dict[str, tuple[float, float]]:
    """Return both BCa intervals of the same data: they agree up to the resampling error of scipy's."""
    theirs = stats.bootstrap((d,), np.mean, n_resamples=9999, method="BCa", rng=np.random.default_rng(2))
    ours = exact_multinomial(wins, losses, n, method="bca")
    limits = theirs.confidence_interval
    return {"evalsuite": (ours.low, ours.high), "scipy": (float(limits.low), float(limits.high))}


def _seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """Return the shortest of `repeat` times."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _plan(prepared: PreparedRun, generator: HuggingFaceGenerator) -> list[list[Any]]:
    settings = prepared.settings
    problems = [prepared.problem_set.problems[row] for row in prepared.order.rows]
    limits = BatchLimits(settings.batch_size, settings.batch_tokens)
    return plan_run(
        generator, template(settings.template), problems, prepared.spec.decoding, n_completions=1, limits=limits
    )[1]


def _loop(generator: HuggingFaceGenerator, prepared: PreparedRun, plan: list[list[Any]], count: int) -> None:
    """Decode as the tutorial does: one problem after the other, spread over the prompt lengths."""
    requests = [r for batch in plan for r in batch]
    step = max(1, len(requests) // count)
    for request in requests[::step][:count]:
        ids = torch.tensor([request.token_ids], device=generator.model.device)
        with torch.no_grad():
            generator.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=prepared.spec.decoding.max_new_tokens,
                do_sample=False,
            )


def _raw(generator: HuggingFaceGenerator, prepared: PreparedRun, plan: list[list[Any]]) -> None:
    """Decode the batches of the run by stock generate, with nothing around it."""
    for batch in plan:
        width = max(len(r.token_ids) for r in batch)
        ids = torch.full((len(batch), width), generator.pad_id)
        for row, request in enumerate(batch):
            ids[row, width - len(request.token_ids) :] = torch.tensor(request.token_ids)
        mask = torch.zeros_like(ids)
        for row, request in enumerate(batch):
            mask[row, width - len(request.token_ids) :] = 1
        with torch.no_grad():
            generator.model.generate(
                input_ids=ids.to(generator.model.device),
                attention_mask=mask.to(generator.model.device),
                max_new_tokens=prepared.spec.decoding.max_new_tokens,
                do_sample=False,
            )


def _run(generator: HuggingFaceGenerator, prepared: PreparedRun) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.writer(Path(folder) / "bench.duckdb") as store:
        execute(prepared, store, watcher=Watcher(), sources={}, generator=generator)


def _pair_of_runs(rng: np.random.Generator, n: int, k: int) -> PairedRuns:
    difficulty = rng.beta(1, 1, size=(n, 1))
    keys = tuple(map(str, range(n)))
    scores = tuple(
        ScoreMatrix(name, keys, keys, rng.random((n, k)) < difficulty, np.ones((n, k), bool), np.zeros((n, k), bool))
        for name in ("base", "new")
    )
    return PairedRuns((), scores, ())
