"""The analyses there are, in one tuple, and how one is run by its name."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from analyses import (
    engines,
    grader_agreement,
    label_noise,
    noise_floor,
    sample_size,
    significance,
    small_samples,
    subset_outlook,
    variance_decomposition,
)
from analyses.attribution import analysis as attribution
from analyses.breakdown import analysis as breakdown
from analyses.calibration import analysis as calibration
from analyses.model_comparison import analysis as model_comparison
from analyses.runs.defaults import default_runs, default_trainings
from analyses.seed_comparison import analysis as seed_comparison
from analyses.training_signal import analysis as training_signal
from analyses.truncation import analysis as truncation
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.settings import ComparisonSettings, SeedOptions
from evalsuite.store.store import Store

__all__ = ["ANALYSES", "Analysis", "answer", "find"]

DEFAULTS = ComparisonSettings()
PAIRING = ("grader", "only_shared", "allow_unfinished", "pair_by", "drop_duplicates")
"""Settings of `analyses.runs.pairing.pair_runs`."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis by name.

    Attributes
    ----------
    name, question
        As its page shows them.
    analyse
        Its function: of a store (None if there is none) and labels; of counts; or of nothing.
    takes
        What follows the name on the command line: labels of runs, which default to those of the store; labels that
        may be left out, with an answer that needs no store; labels of trainings, which default to those of the store
        where there is one; counts; or nothing.
    options
        Which of the `ComparisonSettings`, and whether ``seed`` (of the resamples), `analyse` takes, as keywords.
    """

    name: str
    question: str
    analyse: Callable[..., Findings]
    takes: Literal["runs", "runs or nothing", "trainings", "counts", "nothing"] = "runs"
    options: tuple[str, ...] = ("grader",)

    def run(
        self,
        store: Store | None,
        names: Sequence[str],
        settings: ComparisonSettings = DEFAULTS,
        seed: int | None = None,
    ) -> Findings:
        """Answer the question; a seed that is None is left at its default.

        Raises
        ------
        InputError
            A setting other than its default, or a name, is given that the analysis does not take.
        """
        given: dict[str, Any] = {k: v for k, v in asdict(settings).items() if v != getattr(DEFAULTS, k)}
        given |= {} if seed is None else {"seed": seed}
        for key in given:
            if key not in self.options:
                raise InputError(f"--{key.replace('_', '-')} has no effect on {self.name}")
        if self.takes == "nothing":
            if names:
                raise InputError(f"{self.name} takes no runs, got {', '.join(names)}")
            return self.analyse(**given)
        if self.takes == "counts":
            return self.analyse(names, **given)
        return self.analyse(store, names, **given)


def answer(
    analysis: Analysis,
    names: Sequence[str],
    *,
    store: Path,
    settings: ComparisonSettings = DEFAULTS,
    seed: int | None = None,
) -> Findings:
    """Answer the question for runs or trainings of the store at `store`, which is opened only where it is needed.

    Parameters
    ----------
    names
        Labels or ids; where there are none, those of `defaults.default_runs` or `defaults.default_trainings`.

    Raises
    ------
    InputError
        As `Analysis.run`; or there is no store, or it holds nothing to answer for.
    """
    if analysis.takes in ("counts", "nothing") or (not names and analysis.takes == "runs or nothing"):
        return analysis.run(None, names, settings, seed)
    if analysis.takes == "trainings" and not names and not store.exists():
        return analysis.run(None, (), settings, seed)
    default = default_trainings if analysis.takes == "trainings" else default_runs
    with Store.reader(store) as opened:
        return analysis.run(opened, names or default(opened), settings, seed)


def _with_settings(analyse: Callable[..., Findings]) -> Callable[..., Findings]:
    """Return `analyse` with each setting as a keyword."""

    def run(store: Store | None, names: Sequence[str], *, seed: int | None = None, **given: Any) -> Findings:
        seeded = {} if seed is None else {"seed": seed}
        return analyse(store, names, ComparisonSettings(**given), **seeded)

    return run


def _model_comparison(
    store: Store | None, names: Sequence[str], settings: ComparisonSettings, *, seed: int = 0
) -> Findings:
    if store is None or len(names) < 2:
        raise InputError("model_comparison needs a store and the labels of at least two runs")
    return model_comparison.analyse(store, names, settings, seed=seed)


def _seed_comparison(store: Store | None, names: Sequence[str], settings: ComparisonSettings) -> Findings:
    if store is None or len(names) < 2:
        raise InputError("seed_comparison needs a store, the label of the base and those of the new recipe's seeds")
    return seed_comparison.analyse(store, SeedOptions(base=tuple(names[:1]), new=tuple(names[1:])), settings)


def _calibration(counts: Sequence[str] = (), *, seed: int = 0) -> Findings:
    """Take the number of draws of each design, where one is given."""
    if not counts:
        return calibration.analyse(seed=seed)
    if len(counts) > 1 or not counts[0].isdigit() or int(counts[0]) < 1:
        raise InputError(f"calibration takes the number of draws of each design, such as 200, got {' '.join(counts)}")
    return calibration.analyse(draws=int(counts[0]), seed=seed)


EVERY_SETTING = tuple(asdict(DEFAULTS))
THESE = {"new": "the new run", "base": "the base"}
ANALYSES = (
    Analysis(
        model_comparison.NAME,
        model_comparison.SEVERAL.format(**THESE),
        _with_settings(_model_comparison),
        options=(*EVERY_SETTING, "seed"),
    ),
    Analysis(
        seed_comparison.NAME,
        seed_comparison.QUESTION.format(**THESE),
        _with_settings(_seed_comparison),
        options=EVERY_SETTING,
    ),
    Analysis(
        significance.NAME,
        significance.QUESTION.format(cases="1/5 → 2/5"),
        significance.analyse,
        "counts",
        ("alpha",),
    ),
    Analysis(
        sample_size.NAME,
        sample_size.QUESTION.format(base=0.2, new=0.4),
        sample_size.analyse,
        "nothing",
        ("alpha",),
    ),
    Analysis(small_samples.NAME, small_samples.QUESTION, small_samples.analyse, "runs or nothing"),
    Analysis(
        variance_decomposition.NAME,
        variance_decomposition.QUESTION,
        variance_decomposition.analyse,
        "runs or nothing",
    ),
    Analysis(breakdown.NAME, breakdown.QUESTION, breakdown.analyse, options=("alpha", *PAIRING, "seed")),
    Analysis(
        subset_outlook.NAME,
        subset_outlook.QUESTION,
        _with_settings(subset_outlook.analyse),
        options=("alpha", *PAIRING),
    ),
    Analysis(
        truncation.NAME,
        truncation.QUESTION,
        _with_settings(truncation.analyse),
        options=("alpha", *PAIRING, "seed"),
    ),
    Analysis(noise_floor.NAME, noise_floor.QUESTION, noise_floor.analyse),
    Analysis(
        engines.NAME,
        engines.QUESTION.format(new="one run", base="another"),
        _with_settings(engines.analyse),
        options=("alpha", *PAIRING),
    ),
    Analysis(
        attribution.NAME,
        attribution.QUESTION.format(**THESE),
        _with_settings(attribution.analyse),
        options=("alpha", "grader", "only_shared", "pair_by", "drop_duplicates", "seed"),
    ),
    Analysis(
        grader_agreement.NAME,
        grader_agreement.QUESTION,
        _with_settings(grader_agreement.analyse),
        options=("alpha", "grader", "only_shared", "pair_by", "drop_duplicates"),
    ),
    Analysis(
        label_noise.NAME,
        label_noise.QUESTION.format(**THESE),
        _with_settings(label_noise.analyse),
        options=("alpha", "grader", "only_shared", "pair_by", "drop_duplicates"),
    ),
    Analysis(training_signal.NAME, training_signal.QUESTION, training_signal.analyse, "trainings", ("seed",)),
    Analysis(calibration.NAME, calibration.QUESTION, _calibration, "counts", ("seed",)),
)


def find(name: str) -> Analysis:
    """Return the analysis called `name`; hyphens stand for underscores.

    Raises
    ------
    InputError
        There is none; the message names a near one and lists all.
    """
    names = [analysis.name for analysis in ANALYSES]
    spelled = name.replace("-", "_")
    if spelled in names:
        return ANALYSES[names.index(spelled)]
    near = get_close_matches(spelled, names, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise InputError(f"there is no analysis {name!r}.{meant} Choose from {', '.join(names)}")
