"""Prompt templates: the tutorial's, a plain one, and few-shot ones.

Few-shot draws from GSM8K train depend on the problem alone, never on a limit, a batch or a rank,
so that a problem always gets the same prompt.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evalsuite.errors import InputError
from evalsuite.prompting.exemplars import exemplars
from evalsuite.records import Message, Problem, Prompt, digest

__all__ = [
    "TEMPLATE_NAMES",
    "TUTORIAL_SYSTEM_PROMPT",
    "PromptTemplate",
    "boxed_solution",
    "needs_gsm8k_train",
    "template",
]

TUTORIAL_SYSTEM_PROMPT = (
    "You are a helpful assistant that solves problems step-by-step. "
    "Always include the final numeric answer inside \\boxed{}."
)
TEMPLATE_NAMES = "tutorial, plain, fewshot-K (K = 1 to 8), gsm8k-fewshot-K"

Exemplar = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """How a problem becomes chat messages.

    Attributes
    ----------
    name
        As the user gives it.
    fingerprint
        Hash of everything that decides the prompt except the problem.
    render
        From a problem to its prompt.
    """

    name: str
    fingerprint: str
    render: Callable[[Problem], Prompt]


def needs_gsm8k_train(name: str) -> bool:
    """Tell whether the template `name` draws its exemplars from GSM8K train."""
    return name.startswith("gsm8k-fewshot-")


def template(name: str, *, gsm8k_train: tuple[Problem, ...] = ()) -> PromptTemplate:
    """Return the template called `name`.

    Parameters
    ----------
    name
        ``tutorial`` (system prompt and question), ``plain`` (question only), ``fewshot-K`` (the tutorial's
        system prompt and K of our own exemplars as turns) or ``gsm8k-fewshot-K`` (K draws from GSM8K train,
        seeded by the problem).
    gsm8k_train
        The train problems, needed by ``gsm8k-fewshot-K`` only.

    Raises
    ------
    InputError
        The name is unknown, K is out of range, or there are no more than K train problems to draw from.
    """
    if name == "tutorial":
        return _template(name, TUTORIAL_SYSTEM_PROMPT, lambda _: ())
    if name == "plain":
        return _template(name, None, lambda _: ())
    match = re.fullmatch(r"(gsm8k-)?fewshot-([1-9][0-9]{0,2})", name)
    if match is None:
        raise InputError(f"unknown template {name!r}: choose from {TEMPLATE_NAMES}")
    k = int(match.group(2))
    if match.group(1) is None:
        own = exemplars()
        if not 1 <= k <= len(own):
            raise InputError(f"fewshot-K has K from 1 to {len(own)}, got {k}")
        return _template(name, TUTORIAL_SYSTEM_PROMPT, lambda _: own[:k], digest(own[:k]))
    if not 1 <= k <= 32:
        raise InputError(f"gsm8k-fewshot-K has K from 1 to 32, got {k}")
    if len(gsm8k_train) <= k:
        raise InputError(f"the template {name} needs more than {k} GSM8K train problems, got {len(gsm8k_train)}")
    pool = digest([[p.question, p.solution] for p in gsm8k_train])
    return _template(name, TUTORIAL_SYSTEM_PROMPT, lambda problem: _draw(problem, gsm8k_train, k), pool)


def _template(
    name: str, system: str | None, shots: Callable[[Problem], tuple[Exemplar, ...]], content: str = ""
) -> PromptTemplate:
    def render(problem: Problem) -> Prompt:
        messages = [] if system is None else [Message("system", system)]
        for question, answer in shots(problem):
            messages += [Message("user", question), Message("assistant", answer)]
        return Prompt(problem.problem_id, (*messages, Message("user", problem.question)))

    return PromptTemplate(name, digest([name, system, content])[:16], render)


def _draw(problem: Problem, pool: tuple[Problem, ...], k: int) -> tuple[Exemplar, ...]:
    """Draw k exemplars by the problem's content, never the problem itself."""
    seed = int.from_bytes(hashlib.sha256(problem.content_hash.encode()).digest()[:8])
    rows = np.random.default_rng(seed).choice(len(pool), size=k + 1, replace=False)
    chosen = [pool[i] for i in rows if pool[i].question != problem.question][:k]
    return tuple((p.question, boxed_solution(p.solution)) for p in chosen)


def boxed_solution(solution: str) -> str:
    r"""Return a worked solution without its annotations and with its ``#### n`` line as a boxed sentence.

    Examples
    --------
    >>> print(boxed_solution("He pays 3 * 400 = $<<3*400=1200>>1200.\n#### 1,200"))
    He pays 3 * 400 = $1200.
    The answer is \boxed{1200}.
    """
    body, _, answer = solution.partition("####")
    body = re.sub(r"<<[^<>]{0,200}>>", "", body).strip()
    return f"{body}\nThe answer is \\boxed{{{answer.strip().replace(',', '')}}}."
