"""The main job: one model under two prompts, evaluated, stored, compared and reported by one command.

``python -m evalsuite.jobs.main_job``. The problems are GSM8K's where it can be had, else generated ones.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from analyses.model_comparison import analyse
from evalsuite.console import say
from evalsuite.display import RunDisplay
from evalsuite.errors import DataUnavailableError, EvalsuiteError, RunIncompleteError
from evalsuite.findings import Findings
from evalsuite.generation.huggingface import load
from evalsuite.problems.resolve import resolve
from evalsuite.run import execute, prepare
from evalsuite.settings import RunSettings
from evalsuite.store.store import Store
from reports.build import build

__all__ = ["main_job"]

STORE = Path("data/runs/main.duckdb")
FINDINGS = Path("data/findings")
SITE = Path("reports/site")
BASE_TEMPLATE, NEW_TEMPLATE = "tutorial", "fewshot-4"

app = App(
    name="main-job", help="Evaluate SmolLM2 under two prompts and write the report.", result_action="return_value"
)


@app.default
def main_job(
    *,
    limit: Annotated[int, Parameter(help="Problems to evaluate.")] = 128,
    problems: Annotated[str | None, Parameter(help="As for `evalsuite run`; GSM8K or generated if not given.")] = None,
    store: Path = STORE,
) -> Path:
    """Run both arms (what is stored already is not made again), compare, and return the path of the page."""
    chosen = problems or _problems()
    base = RunSettings(problems=chosen, limit=limit, template=BASE_TEMPLATE, label="tutorial prompt")
    labels = _evaluate(store, (base, replace(base, template=NEW_TEMPLATE, label="4-shot prompt")))
    with Store.reader(store) as opened:
        findings = analyse(opened, labels, seed=0)
    findings.save(FINDINGS)
    path = build([findings], SITE, title=_title(findings), name="main")
    say(f"\n{findings.sentence}")
    sys.stdout.write(f"verdict: {findings.verdict}\nreport: {path.resolve()}\n")
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


def _title(findings: Findings) -> str:
    return f"evalsuite: {findings.question}"


if __name__ == "__main__":
    try:
        app()
    except EvalsuiteError as error:
        say(f"evalsuite: {error}")
        sys.exit(error.exit_code)
