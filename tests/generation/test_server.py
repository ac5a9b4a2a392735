"""The server engine before a real HTTP server that fails in the ways that servers fail."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import tenacity
from http_server import HANG_SECONDS, Fault, TinyServer

from evalsuite.cli.app import run_command
from evalsuite.generation.server import connection
from evalsuite.generation.server.limit import AdaptiveLimit
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store

Run = Callable[..., int]
SWITCHES = ("--logprobs",)
KEY = "sk-loopback-0123456789-key"


@pytest.fixture
def server(tiny_model: Path) -> Iterator[TinyServer]:
    with TinyServer(tiny_model) as running:
        yield running


@pytest.fixture
def run(server: TinyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs ``evalsuite run`` on the server, with short waits between attempts."""
    monkeypatch.setattr(connection, "BACKOFF", tenacity.wait_fixed(0.02))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def start(*more: object, url: str | None = None, model: str = "tiny") -> int:
        switches = [word for word in more if word in SWITCHES]
        words = [str(word) for word in more if word not in SWITCHES]
        flags = {"--engine": "server", "--server-url": url or server.url, "--model": model, "--label": "r",
                 "--problems": "generated:n=12", "--max-new-tokens": "8", "--store": str(tmp_path / "s.duckdb"),
                 **dict(zip(words[::2], words[1::2], strict=True))}  # fmt: skip
        return run_command(["run", *(word for flag in flags.items() for word in flag), *map(str, switches)])

    return start


def stored(folder: Path, table: str = "completions") -> list[dict[str, Any]]:
    with Store.reader(folder / "s.duckdb") as store:
        result = store.connection.execute(f"SELECT * FROM {table} ORDER BY problem_id, completion_index")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def each_once(server: TinyServer) -> bool:
    return set(server.asked.values()) == {1}


# What passes


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429),
        Fault(status=500),
        Fault(status=503),
        Fault(cut=True),
        Fault(status=200, body="<html>busy</html>"),
        Fault(change=lambda _said: {"choices": []}),
        Fault(change=lambda _said: []),
        Fault(change=lambda _said: {"choices": [{"finish_reason": "abort", "text": "half"}]}),
    ],
    ids=["429", "500", "503", "cut", "no JSON", "no choice", "a list", "abort"],
)
def test_what_passes_is_asked_again(run: Run, server: TinyServer, tmp_path: Path, fault: Fault) -> None:
    server.faults = lambda n, _body: fault if n % 3 == 1 and n < 12 else None
    assert run() == 0
    assert len(stored(tmp_path)) == 12
    attempts = [row["n_attempts"] for row in stored(tmp_path, "served")]
    assert sum(attempts) == server.n_requests == 16
    assert all(row["stop_reason"] in ("stop", "length") for row in stored(tmp_path))


def test_an_answer_that_does_not_come_is_not_waited_for(run: Run, server: TinyServer, tmp_path: Path) -> None:
    server.faults = lambda n, _body: Fault(hang=True) if n == 2 else None
    started = time.monotonic()
    assert run("--request-timeout", 1) == 0
    assert time.monotonic() - started < 12 + HANG_SECONDS
    assert max(row["n_attempts"] for row in stored(tmp_path, "served")) >= 2


@pytest.mark.parametrize(("form", "least"), [("seconds", 1.0), ("date", 1.9)])
def test_a_server_that_asks_to_wait_is_left_alone(run: Run, server: TinyServer, form: str, least: float) -> None:
    times: list[float] = []

    def faults(n: int, _body: dict[str, Any]) -> Fault | None:
        times.append(time.monotonic())
        # A date has whole seconds, so that three from now are more than two.
        wait = "1" if form == "seconds" else formatdate(time.time() + 3, usegmt=True)
        return Fault(status=429, headers={"Retry-After": wait}) if n == 1 else None

    server.faults = faults
    assert run("--concurrency", 1) == 0
    assert len(times) == 13
    assert times[1] - times[0] >= least


def test_requests_under_way_are_bounded_and_follow_the_server(run: Run, server: TinyServer, tmp_path: Path) -> None:
    assert run("--concurrency", 3) == 0
    assert 1 < server.most_at_once <= 3
    assert each_once(server)
    limit = AdaptiveLimit(64)
    for _ in range(200):
        limit.answered()
    assert limit.now == 64
    limit.refused(begun=time.monotonic())
    limit.refused(begun=time.monotonic() - 1)  # was sent before the limit fell: nothing new
    assert limit.now == 32
    for _ in range(32):
        limit.answered()
    assert limit.now == 32 or limit.now == 33, "one more a round of answers, after the first refusal"
    for _ in range(20):
        limit.refused(begun=time.monotonic())
    assert limit.now == 1


# What does not pass


def test_one_request_that_always_fails_takes_no_other_with_it(
    run: Run, server: TinyServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_poison: list[str] = []

    def faults(n: int, body: dict[str, Any]) -> Fault | None:
        question = json.dumps(body["messages"])
        if n == 4:
            with_poison.append(question)
        return Fault(status=500, body="worker died") if question in with_poison else None

    server.faults = faults
    assert run() == 4
    said = capsys.readouterr().err
    assert len(stored(tmp_path)) == 11
    assert "after 6 attempts: status 500: worker died. Not made: generated/" in said
    assert "11 of 12 completions are stored. Continue with the same command:" in said
    server.faults = lambda _n, _body: None
    server.asked.clear()
    assert run() == 0
    assert sum(server.asked.values()) == 1, "only what is missing is asked"


def test_a_server_that_dies_leaves_a_run_that_the_same_command_continues(
    run: Run, server: TinyServer, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = {"status": False}

    def faults(n: int, _body: dict[str, Any]) -> Fault | None:
        if n == 6 and not dead["status"]:
            dead["status"] = True
            server.stop()
        return Fault(cut=True) if dead["status"] else None

    server.faults = faults
    assert run("--concurrency", 2) == 4
    said = capsys.readouterr().err
    n_stored = len(stored(tmp_path))
    assert 3 <= n_stored < 12
    assert "Traceback" not in said
    assert "no server answers at" in said
    assert f"{n_stored} of 12 completions are stored. Continue with the same command:" in said
    with TinyServer(tiny_model) as again:
        assert run(url=again.url) == 0, "at another address it is the same run"
        assert sum(again.asked.values()) == 12 - n_stored
    assert len(stored(tmp_path)) == 12


@pytest.mark.parametrize(
    ("fault", "message", "code"),
    [
        (Fault(status=400, body='{"message": "This model\'s maximum context length is 64 tokens"}'),
         "does not fit the model's context.*Lower --max-new-tokens", 2),
        (Fault(status=422, body='{"detail": "unknown field seed"}'), "refuses a request .status 422.: unknown", 2),
        (Fault(status=404, body='{"error": {"message": "no route"}}'), "Check --server-url, --model and --api", 3),
        (Fault(status=429, body='{"error": {"code": "insufficient_quota"}}'), "is used up", 3),
        (Fault(status=200, body="{"), "after 6 attempts: the server's answer is no JSON", 3),
        (Fault(status=200, body='{"choices": [{"message": {"content": 3}}]}'), "the server's answer has no text", 3),
        (Fault(status=200, body="[" * 200_000), "after 6 attempts: the server's answer is no JSON: \\[", 3),
        (Fault(status=200, body="data: {}\n\ndata: [DONE]\n\n"), "is a stream, which was not asked for: data: {}", 3),
        (Fault(status=307, headers={"Location": "https://example.invalid/v1"}, body=""),
         "is at https://example.invalid/v1 .status 307.: give the address .* as --server-url", 3),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(
    run: Run, server: TinyServer, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    fault: Fault, message: str, code: int,
) -> None:  # fmt: skip
    server.faults = lambda _n, _body: fault
    assert run() == code
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) <= 3
    assert re.search(message, said), said


def test_a_prompt_that_the_server_refuses_takes_no_other_with_it(
    run: Run, server: TinyServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    too_long = Fault(status=400, body='{"message": "maximum context length is 64 tokens"}')
    server.faults = lambda n, _body: too_long if n == 5 else None
    assert run() == 4
    said = capsys.readouterr().err
    assert len(stored(tmp_path)) == 11
    assert "does not fit the model's context" in said
    assert "Not made: generated/" in said
    assert "(completion 0)\n11 of 12 completions are stored" in said


def test_the_newer_name_of_the_token_limit_is_taken_where_the_server_wants_it(
    run: Run, server: TinyServer, tmp_path: Path
) -> None:
    refused = Fault(status=400, body="Unsupported parameter: use 'max_completion_tokens' instead of 'max_tokens'")
    server.faults = lambda _n, body: refused if "max_tokens" in body else None
    assert run("--concurrency", 1) == 0
    assert len(stored(tmp_path)) == 12
    assert server.n_requests == 13, "the server said it once"


def test_before_the_run_the_server_is_asked_whether_it_serves_the_model(
    run: Run, server: TinyServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(model="tony") == 3
    assert "serves no model 'tony'. It serves tiny, tiny-lora: give one of these" in capsys.readouterr().err
    server.models = {"tiny": 1}  # no list: whether it serves the model is seen when it is asked
    assert run("--limit", 2) == 0
    (tmp_path / "s.duckdb").unlink()
    server.stop()
    assert run() == 3
    assert "no server answers at http://127.0.0.1:" in capsys.readouterr().err
    assert not (tmp_path / "s.duckdb").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--server-url", "127.0.0.1:8000"), "--server-url must be an address such as"),
        (("--server-url", "http://me:secret@127.0.0.1:8000"), "--server-url holds a password"),
        (("--server-url", "ftp://127.0.0.1"), "--server-url must be an address"),
        (("--adapter", "x"), "--adapter is for the engine transformers"),
        (("--dtype", "float16"), "--dtype float16 has no effect on a server"),
        (("--concurrency", "0"), "--concurrency must lie between 1 and"),
        (("--engine", "transformers"), "--server-url has no effect on the engine transformers"),
        (("--api", "completions"), "--api completions sends plain text: add --tokenizer NAME"),
        (("--tokenizer", "/nowhere"), "there is no tokenizer '/nowhere'"),
    ],
)
def test_settings_that_are_not_usable_are_refused(
    run: Run, capsys: pytest.CaptureFixture[str], words: tuple[str, str], message: str
) -> None:
    assert run(*words) in (2, 3)
    said = capsys.readouterr().err
    assert message in said
    assert "secret" not in said


def test_a_key_comes_from_the_environment_and_is_neither_stored_nor_shown(
    run: Run, server: TinyServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.key = KEY
    assert run() == 3
    assert "read from OPENAI_API_KEY: it is not set" in capsys.readouterr().err
    monkeypatch.setenv("MY_KEY", KEY[:-1] + "?")
    assert run("--api-key-env", "MY_KEY") == 3
    said = capsys.readouterr()
    assert "the key in it is not accepted" in said.err
    assert KEY[:-1] not in said.err + said.out
    monkeypatch.setenv("MY_KEY", KEY)
    server.faults = lambda _n, _body: Fault(change=lambda _said: {"echo": f"\x1b[2J {KEY}"})
    assert run("--api-key-env", "MY_KEY") == 3
    said = capsys.readouterr()
    assert "no completion: {'echo': '\\x1b[2J ***'}" in said.err
    server.faults = lambda n, _body: Fault(status=400, body=f"bad request by {KEY}") if n >= 9 else None
    server.n_requests = 0
    assert run("--api-key-env", "MY_KEY", "--concurrency", 1) == 4
    server.faults = lambda _n, _body: None
    assert run("--api-key-env", "MY_KEY") == 0
    said = capsys.readouterr()
    assert "bad request by ***" in said.err
    assert KEY not in said.err + said.out
    assert server.seen_keys >= {None, f"Bearer {KEY}"}
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


# What a server says


def test_stop_at_the_token_limit_is_not_believed(run: Run, server: TinyServer, tmp_path: Path) -> None:
    def lie(said: dict[str, Any]) -> dict[str, Any]:
        said["choices"][0].pop("token_ids")
        return {**said, "choices": [{**said["choices"][0], "finish_reason": "stop"}]}

    server.faults = lambda _n, _body: Fault(change=lie)
    assert run() == 0
    at_cap = [row for row in stored(tmp_path) if row["n_tokens"] == 8]
    assert at_cap
    assert {(row["stop_reason"], row["stop_detail"]) for row in at_cap} == {("length", "stop")}
    assert {row["finish_reason"] for row in stored(tmp_path, "served")} == {"stop"}


def test_what_is_missing_is_not_recorded(run: Run, server: TinyServer, tmp_path: Path) -> None:
    def bare(said: dict[str, Any]) -> dict[str, Any]:
        return {"choices": [{"message": {"content": said["choices"][0]["message"]["content"]}}]}

    server.faults = lambda _n, _body: Fault(change=bare)
    assert run() == 0
    for row in stored(tmp_path):
        assert (row["token_ids"], row["n_tokens"], row["stop_reason"]) == (None, None, "unknown")
    for row in stored(tmp_path, "served"):
        assert {row[key] for key in ("finish_reason", "served_model", "system_fingerprint", "prompt_tokens")} == {None}


def test_what_is_there_is_recorded(run: Run, server: TinyServer, tmp_path: Path) -> None:
    assert run("--logprobs") == 0
    for row in stored(tmp_path, "served"):
        assert row["served_model"] == "tiny"
        assert row["system_fingerprint"] == "fp-1"
        assert row["prompt_tokens"] > 10
        assert row["token_logprobs"] == [-0.5, None, None], "NaN is no number"
        assert row["seconds"] > 0
    for row in stored(tmp_path):
        assert len(row["token_ids"]) == row["n_tokens"]
        assert (row["engine"], row["dtype"]) == ("server", "not recorded")


def test_what_llama_cpp_says_beyond_the_protocol_is_recorded(run: Run, server: TinyServer, tmp_path: Path) -> None:
    """Tokens, the stop string that ended a text, and the context of one of its slots, as its server writes them."""

    def as_llama_cpp(said: dict[str, Any]) -> dict[str, Any]:
        choice = {"index": 0, "message": {"role": "assistant", "content": "18"}, "finish_reason": "stop"}
        beyond = {"tokens": [7, 8, 9], "stop_type": "word", "stopping_word": "Q:", "prompt": "<|im_start|>"}
        return said | {"choices": [choice], "__verbose": beyond}

    entry = {"id": "tiny", "owned_by": "llamacpp", "created": 1, "meta": {"n_ctx": 64, "n_params": 1, "ftype": "Q4_1"}}
    server.models = [entry]
    server.faults = lambda _n, _body: Fault(change=as_llama_cpp)
    assert run("--stop", "Q:") == 0
    assert all(json.loads(body)["return_tokens"] and json.loads(body)["verbose"] for body in server.asked)
    for row in stored(tmp_path):
        assert (row["token_ids"], row["stop_reason"], row["stop_detail"]) == ([7, 8, 9], "stop", "Q:")
    assert run("--max-new-tokens", 65, "--label", "long") == 2


HOSTILE = (
    "\\boxed{3} half \ud83d pair",
    "zero \x00 and bell \x07",
    "</script><img src=x onerror=alert(1)>",
    "\u202egnp.exe \u2028 line",
    "\x1b[2J\x1b]0;owned\x07",
    "",
    "=cmd|' /C calc'!A0",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_stored_as_text(run: Run, server: TinyServer, tmp_path: Path, text: str) -> None:
    def change(said: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": text}
        return {**said, "choices": [{"message": message, "finish_reason": "stop"}]}

    server.faults = lambda _n, _body: Fault(change=change)
    assert run() == 0
    assert {row["text"] for row in stored(tmp_path)} == {text.replace("\ud83d", "\ufffd")}


def test_a_stop_string_that_the_server_ran_over_is_cut(run: Run, server: TinyServer, tmp_path: Path) -> None:
    def change(said: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": "It is 18.\nQ: And 3 + 4?\nQ:"}
        return {**said, "choices": [{"message": message, "finish_reason": "length"}]}

    server.faults = lambda _n, _body: Fault(change=change)
    assert run("--stop", "Q:") == 0
    found = {(r["text"], r["stop_reason"], r["stop_detail"], r["token_ids"]) for r in stored(tmp_path)}
    assert found == {("It is 18.\n", "stop", "Q:", None)}
    assert all(json.loads(body)["stop"] == ["Q:"] for body in server.asked)


def test_the_fingerprint_is_what_the_server_says_and_marked(run: Run, server: TinyServer, tmp_path: Path) -> None:
    assert run() == 0
    server.models[0]["created"] = 2  # started again: the same run
    assert run() == 0
    assert each_once(server)
    assert run("--label", "adapter", model="tiny-lora") == 0
    server.models[0]["root"] = "/other"
    assert run("--label", "other") == 0
    with Store.reader(tmp_path / "s.duckdb") as store:
        heads = {label: find_run(store, label).spec for label in ("r", "adapter", "other")}
    assert all(spec["weights_fingerprint"].startswith("unverified:") for spec in heads.values())
    assert heads["adapter"]["weights_fingerprint"] == heads["r"]["weights_fingerprint"]
    assert (heads["adapter"]["model"], heads["adapter"]["adapter"]) == ("tiny", "tiny-lora")
    assert heads["other"]["weights_fingerprint"] != heads["r"]["weights_fingerprint"]
    assert heads["r"]["serving"] == {"api": "chat", "tokenizer_fingerprint": None}


def test_sampling_is_asked_for_in_full(run: Run, server: TinyServer, tmp_path: Path) -> None:
    """The model's own settings would have a say where a parameter is left out."""
    assert run("--temperature", 0.7, "--top-p", 0.9, "--completions", 3, "--limit", 2, "--sampling-seed", 4) == 0
    bodies = [json.loads(body) for body in server.asked]
    assert len({body["seed"] for body in bodies}) == 6
    for body in bodies:
        assert 0 <= body["seed"] < 2**31
        assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.7, 0.9, 8)
        assert (body["top_k"], body["repetition_penalty"]) == (-1, 1.0)
    with Store.reader(tmp_path / "s.duckdb") as store:
        seeds = {row["seed"] for row in queries.stored_completions(store.connection, find_run(store, "r").run_id)}
    assert {seed % 2**31 for seed in seeds} == {body["seed"] for body in bodies}


def test_a_run_against_a_server_needs_no_model_library(server: TinyServer, tmp_path: Path) -> None:
    blocked = "import sys; sys.modules.update(dict.fromkeys(('torch', 'transformers', 'datasets', 'peft')))"
    words = ["run", "--engine", "server", "--server-url", server.url, "--model", "tiny", "--problems", "generated:n=3",
             "--max-new-tokens", "4", "--store", str(tmp_path / "s.duckdb")]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", f"{blocked}; from evalsuite.cli.app import run_command as r; sys.exit(r({words!r}))"],
        capture_output=True, text=True, check=False, timeout=300, env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(stored(tmp_path)) == 3
