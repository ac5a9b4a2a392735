"""The pipeline of one run: problems to prompts to completions to grades to the store.

Every batch is one transaction. A run that was stopped continues with exactly the completions that are
missing, in the batches that the uninterrupted run would have used. A run that is extended makes only what
it adds. An engine that makes no batches of ours (a server) is given all that is missing, in the order of the plan,
and what it hands over is stored part by part.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evalsuite.errors import EngineStoppedError, InputError
from evalsuite.generation.batching import plan_batches
from evalsuite.generation.generator import Generated, Generator, Request, StreamingGenerator, row_seed
from evalsuite.grading.grader import Grader
from evalsuite.prompting.templates import PromptTemplate
from evalsuite.records import Completion, Decoding, Outcome, Problem, Prompt, RunSpec
from evalsuite.store import queries
from evalsuite.store.rows import as_row
from evalsuite.store.store import GradedCompletion, Store

__all__ = ["BatchDone", "BatchLimits", "Watcher", "evaluate", "plan_run"]

APART = ("reported_tokens", "served")
"""Of what an engine returns: no columns of a completion."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Most rows and most tokens (rows times prompt and cap) of a batch, and rows of a window; see `plan_batches`."""

    size: int = 64
    tokens: int = 65_536
    window: int | None = None


@dataclass(frozen=True, slots=True)
class BatchDone:
    """What happened so far.

    Attributes
    ----------
    n_done, n_planned
        Completions in the store and in the plan.
    n_new, n_tokens
        Completions and tokens of this call.
    n_judged, n_correct, n_truncated
        Completions of this call in windows that are whole, and how many of them are right and truncated. Within a
        window easy and hard problems come in batches of their own, so a part of one says nothing yet.
    stopped
        Why the engine could make no more; None where it was not the engine that stopped.
    """

    n_done: int
    n_planned: int
    n_new: int = 0
    n_tokens: int = 0
    n_judged: int = 0
    n_correct: int = 0
    n_truncated: int = 0
    stopped: EngineStoppedError | None = None


@dataclass(frozen=True, slots=True)
class Watcher:
    """How the caller follows a run: tokens as they are made, batches as they are stored, and when to stop."""

    on_tokens: Callable[[int], None] = lambda _: None
    on_batch: Callable[[BatchDone], None] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False


def plan_run(
    generator: Generator,
    template: PromptTemplate,
    problems: Sequence[Problem],
    decoding: Decoding,
    *,
    n_completions: int,
    limits: BatchLimits,
    continued: Mapping[tuple[str, int], tuple[int, ...]] | None = None,
) -> tuple[dict[str, Prompt], list[list[Request]]]:
    """Return the prompts by problem id and the batch plan of the whole run.

    Parameters
    ----------
    continued
        Tokens that completions have already, by (problem_id, completion_index): only these are planned, to go on
        behind them. None plans all completions from their beginning.

    Raises
    ------
    InputError
        The cap or the number of completions is below 1, greedy decoding is asked for repeated completions,
        or a prompt with the cap does not fit the model's context.
    """
    if decoding.max_new_tokens < 1:
        raise InputError(f"the token limit must be at least 1, got {decoding.max_new_tokens}")
    if n_completions < 1:
        raise InputError(f"completions must be at least 1, got {n_completions}")
    if n_completions > 1 and decoding.temperature == 0:
        raise InputError(
            f"{n_completions} completions per problem need --temperature above 0: greedy decoding repeats itself"
        )
    prompts = {p.problem_id: template.render(p) for p in problems}
    requests = []
    for problem in problems:
        ids = generator.encode(prompts[problem.problem_id])
        _check_context(problem, len(ids), decoding.max_new_tokens, generator.context_length)
        for index in range(n_completions):
            generated_ids = () if continued is None else continued.get((problem.problem_id, index))
            if generated_ids is not None:
                seed = row_seed(decoding.seed, problem.content_hash, index)
                prompt = prompts[problem.problem_id]
                requests.append(Request(problem.problem_id, index, ids, seed, generated_ids, prompt))
    return prompts, plan_batches(
        requests,
        max_new_tokens=decoding.max_new_tokens,
        batch_size=limits.size,
        batch_tokens=limits.tokens,
        window=limits.window,
    )


def evaluate(
    store: Store,
    spec: RunSpec,
    generator: Generator,
    problems: Sequence[Problem],
    prompts: dict[str, Prompt],
    batches: Sequence[Sequence[Request]],
    graders: Sequence[Grader],
    *,
    primary_grader: str,
    watcher: Watcher,
    window: int | None = None,
) -> BatchDone:
    """Make, grade and store every completion of the plan that the store does not hold yet.

    Parameters
    ----------
    window
        That of the plan, at whose ends the counts of the watcher move.

    Returns after the last batch, after the current one when the watcher asks to stop, or when the engine stops.
    """
    have = queries.completion_keys(store.connection, spec.run_id)
    requests = [request for batch in batches for request in batch]
    missing = [[r for r in batch if _key(r) not in have] for batch in batches]
    judgement = _Judgement(requests, have, window, primary_grader)
    done = BatchDone(len(requests) - sum(map(len, missing)), len(requests))
    problem_of = {p.problem_id: p for p in problems}
    parts = _parts(generator, [batch for batch in missing if batch], spec.decoding, watcher)
    try:
        for batch, results, seconds in parts:
            rows = [
                _graded(spec, generator, problem_of[request.problem_id], prompts, request, result, graders)
                for request, result in zip(batch, results, strict=True)
            ]
            n_tokens = _store(store, spec.run_id, batch, results, rows, seconds)
            done = judgement.after(
                rows,
                replace(
                    done,
                    n_done=done.n_done + len(rows),
                    n_new=done.n_new + len(rows),
                    n_tokens=done.n_tokens + n_tokens,
                ),
            )
            watcher.on_batch(done)
    except EngineStoppedError as error:
        return replace(done, stopped=error)
    return done


def _parts(
    generator: Generator, batches: Sequence[list[Request]], decoding: Decoding, watcher: Watcher
) -> Iterator[tuple[list[Request], list[Generated], float]]:
    """Yield requests, results and seconds part by part: batch by batch, or as an engine that makes none ends them."""
    started = time.perf_counter()
    if isinstance(generator, StreamingGenerator):
        for part in generator.stream(batches, decoding, watcher.on_tokens, watcher.should_stop):
            yield [request for request, _ in part], [result for _, result in part], time.perf_counter() - started
            started = time.perf_counter()
        return
    for batch in batches:
        if watcher.should_stop():
            return
        started = time.perf_counter()
        results = generator.generate(batch, decoding, watcher.on_tokens)
        yield batch, results, time.perf_counter() - started


def _store(
    store: Store,
    run_id: str,
    requests: Sequence[Request],
    results: Sequence[Generated],
    rows: Sequence[GradedCompletion],
    seconds: float,
) -> int:
    """Store a part and what it took in one transaction; return its new tokens."""
    made = _decoded_batches(requests, results)
    n_tokens = sum(tokens for _, tokens in made.values())
    with store.transaction():
        store.insert_completions(rows)
        for batch_hash, (n_rows, tokens) in made.items():
            # The time of one call, by tokens: parts of a batch that was halved were not timed apart.
            share = tokens / n_tokens if n_tokens else n_rows / len(rows)
            store.add_batch(run_id, batch_hash, n_rows, tokens, seconds * share)
    return n_tokens


class _Judgement:
    """Counts what is right and truncated, of windows of the plan whose last completion is there.

    Parameters
    ----------
    requests
        The plan.
    have
        Completions that are stored already.
    window
        Rows of a window; None makes one of the whole plan.
    """

    def __init__(
        self, requests: Sequence[Request], have: set[tuple[str, int]], window: int | None, primary_grader: str
    ) -> None:
        self.window_of = {_key(r): i // (window or max(1, len(requests))) for i, r in enumerate(requests)}
        self.open = Counter(w for key, w in self.window_of.items() if key not in have)
        self.primary_grader = primary_grader
        self.waiting: dict[int, list[GradedCompletion]] = {}

    def after(self, rows: Sequence[GradedCompletion], done: BatchDone) -> BatchDone:
        """Return `done` with the windows that `rows` completed."""
        for row in rows:
            window = self.window_of[row.completion.problem_id, row.completion.completion_index]
            self.waiting.setdefault(window, []).append(row)
            self.open[window] -= 1
            if not self.open[window]:
                done = _judge(done, self.waiting.pop(window), self.primary_grader)
        return done


def _key(request: Request) -> tuple[str, int]:
    return request.problem_id, request.completion_index


def _check_context(problem: Problem, n_prompt: int, cap: int, context_length: int | None) -> None:
    if context_length is not None and n_prompt + cap > context_length:
        raise InputError(
            f"problem {problem.problem_id} needs {n_prompt} prompt tokens and a token limit of {cap}, but the model's "
            f"context holds {context_length}: lower --max-new-tokens or use fewer exemplars"
        )


def _graded(
    spec: RunSpec,
    generator: Generator,
    problem: Problem,
    prompts: dict[str, Prompt],
    request: Request,
    result: Generated,
    graders: Sequence[Grader],
) -> GradedCompletion:
    completion = Completion(
        run_id=spec.run_id,
        problem_id=problem.problem_id,
        completion_index=request.completion_index,
        prompt_hash=prompts[problem.problem_id].prompt_hash,
        n_tokens=result.n_tokens,
        cap=spec.decoding.max_new_tokens,
        seed=request.seed if spec.decoding.temperature > 0 else None,
        engine=generator.engine,
        dtype=generator.dtype,
        # By name, so that whatever an engine tells of a completion needs no line here.
        **{name: value for name, value in as_row(result).items() if name not in APART},
    )
    grades = tuple(g.grade(result.text, problem.gold, problem.solution) for g in graders)
    return GradedCompletion(completion, grades, result.served)


def _decoded_batches(requests: Sequence[Request], results: Sequence[Generated]) -> dict[str, tuple[int, int]]:
    """Return rows and new tokens by batch: an engine that ran out of memory made several of the one it was given."""
    made: dict[str, tuple[int, int]] = {}
    for request, result in zip(requests, results, strict=True):
        n_rows, n_tokens = made.get(result.batch_hash, (0, 0))
        new = (result.n_tokens or 0) - len(request.generated_ids)
        made[result.batch_hash] = (n_rows + 1, n_tokens + new)
    return made


def _judge(done: BatchDone, rows: Sequence[GradedCompletion], primary_grader: str) -> BatchDone:
    """Count the rows of a window that is whole."""
    correct = sum(g.grader == primary_grader and g.outcome is Outcome.CORRECT for row in rows for g in row.grades)
    return replace(
        done,
        n_judged=done.n_judged + len(rows),
        n_correct=done.n_correct + correct,
        n_truncated=done.n_truncated + sum(r.completion.stop_reason == "length" for r in rows),
    )
