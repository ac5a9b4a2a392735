"""The first screen of a page: the finding, the one verdict, what would change it, what to do next, and the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from evalsuite.figures.cells import spread
from evalsuite.findings import Findings, Light, Step, Table
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from reports.flips import Flip, flips
from reports.sections import HEADLINE, TILES, VERDICTS
from reports.squares import SquaresView, changes, squares
from reports.strip import axis, strip
from reports.table_of_runs import RunRow, run_rows
from reports.verdicts import verdict_view
from reports.view_models import VerdictView

__all__ = ["FirstScreen", "LightView", "Range", "first_screen", "headline_range", "opening", "slider_range"]

QUESTIONS = {
    "grader": N_("with another grader?"),
    "token limit": N_("without the token limit?"),
    "training seed": N_("with another training seed?"),
}
ANSWERS = {"yes": (N_("yes"), "!"), "no": (N_("no"), "✓"), "unknown": (N_("not known"), "?")}
EVIDENCE = {"grader": "grader", "token limit": "token_limit", "training seed": "seeds"}
"""The part of the page that a light opens."""
STEPS = 2
"""So many steps stand on the first screen."""


@dataclass(frozen=True, slots=True)
class LightView:
    """Whether the verdict would change, as one word with a sign; `part` is the key of the part that shows why."""

    question: str
    changes: str
    word: str
    sign: str
    text: str
    part: str


@dataclass(frozen=True, slots=True)
class Range:
    """The paired difference of the first screen: as shares, and in words."""

    low: float
    value: float
    high: float
    words: str
    limits: str


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """What the first screen of a comparison shows beside the finding.

    `squares` and `strip` are those of one new run, `runs` the table of several; `strip_ends` are the ends of the line.
    """

    verdict: VerdictView | None
    difference: Range | None
    lights: tuple[LightView, ...]
    steps: tuple[Step, ...]
    squares: SquaresView | None
    strip: Markup
    flips: tuple[Flip, ...]
    runs: tuple[RunRow, ...]
    run_note: str


def first_screen(findings: Findings, *, key: str) -> FirstScreen:
    """Return the first screen of `findings`; `key` starts its ids."""
    tables = {table.name: table for table in findings.tables}
    found = headline_range(findings)
    drawn = None
    line = Markup()
    if found is not None:
        on = axis(slider_range(findings, found))
        line = strip(
            (found.low, found.value, found.high), on, key=f"{key}-strip", words=f"{found.words}, {found.limits}"
        )
        drawn = squares(findings.problems, key=key, title=tr("What became of every problem"))
    accuracy = next((tables[name] for name in TILES if name in tables), None)
    rows, note = run_rows(accuracy, tables.get(HEADLINE), tables.get(VERDICTS))
    return FirstScreen(
        verdict=verdict_view(findings.verdict, findings.label, findings.lights),
        difference=found,
        lights=tuple(_light(light, key) for light in findings.lights),
        steps=findings.steps[:STEPS],
        squares=drawn,
        strip=line,
        flips=flips(findings.problems, changes(findings.problems)) if drawn else (),
        runs=rows,
        run_note=note,
    )


def headline_range(findings: Findings) -> Range | None:
    """Return the difference of the one new run; None for several, for scores, and where nothing is compared."""
    table = next((table for table in findings.tables if table.name == HEADLINE), None)
    figure = next((figure for figure in findings.figures if figure.name == HEADLINE), None)
    if table is None or figure is None or len(table.rows) != 1 or not _in_points(table):
        return None
    low, value, high = (table.numbers(name)[0] for name in ("low", "value", "high"))
    error = spread(low, high)
    stated = figure.options.get("level")
    level = stated if isinstance(stated, float) else 0.95
    limits = tr("{level}% CI {limits}", level=numbers.level(level),
                limits=numbers.points_interval(low, high, error))  # fmt: skip
    return Range(low, value, high, numbers.points(value, error), limits)


def slider_range(findings: Findings, found: Range) -> list[float]:
    """Return the ends that the line has to hold: those of the difference, and of most steps of the sliders."""
    values = [found.low, found.value, found.high]
    prefixes = next((table for table in findings.tables if table.name == "prefixes"), None)
    if prefixes is not None:
        for low, value, high in zip(*(prefixes.numbers(name) for name in ("low", "value", "high")), strict=True):
            if high - low <= 2 * (found.high - found.low):
                values += [low, value, high]
    return values


def _in_points(table: Table) -> bool:
    kinds: Mapping[str, str] = {column.key: column.kind for column in table.columns}
    return all(kinds.get(name) == "difference" for name in ("low", "value", "high"))


def opening(screen: FirstScreen, parts: Sequence[str], *, key: str) -> FirstScreen:
    """Return `screen` with lights that open parts which are there: where one has none, the set-up is its evidence."""
    lights = tuple(light if light.part in parts else replace(light, part=f"{key}-setup") for light in screen.lights)
    return replace(screen, lights=lights)


def _light(light: Light, key: str) -> LightView:
    word, sign = ANSWERS[light.changes]
    part = f"{key}-{EVIDENCE[light.about]}"
    return LightView(tr(QUESTIONS[light.about]), light.changes, tr(word), sign, light.text, part)
