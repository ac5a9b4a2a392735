"""Two stores into one, or an archive into a store: equal rows are one, a difference is refused, and nothing is lost."""

import json
import shutil
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli.app import run_command
from evalsuite.errors import InputError, StoreError
from evalsuite.store.archive import write_archive
from evalsuite.store.join import check_references, joined_tables
from evalsuite.store.looks import Look
from evalsuite.store.merge import merge_stores
from evalsuite.store.restore import read_archive
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingCompletion, TrainingHead, TrainingStep, add_step, add_training

Rows = dict[str, list[tuple[Any, ...]]]


BESIDE_COMPLETIONS = (
    "INSERT INTO grades SELECT run_id, problem_id, completion_index, 'rubric', 1, 'incorrect', NULL, "
    "length(text) % 4, [0, 4] FROM completions",
    "INSERT INTO run_ons SELECT run_id, problem_id, completion_index, length(text) FROM completions "
    "WHERE completion_index = 0 AND problem_id > 'sum/3'",
    "INSERT INTO run_tags SELECT run_id, unnest(['a', label]) FROM runs",
    "INSERT INTO missing_results SELECT run_id, problem_id, 9, 'timeout' FROM run_problems WHERE problem_id > 'sum/5'",
    "INSERT INTO served SELECT run_id, problem_id, completion_index, 'stop', NULL, 'fp', 7, n_tokens, 0, 0.5, 1, "
    "[-0.5] FROM completions WHERE completion_index = 0",
    "UPDATE problems SET template_id = left(problem_id, 4), n_steps = length(question) % 5",
    """UPDATE runs SET details = json_merge_patch(details, '{"regrades": [{"grader": "rubric", "n_to_right": 1}]}')""",
)
"""What else a store holds of a completion, as a function of it, so that two stores agree."""


def rows_of(path: Path) -> Rows:
    """Return every row of a store, JSON read."""
    with Store.reader(path) as store:
        found = {}
        for table in joined_tables(store.connection):
            rows = store.connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            found[table] = sorted((tuple(map(normal, row)) for row in rows), key=repr)
        assert check_references(store.connection, "", found) == []
    return found


def normal(cell: object) -> object:
    return json.loads(cell) if isinstance(cell, str) and cell.startswith("{") else repr(cell)


def fill(path: Path, runs: list[tuple[str, int, int]], steps: int = 0) -> Path:
    """Fill a store with scripted runs (weights, problems, completions), a tokenizer, looks and a training."""
    with Store.writer(path) as store:
        for weights, n_problems, n_completions in runs:
            run_scripted(
                store, ScriptedGenerator(), n_problems=n_problems, n_completions=n_completions, batch_size=4,
                label=f"run {weights}", weights=weights,
            )  # fmt: skip
            identity = store.add_tokenizer(json.dumps({"of": weights}))
            store.connection.execute("UPDATE runs SET tokenizer_hash = ? WHERE label = ?", [identity, f"run {weights}"])
        with store.transaction():
            for statement in BESIDE_COMPLETIONS:
                store.connection.execute(statement)
        if steps:
            add_training(store, TrainingHead("t1", "trained", "trained", "grpo", {"a": 1}, {"b": 2}))
            sampled = [
                TrainingCompletion(s, 0, 0, "p", "text", 3, "stop", "none", None, None, 0.5, {"r": None})
                for s in range(steps)
            ]
            add_step(store, "t1", [TrainingStep(s, loss=float("nan")) for s in range(steps)], sampled)
        ids = [row[0] for row in store.connection.execute("SELECT run_id FROM runs ORDER BY 1").fetchall()]
        store.shown += [Look(a, b, "", 3) for a, b in pairwise(ids)]
    return path


stores = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(1, 2)), min_size=1, max_size=3,
    unique_by=lambda run: run[0],
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(runs=stores, steps=st.integers(0, 2))
def test_an_archive_restores_to_equality(runs: list[tuple[str, int, int]], steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = fill(Path(folder) / "s.duckdb", runs, steps)
        before = rows_of(path)
        assert all(before[table] for table in ("grades", "run_tags", "served", "tokenizers"))
        with Store.reader(path) as store:
            trainings = ["trained"] if steps else []
            write_archive(store, Path(folder) / "[a]", runs=[f"run {w}" for w, _, _ in runs], trainings=trainings)
        for _ in range(2):
            with Store.writer(Path(folder) / "new.duckdb") as store:
                read_archive(store, Path(folder) / "[a]")
            assert rows_of(Path(folder) / "new.duckdb") == before


@settings(max_examples=6, deadline=None)
@given(left=stores, right=stores)
def test_a_merge_is_the_union_whichever_comes_first(
    left: list[tuple[str, int, int]], right: list[tuple[str, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        a, b = fill(Path(folder) / "a.duckdb", left), fill(Path(folder) / "b.duckdb", right)
        parts = [rows_of(a), rows_of(b)]
        merge_stores([a, b], Path(folder) / "c.duckdb")
        merge_stores([b], a)
        merge_stores([b, a], Path(folder) / "c.duckdb")  # and again changes nothing
        merged = [rows_of(a), rows_of(Path(folder) / "c.duckdb")]
        with Store.reader(a) as store:
            keys = joined_tables(store.connection)
        for table in [name for name, key in keys.items() if key and name not in ("runs", "looks")]:
            keyed = [{repr(row[:-1] if table == "completions" else row) for row in part[table]} for part in merged]
            assert keyed[0] == keyed[1]
            n = len(keys[table])
            assert len(merged[0][table]) == len({repr(row[:n]) for part in parts for row in part[table]})


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Return two stores that made the same run to different lengths."""
    return fill(tmp_path / "a.duckdb", [("w", 6, 1)]), fill(tmp_path / "b.duckdb", [("w", 9, 1), ("v", 4, 1)])


def change(path: Path, statement: str) -> None:
    with Store.writer(path) as store, store.transaction():
        store.connection.execute(statement)


CONFLICTS = {
    "other texts": "UPDATE completions SET text = 'another'",
    "other verdicts": "UPDATE grades SET outcome = 'no_answer', extracted = NULL",
    "another problem": "UPDATE problems SET question = 'What else?'",
    "a label of another run": "UPDATE runs SET label = 'other' WHERE label = 'run w'; "
    "UPDATE runs SET label = 'run w' WHERE label = 'run v'",
}


@pytest.mark.parametrize("what", CONFLICTS)
@pytest.mark.parametrize("how", ["merge", "restore"])
def test_what_two_stores_disagree_about_is_refused_and_nothing_changes(
    two: tuple[Path, Path], tmp_path: Path, what: str, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, theirs = two
    change(theirs, CONFLICTS[what])
    before = rows_of(mine)
    if how == "merge":
        status = run_command(["merge", str(theirs), "--store", str(mine)])
    else:
        with Store.reader(theirs) as store:
            labels = [row[0] for row in store.connection.execute("SELECT label FROM runs").fetchall()]
            write_archive(store, tmp_path / "archive", runs=labels)
        status = run_command(["restore", str(tmp_path / "archive"), "--store", str(mine)])
    assert status == 2
    message = capsys.readouterr().err
    assert "disagree about the same" in message or "labels that belong to other runs" in message
    assert "Nothing was changed" in message
    assert rows_of(mine) == before


def test_a_merge_that_is_refused_leaves_no_new_store(two: tuple[Path, Path], tmp_path: Path) -> None:
    change(two[1], CONFLICTS["other texts"])
    with pytest.raises(InputError, match="and more"):
        merge_stores(two, tmp_path / "c.duckdb")
    assert not (tmp_path / "c.duckdb").exists()


def damage(folder: Path) -> None:
    (folder / "grades.parquet").write_bytes(b"not Parquet")


def lose(folder: Path) -> None:
    (folder / "completions.parquet").unlink()


def mix(folder: Path) -> None:
    shutil.copy(folder.parent / "other" / "completions.parquet", folder)


def mix_old(folder: Path) -> None:
    """As archives were before they had a manifest."""
    mix(folder)
    for name in ("manifest.json", "run_draws.parquet", "tokenizers.parquet", "batches.parquet"):
        (folder / name).unlink()


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("harm", [damage, lose, mix, mix_old, empty])
def test_an_archive_that_is_not_whole_makes_no_store(
    two: tuple[Path, Path], tmp_path: Path, harm: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.reader(two[1]) as store:
        write_archive(store, tmp_path / "archive", runs=["run w"])
        write_archive(store, tmp_path / "other", runs=["run v"])
    harm(tmp_path / "archive")
    status = run_command(["restore", str(tmp_path / "archive"), "--store", str(tmp_path / "new.duckdb")])
    assert status in (2, 5)
    assert "archive" in capsys.readouterr().err
    assert not (tmp_path / "new.duckdb").exists()


def test_every_table_has_a_way_into_an_archive(two: tuple[Path, Path], tmp_path: Path) -> None:
    with Store.reader(two[0]) as store:
        write_archive(store, tmp_path / "archive", runs=["run w"])
        tables = set(joined_tables(store.connection))
    assert {f.stem for f in (tmp_path / "archive").glob("*.parquet")} == tables


def test_a_source_that_is_being_written_is_refused(two: tuple[Path, Path]) -> None:
    with pytest.raises((InputError, StoreError)):
        merge_stores([two[0]], two[0])
