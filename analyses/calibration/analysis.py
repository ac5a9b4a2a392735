"""Can what is printed be trusted? Whole verdicts over simulated runs, and single methods by full enumeration."""

from collections.abc import Callable, Sequence

from analyses.calibration.designs import DESIGNS, Design
from analyses.calibration.enumeration import HERE, SIZES, enumerated
from analyses.calibration.tables import coverage_curve, method_sentence, method_tables
from analyses.calibration.verdict_tables import here_table, verdict_figure, verdict_sentence, verdict_table, worst_table
from analyses.calibration.verdicts import simulated
from evalsuite import __version__
from evalsuite.findings import Figure, Findings
from evalsuite.stats.calibration import calibrate
from evalsuite.wording.language import N_, tr

__all__ = ["DRAWS", "NAME", "QUESTION", "analyse"]

NAME = "calibration"
QUESTION = N_("Can these verdicts, intervals and tests be trusted?")
ESTIMAND = N_(
    "How often a verdict is wrong, an interval contains the truth, and a test rejects two equal models, over all "
    "possible data."
)
DRAWS = 60
"""Draws of each design: about four minutes on one core."""


def analyse(
    progress: Callable[[str], None] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    designs: Sequence[Design] = DESIGNS,
    brief: bool = False,
) -> Findings:
    """Simulate what is printed in every design, and enumerate what single intervals and tests do.

    Parameters
    ----------
    progress
        Called with the name of each part before it starts.
    draws
        Simulated pairs of runs in each design, at least 1. The band of errors allowed narrows with them: 10.5% with
        200 draws, 5.7% with 10,000.
    seed
        Of the simulation; equal seeds give equal numbers.
    designs
        Those to simulate; all of them if not given.
    brief
        Enumerate only the smallest designs, in seconds.
    """
    found = enumerated(sizes=SIZES[:1], repeated=0, here=HERE[:1]) if brief else enumerated(seed=seed)
    verdicts = (*found, *simulated(designs, n_draws=draws, seed=seed, progress=progress))
    rows = calibrate(progress)
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=tr(" ").join((verdict_sentence(verdicts), method_sentence(rows))),
        notes=(
            tr(
                "For single completions the defaults are the exact McNemar test with the Fay–Lumbard interval, "
                "and Wilson's interval for one accuracy. The others are listed to show how they behave."
            ),
        ),
        tables=(
            verdict_table(verdicts),
            here_table(verdicts),
            worst_table(verdicts),
            *method_tables(rows),
            coverage_curve(),
        ),
        figures=(verdict_figure(), _coverage_figure()),
        provenance={
            "command": "nox -s calibration" + ("" if draws == DRAWS else f" -- {draws}"),
            "analysis": {"evalsuite": __version__, "draws": draws, "seed": seed},
        },
    )


def _coverage_figure() -> Figure:
    return Figure(
        "coverage_curve",
        "curves",
        tr("Mean coverage of accuracy intervals"),
        tr("The Wald interval starts far below 95% and comes near it only with hundreds of problems."),
        "coverage_curve",
        {
            "x_title": tr("problems"),
            "y_title": tr("mean coverage over all accuracies"),
            "log": 1,
            "reference": 0.95,
            "reference_title": tr("95%, as promised"),
            "floor": 0.4,
        },
    )
