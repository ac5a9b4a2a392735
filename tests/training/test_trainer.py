"""Real trainings of a tiny model: what is recorded, stopped and continued, kept, and forecast."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_training import configured, trained

from evalsuite.errors import InputError
from evalsuite.evaluation.run import prepare
from evalsuite.grading.graders import grader
from evalsuite.problems.by_name import resolve
from evalsuite.settings import RunSettings
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.store.trainings import find_training, overview, training_completions, training_steps
from evalsuite.training.config import read_config
from evalsuite.training.probe import probe
from evalsuite.training.recorder import advantages
from evalsuite.training.trainer import prepare_training

pytestmark = [
    pytest.mark.model,
    # Libraries below warn about their own future; nothing of it is ours.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def model(make_tiny_model: Callable[..., Path]) -> Path:
    return make_tiny_model(3)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, model: Path) -> tuple[Path, Any]:
    """A whole training with evaluated checkpoints; the best one is kept."""
    folder = tmp_path_factory.mktemp("finished")
    config = configured(folder, model, evaluation='evaluate = true\nkeep = "best"\nmax_new_tokens = 8')
    return folder, trained(config, folder / "store.duckdb")


def test_every_step_and_completion_is_recorded(finished: tuple[Path, Any]) -> None:
    folder, outcome = finished
    with Store.reader(folder / "store.duckdb") as store:
        head = find_training(store, "tiny")
        steps, rows = training_steps(store, head.training_id), training_completions(store, head.training_id)
        assert overview(store)[0]["n_completions"] == 32
    assert outcome.step == 4
    assert [s.step for s in steps] == [1, 2, 3, 4]
    assert all(s.grad_norm is not None and s.seconds is not None for s in steps)
    # The first step of a warmed-up schedule may not move; the last has.
    assert steps[-1].distance is not None
    assert steps[-1].distance > 0
    assert [(c.step, c.position) for c in rows] == [(s, p) for s in (1, 2, 3, 4) for p in range(8)]
    for c in rows:
        assert c.group_index == c.position // 4
        assert c.reward == c.rewards["random"] + 2 * c.rewards["format"]  # type: ignore[operator]
    versions = head.details["versions"]
    assert {"trl", "torch", "transformers", "evalsuite"} <= set(versions)
    assert head.config["grpo"]["num_generations"] == 4
    assert head.config["grpo"]["loss_type"] == "dapo"


def test_a_group_shares_its_problem_and_no_held_out_problem_is_seen(finished: tuple[Path, Any]) -> None:
    folder, _ = finished
    problems = resolve("generated/train:steps=1-1:n=24").problems
    golds = {p.problem_id: p for p in problems}
    with Store.reader(folder / "store.duckdb") as store:
        rows = training_completions(store, find_training(store, "tiny").training_id)
    groups: dict[tuple[int, int], set[str]] = {}
    for c in rows:
        groups.setdefault((c.step, c.group_index), set()).add(c.problem_id)
        problem = golds[c.problem_id]
        assert grader("boxed").grade(c.text, problem.gold, problem.solution).outcome == c.outcome
    assert all(len(names) == 1 for names in groups.values())
    assert not {p.problem_id for p in problems[:4]} & {c.problem_id for c in rows}


def test_the_displayed_loss_follows_from_what_was_recorded(finished: tuple[Path, Any]) -> None:
    """For dapo the first pass of a step has loss -sum(A L)/sum(L): advantages and lengths are recorded rightly."""
    folder, _ = finished
    with Store.reader(folder / "store.duckdb") as store:
        head = find_training(store, "tiny")
        steps, rows = training_steps(store, head.training_id), training_completions(store, head.training_id)
    informative = 0
    for step in steps:
        own = [c for c in rows if c.step == step.step]
        a = np.array([c.advantage for c in own], dtype=float)
        length = np.array([c.n_tokens for c in own], dtype=float)
        assert step.loss == pytest.approx(-(a * length).sum() / length.sum(), abs=2e-5)
        informative += bool(np.abs(a).max() > 0)
    assert informative


def test_checkpoints_are_evaluated_as_ordinary_runs_and_the_best_is_kept(finished: tuple[Path, Any]) -> None:
    folder, outcome = finished
    with Store.reader(folder / "store.duckdb") as store:
        heads = {h["label"]: h for h in queries.run_heads(store.connection)}
        assert set(heads) == {"tiny@2", "tiny@4"}
        planned = [r["problem_id"] for r in queries.problem_rows(store.connection, heads["tiny@4"]["run_id"])]
    held_out = [p.problem_id for p in resolve("generated/train:steps=1-1:n=24").problems[:4]]
    assert planned == held_out
    # None is right, so all are equal and the earliest is kept; the files are those of that checkpoint.
    kept = (outcome.folder / "adapter_model.safetensors").read_bytes()
    assert kept == (folder / "out/checkpoints/checkpoint-2/adapter_model.safetensors").read_bytes()
    assert kept != (folder / "out/checkpoints/checkpoint-4/adapter_model.safetensors").read_bytes()


def test_the_result_loads_as_an_adapter(finished: tuple[Path, Any], model: Path) -> None:
    _, outcome = finished
    prepared = prepare(RunSettings(model=str(model), adapter=str(outcome.folder), problems="generated", limit=2))
    assert prepared.spec.adapter_fingerprint


def test_an_evaluation_does_not_change_what_is_sampled(tmp_path: Path, model: Path, finished: tuple[Path, Any]) -> None:
    trained(configured(tmp_path, model), tmp_path / "store.duckdb")
    texts = []
    for folder in (tmp_path, finished[0]):
        with Store.reader(folder / "store.duckdb") as store:
            texts.append([c.text for c in training_completions(store, find_training(store, "tiny").training_id)])
    assert texts[0] == texts[1]


def test_a_killed_training_continues_to_the_same_end(tmp_path: Path, model: Path, finished: tuple[Path, Any]) -> None:
    """Killed after step 3 without warning, it goes on from the checkpoint of step 2 and ends with the same weights."""
    config = configured(tmp_path, model)
    script = (
        "import os, signal, sys, warnings; warnings.simplefilter('ignore')\n"
        "from pathlib import Path\n"
        "from evalsuite.training.config import read_config\n"
        "from evalsuite.training.trainer import prepare_training, train\n"
        "def stop(step, *_):\n"
        "    if step.step == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"train(prepare_training(read_config(Path({str(config)!r})), 'x'), Path({str(tmp_path / 'store.duckdb')!r}),"
        " on_step=stop)\n"
    )
    # With this seed of hashes a set of the two layers comes in the other order than their names.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, env=environment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    written, other = (folder / "out/checkpoints/checkpoint-2" for folder in (tmp_path, finished[0]))
    assert json.loads((written / "adapter_config.json").read_text())["target_modules"] == ["q_proj", "v_proj"]
    assert (written / "adapter_config.json").read_bytes() == (other / "adapter_config.json").read_bytes()
    # A checkpoint whose writing was cut off is passed over.
    (tmp_path / "out/checkpoints/checkpoint-3").mkdir()
    outcome = trained(config, tmp_path / "store.duckdb")
    assert outcome.step == 4
    with Store.reader(tmp_path / "store.duckdb") as store:
        rows = training_completions(store, find_training(store, "tiny").training_id)
    assert [(c.step, c.position) for c in rows] == [(s, p) for s in (1, 2, 3, 4) for p in range(8)]
    whole = finished[0] / "out/checkpoints/checkpoint-4/adapter_model.safetensors"
    assert (outcome.folder / "adapter_model.safetensors").read_bytes() == whole.read_bytes()


def test_a_folder_of_another_training_is_not_touched(tmp_path: Path, model: Path, finished: tuple[Path, Any]) -> None:
    config = configured(tmp_path, model)
    other = config.read_text(encoding="utf-8").replace("seed = 5", "seed = 6")
    config.write_text(other.replace(str(tmp_path / "out"), str(finished[0] / "out")), encoding="utf-8")
    before = sorted(finished[0].rglob("*"))
    with pytest.raises(InputError, match="holds training"):
        trained(config, tmp_path / "store.duckdb")
    assert sorted(finished[0].rglob("*")) == before


def test_sft_lowers_the_loss_and_leaves_an_adapter(tmp_path: Path, model: Path) -> None:
    config = configured(tmp_path, model, method="sft")
    config.write_text(config.read_text(encoding="utf-8").replace("max_steps = 4", "max_steps = 8"), encoding="utf-8")
    outcome = trained(config, tmp_path / "store.duckdb")
    with Store.reader(tmp_path / "store.duckdb") as store:
        losses = [s.loss for s in training_steps(store, outcome.training_id)]
    assert len(losses) == 8
    assert losses[-1] < losses[0]  # type: ignore[operator]
    assert (outcome.folder / "adapter_config.json").is_file()


def test_all_weights_can_be_trained(tmp_path: Path, model: Path) -> None:
    config = configured(tmp_path, model, method="sft")
    text = (
        config.read_text(encoding="utf-8").replace("[lora]\nrank = 2\n", "").replace("max_steps = 4", "max_steps = 1")
    )
    config.write_text(text, encoding="utf-8")
    outcome = trained(config, tmp_path / "store.duckdb")
    assert outcome.folder.name == "model"
    assert prepare(RunSettings(model=str(outcome.folder), problems="generated", limit=2)).spec.weights_fingerprint


def test_a_probe_samples_groups_and_trains_nothing(tmp_path: Path, model: Path) -> None:
    config = configured(tmp_path, model)
    prepared = prepare_training(read_config(config), "x")
    found = probe(prepared, tmp_path / "store.duckdb", n_problems=6)
    assert (found.n_problems, found.group_size) == (6, 4)
    with Store.reader(tmp_path / "store.duckdb") as store:
        head = find_training(store, found.label)
        rows = training_completions(store, head.training_id)
    assert head.method == "probe"
    assert len(rows) == 24
    informative = sum(len({c.reward for c in rows[at : at + 4]}) > 1 for at in range(0, 24, 4))
    assert found.n_informative_groups == informative
    assert all(sum(counts) == 4 for counts in found.reward_counts)
    assert not (tmp_path / "out").exists()


def test_the_command_says_each_step_and_prints_the_folder(tmp_path: Path, model: Path) -> None:
    config = configured(tmp_path, model)
    config.write_text(config.read_text(encoding="utf-8").replace("max_steps = 4", "max_steps = 1"), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "evalsuite",
        "train",
        "--config",
        str(config),
        "--store",
        str(tmp_path / "s.duckdb"),
    ]
    started = time.monotonic()
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "step 1/1" in done.stderr
    assert "groups with non-zero reward variance" in done.stderr
    document = json.loads(done.stdout)
    assert Path(document["folder"]).is_dir()
    assert document["seconds"] < time.monotonic() - started


def test_impossible_batches_are_refused_before_the_model_is_looked_for(tmp_path: Path) -> None:
    config = configured(tmp_path, Path("/no/such/model"))
    text = config.read_text(encoding="utf-8").replace("num_generations = 4", "num_generations = 3")
    config.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no multiple of num_generations 3"):
        prepare_training(read_config(config), "x.toml")


def test_advantages_are_those_of_trl() -> None:
    """Against a by-hand computation, and with the residue that float32 leaves in equal, non-dyadic rewards."""
    found = advantages([[1.0], [0.0], [0.0], [0.0]], [1.0], 4, "group")
    assert found == pytest.approx([1.4997, -0.4999, -0.4999, -0.4999], abs=1e-4)
    assert advantages([[0.25]] * 8, [1.0], 8, "group") == [0.0] * 8
    assert max(map(abs, advantages([[0.2]] * 8, [1.0], 8, "group"))) > 0
    assert advantages([[float("nan")], [1.0], [0.0], [float("nan")]], [2.0], 4, "none") == [0.0, 1.0, -1.0, 0.0]
