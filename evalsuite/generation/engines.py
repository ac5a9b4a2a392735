"""Which engines there are, by the name that a run records.

To add one: a module with a class that satisfies `Engine` (nearest example: `huggingface.TransformersEngine`), a line
here, its name in `settings.EngineName`, its test, and its line in the documentation.
"""

from collections.abc import Callable

from evalsuite.errors import InputError
from evalsuite.extras import Extra
from evalsuite.generation.generator import Engine
from evalsuite.settings import EngineName, RunSettings

__all__ = ["ENGINES", "engine", "extra_of"]


DEFAULTS = RunSettings()


def _transformers(settings: RunSettings) -> Engine:
    # An engine's libraries are an optional extra, and take seconds to import: both wait until it is wanted.
    from evalsuite.generation.huggingface import TransformersEngine  # noqa: PLC0415

    _refuse_server_only(settings)
    return TransformersEngine()


def _vllm(settings: RunSettings) -> Engine:
    from evalsuite.generation.vllm import VllmEngine  # noqa: PLC0415

    _refuse_server_only(settings)
    return VllmEngine(settings)


def _server(settings: RunSettings) -> Engine:
    from evalsuite.generation.server.engine import ServerEngine  # noqa: PLC0415

    return ServerEngine(settings)


def _refuse_server_only(settings: RunSettings) -> None:
    for name in SERVER_ONLY:
        if getattr(settings, name) != getattr(DEFAULTS, name):
            flag = name.replace("_", "-")
            raise InputError(f"--{flag} has no effect on the engine {settings.engine}: add --engine server")


ENGINES: dict[EngineName, Callable[[RunSettings], Engine]] = {
    "transformers": _transformers,
    "vllm": _vllm,
    "server": _server,
}
SERVER_ONLY = ("server_url", "api", "tokenizer", "api_key_env", "concurrency", "request_timeout", "logprobs")
"""Settings that only the engine server knows."""


def extra_of(name: str) -> Extra:
    """Return the extra that brings what an engine needs; that of models where the name is none of ours."""
    by_name: dict[str, Extra] = {"server": "server", "vllm": "vllm"}
    return by_name.get(name, "models")


def engine(name: str, settings: RunSettings = DEFAULTS) -> Engine:
    """Return the engine of this name, with those of the settings that are for it.

    Raises
    ------
    InputError
        There is no such engine, for instance because a run was made by a newer version; or a setting is not for it.

    Examples
    --------
    >>> engine("abacus")
    Traceback (most recent call last):
    evalsuite.errors.InputError: there is no engine 'abacus': choose from transformers, vllm, server
    """
    for known, make in ENGINES.items():
        if known == name:
            return make(settings)
    raise InputError(f"there is no engine {name!r}: choose from {', '.join(ENGINES)}")
