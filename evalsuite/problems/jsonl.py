"""Problems from any JSONL file with a question and an answer."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.files import read_json_lines
from evalsuite.problems.problem_set import ProblemSet, problem_set
from evalsuite.problems.solution import final_answer
from evalsuite.records import Problem

__all__ = ["read_jsonl"]


def read_jsonl(file: Path) -> ProblemSet:
    """Read problems from a JSONL file, one JSON object a line.

    Keys: ``question`` and ``answer`` (a number, or a worked solution that ends in ``#### number``);
    optional ``problem_id`` (else the line number), ``template_id`` and ``n_steps``.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        A line is not usable; the message names it.
    """
    name = file.stem
    # A float would round a long answer.
    problems = [_problem(name, number, row, file) for number, row in read_json_lines(file, parse_float=Decimal)]
    return problem_set(name, problems, str(file))


def _problem(name: str, number: int, row: dict[str, Any], file: Path) -> Problem:
    if "question" not in row or "answer" not in row:
        raise InputError(f"{file} line {number} needs the keys question and answer, got {sorted(row)}")
    question, answer, steps = row["question"], row["answer"], row.get("n_steps")
    if not isinstance(question, str):
        raise InputError(f"{file} line {number}: question must be a text, got {question!r}")
    if isinstance(answer, bool) or not isinstance(answer, str | int | Decimal):
        raise InputError(f"{file} line {number}: answer must be a text or a number, got {answer!r}")
    solution = f"{answer:f}" if isinstance(answer, Decimal) else str(answer)
    problem_id = row.get("problem_id")
    return Problem(
        problem_id=f"{name}/{number}" if problem_id is None else str(problem_id),
        question=question,
        solution=solution,
        gold=_gold(solution, file, number),
        template_id=None if row.get("template_id") is None else str(row["template_id"]),
        n_steps=None if steps is None else _count(steps, file, number),
    )


def _gold(solution: str, file: Path, number: int) -> Fraction:
    text = solution if "####" in solution else f"#### {solution}"
    try:
        return final_answer(text)
    except ValueError as error:
        raise InputError(f"{file} line {number}: the answer is no number and has no '#### number': {error}") from error


def _count(value: Any, file: Path, number: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise InputError(f"{file} line {number}: n_steps must be a whole number from 0 on, got {value!r}")
