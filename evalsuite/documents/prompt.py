"""The document of ``evalsuite show-prompt``."""

from dataclasses import dataclass
from typing import ClassVar

from evalsuite.documents.document import Document

__all__ = ["PromptShown", "ShownMessage"]


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One turn of the prompt.

    Attributes
    ----------
    role, content
        ``system``, ``user`` or ``assistant``, and the text.
    """

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptShown(Document):
    """What a model is asked for one problem.

    Attributes
    ----------
    problem_id, template, template_fingerprint
        The problem, the template's name and the hash of its content.
    messages
        In their order, before the model's chat template.
    prefix
        What the answer begins with; may be empty.
    stop
        Texts that end a completion, as the template brings them.
    model
        Whose text and tokens follow; null if none was named.
    text, n_tokens, token_ids
        What the model is given, its number of tokens, and the tokens.
    """

    SCHEMA: ClassVar[str] = "evalsuite.prompt/1"

    problem_id: str
    template: str
    template_fingerprint: str
    messages: tuple[ShownMessage, ...]
    prefix: str
    stop: tuple[str, ...]
    model: str | None
    text: str | None
    n_tokens: int | None
    token_ids: tuple[int, ...] | None = None
