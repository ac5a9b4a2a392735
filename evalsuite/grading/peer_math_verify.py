r"""What Math-Verify 0.9 says of a completion whose gold answer is one number, and TRL's reward built on it.

Math-Verify tries patterns in a fixed order ("final answer is", box, "answer:", "answer", any LaTeX, any number),
parses what they find with SymPy and compares. The order, the preference for the rightmost match and the
comparison are repeated here; in place of SymPy, `calculation.evaluate` reads plain numbers and calculations.
Known deviations:

- a symbolic answer that would simplify to the number is wrong here;
- ``[18]`` between spaces is no environment;
- only the last `MAX_TEXT` characters are looked at, and in them the last five places of the word "answer" (none, if
  the lower case of the text is longer than the text, as a Turkish capital İ makes it).

Both functions are total and bounded, while the original needs a timeout.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from evalsuite.grading.calculation import evaluate
from evalsuite.grading.grader import GraderVerdict
from evalsuite.grading.latex import Environment, box_content, environment_at, environments
from evalsuite.records import Outcome

__all__ = ["MAX_TEXT", "math_verify", "trl_accuracy_reward"]

MAX_TEXT = 16_000

_SIGNS = r"[$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻₼₾₿]?"
_PREFIX = r"(?:^|\s|=)(?:\*\*)?"
_NUMERAL = (
    r"(?<!\d)(?P<number>-?[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?|-?\d+[.,]\d+|\.\d+|-?\d+)"
    r"(?P<percent>\s*+(?:%|[Pp]ercent|[Pp]ct))?"
)
_NUMBER = re.compile(_PREFIX + _SIGNS + _NUMERAL)
_TERM = r"[\d.\s+\-*×/^()÷]"
_SUFFIX = r"(?:\*\*)?(?:[.,:\s)$]|$)"
_RUN = re.compile(rf"{_PREFIX}(?P<run>-?\(?-?\d{_TERM}*+)")
_SUFFIXED = re.compile(_SUFFIX)
_OPERATOR = re.compile(r"[+\-*×/^()÷]")
_SHORT = rf"{_PREFIX}(?P<run>-?\(?-?\d{_TERM}{{0,40}}[+\-*×/^()÷]{_TERM}{{1,40}}\)?){_SUFFIX}"
_EITHER = rf"(?:{_SHORT}|{_PREFIX}{_SIGNS}{_NUMERAL})"
_AFTER_WORD = re.compile(rf"(?:.{{0,100}}=\s{{0,20}}|.{{0,50}}?){_EITHER}(?!\s*+=)")
_AFTER_IS = re.compile(rf".{{0,100}}?\s+is:?{_EITHER}")
_LATEX_AFTER_IS = re.compile(r".{0,100}?\s{1,20}is:?\s{0,20}", re.DOTALL)
_FINAL_ANSWER = "final answer"
_ANSWER = "answer"
_ANSWER_COLON = "answer:"
_CLUSTER = re.compile(r"(?s:.*)(?<![\d\s.,=$%+\-*/^()])([\d\s.,=$%+\-*/^()]*\d)")
_PLACES = 5
_MAX_DIGITS = 4300

# A gold answer with decimals is compared after rounding to six of them.
_TOLERANCE = Fraction(1, 2_000_000)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was read: its values (several make a set, none is symbolic) and its normalised text."""

    values: tuple[Fraction, ...]
    text: str
    percent: bool = False
    parsed: bool = True


_Found = tuple[int, int, Callable[[], _Answer]]
"""Start and end of a match and its parser, which raises `ValueError` where Math-Verify gives up altogether."""


def math_verify(completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    """``verify(parse(gold), parse(completion))`` with every default."""
    text = completion[-MAX_TEXT:]
    unparsed = ""
    for group in (_group_final, _group_colon, _group_word, _group_any):
        for _, _, read in sorted(group(text), key=_rightmost_first):
            try:
                answer = read()
            except ValueError:
                return Outcome.NO_ANSWER, None
            if answer.parsed:
                return _verdict(answer, gold)
            unparsed = unparsed or answer.text
    return _unparsed(unparsed)


def _unparsed(text: str) -> GraderVerdict:
    return (Outcome.INCORRECT, text) if text else (Outcome.NO_ANSWER, None)


def trl_accuracy_reward(completion: str, gold: Fraction, _solution: str) -> GraderVerdict:
    """``accuracy_reward``: LaTeX only, boxes first, and only the first match counts."""
    text = completion[-MAX_TEXT:]
    for group in (_boxes, _latex_after_final, _latex_after_colon, _latex_after_word):
        found = min(group(text), key=_rightmost_first, default=None)
        if found is not None:
            answer = found[2]()
            return _verdict(answer, gold) if answer.parsed else _unparsed(answer.text)
    return Outcome.NO_ANSWER, None


def _rightmost_first(found: _Found) -> tuple[int, int]:
    return -found[1], found[0]


def _verdict(answer: _Answer, gold: Fraction) -> GraderVerdict:
    right = bool(answer.values) and all(_same(value, gold, percent=answer.percent) for value in answer.values)
    return (Outcome.CORRECT if right else Outcome.INCORRECT), answer.text


def _same(value: Fraction, gold: Fraction, *, percent: bool) -> bool:
    """Compare as the original: an integer with a percent sign equals that integer and its hundredth."""
    if percent and value / 100 == gold:
        return True
    if percent and (value.denominator != 1 or gold.denominator != 1):
        return False
    return value == gold or (gold.denominator != 1 and abs(value - gold) < _TOLERANCE)


def _group_final(text: str) -> Iterator[_Found]:
    yield from _boxes(text)
    yield from _latex_after_final(text)
    yield from _plain_after(text, _FINAL_ANSWER, _AFTER_IS)


def _group_colon(text: str) -> Iterator[_Found]:
    yield from _latex_after_colon(text)
    yield from _plain_after(text, _ANSWER_COLON, _AFTER_WORD)


def _group_word(text: str) -> Iterator[_Found]:
    yield from _latex_after_word(text)
    yield from _plain_after(text, _ANSWER, _AFTER_WORD)


def _group_any(text: str) -> Iterator[_Found]:
    if _has_latex(text):
        for group in environments(text, boxed=False):
            yield _environment(group)
    yield from _plain(text)


def _has_latex(text: str) -> bool:
    return "$" in text or "\\" in text


def _boxes(text: str) -> Iterator[_Found]:
    """Boxes inside environments, and everything from the first box to the last closing brace."""
    first = text.find("\\boxed{")
    if first < 0:
        return
    end = text.rfind("}") + 1
    if end > first + 8:
        yield first, end, lambda: _read_latex(box_content(text[first:end], last=True))
    for group in environments(text, boxed=True):
        yield _environment(group)


def _environment(group: tuple[Environment, ...]) -> _Found:
    return group[0].start, group[-1].end, partial(_read_group, group)


def _read_group(group: tuple[Environment, ...]) -> _Answer:
    answers = [_read_latex(box_content(environment.content, last=False)) for environment in group]
    first = answers[0]
    if len(answers) == 1 or not all(answer.parsed for answer in answers):
        return _Answer(first.values, first.text, percent=first.percent or group[0].percent, parsed=first.parsed)
    values = tuple(value for answer in answers for value in answer.values)
    symbolic = any(not answer.values for answer in answers)
    return _Answer(() if symbolic else values, " and ".join(answer.text for answer in answers))


def _latex_after_final(text: str) -> Iterator[_Found]:
    if _has_latex(text):
        for place in _last_places(text, _FINAL_ANSWER):
            link = _LATEX_AFTER_IS.match(text, place)
            found = environment_at(text, link.end()) if link is not None else None
            if found is not None:
                yield _environment((found,))


def _latex_after_colon(text: str) -> Iterator[_Found]:
    return _latex_after(text, _ANSWER_COLON)


def _latex_after_word(text: str) -> Iterator[_Found]:
    return _latex_after(text, _ANSWER)


def _latex_after(text: str, word: str) -> Iterator[_Found]:
    """Yield the first environment that opens within 50 characters after the word."""
    if not _has_latex(text):
        return
    for place in _last_places(text, word):
        for start in range(place, min(place + 51, len(text))):
            found = environment_at(text, start) if text[start] in "$\\-" else None
            if found is not None:
                yield _environment((found,))
                break


def _last_places(text: str, word: str) -> list[int]:
    """Return the ends of the last places where `word` stands in any case, from right to left."""
    lowered = text.lower()
    ends: list[int] = []
    at = len(text) if len(lowered) == len(text) else 0
    while len(ends) < _PLACES and (at := lowered.rfind(word, 0, at)) >= 0:
        ends.append(at + len(word))
    return ends


def _plain_after(text: str, word: str, link: re.Pattern[str]) -> Iterator[_Found]:
    for place in _last_places(text, word):
        found = link.match(text, place)
        if found is not None:
            yield place, found.end(), _reader(found)


def _reader(match: re.Match[str]) -> Callable[[], _Answer]:
    if match["number"] is None:
        return partial(_read_expression, match["run"])
    return partial(_read_number, match["number"], percent=match["percent"] is not None)


def _plain(text: str) -> Iterator[_Found]:
    """Yield the numbers and calculations of the last cluster of digits and signs, or of the whole text."""
    cluster = _CLUSTER.match(text)
    if cluster is None:
        return
    found = list(_plain_from(text, cluster.start(1)))
    yield from found or _plain_from(text, 0)


def _plain_from(text: str, start: int) -> Iterator[_Found]:
    for match in _NUMBER.finditer(text, start):
        yield match.start(), match.end(), _reader(match)
    for match in _RUN.finditer(text, start):
        run = match["run"]
        operators = [operator.start() for operator in _OPERATOR.finditer(run, 1) if run[: operator.start()].strip("-(")]
        if operators:
            yield from _expression(text, match, operators[0])


def _expression(text: str, match: re.Match[str], operator: int) -> Iterator[_Found]:
    """Cut a run back to where something that may follow a calculation follows it."""
    start, end = match.span("run")
    for stop in range(end, start + operator + 1, -1):
        suffix = _SUFFIXED.match(text, stop)
        if suffix is not None:
            yield match.start(), suffix.end(), partial(_read_expression, text[start:stop])
            return


def _read_number(numeral: str, *, percent: bool) -> _Answer:
    whole, separator, rest = numeral.partition(".")
    grouped = re.fullmatch(r"-?[1-9]\d{0,2}(?:[ ,]\d{3})+", whole)
    if not grouped and not separator:
        whole, separator, rest = numeral.partition(",")
    whole = whole.replace(",", "").replace(" ", "")
    if len(whole) > _MAX_DIGITS or not numeral.isascii():
        raise ValueError("SymPy reads ASCII digits up to Python's limit")
    value = Fraction(f"{whole}.{rest}" if separator else whole)
    if percent and separator:
        return _Answer((value / 100,), numeral)
    return _Answer((value,), numeral, percent=percent)


# Python would call these or not parse them.
_NO_PYTHON = re.compile(r"[\d)]\s*\(|\)\s*\d|[×÷]|\d\s+\d|\d\s*\.\s*\d*\.|\d\s+\.|\.\s+\d|(?<![\d.])0\d")


def _read_expression(expression: str) -> _Answer:
    value = None if _NO_PYTHON.search(expression) else evaluate(expression.replace("**", "^"))
    return _Answer((), expression, parsed=False) if value is None else _Answer((value,), expression)


_UNIT_WORDS = (
    "feet|sue|digit|pound|meal|edge|student|children ticket|multiple|east|degree|mph|kmph|ft|m square| m east|sq m|deg"
    "|mile|monkey|prime|ratio|rd|o|gm|lb|tile|per|dm|lt|gain|ab|way|west|t|h|no change|men|soldier|pie|bc|excess|st"
    "|inches|noon|cent|by|gal|kmh|c|acre|rise|th|sq|mark|l|toy|coin|gallon|profit|yr|women|am|pm|hr|cu cm|square|are"
    "|rupee|rounds|cubic|cc|mtr|s|ohm|number|day|hour|minute|min|second|man|woman|sec|cube|mt|sq inch|mp|hectare|more"
    "|unit|rs|kg|g|month|km|m|cm|mm|apple|liter|loss|yard|pure|year|increase|decrease|d|less|Surface|litre|metre"
    "|meter|inch"
)
_UNIT = re.compile(rf"([\d}}\s])\s*+(?:{_UNIT_WORDS})(?:s|es)?\s*$")
_TEXT_UNIT = re.compile(r"\\(?:text|mbox)\s*\{[^{}]*\}(?:\^\d|\{\^\d\})?$")
_TEXT_STYLE = re.compile(r"\\(?:math(?:rm|it|bf)|text(?:normal|bf|it|rm))")
_TEXT = re.compile(r"\\text\s*\{\s*([^{}]*?)\s*\}")
_WORD_PERCENT = re.compile(r"\s*\b(?:percentage|percent|pct)\b|\\text\{(?:percentage|percent|pct)\}")
_AND_OR = re.compile(r"(?<![a-zA-Z]),?\s*+(?:and|or)(?![a-zA-Z])|,?\s*+\\text\{\s*(?:and|or)\s*\}")
_DROPPED = re.compile(r"\\!\s*|\\\$|\$|(?<!\\)[\"']|\\displaystyle|\\(?:left|right)(?=[(\[])|\\(?:left|right)(?=[)\]])")
_EDGE = re.compile(r"^(?:\s|\\[,;:! ]|\\q?quad(?![a-zA-Z]))++|(?:\s|\\[,;:! ]|\\q?quad)++$")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
# Letters are variables there, and nought times a variable is nought.
_NOTHING = re.compile(r"0(?:\s*[a-zA-Z])*")
_BROKEN = re.compile(r"[=.,;:?+\-*/^~({]$|^(?:[~=?*/;,]|\\approx)|[^\x00-\x7f]|[{}].*=$")


def _read_latex(content: str) -> _Answer:
    """Normalise and read the content of an environment or a box."""
    if len(content) > 2000:
        return _Answer((), content)
    text = _TEXT_STYLE.sub(r"\\text", _DROPPED.sub("", content.replace("\n", " ")))
    text = re.sub(r"\s*\{\s*,\s*\}", ",", text)
    text = _WORD_PERCENT.sub("%", _AND_OR.sub(",", text)).strip()
    text = _TEXT_UNIT.sub("", text).strip() or text
    for _ in range(2):
        text = _UNIT.sub(r"\1", text).strip() or text
    shown = text
    text = _TEXT.sub(r"\1", text).replace("^\\circ", "").replace("^{\\circ}", "").removesuffix(">>")
    text = _EDGE.sub("", text)
    text = text.rsplit("=", 1)[-1].strip() if not text.endswith("=") else text
    percent = text.endswith("%")
    if percent:
        text = text[:-1].rstrip("\\").strip()
    if not text or shown.startswith("=") or _BROKEN.search(text) or text.count("{") != text.count("}"):
        return _Answer((), shown, parsed=False)
    if _GROUPED.fullmatch(shown):
        return _Answer((Fraction(shown.replace(",", "")),), shown)
    values = [evaluate(_summed(part.strip("[] "))) for part in text.split(",")]
    if _NOTHING.fullmatch(text):
        values = [Fraction(0)]
    if percent and (text.startswith("-") or "." in text):
        values = [None if value is None else value / 100 for value in values]
        percent = False
    numbers = tuple(value for value in values if value is not None)
    return _Answer(numbers if len(numbers) == len(values) else (), shown, percent=percent)


def _summed(text: str) -> str:
    """Write digits that stand side by side as the sum they are read as: ``1 450`` is 451."""
    return re.sub(r"(?<=\d)(?:\s|\\,)++(?=\d)", "+", text)
