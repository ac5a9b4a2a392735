"""From a prompt to the text and the tokens that a model of ``transformers`` is given."""

from typing import Any

from evalsuite.errors import InputError
from evalsuite.records import Prompt
from evalsuite.time_limit import time_limit

__all__ = ["plain_text", "prompt_text", "prompt_tokens"]

TEMPLATE_SECONDS = 10.0
"""For one prompt; a template that ends takes less than a thousandth of a second."""


def prompt_tokens(tokenizer: Any, prompt: Prompt) -> tuple[int, ...]:
    """Return the tokens of the whole prompt, those that the tokenizer itself adds included."""
    ids = tokenizer(prompt_text(tokenizer, prompt), add_special_tokens=not _is_chat(tokenizer, prompt))["input_ids"]
    return tuple(int(i) for i in ids)


def prompt_text(tokenizer: Any, prompt: Prompt) -> str:
    """Return what the model sees: the chat template's text, or a plain one where there is none or none is wanted.

    Raises
    ------
    InputError
        The chat template refuses the prompt, or loops for ever.
    """
    if prompt.separator is not None:
        return plain_text(prompt)
    if not _is_chat(tokenizer, prompt):
        return _question_and_answer(prompt) + (f" {prompt.prefix}" if prompt.prefix else "")
    turns = [{"role": m.role, "content": m.content} for m in prompt.messages]
    try:
        with time_limit(TEMPLATE_SECONDS):
            text = tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True, **dict(prompt.chat_arguments)
            )
    except TimeoutError as error:
        raise InputError(
            f"the model's chat template does not come to an end with this prompt: {error}. Try --template plain, which "
            "has no system turn, or mend chat_template.jinja (or chat_template in tokenizer_config.json) in its folder."
        ) from error
    except Exception as error:  # a template is a program of the model's author: it may raise anything
        raise InputError(
            f"the model's chat template refuses this prompt: {error}. Try --template plain, which has no system turn."
        ) from error
    return f"{text}{prompt.prefix}"


def plain_text(prompt: Prompt) -> str:
    """Return the whole text of a prompt that uses no chat template.

    Raises
    ------
    InputError
        It uses one.
    """
    if prompt.separator is None:
        raise InputError("this prompt needs a chat template")
    return _joined(prompt, prompt.separator) + prompt.prefix


def _is_chat(tokenizer: Any, prompt: Prompt) -> bool:
    return prompt.separator is None and tokenizer.chat_template is not None


def _joined(prompt: Prompt, separator: str) -> str:
    """Return the texts one after the other, the answer of an exemplar right behind its question."""
    parts: list[str] = []
    for message in prompt.messages:
        if message.role == "assistant" and parts:
            parts[-1] += message.content
        else:
            parts.append(message.content)
    return separator.join(parts)


def _question_and_answer(prompt: Prompt) -> str:
    parts = []
    for message in prompt.messages:
        label = {"user": "Question: ", "assistant": "Answer: "}.get(message.role, "")
        parts.append(label + message.content)
    return "\n\n".join([*parts, "Answer:"])
