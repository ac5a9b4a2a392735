"""The main job: one model under two prompts, evaluated, stored, compared and reported by one command.

``python -m evalsuite.jobs.main_job``. The problems are GSM8K's where it can be had, else generated ones.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from analyses import attribution, grader_agreement, model_comparison, truncation
from evalsuite.console import say
from evalsuite.display import RunDisplay, execute_shown
from evalsuite.errors import DataUnavailableError, EvalsuiteError, RunIncompleteError
from evalsuite.generation.huggingface import load
from evalsuite.problems.resolve import resolve
from evalsuite.rerun import prepare_extension
from evalsuite.run import execute, prepare
from evalsuite.settings import RunSettings
from evalsuite.store.read import find_run, run_status
from evalsuite.store.store import Store
from reports.build import build

__all__ = ["main_job"]

STORE = Path("data/runs/main.duckdb")
FINDINGS = Path("data/findings")
SITE = Path("reports/site")
BASE_TEMPLATE, NEW_TEMPLATE = "tutorial", "fewshot-4"
FURTHER = (attribution.analyse, truncation.analyse, grader_agreement.analyse)
"""What else the page says of the two runs."""

app = App(
    name="main-job", help="Evaluate SmolLM2 under two prompts and write the report.", result_action="return_value"
)


@app.default
def main_job(
    *,
    limit: Annotated[int, Parameter(help="Problems to evaluate.")] = 128,
    problems: Annotated[str | None, Parameter(help="As for `evalsuite run`; GSM8K or generated if not given.")] = None,
    model: Annotated[str, Parameter(help="As for `evalsuite run`.")] = "smollm2",
    max_new_tokens: Annotated[int, Parameter(help="Token cap of both arms.")] = 300,
    extend_to: Annotated[int | None, Parameter(help="Continue what the cap cut up to this larger cap.")] = None,
    store: Path = STORE,
) -> Path:
    """Run both arms (what is stored already is not made again), compare, and return the path of the page."""
    chosen = problems or _problems()
    kind = "" if chosen == "gsm8k" else f", {chosen}"
    base = RunSettings(
        model=model,
        problems=chosen,
        limit=limit,
        template=BASE_TEMPLATE,
        label=f"tutorial prompt{kind}",
        max_new_tokens=max_new_tokens,
    )
    labels = _evaluate(store, (base, replace(base, template=NEW_TEMPLATE, label=f"4-shot prompt{kind}")))
    if extend_to is not None:
        _extend(store, labels, extend_to)
    with Store.reader(store) as opened:
        comparison = model_comparison.analyse(opened, labels, seed=0)
        parts = [analyse(opened, labels) for analyse in FURTHER]
    for findings in (comparison, *parts):
        findings.save(FINDINGS)
    path = build([comparison, *parts], SITE, title=f"evalsuite: {comparison.question}", name="main")
    say(f"\n{comparison.sentence}")
    sys.stdout.write(f"verdict: {comparison.verdict}\nreport: {path.resolve()}\n")
    return path


def _problems() -> str:
    try:
        return resolve("gsm8k").name.removesuffix("/test")
    except DataUnavailableError as error:
        say(f"GSM8K is not to be had here, so generated problems are used. ({error})")
        return "generated"


def _evaluate(store: Path, arms: tuple[RunSettings, ...]) -> list[str]:
    labels = []
    with Store.writer(store) as opened:
        generator = None
        for settings in arms:
            prepared = prepare(settings)
            say(f"{prepared.spec.model}, template {prepared.spec.template}, {settings.limit} of {settings.problems}")
            # Both arms are the same model, so it is loaded once.
            generator = generator or load(prepared.files, dtype=settings.dtype)
            with RunDisplay(len(prepared.order.rows), settings.max_new_tokens) as display:
                outcome = execute(prepared, opened, watcher=display.watcher, sources={}, generator=generator)
            if not outcome.finished:
                raise RunIncompleteError(
                    f"stopped after {outcome.n_done} of {outcome.n_planned} completions of {outcome.label}; "
                    "the same command continues"
                )
            labels.append(outcome.label)
    return labels


def _extend(store: Path, labels: list[str], cap: int) -> None:
    """Continue in each run what the cap cut, where that is not done already."""
    with Store.writer(store) as opened:
        for label in labels:
            head = find_run(opened, label)
            if run_status(opened, head.run_id)["n_truncated"]:
                execute_shown(prepare_extension(opened, label, cap, {}), opened, sources={})


if __name__ == "__main__":
    try:
        app()
    except EvalsuiteError as error:
        say(f"evalsuite: {error}")
        sys.exit(error.exit_code)
