"""Prompt templates by name: the tutorial's, a plain one, few-shot ones, and files of the user's own.

Few-shot draws from GSM8K train depend on the problem alone, never on a limit, a batch or a rank,
so that a problem always gets the same prompt.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evalsuite.errors import InputError
from evalsuite.prompting.exemplars import exemplars
from evalsuite.prompting.template_file import TemplateFile, read_template, render_text
from evalsuite.prompting.turn_marks import turn_marks
from evalsuite.records import Message, Problem, Prompt, digest

__all__ = [
    "BUILT_IN",
    "SUFFIX",
    "TEMPLATE_NAMES",
    "TUTORIAL_SYSTEM_PROMPT",
    "PromptTemplate",
    "boxed_solution",
    "needs_gsm8k_train",
    "template",
]

BUILT_IN = Path(__file__).parent / "builtin"
"""The templates of this suite, as files of the same kind as a user's own."""
TUTORIAL_SYSTEM_PROMPT = read_template(BUILT_IN / "tutorial.toml").system or ""
TEMPLATE_NAMES = "tutorial, plain, fewshot-K (K = 1 to 8), gsm8k-fewshot-K, or a file such as mine.toml"
SUFFIX = ".toml"
"""Of the name of a template that is a file; a run keeps the name without it."""

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
    stop
        Texts that end a completion, which the template brings with it.
    text
        The file that it was read from; None for one that is built in.
    turn_marks
        What a turn that the model invents may begin with; see `turn_marks`.
    """

    name: str
    fingerprint: str
    render: Callable[[Problem], Prompt]
    stop: tuple[str, ...] = ()
    text: str | None = None
    turn_marks: tuple[str, ...] = ()


def needs_gsm8k_train(name: str, *, text: str | None = None) -> bool:
    """Tell whether the template `name` draws its exemplars from GSM8K train."""
    if not name.endswith(SUFFIX):
        return name.startswith("gsm8k-fewshot-")
    draw = read_template(Path(name), text).draw
    return draw is not None and draw.source == "gsm8k-train"


def template(name: str, *, gsm8k_train: tuple[Problem, ...] = (), text: str | None = None) -> PromptTemplate:
    """Return the template called `name`.

    Parameters
    ----------
    name
        ``tutorial`` (system prompt and question), ``plain`` (question only), ``fewshot-K`` (the tutorial's
        system prompt and K of our own exemplars as turns), ``gsm8k-fewshot-K`` (K draws from GSM8K train,
        seeded by the problem), or the path of a template file (see `template_file`).
    gsm8k_train
        The train problems, needed where exemplars are drawn from them.
    text
        What the template file says, where a run has kept it; None reads the file.

    Raises
    ------
    InputError
        The name is unknown, K is out of range, or there are no more than K train problems to draw from.
    """
    if name.endswith(SUFFIX):
        return _from_file(read_template(Path(name), text), gsm8k_train)
    match = re.fullmatch(r"((?:gsm8k-)?fewshot)-([1-9][0-9]{0,2})", name)
    if match is None:
        if name not in ("tutorial", "plain"):
            raise InputError(f"unknown template {name!r}: choose from {TEMPLATE_NAMES}")
        return _built_in(name, read_template(BUILT_IN / f"{name}.toml"))
    file, k = read_template(BUILT_IN / f"{match[1]}.toml"), int(match[2])
    most = len(exemplars()) if match[1] == "fewshot" else 32
    if k > most:
        raise InputError(f"{match[1]}-K has K from 1 to {most}, got {k}")
    drawn = replace(file, draw=None if file.draw is None else replace(file.draw, n=k))
    return _built_in(name, drawn, gsm8k_train)


def _built_in(name: str, file: TemplateFile, gsm8k_train: tuple[Problem, ...] = ()) -> PromptTemplate:
    """Return a template of ours under its name.

    Its fingerprint is of name, system message and exemplars alone, as when these templates were code, so that runs keep
    their ids; a test pins the rest.
    """
    pool = _drawn_from(file, name, gsm8k_train)
    fingerprint = digest([name, file.system, pool])[:16]
    return PromptTemplate(name, fingerprint, _from_file(file, gsm8k_train).render)


def _pool(name: str, gsm8k_train: tuple[Problem, ...], k: int) -> str:
    """Return the hash of what is drawn from."""
    if len(gsm8k_train) <= k:
        raise InputError(f"the template {name} needs more than {k} GSM8K train problems, got {len(gsm8k_train)}")
    return digest([[p.question, p.solution] for p in gsm8k_train])


def _drawn_from(file: TemplateFile, where: str, gsm8k_train: tuple[Problem, ...]) -> str:
    """Return the hash of what exemplars are drawn from; empty where none are."""
    if file.draw is None:
        return ""
    if file.draw.source == "gsm8k-train":
        return _pool(where, gsm8k_train, file.draw.n)
    own = exemplars()
    if file.draw.n > len(own):
        raise InputError(f"{where} draws {file.draw.n} of our own exemplars; there are {len(own)}")
    return digest(own[: file.draw.n])


def _from_file(file: TemplateFile, gsm8k_train: tuple[Problem, ...]) -> PromptTemplate:
    where = f"{file.name}{SUFFIX}"
    pool = _drawn_from(file, where, gsm8k_train)
    fixed = [(e.question, e.solution) for e in file.exemplars]
    if file.draw is not None and file.draw.source == "own":
        fixed = list(exemplars()[: file.draw.n])

    def render(problem: Problem) -> Prompt:
        drawn = file.draw is not None and file.draw.source == "gsm8k-train"
        shots = _drawn(problem, gsm8k_train, file.draw.n) if drawn and file.draw is not None else fixed
        messages = [] if file.system is None else [Message("system", render_text(file.system, _asked(problem), where))]
        for question, solution in shots:
            values = {"question": question, **_solved(solution)}
            messages.append(Message("user", render_text(file.user, {"question": question}, where)))
            messages.append(Message("assistant", render_text(file.assistant, values, where)))
        messages.append(Message("user", render_text(file.user, _asked(problem), where)))
        return Prompt(
            problem.problem_id,
            tuple(messages),
            prefix=render_text(file.prefix, _asked(problem), where),
            separator=None if file.chat else file.separator,
            chat_arguments=tuple(sorted(file.chat_arguments.items())),
        )

    return PromptTemplate(file.name, digest([file.content, pool])[:16], render, file.stop, file.text, turn_marks(file))


def _asked(problem: Problem) -> dict[str, str]:
    return {"question": problem.question}


def _solved(solution: str) -> dict[str, str]:
    """Return what a template may say of an exemplar's answer, whether its solution ends in ``#### n`` or in a box."""
    if "####" in solution:
        return {
            "solution": solution,
            "answer": solution.rpartition("####")[2].strip(),
            "boxed": boxed_solution(solution),
        }
    box = re.search(r"\\boxed\{([^{}]*)\}", solution)
    return {"solution": solution, "answer": "" if box is None else box[1], "boxed": solution}


def _drawn(problem: Problem, pool: tuple[Problem, ...], k: int) -> list[Exemplar]:
    seed = int.from_bytes(hashlib.sha256(problem.content_hash.encode()).digest()[:8])
    rows = np.random.default_rng(seed).choice(len(pool), size=k + 1, replace=False)
    chosen = [pool[i] for i in rows if pool[i].question != problem.question][:k]
    return [(p.question, p.solution) for p in chosen]


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
