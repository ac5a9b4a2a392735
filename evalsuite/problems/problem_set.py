"""A problem set with its identity: what `run` evaluates, whatever it was read from."""

from collections.abc import Sequence
from dataclasses import dataclass

from evalsuite.errors import InputError
from evalsuite.records import Problem, digest

__all__ = ["ProblemSet", "dataset_hash", "problem_set"]


@dataclass(frozen=True, slots=True)
class ProblemSet:
    """Problems in file order.

    Attributes
    ----------
    name
        Such as ``"gsm8k/test"``.
    dataset_hash
        Hash over the (question, solution) pairs in file order, first 16 hex digits.
    source
        Where it was read from, in words.
    """

    name: str
    dataset_hash: str
    problems: tuple[Problem, ...]
    source: str


def dataset_hash(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the identity of a data set: the hash of its (question, solution) pairs in order."""
    return digest([list(pair) for pair in pairs])[:16]


def problem_set(name: str, problems: Sequence[Problem], source: str) -> ProblemSet:
    """Check the problems and give them their identity.

    Raises
    ------
    InputError
        There is no problem, an id or a whole problem occurs twice, or a question is empty.
    """
    if not problems:
        raise InputError(f"{name} holds no problems ({source})")
    ids: set[str] = set()
    contents: dict[str, str] = {}
    for problem in problems:
        if not problem.question.strip():
            raise InputError(f"problem {problem.problem_id!r} of {name} has an empty question ({source})")
        if problem.problem_id in ids:
            raise InputError(f"problem id {problem.problem_id!r} occurs twice in {name} ({source}); ids must be unique")
        ids.add(problem.problem_id)
        twin = contents.setdefault(problem.content_hash, problem.problem_id)
        if twin != problem.problem_id:
            raise InputError(
                f"problems {twin!r} and {problem.problem_id!r} of {name} are the same question with the same answer "
                f"({source}); remove one, or the pairing would count it twice"
            )
    pairs = [(p.question, p.solution) for p in problems]
    return ProblemSet(name, dataset_hash(pairs), tuple(problems), source)
