"""Can these intervals and tests be trusted? Coverage and size by full enumeration, beside published values."""

from collections.abc import Callable, Sequence

from evalsuite import __version__, numbers
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.stats.calibration import PROPORTION_INTERVALS, CalibrationRow, calibrate, mean_coverage

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "calibration"
QUESTION = "Can these intervals and tests be trusted?"
ESTIMAND = (
    "How often an interval contains the truth, and how often a test rejects equal models, over all possible data."
)
CURVE_SIZES = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300)

# Fagerland, Lydersen and Laake (2013), doi:10.1186/1471-2288-13-91; Brown, Cai and DasGupta (2001),
# doi:10.1214/ss/1009213286. As printed there.
PUBLISHED: dict[tuple[str, str, str], float] = {
    ("9595 scenarios", "mcnemar_asymptotic", "largest size"): 0.0537,
    ("9595 scenarios", "mcnemar_midp", "share of scenarios above 5%"): 0.0,
    ("n=17, accuracy 0.5", "wald", "coverage"): 0.951,
    ("n=18, accuracy 0.5", "wald", "coverage"): 0.904,
    ("n=40, accuracy 0.5", "wald", "coverage"): 0.919,
    ("n=30, accuracy 0.2", "wald", "coverage"): 0.946,
    ("n=98, accuracy 0.2", "wald", "coverage"): 0.928,
    ("n=100, accuracy 0.106", "wald", "coverage"): 0.952,
    ("n=100, accuracy 0.107", "wald", "coverage"): 0.911,
}


def analyse(progress: Callable[[str], None] | None = None) -> Findings:
    """Enumerate everything; no random number is drawn, so every call gives the same numbers.

    Parameters
    ----------
    progress
        Called with the name of each part before it starts.
    """
    rows = calibrate(progress)
    parts = tuple(dict.fromkeys(row.part for row in rows))
    return Findings(
        name=NAME,
        question=QUESTION,
        estimand=ESTIMAND,
        verdict=None,
        sentence=_sentence(rows),
        notes=(
            "The defaults here are the exact McNemar test with the Fay–Lumbard interval, and Wilson's interval for "
            "one accuracy. The others are listed to show what they would do.",
        ),
        tables=(*(_table(i, part, rows) for i, part in enumerate(parts, 1)), _curve()),
        figures=(
            Figure(
                "coverage_curve",
                "curves",
                "Mean coverage of accuracy intervals",
                "The Wald interval starts far below 95% and comes near it only with hundreds of problems.",
                "coverage_curve",
                {
                    "x_title": "problems",
                    "y_title": "mean coverage over all accuracies",
                    "log": 1,
                    "reference": 0.95,
                    "reference_title": "95%, as promised",
                    "floor": 0.4,
                },
            ),
        ),
        provenance={"command": "nox -s calibration", "analysis": {"evalsuite": __version__, "random numbers": "none"}},
    )


def _table(number: int, part: str, rows: Sequence[CalibrationRow]) -> Table:
    own = [row for row in rows if row.part == part]
    published = [PUBLISHED.get((row.setting, row.method, row.quantity)) for row in own]
    columns = [
        Column("method", "Method"),
        Column("setting", "Setting"),
        Column("quantity", "Quantity"),
        Column("value", "Enumerated", "proportion"),
    ]
    cells: list[tuple[Cell, ...]] = [(row.method, row.setting, row.quantity, row.value) for row in own]
    note = ""
    if any(value is not None for value in published):
        columns.append(Column("published", "Published", "proportion"))
        cells = [(*cell, value) for cell, value in zip(cells, published, strict=True)]
        note = "Published values as printed; empty where none is published."
    return Table(f"calibration_{number}", part[:1].upper() + part[1:], tuple(columns), tuple(cells), note)


def _curve() -> Table:
    rows = tuple(
        (name, n, mean_coverage(interval, n)) for name, interval in PROPORTION_INTERVALS.items() for n in CURVE_SIZES
    )
    columns = (
        Column("label", "Interval"),
        Column("x", "Problems", "count"),
        Column("y", "Mean coverage", "proportion"),
    )
    return Table("coverage_curve", "Mean coverage by number of problems", columns, rows)


def _sentence(rows: Sequence[CalibrationRow]) -> str:
    def value(method: str, quantity: str, setting: str) -> float:
        return next(r.value for r in rows if (r.method, r.quantity, r.setting) == (method, quantity, setting))

    everywhere = "9595 scenarios"
    exact = value("mcnemar_exact", "largest size", everywhere)
    asymptotic = value("mcnemar_asymptotic", "largest size", everywhere)
    smallest = min(r.value for r in rows if r.method == "fay_lumbard" and r.quantity == "smallest coverage")
    return (
        "Over 9,595 pairs of equally good models the exact McNemar test rejects at most "
        f"{numbers.percent(exact, 1e-4)} (the asymptotic one up to {numbers.percent(asymptotic, 1e-4)}) where 5% is "
        "allowed, and the Fay–Lumbard interval contains the true difference in at least "
        f"{numbers.percent(smallest, 1e-3)} of all data sets where 95% is promised."
    )
