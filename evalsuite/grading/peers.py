r"""Graders of other programs, re-implemented so that their verdicts can be compared on the same completions.

Choose one of these to ask what another harness would have said; to report accuracy, choose one of `graders`.
Each rule repeats the grading code of the program named in its description, faults included, on the text as it
stands: stop strings that a harness passes to its generation step are not applied. The gold answer is read out
of the solution as the program does it; where a solution has no ``####``, the gold number stands in, written
plainly. `Outcome.NO_ANSWER` means that the program's own extraction finds nothing.

No rule here can be driven to super-linear time by the text, unlike some of the regular expressions they repeat.
"""

import re
from fractions import Fraction

from evalsuite.grading.grader import Grader, GraderVerdict
from evalsuite.grading.peer_evalscope import evalscope
from evalsuite.grading.peer_inspect import inspect_match
from evalsuite.grading.peer_math_verify import math_verify, trl_accuracy_reward
from evalsuite.records import Outcome

__all__ = ["PEER_GRADERS", "lm_eval_flexible", "lm_eval_strict", "olmo_eval", "opencompass"]

_LM_EVAL_STRICT = re.compile(r"#### (-?[0-9.,]+)")
# Runs of these characters are whole matches of the flexible filter; the greedy start finds the last run.
_LM_EVAL_LAST_RUN = re.compile(r"(?s:.*)(?<![$0-9.,])([$0-9.,]{2,}|[0-9])")
_SIGNED_RUN = re.compile(r"(?s:.*)(?<![\d.\-])([\d.\-]*\d)")
_SEPARATED_RUN = re.compile(r"(?s:.*)(?<![\d.,+\-])([\d.,+\-]*\d)")
_OPENCOMPASS_NUMBER = re.compile(r"-?\d+\.\d+|-?\d+")
_OLMO_COMMA = re.compile(r"(\d),(\d)")
_OLMO_NUMBER = re.compile(r"[-+]?\d*\.\d+|\d+")


def lm_eval_strict(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
    """Filter "strict-match" of task gsm8k: the first ``#### n``, as a string without commas and dollars."""
    match = _LM_EVAL_STRICT.search(completion)
    return _lm_eval_verdict(None if match is None else match[1], gold, solution)


def lm_eval_flexible(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
    """Filter "flexible-extract" of task gsm8k: the last run of digits, dots, commas and dollars.

    A full stop that ends a sentence is forgiven once, so ``18.`` is 18 but ``18...`` and ``18.00`` are not.
    """
    match = _LM_EVAL_LAST_RUN.match(completion)
    if match is None:
        return _lm_eval_verdict(None, gold, solution)
    start = match.start(1)
    minus = "-" if start > 0 and completion[start - 1] == "-" else ""
    return _lm_eval_verdict(minus + match[1], gold, solution)


def _lm_eval_verdict(extracted: str | None, gold: Fraction, solution: str) -> GraderVerdict:
    if extracted is None:
        return Outcome.NO_ANSWER, None
    reference = solution if "#### " in solution else str(gold)
    right = _lm_eval_normalised(extracted) == _lm_eval_normalised(reference)
    return (Outcome.CORRECT if right else Outcome.INCORRECT), extracted


def _lm_eval_normalised(text: str) -> str:
    """Drop commas, dollars, all up to the last ``"#### "`` and one final full stop; ignore case."""
    text = text.replace(",", "").replace("$", "")
    text = text[text.rfind("#### ") + 5 :] if "#### " in text else text
    if text.endswith("."):
        text = text[:-1]
    elif text.endswith(".\n"):
        text = text[:-2] + "\n"
    return text.lower()


def opencompass(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
    """Post-processor and evaluator gsm8k: the last number before ``Question:``; a comma ends a number."""
    end = completion.find("Question:")
    run = _SIGNED_RUN.match(completion, 0, end if end >= 0 else len(completion))
    if run is None:
        return Outcome.NO_ANSWER, None
    extracted: str = _OPENCOMPASS_NUMBER.findall(run[1])[-1]
    reference = solution.split("#### ")[1].replace(",", "") if "#### " in solution else str(gold)
    right = extracted == reference
    if not right:
        try:
            right = abs(float(extracted) - int(reference)) < 1e-6
        except (ValueError, OverflowError):
            right = False
    return (Outcome.CORRECT if right else Outcome.INCORRECT), extracted


def olmo_eval(completion: str, gold: Fraction, solution: str) -> GraderVerdict:
    """Task gsm8k: the last number as a string. Integers lose their sign, in the gold answer too."""
    extracted = _olmo_number(completion)
    if extracted is None:
        return Outcome.NO_ANSWER, None
    reference = solution.rsplit("####", 1)[-1].strip() if "####" in solution else str(gold)
    expected = _olmo_number(reference) or reference
    return (Outcome.CORRECT if extracted == expected else Outcome.INCORRECT), extracted


def _olmo_number(text: str) -> str | None:
    run = _SEPARATED_RUN.match(text)
    if run is None:
        return None
    numbers: list[str] = _OLMO_NUMBER.findall(_OLMO_COMMA.sub(r"\1\2", run[1]))
    return numbers[-1]


PEER_GRADERS: tuple[Grader, ...] = (
    Grader("lm_eval_strict", 1, "lm-evaluation-harness 0.4 and 0.5, task gsm8k, filter strict-match.", lm_eval_strict),
    Grader(
        "lm_eval_flexible",
        1,
        "lm-evaluation-harness 0.4 and 0.5, gsm8k, filter flexible-extract.",
        lm_eval_flexible,
    ),
    Grader(
        "inspect_match",
        1,
        "inspect-ai 0.3.285, scorer match(numeric=True), as inspect_evals uses it.",
        inspect_match,
    ),
    Grader("evalscope", 1, "EvalScope 1.10, benchmark gsm8k; later versions grade with Math-Verify.", evalscope),
    Grader("opencompass", 1, "OpenCompass 0.5, dataset gsm8k.", opencompass),
    Grader("olmo_eval", 1, "olmo-eval (2026), task gsm8k.", olmo_eval),
    Grader("math_verify", 1, "Math-Verify 0.9, parse and verify with their defaults.", math_verify),
    Grader("trl_accuracy_reward", 1, "TRL 1.16, accuracy_reward, gold given as the plain number.", trl_accuracy_reward),
)
