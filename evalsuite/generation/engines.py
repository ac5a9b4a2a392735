"""Which engines there are, by the name that a run records.

To add one: a module with a class that satisfies `Engine` (nearest example: `huggingface.TransformersEngine`), a line
here, its name in `settings.EngineName`, its test, and its line in the documentation.
"""

from collections.abc import Callable

from evalsuite.errors import InputError
from evalsuite.generation.generator import Engine
from evalsuite.settings import EngineName

__all__ = ["ENGINES", "engine"]


def _transformers() -> Engine:
    # An engine's libraries are an optional extra, and take seconds to import: both wait until it is wanted.
    from evalsuite.generation.huggingface import TransformersEngine  # noqa: PLC0415

    return TransformersEngine()


ENGINES: dict[EngineName, Callable[[], Engine]] = {"transformers": _transformers}


def engine(name: str) -> Engine:
    """Return the engine of this name.

    Raises
    ------
    InputError
        There is no such engine, for instance because a run was made by a newer version.

    Examples
    --------
    >>> engine("abacus")
    Traceback (most recent call last):
    evalsuite.errors.InputError: there is no engine 'abacus': choose from transformers
    """
    for known, make in ENGINES.items():
        if known == name:
            return make()
    raise InputError(f"there is no engine {name!r}: choose from {', '.join(ENGINES)}")
