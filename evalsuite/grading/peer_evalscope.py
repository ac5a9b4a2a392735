r"""The GSM8K grading of EvalScope 1.10.

A cascade of extractions (box, "he answer is", "final answer is", "答案是", ``ANSWER:``, last number), a
normalisation of LaTeX, and a comparison within a relative 1e-4 that also accepts the gold answer times or over
100. Two parts of the original are left out: number words from a hundred on, and symbolic answers other than
calculations with plain numbers.
"""

import math
import re
from fractions import Fraction

from evalsuite.grading.calculation import evaluate
from evalsuite.grading.grader import GraderVerdict
from evalsuite.records import Outcome

__all__ = ["MAX_ANSWER", "evalscope"]

MAX_ANSWER = 2000
"""Characters of the extracted answer that are looked at; a longer one is no number."""

_LAST_RUN = re.compile(r"(?s:.*)(?<![\d.,\-])([\d.,\-]*\d)")
_NUMBER = re.compile(r"-?\d*\.?\d+")
_BRACE = re.compile(r"[{}]")
_UNITS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: number for number, word in enumerate(_UNITS.split())} | {
    word: 10 * number for number, word in enumerate(_TENS.split(), 2)
}


def evalscope(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
    """Benchmark gsm8k with its default metric ``acc`` (numeric)."""
    reference = solution.rsplit("####", 1)[-1].strip() if "####" in solution else str(gold)
    extracted = _extracted(completion)
    if not extracted:
        return Outcome.NO_ANSWER, None
    answer = _normalised(extracted[: MAX_ANSWER + 1])
    if not answer:
        return Outcome.NO_ANSWER, None
    right = len(answer) <= MAX_ANSWER and _equal(answer, _normalised(reference))
    return (Outcome.CORRECT if right else Outcome.INCORRECT), answer


def _extracted(text: str) -> str:
    """Cut the answer out of the completion."""
    if "final answer is $" in text and "$. I hope" in text:
        answer = text.split("final answer is $", 1)[1].split("$. I hope", 1)[0].strip()
    elif "boxed" in text:
        answer = _boxed(text[text.rfind("boxed") + 5 :])
    elif "he answer is" in text:
        answer = text.rsplit("he answer is", 1)[1].strip()
    elif "final answer is" in text:
        answer = text.rsplit("final answer is", 1)[1].strip()
    elif "答案是" in text:
        answer = text.split("答案是", 2)[1].strip().split("\n\n", 1)[0].strip()
    elif "ANSWER:" in text:
        answer = text.rsplit("ANSWER:", 1)[1].strip()
    else:
        run = _LAST_RUN.match(text)
        answer = "" if run is None else _NUMBER.findall(run[1].replace(",", ""))[-1]
    answer = re.sub(r"\n\s*", "", answer)
    return answer.removeprefix(":").removesuffix(".").removesuffix("/")


def _boxed(rest: str) -> str:
    """Return the braced content, all of the rest if the box is open, or the text up to a dollar sign."""
    if not rest.startswith("{"):
        return rest.split("$", 1)[0].strip()
    depth = 0
    for match in _BRACE.finditer(rest):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return rest[1 : match.start()]
    return rest[1:]


_REPLACED = (
    ("tfrac", "frac"),
    ("dfrac", "frac"),
    (r"\left", ""),
    (r"\right", ""),
    (r"\{", "{"),
    (r"\}", "}"),
)


def _normalised(text: str) -> str:
    """Strip units, signs and spaces as the original's LaTeX normalisation does for numeric answers."""
    text = text.strip().replace("\n", "").rstrip(".").replace(r"\!", "")
    for old, new in _REPLACED:
        text = text.replace(old, new)
    text = re.sub(r"\\text\{([a-zA-Z]+)\}", lambda m: str(_WORDS.get(m[1].lower(), m[0])), text)
    unitless = re.sub(r"\\text\{[^}]*\}$", "", text).strip()
    text = unitless or text
    for dropped in (r"^{\circ}", r"^\circ", r"\$", "$", r"\(", r"\)"):
        text = text.replace(dropped, "")
    spoken = [_WORDS[word] for word in text.replace("-", " ").lower().split() if word in _WORDS]
    if 0 < len(spoken) <= 2:
        text = str(sum(spoken))
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", text)
    for dropped in ("x=", "y=", "z=", r"\%", "%"):
        text = text.replace(dropped, "")
    text = text.replace(" .", " 0.").replace("{.", "{0.").replace("'", "").replace('"', "")
    for dropped in ("and", r"\mathbf", r"\textbf"):
        text = text.replace(dropped, "")
    text = re.sub(r"(?<=\d)\.0*(?=[^\d]|$)", "", text)
    if text.startswith("."):
        text = "0" + text
    sides = text.split("=", 2)
    if len(sides) == 2 and len(sides[0]) <= 2:
        text = sides[1]
    text = text.replace(" ", "")
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    return text


def _equal(answer: str, reference: str) -> bool:
    """Compare as text, as numbers with percentages, or as a calculation."""
    if answer.lower() == reference.lower():
        return True
    found, expected = _number(answer), _number(reference)
    if found is not None and expected is not None:
        return any(math.isclose(target, found, rel_tol=1e-4) for target in (expected / 100, expected, expected * 100))
    bare = answer.translate(_BRACES)
    if bare.lower() == reference.translate(_BRACES).lower():
        return True
    left, separator, right = answer.partition("=")
    if separator and "=" not in right and len(left.strip()) <= 2 and _equal(right, reference):
        return True
    # Letters are variables there, and nought times a variable is nought.
    if re.fullmatch("0[a-zA-Z]+", answer):
        return expected == 0
    # What follows a hash sign is a comment to the original's last parser.
    value, target = evaluate(answer.replace("{,}", "").split("#", 1)[0]), evaluate(reference)
    return value is not None and target is not None and math.isclose(float(target), float(value), rel_tol=1e-4)


_BRACES = str.maketrans("", "", "{}()")


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None
