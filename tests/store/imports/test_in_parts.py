"""Imports of many rows in several transactions: the store is that of one, and a killed one leaves nothing."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from evalsuite.errors import EvalsuiteError
from evalsuite.store.imports import in_parts
from evalsuite.store.imports.results_file import import_file, import_path
from evalsuite.store.join import joined_tables
from evalsuite.store.store import Store
from evalsuite.store.unfinished import has_unfinished
from evalsuite.store.verify import UNFINISHED, verify

KILLED_AT_THE_THIRD_PART = """
import os, sys
from pathlib import Path
from evalsuite.store.imports import in_parts
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.store import Store
in_parts.PART = 7
commit_part, n = Store.commit_part, 0
def counted(store):
    global n
    n += 1
    if n == 3:
        os.kill(os.getpid(), 9)
    commit_part(store)
Store.commit_part = counted
with Store.writer(Path(sys.argv[1])) as store:
    import_file(store, Path(sys.argv[2]), label="run")
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [f'p{i % 25},{i // 25},{("1", "0", "")[i % 3]},"say {i} so, more",{i % 25}' for i in range(50)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["id,completion_index,correct,completion,gold", *rows, ""]))
    return path


def contents(file: Path) -> dict[str, list[str]]:
    with Store.reader(file) as store:
        return {
            name: sorted(repr(row) for row in store.connection.execute(f"SELECT * FROM {name}").fetchall())
            for name in joined_tables(store.connection)
            if name != "runs"
        }


def test_parts_make_the_store_that_one_transaction_makes(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in (1000, 7, 1):
        monkeypatch.setattr(in_parts, "PART", part)
        with Store.writer(tmp_path / f"{part}.duckdb") as store:
            import_file(store, table, label="run")
            assert not has_unfinished(store.connection)
        assert contents(tmp_path / f"{part}.duckdb") == contents(tmp_path / "1000.duckdb")
    assert len(contents(tmp_path / "7.duckdb")["run_problems"]) == 25


def test_a_killed_import_of_several_parts_leaves_nothing_for_the_next_writer(table: Path, tmp_path: Path) -> None:
    file = tmp_path / "runs.duckdb"
    with Store.writer(file):
        pass
    empty = contents(file)
    done = subprocess.run([sys.executable, "-c", KILLED_AT_THE_THIRD_PART, file, table], check=False)
    assert done.returncode == -9
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM completions").fetchall() == [(True,)]
        assert connection.execute("SELECT count(*) FROM runs").fetchall() == [(0,)]
    assert verify(file).faults == (UNFINISHED,)
    with Store.writer(file):
        pass
    assert contents(file) == empty
    with Store.writer(file) as store:
        import_file(store, table, label="run")
    assert not verify(file).faults


def test_an_import_that_fails_in_a_later_part_leaves_nothing(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "runs.duckdb"
    monkeypatch.setattr(in_parts, "PART", 7)
    with Store.writer(file) as store, pytest.raises(EvalsuiteError, match="needs a --label"):
        import_file(store, table, label=" ")  # found with the last part, which brings the run
    assert all(not rows for rows in contents(file).values())


def test_a_run_that_is_replaced_leaves_nothing_of_its_own(table: Path, tmp_path: Path) -> None:
    texts = tmp_path / "texts.csv"
    texts.write_text('id,correct,completion,gold\na,1,"It is 3. #### 3\n\nQuestion: How many?\nAnswer: 4",3\n')
    file = tmp_path / "runs.duckdb"
    with Store.writer(file) as store:
        import_path(store, texts, label="run")
        assert store.connection.execute("SELECT count(*) FROM run_ons").fetchall() == [(1,)]
        import_path(store, table, label="run", replace=True)
    assert not verify(file).faults
