"""The engine that asks a server: vLLM, SGLang, llama.cpp, LM Studio or any other that speaks OpenAI's protocol.

Choose it where a server decodes faster than this process could, or where the weights are not to be had. What such a
run lacks: nobody can check which weights answered, its texts depend on what else the server was asked, and a seed is a
request that servers honour to different degrees.
"""

from dataclasses import dataclass

from evalsuite.errors import InputError
from evalsuite.generation.server.connection import Connection
from evalsuite.generation.server.generator import ServerGenerator
from evalsuite.generation.server.identity import ServedIdentity, identify
from evalsuite.generation.server.local_tokenizer import LocalTokenizer
from evalsuite.records import NOT_RECORDED, Serving
from evalsuite.settings import Dtype, RunSettings

__all__ = ["ServedModel", "ServerEngine"]

MOST_REQUESTS = 4096


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that a server says it serves."""

    identity: ServedIdentity
    connection: Connection
    settings: RunSettings
    tokenizer: LocalTokenizer | None

    @property
    def name(self) -> str:
        """The model, or the one that it is an adapter of."""
        parent = self.identity.parent
        return self.identity.model if parent is None else str(parent["id"])

    @property
    def weights_fingerprint(self) -> str:
        """Hash over what the server says, marked as unverified."""
        return self.identity.fingerprint

    @property
    def adapter_name(self) -> str | None:
        """The name under which the adapter is served; None without one."""
        return None if self.identity.parent is None else self.identity.model

    @property
    def adapter_fingerprint(self) -> str | None:
        """Hash over what the server says of the adapter, marked as unverified."""
        return self.identity.adapter_fingerprint

    @property
    def serving(self) -> Serving:
        """How it is asked."""
        api = self.settings.api
        renders = self.tokenizer is not None and api == "completions"
        return Serving(api, self.tokenizer.fingerprint if self.tokenizer is not None and renders else None)

    def load(self, *, dtype: Dtype = "auto") -> ServerGenerator:  # noqa: ARG002  # the server has one
        """Return what asks; nothing is loaded."""
        return ServerGenerator(self.connection, self.identity, self.settings, self.tokenizer)


class ServerEngine:
    """Models behind an address; see `engines.engine`."""

    name = "server"

    def __init__(self, settings: RunSettings) -> None:
        self.settings = settings

    def locate(self, model: str, adapter: str | None = None) -> ServedModel:
        """Ask the server for `model`.

        Raises
        ------
        InputError
            The address or another setting is not usable, or an adapter is given.
        ModelUnavailableError
            The server does not answer, or serves no such model.
        """
        settings = self.settings
        if settings.server_url is None:
            raise InputError("--engine server needs --server-url, such as http://127.0.0.1:8000")
        if adapter is not None:
            raise InputError(
                "--adapter is for the engine transformers: a server gives an adapter a model name of its own, which is "
                "given as --model"
            )
        if not 1 <= settings.concurrency <= MOST_REQUESTS:
            raise InputError(f"--concurrency must lie between 1 and {MOST_REQUESTS}, got {settings.concurrency}")
        if not settings.request_timeout > 0:
            raise InputError(f"--request-timeout must be above 0, got {settings.request_timeout}")
        tokenizer = None if settings.tokenizer is None else LocalTokenizer(settings.tokenizer)
        connection = Connection(
            settings.server_url,
            key_variable=settings.api_key_env,
            timeout=settings.request_timeout,
            concurrency=settings.concurrency,
        )
        with connection:
            identity = identify(connection, model)
        return ServedModel(identity, connection, settings, tokenizer)

    def resolve_dtype(self, dtype: Dtype) -> str:
        """Return that the server does not say in what it computes.

        Raises
        ------
        InputError
            A dtype is asked for.
        """
        if dtype not in ("auto", NOT_RECORDED):
            raise InputError(f"--dtype {dtype} has no effect on a server, which was started with its own")
        return NOT_RECORDED
