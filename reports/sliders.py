"""Two questions that a reader asks with a slider: what fewer problems, or a smaller token limit, would have said.

Every step is computed beforehand, and its words are written here; the script of the page only shows them. Without it
the same numbers stand in the tables of the page.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalsuite.figures.cells import spread
from evalsuite.findings import Cell, Findings, Table
from evalsuite.stats.decision import Verdict
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.units import Unit
from evalsuite.wording.verdicts import verdict_label
from reports.first_screen import slider_range
from reports.headline import headline_range
from reports.strip import axis

__all__ = ["Slider", "sliders"]


@dataclass(frozen=True, slots=True)
class Slider:
    """A slider: what it asks, and its steps as JSON.

    A step is ``[name, low, value, high, number of problems, words]``, where the three are places on the line of the
    first screen in percent. `name` is that of the last step, where the slider stands at first.
    """

    key: str
    question: str
    steps: str
    last: int
    name: str


def sliders(findings: Sequence[Findings], *, key: str) -> tuple[Slider, ...]:
    """Return the sliders that the findings have numbers for; `key` starts their ids."""
    main = findings[0]
    found = headline_range(main)
    if found is None:
        return ()
    on = axis(slider_range(main, found))
    tables = {table.name: table for one in findings for table in one.tables}

    def step(name: str, row: Mapping[str, Cell], at: str, n: int, words: str) -> list[object]:
        return [name, *(on.place(_number(row[limit])) for limit in ("low", at, "high")), n, words]

    made = []
    prefixes = tables.get("prefixes")
    if prefixes is not None:
        steps = [
            step(numbers.count(_whole(row["n"])), row, "value", _whole(row["n"]), _of_prefix(row))
            for row in prefixes.records()
        ]
        made.append(_slider(f"{key}-prefixes", N_("If only the first problems had been run"), steps))
    shorter, limits = tables.get("token_limit_shorter"), tables.get("token_limit_difference")
    # Tokens cut and graded again say more than their number.
    if limits is None and shorter is not None:
        steps = [step(numbers.count(_whole(row["x"])), row, "y", -1, _of_shorter(row)) for row in shorter.records()]
        made.append(_slider(f"{key}-limits", N_("If the token limit had been smaller"), steps))
    elif limits is not None and len(set(limits.column("label"))) == 1:
        curve = tables.get("token_limit_curve")
        steps = [step(numbers.count(_whole(row["x"])), row, "y", -1, _of_limit(row, curve)) for row in limits.records()]
        made.append(_slider(f"{key}-limits", N_("If the token limit had been smaller"), steps))
    return tuple(made)


def _slider(key: str, question: str, steps: list[list[object]]) -> Slider:
    text = json.dumps(steps, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Slider(key, tr(question), text, len(steps) - 1, str(steps[-1][0]))


def _of_prefix(row: Mapping[str, Cell]) -> str:
    low, value, high = (_number(row[name]) for name in ("low", "value", "high"))
    error = spread(low, high)
    verdict = row["verdict"]
    text = tr("The first {n} problems: {value} ({limits}), {verdict}.", n=numbers.count(_whole(row["n"])),
              value=numbers.points(value, error), limits=numbers.points_interval(low, high, error),
              verdict=verdict_label(verdict) if isinstance(verdict, Verdict) else "")  # fmt: skip
    if "ahead" in row:
        ahead, behind = (numbers.chance(_number(row[name])) for name in ("ahead", "behind"))
        more = tr("Of random sets of so many, the new run is ahead in {ahead}, the base in {behind}.",
                  ahead=ahead, behind=behind)  # fmt: skip
        return tr(" ").join((text, more))
    if "open" not in row:
        return text
    shares = {name: numbers.chance(_number(row[name])) for name in ("resolved_gain", "resolved_loss", "open")}
    more = tr("Of all sets of so many, {resolved_gain} show a gain, {resolved_loss} a loss, {open} leave it open.",
              **shares)  # fmt: skip
    return tr(" ").join((text, more))


def _of_shorter(row: Mapping[str, Cell]) -> str:
    low, value, high = (_number(row[name]) for name in ("low", "y", "high"))
    unit = Unit()
    error = unit.shared_error(_number(row["new"]), _number(row["base"]), spread(low, high) or 0.01)
    verdict = row["verdict"]
    return tr(
        "At {n} tokens, longer answers counting as wrong: {new} against {base}, {value} ({limits}), {verdict}.",
        n=numbers.count(_whole(row["x"])), new=unit.level(_number(row["new"]), error),
        base=unit.level(_number(row["base"]), error), value=unit.difference(value, error),
        limits=unit.limits(low, high, error),
        verdict=verdict_label(verdict) if isinstance(verdict, Verdict) else "",
    )  # fmt: skip


def _of_limit(row: Mapping[str, Cell], curve: Table | None) -> str:
    low, value, high = (_number(row[name]) for name in ("low", "y", "high"))
    error = spread(low, high)
    text = tr("At {n} tokens: {value} ({limits}).", n=numbers.count(_whole(row["x"])),
              value=numbers.points(value, error), limits=numbers.points_interval(low, high, error))  # fmt: skip
    if curve is None:
        return text
    at = [one for one in curve.records() if one["x"] == row["x"]]
    scores = tr(", ").join(f"{one['label']} {numbers.percent(_number(one['y']), 0.01)}" for one in at)
    return tr(" ").join((text, tr("{scores}.", scores=scores))) if scores else text


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _whole(cell: Cell) -> int:
    return int(_number(cell))
