"""The language of what a reader sees: fixed texts in English, and their translations from one catalogue.

The English text is the key: ``tr("{k} of {n} problems", k=3, n=5)``. A text without a translation stays English.
Numbers and names are passed in already formatted.
"""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources

from evalsuite.errors import InputError

__all__ = ["LANGUAGES", "N_", "current_language", "language", "tr"]

LANGUAGES = ("en", "zh")

_current: ContextVar[str] = ContextVar("language", default="en")


def N_(text: str) -> str:  # noqa: N802 - the customary name of this marker
    """Return `text`: marks a constant for the catalogue; `tr` translates it where it is shown."""
    return text


def tr(text: str, **values: object) -> str:
    """Return `text` in the current language with its fields filled in.

    Examples
    --------
    >>> tr("{k} of {n} problems", k=3, n=5)
    '3 of 5 problems'
    """
    chosen = _catalogue(_current.get()).get(text, text)
    return chosen.format(**values) if values else chosen


def current_language() -> str:
    """Return the language in use, one of `LANGUAGES`."""
    return _current.get()


@contextmanager
def language(name: str) -> Iterator[None]:
    """Use the language `name` within the block.

    Raises
    ------
    InputError
        There is no such language.
    """
    if name not in LANGUAGES:
        raise InputError(f"--language is one of {', '.join(LANGUAGES)}, got {name!r}")
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)


@cache
def _catalogue(name: str) -> Mapping[str, str]:
    if name == "en":
        return {}
    text = (resources.files("evalsuite") / "locales" / f"{name}.toml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in tomllib.loads(text).items()}
