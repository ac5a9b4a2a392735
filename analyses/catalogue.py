"""The analyses there are, in one tuple."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from analyses import (
    attribution,
    grader_agreement,
    label_noise,
    noise_floor,
    sample_size,
    seed_comparison,
    significance,
    small_samples,
    subset_outlook,
    variance_decomposition,
)
from analyses.breakdown import analysis as breakdown
from analyses.calibration import analysis as calibration
from analyses.model_comparison import analysis as model_comparison
from analyses.training_signal import analysis as training_signal
from analyses.truncation import analysis as truncation
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.settings import ComparisonSettings, SeedOptions
from evalsuite.store.store import Store

__all__ = ["ANALYSES", "Analysis", "find"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis by name.

    Attributes
    ----------
    name, question
        As its page shows them.
    run
        From a store (None if there is none), the labels of runs, and whose verdict counts (None takes each run's
        primary grader) to findings.
    takes
        What follows the name on the command line: labels of runs, which default to those of the store; labels that
        may be left out, with an answer that needs no store; labels of trainings, which default to those of the store
        where there is one; counts; or nothing.
    """

    name: str
    question: str
    run: Callable[[Store | None, Sequence[str], str | None], Findings]
    takes: Literal["runs", "runs or nothing", "trainings", "counts", "nothing"] = "runs"


def _of_runs(analyse: Callable[..., Findings]) -> Callable[[Store | None, Sequence[str], str | None], Findings]:
    return lambda store, names, grader: analyse(store, names, grader=grader)


def _with_settings(analyse: Callable[..., Findings]) -> Callable[[Store | None, Sequence[str], str | None], Findings]:
    return lambda store, names, grader: analyse(store, names, ComparisonSettings(grader=grader))


def _without_runs(analyse: Callable[[], Findings]) -> Callable[[Store | None, Sequence[str], str | None], Findings]:
    def run(_store: Store | None, names: Sequence[str], _grader: str | None) -> Findings:
        if names:
            raise InputError(f"this analysis takes no runs, got {', '.join(names)}")
        return analyse()

    return run


def _model_comparison(store: Store | None, names: Sequence[str], *, grader: str | None) -> Findings:
    if store is None or len(names) < 2:
        raise InputError("model_comparison needs a store and the labels of at least two runs")
    return model_comparison.analyse(store, names, ComparisonSettings(grader=grader))


def _seed_comparison(store: Store | None, names: Sequence[str], *, grader: str | None) -> Findings:
    if store is None or len(names) < 2:
        raise InputError("seed_comparison needs a store, the label of the base and those of the new recipe's seeds")
    return seed_comparison.analyse(
        store, SeedOptions(base=tuple(names[:1]), new=tuple(names[1:])), ComparisonSettings(grader=grader)
    )


def _training_signal(store: Store | None, names: Sequence[str], grader: str | None) -> Findings:
    if grader is not None:
        raise InputError(f"training_signal reads the stored rewards and takes no grader, got {grader!r}")
    return training_signal.analyse(store, names)


def _significance(_store: Store | None, counts: Sequence[str], grader: str | None) -> Findings:
    if grader is not None:
        raise InputError(f"significance reads counts and takes no grader, got {grader!r}")
    return significance.analyse(counts)


def _calibration(_store: Store | None, counts: Sequence[str], grader: str | None) -> Findings:
    """Take the number of draws of each design, where one is given."""
    if grader is not None:
        raise InputError(f"calibration simulates its runs and takes no grader, got {grader!r}")
    if not counts:
        return calibration.analyse()
    if len(counts) > 1 or not counts[0].isdigit() or int(counts[0]) < 1:
        raise InputError(f"calibration takes the number of draws of each design, such as 200, got {' '.join(counts)}")
    return calibration.analyse(draws=int(counts[0]))


THESE = {"new": "the new run", "base": "the base"}
ANALYSES = (
    Analysis(model_comparison.NAME, model_comparison.SEVERAL.format(**THESE), _of_runs(_model_comparison)),
    Analysis(seed_comparison.NAME, seed_comparison.QUESTION.format(**THESE), _of_runs(_seed_comparison)),
    Analysis(significance.NAME, significance.QUESTION.format(cases="1/5 → 2/5"), _significance, "counts"),
    Analysis(
        sample_size.NAME, sample_size.QUESTION.format(base=0.2, new=0.4), _without_runs(sample_size.analyse), "nothing"
    ),
    Analysis(small_samples.NAME, small_samples.QUESTION, _of_runs(small_samples.analyse), "runs or nothing"),
    Analysis(
        variance_decomposition.NAME,
        variance_decomposition.QUESTION,
        _of_runs(variance_decomposition.analyse),
        "runs or nothing",
    ),
    Analysis(breakdown.NAME, breakdown.QUESTION, _of_runs(breakdown.analyse)),
    Analysis(subset_outlook.NAME, subset_outlook.QUESTION, _with_settings(subset_outlook.analyse)),
    Analysis(truncation.NAME, truncation.QUESTION, _with_settings(truncation.analyse)),
    Analysis(noise_floor.NAME, noise_floor.QUESTION, _of_runs(noise_floor.analyse)),
    Analysis(attribution.NAME, attribution.QUESTION.format(**THESE), _with_settings(attribution.analyse)),
    Analysis(grader_agreement.NAME, grader_agreement.QUESTION, _with_settings(grader_agreement.analyse)),
    Analysis(label_noise.NAME, label_noise.QUESTION.format(**THESE), _with_settings(label_noise.analyse)),
    Analysis(training_signal.NAME, training_signal.QUESTION, _training_signal, "trainings"),
    Analysis(calibration.NAME, calibration.QUESTION, _calibration, "counts"),
)


def find(name: str) -> Analysis:
    """Return the analysis called `name`.

    Raises
    ------
    InputError
        There is none; the message lists all.
    """
    for analysis in ANALYSES:
        if analysis.name == name:
            return analysis
    raise InputError(f"there is no analysis {name!r}: choose from {', '.join(a.name for a in ANALYSES)}")
