"""What single values of other people's files mean: verdicts, gold answers, stop reasons, ids, texts.

One meaning everywhere, whatever program wrote the file. What means nothing known raises `UnreadableValueError`, never a
guess; the caller names the row.
"""

import ast
import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from evalsuite.grading.extract import after_hashes, last_box
from evalsuite.grading.number import parse_number
from evalsuite.records import StopReason

__all__ = [
    "LARGEST",
    "MISSING",
    "TEXT_KEYS",
    "UnreadableValueError",
    "are_messages",
    "are_parts",
    "gold",
    "identity",
    "is_missing",
    "number",
    "stop",
    "text",
    "texts",
    "usual_range",
    "verdict",
    "whole",
    "with_point",
]

LARGEST = 2**31 - 1
"""No index or count gets this far, so that the number of completions, one more than the last index, has its column."""
RIGHT = frozenset(
    {"true", "t", "1", "yes", "y", "correct", "c", "right", "pass", "passed", "ok", "solved",
     # Signs, and what spreadsheets and people write in other languages.
     "\u2713", "\u2714", "\u2705", "\u2611", "\U0001f44d", "\U0001f7e2", "\u25cb", "wahr", "ja", "richtig",
     "korrekt", "vrai", "oui", "juste", "verdadero", "s\xed", "si", "s\xec", "vero", "verdadeiro", "sim", "waar",
     "juist", "prawda", "tak", "sant", "r\xe4tt", "\u0434\u0430", "\u0438\u0441\u0442\u0438\u043d\u0430",
     "\u0432\u0435\u0440\u043d\u043e", "\u5bf9", "\u662f", "\u6b63\u786e", "\u6b63\u89e3",
     "\u306f\u3044", "\uc815\ub2f5", "\ucc38"}
)  # fmt: skip
WRONG = frozenset(
    {"false", "f", "0", "no", "n", "incorrect", "i", "wrong", "fail", "failed", "unsolved",
     "\u2717", "\u2718", "\u274c", "\u2716", "\U0001f44e", "\U0001f534", "\xd7", "falsch", "nein", "faux", "non",
     "falso", "n\xe3o", "onwaar", "onjuist", "nee", "fa\u0142sz", "nie", "falskt", "fel", "nej", "\u043d\u0435\u0442",
     "\u043b\u043e\u0436\u044c", "\u043d\u0435\u0432\u0435\u0440\u043d\u043e", "\u9519", "\u5426", "\u9519\u8bef",
     "\u4e0d\u6b63\u89e3", "\u3044\u3044\u3048", "\uc624\ub2f5", "\uac70\uc9d3"}
)  # fmt: skip
PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")
COMMA = re.compile(r"\s*-?\d+,\d+\s*%?\s*")
THOUSANDS = re.compile(r"\s*-?\d{1,3}(?:,\d{3})+\s*%?\s*")
EXACT = 2.0**53
"""From here on a float leaves out whole numbers, so that two ids could be one."""
MISSING = frozenset({"", "nan", "none", "null", "n/a", "na", "<na>"})
STOP = frozenset(
    {"stop", "eos", "eos_token", "end_turn", "endoftext", "<|endoftext|>", "stop_sequence", "stop_string", "finished",
     "end", "complete", "completed", "normal"}
)  # fmt: skip
LENGTH = frozenset({"length", "max_tokens", "model_length", "truncated", "max_length", "max_new_tokens", "token_limit"})
UNKNOWN = frozenset({"unknown", "unspecified", "not_recorded"})
FAILED = frozenset({"error", "timeout", "abort", "aborted", "cancelled", "canceled", "failed"})


class UnreadableValueError(ValueError):
    """A value means nothing that is known; the message says what would."""


def is_missing(value: Any) -> bool:
    """Return whether a value says nothing: null, NaN, an empty text, ``"None"``."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return isinstance(value, str) and value.strip().lower() in MISSING


def verdict(value: Any) -> bool | float | None:
    """Return True or False for a verdict, a float for a graded score, None where it is missing.

    Examples
    --------
    >>> verdict("C"), verdict("no"), verdict([True]), verdict({"acc": 1.0}), verdict("1.00"), verdict(0.5), verdict("")
    (True, False, True, True, True, 0.5, None)
    >>> verdict("WAHR"), verdict("100%"), verdict("50 %")
    (True, True, 0.5)
    """
    if isinstance(value, Mapping) and len(value) == 1:
        return verdict(next(iter(value.values())))
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
        return verdict(value[0])
    if is_missing(value):
        return None
    if isinstance(value, bool):
        return value
    # A variation selector behind a sign says only how it is drawn.
    word = str(value).strip().rstrip("\ufe0f").lower()
    if word in RIGHT:
        return True
    if word in WRONG:
        return False
    percent = PERCENT.fullmatch(word)
    try:
        number = float(percent[1]) / 100 if percent else float(word)
    except ValueError:
        raise UnreadableValueError(f"{_short(value)} is no verdict: true or false, 1 or 0, yes or no, C or I") from None
    if not math.isfinite(number):
        raise UnreadableValueError(f"{_short(value)} is no verdict and no finite score")
    return bool(number) if number in (0.0, 1.0) else number


def stop(value: Any) -> tuple[StopReason, str | None, bool]:
    """Return the stop reason, the program's own word where it is none of ours, and whether the row failed.

    Examples
    --------
    >>> stop({"type": "stop", "matched": 151645})
    (<StopReason.STOP: 'stop'>, None, False)
    >>> stop("FINISH_REASON_MAX_TOKENS"), stop("timeout")[2]
    ((<StopReason.LENGTH: 'length'>, None, False), True)
    >>> stop("tool_calls")
    (<StopReason.OTHER: 'other'>, 'tool_calls', False)
    """
    if isinstance(value, Mapping):
        value = value.get("type")
    if is_missing(value):
        return StopReason.UNKNOWN, None, False
    own = str(value).strip()
    word = own.lower().removeprefix("finish_reason_").rsplit(".", 1)[-1]
    if word in STOP:
        return StopReason.STOP, None, False
    if word in LENGTH:
        return StopReason.LENGTH, None, False
    if word in UNKNOWN:
        return StopReason.UNKNOWN, None, False
    if word in FAILED:
        return StopReason.UNKNOWN, own, True
    return StopReason.OTHER, own, False


_ANSWER = re.compile(r"(?i:(?:final |correct )?answer(?: is|:)|\bA:)\s*(.{1,80})\s*$")


def gold(value: Any) -> Fraction | None:
    r"""Return the right answer as a number, None where it is missing or no number.

    A number, a text that states one, a list of one; or, of a worked solution, what stands after ``####``, in the last
    box, or after "The answer is" or ``A:`` at the end. ``50%`` is 50, as in GSM8K.

    Examples
    --------
    >>> str(gold("9 * 2 = <<9*2=18>>18\n#### 18")), str(gold(r"so \boxed{18}.")), str(gold("['18']")), str(gold(18.5))
    ('18', '18', '18', '37/2')
    """
    if isinstance(value, Mapping) and len(value) == 1:
        return gold(next(iter(value.values())))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        # Several ways to write one number are that number.
        members = {gold(member) for member in value}
        return members.pop() if len(members) == 1 else None
    if is_missing(value) or isinstance(value, bool):
        return None
    written = str(value).strip()
    plain = parse_number(written)
    if plain is not None:
        return plain
    if written.startswith("[") and written.endswith("]"):
        return _gold_of_list(written)
    marked = after_hashes(written) or last_box(written)
    if marked is not None:
        return parse_number(marked)
    named = _ANSWER.search(written.rpartition("\n")[2])
    return parse_number(named[1].strip().rstrip(".")) if named else None


def _gold_of_list(written: str) -> Fraction | None:
    """Read a list of one that Python or JSON wrote as text."""
    try:
        members = ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return gold(members) if isinstance(members, list) else None


def identity(value: Any) -> str:
    """Return a problem's id as text; ``0.0``, which once was a whole number beside a gap, is ``0``.

    Raises
    ------
    UnreadableValueError
        It is a number that floats do not hold exactly, so that two ids may have become one, or NaN.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise UnreadableValueError(f"the id is {value!r}, which names no problem")
    if isinstance(value, float) and abs(value) >= EXACT:
        raise UnreadableValueError(f"the id {value!r} is a rounded number: write ids as text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def number(value: Any, name: str) -> float | None:
    """Return a score as it is written, None where it is missing; words are no scores, and percents are shares.

    Examples
    --------
    >>> number("7.5", "score"), number(True, "score"), number(" ", "score"), number("75 %", "score")
    (7.5, 1.0, None, 0.75)
    """
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
        return number(value[0], name)
    if is_missing(value):
        return None
    percent = PERCENT.fullmatch(value) if isinstance(value, str) else None
    try:
        found = float(percent[1]) / 100 if percent else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise UnreadableValueError(f"{name} must be a number, got {_short(value)}")
    return found


def with_point(value: Any, *, decimal_comma: bool) -> Any:
    """Return a number with a decimal point where it is written with a comma; anything else as it is.

    Parameters
    ----------
    decimal_comma
        Whether a comma before three digits is one too, and does not part thousands.

    Examples
    --------
    >>> with_point("0,5", decimal_comma=False), with_point("1,000", decimal_comma=False)
    ('0.5', '1,000')
    >>> with_point("1,000", decimal_comma=True), with_point("12,5 %", decimal_comma=True)
    ('1.000', '12.5 %')
    """
    if not isinstance(value, str) or COMMA.fullmatch(value) is None:
        return value
    return value.replace(",", ".") if decimal_comma or THOUSANDS.fullmatch(value) is None else value


def usual_range(seen: Sequence[float]) -> tuple[float, float]:
    """Return the range that scores like these usually have, for an example in a message; it is never taken as theirs.

    Examples
    --------
    >>> usual_range([0, 0.5]), usual_range([7, 3]), usual_range([100.0, 0]), usual_range([-1, 1])
    ((0.0, 1.0), (0.0, 10.0), (0.0, 100.0), (-1.0, 1.0))
    """
    seen = [value for value in seen if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(seen), max(seen)
    top = next((limit for limit in (1.0, 10.0, 100.0) if max(high, -low) <= limit), math.ceil(max(high, -low)))
    return (0.0 if low >= 0 else -float(top)), float(top)


def whole(value: Any, name: str) -> int | None:
    """Return a count from 0, None where it is missing."""
    if is_missing(value):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = -1.0
    if not 0 <= number < LARGEST or number != int(number):
        raise UnreadableValueError(f"{name} must be a whole number from 0 to {LARGEST - 1}, got {_short(value)}")
    return int(number)


TEXT_KEYS = ("content", "text", "message", "completion", "generated_text", "output", "choices")
"""Where an object has its text, the surest first."""


def are_messages(members: Sequence[Any]) -> bool:
    """Tell whether a list is a conversation."""
    return bool(members) and all(isinstance(m, Mapping) and "role" in m for m in members)


def are_parts(members: Sequence[Any]) -> bool:
    """Tell whether a list holds the parts of one text."""
    return bool(members) and all(isinstance(m, Mapping) and m.get("type") == "text" for m in members)


def texts(value: Any) -> tuple[str | None, ...]:
    """Return the texts of a cell by its structure: a text, a number, a list of texts, a message, a list of choices.

    Raises
    ------
    UnreadableValueError
        The structure is none that is known. Python's own writing of a value is never taken for a completion.

    Examples
    --------
    >>> texts("so 18"), texts([["a", "b"]]), texts([{"role": "assistant", "content": "18"}])
    (('so 18',), ('a', 'b'), ('18',))
    """
    if value is None:
        return (None,)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (None if is_missing(value) else str(value),)
    if isinstance(value, Mapping):
        for key in TEXT_KEYS:
            if key in value:
                return texts(value[key])
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        members = list(value)
        if are_messages(members):
            answers = [m.get("content") for m in members if m["role"] == "assistant"]
            return texts(answers[-1]) if answers else (None,)
        if are_parts(members):
            return ("".join(str(m.get("text", "")) for m in members),)
        return tuple(one for member in members for one in texts(member))
    raise UnreadableValueError(f"{_short(value)} is no text, no message and no list of them")


def text(value: Any) -> str | None:
    """Return the one text of a cell; see `texts`."""
    several = texts(value)
    if len(several) > 1:
        raise UnreadableValueError(f"{_short(value)} holds {len(several)} texts where one is expected")
    return several[0] if several else None


def _short(value: Any) -> str:
    written = ascii(value)
    return written if len(written) <= 60 else f"{written[:57]}..."
