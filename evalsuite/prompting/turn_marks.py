r"""By what a template begins a question, so that a turn that the model invents in the same words can be recognised.

A prompt ``Aufgabe: {{ question }}\nLösung:`` teaches a base model to go on with ``Aufgabe:`` once it has answered. What
a template begins its questions with is the fixed text before the question, or a label that all its exemplars share;
without a chat template also what stands between the texts. A mark counts only at the beginning of a line, with any
number in the place of its own, whatever emphasis is round it. What is no mark: a sign that a list or a rule of Markdown
begins with, a word that stands before an answer, and what the template's own answers begin a line with.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.prompting.exemplars import exemplars
from evalsuite.prompting.template_file import TemplateFile, read_template, render_text

__all__ = ["TEMPLATE_TEXT", "stored_turn_marks", "turn_marks"]

TEMPLATE_TEXT = "template_text"
"""Where the details of a run keep what its template file said."""
_QUESTION = "\ue000"
"""Stands for the question: a character of nobody's, which the filters of a template leave as it is."""
_MAX_BEFORE = 2000

_EMPHASIS = "#*_ \t"
_PARTS = re.compile(r"(?P<opening>[^\w\n]*)(?P<words>.*?\w)(?P<end>[^\w\n]*)", re.DOTALL)
_LABEL = re.compile(r"[^\n:：]{1,40}[:：]")
_NO_QUESTION = re.compile(
    r"(?:the |your )?(?:final |step[- ]by[- ]step )?(?:answer|ans|a|solution|result|response|assistant|explanation"
    r"|reasoning|step|note|hint|thought|therefore|so|答案?|解答?|解析|回答)",
    re.IGNORECASE,
)
_RULE = re.compile(r"(?:[-=*_~.+•]\s?)+")


def turn_marks(template: TemplateFile) -> tuple[str, ...]:
    r"""Return what may begin an invented turn, as regular expressions to be matched at a line's beginning in any case.

    Time is linear in the text that they are matched with.

    Examples
    --------
    >>> file = read_template(Path("mine.toml"), 'user = "Aufgabe 1: {{ question }}\\nLösung:"')
    >>> (mark,) = turn_marks(file)
    >>> [bool(re.match(mark, line, re.IGNORECASE)) for line in ("**Aufgabe 2:** Tom", "Aufgaben gibt es viele.")]
    [True, False]
    """
    before, *after = render_text(template.user, {"question": _QUESTION}).split(_QUESTION)
    if not after:
        return ()
    shots = [(e.question, e.solution) for e in template.exemplars]
    if template.draw is not None and template.draw.source == "own":
        shots += exemplars()[: template.draw.n]
    answers = [template.prefix, *(solution for _, solution in shots), after[-1]]
    taken = {_plain(line) for text in answers for line in text.splitlines()}
    found = [_question_mark(before, taken), _shared_label([question for question, _ in shots], taken)]
    if not template.chat:
        found.append(_separator(template.separator))
    return tuple(dict.fromkeys(mark for mark in found if mark))


def stored_turn_marks(details: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the marks of the template file that a run was made by, from its details; none where it was no file."""
    text = details.get(TEMPLATE_TEXT)
    return () if text is None else _of_text(text)


@lru_cache(maxsize=64)
def _of_text(text: str) -> tuple[str, ...]:
    try:
        return turn_marks(read_template(Path("stored.toml"), text))
    except InputError:
        return ()  # of a version that allowed more


def _question_mark(before: str, taken: set[str]) -> str | None:
    """Return the mark of the last line before the question that can be one; the lines before it may stand there too."""
    lines = before.splitlines() or [""]
    for at in reversed(range(len(lines))):
        alone = at < len(lines) - 1 or before.endswith("\n")
        mark = _mark(lines[at], taken, alone=alone)
        if mark is not None:
            earlier = " ".join(lines[:at])
            words = r"\s+".join(map(re.escape, earlier.split()))
            return rf"(?:{words}\s+)?{mark}" if words and len(earlier) <= _MAX_BEFORE else mark
    return None


def _shared_label(questions: list[str], taken: set[str]) -> str | None:
    """Return the mark of the label, such as ``Student:``, that all questions begin with."""
    labels = [_LABEL.match(question.lstrip()) for question in questions]
    marks = {None if label is None else _mark(label[0], taken, alone=False) for label in labels}
    return marks.pop() if len(marks) == 1 else None


def _separator(separator: str) -> str | None:
    """Return the mark of a line between two texts, if there is one that no answer has."""
    line = separator.strip()
    if not line or "\n" in line or _RULE.fullmatch(line):
        return None
    return re.escape(line) + r"[ \t\r]*(?:\n|\Z)"


def _mark(line: str, taken: set[str], *, alone: bool) -> str | None:
    """Return the mark of one line that stands before a question; `alone` says that the question begins on the next."""
    parts = _PARTS.fullmatch(line.strip())
    if parts is None or _plain(line) in taken or _NO_QUESTION.fullmatch(parts["words"].strip()):
        return None
    words, end = parts["words"], parts["end"].strip(_EMPHASIS)
    listed = len(words) == 1 and end[:1] in (".", ")", "")  # such as a)
    sentence = alone or end or len(words.split()) > 2
    if listed or not sentence or not any(character.isalpha() for character in words):
        return None
    opening = parts["opening"].strip(_EMPHASIS + ">")
    heading = alone and not end and parts["opening"] != opening
    emphasis = rf"[{_EMPHASIS}>]{{{int(heading)},8}}"
    number = r"(?:[ \t]?[#№]?[0-9]{1,4}(?![0-9]))?"
    if end:
        close = rf"[{_EMPHASIS}]{{0,4}}{re.escape(end)}"
    else:
        close = rf"[{_EMPHASIS}:：.]{{0,6}}\r?(?=\n|\Z)" if alone else r"(?!\w)"
    return rf"{emphasis}{re.escape(opening)}[*_]{{0,3}}{_words(words)}{number}{close}"


def _words(words: str) -> str:
    """Return what matches the words with any number in the place of each of theirs."""
    pieces: Iterator[str] = (re.escape(piece) for piece in re.split(r"([0-9]+|\s+)", words) if piece)
    return "".join("[0-9]{1,4}" if p.isdecimal() else (r"[ \t]{1,4}" if p.strip("\\").isspace() else p) for p in pieces)


def _plain(line: str) -> str:
    """Return what of a line is compared: the words of its beginning, up to a colon."""
    return re.split("[:：]", line, maxsplit=1)[0].strip(_EMPHASIS + "<>[]()|").casefold()
