"""Several runs as one table: what each solved, and its difference from the base with the interval drawn in the cell."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from evalsuite.findings import Cell, Findings, Light, Table
from evalsuite.wording.language import tr
from reports import cells as form
from reports.headline import means_table
from reports.sections import HEADLINE, VERDICTS
from reports.strip import axis, cell_strip
from reports.verdicts import verdict_view, verdicts_by_run
from reports.view_models import VerdictView

__all__ = ["RunRow", "run_rows", "table_of_runs"]

PAIRED = re.compile(r"paired(_\d+)?")
"""Names of the tables that count what a new run won and lost."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run: texts, the drawn interval, and the numbers by which rows are sorted; the base has no difference.

    `flipped` is how many problems it won and lost against the base; empty where that is not counted. `estimate` is the
    difference at full precision: lower limit, value and upper limit.
    """

    label: str
    position: int
    solved: str
    accuracy: str
    difference: str
    limits: str
    drawn: Markup
    flipped: str
    verdict: VerdictView | None
    estimate: tuple[float, float, float] | None
    sort_accuracy: str
    sort_difference: str


def table_of_runs(findings: Findings) -> tuple[tuple[RunRow, ...], str]:
    """Return the rows of `run_rows` for `findings`, and the note of the table; nothing where there is one new run."""
    tables = {table.name: table for table in findings.tables}
    return run_rows(
        means_table(findings),
        tables.get(HEADLINE),
        tables.get(VERDICTS),
        findings.lights_by_run,
        [table for table in findings.tables if PAIRED.fullmatch(table.name)],
    )


def run_rows(
    accuracy: Table | None,
    difference: Table | None,
    verdicts: Table | None,
    lights: Mapping[str, tuple[Light, ...]] = MappingProxyType({}),
    paired: Sequence[Table] = (),
) -> tuple[tuple[RunRow, ...], str]:
    """Return one row a run, the base first and then the best difference first, and the note of the table.

    Nothing where there is only one new run: `verdicts` is then None.
    `lights` say of each run what would change its verdict; `paired` are the paired tables of the new runs in their
    order, whose second row counts what was won and whose third what was lost.
    """
    if accuracy is None or difference is None or verdicts is None:
        return (), ""
    if not {"label", "low", "value", "high"} <= {column.key for column in difference.columns}:
        return (), ""
    decided = verdicts_by_run(verdicts)
    cells = {str(row["label"]): row for row in difference.records()}
    texts = {row["label"]: row for row in form.records(difference)}
    on = axis([value for name in ("low", "value", "high") for value in difference.numbers(name)])
    rows = []
    for position, (row, shown) in enumerate(zip(accuracy.records(), form.records(accuracy), strict=True)):
        label = str(row["label"])
        own = cells.get(label)
        estimate = None if own is None else (_number(own["low"]), _number(own["value"]), _number(own["high"]))
        limits = "" if own is None else _limits(texts[label]["low"], texts[label]["high"])
        rows.append(
            RunRow(
                label=label,
                position=position,
                solved=_solved(shown),
                accuracy=shown.get("value", ""),
                difference="" if own is None else texts[label]["value"],
                limits=limits,
                drawn=Markup() if estimate is None else cell_strip(estimate, on),
                flipped=_flipped(paired[position - 1]) if own is not None and position <= len(paired) else "",
                verdict=verdict_view(decided.get(label), lights=lights.get(label, ())),
                sort_accuracy=str(row.get("value") or 0),
                estimate=estimate,
                sort_difference="" if estimate is None else f"{estimate[1]:.6f}",
            )
        )
    base, *others = rows
    others.sort(key=lambda one: -float(one.sort_difference or 0))
    return (base, *others), difference.note


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else math.nan


def _limits(low: str, high: str) -> str:
    """Join both limits, with their unit once."""
    unit = "".join(high.partition(" ")[1:])
    return tr("({low} to {high})", low=low.removesuffix(unit) if unit else low, high=high)


def _flipped(paired: Table) -> str:
    won, lost = [row["count"] for row in form.records(paired)][1:3]
    return tr("{won} / {lost}", won=won, lost=lost)


def _solved(shown: dict[str, str]) -> str:
    if "k" in shown and shown["k"] != form.MISSING:
        return tr("{k} of {n}", k=shown["k"], n=shown["n"])
    return shown.get("n", "")
