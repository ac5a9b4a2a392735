"""Several runs as one table: what each solved, and its difference from the base with the interval drawn in the cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from evalsuite.findings import Light, Table
from evalsuite.wording.language import tr
from reports import cells as form
from reports.strip import axis, cell_strip
from reports.verdicts import verdict_view, verdicts_by_run
from reports.view_models import VerdictView

__all__ = ["RunRow", "run_rows"]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run: texts, the drawn interval, and the numbers by which rows are sorted; the base has no difference.

    `flipped` is how many problems it won and lost against the base; empty where that is not counted.
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
    sort_accuracy: str
    sort_difference: str


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
        drawn, value = Markup(), ""
        if own is not None:
            low, middle, high = (float(own[name]) for name in ("low", "value", "high"))  # type: ignore[arg-type]
            drawn, value = cell_strip((low, middle, high), on), f"{middle:.6f}"
        limits = "" if own is None else _limits(texts[label]["low"], texts[label]["high"])
        rows.append(
            RunRow(
                label=label,
                position=position,
                solved=_solved(shown),
                accuracy=shown.get("value", ""),
                difference="" if own is None else texts[label]["value"],
                limits=limits,
                drawn=drawn,
                flipped=_flipped(paired[position - 1]) if own is not None and position <= len(paired) else "",
                verdict=verdict_view(decided.get(label), lights=lights.get(label, ())),
                sort_accuracy=str(row.get("value") or 0),
                sort_difference=value,
            )
        )
    base, *others = rows
    others.sort(key=lambda one: -float(one.sort_difference or 0))
    return (base, *others), difference.note


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
