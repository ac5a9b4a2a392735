"""Completions from a server, many requests at a time, handed over as they end."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from evalsuite.errors import InputError
from evalsuite.generation.generator import Generated, Progress, Request, batch_hash
from evalsuite.generation.prompt_tokens import plain_text
from evalsuite.generation.server.connection import Connection
from evalsuite.generation.server.flow import Flow
from evalsuite.generation.server.identity import ServedIdentity
from evalsuite.generation.server.local_tokenizer import LocalTokenizer
from evalsuite.generation.server.protocol import (
    Answer,
    chat_body,
    completions_body,
    how_it_ended,
    logprobs_body,
    read_answer,
    sampling_body,
)
from evalsuite.generation.stop_strings import cut_at_stop_string
from evalsuite.records import NOT_RECORDED, Decoding, Prompt, Served, StopReason
from evalsuite.settings import RunSettings
from evalsuite.versions import installed_versions

__all__ = ["SEEDS", "ServerGenerator", "wire_seed"]

SEEDS = 2**31
"""Every server takes seeds below it."""

RENAMED = "max_completion_tokens"


def wire_seed(seed: int, n_done: int = 0) -> int:
    """Return the seed that is sent for a completion's own, of which `n_done` tokens are there already.

    A completion that is continued must not draw once more the numbers that its beginning was drawn with.

    Examples
    --------
    >>> wire_seed(2**62 + 5)
    5
    """
    if n_done:
        return int.from_bytes(hashlib.sha256(f"{seed}/{n_done}".encode()).digest()[:8]) % SEEDS
    return seed % SEEDS


class ServerGenerator:
    """A served model behind the `Generator` protocol.

    Attributes
    ----------
    context_length
        What the server says of it; None where it does not, and then a prompt that is too long fails when it is asked.
    """

    engine = "server"
    dtype = NOT_RECORDED

    def __init__(
        self,
        connection: Connection,
        identity: ServedIdentity,
        settings: RunSettings,
        tokenizer: LocalTokenizer | None = None,
    ) -> None:
        self.connection = connection
        self.identity = identity
        self.settings = settings
        self.tokenizer = tokenizer
        self.context_length = identity.context_length
        self._cap_name = "max_tokens"

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Return the prompt's tokens where a local tokenizer was given, else none.

        Raises
        ------
        InputError
            This server cannot be asked for the prompt in this way.
        """
        dialect, chat = self.identity.dialect, self.settings.api == "chat"
        if chat and prompt.separator is not None:
            raise InputError("this template uses no chat template: add --api completions")
        if chat and prompt.prefix and dialect.goes_on is None:
            raise InputError(
                f"this template begins the answer, and a server of the kind {dialect.name!r} cannot go on behind it "
                "in a chat: add --api completions --tokenizer NAME"
            )
        if chat and prompt.chat_arguments and not dialect.takes_arguments:
            raise InputError(
                f"this template gives the chat template arguments, which a server of the kind {dialect.name!r} does "
                "not take: add --api completions --tokenizer NAME"
            )
        if not chat and prompt.separator is None and self.tokenizer is None:
            raise InputError(
                "--api completions sends plain text: add --tokenizer NAME, whose chat template makes it of this "
                "prompt, or leave --api out"
            )
        return () if self.tokenizer is None else self.tokenizer.encode(prompt)

    def generate(self, requests: Sequence[Request], decoding: Decoding, progress: Progress) -> list[Generated]:
        """Complete the requests; results are in their order.

        Raises
        ------
        EngineStoppedError
            One of them could not be had.
        """
        made: dict[tuple[str, int], Generated] = {}
        for part in self.stream([requests], decoding, progress, lambda: False):
            made |= {(request.problem_id, request.completion_index): result for request, result in part}
        identity = batch_hash(requests)
        return [replace(made[r.problem_id, r.completion_index], batch_hash=identity) for r in requests]

    def stream(
        self,
        batches: Sequence[Sequence[Request]],
        decoding: Decoding,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> Iterator[list[tuple[Request, Generated]]]:
        """Complete the requests and yield them in parts as they end; see `generator.StreamingGenerator`."""
        requests = [request for batch in batches for request in batch]
        sends_tokens = self.tokenizer is not None and self.settings.api == "completions"
        if not sends_tokens and any(r.generated_ids for r in requests):
            raise InputError("a server goes on behind tokens only with --api completions --tokenizer NAME")
        flow = Flow(lambda request: self._complete(request, decoding), self.connection, self.settings.batch_size)
        yield from flow.run(requests, progress, should_stop)

    def tokenizer_json(self) -> str | None:
        """Return the local tokenizer, where one was given."""
        return None if self.tokenizer is None else self.tokenizer.json()

    def describe(self) -> dict[str, str]:
        """Return what the server says of itself, and how it is asked."""
        said = self.identity
        return {
            "server": said.dialect.name,
            "server_version": said.version or NOT_RECORDED,
            "server_url": self.connection.root,
            "api": self.settings.api,
            "weights": "unverified: the fingerprint is made of what the server says",
            "neutral": ", ".join(f"{k}={v}" for k, v in said.dialect.neutral.items()) or "the server's own defaults",
            **installed_versions(("httpx2",)),
        }

    def _complete(self, request: Request, decoding: Decoding) -> Generated:
        started = time.perf_counter()
        path = "/v1/chat/completions" if self.settings.api == "chat" else "/v1/completions"
        body = self._body(request, decoding)
        try:
            answer, attempts = self.connection.ask(path, body, read_answer)
        except InputError as error:
            if RENAMED not in str(error) or "max_tokens" not in body:
                raise
            # Newer hosted models know the token limit by another name alone, and say so.
            self._cap_name = RENAMED
            answer, attempts = self.connection.ask(path, _renamed(body), read_answer)
        return self._generated(request, answer, decoding, time.perf_counter() - started, attempts)

    def _body(self, request: Request, decoding: Decoding) -> dict[str, Any]:
        dialect, prompt = self.identity.dialect, request.prompt
        if prompt is None:
            raise ValueError("a request to a server needs its prompt")
        if self.settings.api == "chat":
            asked = chat_body(prompt, dialect)
        elif self.tokenizer is not None:
            asked = completions_body((*request.token_ids, *request.generated_ids))
        else:
            asked = completions_body(plain_text(prompt))
        n_done = len(request.generated_ids)
        body = {
            "model": self.identity.model,
            **asked,
            **sampling_body(decoding, seed=wire_seed(request.seed, n_done), n_done=n_done, dialect=dialect),
            **dialect.token_ids,
            **(logprobs_body(self.settings.api) if self.settings.logprobs else {}),
        }
        return body if self._cap_name == "max_tokens" else _renamed(body)

    def _generated(
        self, request: Request, answer: Answer, decoding: Decoding, seconds: float, attempts: int
    ) -> Generated:
        n_done = len(request.generated_ids)
        cap = decoding.max_new_tokens - n_done
        end_ids = frozenset() if self.tokenizer is None else self.tokenizer.end_ids
        reason, detail = how_it_ended(answer, cap=cap, stop=decoding.stop, end_ids=end_ids)
        text, ids = answer.text, answer.token_ids
        if n_done and self.tokenizer is not None:
            before = self.tokenizer.decode(request.generated_ids)
            ids = None if ids is None else (*request.generated_ids, *ids)
            text = before + text if ids is None else self.tokenizer.decode(ids)
        text, ids, stopped_by = self._cut(text, ids, decoding.stop)
        if stopped_by is not None:
            reason, detail = StopReason.STOP, stopped_by
        served = Served(
            finish_reason=answer.finish_reason,
            served_model=answer.served_model,
            system_fingerprint=answer.system_fingerprint,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            cached_tokens=answer.cached_tokens,
            seconds=seconds,
            n_attempts=attempts,
            token_logprobs=answer.token_logprobs,
        )
        reported = None if answer.n_tokens is None else answer.n_tokens + n_done
        identity = batch_hash([request])
        return Generated(ids, text, reason, identity, detail, reported, served)

    def _cut(
        self, text: str, ids: tuple[int, ...] | None, stop: Sequence[str]
    ) -> tuple[str, tuple[int, ...] | None, str | None]:
        """Cut at a stop string that the server ran over, or left in; without a tokenizer its tokens are not known."""
        places = [(place, one) for one in stop if (place := text.find(one)) >= 0]
        if not places:
            return text, ids, None
        if ids is not None and self.tokenizer is not None:
            cut = cut_at_stop_string(ids, stop, self.tokenizer.decode)
            if cut is not None:
                return cut[1], cut[0], cut[2]
        place, string = min(places)
        return text[:place], None, string


def _renamed(body: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in body.items() if key != "max_tokens"}, RENAMED: body["max_tokens"]}
