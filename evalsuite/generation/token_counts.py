"""How many tokens a text has, by the tokenizer of a model: for results of other programs that do not say it."""

from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from evalsuite.errors import DataUnavailableError
from evalsuite.generation.smollm2 import NAME as SMOLLM2
from evalsuite.generation.smollm2 import smollm2_folder

__all__ = ["token_counter"]


def token_counter(name: str) -> Callable[[str], int]:
    """Return what counts the tokens of a text, those that begin and end one left out.

    Parameters
    ----------
    name
        A ``tokenizer.json``, a folder with one, a hub id, or ``smollm2``.

    Raises
    ------
    DataUnavailableError
        There is no such tokenizer.
    """
    path = Path(name)
    file = path / "tokenizer.json" if path.is_dir() else path
    if not file.is_file():
        return _of_model(name)
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:
        # The library raises nothing narrower.
        if type(error) is not Exception:
            raise
        raise DataUnavailableError(f"{file} is no tokenizer: {error}") from error
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def _of_model(name: str) -> Callable[[str], int]:
    try:
        folder = smollm2_folder()[0] if name == SMOLLM2 else name
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise DataUnavailableError(
            f"there is no tokenizer {name!r}: give a tokenizer.json, a folder with one, a hub id, or smollm2"
        ) from error
    return lambda text: len(tokenizer(text, add_special_tokens=False)["input_ids"])
