r"""Cut the answer out of a completion: four strategies, each a scan in time linear in the text.

Every function takes the whole completion and returns the text of the answer, or None where there is none.
Reading a number out of that text is `number.parse_number`'s part.
"""

import re
from itertools import islice

from evalsuite.grading.number import parse_number

__all__ = [
    "BOX",
    "after_hashes",
    "first_box",
    "last_box",
    "last_number",
    "only_number",
    "stated_answer",
    "tagged_answer",
]

BOX = r"\boxed"
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)

_BLANK = r"(?:[\s.…_?<>\[\](){}]|\\[,;:!_ ]|\\(?:q?quad|[lcv]?dots[bcimo]?|cdots?|square|Box|checkmark)(?![a-zA-Z]))"
_PLACEHOLDER = re.compile(
    rf"{_BLANK}{{0,12}}(?:\\[vh]?phantom\s*\{{[^{{}}]{{0,30}}\}}|\\text\w{{0,6}}\s*\{{)?{_BLANK}{{0,12}}"
    r"(?:(?:the|your|a|my|final|numeric|numerical|correct)[\s\\_]+){0,3}"
    r"(?:answer|ans|number|result|value|solution|done|(?:你的|最终|最后)?(?:答案|数字|结果))?(?:[\s\\_]+here)?"
    rf"{_BLANK}{{0,12}}",
    re.IGNORECASE,
)
_MAX_PLACEHOLDER = 200
_MAX_BOXES = 1000

# A marked line of more than 100 characters is prose, which states no number.
_MARKED = re.compile(r"####[ \t]*+(?=[^\s#])([^\n#]{1,100}+)#*+[ \t\r]*+$", re.MULTILINE)
_MAX_MARKED = 1000
_ANNOTATION = re.compile(r"<<[^<>\n]{0,100}>>|</?\|?[a-z_]{1,20}\|?>|\[EOS\]")
_ANSWER_LABEL = re.compile(
    r"(?:the\s+)?(?:final\s+)?(?:answer\s+is|answer|result|solution|total|答案(?:是|为)?)\s*[:：]?[\s*]*(?=[^\s*])",
    re.IGNORECASE,
)
# The answer on the line below its heading.
_HEADED = re.compile(
    r"####[ \t]*[*_]{0,2}(?:the )?(?:final )?(?:answer|答案)[ \t]?[:：]?[*_]{0,2}[:：]?[ \t\r]*\n"
    r"\s{0,4}(?=\S)([^\n]{1,100})",
    re.IGNORECASE,
)

_SAYS = (
    r"(?i:nswer(?:\s+to(?:\s+(?!(?:is|would|should|must|will|comes|equals)\b|\W?answer)[^\s.:=]{1,30}+){1,12}+)?"
    r"(?:\s+\([^()\n]{1,40}\))?(?:,?\s+(?:then|therefore|thus|we\s+(?:want|need|get)),?)?"
    r"(?:\s+(?:is|equals|(?:would|should|must|will)\s+be|comes\s+to|of)\b|[*]{0,2}\s*(?:[:=]|[-=]>|→)))"
)
# Every alternative begins with its own letter, which makes the search fast.
_STATED = re.compile(
    r"(?:\n(?=[ \t*#AaFf答])(?i:[ \t]{0,3}A[ \t]?:|[ \t*]{0,5}Ans(?:wer)?[ \t]?(?:[:.]|[-–—](?=\s))|[ \t]{0,3}答[:：]"
    r"|[ \t]{0,3}(?:(?:#{1,6}[ \t]|\*\*)[ \t]?(?:final[ \t])?|final[ \t])answer[ \t*]{0,4}(?![^\n]))"
    rf"|a(?<!\wa){_SAYS}|A(?<!\wA){_SAYS}|答案(?:就是|是|为)?[:：]?)"
    r"(?:[*_]{1,2}(?=\s))?(?:\s{0,3}[:：])?\s{0,4}"
)
_MAX_STATEMENT = 100
_MAX_STATED = 100
_SENTENCE_END = re.compile(r"[.!?。](?=\s|$)|[。；]|\*\*(?=\s)")
_CLAUSE = re.compile(r",\s+(?=[A-Za-z])|\s(?:since|because|as|which|where)\b|[，（(]")
_EDGE = " \t\r*_"
_WRITTEN = re.compile(
    r"(?:(?<![\w)\]}])[-−]\s?)?[$€£¥₹]?(?:\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d+(?:\.\d+)?(?:/\d+)?|\.\d+)"
)
_THOUSANDS = re.compile(r"(?:\{,\}|,\\!|\\!|\\[,;: ]\s?|，|\u00a0|\u202f|\u2009)(?=\d{3}(?!\d))")
_POWER = re.compile(r"\^(?:(?<=[A-Za-z]\^)|(?<=[A-Za-z]\}\^))\{?[23]\}?(?!\d)")
# Lengths without a mark of the power, as in "18 cm2".
_UNIT_POWER = re.compile(
    r"(?:m(?<=[\d\s][cmdk]m)|m(?<=[\d\s]m)|t(?<=[\d\s]ft)|n(?<=[\d\s]in)|d(?<=[\d\s]yd))[23](?![\w.,])"
)
_TAG = re.compile(
    r"<(?=\s?/?\s?[aAfFsS])\s?(?P<end>/?)\s?(?P<name>(?i:(?:final[_ -])?answer|solution))(?:\s[^<>]{0,60})?>"
)
_MAX_TAGGED = 1000

# The greedy start leaps to the end of the text and walks back.
_TO_LAST_DIGIT = re.compile(r"(?s:.*)\d")
_LAST_RUN = re.compile(r"[\d.,/]*\Z")
_ONE_NUMBER = re.compile(r"\d+/\d+|\d*\.\d+|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d+(?:\.\d+)?")
_RUN_TAIL = 300


def first_box(completion: str) -> str | None:
    r"""Return the content of the first ``\boxed{...}`` up to the next closing brace, on one line.

    The same answer as the regular expression ``\\boxed\{(.*?)\}``, which cuts ``\boxed{\frac{1}{2}}`` short,
    without its quadratic time on text full of open boxes.

    Examples
    --------
    >>> first_box(r"\boxed{\frac{1}{2}}")
    '\\frac{1'
    """
    start = completion.find(BOX + "{")
    while start >= 0:
        start += len(BOX) + 1
        end = completion.find("}", start)
        if end < 0:
            return None
        newline = completion.rfind("\n", start, end)
        if newline < 0:
            return completion[start:end]
        start = completion.find(BOX + "{", newline)
    return None


def last_box(completion: str) -> str | None:
    r"""Return the content of the last ``\boxed{...}``, braces matched; None if that box is still open.

    A completion that was truncated inside its last box has not answered, whatever it boxed before. Braces after
    a backslash are text. A ``\boxed`` without a brace after it is no box. A box that is empty or holds a placeholder,
    as where a model repeats its instruction, is passed over for one before it.

    Examples
    --------
    >>> last_box(r"First \boxed{3}, then \boxed{\frac{1}{2}}.")
    '\\frac{1}{2}'
    >>> last_box(r"First \boxed{3}, then \boxed{\frac{1}{2}") is None
    True
    """
    end = len(completion)
    passed: str | None = None
    for _ in range(_MAX_BOXES):
        box = completion.rfind(BOX, 0, end)
        if box < 0:
            break
        start = box + len(BOX)
        while start < end and completion[start].isspace():
            start += 1
        if completion.startswith("{", start):
            content = _braced(completion, start + 1)
            if content is None:
                return passed
            if not _is_placeholder(content):
                return content
            passed = content if passed is None else passed
        end = box
    return passed


def _is_placeholder(content: str) -> bool:
    return len(content) <= _MAX_PLACEHOLDER and _PLACEHOLDER.fullmatch(content) is not None


def _braced(text: str, start: int) -> str | None:
    """Return `text` from `start` to the closing brace that matches one opened before `start`."""
    depth = 1
    for match in _BRACE.finditer(text, start):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return text[start : match.start()]
    return None


def after_hashes(completion: str) -> str | None:
    r"""Return what follows the first ``####`` whose line holds nothing but a number and perhaps its unit.

    The first, because a model that runs on after its answer writes the next question and answers that one too.
    A heading such as ``#### Step 1`` or ``#### 1. The cost`` states no number and is passed over.

    Examples
    --------
    >>> after_hashes("#### Step 1\n9 * 2 = 18\n#### 18 dollars")
    '18 dollars'
    """
    labelled: str | None = None
    for match in islice(_MARKED.finditer(completion), _MAX_MARKED):
        marked = _ANNOTATION.sub("", match[1]).strip()
        marked = marked.lstrip(":： ")
        bare = marked.strip("*_ ")
        label = _ANSWER_LABEL.match(bare)
        stated = marked if label is None else bare[label.end() :]
        if parse_number(stated) is None:
            continue
        if label is None and ":" not in stated and "：" not in stated:
            return stated
        if label is not None and labelled is None:
            labelled = stated
    if labelled is None:
        below = (match[1].strip("*_ \r") for match in islice(_HEADED.finditer(completion), _MAX_MARKED))
        labelled = next((stated for stated in below if parse_number(stated) is not None), None)
    return labelled


def stated_answer(completion: str) -> str | None:
    r"""Return the number that the last "answer is", "Answer:" or "答案是" states.

    Examples
    --------
    >>> stated_answer("So the final answer is: **$1,450** in all.")
    '$1,450'
    >>> stated_answer("She answers 3 letters a day, 18 in all.") is None
    True
    """
    text = "\n" + completion
    ends = [match.end() for match in _STATED.finditer(text)]
    said = (text[end : end + _MAX_STATEMENT].partition("\n")[0] for end in islice(reversed(ends), _MAX_STATED))
    numbers = map(_first_number, said)
    return next((number for number in numbers if number is not None), None)


def tagged_answer(completion: str) -> str | None:
    r"""Return the content of the last closed ``<answer>``, ``<solution>`` or ``<final_answer>``, in any case.

    Tags that are empty or hold a placeholder are passed over.

    Examples
    --------
    >>> tagged_answer("<answer>17</answer> no: <SOLUTION> 18 </SOLUTION>")
    '18'
    """
    found: str | None = None
    passed: str | None = None
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(completion):
        if not tag["end"]:
            opened = tag
            continue
        if opened is not None and opened["name"].lower() == tag["name"].lower():
            content = completion[opened.end() : tag.start()].strip()
            if len(content) <= _MAX_TAGGED:
                found, passed = (found, content) if _is_placeholder(content) else (content, passed)
        opened = None
    return passed if found is None else found


def last_number(completion: str) -> str | None:
    r"""Return the last number written in digits, with a minus sign where one belongs to it.

    Commas between groups of digits and a slash between two integers are part of the number. A minus sign after
    a digit, a letter or a closing bracket is a subtraction. Of LaTeX only thousands are read, ``9{,}500`` and
    ``9\,500``; of ``\frac{1}{2}`` it gives 2. The power of a unit, as in ``m^2``, is no number.

    Examples
    --------
    >>> last_number("The area is 18 m^2.")
    '18'
    >>> last_number("20 - 6 - 5 = 9, so they bring in $1,450.")
    '1,450'
    """
    completion = _plain_thousands(completion)
    digit = _TO_LAST_DIGIT.match(completion)
    if digit is None:
        return None
    # Of an endless run of digits only the end is looked at; `parse_number` refuses it anyway.
    run = _LAST_RUN.search(completion[max(0, digit.end() - _RUN_TAIL) : digit.end()])
    *_, match = _ONE_NUMBER.finditer("" if run is None else run[0])
    number = match[0]
    start = digit.end() - len(number)
    return "-" + number if _is_negative(completion, start) else number


def only_number(text: str) -> str | None:
    """Return the number of a text that holds no other, None where there are several or none.

    Examples
    --------
    >>> only_number("<b>18</b> eggs")
    '18'
    >>> only_number("18 or 19") is None
    True
    """
    found = list(islice(_WRITTEN.finditer(_plain_thousands(text)), 2))
    return found[0][0] if len(found) == 1 else None


def _plain_thousands(text: str) -> str:
    """Return `text` with plain commas in LaTeX thousands and without powers of units."""
    if "{,}" in text or "\\" in text or not text.isascii():
        text = _THOUSANDS.sub(_comma, text)
    if "^" in text:
        text = _POWER.sub("", text)
    return _UNIT_POWER.sub(lambda match: match[0][0], text)


def _comma(match: re.Match[str]) -> str:
    """Return a plain comma where a digit stands before what separates thousands."""
    return "," if match.string[match.start() - 1 : match.start()].isdecimal() else match[0]


def _first_number(text: str) -> str | None:
    """Return the number that a statement begins with or holds first, as text."""
    if BOX in text:
        content = last_box(text)
        return content if content is not None and parse_number(content) is not None else None
    stated = _SENTENCE_END.split(text.strip(_EDGE), maxsplit=1)[0].strip(_EDGE)
    for said in (_CLAUSE.split(stated, maxsplit=1)[0].strip(_EDGE), stated):
        if parse_number(said) is not None:
            return said
    match = _WRITTEN.search(_plain_thousands(text))
    return None if match is None else match[0].strip()


def _is_negative(text: str, start: int) -> bool:
    """Say whether the number at `start` has a minus sign of its own, before or after a currency sign."""
    before = start - 1
    if (
        before >= 1
        and text[before] in "$€£₹¥"
        and (at := before - 1 - (text[before - 1] == "\\")) >= 0
        and text[at] in "-−"
    ):
        before = at
    elif before < 0 or text[before] not in "-−":
        return False
    if before == 0:
        return True
    left = text[before - 1]
    return not (left.isalnum() or left in ")]}")
