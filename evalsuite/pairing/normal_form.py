r"""The one form in which two sets of problems are compared: of questions, of gold answers, of ids.

Files of different programs write one problem in different ways. Two problems are one where these forms are equal:

- question: blank space is stripped and every run of it becomes one space; ``Question:``, ``Q:`` or ``Problem:`` in
  front and ``Answer:`` or ``A:`` behind go; accented letters are composed (NFC). Case and punctuation stay.
- gold answer: the exact number that it states, whether it is written as a number (``1,080``, ``10.0``), as a worked
  solution (what follows the last ``####``), in a box, after ``Answer:`` or ``A:``, or as a list of one. Where it
  states no number, its text in lower case with single spaces.
- id: as it is written; else, where every id of a set is one common beginning and a whole number, that number:
  ``gsm8k_test_00012``, ``gsm8k/test/12``, ``12`` and ``12.0`` are 12. The words of one beginning must be among those
  of the other (``gsm8k/test/12`` and ``gsm8k/train/12`` are two problems), and no two ids of a set may become one.
  Else, ids without their common beginning where that makes the sets equal.
"""

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from evalsuite.grading.number import MAX_LENGTH, parse_number

__all__ = ["IdForm", "common_beginning", "gold_form", "id_forms", "question_form", "words"]

IdForm = Literal["as written", "number", "without prefix"]
"""In which form ids were compared."""

_PREFIX = re.compile(r"(?:[#*_ ]*(?:question|problem|q)[*_ ]*:[*_ ]*)+", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:[#*_ ]*\b(?:answer|a)[*_ ]*:[*_ ]*)+$", re.IGNORECASE)
_EXACT = re.compile(r"(-?[0-9]+)(?:/([0-9]+))?")
_ANSWER = re.compile(r"\s*(?:the\s+)?(?:final\s+)?(?:answer|a)(?:\s+is)?\s*:\s*", re.IGNORECASE)
_BOX = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_WORD = re.compile(r"[^\W\d_]+|[0-9]+")


def question_form(text: str | None) -> str | None:
    r"""Return the normal form of a question, None where there is none.

    Examples
    --------
    >>> question_form("Question:  How many\n legs? \nAnswer:"), question_form("Q: How many legs?"), question_form(" ")
    ('How many legs?', 'How many legs?', None)
    """
    if not text:
        return None
    # Most questions are in their form already, and a million of them must not take long.
    plain = text.isprintable() and "  " not in text and text[0] != " " != text[-1]
    form = text if plain else " ".join(text.split())
    if form[:1] in "QqPp#*_":
        form = form[match.end() :] if (match := _PREFIX.match(form)) else form
    if form[-1:] in ":*_":
        form = _SUFFIX.sub("", form).rstrip()
    if not form.isascii():
        form = unicodedata.normalize("NFC", form)
    return form or None


def gold_form(text: str | None) -> str | None:
    r"""Return the normal form of a gold answer: an exact number as ``n`` or ``n/d``, else its text; None without one.

    Examples
    --------
    >>> gold_form("10.0"), gold_form("6 * 3 = <<6*3=18>>18\n#### 18"), gold_form(r"\boxed{1,080}"), gold_form("[18]")
    ('10', '18', '1080', '18')
    >>> gold_form("A: 0.5"), gold_form("Blue  Whale"), gold_form("")
    ('1/2', 'text:blue whale', None)
    """
    if text is None:
        return None
    if match := _EXACT.fullmatch(text):
        return str(Fraction(int(match[1]), int(match[2]))) if match[2] and int(match[2]) else str(int(match[1]))
    _, marker, tail = text.rpartition("####")
    stated = (tail if marker else text).strip()
    if boxes := _BOX.findall(stated):
        stated = boxes[-1]
    stated = _ANSWER.sub("", stated, count=1) if _ANSWER.match(stated) else stated
    if stated[:1] == "[" and stated[-1:] == "]":
        stated = stated[1:-1].strip().strip("'\"")
    number = parse_number(stated)
    if number is not None:
        return str(number)
    # A worked solution that marks no answer says nothing that could be compared.
    written = " ".join(stated.lower().split()).removeprefix("text:")
    return f"text:{written}" if written and len(written) <= MAX_LENGTH else None


def id_forms(sets: Sequence[Sequence[str]]) -> tuple[list[list[str]], IdForm]:
    """Return the ids of several sets in the first form that brings them together, and which form that is.

    Examples
    --------
    >>> id_forms([["gsm8k_test_00012", "gsm8k_test_00013"], ["13.0", "12.0"]])
    ([['12', '13'], ['13', '12']], 'number')
    >>> id_forms([["gsm8k/test/1"], ["gsm8k/train/1"]])[1]
    'as written'
    """
    if all(names == sets[0] for names in sets[1:]):
        # One set, as two files of the same problems have it.
        only = list(map(str.strip, sets[0]))
        return [only if len(set(only)) == len(set(sets[0])) else list(sets[0])] * len(sets), "as written"
    written = [[name.strip() for name in names] for names in sets]
    if any(len(set(names)) < len(set(raw)) for names, raw in zip(written, sets, strict=True)):
        # Ids that only blank space tells apart.
        written = [list(names) for names in sets]
    different = [set(names) for names in written]
    n_shared = len(different[0].intersection(*different[1:]))
    if n_shared == min(map(len, different)):
        return written, "as written"
    numbered = _numbers(written, [len(names) for names in different], more_than=n_shared)
    if numbered is not None:
        return numbered, "number"
    bare = [_without_prefix(names) for names in written]
    if not n_shared and len({frozenset(names) for names in bare}) == 1 and _alike([_prefix(n) for n in written]):
        return bare, "without prefix"
    return written, "as written"


def common_beginning(first: str, second: str) -> str:
    """Return the characters that both texts begin with.

    Examples
    --------
    >>> common_beginning("test/12", "test/7")
    'test/'
    """
    n = next((k for k, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    return first[:n]


def words(name: str) -> tuple[str, ...]:
    """Return the words and numbers of an id, for finding near misses.

    Examples
    --------
    >>> words("gsm8k-test_007") == words("GSM8K/test/7")
    True
    """
    return tuple(word.lower() if not word.isdigit() else word.lstrip("0") or "0" for word in _WORD.findall(name))


def _numbers(sets: Sequence[Sequence[str]], sizes: Sequence[int], *, more_than: int) -> list[list[str]] | None:
    """Return the numbers at the end of the ids, None where they are not that, would mix ids up, or bring no more pairs.

    Parameters
    ----------
    sizes
        Different ids of each set.
    more_than
        Ids that the sets share as they are written.
    """
    numbers, prefixes, different = [], [], []
    for names, size in zip(sets, sizes, strict=True):
        # A digit belongs to the number, not to the beginning that all ids share.
        prefix = _prefix(names).rstrip(".0") if len(names) < 2 else _prefix(names)
        prefix = prefix.rstrip("0123456789")
        tails = [name[len(prefix) :] for name in names]
        if "." in "".join(tails):
            tails = [_whole(tail) for tail in tails]
        digits = "".join(tails)
        if not (all(tails) and digits.isascii() and digits.isdigit()):
            return None
        tails = [tail if tail[0] != "0" else tail.lstrip("0") or "0" for tail in tails]
        different.append(set(tails))
        if len(different[-1]) < size:
            return None
        numbers.append(tails)
        prefixes.append(prefix)
    return numbers if _alike(prefixes) and len(different[0].intersection(*different[1:])) > more_than else None


def _whole(tail: str) -> str:
    """Return ``12`` for ``12.0``, and what is no whole number empty."""
    whole, dot, zeros = tail.partition(".")
    return whole if not dot or (zeros and not zeros.strip("0")) else ""


def _prefix(names: Sequence[str]) -> str:
    # The first and the last in order share what all share.
    return common_beginning(min(names), max(names)) if names else ""


def _without_prefix(names: Sequence[str]) -> list[str]:
    n = len(_prefix(names)) if len(names) > 1 else 0
    return [name[n:] for name in names]


def _alike(prefixes: Sequence[str]) -> bool:
    """Tell whether the words of each beginning are among those of every longer one."""
    parts = sorted((set(words(prefix)) for prefix in prefixes), key=len)
    return all(one <= other for one, other in pairwise(parts))
