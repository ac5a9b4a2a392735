"""``evalsuite run``: evaluate a model, or repeat a stored run with another arithmetic."""

import shlex
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from evalsuite.cli.options import DEFAULT_STORE, DryRun, Json, StorePath
from evalsuite.cli.value_sources import SOURCES
from evalsuite.errors import InputError, RunIncompleteError
from evalsuite.settings import RunSettings

if TYPE_CHECKING:
    from evalsuite.evaluation.run import PreparedRun, RunOutcome
    from evalsuite.generation.generator import Generator

__all__ = ["require_finished", "run"]

DEFAULT_SETTINGS = RunSettings()


def run(
    *,
    settings: Annotated[RunSettings, Parameter(name="*")] = DEFAULT_SETTINGS,
    replicate: str | None = None,
    share: str | None = None,
    cluster: str | None = None,
    shards: str | None = None,
    workers: int | None = None,
    store: StorePath = DEFAULT_STORE,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Evaluate a model and store every completion; the same command continues a stopped run.

    Parameters
    ----------
    replicate
        Repeat this stored run with another --batch-size or --dtype (by default half the batch size), to measure how
        many verdicts change with the arithmetic alone.
    share
        K/N: make only every N-th batch, from the K-th on. N processes with stores of their own make a run together;
        `evalsuite merge` joins the stores.
    cluster
        Make the run on the machines of a Ray cluster: host:port of its head, auto for the one that this machine belongs
        to, or local.
    shards
        Where the workers of a cluster leave what they made: a folder or address (s3://...) that all machines reach;
        STORE.shards beside the store if not given.
    workers
        Processes that each hold the model; one a GPU, or one for every 4 CPUs, if not given.

    Examples
    --------
    evalsuite run --model smollm2 --limit 128 --template fewshot-4
    """
    from evalsuite.extras import require
    from evalsuite.generation.engines import extra_of
    from evalsuite.store.runs import find_run
    from evalsuite.store.store import Store

    engine: str = settings.engine
    if replicate is not None:
        with Store.reader(store) as opened:
            engine = str(find_run(opened, replicate).spec.get("engine"))
    require(extra_of(engine), "A run")
    from evalsuite.evaluation.from_stored_run import prepare_replicate
    from evalsuite.evaluation.run import prepare
    from evalsuite.evaluation.share import Share

    if cluster is None and (shards is not None or workers is not None):
        raise InputError("--shards and --workers are for runs on a cluster: add --cluster auto, local or HOST:PORT")
    part = None if share is None else Share.parse(share)
    if replicate is None:
        prepared = prepare(settings)
    else:
        # Only what the user typed may differ from the stored run; defaults of the flags say nothing.
        typed = {key: value for key, value in asdict(settings).items() if SOURCES.get(key.replace("_", "-")) == "cli"}
        with Store.reader(store) as opened:
            prepared = prepare_replicate(opened, replicate, typed)
    if dry_run:
        _print_plan(prepared, as_json=json)
        return
    from evalsuite.evaluation.progress import execute_shown
    from evalsuite.store.descriptions import describe_run

    machines: AbstractContextManager[Generator | None] = nullcontext()
    if cluster is not None:
        require("cluster", "A run on a cluster")
        from evalsuite.evaluation.on_cluster import cluster_generator

        machines = cluster_generator(prepared, cluster, shards=shards, n_workers=workers, store=store)
    with machines as generator, Store.writer(store, run_id=prepared.spec.run_id) as opened:
        outcome = execute_shown(prepared, opened, sources=dict(SOURCES), share=part, generator=generator)
        description = describe_run(opened, outcome.run_id)
    _print_outcome(outcome, description, as_json=json)
    require_finished(outcome)
    if part is not None and part.n > 1:
        from evalsuite.console import say

        say("This share is whole. Join the stores of all shares with `evalsuite merge STORE STORE ... --store JOINED`.")


def require_finished(outcome: "RunOutcome") -> None:
    """Raise if completions are missing: the same command makes them.

    Raises
    ------
    RunIncompleteError
        The message holds the command.
    """
    if not outcome.finished:
        why = "" if outcome.stopped is None else f"{outcome.stopped}\n"
        raise RunIncompleteError(
            f"{why}{outcome.n_done} of {outcome.n_planned} completions are stored. Continue with the same command:\n"
            f"  evalsuite {shlex.join(sys.argv[1:])}"
        )


def _print_plan(prepared: "PreparedRun", *, as_json: bool) -> None:
    from evalsuite.console import print_json, print_nested
    from evalsuite.documents.runs import RunPlan

    settings, spec = prepared.settings, prepared.spec
    n_problems = len(prepared.order.rows)
    plan = RunPlan(
        run_id=spec.run_id,
        model=spec.model,
        weights_fingerprint=spec.weights_fingerprint,
        adapter=spec.adapter,
        template=spec.template,
        problems=prepared.problem_set.name,
        problems_from=prepared.problem_set.source,
        order=prepared.order.name,
        n_problems=n_problems,
        n_completions=n_problems * settings.completions,
        new_tokens_at_most=n_problems * settings.completions * settings.max_new_tokens,
        dtype=spec.dtype,
        primary_grader=settings.grader,
    )
    print_json(plan.as_dict()) if as_json else print_nested(plan.values())


def _print_outcome(outcome: "RunOutcome", description: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one line on stderr and the run's id, or JSON, on stdout."""
    from evalsuite.console import print_json, print_line, say
    from evalsuite.documents.runs import Session, of_result

    if as_json:
        session = Session(outcome.n_new, outcome.seconds, outcome.peak_memory_bytes)
        print_json(of_result(description, session).as_dict())
        return
    rate = outcome.n_tokens / outcome.seconds if outcome.n_new else 0.0
    say(
        f"{outcome.label}: {outcome.n_done}/{outcome.n_planned} completions stored, {outcome.n_new} of them now, "
        f"{outcome.seconds:.0f} s, {rate:.0f} tokens/s, peak memory {outcome.peak_memory_bytes / 2**30:.1f} GiB"
    )
    print_line(outcome.run_id)
