r"""Find the LaTeX environments and boxes of a text as Math-Verify 0.9 finds them, in linear time.

Only what its extraction of a single numeric answer needs. ``[...]`` between spaces, which Math-Verify takes for
an environment too, is not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Environment", "box_content", "environment_at", "environments"]

_OPENER = re.compile(r"(?<!\\)(?:\$|\\[\[(])|-?\\frac\{")
_FRACTION = re.compile(r"-?\\frac\{-?[0-9]+(?:[.,][0-9]+)?\}\{-?[0-9]+(?:[.,][0-9]+)?\}")
_PERCENT = re.compile(r"\s*+(?:\\?%|[Pp]ercent|[Pp]ct)")
_JOIN = re.compile(r"\s*+(?:,?and|,?or|,)\s*+")
_SEPARATOR = re.compile(r"\b(?:and|or)\b|[,;]")
_BRACE = re.compile(r"[{}]")
_MAX_OPENERS = 2000


@dataclass(frozen=True, slots=True)
class Environment:
    """Where an environment starts and ends in the text, its content, and whether a percent sign follows."""

    start: int
    end: int
    content: str
    percent: bool


def environment_at(text: str, start: int) -> Environment | None:
    r"""Return the environment that opens exactly at `start`: ``$$``, ``\[``, ``$``, ``\(`` or a bare fraction."""
    before = text[start - 1] if start else ""
    if text.startswith(("\\frac{", "-\\frac{"), start):
        match = _FRACTION.match(text, start)
        return None if match is None else _finished(text, start, start, match.end(), match.end())
    if before == "\\":
        return None
    for opener, closer, one_line in (("$$", "$$", False), ("\\[", "\\]", False), ("\\(", "\\)", True)):
        if text.startswith(opener, start):
            end = text.find(closer, start + 3)
            if end < 0 or text[end - 1] == "\\" or (one_line and text.find("\n", start, end) >= 0):
                return None
            return _finished(text, start, start + 2, end, end + 2)
    if text.startswith("$", start) and not before.isdecimal():
        end = text.find("$", start + 1)
        while end > 0 and text[end - 1] == "\\":
            end = text.find("$", end + 1)
        if end > start + 1 and text.find("\n", start, end) < 0:
            return _finished(text, start, start + 1, end, end + 1)
    return None


def _finished(text: str, start: int, content: int, content_end: int, end: int) -> Environment:
    percent = _PERCENT.match(text, end)
    return Environment(start, percent.end() if percent else end, text[content:content_end], percent is not None)


def environments(text: str, *, boxed: bool) -> Iterator[tuple[Environment, ...]]:
    r"""Yield the environments from left to right without overlap, up to six joined by commas, "and" or "or".

    Parameters
    ----------
    boxed
        Only environments that hold a ``\boxed{...}``; a dollar sign that opens any other is passed over.
    """
    at = tried = 0
    while (opener := _OPENER.search(text, at)) is not None and tried < _MAX_OPENERS:
        tried += 1
        found = environment_at(text, opener.start())
        if found is None or (boxed and not _holds_box(found.content)):
            at = opener.start() + 1
            continue
        group = [found]
        while len(group) < 6 and (join := _JOIN.match(text, group[-1].end)) is not None:
            joined = environment_at(text, join.end())
            if joined is None or (boxed and not _holds_box(joined.content)):
                break
            group.append(joined)
        at = group[-1].end
        yield tuple(group)


def _holds_box(content: str) -> bool:
    box = content.find("\\boxed{")
    return box >= 0 and content.find("}", box + 8) >= 0


def box_content(text: str, *, last: bool) -> str:
    r"""Return the content of the boxes of `text` joined by commas, or `text` itself if it has none.

    Parameters
    ----------
    last
        Join to the last box only those that stand within 10 characters, or within 70 with a comma, a semicolon,
        "and" or "or" between.
    """
    contents: list[str] = []
    limit = len(text)
    while True:
        box = max(text.rfind("\\boxed", 0, limit), text.rfind("\\fbox", 0, limit))
        if box < 0:
            break
        start = box + (6 if text.startswith("\\boxed", box) else 5)
        while start < limit and text[start].isspace():
            start += 1
        end = _closing(text, start, limit) if text.startswith("{", start) and start < limit else -1
        if end < 0:
            if not contents and start < limit:
                contents.append(text[start:])
            break
        content = text[start + 1 : end].strip()
        if last and contents:
            between = text[end + 1 : limit]
            near = len(between) < 70 and content != contents[-1] and _SEPARATOR.search(between)
            if len(between) >= 10 and not near:
                break
        if not contents or contents[-1] != content:
            contents.append(content)
        limit = box
    return ",".join(reversed(contents)) if contents else text


def _closing(text: str, start: int, limit: int) -> int:
    depth = 0
    for match in _BRACE.finditer(text, start, limit):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return -1
