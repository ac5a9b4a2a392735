"""The main job: the arms of an experiment evaluated, stored, compared and reported.

What is compared stands in a file (`jobs.experiment_file`). A problem set that cannot be had here is left out, with a
word; what is stored already is not made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from analyses import grader_agreement
from analyses.attribution import analysis as attribution
from analyses.model_comparison import analysis as model_comparison
from analyses.model_comparison.companions import further
from analyses.training_signal import analysis as training_signal
from analyses.truncation import analysis as truncation
from evalsuite.console import say
from evalsuite.errors import DataUnavailableError, RunIncompleteError
from evalsuite.evaluation.from_stored_run import prepare_extension
from evalsuite.evaluation.progress import execute_shown
from evalsuite.evaluation.run import PreparedRun, prepare
from evalsuite.findings import Findings
from evalsuite.generation.generator import Generator
from evalsuite.jobs.experiment_file import Experiment, Setup
from evalsuite.problems.by_name import resolve
from evalsuite.settings import ComparisonSettings
from evalsuite.store.descriptions import tags_of
from evalsuite.store.restore import read_archive
from evalsuite.store.runs import find_run, run_status
from evalsuite.store.store import Store
from evalsuite.store.trainings import training_heads
from evalsuite.wording import language as languages
from reports.build import build, build_index
from reports.page_names import file_name, free_name

__all__ = ["ExperimentPages", "SetPage", "run_experiment"]

FINDINGS = Path("data/findings")


class SetPage(NamedTuple):
    """The answer on one problem set, and its page."""

    name: str
    findings: Findings
    page: Path


@dataclass(frozen=True, slots=True)
class ExperimentPages:
    """What an experiment wrote: one page a problem set, and the list of all pages."""

    problem_sets: tuple[SetPage, ...]
    index: Path


def run_experiment(
    experiment: Experiment,
    store: Path,
    *,
    limit: int | None = None,
    extend_to: int | None = None,
    language: str = "en",
    site: Path = Path("reports/site"),
) -> ExperimentPages:
    """Run all arms, compare them on each problem set, and write the pages.

    Parameters
    ----------
    limit
        Evaluate at most so many problems of each set; None evaluates as many as the experiment says.
    extend_to
        Continue what the token limit cut up to this larger limit; None leaves it.

    Raises
    ------
    DataUnavailableError
        None of the problem sets can be had here.
    RunIncompleteError
        A run was stopped; the same call continues it.
    """
    sets = [
        one if limit is None else replace(one, limit=min(limit, one.limit or limit)) for one in _available(experiment)
    ]
    pages: list[SetPage] = []
    # The first set has its page before the others are begun. That loads each model twice, and shows an answer early.
    for group in filter(None, (sets[:1], sets[1:])):
        with Store.writer(store) as opened:
            labels = _evaluate(opened, experiment, group)
            if extend_to is not None:
                _extend(opened, [label for of_set in labels for label in of_set], extend_to)
            if experiment.training and not pages:
                # Its runs may be runs of this experiment too, on more problems: these are made anew.
                read_archive(opened, Path(experiment.training), with_runs=False)
        with languages.language(language), Store.reader(store) as opened:
            trained = _training(opened) if experiment.training and not pages else []
            for one, names in zip(group, labels, strict=True):
                pages.append(_page(opened, experiment, one, names, trained, site))
                trained = []
            index = build_index(site).resolve()
    return ExperimentPages(tuple(pages), index)


def _available(experiment: Experiment) -> list[Setup]:
    """Return the problem sets that can be had here; say which cannot."""
    available = []
    for one in experiment.sets:
        try:
            resolve(one.problems)
        except DataUnavailableError as error:
            say(f"{one.name} is left out. {error}")
        else:
            available.append(one)
    if not available:
        raise DataUnavailableError("none of the problem sets of the experiment can be had here; see above")
    return available


def _evaluate(store: Store, experiment: Experiment, sets: Sequence[Setup]) -> list[list[str]]:
    """Run every arm on every set, one model in memory at a time; return the labels by set."""
    labels: list[list[str]] = [[] for _ in sets]
    for arm in range(len(experiment.arms)):
        generator: Generator | None = None
        for of_set, one in zip(labels, sets, strict=True):
            prepared = prepare(experiment.runs(one)[arm])
            generator = generator or prepared.model.load(dtype=prepared.settings.dtype)
            of_set.append(_run(store, prepared, generator))
    return labels


def _run(store: Store, prepared: PreparedRun, generator: Generator | None = None) -> str:
    outcome = execute_shown(prepared, store, sources={}, generator=generator)
    if not outcome.finished:
        raise RunIncompleteError(
            f"stopped after {outcome.n_done} of {outcome.n_planned} completions of {outcome.label}; "
            "the same command continues"
        )
    return outcome.label


def _extend(store: Store, labels: Sequence[str], cap: int) -> None:
    """Continue in each run what the token limit truncated, where that is not done already."""
    for label in labels:
        if run_status(store, find_run(store, label).run_id)["n_truncated"]:
            _run(store, prepare_extension(store, label, cap, {}))


def _training(store: Store) -> list[Findings]:
    """Return what the archived training of the last arm shows, if there is one."""
    labels = [h.label for h in training_heads(store) if h.method == "grpo"]
    return [training_signal.analyse(store, labels)] if labels else []


def _stages(store: Store, labels: Sequence[str]) -> list[Findings]:
    """Compare each arm after the second with the one before it, and split each of these steps.

    Where an arm was trained from the one before it, a comparison with the base alone would credit the last stage with
    what the earlier ones did.
    """
    steps = list(enumerate(pairwise(labels), start=1))
    compared = [
        # The completions are on the page already, with the comparison with the base.
        replace(model_comparison.analyse(store, pair), name=f"{model_comparison.NAME}_{place}", problems=())
        for place, pair in steps[1:]
    ]
    split = [(place, attribution.analyse(store, pair)) for place, pair in steps]
    return [*compared, *(replace(one, name=f"{one.name}_{place}") if place > 1 else one for place, one in split)]


def _page(
    store: Store, experiment: Experiment, one: Setup, labels: Sequence[str], trained: Sequence[Findings], site: Path
) -> SetPage:
    """Write the page of one problem set: the comparison, then what else it says of the same runs."""
    comparison = model_comparison.analyse(store, labels)
    parts = [
        comparison,
        *_stages(store, labels),
        truncation.analyse(store, labels),
        grader_agreement.analyse(store, labels),
        *further(store, labels, ComparisonSettings()),
        *trained,
    ]
    name = free_name(site, file_name(f"main-{one.name}"), comparison)
    for findings in parts:
        findings.save(FINDINGS / name)
    title = f"{experiment.title}: {one.name}"
    path = build(parts, site, title=title, name=name, tags=tags_of(store, labels))
    say(f"\n{comparison.sentence}\n  {path}")
    return SetPage(one.name, comparison, path.resolve())
