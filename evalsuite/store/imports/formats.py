"""Which reader reads a path: each is asked in turn, the most particular first; `readers/table.py` takes the rest."""

import shlex
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from evalsuite.errors import InputError
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import Reader
from evalsuite.store.imports.text_files import SUFFIXES, suffix_of

__all__ = ["FORMATS", "reader_for"]

FORMATS: tuple[str, ...] = (
    "lm_eval_ledger",
    "inspect",
    "lm_eval",
    "lighteval",
    "evalscope",
    "opencompass",
    "helm",
    "every_eval_ever",
    "mlflow",
    "trl_completions",
    "verl",
    "olmes",
    "nemo_skills",
    "qwen_math",
    "evalplus",
    "human_eval",
    "openai_batch",
    "openai_evals",
    "llama_factory",
    "simple_evals",
    "vllm_gsm8k",
    "openrlhf",
    "table",
)
"""Modules of `readers/` in the order in which they are asked."""


def reader_for(path: Path, name: str | None = None) -> Reader:
    """Return the reader of `path`, or the one called `name`.

    Raises
    ------
    InputError
        No reader is called so, or none recognises the path; the message names those there are.
    """
    readers = _readers()
    if name is not None:
        named = [reader for reader in readers if name == reader.NAME]
        if not named:
            raise InputError(f"there is no format {name!r}; there are {', '.join(r.NAME for r in readers)}")
        return named[0]
    look = peek(path)
    for reader in readers:
        if reader.recognise(look):
            return reader
    if look.is_folder:
        raise InputError(_no_results(path, look))
    raise InputError(f"{path} is in no format that is known: {', '.join(r.NAME for r in readers)}")


def _no_results(path: Path, look: Peek) -> str:
    """Say which folders inside of a folder hold something that may be read."""
    if not look.files:
        return f"{path} holds no files"
    below = list(dict.fromkeys(file.parent for file in look.files if suffix_of(file) in SUFFIXES))
    if not below:
        names = ", ".join(file.name for file in look.files[:3])
        return f"{path} holds no results ({names}). Name the folder or file that a program wrote, or a table"
    shown = " ".join(shlex.quote(str(folder)) for folder in below[:4])
    more = f" (and {len(below) - 4} folders more)" if len(below) > 4 else ""
    verb = "compare" if 1 < len(below) <= 4 else "accuracy"
    return (
        f"{path} holds tables in folders of their own{more}. Name those: "
        f"`evalsuite {verb} {shown if verb == 'compare' else shlex.quote(str(below[0]))}`"
    )


def _readers() -> Sequence[Reader]:
    return [cast("Reader", import_module(f"evalsuite.store.imports.readers.{name}")) for name in FORMATS]
