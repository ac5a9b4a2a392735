"""Whole runs of the command line with a real, tiny model: interrupted, continued, extended, recorded."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalsuite.cli.app import run_command
from evalsuite.evaluation import progress
from evalsuite.evaluation.pipeline import BatchLimits, Watcher, plan_run
from evalsuite.evaluation.progress import RunDisplay
from evalsuite.evaluation.run import execute, prepare, run_template
from evalsuite.generation import prompt_tokens
from evalsuite.generation.generator import batch_hash
from evalsuite.settings import RunSettings
from evalsuite.store import queries
from evalsuite.store.store import Store

SWITCHES = ("--json", "--dry-run", "--allow-changed-data")
FLAGS = {"--problems": "generated:n=40", "--order": "file", "--max-new-tokens": 48, "--dtype": "float32",
         "--batch-size": 4, "--label": "tiny"}  # fmt: skip


@pytest.fixture
def command(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a function that completes the command: ``command(store, "--limit", 12)``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def complete(store: Path, *more: object) -> list[str]:
        switches = [word for word in more if word in SWITCHES]
        words = [word for word in more if word not in SWITCHES]
        flags = FLAGS | {"--model": tiny_model, "--store": store} | dict(zip(words[::2], words[1::2], strict=True))
        return ["run", *(str(word) for flag in flags.items() for word in flag), *map(str, switches)]

    return complete


def contents(path: Path) -> dict[str, Any]:
    with Store.reader(path) as store:
        names = ("completions", "grades", "problems", "run_problems")
        found = {name: store.connection.table(name).order("ALL").fetchall() for name in names}
        runs = store.connection.execute("SELECT * EXCLUDE (created_at, details) FROM runs ORDER BY ALL").fetchall()
    return {"runs": runs, **found}


def start(arguments: list[str], *, batches: int) -> subprocess.Popen[str]:
    """Start the command in a process of its own and wait until it has stored some batches."""
    process = subprocess.Popen(
        [sys.executable, "-m", "evalsuite", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        batches -= "completions," in line
        if batches == 0:
            return process
    raise AssertionError(f"the run ended early: {process.communicate()}")


def test_an_interrupted_run_says_how_to_continue_and_then_equals_one_that_was_not(
    command: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "a b.duckdb"
    process = start(command(store), batches=1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=200)
    assert process.returncode == -signal.SIGINT, err
    assert "Stopping after this batch" in err
    assert "of 40 completions of " in err
    assert "evalsuite run --problems generated:n=40 --order file" in err
    assert f"'{store}'" in err, "the command to continue is quoted for the shell"
    assert "Traceback" not in err
    assert not out
    n_first = len(contents(store)["completions"])
    assert n_first % 4 == 0
    assert 4 <= n_first < 40

    assert run_command(command(store)) == 0
    assert run_command(command(tmp_path / "whole.duckdb")) == 0
    assert contents(store) == contents(tmp_path / "whole.duckdb")
    capsys.readouterr()
    assert run_command([*command(store), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["finished"] is True
    assert found["session"]["n_new"] == 0


LONG = pytest.mark.skipif("EVALSUITE_LONG_TESTS" not in os.environ, reason="slow: set EVALSUITE_LONG_TESTS=1")


@LONG
def test_a_run_killed_twice_continues_and_equals_one_that_was_not(
    command: Callable[..., list[str]], tmp_path: Path
) -> None:
    store, stored = tmp_path / "s.duckdb", [0]
    for batches in (1, 3):
        process = start(command(store), batches=batches)
        process.kill()
        process.communicate(timeout=200)
        stored.append(len(contents(store)["completions"]))
    assert stored == sorted(set(stored)), "each call stores more than the one before"
    assert run_command(command(store)) == 0
    assert run_command(command(tmp_path / "whole.duckdb")) == 0
    assert contents(store) == contents(tmp_path / "whole.duckdb")


@LONG
def test_ctrl_c_twice_stops_at_once_and_loses_nothing(command: Callable[..., list[str]], tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    process = start(command(store, "--max-new-tokens", 1500, "--batch-size", 2), batches=1)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "Stopping after this batch" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=200)
    assert process.returncode == 130, err
    assert "what was stored is safe" in err
    assert "Traceback" not in err
    assert len(contents(store)["completions"]) >= 2


def test_sigterm_is_a_clean_stop_with_exit_code_143(command: Callable[..., list[str]], tmp_path: Path) -> None:
    """As Docker and SLURM stop a program: whole batches stay, and the message says how to go on."""
    store = tmp_path / "a b.duckdb"
    process = start(command(store), batches=1)
    process.terminate()
    _, err = process.communicate(timeout=200)
    assert process.returncode == 143, err
    # Between two batches there is nothing to finish, and so nothing to say of it.
    assert "Told to terminate" in err or "what was stored is safe" in err
    assert "terminated; what was stored is safe. Continue with the same command:\n  evalsuite run --problems" in err
    assert f"'{store}'" in err
    assert "Traceback" not in err
    n_first = len(contents(store)["completions"])
    assert n_first % 4 == 0
    assert 4 <= n_first < 40
    assert run_command(command(store)) == 0
    assert run_command(command(tmp_path / "whole.duckdb")) == 0
    assert contents(store) == contents(tmp_path / "whole.duckdb")


@pytest.mark.parametrize("n_signals", [1, 2])
def test_sigterm_abandons_a_batch_that_takes_too_long(
    command: Callable[..., list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    n_signals: int,
) -> None:
    """Without time left, or told twice; a run that is extended is one more case of it."""
    store, original, seen = tmp_path / "s.duckdb", RunDisplay._on_tokens, [0]
    monkeypatch.setattr(progress, "GRACE_SECONDS", 0.0 if n_signals == 1 else 1000.0)

    def on_tokens(display: RunDisplay, tokens: int) -> None:
        seen[0] += 1
        if seen[0] == stop_at:
            for _ in range(n_signals):
                os.kill(os.getpid(), signal.SIGTERM)
        original(display, tokens)

    monkeypatch.setattr(RunDisplay, "_on_tokens", on_tokens)
    stop_at = 60
    assert run_command(command(store)) == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert len(contents(store)["completions"]) == 4, "the second batch was cut at its 12th token"
    assert run_command(command(store)) == 0
    capsys.readouterr()
    stop_at = seen[0] + 1
    assert run_command(["extend", "tiny", "--max-new-tokens", "60", "--store", str(store)]) == 143
    assert "evalsuite extend tiny --max-new-tokens 60" in capsys.readouterr().err


def test_a_chat_template_that_never_ends_is_refused(
    command: Callable[..., list[str]],
    tmp_path: Path,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(prompt_tokens, "TEMPLATE_SECONDS", 0.2)
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}"
    (folder / "chat_template.jinja").write_text(f"{loops}{{% endfor %}}{{% endfor %}}")
    assert run_command(command(tmp_path / "s.duckdb", "--model", folder)) == 2
    assert (
        "chat template does not come to an end with this prompt: it took longer than 0.2 s" in capsys.readouterr().err
    )
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_run_is_extended_and_records_where_its_values_came_from(
    command: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    store = tmp_path / "s.duckdb"
    (tmp_path / "evalsuite.toml").write_text("[run]\nlimit = 6\nsampling_seed = 4\ntop_p = 0.9\n")
    monkeypatch.setenv("EVALSUITE_TOP_P", "0.95")
    sampled = ("--temperature", 0.8)
    assert run_command(command(store, *sampled)) == 0
    first = contents(store)
    assert len(first["completions"]) == 6
    assert run_command(command(store, *sampled, "--limit", 9, "--completions", 2, "--batch-size", 5)) == 0
    second = contents(store)
    assert len(second["completions"]) == 18
    kept = [row for row in second["completions"] if row in first["completions"]]
    assert len(kept) == 6, "what was there is neither changed nor made again"
    capsys.readouterr()
    assert run_command(["show", "tiny", "--store", str(store), "--json"]) == 0
    details = json.loads(capsys.readouterr().out)["details"]
    assert details["sources"]["temperature"] == "cli"
    assert details["sources"]["top-p"] == "EVALSUITE_TOP_P"
    assert details["sources"]["limit"] == str(tmp_path / "evalsuite.toml")
    assert (details["settings"]["top_p"], details["settings"]["sampling_seed"]) == (0.95, 4)


def test_what_cannot_be_loaded_is_told_apart(
    command: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    make_tiny_model: Callable[..., Path], tiny_adapter: Path,
) -> None:  # fmt: skip
    store = tmp_path / "s.duckdb"

    def told(*more: object) -> tuple[int, str]:
        capsys.readouterr()
        code = run_command(command(store, *more))
        out, err = capsys.readouterr()
        assert out == ""
        return code, err

    code, err = told("--model", tmp_path / "nothing")
    assert (code, "is neither a folder nor a hub id" in err) == (3, True)
    code, err = told("--model", "owner/name")
    assert (code, "HF_HUB_OFFLINE" in err) == (3, True)
    (tmp_path / "empty").mkdir()
    code, err = told("--model", tmp_path / "empty")
    assert (code, "holds no .safetensors" in err) == (3, True)
    code, err = told("--model", make_tiny_model(9, hidden=32), "--adapter", tiny_adapter)
    assert (code, "does not fit" in err) == (3, True)
    code, err = told("--adapter", tmp_path / "empty")
    assert code == 3
    code, err = told("--problems", "gsm8k", "--problems-path", tmp_path / "nothing")
    assert (code, "cannot read GSM8K" in err) == (3, True)
    code, err = told("--max-new-tokens", 4000)
    assert (code, "context" in err) == (2, True)
    assert run_command(command(store, "--limit", 2)) == 0
    code, err = told("--limit", 2, "--max-new-tokens", 10)
    assert (code, "label 'tiny' already belongs to run" in err) == (2, True)


def test_a_changed_gsm8k_says_what_changed(
    command: Callable[..., list[str]], tmp_path: Path, gsm8k_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (gsm8k_folder / "test.jsonl").read_text(encoding="utf-8").split("\n")
    (tmp_path / "test.jsonl").write_text("\n".join(lines[1:]), encoding="utf-8")
    arguments = command(tmp_path / "s.duckdb", "--problems", "gsm8k", "--problems-path", tmp_path, "--dry-run")
    assert run_command(arguments) == 3
    assert "1318 rows instead of 1319" in capsys.readouterr().err
    assert run_command([*arguments, "--allow-changed-data", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_problems"] == 1318


def test_a_signal_that_comes_while_stderr_is_written_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def within_another_write(message: str) -> None:
        raise RuntimeError("reentrant call inside <_io.BufferedWriter name='<stderr>'>")

    monkeypatch.setattr(progress, "say", within_another_write)
    display = RunDisplay(4, 8)
    display._on_interrupt(signal.SIGINT, None)
    assert display.interrupted
    assert "Stopping after this batch" in capfd.readouterr().err


@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_goes_on_in_the_batches_of_the_rule_it_began_with(
    tiny_model: Path, tmp_path: Path, recorded: bool
) -> None:
    """A run of a time when no window was recorded keeps the plan sorted by length as a whole."""
    settings = RunSettings(
        model=str(tiny_model), problems="generated:n=40", order="file", max_new_tokens=4, dtype="float32", batch_size=4
    )
    with Store.writer(tmp_path / "s.duckdb") as store:
        first = replace(settings, limit=8)
        run_id = execute(prepare(first), store, watcher=Watcher(), sources={}).run_id
        assert queries.run_heads(store.connection)[0]["details"]["batch_window"] == 8
        if not recorded:
            forget = """UPDATE runs SET details = json_merge_patch(details, '{"batch_window": null}')"""
            store.connection.execute(forget)
        # Another batch size on resuming does not move the windows.
        prepared = prepare(replace(settings, batch_size=2))
        generator = prepared.model.load(dtype="float32")
        before = queries.completion_keys(store.connection, run_id)
        execute(prepared, store, watcher=Watcher(), sources={}, generator=generator)
        stored = queries.stored_completions(store.connection, run_id)
    _, batches = plan_run(
        generator, run_template(settings), prepared.problem_set.problems, prepared.spec.decoding,
        n_completions=1, limits=BatchLimits(2, window=8 if recorded else None),
    )  # fmt: skip
    left = [[r for r in batch if (r.problem_id, 0) not in before] for batch in batches]
    expected = {r.problem_id: batch_hash(batch) for batch in left for r in batch}
    assert {r["problem_id"]: r["batch_hash"] for r in stored if (r["problem_id"], 0) not in before} == expected
