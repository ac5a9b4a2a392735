"""``evalsuite show-prompt``: what a model will be asked, word for word."""

from pathlib import Path
from typing import TYPE_CHECKING

from evalsuite.cli.options import Json
from evalsuite.settings import RunSettings

if TYPE_CHECKING:
    from evalsuite.records import Prompt

__all__ = ["show_prompt"]

DEFAULTS = RunSettings()


def show_prompt(
    *,
    template: str = DEFAULTS.template,
    model: str | None = None,
    problems: str = DEFAULTS.problems,
    problems_path: Path | None = None,
    problem: str | None = None,
    question_column: str | None = None,
    answer_column: str | None = None,
    id_column: str | None = None,
    cluster_column: str | None = None,
    json: Json = False,
) -> None:
    """Show the prompt of a problem: its messages and, with a model, the text and the number of tokens that it is given.

    Parameters
    ----------
    template
        tutorial, plain, fewshot-K, gsm8k-fewshot-K, or a template file such as mine.toml.
    model
        Hub id, folder or smollm2: applies its chat template and counts its tokens. Weights are not loaded.
    problems, problems_path, question_column, answer_column, id_column, cluster_column
        As for `evalsuite run`.
    problem
        Id of the problem; the first if not given.

    Examples
    --------
    evalsuite show-prompt --template fewshot-4 --problems generated --model smollm2
    """
    from evalsuite.console import print_json, print_line, say
    from evalsuite.documents.prompt import PromptShown, ShownMessage
    from evalsuite.errors import InputError
    from evalsuite.evaluation.run import run_template
    from evalsuite.problems.by_name import resolve
    from evalsuite.problems.published import Columns

    columns = Columns(question_column, answer_column, id_column, cluster_column)
    found = resolve(problems, path=problems_path, columns=columns)
    chosen = [p for p in found.problems if problem in (None, p.problem_id, p.problem_id.rsplit("/", 1)[-1])]
    if not chosen:
        raise InputError(f"{found.name} has no problem {problem!r}; its first is {found.problems[0].problem_id}")
    used = run_template(RunSettings(template=template, problems=problems, problems_path=problems_path))
    prompt = used.render(chosen[0])
    text, tokens = (None, None) if model is None else _as_given(model, prompt)
    n_tokens = None if tokens is None else len(tokens)
    if json:
        print_json(
            PromptShown(
                problem_id=prompt.problem_id,
                template=used.name,
                template_fingerprint=used.fingerprint,
                messages=tuple(ShownMessage(m.role, m.content) for m in prompt.messages),
                prefix=prompt.prefix,
                stop=used.stop,
                model=model,
                text=text,
                n_tokens=n_tokens,
                token_ids=tokens,
            ).as_dict()
        )
        return
    say(f"{prompt.problem_id} under the template {used.name}" + (f": {n_tokens} tokens" if n_tokens else ""))
    if text is None:
        for message in prompt.messages:
            print_line(f"[{message.role}]\n{message.content}\n")
        if prompt.prefix:
            print_line(f"[the answer begins with]\n{prompt.prefix}")
    else:
        print_line(text)
    if used.stop:
        say(f"A completion also ends at {', '.join(map(repr, used.stop))}.")


def _as_given(model: str, prompt: "Prompt") -> tuple[str, tuple[int, ...]]:
    from evalsuite.extras import require

    require("models", "The text that a model is given")
    from evalsuite.generation.huggingface import locate, tokenizer_of
    from evalsuite.generation.prompt_tokens import prompt_text, prompt_tokens

    tokenizer = tokenizer_of(locate(model))
    return prompt_text(tokenizer, prompt), prompt_tokens(tokenizer, prompt)
