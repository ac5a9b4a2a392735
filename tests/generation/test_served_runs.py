"""Runs through a server as a user makes them: continued, repeated, interrupted, shown."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from http_server import Fault, TinyServer

from analyses.noise_floor import noise_floors
from evalsuite.cli.app import run_command
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store


@pytest.fixture
def server(tiny_model: Path) -> Iterator[TinyServer]:
    with TinyServer(tiny_model) as running:
        yield running


@pytest.fixture
def words(server: TinyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def make(label: str, cap: int, *more: object, store: str = "s.duckdb") -> list[str]:
        return ["run", "--engine", "server", "--server-url", server.url, "--model", "tiny", "--label", label,
                "--problems", "generated:n=6", "--template", "plain", "--max-new-tokens", str(cap),
                "--store", str(tmp_path / store), *map(str, more)]  # fmt: skip

    return make


def extend(folder: Path, label: str, cap: int, *more: str) -> int:
    return run_command(["extend", label, "--max-new-tokens", str(cap), "--store", str(folder / "s.duckdb"), *more])


def test_a_chat_is_not_continued_and_one_line_says_why(
    words: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(words("short", 4)) == 0
    capsys.readouterr()
    assert extend(tmp_path, "short", 9) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "short was made through a server that was sent no tokens, so nothing can go on behind them" in line
    with Store.reader(tmp_path / "s.duckdb") as store:
        assert len(queries.run_heads(store.connection)) == 1, "nothing was begun"


def test_tokens_that_were_sent_are_continued_to_what_a_larger_limit_gives(
    words: Callable[..., list[str]], server: TinyServer, tiny_model: Path, tmp_path: Path
) -> None:
    tokens = ("--api", "completions", "--tokenizer", tiny_model)
    assert run_command(words("short", 4, *tokens)) == 0
    with TinyServer(tiny_model) as moved:
        assert extend(tmp_path, "short", 9, "--server-url", moved.url) == 0
        assert moved.n_requests > 0
        assert all(json.loads(body)["max_tokens"] == 5 for body in moved.asked)
    assert run_command(words("direct", 9, *tokens, store="other.duckdb")) == 0
    with Store.reader(tmp_path / "s.duckdb") as one, Store.reader(tmp_path / "other.duckdb") as other:
        texts = [
            queries.completion_texts(store.connection, find_run(store, label).run_id)
            for store, label in ((one, "short-cap9"), (other, "direct"))
        ]
        head = find_run(one, "short-cap9")
        assert head.tokenizer_hash is not None, "stored tokens can be cut and decoded again"
    assert texts[0] == texts[1]


def test_a_served_run_is_repeated_with_other_company(
    words: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(words("run", 6, "--concurrency", 4)) == 0
    again = ["run", "--replicate", "run", "--store", str(tmp_path / "s.duckdb")]
    assert run_command(again) == 0
    with Store.reader(tmp_path / "s.duckdb") as store:
        (floor,) = noise_floors(store, [find_run(store, "run")])
    assert floor.changes == {"concurrency": 2}
    assert (floor.n_texts, floor.n_flips) == (0, 0)


def test_what_the_server_said_is_shown(
    words: Callable[..., list[str]], server: TinyServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults = lambda n, _body: Fault(status=503, headers={"Retry-After": "0"}) if n == 2 else None
    assert run_command(words("run", 6)) == 0
    capsys.readouterr()
    assert run_command(["show", "run", "--json", "--store", str(tmp_path / "s.duckdb")]) == 0
    found = json.loads(capsys.readouterr().out)
    served = found["served"]
    assert (served["n_rows"], served["n_retried"]) == (6, 1)
    assert served["completion_tokens"] == found["decoding_time"]["n_tokens"] > 0
    assert served["prompt_tokens"] > 60
    assert (served["served_models"], served["system_fingerprints"]) == (["tiny"], ["fp-1"])
    assert found["details"]["engine"]["server"] == "vllm"
    assert found["spec"]["weights_fingerprint"].startswith("unverified:")


@pytest.mark.parametrize("n_signals", [1, 2])
def test_ctrl_c_ends_what_is_under_way_and_twice_ends_at_once(
    words: Callable[..., list[str]], server: TinyServer, tmp_path: Path, n_signals: int
) -> None:
    server.faults = lambda n, _body: Fault(hang=True) if n >= 3 else None
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "evalsuite", *words("run", 4, "--concurrency", 2)],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    while server.n_requests < 4:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert any("Stopping after" in line for line in process.stderr)
    if n_signals == 2:
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, said
    assert "Traceback" not in said
    with Store.reader(tmp_path / "s.duckdb") as store:
        n_stored = len(queries.stored_completions(store.connection, find_run(store, "run").run_id))
    assert n_stored == 4 if n_signals == 1 else n_stored <= 4
