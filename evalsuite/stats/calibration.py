"""The battery of checks on the methods of this package: how often intervals cover and tests err.

`calibrate` runs every check of `coverage` that the pages quote and returns rows for a table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from evalsuite.stats.coverage import (
    FAGERLAND_ODDS_RATIOS,
    FAGERLAND_SIZES,
    MCNEMAR_TESTS,
    PAIRED_INTERVALS,
    PAIRED_SCENARIOS,
    PROPORTION_INTERVALS,
    cells,
    discordance_grid,
    fagerland_discordance,
    mean_coverage,
    minimum_coverage,
    paired_coverage,
    paired_coverage_grid,
    proportion_coverage,
    rejection_given_discordant,
    size_of_test,
)
from evalsuite.stats.naive_methods import wald_proportion
from evalsuite.stats.sequential import Rule, ever_rejection_probability

__all__ = ["CalibrationRow", "calibrate"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One number of the battery.

    Attributes
    ----------
    part
        What was measured, such as ``"size of McNemar tests, 9,595 scenarios"``.
    setting, method
        Number of problems and true accuracies; name of the test or interval.
    quantity
        ``"largest size"``, ``"mean coverage"`` and so on.
    value
        A probability.
    """

    part: str
    setting: str
    method: str
    quantity: str
    value: float


def calibrate(progress: Progress | None = None, *, largest: int = 1319) -> tuple[CalibrationRow, ...]:
    """Run every check and return its numbers; some ten seconds on one core.

    Parameters
    ----------
    progress
        Called with the name of each part before it starts.
    largest
        Leave out settings with more problems than this, for a quick look. The 9,595 scenarios are always complete.

    References
    ----------
    Fagerland et al. (2013), doi:10.1186/1471-2288-13-91; Brown, Cai and DasGupta (2001), doi:10.1214/ss/1009213286;
    Bowyer, Aitchison and Ivanova (2025), arXiv:2503.01747.
    """
    parts: tuple[tuple[str, Callable[[str, int], Iterable[CalibrationRow]]], ...] = (
        ("size of McNemar tests over 9,595 scenarios", _fagerland_rows),
        ("largest size of McNemar tests over the rate of discordance", _largest_size_rows),
        ("coverage of paired intervals over discordance and win share", _grid_rows),
        ("coverage of paired intervals in three scenarios", _scenario_rows),
        ("coverage of the Wald interval at single accuracies", _wald_rows),
        ("coverage of accuracy intervals over a uniform accuracy", _proportion_rows),
        ("false alarms when looking after every discordant pair", _peeking_rows),
    )
    rows: list[CalibrationRow] = []
    for name, part in parts:
        if progress is not None:
            progress(name)
        rows.extend(part(name, largest))
    return tuple(rows)


def _fagerland_rows(part: str, _: int) -> Iterable[CalibrationRow]:
    for name, pvalue in MCNEMAR_TESTS.items():
        rejecting = rejection_given_discordant(pvalue, max(FAGERLAND_SIZES))
        sizes = np.concatenate(
            [
                size_of_test(rejecting, n, fagerland_discordance(theta))
                for theta in FAGERLAND_ODDS_RATIOS
                for n in FAGERLAND_SIZES
            ]
        )
        setting = f"{sizes.size} scenarios"
        yield CalibrationRow(part, setting, name, "largest size", float(sizes.max()))
        yield CalibrationRow(part, setting, name, "mean size", float(sizes.mean()))
        yield CalibrationRow(part, setting, name, "share of scenarios at most 3%", float((sizes <= 0.03).mean()))
        yield CalibrationRow(part, setting, name, "share of scenarios above 5%", float((sizes > 0.05).mean()))


def _largest_size_rows(part: str, largest: int) -> Iterable[CalibrationRow]:
    rates = np.linspace(0.0, 1.0, 2001)
    for name, pvalue in MCNEMAR_TESTS.items():
        rejecting = rejection_given_discordant(pvalue, largest)
        for n in _up_to(largest, 5, 20, 50, 100, 200, 1319):
            for top in (0.5, 1.0):
                size = float(size_of_test(rejecting, n, rates[rates <= top]).max())
                yield CalibrationRow(part, f"n={n}, discordance up to {top:.0%}", name, "largest size", size)


def _grid_rows(part: str, largest: int) -> Iterable[CalibrationRow]:
    wins, losses = discordance_grid()
    for name, sizes in {"fay_lumbard": (5, 10, 20), "tango": (5, 10, 20, 50, 100)}.items():
        for n in _up_to(largest, *sizes):
            coverage = paired_coverage_grid(PAIRED_INTERVALS[name], n, wins, losses)
            yield CalibrationRow(part, f"n={n}", name, "smallest coverage", float(coverage.min()))
            yield CalibrationRow(part, f"n={n}", name, "mean coverage", float(coverage.mean()))


def _scenario_rows(part: str, largest: int) -> Iterable[CalibrationRow]:
    truths = {f"{base} to {new}": cells(base, new, phi) for base, new, phi in PAIRED_SCENARIOS}
    wins, losses = ([table[i] for table in truths.values()] for i in (1, 2))
    for name in ("tango", "bonett_price", "t", "wald", "percentile_bootstrap"):
        for n in _up_to(largest, 5, 10, 20, 50, 100):
            coverage = paired_coverage_grid(PAIRED_INTERVALS[name], n, wins, losses)
            for truth, value in zip(truths, coverage.tolist(), strict=True):
                yield CalibrationRow(part, f"{truth}, n={n}", name, "coverage", value)
    # This interval depends on all four counts, of which there are many more tables.
    for n in _up_to(largest, 5, 10, 20):
        for truth, table in truths.items():
            value = paired_coverage(PAIRED_INTERVALS["newcombe"], n, table)
            yield CalibrationRow(part, f"{truth}, n={n}", "newcombe", "coverage", value)


def _wald_rows(part: str, largest: int) -> Iterable[CalibrationRow]:
    for n, p in ((17, 0.5), (18, 0.5), (40, 0.5), (30, 0.2), (98, 0.2), (100, 0.106), (100, 0.107)):
        if n > largest:
            continue
        value = float(proportion_coverage(wald_proportion, n, [p])[0])
        yield CalibrationRow(part, f"n={n}, accuracy {p}", "wald", "coverage", value)


def _proportion_rows(part: str, largest: int) -> Iterable[CalibrationRow]:
    for name, interval in PROPORTION_INTERVALS.items():
        for n in _up_to(largest, 5, 10, 30, 100, 300):
            yield CalibrationRow(part, f"n={n}", name, "mean coverage", mean_coverage(interval, n))
            yield CalibrationRow(part, f"n={n}", name, "smallest coverage", minimum_coverage(interval, n))


def _peeking_rows(part: str, _: int) -> Iterable[CalibrationRow]:
    rules: tuple[Rule, ...] = ("exact", "mid-p", "e-process")
    for rule in rules:
        ever = ever_rejection_probability(400, rule)
        for m in (20, 50, 100, 264, 400):
            yield CalibrationRow(part, f"{m} discordant pairs", rule, "ever rejecting", float(ever[m - 1]))


def _up_to(largest: int, *sizes: int) -> tuple[int, ...]:
    return tuple(n for n in sizes if n <= largest)
