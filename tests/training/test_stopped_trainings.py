"""What a stop at any moment, a second call and a busy store leave of a training: all, and no more than planned."""

import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_training import configured, trained

from evalsuite.cli.app import run_command
from evalsuite.cli.training_output import TrainingDisplay
from evalsuite.errors import StoreLockedError
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingStep, find_training, training_completions, training_steps
from evalsuite.training import checkpoints, trainer
from evalsuite.training.checkpoints import last_checkpoint
from evalsuite.training.config import read_config
from evalsuite.training.output_folder import claimed
from evalsuite.training.trainer import prepare_training, train
from evalsuite.training.waiting_rows import WaitingRows

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore")]

WEIGHTS = "adapter_model.safetensors"
EVALUATED = 'evaluate = true\nkeep = "best"\nmax_new_tokens = 8'
HOLD = (
    "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True); print('open', flush=True); sys.stdin.read()"
)


@pytest.fixture(scope="module")
def model(make_tiny_model: Callable[..., Path], one_thread: None) -> Path:
    return make_tiny_model(3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """The folder of a training that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    trained(configured(folder, model), folder / "store.duckdb")
    return folder


def in_child(function: Callable[[], Any]) -> int:
    """Call the function in a process of its own, which may kill itself, and return its status."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def reading(store: Path) -> subprocess.Popen[str]:
    """Start another process that reads the store until it is killed."""
    reader = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    return reader


def hashes(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def recorded(store: Path) -> tuple[list[Any], list[Any]]:
    with Store.reader(store) as opened:
        training_id = find_training(opened, "tiny").training_id
        steps, completions = training_steps(opened, training_id), training_completions(opened, training_id)
    # Seconds are never the same twice.
    return [(s.step, s.loss, s.grad_norm, s.distance) for s in steps], completions


def assert_equal(folder: Path, whole: Path) -> None:
    """A training that was stopped and continued is one that was not: rows, weights, steps."""
    assert recorded(folder / "store.duckdb") == recorded(whole / "store.duckdb")
    assert hashes(folder / "out/adapter")[WEIGHTS] == hashes(whole / "out/adapter")[WEIGHTS]
    assert not (folder / "out/waiting-rows.jsonl").exists()


@pytest.mark.parametrize("method", ["grpo", "sft"])
def test_a_finished_training_run_again_trains_nothing(tmp_path: Path, model: Path, method: str) -> None:
    """Its 4 steps end inside an epoch, where the trainer would make one more each time it goes on."""
    config, store = configured(tmp_path, model, method=method), tmp_path / "store.duckdb"
    first = trained(config, store)
    before = hashes(first.folder), (first.folder / WEIGHTS).stat().st_mtime_ns
    with Store.reader(store) as opened:
        details = find_training(opened, "tiny").details
    for _ in range(3):
        again = trained(config, store)
        assert again.step == first.step == 4
        assert (hashes(again.folder), (again.folder / WEIGHTS).stat().st_mtime_ns) == before
    with Store.reader(store) as opened:
        assert find_training(opened, "tiny").details == details
    assert [s[0] for s in recorded(store)[0]] == [1, 2, 3, 4]
    assert sorted(f.name for f in (tmp_path / "out/checkpoints").glob("*-*")) == ["checkpoint-2", "checkpoint-4"]


def test_a_kill_between_the_last_checkpoint_and_the_result(
    tmp_path: Path, model: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, store = configured(tmp_path, model), tmp_path / "store.duckdb"
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "write_result", die)
        assert in_child(lambda: trained(config, store)) == -signal.SIGKILL
    assert not (tmp_path / "out/adapter").exists()
    assert trained(config, store).step == 4
    assert_equal(tmp_path, whole)


def test_what_an_older_version_trained_past_the_plan_is_set_aside(tmp_path: Path, model: Path, whole: Path) -> None:
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    config = configured(tmp_path, model)
    beyond = Path(shutil.copytree(tmp_path / "out/checkpoints/checkpoint-4", tmp_path / "out/checkpoints/checkpoint-5"))
    state = json.loads((beyond / "trainer_state.json").read_text())
    (beyond / "trainer_state.json").write_text(json.dumps({**state, "global_step": 5}))
    (beyond / WEIGHTS).write_bytes(b"others")
    assert trained(config, tmp_path / "store.duckdb").step == 4
    assert_equal(tmp_path, whole)
    assert (tmp_path / "out/checkpoints/past-plan-5" / WEIGHTS).read_bytes() == b"others"


def test_rows_of_a_killed_training_whose_store_was_read_are_there(tmp_path: Path, model: Path, whole: Path) -> None:
    """Read from step 1 on, killed after step 3: steps 2 and 3 were never written to the store."""
    config, store = configured(tmp_path, model), tmp_path / "store.duckdb"

    def child() -> None:
        def on_step(step: TrainingStep, *_: Any) -> None:
            if step.step == 1:
                (tmp_path / "pid").write_text(str(reading(store).pid))
            if step.step == 3:
                die()

        train(prepare_training(read_config(config), "x"), store, on_step=on_step)

    assert in_child(child) == -signal.SIGKILL
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert [s[0] for s in recorded(store)[0]] == [1]
    waiting = WaitingRows(tmp_path / "out/waiting-rows.jsonl", store, "x").rows
    assert sorted(waiting) == [2, 3]
    last = last_checkpoint(tmp_path / "out")
    assert last is not None
    assert last.step == 2, "the rows of steps 1 and 2 will not be made again"
    trained(config, store)
    assert_equal(tmp_path, whole)


def test_rows_that_wait_survive_a_cut_line_and_a_step_that_is_made_again(tmp_path: Path) -> None:
    file, store = tmp_path / "waiting.jsonl", tmp_path / "store.duckdb"
    Store.writer(store).close()
    reader = reading(store)
    rows = WaitingRows(file, store, "x")
    for loss in (1.0, 2.0):
        for step in (1, 2):
            rows.add(TrainingStep(step, loss=loss), [])
    reader.kill()
    reader.wait()
    content = file.read_bytes()
    for cut in (0, 1, 40, len(content) // 2):  # of four lines
        file.write_bytes(content[: len(content) - cut])
        found = WaitingRows(file, store, "x")
        assert [s.step for s, _ in found.rows.values()] == [1, 2]
        found.rows.clear()
    file.write_bytes(content)
    again = WaitingRows(file, store, "x")
    assert [s.loss for s, _ in again.rows.values()] == [2.0, 2.0]
    again.add(TrainingStep(3), [])
    assert not file.exists()
    with Store.reader(store) as opened:
        assert [s.step for s in training_steps(opened, "x")] == [1, 2, 3]


def test_a_store_that_is_read_at_a_checkpoint_does_not_end_the_training(
    tmp_path: Path, model: Path, whole: Path
) -> None:
    """Neither rows nor evaluations are lost, and no checkpoint that waits for its evaluation is deleted."""
    config = configured(tmp_path, model, evaluation="evaluate = true\nmax_new_tokens = 8\n")
    text = config.read_text().replace("save_every = 2", "save_every = 1")
    config.write_text(text)
    store, readers = tmp_path / "store.duckdb", []

    def on_step(step: TrainingStep, *_: Any) -> None:
        if step.step == 1:
            readers.append(reading(store))
        if step.step == 4:
            assert not any(p.name == "checkpoint-4" for p in (tmp_path / "out/checkpoints").iterdir())
            assert last_checkpoint(tmp_path / "out").step == 3  # type: ignore[union-attr]
            assert len(list((tmp_path / "out/checkpoints").glob("checkpoint-*"))) == 3
            readers[0].kill()
            readers[0].wait()

    train(prepare_training(read_config(config), "x"), store, on_step=on_step)
    assert recorded(store)[1] == recorded(whole / "store.duckdb")[1]
    with Store.reader(store) as opened:
        assert {h["label"] for h in queries.run_heads(opened.connection)} == {f"tiny@{n}" for n in (1, 2, 3, 4)}
        assert all(p["n_done"] == p["n_planned"] == 4 for p in queries.progress(opened.connection).values())
    assert sorted(f.name for f in (tmp_path / "out/checkpoints").glob("checkpoint-*")) == [
        "checkpoint-3",
        "checkpoint-4",
    ]


def test_an_evaluation_that_was_killed_is_made_before_the_best_checkpoint_is_chosen(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, store = configured(tmp_path, model, evaluation=EVALUATED), tmp_path / "store.duckdb"
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "execute", die)
        assert in_child(lambda: trained(config, store)) == -signal.SIGKILL
    assert last_checkpoint(tmp_path / "out").step == 2  # type: ignore[union-attr]
    outcome = trained(config, store)
    with Store.reader(store) as opened:
        assert {h["label"] for h in queries.run_heads(opened.connection)} == {"tiny@2", "tiny@4"}
    # None is right, so all are equal and the earliest is kept: the one whose evaluation was killed.
    kept = (outcome.folder / WEIGHTS).read_bytes()
    assert kept == (tmp_path / "out/checkpoints/checkpoint-2" / WEIGHTS).read_bytes()


def test_an_evaluation_whose_label_another_run_has_gets_one_of_its_own(tmp_path: Path, model: Path) -> None:
    store, results = tmp_path / "store.duckdb", tmp_path / "r.jsonl"
    results.write_text('{"problem_id": "1", "correct": true}\n')
    assert run_command(["import", str(results), "--label", "tiny@2", "--store", str(store)]) == 0
    config = configured(tmp_path, model, evaluation=EVALUATED)
    trained(config, store)
    trained(config, store)  # and keeps it
    with Store.reader(store) as opened:
        labels = sorted(head["label"] for head in queries.run_heads(opened.connection))
    assert len(labels) == 3
    assert labels[0] == "tiny@2"
    assert labels[1].startswith("tiny@2-")
    assert labels[2] == "tiny@4"


def test_two_equal_trainings_in_one_folder(tmp_path: Path, model: Path, whole: Path) -> None:
    """The second is told which process trains there; a kill of the first frees the folder."""
    config, store = configured(tmp_path, model), tmp_path / "store.duckdb"
    prepared = prepare_training(read_config(config), "x")
    ready, hold = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with claimed(tmp_path / "out", prepared.head.training_id):
            os.write(ready[1], b"x")
            os.read(hold[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    with pytest.raises(StoreLockedError, match=rf"process {child} \(PID\) trains into"):
        train(prepared, store)
    assert not store.exists(), "refused before anything is written"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    train(prepared, store)
    assert_equal(tmp_path, whole)


def test_sigterm_stops_a_training_with_143_and_the_same_command_continues(
    tmp_path: Path, model: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "--config", str(configured(tmp_path, model)), "--store", str(tmp_path / "store.duckdb")]

    def on_step(_: TrainingDisplay, step: TrainingStep, *__: Any) -> None:
        if step.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_step", on_step)
        assert run_command(command) == 143
    assert f"Continue with the same command:\n  evalsuite {shlex.join(command)}" in capsys.readouterr().err
    assert run_command(command) == 0
    assert_equal(tmp_path, whole)
