"""The browser of all completions: what the script of a page reads, and the script.

A page holds its problems and completions once, as gzip of JSON in base64: no text of a model or of a user can end
the element that carries it. The script unpacks it, filters, searches and sorts, and writes text as text only. It is
the only script that the page's policy lets run, named there by its hash. A browser that runs no script, or is older
than 2023 and cannot unpack, shows the cards of the first problems instead.

Every rule (who flipped, which characters are hidden, how an end is called) stays in Python: the script gets flags,
words and the pattern of hidden characters.
"""

import base64
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markupsafe import Markup

from evalsuite.figures.characters import HIDDEN
from evalsuite.findings import CompletionView, Findings, ProblemView
from evalsuite.language import N_, tr
from evalsuite.records import Outcome, StopReason
from reports.format import MISSING
from reports.problems import (
    FILTERS,
    LONG_TEXT,
    STATES,
    end_words,
    numbered,
    outcome_sign,
    outcome_words,
    run_labels,
    summary,
)

__all__ = ["LIMIT", "Browser", "browser", "contents"]

LIMIT = 48_000_000
"""Characters of text that a page carries, each text counted once; problems beyond it are left to the export.

Measured with 46 million (1,319 problems, 56 completions each): a page of 15 MB, ready one to two seconds after it is
loaded, a search in a tenth of a second.
"""

SCRIPTS = ("elements.js", "browser.js")

LEVEL = 6
"""Of gzip: the highest saves less than one part in a hundred."""

TEXTS = {
    "lead": N_(
        "Every problem with the completions beside each other. ⇄ marks a problem that the runs answered differently."
    ),
    "base": N_("Gained and lost are measured against {base}."),
    "beyond": N_("The page holds the first {held} of {total} problems; the command evalsuite export writes all."),
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
    "count": N_("{shown} of {total} problems"),
    "nothing": N_("No problem is left under these filters."),
    "reset": N_("Show all"),
    "more": N_("Show {n} more"),
    "rest": N_("Show all {n} characters"),
    "problem": N_("Problem"),
    "gold": N_("right answer"),
    "extracted": N_("answer read"),
    "none": N_("none"),
    "end": N_("end"),
    "tokens": N_("tokens"),
    "looped": N_("repeats itself until the cap"),
    "graders": N_("by grader"),
    "agree": N_("all {n} agree"),
    "keys": N_("Keys"),
    "keys_lead": N_("The keys work after a click or a tab into this part of the page."),
    "key_next": N_("next, previous problem; reads on where one is open"),
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


def browser(findings: Sequence[Findings], keys: Sequence[str]) -> Browser | None:
    """Return the browser of a page, None where there is no problem to look at.

    Parameters
    ----------
    findings, keys
        What the page shows, and the key that starts the ids of each.
    """
    if not any(one.problems for one in findings):
        return None
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Our own file, no text from outside.
    return Browser(_pack(contents(findings, keys)), Markup(script), f"'sha256-{digest}'")  # noqa: S704


def contents(findings: Sequence[Findings], keys: Sequence[str], *, limit: int = LIMIT) -> dict[str, Any]:
    """Return what the script reads, before it is packed. Texts stand once in ``pool`` and are named by their place."""
    pool = _Pool(limit)
    return {
        "texts": {name: tr(text) for name, text in TEXTS.items()},
        "hidden": _script_pattern(HIDDEN.pattern),
        "missing": MISSING,
        "long": LONG_TEXT,
        "filters": [(tag, tr(title)) for tag, title in FILTERS],
        "states": [(state, tr(title)) for state, title in STATES],
        "answers": [_Rows(one, pool).answer(key) for one, key in zip(findings, keys, strict=True) if one.problems],
        "pool": list(pool.places),
    }


def _script() -> str:
    """Return the script: its files together in one function, so that they leave no names on the page."""
    assets = resources.files("reports") / "assets"
    files = "\n".join((assets / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{files}}})();\n'


class _Pool:
    """Texts of the page, each once, as far as there is room."""

    def __init__(self, limit: int) -> None:
        self.places: dict[str, int] = {}
        self.left = limit

    def takes(self, texts: Sequence[str]) -> bool:
        """Add `texts` if there is room for all of them, and say whether there was."""
        new = [text for text in dict.fromkeys(texts) if text not in self.places]
        needed = sum(map(len, new))
        if needed > self.left:
            return False
        self.left -= needed
        self.places |= {text: place for place, text in enumerate(new, start=len(self.places))}
        return True


class _Names:
    """Short texts that come again and again, named by their place."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def __call__(self, value: Any) -> int:
        return self.places.setdefault(value, len(self.places))


class _Rows:
    """The problems of one answer as rows: what comes again and again is named by its place."""

    def __init__(self, findings: Findings, pool: _Pool) -> None:
        self.findings = findings
        self.pool = pool
        self.labels = run_labels(findings.problems)
        self.graders = sorted({name for p in findings.problems for c in p.completions for name in c.verdicts})
        self.marks, self.outcomes, self.ends = _Names(), _Names(), _Names()

    def answer(self, key: str) -> dict[str, Any]:
        """Return the answer with as many problems as there is room for."""
        rows = []
        for problem in self.findings.problems:
            if not self.pool.takes([problem.question, *(c.text for c in problem.completions)]):
                break
            rows.append(self.problem(problem))
        return {
            "key": key,
            "total": len(self.findings.problems),
            "counted": all(c.n_tokens is not None for p in self.findings.problems for c in p.completions),
            "runs": self.labels,
            "graders": self.graders,
            "marks": list(self.marks.places),
            "outcomes": [(outcome_sign(o), outcome_words(o), o == Outcome.CORRECT) for o in self.outcomes.places],
            "ends": [(end_words(end), end == StopReason.LENGTH) for end in self.ends.places],
            "problems": rows,
        }

    def problem(self, problem: ProblemView) -> dict[str, Any]:
        """Return one problem; its filters and the states of each run are sums of powers of two."""
        found = summary(problem, self.labels)
        return {
            "id": problem.problem_id,
            "question": self.pool.places[problem.question],
            "gold": problem.gold,
            "flip": found.flip or "",
            "tags": _bits(FILTERS, found.tags),
            "marks": [
                (m.position, self.marks((m.sign, m.words, m.good)), _bits(STATES, m.states)) for m in found.marks
            ],
            "completions": [
                self.completion(c, number) for c, number in zip(problem.completions, numbered(problem), strict=True)
            ],
        }

    def completion(self, c: CompletionView, number: str) -> tuple[Any, ...]:
        """Return one completion; its verdicts are places of outcomes, -1 where a grader did not grade."""
        verdicts = [self.outcomes(c.verdicts[name]) if name in c.verdicts else -1 for name in self.graders]
        return (
            self.labels.index(c.label),
            number,
            self.pool.places[c.text],
            c.extracted,
            self.outcomes(c.outcome),
            self.ends(c.stop_reason),
            c.n_tokens,
            int(bool(c.looped)),
            verdicts if c.verdicts else [],
        )


def _bits(names: Sequence[tuple[str, str]], held: Sequence[str]) -> int:
    return sum(1 << place for place, (name, _) in enumerate(names) if name in held)


def _script_pattern(pattern: str) -> str:
    """Return a class of characters as the script writes it: every character by its code."""
    return "".join(c if c in "[]-" else f"\\u{{{ord(c):x}}}" for c in pattern)


def _pack(value: dict[str, Any]) -> str:
    """Return `value` as JSON, packed and in base64. The same value gives the same text wherever zlib is the same.

    A lone surrogate cannot be written in UTF-8; the escape that stands for it is the one of JSON.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=buffer, mtime=0) as file:
        file.write(text.encode("utf-8", errors="backslashreplace"))
    return base64.b64encode(buffer.getvalue()).decode("ascii")
