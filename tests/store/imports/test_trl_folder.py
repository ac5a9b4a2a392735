"""Reading a training that TRL itself wrote, and files that are not as they should be."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.stats.policy_loss import group_advantages
from evalsuite.store.imports.trl_folder import import_training
from evalsuite.store.store import Store
from evalsuite.store.trainings import find_training, training_completions, training_steps


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writer(tmp_path / "s.duckdb") as opened:
        yield opened


def test_a_real_training(store: Store, tiny_model: Path, tmp_path: Path) -> None:
    pytest.importorskip("trl")
    from trl_runs import of_texts, train, trainer

    rewards = [
        of_texts(lambda text, _: float(len(text) % 2), "even"),
        of_texts(lambda _, place: None if place == 1 else float(place % 4 == 0), "first"),
    ]
    made = trainer(
        tiny_model, tmp_path / "out", rewards, reward_weights=[1.0, 0.5], log_completions=True, save_strategy="steps",
        save_steps=2, max_steps=2,
    )  # fmt: skip
    log = train(made)
    report = import_training(store, tmp_path / "out", label="theirs")
    assert (report.n_steps, report.n_completions, report.group_size) == (2, 16, 4)
    assert report.rewards == ("even", "first")
    head = find_training(store, "theirs")
    assert (head.source, head.method) == ("imported", "grpo")
    assert head.config["grpo"] == {
        "num_generations": 4, "max_steps": 2, "logging_steps": 1, "per_device_train_batch_size": 8,
    }  # fmt: skip

    steps = training_steps(store, report.training_id)
    for step, entry in zip(steps, log, strict=False):
        assert (step.step, step.loss, step.grad_norm) == (entry["step"], entry["loss"], entry["grad_norm"])
        assert step.metrics["frac_reward_zero_std"] == entry["frac_reward_zero_std"]
    rows = training_completions(store, report.training_id)
    assert [r.group_index for r in rows] == [0] * 4 + [1] * 4 + [0] * 4 + [1] * 4
    assert len({(r.step, r.problem_id) for r in rows}) == 4
    assert rows[1].rewards["first"] is None
    assert all((r.outcome, r.n_tokens, r.stop_reason) == (None, None, "unknown") for r in rows)
    for step, entry in zip((1, 2), log, strict=False):
        own = [r for r in rows if r.step == step]
        assert sum(r.rewards["even"] or 0 for r in own) / 8 == pytest.approx(entry["rewards/even/mean"])
        # Totals by the weights that the importer was not told: the trainer's own advantages follow from them.
        again = group_advantages([r.reward for r in own], [r.group_index for r in own])
        assert again == pytest.approx([r.advantage for r in own], abs=1e-3)
    repeated = import_training(store, tmp_path / "out", label="theirs")
    assert repeated == report
    assert training_completions(store, report.training_id) == rows


def written(folder: Path, rows: list[dict[str, Any]], *, step: int = 1) -> Path:
    """Write a completions file as TRL names it; cells are SQL literals or plain values."""
    (folder / "completions").mkdir(parents=True, exist_ok=True)
    file = folder / "completions" / f"completions_{step:05d}.parquet"
    with duckdb.connect() as connection:
        cells = ", ".join("(" + ", ".join(_literal(v) for v in row.values()) + ")" for row in rows)
        statement = f"SELECT * FROM (VALUES {cells}) AS t({', '.join(rows[0])})"
        connection.execute(f"COPY ({statement}) TO '{file}' (FORMAT parquet)")
    return folder


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"{value!r}::DOUBLE" if isinstance(value, float) else repr(value)


def group(prompt: str, rewards: list[float], *, step: int = 1, text: str = "t") -> list[dict[str, Any]]:
    return [
        {"step": step, "prompt": prompt, "completion": f"{text}{i}", "score": r, "advantage": 0.0}
        for i, r in enumerate(rewards)
    ]


def test_without_a_log_rewards_are_the_columns_with_numbers(store: Store, tmp_path: Path) -> None:
    rows = [{**r, "note": "x"} for r in group("a", [0.0, 1.0]) + group("b", [1.0, 1.0])]
    report = import_training(store, written(tmp_path / "f", rows), label="x")
    assert report.rewards == ("score",)
    assert "no trainer_state.json" in report.warnings[0]
    found = training_completions(store, report.training_id)
    assert [c.reward for c in found] == [0.0, 1.0, 1.0, 1.0]


def test_a_prompt_twice_in_a_row_is_two_groups(store: Store, tmp_path: Path) -> None:
    rows = group("a", [0.0, 1.0]) + group("a", [1.0, 1.0]) + group("b", [0.0, 0.0])
    report = import_training(store, written(tmp_path / "f", rows), label="x")
    assert report.group_size == 2
    assert [c.group_index for c in training_completions(store, report.training_id)] == [0, 0, 1, 1, 2, 2]


def test_completions_used_twice_are_stored_once(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    for step in (1, 2):
        written(folder, group("a", [0.0, 1.0], step=step), step=step)
    written(folder, group("a", [0.0, 1.0], step=3, text="u"), step=3)
    report = import_training(store, folder, label="x")
    assert [c.step for c in training_completions(store, report.training_id)] == [1, 1, 3, 3]
    assert any(w.startswith("1 steps went on") for w in report.warnings)


def test_messages_written_as_text(store: Store, tmp_path: Path) -> None:
    rows = group("a", [0.0, 1.0])
    rows[0]["completion"] = json.dumps([{"role": "assistant", "content": r"\boxed{3}"}])
    rows[1]["completion"] = "[{'role': 'assistant', 'content': 'no'}]"
    report = import_training(store, written(tmp_path / "f", rows), label="x")
    found = training_completions(store, report.training_id)
    assert [(c.text, c.box) for c in found] == [(r"\boxed{3}", "number"), ("no", "none")]


def with_state(folder: Path, entries: list[dict[str, Any]], name: str = "checkpoint-2", **values: Any) -> Path:
    (folder / name).mkdir(parents=True, exist_ok=True)
    document = {"log_history": entries, **values}
    (folder / name / "trainer_state.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_weights_follow_from_the_log(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    parts = {1: [(0.0, 1.0), (1.0, None)], 2: [(0.0, 0.5), (0.0, 1.0)], 3: [(1.0, 1.0), (1.0, 0.0)]}
    for step, pairs in parts.items():
        rows = group("a", [first for first, _ in pairs], step=step)
        written(folder, [{**r, "length": p[1]} for r, p in zip(rows, pairs, strict=True)], step=step)
    # The trainer averages a reward over the completions that it applies to, but the total over all.
    entries = [
        {"step": 1, "loss": 0.1, "rewards/score/mean": 0.5, "rewards/length/mean": 1.0, "reward": 1.125},
        {"step": 2, "loss": 0.1, "rewards/score/mean": 0.0, "rewards/length/mean": 0.75, "reward": 0.1875},
        {"step": 3, "loss": 0.1, "rewards/score/mean": 1.0, "rewards/length/mean": 0.5, "reward": 2.125},
    ]
    report = import_training(store, with_state(folder, entries), label="x")
    found = training_completions(store, report.training_id)
    assert [c.reward for c in found] == pytest.approx([0.25, 2.0, 0.125, 0.25, 2.25, 2.0])
    assert (report.rewards, report.warnings) == (("score", "length"), ())


def test_a_column_called_reward_is_the_total_unless_a_function_has_that_name(store: Store, tmp_path: Path) -> None:
    rows = [{**r, "reward": 2 * r["score"]} for r in group("a", [0.0, 1.0])]
    old = import_training(store, written(tmp_path / "old", rows), label="old")
    assert [c.reward for c in training_completions(store, old.training_id)] == [0.0, 2.0]
    log = {"step": 1, "loss": 0.0, "rewards/score/mean": 0.5, "rewards/reward/mean": 1.0, "reward": 1.5}
    new = import_training(store, with_state(written(tmp_path / "new", rows), [log]), label="new")
    assert new.rewards == ("score", "reward")
    assert [c.reward for c in training_completions(store, new.training_id)] == [0.0, 3.0]


def test_the_newest_checkpoint_counts_and_averages_are_told(store: Store, tmp_path: Path) -> None:
    folder = written(tmp_path / "f", group("a", [0.0, 1.0]))
    with_state(folder, [{"step": 5, "loss": 0.5}], "checkpoint-5")
    with_state(folder, [{"step": 5, "loss": 0.5}, {"step": 10, "loss": float("nan")}], "checkpoint-10", logging_steps=5)
    report = import_training(store, folder, label="x")
    steps = training_steps(store, report.training_id)
    assert [(s.step, s.loss) for s in steps] == [(5, 0.5), (10, None)]
    assert any("every 5 steps" in w for w in report.warnings)


@pytest.mark.parametrize(
    ("prepare", "error", "match"),
    [
        (lambda f: f / "nowhere", DataUnavailableError, "no folder"),
        (lambda f: f, InputError, "log_completions=True"),
        (lambda f: written(f, [{"step": 1, "prompt": "a"}] * 2), InputError, "no column completion"),
        (lambda f: written(f, group("a", [1.0]) + group("b", [0.0])), InputError, "do not come in groups"),
        (
            lambda f: written(f, [{"step": 1, "prompt": "a", "completion": "t", "note": "x"}] * 2),
            InputError, "no column holds rewards",
        ),
        (lambda f: with_state(written(f, group("a", [1.0, 0.0])), [{}], log_history=3), InputError, "no log_history"),
    ],
)  # fmt: skip
def test_refusals(
    store: Store, tmp_path: Path, prepare: Callable[[Path], Path], error: type[Exception], match: str
) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(error, match=match):
        import_training(store, prepare(tmp_path / "f"), label="x")


def test_damaged_files(store: Store, tmp_path: Path) -> None:
    folder = written(tmp_path / "f", group("a", [1.0, 0.0]))
    (folder / "trainer_state.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="is not JSON"):
        import_training(store, folder, label="x")
    (folder / "completions" / "completions_00002.parquet").write_bytes(b"PAR1")
    (folder / "trainer_state.json").unlink()
    with pytest.raises(DataUnavailableError, match="completions_00002"):
        import_training(store, folder, label="x")
