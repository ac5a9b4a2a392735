"""Rewards of a completion for GRPO, in the form that TRL calls.

Each reward is a module-level function, so that `trl grpo` finds it by its dotted path
(``evalsuite.training.rewards.boxed_reward``) and `GRPOTrainer` takes it as it is. TRL passes everything by keyword:
the completions, every column of the data set, and names of its own that are ignored here. Columns that are read:

- ``gold``: the right answers, each ``"n"`` or ``"n/d"``;
- ``solution``: the worked solutions of the data set, where a reward looks at the way;
- ``ground_truth``: the tutorial's own gold strings;
- ``problem_id``: names of the problems, for the coin;
- ``truncated``: whether the token limit cut the completion. TRL does not say so; whoever knows may pass it on. Then
  the format and the steps of a cut completion earn nothing. The outcome rewards judge the text alone.

All values are multiples of 1/16. Such numbers and their sums are exact in floating point, so a group of equal rewards
has a standard deviation of exactly zero. Equal rewards of 0.2 would not have, and would pass for a signal.

Choose `boxed_reward` for what is wanted, add `format_reward` where boxes are rare and `steps_reward` where right
answers are; `random_reward` is the control arm (Shao et al. 2025, arXiv:2506.10947) and `tutorial_reward` repeats
the faults of the evaluation it is named after.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from evalsuite.errors import InputError
from evalsuite.evaluation.score_graders import step_credit
from evalsuite.grading import extract
from evalsuite.grading.graders import grader
from evalsuite.grading.number import parse_number
from evalsuite.grading.steps import steps_of
from evalsuite.records import Outcome, digest

__all__ = [
    "FORMAT_VALUE",
    "REWARDS",
    "STEPS_VALUE",
    "Completions",
    "Reward",
    "boxed_reward",
    "completion_text",
    "format_reward",
    "make_random_reward",
    "random_reward",
    "steps_reward",
    "tutorial_reward",
]

Completions: TypeAlias = Sequence[str | Sequence[Mapping[str, Any]]]
"""Texts, or conversations of one message each as TRL gives them for conversational prompts."""

FORMAT_VALUE = 0.25
"""What the right format earns."""

STEPS_VALUE = 0.25
"""What each of the two parts of `steps_reward` earns at most."""

_BOX = re.compile(r"\\boxed\s*+\{")
_END = re.compile(r"(?:[\s.$*]|\\[)\]])*+")


def tutorial_reward(
    completions: Completions,
    ground_truth: Sequence[str] | None = None,
    *,
    gold: Sequence[str] | None = None,
    solution: Sequence[str] | None = None,
    **_: Any,
) -> list[float]:
    r"""Return 1 where the first box holds exactly the string `ground_truth`, else 0, faults and all.

    A box is cut at its first closing brace and compared as text: ``\boxed{87.00}`` earns nothing for 87, and a
    completion without a box counts as an empty string. Without `ground_truth` the gold string is what the tutorial
    reads from `solution`, where ``#### 1,450`` gives ``1``; see `evalsuite.grading.graders.tutorial_gold`.

    Raises
    ------
    InputError
        Neither `ground_truth` nor both `gold` and `solution` are given, or a column has another length.

    Examples
    --------
    >>> tutorial_reward([r"It is \boxed{87}.", r"It is \boxed{87.00}."], ["87", "87"])
    [1.0, 0.0]
    """
    texts = [completion_text(completion) for completion in completions]
    if ground_truth is not None:
        _check_length("ground_truth", ground_truth, texts)
        return [
            float((extract.first_box(text) or "") == truth) for text, truth in zip(texts, ground_truth, strict=True)
        ]
    if gold is None or solution is None:
        raise InputError("tutorial_reward needs the column ground_truth, or the columns gold and solution")
    return _outcomes("tutorial", texts, gold, solution)


def boxed_reward(
    completions: Completions, *, gold: Sequence[str], solution: Sequence[str] | None = None, **_: Any
) -> list[float]:
    r"""Return 1 where the grader ``boxed`` says correct: the last closed box equals the gold answer; else 0.

    Raises
    ------
    InputError
        A gold answer is not ``"n"`` or ``"n/d"``, or a column has another length.

    Examples
    --------
    >>> boxed_reward([r"\boxed{87.00}", "87"], gold=["87", "87"])
    [1.0, 0.0]
    """
    return _outcomes("boxed", [completion_text(completion) for completion in completions], gold, solution)


def format_reward(completions: Completions, *, truncated: Sequence[bool] | None = None, **_: Any) -> list[float]:
    r"""Return `FORMAT_VALUE` where one box with one number ends a text that holds an equation, else 0.

    The box is the only one, it is closed, and nothing but white space, a full stop and closing marks follow it.
    The calculation of an equation has to stand before the box, so a bare box earns nothing; its result may be the
    box itself. Whether any number is right does not matter here.

    Examples
    --------
    >>> format_reward([r"58 / 2 = 29, so $\boxed{29}$.", r"\boxed{29}", r"58 / 2 = 29, so \boxed{29} or \boxed{25}"])
    [0.25, 0.0, 0.0]
    """
    texts = [completion_text(completion) for completion in completions]
    cut = _cut(truncated, texts)
    return [FORMAT_VALUE * (not lost and _well_formed(text)) for text, lost in zip(texts, cut, strict=True)]


def _well_formed(text: str) -> bool:
    boxes = list(_BOX.finditer(text))
    content = extract.last_box(text)
    if len(boxes) != 1 or content is None or parse_number(content) is None:
        return False
    end = boxes[0].end() + len(content) + 1
    if not _END.fullmatch(text, end):
        return False
    return bool(steps_of(text[: boxes[0].start()] + content.rpartition("=")[2]))


def steps_reward(
    completions: Completions,
    *,
    solution: Sequence[str],
    truncated: Sequence[bool] | None = None,
    **_: Any,
) -> list[float]:
    """Return the credit for intermediate steps, from 0 to 0.5: right arithmetic, and results of the worked solution.

    Two parts, each `STEPS_VALUE` times a share that is rounded down to quarters:

    - validity: the share of the equations that are right. Equal equations count once; ``29 + 0 = 29`` does not
      count, and without any other equation the part is 0.
    - coverage: the share of the distinct results in `solution` that a right equation of the completion states.

    Only twice as many equations as the solution has can earn anything. Any further ones count as wrong, so writing
    more equations than that costs. The results are taken from the marks ``<<58/2=29>>`` of GSM8K, or where there are
    none from the equations of the solution; a solution without either gives a coverage of 0 and allows two equations.
    A right solution may take another route, so this never decides alone and is worth less than a right answer.
    ``evalsuite grade RUN --grader steps`` gives twice this credit to the completions of a stored run, cut ones too.

    Raises
    ------
    InputError
        A column has another length.

    Examples
    --------
    >>> solution = "58/2 = <<58/2=29>>29 jars, 58+29 = <<58+29=87>>87 jars."
    >>> steps_reward(["58 / 2 = 29 and 58 + 29 = 87", "58 / 2 = 29 and 58 + 29 = 77", "87"], solution=[solution] * 3)
    [0.5, 0.25, 0.0]
    """
    texts = [completion_text(completion) for completion in completions]
    _check_length("solution", solution, texts)
    rows = zip(texts, solution, _cut(truncated, texts), strict=True)
    return [0.0 if lost else 2 * STEPS_VALUE * step_credit(text, worked) for text, worked, lost in rows]


def make_random_reward(seed: int) -> Callable[..., list[float]]:
    """Return a reward that tosses a fair coin for each completion: 1 or 0, whatever the text says.

    The coin is a hash of `seed`, the text, the problem (``problem_id``, or the prompt) and the trainer's step. So
    nothing is drawn from the generators that the sampling of completions uses, and a repeated training gets the same
    coins. Equal texts of one problem at one step share a coin.

    Examples
    --------
    >>> make_random_reward(1)(["a", "b", "c", "d", "e", "f"], problem_id=["p"] * 6) == [0.0] * 6
    False
    """

    def random_reward(
        completions: Completions,
        *,
        prompts: Sequence[Any] | None = None,
        problem_id: Sequence[str] | None = None,
        trainer_state: Any = None,
        **_: Any,
    ) -> list[float]:
        """Return a coin for each completion, see `make_random_reward`."""
        texts = [completion_text(completion) for completion in completions]
        problems = problem_id if problem_id is not None else prompts if prompts is not None else [""] * len(texts)
        step = getattr(trainer_state, "global_step", 0)
        rows = zip(texts, problems, strict=True)
        return [float(int(digest([seed, step, problem, text])[:8], 16) % 2) for text, problem in rows]

    random_reward.__qualname__ = "random_reward"
    return random_reward


random_reward = make_random_reward(0)
"""The coin of seed 0, for a dotted path; a training makes its own from its seed."""


def completion_text(completion: str | Sequence[Mapping[str, Any]]) -> str:
    """Return the text of a completion: itself, or the content of its first message, as the tutorial reads it.

    Examples
    --------
    >>> completion_text([{"role": "assistant", "content": "It is 3."}])
    'It is 3.'
    """
    if isinstance(completion, str):
        return completion
    return str(completion[0]["content"] or "") if completion else ""


def _outcomes(name: str, texts: Sequence[str], gold: Sequence[str], solution: Sequence[str] | None) -> list[float]:
    """Return 1 where the grader called `name` says correct."""
    _check_length("gold", gold, texts)
    solutions = [""] * len(texts) if solution is None else solution
    _check_length("solution", solutions, texts)
    rule = grader(name)
    rows = zip(texts, gold, solutions, strict=True)
    return [float(rule.rule(text, _exact(answer), worked)[0] is Outcome.CORRECT) for text, answer, worked in rows]


def _exact(gold: str) -> Fraction:
    try:
        return Fraction(gold)
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise InputError(f"gold has to be 'n' or 'n/d', got {gold!r}") from error


def _cut(truncated: Sequence[bool] | None, texts: Sequence[str]) -> Sequence[bool]:
    if truncated is None:
        return [False] * len(texts)
    _check_length("truncated", truncated, texts)
    return truncated


def _check_length(name: str, column: Sequence[Any], texts: Sequence[str]) -> None:
    if len(column) != len(texts):
        raise InputError(f"{name} has {len(column)} rows for {len(texts)} completions")


class Reward(NamedTuple):
    """A reward that a training can name: the function, its default weight, and one sentence about it."""

    function: Callable[..., list[float]]
    weight: float
    description: str


REWARDS: Mapping[str, Reward] = MappingProxyType(
    {
        "tutorial": Reward(tutorial_reward, 1.0, "1 where the first box is the gold string of the tutorial, else 0."),
        "boxed": Reward(boxed_reward, 1.0, "1 where the last closed box equals the gold answer, else 0."),
        "format": Reward(format_reward, 1.0, "1/4 where one boxed number ends a text with an equation, else 0."),
        "steps": Reward(steps_reward, 1.0, "Up to 1/4 for right equations and up to 1/4 for results of the solution."),
        "random": Reward(random_reward, 1.0, "A coin, 1 or 0, whatever the completion says: the control arm."),
    }
)
"""The rewards that a configuration can name."""
