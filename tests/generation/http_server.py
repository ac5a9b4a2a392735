"""A real HTTP server of OpenAI's protocol on loopback, in front of the real in-process engine and a tiny model.

It speaks as vLLM does (token ids where asked for), and can be told to fail: what it does with the n-th request follows
from `faults`, a function of the request's number and body.
"""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evalsuite.generation.generator import Request
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate
from evalsuite.records import Decoding, Message, Prompt, StopReason

HANG_SECONDS = 3.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request; nothing where all is left out.

    Attributes
    ----------
    status, headers, body
        An error answer, or with status 200 an answer of other bytes.
    cut
        The connection is closed without an answer.
    hang
        The answer comes after `HANG_SECONDS`.
    change
        Makes another answer of the true one.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = '{"error": {"message": "no"}}'
    cut: bool = False
    hang: bool = False
    change: Callable[[dict[str, Any]], Any] | None = None


class TinyServer:
    """Serves the model of a folder under the name ``tiny`` while it is entered.

    Attributes
    ----------
    asked
        How often each request body was sent, as JSON.
    most_at_once
        Most requests that were under way together.
    """

    def __init__(self, model: Path, *, faults: Callable[[int, dict[str, Any]], Fault | None] | None = None) -> None:
        self.generator: HuggingFaceGenerator = load(locate(str(model)), dtype="float32")
        self.faults = faults or (lambda _n, _body: None)
        self.models: Any = [
            {"id": "tiny", "object": "model", "owned_by": "vllm", "created": 1, "max_model_len": 2048, "parent": None},
            {"id": "tiny-lora", "object": "model", "owned_by": "vllm", "created": 1, "root": "/l", "parent": "tiny"},
        ]
        self.key: str | None = None
        self.seen_keys: set[str | None] = set()
        self.asked: Counter[str] = Counter()
        self.most_at_once = self.at_once = self.n_requests = 0
        self.lock = threading.Lock()
        self.computing = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self) -> Self:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the door at once, as a server that dies does."""
        self.http.shutdown()
        self.http.server_close()

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what the protocol says to a request."""
        prompt = self._prompt(path, body)
        ids = tuple(body["prompt"]) if isinstance(body.get("prompt"), list) else self.generator.encode(prompt)
        stop = body.get("stop", ())
        cap = body.get("max_tokens") or body["max_completion_tokens"]
        decoding = Decoding(cap, body.get("temperature", 1.0), body.get("top_p", 1.0), stop=tuple(stop))
        request = Request("p", 0, ids, body.get("seed", 0))
        with self.computing:
            made = self.generator.generate([request], decoding, lambda _: None)[0]
        said = {
            "index": 0,
            "finish_reason": "length" if made.stop_reason is StopReason.LENGTH else "stop",
            "stop_reason": made.stop_detail,
        }
        if body.get("return_token_ids"):
            said["token_ids"] = list(made.token_ids)
        if path.endswith("chat/completions"):
            said["message"] = {"role": "assistant", "content": made.text}
            if body.get("logprobs"):
                said["logprobs"] = {"content": [{"token": "x", "logprob": math.nan if i else -0.5} for i in range(3)]}
        else:
            said["text"] = made.text
        n = len(made.token_ids)
        usage = {"prompt_tokens": len(ids), "completion_tokens": n, "total_tokens": len(ids) + n}
        return {"id": "c", "model": body["model"], "choices": [said], "usage": usage, "system_fingerprint": "fp-1"}

    def _prompt(self, path: str, body: dict[str, Any]) -> Prompt:
        if path.endswith("chat/completions"):
            return Prompt("p", tuple(Message(m["role"], m["content"]) for m in body["messages"]))
        return Prompt("p", (Message("user", str(body["prompt"])),), separator="")


def _handler(server: TinyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            if not self._has_key():
                return
            found = {"/v1/models": {"object": "list", "data": server.models}, "/version": {"version": "0.0-tiny"}}
            known = found.get(self.path)
            self._send(200 if known else 404, json.dumps(known or {"detail": "Not Found"}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if not self._has_key():
                return
            with server.lock:
                server.asked[json.dumps(body, sort_keys=True)] += 1
                server.n_requests += 1
                number = server.n_requests
                server.at_once += 1
                server.most_at_once = max(server.most_at_once, server.at_once)
            try:
                self._answer(server.faults(number, body) or Fault(), body)
            finally:
                with server.lock:
                    server.at_once -= 1

        def _answer(self, fault: Fault, body: dict[str, Any]) -> None:
            if fault.cut:
                self.close_connection = True
                return
            if fault.hang:
                time.sleep(HANG_SECONDS)
            if fault.status is not None:
                self._send(fault.status, fault.body, fault.headers)
                return
            made: Any = server.answer(self.path, body)
            self._send(200, json.dumps(made if fault.change is None else fault.change(made)))

        def _has_key(self) -> bool:
            sent = self.headers.get("authorization")
            server.seen_keys.add(sent)
            if server.key is None or sent == f"Bearer {server.key}":
                return True
            self._send(401, json.dumps({"error": {"message": f"Incorrect API key provided: {sent}"}}))
            return False

        def _send(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
            content = text.encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                return  # the client did not wait

    return Handler
