"""Faults of stores: kills, full disks, readers and writers at once, damaged bytes, a store that is deleted."""

import json
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from fault_tools import Fault, in_child, need, need_equal, rows_of, run, until_done
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli.app import run_command
from evalsuite.errors import EvalsuiteError, StoreError
from evalsuite.evaluation.pipeline import Watcher
from evalsuite.store.blocks import is_database
from evalsuite.store.merge import merge_stores
from evalsuite.store.repair import repair
from evalsuite.store.store import Store
from evalsuite.store.verify import verify
from evalsuite.store.write_log import log_path

__all__ = ["FAULTS"]


def killed_run(rng: np.random.Generator, folder: Path) -> None:
    run(folder / "whole.duckdb", seconds=0)
    until_done(lambda: run(folder / "s.duckdb"), rng, folder / "s.duckdb")
    need_equal(folder / "s.duckdb", folder / "whole.duckdb")


def killed_extension(rng: np.random.Generator, folder: Path) -> None:
    for name in ("s.duckdb", "whole.duckdb"):
        run(folder / name, 10, seconds=0)
    run(folder / "whole.duckdb", seconds=0)
    until_done(lambda: run(folder / "s.duckdb"), rng, folder / "s.duckdb")
    need_equal(folder / "s.duckdb", folder / "whole.duckdb")


def killed_import(rng: np.random.Generator, folder: Path) -> None:
    file = folder / "results.jsonl"
    lines = [{"problem_id": str(i), "correct": i % 3 == 0, "completion": f"\\boxed{{{i}}}"} for i in range(300)]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    def work(path: Path) -> None:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            sys.stdout = nowhere
            need(run_command(["import", str(file), "--label", "i", "--store", str(path)]) == 0, "import failed")

    need(in_child(lambda: work(folder / "whole.duckdb")) == 0, "the import failed")
    until_done(lambda: work(folder / "s.duckdb"), rng, folder / "s.duckdb")
    need_equal(folder / "s.duckdb", folder / "whole.duckdb")


def killed_merge(rng: np.random.Generator, folder: Path) -> None:
    parts = [folder / "a.duckdb", folder / "b.duckdb"]
    run(parts[0], 20, seconds=0)
    run(parts[1], 30, seconds=0)
    run(parts[1], 20, weights="v", seconds=0)
    merge_stores(parts, folder / "whole.duckdb")
    until_done(lambda: merge_stores(parts, folder / "s.duckdb"), rng, folder / "s.duckdb")
    need_equal(folder / "s.duckdb", folder / "whole.duckdb")


def full_disk(rng: np.random.Generator, folder: Path) -> None:
    """A limit on the size of a file stands for a disk that is full: it needs no rights."""
    path = folder / "s.duckdb"
    for n_problems in (4, 400):  # the plan decides on the batches, so both are made in the same two steps
        run(folder / "whole.duckdb", n_problems, seconds=0)
    run(path, 4, seconds=0)
    limit = path.stat().st_size + int(rng.integers(0, 200_000))
    status = in_child(lambda: run(path, 400, seconds=0), file_limit=limit)
    need(status in (0, 5), f"exit code {status}")
    run(path, 400, seconds=0)
    need(rows_of(path)["completions"] == rows_of(folder / "whole.duckdb")["completions"], "the completions differ")


def readers_beside_a_writer(rng: np.random.Generator, folder: Path) -> None:
    path = folder / "s.duckdb"
    run(path, 4, seconds=0)
    child = os.fork()
    if child == 0:
        try:
            run(path, 200, seconds=0.01)
        finally:
            os._exit(0)
    seen = 4
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        rows = rows_of(path)
        need(seen <= len(rows["completions"]), "a reader saw fewer rows than the one before")
        need(len(rows["grades"]) % len(rows["completions"]) == 0, "a reader saw half a transaction")
        seen = len(rows["completions"])
        time.sleep(rng.uniform(0, 0.05))
    need(len(rows_of(path)["completions"]) == 200, "the writer lost rows")


def two_writers(rng: np.random.Generator, folder: Path) -> None:
    path = folder / "s.duckdb"
    run(path, 4, seconds=0)
    children = []
    for weights in ("a", "b"):
        child = os.fork()
        if child == 0:
            time.sleep(rng.uniform(0, 0.05))
            status = 1
            with suppress(EvalsuiteError):
                sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
                run(path, 20, weights=weights)
                status = 0
            os._exit(status)
        children.append(child)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    need(len(rows_of(path)["completions"]) == 4 + 20 * statuses.count(0), f"{statuses}: rows are lost or doubled")
    need(not verify(path).faults, "the store is not sound")


def damaged(rng: np.random.Generator, folder: Path, *, log: bool) -> None:
    """Change bytes; what is read afterwards is refused, or is what was stored."""
    path = folder / "s.duckdb"
    status = in_child(lambda: run_and_die(path))
    need(status == -signal.SIGKILL, f"exit code {status}")
    copy = folder / "whole.duckdb"
    # Where it went slowly, the log may just have been taken in.
    files = [file for file in (path, log_path(path)) if file.exists()]
    for file in files:
        shutil.copy(file, file.with_name(file.name.replace("s.", "whole.", 1)))
    whole = rows_of(copy)
    target = files[-1] if log else path
    content = bytearray(target.read_bytes())
    for position in rng.integers(0, len(content), 3):
        content[position] ^= int(rng.integers(1, 256))
    target.write_bytes(content)
    try:
        found = rows_of(path)
    except EvalsuiteError:
        mended(path)
        return
    for table, rows in found.items():
        need(set(map(repr, rows)) <= set(map(repr, whole[table])), f"another value in {table}")
    need(len(whole["completions"]) - len(found["completions"]) <= 4, "more than one batch is gone without a word")


def mended(path: Path) -> None:
    """Repair a damaged store; unless all of it is lost, the same command makes what is missing."""
    done = repair(path)
    if done.remaining and not is_database(path):
        return
    if any("annot" in sentence for sentence in done.remaining):  # the list of tables, or the head of the file
        return
    run(path, 40, seconds=0)
    need(not verify(path).faults, "the mended store is not sound")
    need(len(rows_of(path)["completions"]) == 40, "the mended store lacks completions")


def run_and_die(path: Path) -> None:
    run(path, 8, seconds=0)

    def die(done: Any) -> None:
        if done.n_new >= 20:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store.writer(path) as store:
        run_scripted(
            store,
            ScriptedGenerator(),
            n_problems=40,
            batch_size=4,
            weights="w",
            label="w",
            watcher=Watcher(on_batch=die),
        )


def deleted_store(rng: np.random.Generator, folder: Path) -> None:
    path = folder / "data" / "s.duckdb"
    at = int(rng.integers(1, 9)) * 4

    def vanish(done: Any) -> None:
        if done.n_new == at:
            shutil.rmtree(path.parent)

    try:
        with Store.writer(path) as store:
            run_scripted(store, ScriptedGenerator(), n_problems=40, batch_size=4, watcher=Watcher(on_batch=vanish))
    except StoreError:
        return
    raise AssertionError("a run into a deleted store said that all is well")


FAULTS: dict[str, Fault] = {
    "run killed": killed_run,
    "extension killed": killed_extension,
    "import killed": killed_import,
    "merge killed": killed_merge,
    "disk full": full_disk,
    "readers beside a writer": readers_beside_a_writer,
    "two writers": two_writers,
    "bytes of the log damaged": lambda rng, folder: damaged(rng, folder, log=True),
    "bytes of the file damaged": lambda rng, folder: damaged(rng, folder, log=False),
    "store deleted": deleted_store,
}
