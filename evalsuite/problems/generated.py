"""Word problems made from templates of our own: as many as wanted, seeded, in no training corpus.

Choose them to train on, and to test what no model can have read. They are plain arithmetic in 1 to 6 steps;
GSM8K is wider in language. Problems of one template are dependent: intervals over them should treat
`Problem.template_id` as the cluster.

Two borders keep training and testing apart. *Templates*: `HELD_OUT` are used for ``"test"`` only.
*Operands*: a hash of the numbers in a question puts about one fifth of the number sets of a template on the
test side; ``"train"`` draws from the others, ``"test-operands"`` from that fifth. So ``"test"`` asks whether
a gain carries over to new kinds of problems, and ``"test-operands"`` whether it carries over to new numbers.
"""

import hashlib
import re
from fractions import Fraction
from typing import Literal, get_args

from evalsuite.problems.solution import annotations
from evalsuite.problems.templates import change, comparison, food, home, school, shopping, travel, work
from evalsuite.problems.templates.draw import Draft, Draw, ProblemTemplate
from evalsuite.records import Problem

__all__ = ["HELD_OUT", "Split", "generated", "operands"]

Split = Literal["train", "test", "test-operands"]

MAX_REDRAWS = 1000
"""Draws without a new problem after which a template counts as used up."""

TEST_BYTES = 51
"""Operands are on the test side if the first byte of their hash is below this: 51 of 256, 19.9%."""

TEMPLATES: tuple[ProblemTemplate, ...] = (
    *shopping.TEMPLATES,
    *food.TEMPLATES,
    *travel.TEMPLATES,
    *school.TEMPLATES,
    *home.TEMPLATES,
    *comparison.TEMPLATES,
    *change.TEMPLATES,
    *work.TEMPLATES,
)

HELD_OUT: tuple[ProblemTemplate, ...] = (
    # 1 step
    shopping.unit_price,
    food.jar_before,
    travel.longer_units,
    school.percent_of_school,
    # 2 steps
    shopping.saving_weeks,
    food.recipe_scaled,
    home.fence_length,
    comparison.unequal_split,
    change.club_growth,
    # 3 steps
    shopping.tip_split,
    travel.cyclists_meet,
    school.fourth_test,
    home.barrel_days,
    comparison.three_collectors,
    # 4 steps
    shopping.phone_plan,
    food.camp_bottles,
    school.quiz_points,
    home.two_pumps,
    change.rising_savings,
    # 5 steps
    school.reading_plan,
    home.fence_with_gate,
    work.overtime_pay,
    # 6 steps
    food.hens_eggs,
    travel.road_trip,
)


def generated(split: Split, *, n: int, seed: int = 0, steps: tuple[int, int] | None = None) -> tuple[Problem, ...]:
    """Return `n` different problems.

    Templates take turns in a seeded order that changes every round, so their counts differ by one at most.
    A problem depends on `split`, `seed`, `steps` and its index, and, where a draw repeats an earlier
    question and is drawn again, on the problems before it. Hence a larger `n` only adds problems at the end.
    The texts do not depend on the machine, the process or the Python version.

    Parameters
    ----------
    split
        ``"train"``: templates and operands for training. ``"test"``: held-out templates, any operands.
        ``"test-operands"``: the templates of ``"train"`` with operands that ``"train"`` never has.
    n
        Number of problems, at least 1. There are over 100,000 in ``"train"`` and ``"test"`` and over 40,000 in
        ``"test-operands"``, fewer where `steps` leaves few templates.
    seed
        Two seeds may share a few problems of templates with few number sets.
    steps
        Fewest and most calculation steps, both included. None takes all.

    Returns
    -------
    tuple of Problem
        With ids such as ``"generated/test/seed0/17"`` or, given `steps`, ``"generated/test/steps1-2/seed0/17"``.

    Raises
    ------
    ValueError
        If an argument is out of range, no template has the steps asked for, or a template cannot give
        enough different problems.

    Examples
    --------
    >>> problem = generated("train", n=3)[2]
    >>> problem.problem_id
    'generated/train/seed0/2'
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    pool = _pool(split, steps)
    filtered = f"steps{steps[0]}-{steps[1]}/" if steps else ""
    prefix = f"generated/{split}/{filtered}seed{seed}"
    problems: list[Problem] = []
    seen: set[str] = set()
    while len(problems) < n:
        turn = Draw(f"{prefix}/order{len(problems)}").shuffled(pool)
        for template in turn[: n - len(problems)]:
            problem = _problem(f"{prefix}/{len(problems)}", template, split, seen)
            seen.add(problem.question)
            problems.append(problem)
    return tuple(problems)


def operands(question: str) -> tuple[int, ...]:
    """Return the numbers written in digits in `question`, ascending.

    Examples
    --------
    >>> operands("Ada pays $12 for 3 mugs.")
    (3, 12)
    """
    return tuple(sorted(map(int, re.findall(r"[0-9]+", question))))


def _pool(split: Split, steps: tuple[int, int] | None) -> tuple[ProblemTemplate, ...]:
    if split not in get_args(Split):
        raise ValueError(f"split must be one of {', '.join(get_args(Split))}, got {split!r}")
    of_split = HELD_OUT if split == "test" else tuple(t for t in TEMPLATES if t not in HELD_OUT)
    if steps is None:
        return of_split
    low, high = steps
    pool = tuple(template for template in of_split if low <= _n_steps(template) <= high)
    if not pool:
        raise ValueError(f"no template of split {split!r} has steps from {low} to {high}")
    return pool


def _n_steps(template: ProblemTemplate) -> int:
    """Every draft of a template has the same number of steps."""
    return len(annotations("\n".join(template(Draw("steps")).steps)))


def _problem(problem_id: str, template: ProblemTemplate, split: Split, seen: set[str]) -> Problem:
    draw = Draw(problem_id)
    for _ in range(MAX_REDRAWS):
        draft = template(draw)
        question = draw.choice(draft.variants)
        if question not in seen and _belongs(template, draft, split):
            return Problem(
                problem_id=problem_id,
                question=question,
                solution="\n".join((*draft.steps, f"#### {draft.answer}")),
                gold=Fraction(draft.answer),
                template_id=template.__name__,
                n_steps=sum(step.count("<<") for step in draft.steps),
            )
    raise ValueError(f"template {template.__name__} has too few different problems for {problem_id}: lower n")


def _belongs(template: ProblemTemplate, draft: Draft, split: Split) -> bool:
    """Tell by the operands, the same for all wordings, whether the draft may be in `split`."""
    if split == "test":
        return True
    # The first wording stands for all: others may spell a number out.
    key = f"{template.__name__} {operands(draft.variants[0])}"
    on_test_side = hashlib.sha256(key.encode()).digest()[0] < TEST_BYTES
    return on_test_side == (split == "test-operands")
