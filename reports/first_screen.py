"""The first screen of a page: the finding, the one verdict, what would change it, what to do next, and the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from evalsuite.findings import Findings, Light, Step
from evalsuite.wording.language import tr
from evalsuite.wording.lights import ANSWERS, QUESTIONS, depends_on
from reports.flips import Flip, flips
from reports.headline import Range, headline_range
from reports.squares import SquaresView, changes, squares
from reports.strip import axis, strip
from reports.table_of_runs import RunRow, table_of_runs
from reports.verdicts import marks, verdict_view
from reports.view_models import VerdictView

__all__ = ["FirstScreen", "LightView", "first_screen", "opening", "slider_range"]

SIGNS = {"yes": "!", "no": "✓", "unknown": "?"}
EVIDENCE = {"grader": "grader", "token limit": "token_limit", "training seed": "seeds", "missing results": "setup"}
"""The part of the page that a light opens."""
SAID = {"missing": "missing results", "grader": "grader"}
"""Cautions that say what the verdict and its light say where it depends on this."""
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
class FirstScreen:
    """What the first screen of a comparison shows beside the finding.

    `marks` name what else stands in the way of reading the verdict as it is, `cautions` say it. Lights that change
    the verdict come first.
    `squares` and `strip` are those of one new run, `runs` the table of several; `strip_ends` are the ends of the line.
    """

    verdict: VerdictView | None
    marks: tuple[str, ...]
    cautions: tuple[str, ...]
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
    found = headline_range(findings)
    drawn = squares(findings.problems, key=key, title=tr("What became of every problem")) if found else None
    line = Markup()
    if found is not None and drawn is not None:
        on = axis(slider_range(findings, found))
        line = strip(
            (found.low, found.value, found.high), on, key=f"{key}-strip", words=f"{found.words}, {found.limits}"
        )
    rows, note = table_of_runs(findings)
    said = depends_on(findings.lights)
    cautions = tuple(caution for caution in findings.cautions if said is None or SAID.get(caution.kind) != said)
    return FirstScreen(
        verdict=verdict_view(findings.verdict, findings.label, findings.lights),
        marks=marks(replace(findings, cautions=cautions)),
        cautions=tuple(caution.text for caution in cautions),
        difference=found,
        lights=tuple(_light(light, key) for light in sorted(findings.lights, key=lambda one: one.changes != "yes")),
        steps=findings.steps[:STEPS],
        squares=drawn,
        strip=line,
        flips=flips(findings.problems, changes(findings.problems)) if drawn else (),
        runs=rows,
        run_note=note,
    )


def slider_range(findings: Findings, found: Range) -> list[float]:
    """Return the ends that the line has to hold: those of the difference, and of most steps of the sliders."""
    values = [found.low, found.value, found.high]
    prefixes = next((table for table in findings.tables if table.name == "prefixes"), None)
    if prefixes is not None:
        for low, value, high in zip(*(prefixes.numbers(name) for name in ("low", "value", "high")), strict=True):
            if high - low <= 2 * (found.high - found.low):
                values += [low, value, high]
    return values


def opening(screen: FirstScreen, parts: Sequence[str], *, key: str) -> FirstScreen:
    """Return `screen` with lights that open parts which are there: where one has none, the set-up is its evidence."""
    lights = tuple(light if light.part in parts else replace(light, part=f"{key}-setup") for light in screen.lights)
    return replace(screen, lights=lights)


def _light(light: Light, key: str) -> LightView:
    part = f"{key}-{EVIDENCE[light.about]}"
    return LightView(
        tr(QUESTIONS[light.about]), light.changes, tr(ANSWERS[light.changes]), SIGNS[light.changes], light.text, part
    )
