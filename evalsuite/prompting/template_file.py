r"""A prompt template as a file: TOML with short Jinja texts.

    system = "You are a helpful assistant."          # optional
    user = "Question: {{ question }}\nAnswer:"       # what is asked; {{ question }} where it is left out
    assistant = "{{ solution }}"                      # how the answer of an exemplar is written
    prefix = "Let's think step by step."              # what the answer begins with
    stop = ["\nQuestion:"]                            # texts that end a completion
    chat = false                                      # no chat template: the texts as they are, a base model's prompt
    separator = "\n\n"                                # between the texts where there is no chat template

    [[exemplars]]                                     # fixed ones, or draws:
    question = "..."
    solution = "...\n#### 18"

    [draw]
    from = "gsm8k-train"                              # or "own"
    n = 4

    [chat_arguments]                                  # handed to the model's chat template
    enable_thinking = false

The texts know `question`, and for exemplars `solution`, `answer` (the number after ``####``) and `boxed` (the solution
with its number in a box). Only insertions, ``{% if %}`` and a few filters are allowed: no loops, calls or attributes. A
template can therefore neither reach outside nor take long.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from evalsuite.errors import InputError
from evalsuite.records import digest
from evalsuite.strict_toml import read_table

__all__ = ["Draw", "Exemplar", "TemplateFile", "read_template", "render_text"]

MAX_TEXT = 100_000
"""Characters that one text of a template may have."""

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.Filter, nodes.Compare,
    nodes.Operand, nodes.Not, nodes.And, nodes.Or, nodes.CondExpr, nodes.Test,
)  # fmt: skip
_FILTERS = frozenset({"trim", "upper", "lower", "capitalize", "string"})
_TESTS = frozenset({"defined", "undefined", "none"})
_NAMES = frozenset({"question", "solution", "answer", "boxed"})
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A solved problem that stands before the one that is asked."""

    question: str
    solution: str


@dataclass(frozen=True, slots=True)
class Draw:
    """Exemplars that are drawn: `n` of a source, chosen by the problem alone."""

    source: str
    n: int


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """What a template file says; see the module for each key.

    Attributes
    ----------
    text
        The file itself, kept with a run so that it can be continued where the file is gone.
    """

    name: str
    text: str
    system: str | None = None
    user: str = "{{ question }}"
    assistant: str = "{{ boxed }}"
    prefix: str = ""
    stop: tuple[str, ...] = ()
    chat: bool = True
    separator: str = "\n\n"
    exemplars: tuple[Exemplar, ...] = ()
    draw: Draw | None = None
    chat_arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """Hash of all that decides the prompt: comments and the file's name do not."""
        return digest(
            [
                self.system, self.user, self.assistant, self.prefix, list(self.stop), self.chat, self.separator,
                [[e.question, e.solution] for e in self.exemplars],
                None if self.draw is None else [self.draw.source, self.draw.n],
                dict(self.chat_arguments),
            ]
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Head:
    system: str | None = None
    user: str = "{{ question }}"
    assistant: str = "{{ boxed }}"
    prefix: str = ""
    stop: tuple[str, ...] = ()
    chat: bool = True
    separator: str = "\n\n"


def read_template(path: Path, text: str | None = None) -> TemplateFile:
    """Read a template file, or `text` under the name of `path`.

    Raises
    ------
    InputError
        It cannot be read, says something unknown, or holds a text that a template may not hold.
    """
    if text is None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read the template {path}: {error}") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the template {path} is no TOML: {error}") from error
    except RecursionError as error:
        raise InputError(f"the template {path} is nested too deeply") from error
    exemplars = document.pop("exemplars", [])
    draw = document.pop("draw", None)
    arguments = document.pop("chat_arguments", {})
    if not isinstance(exemplars, list):
        raise InputError(f"{path}: exemplars are written as [[exemplars]] tables")
    head: _Head = read_table(_Head, document, str(path))
    template = TemplateFile(
        name=path.stem,
        text=text,
        system=head.system,
        user=head.user,
        assistant=head.assistant,
        prefix=head.prefix,
        stop=head.stop,
        chat=head.chat,
        separator=head.separator,
        exemplars=tuple(read_table(Exemplar, one, f"{path} [[exemplars]]") for one in exemplars),
        draw=None if draw is None else _draw(draw, path),
        chat_arguments=_arguments(arguments, path),
    )
    _check(template, path)
    return template


def render_text(text: str, values: Mapping[str, str], where: str = "template") -> str:
    r"""Return one text of a template with its values.

    Raises
    ------
    InputError
        It is no template, or asks for something that is not there or not allowed.

    Examples
    --------
    >>> render_text("Q: {{ question }}\nA:", {"question": "1 + 1?"})
    'Q: 1 + 1?\nA:'
    """
    try:
        _check_nodes(_ENVIRONMENT.parse(text), where)
        return str(_ENVIRONMENT.from_string(text).render(values))
    except TemplateSyntaxError as error:
        raise InputError(f"{where}, line {error.lineno}: {error.message}") from error
    except UndefinedError as error:
        raise InputError(f"{where}: {error.message}; there are {', '.join(sorted(values))}") from error
    except RecursionError as error:
        raise InputError(f"{where}: it is nested too deeply") from error
    except TypeError as error:
        raise InputError(f"{where}: {error}; the values of a template are texts") from error
    except (ValueError, SyntaxError, MemoryError) as error:  # by Python, of which Jinja makes the template
        raise InputError(f"{where}: it is no template that can be compiled: {error}") from error


def _check_nodes(tree: nodes.Node, where: str) -> None:
    for node in (tree, *tree.find_all(nodes.Node)):
        if not isinstance(node, _ALLOWED):
            raise InputError(
                f"{where}: a template may insert values, choose with if and use {', '.join(sorted(_FILTERS))}; "
                f"{type(node).__name__.lower()} is not allowed"
            )
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise InputError(f"{where}: there is no filter {node.name!r}; there are {', '.join(sorted(_FILTERS))}")
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            raise InputError(f"{where}: there is no test {node.name!r}; there are {', '.join(sorted(_TESTS))}")
        if isinstance(node, nodes.Name) and node.name not in _NAMES:
            raise InputError(f"{where}: there is no {node.name!r}; there are {', '.join(sorted(_NAMES))}")


def _check(template: TemplateFile, path: Path) -> None:
    texts = {
        "system": template.system or "",
        "user": template.user,
        "assistant": template.assistant,
        "prefix": template.prefix,
    }
    solved = {"question": "1 + 1?", "solution": "1 + 1 = 2\n#### 2", "answer": "2", "boxed": r"\boxed{2}"}
    for key, text in texts.items():
        if len(text) > MAX_TEXT:
            raise InputError(f"{path} {key} has {len(text)} characters; a text may have {MAX_TEXT}")
        # What is asked must not know its answer.
        values = solved if key == "assistant" else {"question": solved["question"]}
        render_text(text, values, f"{path} {key}")
    if r"\boxed{" in template.prefix or "####" in template.prefix:
        raise InputError(f"{path} prefix begins the answer itself; graders read only what the model writes")
    if any(not text for text in template.stop):
        raise InputError(f"{path} stop holds an empty text, which would end every completion at once")
    if template.exemplars and template.draw is not None:
        raise InputError(f"{path} has exemplars and a draw; choose one")
    if not template.chat and template.chat_arguments:
        raise InputError(f"{path} has chat_arguments with chat = false, where no chat template is used")


def _draw(table: Any, path: Path) -> Draw:
    if not isinstance(table, dict) or set(table) != {"from", "n"}:
        raise InputError(f"{path} [draw] needs from and n")
    source, n = table["from"], table["n"]
    if source not in ("own", "gsm8k-train"):
        raise InputError(f'{path} [draw] from is "own" or "gsm8k-train", got {source!r}')
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= 32:
        raise InputError(f"{path} [draw] n is a whole number from 1 to 32, got {n!r}")
    return Draw(source, n)


def _arguments(table: Any, path: Path) -> dict[str, Any]:
    if not isinstance(table, dict) or not all(isinstance(v, str | bool | int | float) for v in table.values()):
        raise InputError(f"{path} [chat_arguments] holds texts, numbers and true or false, got {table!r}")
    return dict(table)
