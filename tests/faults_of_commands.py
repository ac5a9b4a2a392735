"""Faults of commands: files that are not what they should be, Ctrl-C and SIGTERM at any moment, a disk that is full."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from fault_tools import Fault, command, in_child, need, need_equal, run, until_done

from evalsuite.cli.app import run_command
from evalsuite.store.store import Store
from evalsuite.store.verify import verify

__all__ = ["FAULTS"]

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, -0.0, 1e308, float("nan"), float("inf"), "", " ", "\0", "a\0b",
    "\ud800", "😀" * 300, "é", "1/0", "1/3", "-", "nan", "NULL", "true", "\u202e", "\r", "\n\n", "a\rb", "'", '"',
    "=1+1", "x" * 70_000, [], [[]], {}, {"a": {"b": None}}, [1, "a"], ["", None], "#", "\\boxed{", "\\boxed{" * 500,
    "9" * 5000, "1e999999999", "2147483647", "../../etc", "'; DROP TABLE runs; --", "$(id)", "{{ 7*7 }}", "<script>",
)  # fmt: skip
FIELDS = (
    "problem_id", "correct", "completion", "gold", "question", "completion_index", "n_tokens", "stop_reason", "cap",
    "score", "label", "model", "template_id", "", "😀", "correct ",
)  # fmt: skip
ANSWERS = (0, 2, 3, 5)
"""Exit codes of a command that is given something odd: done, or an error that says what to do."""


def _pick(rng: np.random.Generator, values: tuple[Any, ...]) -> Any:
    return values[int(rng.integers(0, len(values)))]


def hostile_rows(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return results of which some fields are odd."""
    rows: list[dict[str, Any]] = [
        {"problem_id": str(i), "correct": bool(i % 3), "completion": f"\\boxed{{{i}}}", "gold": str(i)}
        for i in range(int(rng.integers(1, 12)))
    ]
    for _ in range(int(rng.integers(1, 4))):
        row = rows[int(rng.integers(0, len(rows)))]
        row[_pick(rng, FIELDS)] = _pick(rng, VALUES)
    if rng.random() < 0.3:
        field, value = _pick(rng, FIELDS), _pick(rng, VALUES)
        rows = [{**row, field: value} for row in rows]
    return rows


def hostile_file(rng: np.random.Generator, folder: Path) -> Path:
    """Write results in some format, and damage the bytes of half of them."""
    rows = hostile_rows(rng)
    ending = _pick(rng, ("jsonl", "json", "csv", "tsv", "parquet", "txt", "jsonl"))
    file = folder / f"{_pick(rng, ('results', 'run[1]', 'correct=false', 'a b', '😀', '-x', 'a%20b'))}.{ending}"
    if ending == "parquet":
        _write_parquet(rows, file)
    elif ending in ("csv", "tsv"):
        mark = "," if ending == "csv" else "\t"
        cells = [list(rows[0]), *[[str(v) for v in row.values()] for row in rows]]
        file.write_bytes("\n".join(mark.join(row) for row in cells).encode("utf-8", "surrogatepass"))
    else:
        text = json.dumps(rows) if ending == "json" else "\n".join(map(json.dumps, rows))
        file.write_text(text, encoding="utf-8")
    if rng.random() < 0.5:
        file.write_bytes(_damaged(rng, file.read_bytes()))
    return file


def _write_parquet(rows: list[dict[str, Any]], file: Path) -> None:
    names = [name for name in rows[0] if name]
    columns = [[str(row.get(name)).encode("utf-8", "replace").decode() for row in rows] for name in names]
    with duckdb.connect() as connection:
        named = ", ".join(f'unnest(?) AS "{name}"' for name in names)
        connection.execute(f"CREATE TABLE t AS SELECT {named}", columns)
        connection.table("t").write_parquet(str(file.with_name("x.parquet")))
    file.with_name("x.parquet").rename(file)


def _damaged(rng: np.random.Generator, content: bytes) -> bytes:
    at = int(rng.integers(0, len(content) + 1))
    kind = int(rng.integers(0, 8))
    return (
        content[:at],
        content[:at] + b"\0" + content[at:],
        content[:at] + rng.bytes(5) + content[at + 5 :],
        b"\xef\xbb\xbf" + content,
        content.decode("utf-8", "replace").encode("utf-16"),
        content.replace(b"\n", b"\r"),
        content[:at] + b"[" * 100_000 + content[at:],
        content + content,
    )[kind]


def hostile_files(rng: np.random.Generator, folder: Path) -> None:
    """Whatever a file holds, it is read or refused in words, and the store is sound."""
    store = folder / "s.duckdb"
    for number in range(3):
        place = folder / str(number)
        place.mkdir()
        file = str(hostile_file(rng, place))
        for words in (
            ["import", f"./{file}" if file.startswith("-") else file, "--label", f"r{number}", "--store", str(store)],
            ["accuracy", file],
            ["run", "--problems", file, "--dry-run", "--model", str(folder)],
        ):
            status, said = command(words)
            need(status in ANSWERS, f"{words}: {status}, {said}")
    if store.exists():
        need(not verify(store).faults, "the store is not sound")


def hostile_archive(rng: np.random.Generator, folder: Path) -> None:
    """A damaged archive is refused, and makes no store."""
    run(folder / "s.duckdb", 8, seconds=0)
    need(command(["archive", str(folder / "a"), "w", "--store", str(folder / "s.duckdb")])[0] == 0, "no archive")
    files = sorted((folder / "a").iterdir())
    file = files[int(rng.integers(0, len(files)))]
    before = file.read_bytes()
    file.write_bytes(_damaged(rng, before))
    status, said = command(["restore", str(folder / "a"), "--store", str(folder / "r.duckdb")])
    if status == 0:  # the manifest says the same in other bytes
        need(file.name == "manifest.json" or file.read_bytes() == before, f"a damaged {file.name} was read")
        need_equal(folder / "r.duckdb", folder / "s.duckdb")
    else:
        need(status in ANSWERS, f"{status}: {said}")
        need(not (folder / "r.duckdb").exists(), "a store was made of a damaged archive")


def signalled(rng: np.random.Generator, folder: Path) -> None:
    """A signal at any moment ends a command with 130, 143 or 129, and the store is as before or whole."""
    store, other = folder / "s.duckdb", folder / "o.duckdb"
    run(store, 40, seconds=0)
    run(store, 40, weights="v", seconds=0)
    run(other, 30, weights="u", seconds=0)
    at = ["--store", str(store)]
    (folder / "r.jsonl").write_text("\n".join(json.dumps({"problem_id": str(i), "correct": True}) for i in range(3000)))
    commands = (
        ["import", str(folder / "r.jsonl"), "--label", "r", *at], ["export", "w", str(folder / "x.csv"), *at],
        ["archive", str(folder / "a"), "w", "v", *at], ["merge", str(other), *at], ["grade", "w", "--all-graders", *at],
        ["compare", "w", "v", *at], ["report", "w", "v", "--out", str(folder / "site"), *at], ["runs", *at],
        ["verify", str(store)], ["rename", "w", "z", *at], ["delete", "v", "--yes", *at], ["plan", "40%", "50%"],
    )  # fmt: skip
    words = list(_pick(rng, commands))
    number = _pick(rng, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    status, said = command(words, signal_after=rng.uniform(0, 1.0), number=number)
    ended = 128 + number
    need(status in (0, 5, ended, -number) or (words[0], status) == ("plan", 2), f"{words}: exit code {status}\n{said}")
    need(status != ended or said.count("what was stored is safe") <= 1, said)
    need(not verify(store).faults, "the store is not sound")
    need(not list(folder.glob("site/.*")), "half of a page is left")
    status, said = command(words)
    need(status in (0, 2), f"{words}, again: exit code {status}\n{said}")


def killed_grading(rng: np.random.Generator, folder: Path) -> None:
    for name in ("s.duckdb", "whole.duckdb"):
        run(folder / name, 200, seconds=0)

    def work(path: Path) -> None:
        with open(os.devnull, "w", encoding="utf-8") as sys.stdout:  # noqa: PTH123
            need(run_command(["grade", "w", "--all-graders", "--store", str(path)]) == 0, "grading failed")

    need(in_child(lambda: work(folder / "whole.duckdb")) == 0, "grading failed")
    until_done(lambda: work(folder / "s.duckdb"), rng, folder / "s.duckdb")
    need_equal(folder / "s.duckdb", folder / "whole.duckdb")


def killed_restore(rng: np.random.Generator, folder: Path) -> None:
    run(folder / "whole.duckdb", 60, seconds=0)
    need(command(["archive", str(folder / "a"), "w", "--store", str(folder / "whole.duckdb")])[0] == 0, "no archive")
    words = ["restore", str(folder / "a"), "--store", str(folder / "s.duckdb")]
    until_done(lambda: need(run_command(words) == 0, "not restored"), rng, folder / "s.duckdb")
    need_equal(folder / "s.duckdb", folder / "whole.duckdb")


def small_disk(rng: np.random.Generator, folder: Path) -> None:
    """A disk of a few megabytes, where one may be mounted: what does not fit is said, and made once there is space."""
    disk = folder / "disk"
    disk.mkdir()
    size = int(rng.integers(3_000, 9_000))
    try:
        mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            return
    except OSError:
        return
    try:
        _fill(disk, folder)
    finally:
        subprocess.run(["/usr/bin/umount", "-l", str(disk)], check=True)


def _fill(disk: Path, folder: Path) -> None:
    path = disk / "s.duckdb"
    run(folder / "whole.duckdb", 400, seconds=0)
    rows = [{"problem_id": str(i), "correct": True, "completion": os.urandom(700).hex()} for i in range(4000)]
    (folder / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    words = ["import", str(folder / "r.jsonl"), "--label", "r", "--store", str(path)]
    need(in_child(lambda: run(path, 400, seconds=0)) in (0, 5), "the run")
    for more in (words, ["archive", str(disk / "a"), "w", "--store", str(path)]):
        need(command(more)[0] in (0, 2, 5), f"{more}")
    with suppress(OSError):
        (disk / "filler").write_bytes(bytes(20_000_000))
    need(command(words)[0] in (0, 5), "an import without any space")
    (disk / "filler").unlink()
    subprocess.run(["/usr/bin/mount", "-o", "remount,size=200m", str(disk)], check=True)
    need(in_child(lambda: run(path, 400, seconds=0)) == 0, "the run did not go on")
    need(command(words)[0] == 0, "the import did not go on")
    need(not verify(path).faults, "the store is not sound")
    with Store.reader(path) as store:
        counts = store.connection.execute("SELECT count(*) FROM completions").fetchall()
    need(counts == [(4400,)], f"{counts} completions of 4400")


FAULTS: dict[str, Fault] = {
    "hostile files": hostile_files,
    "hostile archive": hostile_archive,
    "command interrupted or terminated": signalled,
    "grading killed": killed_grading,
    "restore killed": killed_restore,
    "small disk": small_disk,
}
