"""The main job: a model before and after training, evaluated, stored, compared and reported by one command.

``python -m evalsuite.jobs.experiment``. What is compared stands in a file of data/experiments. GSM8K is left out, with
a word, where it cannot be had.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from analyses import attribution, grader_agreement
from analyses.model_comparison import analysis as model_comparison
from analyses.model_comparison.companions import further
from analyses.training_signal import analysis as training_signal
from analyses.truncation import analysis as truncation
from evalsuite.console import say
from evalsuite.errors import DataUnavailableError, EvalsuiteError, RunIncompleteError
from evalsuite.evaluation.from_stored_run import prepare_extension
from evalsuite.evaluation.progress import RunDisplay, execute_shown
from evalsuite.evaluation.run import execute, prepare
from evalsuite.findings import Findings
from evalsuite.generation.generator import Generator
from evalsuite.jobs.experiment_file import Experiment, Setup, read_experiment
from evalsuite.problems.by_name import resolve
from evalsuite.settings import ComparisonSettings, RunSettings
from evalsuite.store.archive import read_archive
from evalsuite.store.runs import find_run, run_status
from evalsuite.store.store import Store
from evalsuite.store.trainings import training_heads
from evalsuite.wording import language as languages
from evalsuite.wording.verdicts import verdict_label
from reports.build import build, build_index

__all__ = ["main_job"]

EXPERIMENT = Path("data/experiments/main.toml")
STORE = Path("data/runs/main.duckdb")
FINDINGS = Path("data/findings")
SITE = Path("reports/site")
FURTHER = (attribution.analyse, truncation.analyse, grader_agreement.analyse)
"""What else a page says of its runs."""

app = App(
    name="main-job",
    help="Evaluate a model before and after training, and write the report.",
    result_action="return_value",
)


@app.default
def main_job(
    *,
    experiment: Annotated[Path, Parameter(help="What is compared with what; see data/experiments.")] = EXPERIMENT,
    limit: Annotated[int | None, Parameter(help="Evaluate at most so many problems of each set.")] = None,
    extend_to: Annotated[int | None, Parameter(help="Continue what the cap cut up to this larger cap.")] = None,
    store: Path = STORE,
    language: Annotated[Literal["en", "zh"], Parameter(help="Of the page: English or Chinese.")] = "en",
) -> list[Path]:
    """Run all arms (what is stored already is not made again), compare, and return the paths of the pages."""
    chosen = read_experiment(experiment)
    sets = [one if limit is None else replace(one, limit=_smaller(one.limit, limit)) for one in _available(chosen)]
    labels = _evaluate(store, chosen, sets)
    if extend_to is not None:
        _extend(store, [label for names in labels for label in names], extend_to)
    with languages.language(language):
        trained = _training(store, chosen)
        pages = [
            _page(store, chosen, one, names, trained if one is sets[0] else [])
            for one, names in zip(sets, labels, strict=True)
        ]
        index = build_index(SITE)
    sys.stdout.write(f"report: {pages[0].resolve()}\nall pages: {index.resolve()}\n")
    return pages


def _smaller(limit: int | None, other: int) -> int:
    return other if limit is None else min(limit, other)


def _available(experiment: Experiment) -> list[Setup]:
    """Return the problem sets that can be had here; say which cannot."""
    found = []
    for one in experiment.sets:
        try:
            resolve(one.problems)
        except DataUnavailableError as error:
            say(f"{one.name} is left out. {error}")
        else:
            found.append(one)
    if not found:
        raise DataUnavailableError("none of the problem sets of the experiment can be had here; see above")
    return found


def _evaluate(store: Path, experiment: Experiment, sets: Sequence[Setup]) -> list[list[str]]:
    """Run every arm on every set, one model in memory at a time; return the labels by set."""
    labels: list[list[str]] = [[] for _ in sets]
    with Store.writer(store) as opened:
        for arm in range(len(experiment.arms)):
            generator = None
            for own, one in zip(labels, sets, strict=True):
                label, generator = _run(opened, experiment.runs(one)[arm], generator)
                own.append(label)
    return labels


def _run(store: Store, settings: RunSettings, generator: Generator | None) -> tuple[str, Generator]:
    prepared = prepare(settings)
    model = f"{prepared.spec.model}{f' + {prepared.spec.adapter}' if prepared.spec.adapter else ''}"
    n_problems = len(prepared.order.rows)
    say(f"{model}, template {prepared.spec.template}, {n_problems} problems of {settings.problems}")
    generator = generator or prepared.model.load(dtype=settings.dtype)
    with RunDisplay(n_problems, settings.max_new_tokens) as display:
        outcome = execute(prepared, store, watcher=display.watcher, sources={}, generator=generator)
    if not outcome.finished:
        raise RunIncompleteError(
            f"stopped after {outcome.n_done} of {outcome.n_planned} completions of {outcome.label}; "
            "the same command continues"
        )
    return outcome.label, generator


def _extend(store: Path, labels: Sequence[str], cap: int) -> None:
    """Continue in each run what the cap cut, where that is not done already."""
    with Store.writer(store) as opened:
        for label in labels:
            head = find_run(opened, label)
            if run_status(opened, head.run_id)["n_truncated"]:
                execute_shown(prepare_extension(opened, label, cap, {}), opened, sources={})


def _training(store: Path, experiment: Experiment) -> list[Findings]:
    """Return what the archived training of the last arm shows, if there is one."""
    if not experiment.training:
        return []
    with Store.writer(store) as opened:
        # Its runs may be runs of this experiment too, on more problems: these are made anew.
        read_archive(opened, Path(experiment.training), with_runs=False)
        labels = [h.label for h in training_heads(opened) if h.method == "grpo"]
        return [training_signal.analyse(opened, labels)] if labels else []


def _page(store: Path, experiment: Experiment, one: Setup, labels: Sequence[str], trained: Sequence[Findings]) -> Path:
    """Write the page of one problem set and say its verdict."""
    with Store.reader(store) as opened:
        comparison = model_comparison.analyse(opened, labels)
        parts = [
            *(analyse(opened, labels) for analyse in FURTHER),
            *further(opened, labels, ComparisonSettings()),
            *trained,
        ]
    name = "main-" + "-".join(one.name.lower().split())
    for findings in (comparison, *parts):
        findings.save(FINDINGS / name)
    path = build([comparison, *parts], SITE, title=f"{experiment.title}: {one.name}", name=name)
    say(f"\n{comparison.sentence}")
    answer = verdict_label(comparison.verdict) if comparison.verdict else comparison.sentence
    sys.stdout.write(f"{one.name}: {answer}\n  {path.resolve()}\n")
    return path


if __name__ == "__main__":
    try:
        app()
    except EvalsuiteError as error:
        say(f"evalsuite: {error}")
        sys.exit(error.exit_code)
