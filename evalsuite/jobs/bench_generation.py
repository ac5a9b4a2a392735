"""How fast is generation? Everything is measured side by side in one process, and reported as ratios.

The tutorial's loop of one problem at a time, stock batched ``generate`` at its best batch size, and the run itself with
grading and storage. Absolute times mean little on a shared machine; ratios do.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import torch

from evalsuite.console import say
from evalsuite.documents.machine import (
    GenerationSpeed,
    GuessedTokens,
    ProblemsPerMinute,
    RunAgainstRaw,
    UsefulRowSteps,
)
from evalsuite.evaluation.pipeline import BatchLimits, Watcher, plan_run
from evalsuite.evaluation.run import PreparedRun, execute, peak_memory_bytes, prepare
from evalsuite.generation.generator import Request, cut_at_stop
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate
from evalsuite.generation.row_steps import RowSteps
from evalsuite.grading.graders import grader as grader_named
from evalsuite.jobs.bench_floor import floor
from evalsuite.jobs.stopwatch import seconds
from evalsuite.prompting.templates import template
from evalsuite.settings import RunSettings
from evalsuite.store.store import Store

__all__ = ["bench_generation"]


PROFILED_TOKENS = 64
RAW_BATCH_SIZES = (16, 32, 64, 128)
"""Batch sizes of stock ``generate`` that are tried: large ones wait longer for their longest row."""


def bench_generation(problems: str, adapter: str | None, limit: int, loop: int, rounds: int) -> GenerationSpeed:
    """Return problems per minute of the loop, of raw batches and of a run, their ratios, and the texts that differ."""
    prepared = prepare(RunSettings(problems=problems, adapter=adapter, limit=limit))
    files = locate(prepared.settings.model, adapter)
    generator, stock = load(files), load(files, is_stock=True)
    say(f"loop over {loop} problems")
    loop_rate = loop / seconds(lambda: _loop(stock, prepared, loop)) * 60
    say(f"loop over {loop} problems in float32, the default of a tutorial's from_pretrained")
    whole = load(files, dtype="float32")
    float32_rate = loop / seconds(lambda: _loop(whole, prepared, loop)) * 60
    sizes = [size for size in RAW_BATCH_SIZES if size <= limit] or [limit]
    say(f"raw batches of {', '.join(map(str, sizes))}, of which the fastest is kept")
    size = min(sizes, key=lambda size: seconds(lambda: _raw(stock, prepared, size)))
    raw, run = [], []
    plain: list[_Decoded] = []
    stored: list[_Decoded] = []
    for number in range(1, rounds + 1):
        say(f"round {number} of {rounds}: raw batches of {size}, then a run")
        raw.append(limit / seconds(lambda: plain.append(_raw(stock, prepared, size))) * 60)
        run.append(limit / seconds(lambda: stored.append(_run(generator, prepared))) * 60)
    say("where the time goes: one batch with the profiler")
    steps = stored[0].steps
    n_tokens = limit + steps.useful + steps.guessed_right  # the first tokens come from the prompts
    return GenerationSpeed(
        problems=limit,
        dtype=generator.dtype,
        raw_batch_size=size,
        problems_per_minute=ProblemsPerMinute(loop_rate, float32_rate, tuple(raw), tuple(run)),
        run_over_loop=median(run) / loop_rate,
        run_over_loop_float32=median(run) / float32_rate,
        run_over_raw=tuple(ours / theirs for ours, theirs in zip(run, raw, strict=True)),
        differences=_differences(prepared, plain[0].texts, stored[0].texts),
        useful_row_steps=UsefulRowSteps(plain[0].steps.share_useful, stored[0].steps.share_useful),
        guessed_tokens=GuessedTokens(steps.guessed, steps.guessed_right),
        floor=floor(
            stock.model, generator.dtype, n_tokens * max(run) / limit / 60, lambda: _one_batch(generator, prepared)
        ),
        peak_memory_gib=peak_memory_bytes() / 2**30,
        engine=generator.describe(),
    )


@dataclass(frozen=True, slots=True)
class _Decoded:
    """Texts by problem, and the work that made them."""

    texts: dict[str, str]
    steps: RowSteps


def _differences(prepared: PreparedRun, raw: Mapping[str, str], run: Mapping[str, str]) -> RunAgainstRaw:
    """Count the texts, and the verdicts on them, in which a run differs from raw batches."""
    grader = grader_named(prepared.settings.grader)
    verdicts = changed = 0
    for problem in prepared.problem_set.problems:
        if problem.problem_id not in raw or raw[problem.problem_id] == run[problem.problem_id]:
            continue
        changed += 1
        one, other = (
            grader.grade(texts[problem.problem_id], problem.gold, problem.solution).outcome for texts in (raw, run)
        )
        verdicts += one != other
    return RunAgainstRaw(changed, verdicts)


def _plan(prepared: PreparedRun, generator: HuggingFaceGenerator, batch_size: int) -> list[list[Request]]:
    settings = prepared.settings
    problems = [prepared.problem_set.problems[row] for row in prepared.order.rows]
    limits = BatchLimits(batch_size, settings.batch_tokens)
    return plan_run(
        generator, template(settings.template), problems, prepared.spec.decoding, n_completions=1, limits=limits
    )[1]


def _loop(generator: HuggingFaceGenerator, prepared: PreparedRun, count: int) -> None:
    """Decode as the tutorial does: one problem after the other, spread over the prompt lengths."""
    requests = [r for batch in _plan(prepared, generator, 1) for r in batch]
    step = max(1, len(requests) // count)
    for request in requests[::step][:count]:
        _stock(generator, prepared, [request])


def _raw(generator: HuggingFaceGenerator, prepared: PreparedRun, batch_size: int) -> _Decoded:
    """Decode in batches by stock generate, with nothing around it."""
    texts: dict[str, str] = {}
    steps = RowSteps()
    for batch in _plan(prepared, generator, batch_size):
        new = _stock(generator, prepared, batch)
        passes = len(new[0]) - 1
        kept = [cut_at_stop(row, generator.stop_ids)[0] for row in new]
        texts |= {r.problem_id: generator.decode(tokens) for r, tokens in zip(batch, kept, strict=True)}
        useful = sum(len(tokens) - 1 for tokens in kept)
        n_prompt = sum(len(r.token_ids) for r in batch)
        steps += RowSteps(len(batch) * passes, useful, passes, len(batch) * len(batch[0].token_ids), n_prompt)
    return _Decoded(texts, steps)


def _stock(generator: HuggingFaceGenerator, prepared: PreparedRun, batch: Sequence[Request]) -> list[list[int]]:
    """Return the new tokens of each row of a batch, padding included; its longest prompt comes first."""
    width = len(batch[0].token_ids)
    ids = torch.full((len(batch), width), generator.pad_id)
    mask = torch.zeros_like(ids)
    for row, request in enumerate(batch):
        ids[row, width - len(request.token_ids) :] = torch.tensor(request.token_ids)
        mask[row, width - len(request.token_ids) :] = 1
    with torch.inference_mode():
        output = generator.model.generate(
            input_ids=ids.to(generator.model.device),
            attention_mask=mask.to(generator.model.device),
            max_new_tokens=prepared.spec.decoding.max_new_tokens,
            do_sample=False,
        )
    new: list[list[int]] = output[:, width:].tolist()
    return new


def _one_batch(generator: HuggingFaceGenerator, prepared: PreparedRun) -> None:
    """Decode the first tokens of one batch as a run does."""
    decoding = prepared.spec.decoding
    few = replace(decoding, max_new_tokens=min(PROFILED_TOKENS, decoding.max_new_tokens))
    generator.generate(_plan(prepared, generator, prepared.settings.batch_size)[0], few, lambda _: None)


def _run(generator: HuggingFaceGenerator, prepared: PreparedRun) -> _Decoded:
    before = generator.row_steps
    with tempfile.TemporaryDirectory() as folder, Store.writer(Path(folder) / "bench.duckdb") as store:
        execute(prepared, store, watcher=Watcher(), sources={}, generator=generator)
        texts = dict(store.connection.execute("SELECT problem_id, text FROM completions").fetchall())
        return _Decoded(texts, generator.row_steps - before)
