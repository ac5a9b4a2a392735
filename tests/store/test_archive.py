"""An archive gives back the same runs and trainings, and leaves out the texts that may not be passed on."""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from evalsuite.cli.app import run_command
from evalsuite.errors import InputError, StoreError, StoreLockedError
from evalsuite.store import queries
from evalsuite.store.archive import write_archive
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.manifest import file_hash
from evalsuite.store.replaced_archive import replacing
from evalsuite.store.restore import check_archive, read_archive
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingHead, TrainingStep, add_step, add_training, training_steps


def lines() -> str:
    row = {"question": "How many?", "completion": "SECRET \\boxed{3}", "gold": "3", "correct": True}
    return "\n".join(json.dumps({"problem_id": str(i), **row, "question": f"How many? {i}"}) for i in range(4))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "full.duckdb"
    with Store.writer(path) as store:
        for label in ("one", "two"):
            file = tmp_path / f"{label}.jsonl"
            file.write_text(lines(), encoding="utf-8")
            import_file(store, file, label=label)
        add_training(store, TrainingHead("t1", "trained", "trained", "grpo", {"a": 1}, {"b": 2}))
        add_step(store, "t1", [TrainingStep(1, loss=0.5)], [])
    return path


def tables(store: Store, *names: str) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of each table; JSON is normalised, as the archive writes it anew."""
    found = {}
    for name in names:
        rows = store.connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
        found[name] = [tuple(normal(cell) for cell in row) for row in rows]
    return found


def normal(cell: object) -> object:
    return json.loads(cell) if isinstance(cell, str) and cell.startswith("{") else cell


def test_where_files_lay_is_left_out(filled: Path, tmp_path: Path) -> None:
    with Store.writer(filled) as store:
        details = {
            "data_source": "/home/me/gsm8k",
            "settings": {"problems_path": "/home/me", "seed": 42},
            "note": "kept",
        }
        store.connection.execute("UPDATE runs SET details = ?", [json.dumps(details)])
        write_archive(store, tmp_path / "a", runs=["one"])
    with Store.writer(tmp_path / "new.duckdb") as store:
        read_archive(store, tmp_path / "a")
        assert queries.run_heads(store.connection)[0]["details"] == {"settings": {"seed": 42}, "note": "kept"}


def test_everything_comes_back_and_twice_changes_nothing(filled: Path, tmp_path: Path) -> None:
    names = ("runs", "run_problems", "problems", "completions", "grades", "trainings", "training_steps")
    with Store.reader(filled) as store:
        before = tables(store, *names)
        write_archive(store, tmp_path / "a", runs=["one", "two"], trainings=["trained"])
    with Store.writer(tmp_path / "new.duckdb") as store:
        for _ in range(2):
            read_archive(store, tmp_path / "a")
        assert tables(store, *names) == before
        assert training_steps(store, "t1") == [TrainingStep(1, loss=0.5)]


def test_only_what_is_named_goes_in(filled: Path, tmp_path: Path) -> None:
    with Store.reader(filled) as store:
        write_archive(store, tmp_path / "a", runs=["two"])
    with Store.writer(tmp_path / "new.duckdb") as store:
        read_archive(store, tmp_path / "a")
        assert [h["label"] for h in queries.run_heads(store.connection)] == ["two"]
        assert store.connection.execute("SELECT count(*) FROM trainings").fetchall() == [(0,)]


def test_texts_can_be_left_out_and_verdicts_stay(filled: Path, tmp_path: Path) -> None:
    with Store.writer(filled) as store:
        (head, _) = queries.run_heads(store.connection)
        store.connection.execute("UPDATE runs SET spec = ? WHERE label = 'one'", ['{"dataset": "gsm8k/test"}'])
        store.connection.execute("UPDATE runs SET spec = ? WHERE label = 'two'", ['{"dataset": "other"}'])
        write_archive(store, tmp_path / "a", runs=["one"], without_texts_of="gsm8k")
        verdicts = tables(store, "grades")["grades"]
    for file in (tmp_path / "a").glob("*.parquet"):
        rows = duckdb.sql(f"SELECT * FROM read_parquet('{file}')").fetchall()
        assert "SECRET" not in str(rows)
        assert "How many" not in str(rows)
    with Store.writer(tmp_path / "new.duckdb") as store:
        read_archive(store, tmp_path / "a")
        found = tables(store, "grades")["grades"]
    assert [row[:6] for row in found] == [row[:6] for row in verdicts if row[0] == head["run_id"]]


def test_a_folder_without_an_archive_and_a_damaged_one(filled: Path, tmp_path: Path) -> None:
    with Store.writer(tmp_path / "new.duckdb") as store:
        with pytest.raises(InputError, match="holds no archive"):
            read_archive(store, tmp_path)
        with Store.reader(filled) as source:
            write_archive(source, tmp_path / "a", runs=["one"])
        (tmp_path / "a" / "grades.parquet").write_bytes(b"not Parquet")
        with pytest.raises(StoreError, match=r"damaged or mixed with another archive: grades\.parquet"):
            read_archive(store, tmp_path / "a")
        # Half of an archive is not stored.
        assert queries.run_heads(store.connection) == []


MANIFESTS = ("", "[]", "3", '{"files": {"runs.parquet": "0"}, "schema": Infinity}', "[" * 100_000)


@pytest.mark.parametrize("said", MANIFESTS)
def test_a_manifest_that_is_none_is_refused(filled: Path, tmp_path: Path, said: str) -> None:
    with Store.reader(filled) as store:
        write_archive(store, tmp_path / "a", runs=["one"])
    (tmp_path / "a" / "manifest.json").write_text(said, encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot read .*manifest\.json"):
        check_archive(tmp_path / "a")


RUNS = {
    "its specification is no JSON": ("* REPLACE ('no JSON' AS spec)", StoreError, "cannot read"),
    "a column is missing": ("* EXCLUDE (label)", InputError, "lacks the column label"),
    "two runs have one label": ("*, UNION ALL SELECT * REPLACE ('other' AS run_id)", InputError, "duplicate key"),
}


@pytest.mark.parametrize("what", RUNS)
def test_rows_that_no_store_can_have_are_refused_whole_though_their_hash_is_right(
    filled: Path, tmp_path: Path, what: str
) -> None:
    columns, error, words = RUNS[what]
    with Store.reader(filled) as store:
        write_archive(store, tmp_path / "a", runs=["one"])
    file, manifest = tmp_path / "a" / "runs.parquet", tmp_path / "a" / "manifest.json"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE runs AS FROM '{file}'")
        query = f"SELECT {columns}".replace("*, UNION", "* FROM runs UNION") + " FROM runs"
        connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    document = json.loads(manifest.read_text(encoding="utf-8"))
    document["files"][file.name] = file_hash(file)
    manifest.write_text(json.dumps(document), encoding="utf-8")
    with Store.writer(tmp_path / "new.duckdb") as store:
        with pytest.raises(error, match=words):
            read_archive(store, tmp_path / "a")
        assert not any(tables(store, "runs", "problems", "completions", "grades").values())


def test_the_trainings_alone(filled: Path, tmp_path: Path) -> None:
    with Store.reader(filled) as store:
        write_archive(store, tmp_path / "a", runs=["one"], trainings=["trained"])
    with Store.writer(tmp_path / "new.duckdb") as store:
        read_archive(store, tmp_path / "a", with_runs=False)
        assert queries.run_heads(store.connection) == []
        assert training_steps(store, "t1") == [TrainingStep(1, loss=0.5)]


def test_the_evidence_on_the_shipped_adapter_restores_to_a_sound_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is an archive of the first versions, which knew no tokenizers, draws or notes of running on."""
    evidence = Path(__file__).parents[2] / "data" / "adapters" / "smollm2-grpo" / "evidence"
    store = str(tmp_path / "s.duckdb")
    assert run_command(["restore", str(evidence), "--store", store]) == 0
    assert run_command(["verify", store]) == 0
    assert "is sound" in capsys.readouterr().out


def killed_at(number: int, work: Callable[[], None]) -> int:
    """Do something in a process that is killed before it renames, makes or deletes its `number`-th file or folder."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = number

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    work()
    os._exit(0)


def test_a_kill_at_any_moment_leaves_the_old_archive_or_the_new_one(filled: Path, tmp_path: Path) -> None:
    def write(folder: Path, runs: list[str]) -> None:
        with Store.reader(filled) as store:
            write_archive(store, folder, runs=runs)

    write(tmp_path / "old", ["one", "two"])
    write(tmp_path / "new", ["two"])
    expected = [runs_of(tmp_path / "old"), runs_of(tmp_path / "new")]
    found, number = [], 0
    while True:
        folder = tmp_path / f"killed-{number}"
        shutil.copytree(tmp_path / "old", folder)
        ended = killed_at(number, lambda folder=folder: write(folder, ["two"]))  # type: ignore[misc]
        found.append(runs_of(folder))
        write(folder, ["two"])
        assert {f.name: f.read_bytes() for f in folder.iterdir()} == {
            f.name: f.read_bytes() for f in (tmp_path / "new").iterdir()
        }
        if ended == 0:
            break
        number += 1
    assert number > 10
    assert all(runs in expected for runs in found)
    assert found == sorted(found, key=expected.index), "first the old one, then the new one"


def test_two_processes_do_not_write_one_archive(filled: Path, tmp_path: Path) -> None:
    with Store.reader(filled) as store:
        with replacing(tmp_path / "a"), pytest.raises(StoreLockedError, match="another process is writing an archive"):
            write_archive(store, tmp_path / "a", runs=["one"])
        write_archive(store, tmp_path / "a", runs=["one"])


def runs_of(folder: Path) -> list[tuple[str, int]]:
    """Return the runs of an archive, whole, and how many completions each has."""
    with tempfile.TemporaryDirectory() as name, Store.writer(Path(name) / "s.duckdb") as store:
        read_archive(store, folder)
        return store.connection.execute(
            "SELECT label, count(*) FROM runs JOIN completions USING (run_id) GROUP BY label ORDER BY label"
        ).fetchall()
