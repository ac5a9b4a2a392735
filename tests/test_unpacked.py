"""Packed files that become larger than they may: refused before they are read, read when the limit is raised."""

import gzip
import re
import zipfile
from pathlib import Path

import duckdb
import pytest

from evalsuite.cli.app import run_command
from evalsuite.errors import InputError
from evalsuite.problems.rows import read_table
from evalsuite.store.imports.readers.table import read
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import read_path
from evalsuite.unpacked import LEAST, refuse_too_large

N, LENGTH = 40, 1000
ROWS = f"SELECT i AS id, true AS correct, repeat('x', {LENGTH}) AS completion, '1' AS gold FROM range({N}) t(i)"
UNPACKED = N * LENGTH


def packed(folder: Path, kind: str) -> Path:
    """Write a table whose texts take `UNPACKED` bytes and whose file takes less."""
    path = folder / f"r.{kind}"
    plain = folder / "r.jsonl"
    with duckdb.connect() as connection:
        if kind == "parquet":
            connection.execute(f"COPY ({ROWS}) TO '{path}' (FORMAT parquet)")
        elif kind == "jsonl.zst":
            connection.execute(f"COPY ({ROWS}) TO '{path}' (FORMAT json, COMPRESSION zstd)")
        else:
            connection.execute(f"COPY ({ROWS}) TO '{plain}' (FORMAT json)")
    if kind == "jsonl.gz":
        path.write_bytes(gzip.compress(plain.read_bytes()))
    if kind == "eval":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(plain, "samples.json")
    assert path.stat().st_size < UNPACKED / 10
    return path


@pytest.mark.parametrize("kind", ["parquet", "jsonl.gz", "jsonl.zst", "eval"])
def test_what_unpacks_to_too_much_is_refused_with_the_option_that_allows_it(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind)
    with pytest.raises(InputError, match=rf"{re.escape(str(path))}, of .*--max-unpacked GB"):
        refuse_too_large(path, UNPACKED - 1)
    with pytest.raises(InputError, match="--max-unpacked"):
        refuse_too_large(tmp_path, UNPACKED - 1)  # within a folder too
    refuse_too_large(path, 2 * UNPACKED)
    refuse_too_large(path)


def test_a_training_and_problems_have_the_same_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "completions").mkdir()
    packed(tmp_path / "completions", "parquet")
    training = ["import-training", str(tmp_path), "--label", "t", "--store", str(tmp_path / "s.duckdb")]
    assert run_command([*training, "--max-unpacked", "0.00001"]) == InputError.exit_code
    assert "raise the limit with --max-unpacked GB" in capsys.readouterr().err
    assert not (tmp_path / "s.duckdb").exists()
    bomb = tmp_path / "bomb.parquet"
    with duckdb.connect() as connection:
        rows = "SELECT repeat('x', 1000000) AS question, i AS answer FROM range(1100) t(i)"
        connection.execute(f"COPY ({rows}) TO '{bomb}' (FORMAT parquet, COMPRESSION zstd)")
    assert run_command(["show-prompt", "--problems", str(bomb)]) == InputError.exit_code
    assert "unpacks to more than 1 GB. If it really holds that much, write it as JSONL" in capsys.readouterr().err


def test_the_name_of_a_file_of_problems_is_no_pattern(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        for name, answer in (("p1", 1), ("p[1]", 2)):
            file = tmp_path / "correct=false" / f"{name}.parquet"
            file.parent.mkdir(exist_ok=True)
            connection.execute(f"COPY (SELECT 'q' AS question, {answer} AS answer) TO '{file}' (FORMAT parquet)")
    assert read_table(file) == [{"question": "q", "answer": 2}]


def test_a_small_parquet_file_of_three_gigabytes_is_refused_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT i AS id, true AS correct, repeat('x', 1000000) AS completion, '1' AS gold
                      FROM range(3000) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""
        )
    assert path.stat().st_size * 100 < LEAST
    with pytest.raises(InputError, match="unpacks to more than 1 GB"):
        read_path(path, ReadOptions())


def test_the_limit_is_an_option_of_every_command_that_reads_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = packed(tmp_path, "parquet")
    few = ["--max-unpacked", "0.00001"]
    assert run_command(["accuracy", str(path), *few]) == InputError.exit_code
    assert "--max-unpacked GB" in capsys.readouterr().err
    assert run_command(["import", str(path), "--dry-run", "--max-unpacked", "1"]) == 0
    assert run_command(["accuracy", str(path), "--max-unpacked", "0"]) == InputError.exit_code
    assert "more than 0" in capsys.readouterr().err
    (run,) = read(path, ReadOptions())
    assert sum(1 for _ in run.rows()) == N
