"""The browser of all completions: what the script of a page reads, and the script.

A page holds the problems and completions of its part once, as gzip of JSON in base64: no text of a model or of a user
can end the element that carries it. The script unpacks it, filters, searches and sorts, and writes text as text only.
It is the only script that the page's policy lets run, named there by its hash. A browser that runs no script, or is
older than 2023 and cannot unpack, shows the cards of the first problems instead.

Problems of other parts (`reports.completion_pages`) lie on other pages. Of these a page holds only by which filters
each problem is found: so it says how many there are, and its links and addresses lead to the right page.

Every rule (who flipped, which characters are hidden, how an end is called) stays in Python: the script gets flags,
words and the pattern of hidden characters.
"""

import base64
import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markupsafe import Markup

from evalsuite.figures.characters import HIDDEN
from evalsuite.findings import CompletionView, Findings
from evalsuite.records import Outcome, StopReason
from evalsuite.wording.language import N_, tr
from reports.cells import MISSING
from reports.completion_cards import (
    FILTERS,
    LONG_TEXT,
    STATES,
    Summary,
    end_words,
    numbered,
    outcome_sign,
    outcome_words,
    run_labels,
    summary,
)
from reports.completion_pages import Part, href

__all__ = ["Browser", "browsers", "contents", "signed_script", "without_comments"]

SCRIPTS = ("page.js", "elements.js", "writing.js", "pieces.js", "problem.js", "controls.js", "browser.js")

LEVEL, LEVEL_BESIDE = 9, 7
"""Of gzip for the report's own page and for the pages beside it: 3 % more, in a third of the time."""

TEXTS = {
    "signs": N_("✓ right · ✗ wrong · ∅ no answer · = right answer · ⇄ answered differently"),
    "no_question": N_("(no question recorded)"),
    "ran_on": N_("graded up to here; the rest runs on"),
    "cut": N_("cut off here by the token limit"),
    "differs": N_("Underlined: words that the other run does not have there."),
    "lead": N_("Every problem with its completions side by side."),
    "lead_part": N_("The problems of this part with their completions side by side."),
    "base": N_("Gained and lost are relative to {base}."),
    "part": N_("Search, filters and order work on this part. Filters say how many problems they leave in every part."),
    "search": N_("Search in questions and completions"),
    "order": N_("Order"),
    "given": N_("as evaluated"),
    "flips": N_("flipped first"),
    "long": N_("longest completion first"),
    "short": N_("shortest completion first"),
    "question": N_("longest question first"),
    "show": N_("Show"),
    "all": N_("All"),
    "only": N_("And only"),
    "outcome": N_("Outcome"),
    "any": N_("any"),
    "count": N_("{left} of {total} problems"),
    "count_part": N_("{left} of {total} problems in this part"),
    "count_all": N_("{left} of {total} problems in this part, {left_in_all} of {all} in all parts"),
    "of": N_("{n} of {total}"),
    "nothing": N_("No problem is left under these filters."),
    "reset": N_("Show all"),
    "more": N_("Show {n} more"),
    "rest": N_("Show all {n} characters"),
    "problem": N_("Problem"),
    "gold": N_("right answer"),
    "extracted": N_("answer read"),
    "solution": N_("Worked solution"),
    "none": N_("none"),
    "end": N_("end"),
    "tokens": N_("tokens"),
    "looped": N_("repeats itself until the token limit"),
    "graders": N_("by grader"),
    "agree": N_("all {n} agree"),
    "keys": N_("Keys"),
    "keys_lead": N_("The keys work after a click or a tab into this part of the page."),
    "key_next": N_("next, previous problem, and link to the next part; reads on where a problem is open"),
    "key_open": N_("open or close the problem"),
    "key_search": N_("search"),
    "key_close": N_("close"),
    "key_help": N_("these keys"),
    "link": N_("The address of the page holds the filters, the search, the order and the open problem: copy it."),
    "close": N_("Close"),
}
"""Fixed texts of the script; names in braces are filled in there."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What the page carries: the packed data, the script, and the script's source for the page's policy."""

    island: str
    script: Markup
    source: str


def browsers(findings: Sequence[Findings], keys: Sequence[str], parts: Sequence[Part]) -> Iterator[Browser]:
    """Yield the browser of each part; all have the same script.

    Parameters
    ----------
    findings, keys, parts
        What the report shows, the key that starts the ids of each, and what `parts.divide` made of their problems.
    """
    script, source = signed_script(*SCRIPTS)
    for part, data in zip(parts, contents(findings, keys, parts), strict=True):
        yield Browser(_pack(data, LEVEL if part.number == 1 else LEVEL_BESIDE), script, source)


def contents(findings: Sequence[Findings], keys: Sequence[str], parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    """Yield what the script of each part reads, before it is packed.

    Texts stand once in ``pool`` and are named by their place. ``pages`` has the address and the places of every part,
    ``part`` is the place of this one among them.
    """
    answers = [_Answer(one, key) for one, key in zip(findings, keys, strict=True) if one.problems]
    for place, part in enumerate(parts):
        pool = _Names()
        yield {
            "texts": {name: tr(text) for name, text in TEXTS.items()},
            "hidden": _script_pattern(HIDDEN.pattern),
            "missing": MISSING,
            "long": LONG_TEXT,
            "filters": [(tag, tr(title)) for tag, title in FILTERS],
            "states": [(state, tr(title)) for state, title in STATES],
            "pages": [(href(part, other), other.first, other.end) for other in parts],
            "part": place,
            "answers": [answer.on(part, pool) for answer in answers if part.first < len(answer.problems)],
            "pool": list(pool.places),
        }


def signed_script(*files: str) -> tuple[Markup, str]:
    """Return files of ``assets`` as one script that leaves no names on the page, and its source for the policy."""
    assets = resources.files("reports") / "assets"
    text = "\n".join(without_comments((assets / name).read_text(encoding="utf-8")) for name in files)
    script = f'(() => {{\n"use strict";\n{text}}})();\n'
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Our own files, no text from outside.
    return Markup(script), f"'sha256-{digest}'"  # noqa: S704


def without_comments(text: str) -> str:
    """Return a style or script of ours without indentation, empty lines and the lines that only explain."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


class _Names:
    """Short texts that come again and again, named by their place."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.places.setdefault(value, len(self.places))


class _Answer:
    """The problems of one answer, and by which filters each is found."""

    def __init__(self, findings: Findings, key: str) -> None:
        self.key = key
        self.problems = findings.problems
        self.labels = run_labels(self.problems)
        self.graders = sorted({name for p in self.problems for c in p.completions for name in c.verdicts})
        self.counted = all(c.n_tokens is not None for p in self.problems for c in p.completions)
        self.summaries = [summary(problem, self.labels) for problem in self.problems]
        kinds = _Names()
        self.all = [kinds(_kind(of_problem)) for of_problem in self.summaries]
        self.kinds = list(kinds.places)

    def on(self, part: Part, pool: _Names) -> dict[str, Any]:
        """Return the answer as the page of `part` holds it: kinds of all problems, rows of its own."""
        rows = _Rows(self, pool)
        problems = [rows.problem(place) for place in range(part.first, min(part.end, len(self.problems)))]
        return {
            "key": self.key,
            "counted": self.counted,
            "runs": self.labels,
            "graders": self.graders,
            "kinds": self.kinds,
            "all": self.all,
            "marks": list(rows.marks.places),
            "outcomes": [(outcome_sign(o), outcome_words(o), o == Outcome.CORRECT) for o in rows.outcomes.places],
            "ends": [(end_words(end), end == StopReason.LENGTH) for end in rows.ends.places],
            "problems": problems,
        }


class _Rows:
    """The problems of one answer and part as rows: what comes again and again is named by its place."""

    def __init__(self, answer: _Answer, pool: _Names) -> None:
        self.of = answer
        self.pool = pool
        self.marks, self.outcomes, self.ends = _Names(), _Names(), _Names()

    def problem(self, place: int) -> dict[str, Any]:
        """Return the problem at `place`."""
        problem, of_problem = self.of.problems[place], self.of.summaries[place]
        return {
            "id": problem.problem_id,
            "question": self.pool(problem.question),
            "gold": problem.gold,
            "solution": self.pool(problem.solution),
            "flip": of_problem.flip or "",
            "marks": [(m.position, self.marks((m.sign, m.words, m.good))) for m in of_problem.marks],
            "completions": [
                self.completion(c, number) for c, number in zip(problem.completions, numbered(problem), strict=True)
            ],
        }

    def completion(self, c: CompletionView, number: str) -> tuple[Any, ...]:
        """Return one completion; its verdicts are places of outcomes, -1 where a grader did not grade."""
        verdicts = [self.outcomes(c.verdicts[name]) if name in c.verdicts else -1 for name in self.of.graders]
        return (
            self.of.labels.index(c.label),
            number,
            self.pool(c.text),
            c.extracted,
            self.outcomes(c.outcome),
            self.ends(c.stop_reason),
            c.n_tokens,
            int(bool(c.looped)),
            verdicts if c.verdicts else [],
            *(() if c.runs_on_at is None else (_units(c.text[: c.runs_on_at]),)),
        )


def _kind(of_problem: Summary) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return by what a problem is found: its filters, and the states of each run, as sums of powers of two."""
    return _bits(FILTERS, of_problem.tags), tuple((m.position, _bits(STATES, m.states)) for m in of_problem.marks)


def _bits(names: Sequence[tuple[str, str]], holding: Sequence[str]) -> int:
    return sum(1 << place for place, (name, _) in enumerate(names) if name in holding)


def _units(text: str) -> int:
    """Return the length of a text as the script counts it: characters beyond the first 65,536 count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def _script_pattern(pattern: str) -> str:
    """Return a class of characters as the script writes it: every character by its code."""
    return "".join(c if c in "[]-" else f"\\u{{{ord(c):x}}}" for c in pattern)


def _pack(value: dict[str, Any], level: int) -> str:
    """Return `value` as JSON, packed and in base64. The same value gives the same text wherever zlib is the same.

    A lone surrogate cannot be written in UTF-8; the escape that stands for it is the one of JSON.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=level, fileobj=buffer, mtime=0) as file:
        file.write(text.encode("utf-8", errors="backslashreplace"))
    return base64.b64encode(buffer.getvalue()).decode("ascii")
