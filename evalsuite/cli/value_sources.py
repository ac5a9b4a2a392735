"""Where the values of a command come from: flag, environment, project file, user file, in this order.

The project file is the evalsuite.toml of the current folder or of the nearest folder above it; the user file is
evalsuite/config.toml in the user's configuration folder.
"""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from cyclopts import App
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Env, Toml

from evalsuite.errors import InputError

__all__ = ["PROJECT_FILE", "SOURCES", "value_sources"]

PROJECT_FILE = "evalsuite.toml"
SHARED_KEYS = ("store",)
SOURCES: dict[str, str] = {}
"""Where each value of the current command came from: ``cli``, a variable's name, or a file's path."""


def value_sources(app: App) -> list[Callable[..., Any]]:
    """Return what fills in values that no flag gives, the strongest first."""
    files = (_project_file(), _user_file())
    sources: list[Callable[..., Any]] = [_variables_of_command, Env("EVALSUITE_", command=False, show=False)]
    for file in files:
        by_command = Toml(file)
        sources = [_only_known_keys(by_command, app), *sources, by_command]
        sources.append(Toml(file, use_commands_as_keys=False, allow_unknown=True))
    return [*sources, _whole_numbers, _record_sources]


def _variables_of_command(command: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Read EVALSUITE_<COMMAND>_<OPTION>; no variable has a hyphen in its name, though commands have."""
    name = "_".join(commands).upper().replace("-", "_")
    Env(f"EVALSUITE_{name}_", command=False, show=False)(command, commands, arguments)


def _project_file() -> Path:
    """Return the evalsuite.toml of the current folder or of the nearest folder above it."""
    here = Path.cwd()
    return next((f for f in (p / PROJECT_FILE for p in (here, *here.parents)) if f.is_file()), here / PROJECT_FILE)


def _user_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "evalsuite" / "config.toml"


def _only_known_keys(file: Toml, app: App) -> Callable[..., None]:
    """Return a check that the file has a table a command, and besides them only the keys that commands share."""

    def check(command: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:  # noqa: ARG001
        _check_readable(Path(file.path))
        for key in file.config:
            if key not in app and key not in SHARED_KEYS:
                raise InputError(
                    f"{file.source}: unknown key {key!r}. Settings stand in the table of their command, such as [run]; "
                    f"only {', '.join(SHARED_KEYS)} may stand above the tables."
                )

    return check


def _check_readable(file: Path) -> None:
    """Refuse a settings file that is there and is no TOML, in words that name it."""
    try:
        if file.exists():
            tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{file} cannot be read as TOML: {reason}. Mend it, or move it away") from error


def _whole_numbers(command: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:  # noqa: ARG001
    """Refuse 5.5 where a whole number is asked for; it would be rounded without a word."""
    for argument in arguments:
        if int not in (argument.hint, *get_args(argument.hint)):
            continue
        for token in argument.tokens:
            if re.fullmatch(r"[+-]?\d*\.\d*", token.value):
                origin = "" if token.source == "cli" else f" (from {token.source})"
                raise InputError(f"{argument.name} needs a whole number, got {token.value}{origin}")


def _record_sources(command: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:  # noqa: ARG001
    """Remember where each given value came from: flag, environment variable or file."""
    SOURCES.clear()
    for argument in arguments:
        if argument.tokens:
            token = argument.tokens[0]
            SOURCES[argument.name.lstrip("-")] = token.keyword or "" if token.source == "env" else token.source
