"""Coverage and size of single intervals and tests by full enumeration, as tables, beside published values."""

import re
from collections.abc import Sequence

from evalsuite.findings import Cell, Column, Table
from evalsuite.stats.calibration import CalibrationRow
from evalsuite.stats.coverage import PROPORTION_INTERVALS, mean_coverage
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = ["PUBLISHED", "coverage_curve", "method_sentence", "method_tables", "setting_words"]

PARTS = (
    N_("size of McNemar tests over 9,595 scenarios"),
    N_("largest size of McNemar tests over the rate of discordance"),
    N_("coverage of paired intervals over discordance and win share"),
    N_("coverage of paired intervals in three scenarios"),
    N_("coverage of the Wald interval at single accuracies"),
    N_("coverage of accuracy intervals over a uniform accuracy"),
    N_("false alarms when looking after every discordant pair"),
)
QUANTITIES = (
    N_("largest size"),
    N_("mean size"),
    N_("share of scenarios at most 3%"),
    N_("share of scenarios above 5%"),
    N_("smallest coverage"),
    N_("mean coverage"),
    N_("coverage"),
    N_("ever rejecting"),
)
SETTINGS = (
    N_("n={v1}"),
    N_("{v1} scenarios"),
    N_("accuracy {v1}"),
    N_("discordance up to {v1}"),
    N_("{v1} to {v2}"),
    N_("{v1} discordant pairs"),
)
"""What the rows of `stats.calibration` say, with their numbers as fields."""
_NUMBER = re.compile(r"\d[\d.]*%?")
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


def method_tables(rows: Sequence[CalibrationRow]) -> tuple[Table, ...]:
    """Return one table a part of the battery."""
    parts = tuple(dict.fromkeys(row.part for row in rows))
    return tuple(_table(i, part, rows) for i, part in enumerate(parts, 1))


def _table(number: int, part: str, rows: Sequence[CalibrationRow]) -> Table:
    own = [row for row in rows if row.part == part]
    published = [PUBLISHED.get((row.setting, row.method, row.quantity)) for row in own]
    columns = [
        Column("method", tr("Method")),
        Column("setting", tr("Setting")),
        Column("quantity", tr("Quantity")),
        Column("value", tr("Enumerated"), "proportion"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (row.method, setting_words(row.setting), tr(row.quantity), row.value) for row in own
    ]
    note = ""
    if any(value is not None for value in published):
        columns.append(Column("published", tr("Published"), "proportion"))
        cells = [(*cell, value) for cell, value in zip(cells, published, strict=True)]
        note = tr("Published values as printed; empty where none is published.")
    return Table(f"calibration_{number}", _title(part), tuple(columns), tuple(cells), note)


def _title(part: str) -> str:
    text = tr(part)
    return text[:1].upper() + text[1:]


def setting_words(text: str) -> str:
    """Return a setting in the current language: its parts are parted by commas, and each holds numbers."""
    return tr(", ").join(_part(part) for part in text.split(", "))


def _part(text: str) -> str:
    values = {f"v{i}": value for i, value in enumerate(_NUMBER.findall(text), 1)}
    places = iter(values)
    return tr(_NUMBER.sub(lambda _: f"{{{next(places)}}}", text), **values)


def coverage_curve() -> Table:
    """Return the mean coverage of accuracy intervals by number of problems."""
    rows = tuple(
        (name, n, mean_coverage(interval, n)) for name, interval in PROPORTION_INTERVALS.items() for n in CURVE_SIZES
    )
    columns = (
        Column("label", tr("Interval")),
        Column("x", tr("Problems"), "count"),
        Column("y", tr("Mean coverage"), "proportion"),
    )
    return Table("coverage_curve", tr("Mean coverage by number of problems"), columns, rows)


def method_sentence(rows: Sequence[CalibrationRow]) -> str:
    """Say what the defaults keep to over all the scenarios."""

    def value(method: str, quantity: str, setting: str) -> float:
        return next(r.value for r in rows if (r.method, r.quantity, r.setting) == (method, quantity, setting))

    everywhere = "9595 scenarios"
    exact = value("mcnemar_exact", "largest size", everywhere)
    asymptotic = value("mcnemar_asymptotic", "largest size", everywhere)
    smallest = min(r.value for r in rows if r.method == "fay_lumbard" and r.quantity == "smallest coverage")
    return tr(
        "Over 9,595 pairs of equally good models, the exact McNemar test rejects in at most {exact} of cases (the "
        "asymptotic one in up to {asymptotic}), where 5% is allowed; the Fay–Lumbard interval contains the true "
        "difference in at least {smallest} of all data sets, where 95% is promised.",
        exact=numbers.percent(exact, 0.0001),
        asymptotic=numbers.percent(asymptotic, 0.0001),
        smallest=numbers.percent(smallest, 0.001),
    )
