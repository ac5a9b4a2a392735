r"""The numeric match of inspect-ai 0.3.285 at the end of a text, which inspect_evals uses for GSM8K.

The last word that is a number is compared with the gold answer, both rounded to five significant digits. So
125004 counts as 125000, which touches the 18 test problems of GSM8K with six digits or more. A word of more than
`MAX_WORD` characters is no number here, and only the last `MAX_WORDS` words that could be numbers are tried.
"""

import math
import re
import string
import unicodedata
from contextlib import suppress
from fractions import Fraction
from itertools import islice

from evalsuite.grading.grader import GraderVerdict
from evalsuite.records import Outcome

__all__ = ["MAX_WORD", "MAX_WORDS", "inspect_match"]

MAX_WORD = 1000
MAX_WORDS = 2000

_TRIMMED = "!?:;()[]{}'\"`"
_ESCAPED = re.compile(r"\\([$,£€*_])")
_REMOVED = str.maketrans("", "", "$,£€*_")
_LOOSE_STOP = re.compile(r"\.(?!\d)")
# An ASCII word with any other character is no number; most words leave here.
_IMPOSSIBLE = re.compile(r"[^0-9.+\-eE$,*_\\!?:;()\[\]{}'\"`\x80-\U0010ffff]")
_POSSIBLE = re.compile(r"[0-9\x80-\U0010ffff]")


def inspect_match(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
    """Scorer ``match(numeric=True)``: the last word that is a number, to five significant digits."""
    target = solution.rsplit("####", 1)[-1].strip() if "####" in solution else str(gold)
    target = _stripped(target.casefold())
    expected = _word_number(target)
    if expected is None:
        # A gold answer that is no number to it is compared as the end of the text.
        outer = string.whitespace + string.punctuation
        answer = completion.strip()
        right = answer.casefold().strip(outer).endswith(target.strip(outer))
        return (Outcome.CORRECT if right else Outcome.INCORRECT), answer
    possible = (
        word for word in reversed(completion.split()) if _POSSIBLE.search(word) and not _IMPOSSIBLE.search(word)
    )
    for word in islice(possible, MAX_WORDS):
        number = _word_number(_stripped(word.casefold()))
        if number is not None:
            rounded = format(number, ".5g")
            return (Outcome.CORRECT if rounded == format(expected, ".5g") else Outcome.INCORRECT), rounded
    return Outcome.NO_ANSWER, None


def _stripped(text: str) -> str:
    """Drop currency signs, commas, emphasis and every full stop that no digit follows."""
    return _LOOSE_STOP.sub("", _ESCAPED.sub(r"\1", text).translate(_REMOVED))


def _word_number(word: str) -> float | None:
    word = word.strip(_TRIMMED)
    if not word or len(word) > MAX_WORD:
        return None
    for read in (float, _unicode_number):
        try:
            number = read(word)
        except (ValueError, OverflowError, ZeroDivisionError):
            continue
        if math.isfinite(number):
            return number
    return None


_MINUS = "-−﹣－负負"
_PLUS = "+＋﹢正"
_GROUPING = ",，﹐、٬ \u00a0\u202f\u2009\u2007\u2008'’ʼ＇"
_POINTS = "٫．"
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(r"(.*[^⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺])([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", re.DOTALL)


def _unicode_number(word: str) -> float:
    """Read signs, one vulgar fraction, a superscript power and digits of any script; `ValueError` if none."""
    negative = False
    while word and word[0] in _MINUS + _PLUS:
        negative ^= word[0] in _MINUS
        word = word[1:].lstrip()
    sign = -1.0 if negative else 1.0
    power = _POWER.fullmatch(word.rstrip(_GROUPING))
    base = sign * _with_vulgar_fraction(power[1] if power else word)
    value = base ** int(power[2].translate(_SUPERSCRIPT)) if power else base
    return float(value)


def _with_vulgar_fraction(word: str) -> float:
    fractions = [i for i, char in enumerate(word) if 0 < unicodedata.numeric(char, 0.0) < 1]
    if not fractions or len(word) == 1:
        return _digits(word)
    at = fractions[0]
    if len(fractions) > 1 or word[at + 1 :].strip(_GROUPING):
        raise ValueError("more than one fraction, or text after it")
    whole = word[:at].strip()
    return (_digits(whole) if whole else 0.0) + unicodedata.numeric(word[at])


def _digits(word: str) -> float:
    """Read digits with grouping; the last kind of ASCII separator in the word is its decimal point."""
    if len(word) == 1 and (value := unicodedata.numeric(word, None)) is not None:
        return value
    if not _CHINESE.isdisjoint(word):
        with suppress(ValueError):
            return _chinese(word)
    plain: list[str] = []
    for i, char in enumerate(word):
        if char in "eE" and plain:
            plain.append("e")
        elif char in _MINUS[:4] + _PLUS[:3] and plain and plain[-1] == "e" and i > 0:
            plain.append("-" if char in _MINUS else "+")
        elif char == "." or char in _POINTS:
            plain.append(".")
        elif char not in _GROUPING:
            plain.append(str(_chinese_digit(char)))
    return float("".join(plain))


_CHINESE_DIGITS = dict(
    zip("零〇○一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖两兩幺", map(int, "000123456789122334566789221"), strict=True)
)
_SMALL: dict[str, int] = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE: dict[str, int] = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_TENS = {"廿": 20, "卅": 30, "卌": 40}
_CHINESE = frozenset("点點").union(_CHINESE_DIGITS, _SMALL, _LARGE, _TENS)
_CHINESE_POINT = re.compile("[点點．.]")


def _chinese(word: str) -> float:
    """Read a numeral in Chinese characters, by place value or digit by digit, with a decimal point."""
    whole, *decimals = _CHINESE_POINT.split(word, maxsplit=1)
    if _CHINESE.isdisjoint(whole) or not any(char in _SMALL or char in _LARGE or char in _TENS for char in whole):
        value = int("".join([str(_chinese_digit(char)) for char in whole]) or "0")
    else:
        value = section = digit = 0
        for char in whole:
            if char in _LARGE:
                value, section, digit = value + (section + digit) * _LARGE[char], 0, 0
            elif char in _SMALL:
                section, digit = section + (digit or 1) * _SMALL[char], 0
            elif char in _TENS:
                section += _TENS[char]
            elif char not in "零〇○":
                digit = _chinese_digit(char)
        value += section + digit
    fraction = sum(_chinese_digit(char) * 10.0**-place for place, char in enumerate("".join(decimals), 1))
    return float(value) + fraction


def _chinese_digit(char: str) -> int:
    return _CHINESE_DIGITS[char] if char in _CHINESE_DIGITS else unicodedata.digit(char)
