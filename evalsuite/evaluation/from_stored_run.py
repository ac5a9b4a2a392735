"""Runs made from stored runs: the same at a larger token limit, and the same on other arithmetic.

Problems, plan and settings come out of the store, so the data set need not be at hand; model and template are
checked by their fingerprints. What comes out is a `PreparedRun` like that of ``evalsuite run``.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from evalsuite.errors import InputError, ModelUnavailableError
from evalsuite.evaluation.continued_completions import tokens_so_far
from evalsuite.evaluation.run import PreparedRun, run_template
from evalsuite.generation.engines import engine
from evalsuite.generation.generator import LocatedModel
from evalsuite.problems.order import Order, Subset
from evalsuite.problems.problem_set import ProblemSet
from evalsuite.prompting.turn_marks import TEMPLATE_TEXT
from evalsuite.records import Problem, Replicate, RunSpec
from evalsuite.settings import Dtype, RunSettings
from evalsuite.store import queries
from evalsuite.store.runs import find_run, run_status
from evalsuite.store.store import Store, StoredRun

__all__ = ["prepare_extension", "prepare_replicate"]

SERVER = ("server_url", "api_key_env", "concurrency", "request_timeout")
"""How a server is reached; whether it is the same one its fingerprint says, as far as it can be said."""
REPLICABLE = ("label", "dtype", "batch_size", "batch_tokens", "model", "adapter", *SERVER)
EXTENDABLE = ("label", "batch_size", "batch_tokens", "model", "adapter", *SERVER)


def prepare_extension(store: Store, name: str, max_new_tokens: int, changes: Mapping[str, Any]) -> PreparedRun:
    """Prepare a run that continues the completions of `name` that its cap cut, up to a larger cap.

    Parameters
    ----------
    name
        Label or id of a finished run.
    max_new_tokens
        The new cap.
    changes
        Settings to change, of `EXTENDABLE`; `model` and `adapter` where the files have moved.

    Raises
    ------
    InputError
        The run is imported or unfinished, has nothing to continue, or the new run would not be new.
    ModelUnavailableError
        The model files are not there, or are not those of the run.
    """
    head, spec, settings = _stored(store, name, changes, EXTENDABLE)
    old = spec.decoding.max_new_tokens
    status = run_status(store, head.run_id)
    if max_new_tokens <= old:
        raise InputError(f"--max-new-tokens must exceed the token limit of {head.label}, {old}, got {max_new_tokens}")
    if status["n_done"] < status["n_planned"]:
        raise InputError(
            f"run {head.label} is unfinished ({status['n_done']} of {status['n_planned']} completions): finish it first"
        )
    if status["n_truncated"] == 0:
        raise InputError(
            f"the token limit of {old} truncated no completion of {head.label}: a larger one would change nothing"
        )
    _require_tokens(store, head, spec)
    extended = replace(spec, decoding=replace(spec.decoding, max_new_tokens=max_new_tokens))
    known = queries.run_heads(store.connection, run_id=extended.run_id)
    if known and known[0]["parent_run_id"] != head.run_id:
        raise InputError(
            f"the store holds this run at a token limit of {max_new_tokens} already: {known[0]['label']}. "
            "Compare with it."
        )
    label = settings.label or (known[0]["label"] if known else f"{head.label}-cap{max_new_tokens}")
    settings = replace(settings, max_new_tokens=max_new_tokens, label=label)
    return _prepared(store, head, extended, settings, origin="extended_from")


def prepare_replicate(store: Store, name: str, changes: Mapping[str, Any]) -> PreparedRun:
    """Prepare a run that repeats `name` with another batch size or dtype, to measure what arithmetic alone changes.

    Parameters
    ----------
    name
        Label or id of a run.
    changes
        Settings to change, of `REPLICABLE`. Without another batch size or dtype the batch size is halved; an extended
        run is made once more in one go instead, which measures whether the interruption changed anything.

    Raises
    ------
    InputError
        The run is imported or a replicate itself, a setting is not one to change, or nothing would differ.
    ModelUnavailableError
        The model files are not there, or are not those of the run.
    """
    head, spec, settings = _stored(store, name, changes, REPLICABLE)
    if spec.replicate is not None:
        raise InputError(f"run {head.label} is a replicate itself: repeat the run that it repeats")
    before = RunSettings(**_known(head.details["settings"]))
    if spec.serving is not None:
        return _prepared_again(store, head, spec, settings, before)
    dtype = engine(spec.engine, settings).resolve_dtype(settings.dtype) if "dtype" in changes else spec.dtype
    same_batches = "batch_size" not in changes and "batch_tokens" not in changes
    in_one_go = same_batches and dtype == spec.dtype and "extended_from" in head.details
    if same_batches and dtype == spec.dtype and not in_one_go:
        n_rows = run_status(store, head.run_id)["n_planned"]
        settings = replace(settings, batch_size=max(1, min(before.batch_size, n_rows) // 2))
    varied: dict[str, int | str] = {} if dtype == spec.dtype else {"dtype": dtype}
    for key in ("batch_size", "batch_tokens"):
        if getattr(settings, key) != getattr(before, key):
            varied[key] = getattr(settings, key)
    if not varied and not in_one_go:
        raise InputError(
            f"a replicate of {head.label} needs another --batch-size than {before.batch_size} or another --dtype than "
            f"{spec.dtype}"
        )
    return _replicated(store, head, spec, replace(settings, dtype=cast(Dtype, dtype)), varied)


def _prepared_again(
    store: Store, head: StoredRun, spec: RunSpec, settings: RunSettings, before: RunSettings
) -> PreparedRun:
    """Prepare what repeats a run of a server: with other company for each request, as far as we decide it."""
    if settings.concurrency == before.concurrency:
        settings = replace(settings, concurrency=max(1, before.concurrency // 2))
    return _replicated(store, head, spec, settings, {"concurrency": settings.concurrency})


def _replicated(
    store: Store, head: StoredRun, spec: RunSpec, settings: RunSettings, varied: dict[str, int | str]
) -> PreparedRun:
    dtype = settings.dtype
    replicate = Replicate(head.run_id, varied)
    repeated = replace(spec, dtype=dtype, replicate=replicate)
    known = queries.run_heads(store.connection, run_id=repeated.run_id)
    named = f"{head.label}-{replicate.identity.replace(', ', '-').replace(' ', '-')}"
    settings = replace(settings, label=settings.label or (known[0]["label"] if known else named))
    return _prepared(store, head, repeated, settings, origin="replicate_of")


def _require_tokens(store: Store, head: StoredRun, spec: RunSpec) -> None:
    """Refuse to continue what cannot be: completions without tokens, or by a server that is sent none."""
    if spec.serving is not None and spec.serving.tokenizer_fingerprint is None:
        raise InputError(
            f"{head.label} was made through a server that was sent no tokens, so nothing can go on behind them: run it "
            "again with the larger --max-new-tokens, or make runs to be continued with --api completions --tokenizer"
        )
    if any(tokens is None for tokens in tokens_so_far(store, head.run_id).values()):
        raise InputError(
            f"the tokens of {head.label} are not recorded, so nothing can go on behind them: run it again with the "
            "larger --max-new-tokens"
        )


def _stored(
    store: Store, name: str, changes: Mapping[str, Any], changeable: tuple[str, ...]
) -> tuple[StoredRun, RunSpec, RunSettings]:
    """Return a stored run with its specification, and its settings with the changes."""
    head = find_run(store, name)
    if head.source != "generated" or "settings" not in head.details:
        raise InputError(f"run {head.label} was imported: nothing is recorded that could make more of it")
    fixed = sorted(set(changes) - set(changeable))
    if fixed:
        flags = ", ".join(f"--{key.replace('_', '-')}" for key in fixed)
        raise InputError(f"{flags} cannot be changed: everything but {', '.join(changeable)} is that of {head.label}")
    spec = RunSpec.from_dict(head.spec)
    settings = RunSettings(**_known(head.details["settings"]) | {"label": None, "dtype": spec.dtype} | dict(changes))
    return head, spec, settings


def _known(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recorded settings as `RunSettings` takes them."""
    names = {f.name for f in fields(RunSettings)}
    found = {key: value for key, value in stored.items() if key in names}
    path = found.get("problems_path")
    stop = tuple(found.get("stop", ()))
    return found | {"problems_path": None if path is None else Path(path), "stop": stop}


def _prepared(store: Store, head: StoredRun, spec: RunSpec, settings: RunSettings, *, origin: str) -> PreparedRun:
    model = _model(head, spec, settings)
    if run_template(settings, head.details.get(TEMPLATE_TEXT)).fingerprint != spec.template_fingerprint:
        raise InputError(
            f"the template {spec.template} is not the one that {head.label} used: its wording or exemplars have changed"
        )
    problems = tuple(_problem(row) for row in queries.problem_rows(store.connection, head.run_id))
    row_of = {p.problem_id: i for i, p in enumerate(problems)}
    subsets = queries.draws(store.connection, head.run_id)
    draws = tuple(Subset(seed, tuple(row_of[p] for p in ids)) for seed, ids in subsets.items())
    return PreparedRun(
        settings=replace(settings, completions=head.n_completions, grader=head.primary_grader),
        spec=spec,
        model=model,
        problem_set=ProblemSet(spec.dataset, spec.dataset_hash, problems, f"the stored run {head.label}"),
        order=Order(spec.order, tuple(range(len(problems))), draws),
        parent=head,
        origin=origin,
    )


def _model(head: StoredRun, spec: RunSpec, settings: RunSettings) -> LocatedModel:
    model = engine(spec.engine, settings).locate(settings.model, settings.adapter)
    if (model.weights_fingerprint, model.adapter_fingerprint) != (spec.weights_fingerprint, spec.adapter_fingerprint):
        raise ModelUnavailableError(
            f"{settings.model} with adapter {settings.adapter or 'none'} is not what made {head.label}: its "
            "fingerprint differs. Name the files of that run with --model and --adapter."
        )
    return model


def _problem(row: Mapping[str, Any]) -> Problem:
    return Problem(
        row["problem_id"],
        row["question"],
        row["solution"],
        Fraction(row["gold"]),
        row["template_id"],
        row["n_steps"],
    )
