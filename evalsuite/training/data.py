"""Problems as the rows that TRL trains on: chat prompts, exact gold answers, worked solutions that end in a box."""

from collections.abc import Sequence
from typing import Any

from evalsuite.errors import InputError
from evalsuite.grading.graders import tutorial_gold
from evalsuite.problems.by_name import resolve
from evalsuite.problems.problem_set import ProblemSet
from evalsuite.prompting.templates import PromptTemplate, boxed_solution
from evalsuite.records import Problem
from evalsuite.training.config import TrainingSettings

__all__ = ["chat", "grpo_rows", "reward_columns", "sft_rows", "training_problems"]


def training_problems(settings: TrainingSettings) -> tuple[ProblemSet, tuple[Problem, ...], tuple[Problem, ...]]:
    """Return the problem set, the problems to train on and the held-out ones, in the order of the file.

    Raises
    ------
    InputError
        Nothing is left to train on.
    """
    found = resolve(settings.problems)
    held_out, rest = found.problems[: settings.held_out], found.problems[settings.held_out :]
    chosen = rest if settings.limit is None else rest[: settings.limit]
    if not chosen:
        raise InputError(
            f"training.held_out {settings.held_out} leaves none of the {len(found.problems)} problems of "
            f"{found.name} to train on"
        )
    return found, chosen, held_out


def chat(template: PromptTemplate, problem: Problem) -> list[dict[str, str]]:
    """Return the prompt of a problem as chat messages."""
    return [{"role": m.role, "content": m.content} for m in template.render(problem).messages]


def grpo_rows(template: PromptTemplate, problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Return one row a problem: its prompt, and what `reward_columns` has of it."""
    return [{"prompt": chat(template, p), **_read_by_rewards(p)} for p in problems]


def reward_columns(
    problems: Sequence[Problem], texts: Sequence[str], token_ids: Sequence[Sequence[int]]
) -> dict[str, list[Any]]:
    """Return the columns that the trainer hands to a reward function, for completions that were sampled elsewhere.

    Parameters
    ----------
    problems, texts, token_ids
        One entry a completion.
    """
    rows = [_read_by_rewards(p) for p in problems]
    return {
        "prompts": [None] * len(rows),
        "completions": [[{"role": "assistant", "content": text}] for text in texts],
        "completion_ids": [list(ids) for ids in token_ids],
        **{name: [row[name] for row in rows] for name in rows[0]},
    }


def _read_by_rewards(problem: Problem) -> dict[str, str]:
    """Return what rewards read of a problem: gold is "n" or "n/d", ground_truth is what the tutorial takes for it."""
    return {
        "problem_id": problem.problem_id,
        "gold": str(problem.gold),
        "solution": problem.solution,
        "ground_truth": tutorial_gold(problem.solution) or str(problem.gold),
    }


def sft_rows(template: PromptTemplate, problems: Sequence[Problem]) -> list[dict[str, object]]:
    """Return one row a problem: its prompt and its worked solution, rewritten to end in one box."""
    return [
        {"prompt": chat(template, p), "completion": [{"role": "assistant", "content": boxed_solution(p.solution)}]}
        for p in problems
    ]
