"""What commands that load a model print has the keys that docs/json.md promises."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conformance import check_document, printed

pytestmark = [pytest.mark.model, pytest.mark.filterwarnings("ignore")]

TRAINING = """
[training]
method = "grpo"
label = "tiny"
model = "{model}"
problems = "generated/train:steps=1-1:n=12"
output = "{output}"
seed = 5
device = "cpu"
[lora]
rank = 2
[rewards]
random = 1.0
[grpo]
num_generations = 4
gradient_accumulation_steps = 1
max_completion_length = 6
max_steps = 1
per_device_train_batch_size = 4
"""


def test_runs_are_as_documented(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = ("--store", tmp_path / "runs.duckdb")
    settings = ("--model", tiny_model, "--problems", "generated:n=4", "--max-new-tokens", 6, "--label", "short")
    check_document(printed(capsys, "run", *settings, *store, "--dry-run"), "RunPlan")
    check_document(printed(capsys, "run", *settings, *store), "RunResult")
    check_document(printed(capsys, "extend", "short", "--max-new-tokens", 9, *store), "ExtensionGain")


def test_training_runs_are_as_documented(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, make_tiny_model: Callable[..., Path]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(TRAINING.format(model=make_tiny_model(3), output=tmp_path / "out"), encoding="utf-8")
    given = ("--config", config, "--store", tmp_path / "runs.duckdb")
    check_document(printed(capsys, "train", *given, "--dry-run"), "TrainingPlan")
    check_document(printed(capsys, "train", *given, "--probe", "--probe-problems", 3), "TrainingProbe")
    check_document(printed(capsys, "train", *given), "TrainingResult")
    check_document(printed(capsys, "trainings", "--store", tmp_path / "runs.duckdb"), "TrainingRuns")


def test_the_speed_of_the_statistics_is_as_documented(capsys: pytest.CaptureFixture[str]) -> None:
    check_document(printed(capsys, "bench", "--statistics-only"), "Benchmark")
