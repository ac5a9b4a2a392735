"""From a user's settings to a run: find the data and the model, fix the specification, evaluate.

This is what ``evalsuite run`` calls; it prints nothing.
"""

import math
import platform
import resource
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalsuite import __version__
from evalsuite.errors import EngineStoppedError, InputError
from evalsuite.evaluation.continued_completions import copy_finished, tokens_so_far
from evalsuite.evaluation.pipeline import BatchDone, BatchLimits, Watcher, evaluate, plan_run
from evalsuite.evaluation.share import Share
from evalsuite.generation.batching import WINDOW_BATCHES
from evalsuite.generation.engines import engine
from evalsuite.generation.generator import Generator, LocatedModel, RepeatableGenerator
from evalsuite.grading.graders import graders_of
from evalsuite.grading.own_rules import PATTERN
from evalsuite.problems.by_name import resolve
from evalsuite.problems.gsm8k import gsm8k
from evalsuite.problems.order import Order, draws, order
from evalsuite.problems.problem_set import ProblemSet
from evalsuite.problems.published import Columns
from evalsuite.prompting.templates import PromptTemplate, needs_gsm8k_train, template
from evalsuite.prompting.turn_marks import TEMPLATE_TEXT
from evalsuite.records import Decoding, RunSpec
from evalsuite.settings import RunSettings
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.versions import installed_versions

__all__ = [
    "PreparedRun",
    "RunOutcome",
    "compute_as_before",
    "execute",
    "peak_memory_bytes",
    "prepare",
    "run_template",
]

MOST = 10_000
"""Completions a problem, and seeded subsets, of a run: more is a slip of the finger that takes hours to plan."""
LARGEST_SEED = 2**31 - 1 - MOST
"""So that the seeds of all subsets fit into the store."""
PACKAGES = ("duckdb", "gguf", "numpy", "peft", "torch", "transformers")


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run whose data, model files and specification are settled; the model is not loaded yet.

    Attributes
    ----------
    parent, origin
        The stored run that this one is made from, and how: ``"extended_from"`` or ``"replicate_of"``.
    """

    settings: RunSettings
    spec: RunSpec
    model: LocatedModel
    problem_set: ProblemSet
    order: Order
    parent: StoredRun | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a call of `execute` did.

    Attributes
    ----------
    n_done, n_planned
        Completions in the store and in the plan, or in the share of it that was asked for.
    n_new, n_tokens, seconds
        Made by this call, and the wall time of decoding, grading and storing them.
    peak_memory_bytes
        Largest resident set of this process so far.
    stopped
        Why the engine could make no more; None where it was not the engine that stopped.
    """

    run_id: str
    label: str
    n_done: int
    n_planned: int
    n_new: int
    n_tokens: int
    seconds: float
    peak_memory_bytes: int
    stopped: EngineStoppedError | None = None

    @property
    def finished(self) -> bool:
        """Whether every planned completion is there."""
        return self.n_done >= self.n_planned


def prepare(settings: RunSettings) -> PreparedRun:
    """Settle data, model files and specification; nothing heavy is loaded.

    Raises
    ------
    InputError, DataUnavailableError, ModelUnavailableError
        A setting is not usable, or something is not to be had.
    """
    settings = _with_answer_pattern(settings)
    _check(settings)
    problem_set = resolve(
        settings.problems,
        path=settings.problems_path,
        allow_changed=settings.allow_changed_data,
        columns=Columns(settings.question_column, settings.answer_column, settings.id_column, settings.cluster_column),
    )
    chosen = _order(settings, len(problem_set.problems))
    prompt_template = run_template(settings)
    runner = engine(settings.engine, settings)
    model = runner.locate(settings.model, settings.adapter)
    spec = RunSpec(
        model=model.name,
        weights_fingerprint=model.weights_fingerprint,
        adapter=model.adapter_name,
        adapter_fingerprint=model.adapter_fingerprint,
        template=prompt_template.name,
        template_fingerprint=prompt_template.fingerprint,
        decoding=_decoding(settings, prompt_template),
        dataset=problem_set.name,
        dataset_hash=problem_set.dataset_hash,
        order=chosen.name,
        engine=runner.name,
        dtype=runner.resolve_dtype(settings.dtype),
        serving=model.serving,
    )
    return PreparedRun(settings, spec, model, problem_set, chosen)


def execute(
    prepared: PreparedRun,
    store: Store,
    *,
    watcher: Watcher,
    sources: dict[str, str],
    generator: Generator | None = None,
    share: Share | None = None,
) -> RunOutcome:
    """Evaluate a prepared run into the store, continuing where an earlier call stopped.

    Parameters
    ----------
    sources
        Where each setting came from (flag, environment, file), recorded with the run.
    generator
        A loaded model; None loads the prepared one.
    share
        The batches to make, where other processes make the rest; None makes all.
    """
    settings, spec = prepared.settings, prepared.spec
    problems = [prepared.problem_set.problems[row] for row in prepared.order.rows]
    generator = generator or prepared.model.load(dtype=settings.dtype)
    compute_as_before(store, prepared, generator)
    prompt_template = run_template(settings, _template_text(prepared.parent))
    window = _window(store, prepared)
    limits = BatchLimits(settings.batch_size, settings.batch_tokens, window)
    extended = prepared.parent if prepared.origin == "extended_from" else None
    prompts, batches = plan_run(
        generator,
        prompt_template,
        problems,
        spec.decoding,
        n_completions=settings.completions,
        limits=limits,
        continued=None if extended is None else _continued(store, extended.run_id),
    )
    template_details = {} if prompt_template.text is None else {TEMPLATE_TEXT: prompt_template.text}
    head = _head(store, prepared, generator, sources, {**template_details, "batch_window": window})
    ids = [p.problem_id for p in prepared.problem_set.problems]
    store.add_run(head, problems, [(d.seed, [ids[row] for row in d.rows]) for d in prepared.order.draws])
    graders = graders_of(settings.grader, prompt_template.turn_marks)
    if extended is not None:
        copy_finished(store, extended.run_id, spec, problems, graders)
    started = time.perf_counter()
    done: BatchDone = evaluate(
        store,
        spec,
        generator,
        problems,
        prompts,
        batches if share is None else share.of(batches),
        graders,
        primary_grader=settings.grader,
        watcher=watcher,
        window=window if share is None else None,  # a share never has a window whole
    )
    return RunOutcome(
        run_id=spec.run_id,
        label=head.label,
        n_done=done.n_done,
        n_planned=done.n_planned,
        n_new=done.n_new,
        n_tokens=done.n_tokens,
        seconds=time.perf_counter() - started,
        peak_memory_bytes=peak_memory_bytes(),
        stopped=done.stopped,
    )


def compute_as_before(store: Store, prepared: PreparedRun, generator: Generator) -> None:
    """Let the generator compute as it did when the run, or the run that it is made from, began."""
    if isinstance(generator, RepeatableGenerator):
        known = queries.run_heads(store.connection, run_id=prepared.spec.run_id)
        parent = {} if prepared.parent is None else prepared.parent.details
        details = known[0]["details"] if known else parent
        generator.compute_like(details.get("engine", {}))


def _continued(store: Store, run_id: str) -> dict[tuple[str, int], tuple[int, ...]]:
    return {key: tokens for key, tokens in tokens_so_far(store, run_id).items() if tokens is not None}


def _window(store: Store, prepared: PreparedRun) -> int | None:
    """Return the rows of a window of the batch plan: as the run recorded it when it began, or as its parent did.

    A run that began when the whole plan was sorted by length recorded none, and goes on in the batches of its plan.
    """
    known = queries.run_heads(store.connection, run_id=prepared.spec.run_id)
    if known:
        details = known[0]["details"]
    elif prepared.parent is not None:
        details = prepared.parent.details
    else:
        return WINDOW_BATCHES * prepared.settings.batch_size
    window = details.get("batch_window")
    return None if window is None else int(window)


def _head(
    store: Store, prepared: PreparedRun, generator: Generator, sources: dict[str, str], kept: dict[str, Any]
) -> StoredRun:
    spec, parent = prepared.spec, prepared.parent
    tokenizer = generator.tokenizer_json()
    return StoredRun(
        run_id=spec.run_id,
        label=_label(store, prepared),
        source="generated",
        spec=spec.as_dict(),
        dataset_hash=spec.dataset_hash,
        primary_grader=prepared.settings.grader,
        n_completions=prepared.settings.completions,
        details={**_details(prepared, generator, sources), **kept},
        parent_run_id=None if parent is None else parent.run_id,
        tokenizer_hash=None if tokenizer is None else store.add_tokenizer(tokenizer),
    )


def _template_text(parent: StoredRun | None) -> str | None:
    return None if parent is None else parent.details.get(TEMPLATE_TEXT)


def peak_memory_bytes() -> int:
    """Return the largest resident set that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _check(settings: RunSettings) -> None:
    """Refuse what can be refused before anything is read or loaded."""
    if settings.max_new_tokens < 1:
        raise InputError(f"--max-new-tokens must be at least 1, got {settings.max_new_tokens}")
    if not 0 <= settings.temperature < math.inf or not 0 < settings.top_p <= 1:
        raise InputError(
            f"need a finite --temperature >= 0 and 0 < --top-p <= 1, got {settings.temperature} and {settings.top_p}"
        )
    for flag, value in (("--completions", settings.completions), ("--draws", settings.draws)):
        if value is not None and not 1 <= value <= MOST:
            raise InputError(f"{flag} must lie between 1 and {MOST:,}, got {value}")
    if settings.draws is not None and not 0 <= settings.seed <= LARGEST_SEED:
        raise InputError(f"--seed must lie between 0 and {LARGEST_SEED:,} with --draws, got {settings.seed}")
    if settings.batch_size < 1 or settings.batch_tokens < 1:
        raise InputError(
            f"--batch-size and --batch-tokens must be at least 1, got {settings.batch_size} and {settings.batch_tokens}"
        )
    if settings.completions > 1 and settings.temperature == 0:
        raise InputError(
            f"--completions {settings.completions} needs --temperature above 0: greedy decoding repeats itself"
        )
    graders_of(settings.grader)
    if any(not text for text in settings.stop):
        raise InputError("--stop is an empty text, which would end every completion at once")
    if settings.draws is not None and (settings.order == "file" or settings.limit is None):
        raise InputError("--draws needs --limit (problems per draw) and a seeded order, not --order file")


def _with_answer_pattern(settings: RunSettings) -> RunSettings:
    """Return the settings with their grader named, where it is given as the pattern of the answer."""
    if settings.answer_pattern is None:
        return settings
    named = PATTERN + settings.answer_pattern
    if settings.grader not in (RunSettings().grader, named):
        raise InputError(f"give either --grader {settings.grader} or --answer-pattern")
    return replace(settings, grader=named)


def _order(settings: RunSettings, n_problems: int) -> Order:
    if settings.draws is not None and settings.limit is not None:
        return draws(n_problems, seed=settings.seed, limit=settings.limit, n_draws=settings.draws)
    return order(n_problems, seed=settings.seed if settings.order == "seed" else None, limit=settings.limit)


def run_template(settings: RunSettings, text: str | None = None) -> PromptTemplate:
    """Return the prompt template of the settings, with the GSM8K train problems where it draws from them.

    Parameters
    ----------
    text
        What its template file said when a run began; None reads the file.
    """
    if not needs_gsm8k_train(settings.template, text=text):
        return template(settings.template, text=text)
    path = settings.problems_path if settings.problems.partition("/")[0] == "gsm8k" else None
    train = gsm8k("train", path=path if path is not None and path.is_dir() else None)
    return template(settings.template, gsm8k_train=train.problems, text=text)


def _decoding(settings: RunSettings, prompt_template: PromptTemplate) -> Decoding:
    """Greedy decoding knows neither nucleus nor seed, so they do not make two runs of one."""
    # A shell hands over a backslash and an n where a line end is meant.
    typed = (text.replace("\\n", "\n").replace("\\t", "\t") for text in settings.stop)
    stop = tuple(sorted({*typed, *prompt_template.stop}))
    if settings.temperature == 0:
        return Decoding(max_new_tokens=settings.max_new_tokens, stop=stop)
    return Decoding(settings.max_new_tokens, settings.temperature, settings.top_p, settings.sampling_seed, stop)


def _label(store: Store, prepared: PreparedRun) -> str:
    """Return the label asked for, the one the run has, or one made from the settings."""
    spec = prepared.spec
    if prepared.settings.label is not None:
        return prepared.settings.label
    known = queries.run_heads(store.connection, run_id=spec.run_id)
    if known:
        return str(known[0]["label"])
    model = Path(prepared.settings.model).name
    adapter = f"+{Path(prepared.settings.adapter).name}" if prepared.settings.adapter else ""
    short = f"{model}{adapter}-{spec.template}"
    long = f"{short}-{spec.dataset.replace('/', '-')}-cap{spec.decoding.max_new_tokens}"
    free = (name for name in (short, long) if not queries.run_heads(store.connection, label=name))
    return next(free, f"{long}-{spec.run_id[:6]}")


def _details(prepared: PreparedRun, generator: Generator, sources: dict[str, str]) -> dict[str, Any]:
    settings = {name: getattr(prepared.settings, name) for name in RunSettings.__dataclass_fields__}
    settings["problems_path"] = None if settings["problems_path"] is None else str(settings["problems_path"])
    parent = prepared.parent
    return {
        **({} if parent is None else {prepared.origin: {"run_id": parent.run_id, "label": parent.label}}),
        "settings": settings,
        "sources": sources,
        "versions": {
            "evalsuite": __version__,
            "python": platform.python_version(),
            **installed_versions(PACKAGES),
        },
        "engine": generator.describe(),
        "data_source": prepared.problem_set.source,
    }
