"""A tokenizer on this machine beside a served model: it renders chats, counts prompts and knows the end token.

Choose it where the server's own chat template is not to be trusted, where a prompt needs the completions API, or where
completions are to be continued. That it is the server's tokenizer is the user's word: it cannot be checked.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalsuite.errors import ModelUnavailableError
from evalsuite.extras import load
from evalsuite.generation.prompt_tokens import prompt_tokens
from evalsuite.hub import hub_is_off
from evalsuite.records import Prompt, digest

__all__ = ["LocalTokenizer"]

SMOLLM2 = "smollm2"


class LocalTokenizer:
    """The tokenizer of a hub id, a folder or ``smollm2``.

    Attributes
    ----------
    end_ids
        Tokens that end a completion.
    fingerprint
        Hash over its content and its chat template.

    Raises
    ------
    ExtraMissingError
        The extra of models is not installed.
    ModelUnavailableError
        There is no such tokenizer.
    """

    def __init__(self, name: str) -> None:
        transformers = load("transformers", "--tokenizer")
        place = _folder(name)
        try:
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
                place, trust_remote_code=False, local_files_only=hub_is_off()
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnavailableError(
                f"there is no tokenizer {name!r}: {str(error).splitlines()[0]}. Give a folder or hub id as --tokenizer."
            ) from error
        self.end_ids = _ids(self._tokenizer.eos_token_id) | _ids(_end_of(transformers, place))
        self.fingerprint = digest([self.json(), self._tokenizer.chat_template])[:16]

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Return the tokens of the whole prompt."""
        return prompt_tokens(self._tokenizer, prompt)

    def decode(self, token_ids: Sequence[int]) -> str:
        """Return the text of tokens, without special ones."""
        ids = list(token_ids)
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def json(self) -> str | None:
        """Return it in the JSON form of the ``tokenizers`` library; None where it has none."""
        backend = getattr(self._tokenizer, "backend_tokenizer", None)
        return None if backend is None else str(backend.to_str())


def _end_of(transformers: Any, place: str) -> Any:
    """Return the end tokens that the model's settings name beside those of the tokenizer; None where there are none."""
    try:
        return transformers.GenerationConfig.from_pretrained(place, local_files_only=hub_is_off()).eos_token_id
    except (OSError, ValueError):
        return None


def _ids(named: Any) -> frozenset[int]:
    return frozenset(int(i) for i in (named if isinstance(named, list | tuple) else [named]) if i is not None)


def _folder(name: str) -> str:
    if name == SMOLLM2:
        return str(load("evalsuite.generation.smollm2", "--tokenizer smollm2").smollm2_folder()[0])
    folder = Path(name).expanduser()
    return str(folder) if folder.is_dir() else name
