r"""Graders of the user's own: a pattern that finds the answer, or a function that judges it.

``pattern:Result: (\S+)`` reads the last match of a regular expression in the part of a completion that answers; its
first group, or the whole match, is compared with the gold answer as an exact number. Patterns are those of RE2, whose
time is linear in the text whatever the pattern.

``mymodule:judge`` calls a function with ``completion``, ``gold`` (a `fractions.Fraction`) and ``solution``; it returns
True, False, or None where it read no answer. That is code of the user's: it runs in this process.
"""

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import re2

from evalsuite.errors import InputError
from evalsuite.grading.answer_part import answer_part
from evalsuite.grading.grader import Grader, GraderVerdict
from evalsuite.grading.number import parse_number
from evalsuite.records import Outcome

__all__ = ["PATTERN", "is_own_rule", "own_grader"]

PATTERN = "pattern:"
MAX_ANSWER = 10_000


def is_own_rule(name: str) -> bool:
    r"""Return whether `name` is a pattern or a function rather than the name of a grader.

    Examples
    --------
    >>> is_own_rule("boxed"), is_own_rule(r"pattern:A: (\d+)"), is_own_rule("mine:judge")
    (False, True, True)
    """
    return ":" in name


def own_grader(name: str) -> Grader:
    """Return the grader that `name` describes.

    Raises
    ------
    InputError
        The pattern is none, or the function cannot be imported; the message says why.
    """
    return _of_pattern(name) if name.startswith(PATTERN) else _of_function(name)


def _of_pattern(name: str) -> Grader:
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(name.removeprefix(PATTERN), options)
    except re2.error as error:
        said = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else error
        raise InputError(f"{name!r} is no pattern of RE2: {said}") from error

    rule = partial(_last_match, answer_part, pattern)
    return Grader(name, 3, "Last match of a pattern of the user's, compared as an exact number.", rule)


def _last_match(
    read: Callable[[str], str], pattern: Any, completion: str, gold: Fraction, _solution: str
) -> GraderVerdict:
    found: Any = None
    # Half of a surrogate pair is no text for RE2.
    for match in pattern.finditer(read(completion).encode("utf-8", "replace").decode("utf-8")):
        found = match
    if found is None:
        return Outcome.NO_ANSWER, None
    answer = (found[1] if pattern.groups else found[0]) or ""
    right = parse_number(answer.strip()[:MAX_ANSWER]) == gold
    return (Outcome.CORRECT if right else Outcome.INCORRECT), answer


def _of_function(name: str) -> Grader:
    module, _, attribute = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        # As for `python -m`: a file of the current folder is a module.
        sys.path.insert(0, here)
    try:
        function = getattr(importlib.import_module(module), attribute)
        source = _source(function)
    except (ImportError, AttributeError, TypeError, OSError, ValueError) as error:
        raise InputError(
            f"grader {name!r} is neither a known name nor a function that can be imported: {error}. Write it as "
            "module:function, with the module in the current folder or installed"
        ) from error

    def rule(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
        try:
            said = function(completion=completion, gold=gold, solution=solution)
        except Exception as error:
            raise InputError(f"grader {name} raised {type(error).__name__} on a completion: {error}") from error
        if said is None:
            return Outcome.NO_ANSWER, None
        if said not in (True, False):
            raise InputError(f"grader {name} must return True, False or None, got {said!r:.60}")
        return (Outcome.CORRECT if said else Outcome.INCORRECT), "judged by code"

    # A changed function is another version, so that its grades are redone.
    version = int.from_bytes(hashlib.sha256(source.encode()).digest()[:3])
    return Grader(name, version, "A function of the user's.", rule)


def _source(function: Any) -> str:
    """Return the source of a function; a TypeError where it is none."""
    if not inspect.isfunction(function):
        raise TypeError(f"{function!r:.60} is no function")
    return inspect.getsource(function)
