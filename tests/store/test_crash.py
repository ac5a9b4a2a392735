"""A process killed at any moment loses no stored completion, and the same command makes exactly the missing ones."""

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.errors import StoreError
from evalsuite.generation.generator import Generated
from evalsuite.store import queries
from evalsuite.store.store import Store

Contents = Callable[[Path], dict[str, Any]]
PLAN = (24, 2, 4)
"""Problems, completions per problem, and batch size: 12 batches."""


def stored_keys(path: Path) -> set[str]:
    if not path.exists():
        return set()
    with Store.reader(path) as store:
        run_ids = [head["run_id"] for head in queries.run_heads(store.connection)]
        return {f"{p} {i}" for run_id in run_ids for p, i in queries.completion_keys(store.connection, run_id)}


def made(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def killed_until_done(workers: Any, folder: Path, *, kills: int, seed: int) -> tuple[int, Path]:
    """Kill one run at random moments until it is done or has been killed often enough; then let it finish."""
    store, log = folder / "killed.duckdb", folder / "log"
    rng = np.random.default_rng(seed)
    for count in range(kills):
        before, offset = stored_keys(store), len(made(log))
        # From "while the file is being made" to "after several batches of 20 ms each".
        status = workers.run(store, log, *PLAN, 0.02, kill_after=rng.uniform(0.0, 0.2))
        after = stored_keys(store)
        assert before <= after, "a stored completion was lost"
        assert not before & set(made(log)[offset:]), "a stored completion was made again"
        if status == 0:
            return count, store
    assert workers.run(store, log, *PLAN) == 0
    return kills, store


def uninterrupted(workers: Any, folder: Path) -> Path:
    store = folder / "whole.duckdb"
    assert workers.run(store, folder / "whole-log", *PLAN) == 0
    return store


def test_a_run_killed_again_and_again_equals_one_that_was_not(workers: Any, tmp_path: Path, contents: Contents) -> None:
    kills, store = killed_until_done(workers, tmp_path, kills=6, seed=1)
    assert kills >= 3, "the kills came too late to interrupt anything"
    assert contents(store) == contents(uninterrupted(workers, tmp_path))
    with Store.reader(store) as opened:
        n_rows = opened.connection.execute("SELECT sum(n_rows) FROM batches").fetchall()[0][0]
    assert n_rows == PLAN[0] * PLAN[1], "a batch that was not stored left a trace"


@pytest.mark.skipif("EVALSUITE_LONG_TESTS" not in os.environ, reason="takes a minute: set EVALSUITE_LONG_TESTS=1")
def test_twenty_random_kill_moments(workers: Any, tmp_path: Path, contents: Contents) -> None:
    expected = contents(uninterrupted(workers, tmp_path))
    total = 0
    for seed in range(20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        kills, store = killed_until_done(workers, folder, kills=4, seed=seed)
        total += kills
        assert contents(store) == expected
    assert total >= 20


def test_a_kill_while_the_file_is_made_leaves_a_whole_store_or_none(
    workers: Any, tmp_path: Path, contents: Contents
) -> None:
    for step in range(8):
        store = tmp_path / f"{step}.duckdb"
        workers.run(store, tmp_path / "log", 4, 1, 4, kill_after=0.006 * step)
        if store.exists():
            contents(store)
        assert workers.run(store, tmp_path / "log", 4, 1, 4) == 0
        assert len(stored_keys(store)) == 4


def test_more_problems_extend_a_run_without_making_any_completion_twice(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    with Store.writer(path) as store:
        first, second = ScriptedGenerator(), ScriptedGenerator()
        run_scripted(store, first, n_problems=20)
        before = queries.stored_completions(store.connection, queries.run_heads(store.connection)[0]["run_id"])
        done = run_scripted(store, second, n_problems=50)
        after = queries.stored_completions(store.connection, queries.run_heads(store.connection)[0]["run_id"])
    assert (done.n_done, done.n_planned, done.n_new) == (50, 50, 30)
    assert not set(first.made) & set(second.made)
    assert after[:20] == before
    assert [row["problem_id"] for row in after] == [f"sum/{k}" for k in range(50)]


def test_an_extension_that_is_killed_decodes_the_batches_of_one_that_is_not(
    workers: Any, tmp_path: Path, contents: Contents
) -> None:
    whole, killed, log = tmp_path / "whole.duckdb", tmp_path / "killed.duckdb", tmp_path / "log"
    for store in (whole, killed):
        assert workers.run(store, log, 10, 1, 4) == 0
    assert workers.run(whole, log, 40, 1, 4) == 0
    assert workers.run(killed, log, 40, 1, 4, 0.02, kill_after=0.15) == -9
    assert workers.run(killed, log, 40, 1, 4) == 0
    assert contents(killed) == contents(whole)


def test_more_completions_a_problem_and_another_batch_size_on_resume(tmp_path: Path, contents: Contents) -> None:
    resumed, whole = tmp_path / "resumed.duckdb", tmp_path / "whole.duckdb"
    generators = [ScriptedGenerator() for _ in range(3)]
    with Store.writer(resumed) as store:
        run_scripted(store, generators[0], n_problems=10, n_completions=2, batch_size=8)
        run_scripted(store, generators[1], n_problems=10, n_completions=5, batch_size=3)
        run_scripted(store, generators[2], n_problems=10, n_completions=5, batch_size=64)
    with Store.writer(whole) as store:
        run_scripted(store, ScriptedGenerator(), n_problems=10, n_completions=5, batch_size=8)
    times = Counter(key for generator in generators for key in generator.made)
    assert len(times) == 50
    assert set(times.values()) == {1}
    assert generators[2].made == []

    def without_batch(found: dict[str, Any]) -> dict[str, Any]:
        return {**found, "completions": [(*row[:-2], row[-1]) for row in found["completions"]]}

    # The text does not depend on the batch; only the record of the batch does.
    assert without_batch(contents(resumed)) == without_batch(contents(whole))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["/usr/bin/mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"needs the right to mount a small disk: {error}")
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small disk: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["/usr/bin/umount", str(folder)], check=True)


class LongTexts(ScriptedGenerator):
    """Adds 20 kB to every text that no compression makes small."""

    def generate(self, requests: Any, decoding: Any, progress: Any) -> list[Generated]:
        return [
            Generated(g.token_ids, g.text + np.random.default_rng(r.seed).bytes(10_000).hex(), g.stop_reason, "")
            for r, g in zip(requests, super().generate(requests, decoding, progress), strict=True)
        ]


def test_a_full_disk_loses_nothing_and_the_run_continues_once_there_is_space(small_disk: Path) -> None:
    path = small_disk / "s.duckdb"
    for _ in range(2):
        with pytest.raises(StoreError, match=r"No space left.*same command continues"), Store.writer(path) as store:
            run_scripted(store, LongTexts(), n_problems=400)
    before = stored_keys(path)
    assert 0 < len(before) < 400
    subprocess.run(["/usr/bin/mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    generator = LongTexts()
    with Store.writer(path) as store:
        assert run_scripted(store, generator, n_problems=400).n_done == 400
    assert len(generator.made) == 400 - len(before)


def test_a_disk_that_is_full_from_the_start_leaves_no_half_file(small_disk: Path) -> None:
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(bytes(20_000_000))
    with pytest.raises(StoreError, match="cannot make the store"):
        Store.writer(small_disk / "s.duckdb")
    assert [f.name for f in small_disk.iterdir()] == ["filler"]
    filler.unlink()
    Store.writer(small_disk / "s.duckdb").close()
