"""Packages that the base install leaves out, the extra that brings each, and the error where one is missing.

The base compares, plans, imports, analyses and writes pages. Models and training need packages of some gigabytes,
so they are extras: modules that run a model import them at their top, and the command line turns the failure of such
an import into `ExtraMissingError`. Only code that the base reaches imports them where they are used, by `load`.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from evalsuite.errors import ExtraMissingError

__all__ = ["EXTRAS", "Extra", "explain_import", "install_command", "load", "missing_modules", "require"]

Extra = Literal["models", "train", "server", "cluster", "vllm"]

EXTRAS: dict[Extra, tuple[str, ...]] = {
    "models": (
        "torch",
        "transformers",
        "datasets",
        "peft",
        "gguf",
        "huggingface_hub",
        "platformdirs",
        "tokenizers",
    ),
    "train": ("trl",),
    "server": ("httpx2", "tenacity"),
    "cluster": ("ray",),
    "vllm": ("vllm",),
}
"""The modules that each extra brings; ``train``, ``cluster`` and ``vllm`` bring those of ``models`` too. See
pyproject.toml."""


def install_command(extra: Extra) -> str:
    """Return the command that installs an extra.

    Examples
    --------
    >>> install_command("models")
    "pip install 'evalsuite[models]'"
    """
    return f"pip install 'evalsuite[{extra}]'"


def missing_modules(extra: Extra) -> tuple[str, ...]:
    """Return the modules of an extra that are not installed; nothing is imported."""
    return tuple(name for name in EXTRAS[extra] if not _is_installed(name))


def require(extra: Extra, purpose: str) -> None:
    """Check that an extra is installed, before anything is imported or made; `purpose` as in `load`.

    Raises
    ------
    ExtraMissingError
        A module of the extra, or of those that it builds on, is not installed.
    """
    builds_on: dict[Extra, tuple[Extra, ...]] = {
        "models": ("models",),
        "train": ("models", "train"),
        "server": ("server",),
        "cluster": ("models", "cluster"),
        "vllm": ("models", "vllm"),
    }
    missing = [module for one in builds_on[extra] for module in missing_modules(one)]
    if missing:
        raise _error(extra, missing[0], purpose)


def load(module: str, purpose: str) -> Any:
    """Import a module of an extra.

    Parameters
    ----------
    module
        Its full name, such as ``"tokenizers"``.
    purpose
        What needs it, as the beginning of a sentence: ``"Cutting stored tokens"``.

    Raises
    ------
    ExtraMissingError
        The extra is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        explained = explain_import(error, purpose)
        if explained is None:
            raise
        raise explained from error


def explain_import(error: ImportError, purpose: str = "This command") -> ExtraMissingError | None:
    """Return the error a user can act on where a module of an extra is missing, None for any other failed import."""
    name = (error.name or "").partition(".")[0]
    # A module that is there and fails to load is another fault, which "install it" would not mend.
    if not isinstance(error, ModuleNotFoundError) or _is_installed(name):
        return None
    for extra, modules in EXTRAS.items():
        if name in modules:
            return _error(extra, name, purpose)
    return None


def _error(extra: Extra, module: str, purpose: str) -> ExtraMissingError:
    return ExtraMissingError(
        f"{purpose} needs the extra {extra!r} ({module} is not installed). Install it with: {install_command(extra)}"
    )


def _is_installed(module: str) -> bool:
    try:
        return bool(module) and find_spec(module) is not None
    except (ImportError, ValueError):  # a blocked or half-removed module
        return False
