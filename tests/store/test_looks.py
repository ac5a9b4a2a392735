"""A pair of runs that is compared as it grows: every look is recorded, and from the second on the answer says so."""

import json
from pathlib import Path
from typing import Any

import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli.app import run_command
from evalsuite.generation.generator import Generated, Request
from evalsuite.records import Decoding, StopReason
from evalsuite.stats.anytime import anytime_looks
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.looks import Look, looks_of, record_looks
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store


class NeverRight(ScriptedGenerator):
    """A base that boxes no answer."""

    def _complete(self, request: Request, decoding: Decoding, identity: str) -> Generated:  # noqa: ARG002
        return Generated((1,), "I do not know.", StopReason.STOP, identity)


def grow(path: Path, n: int) -> None:
    with Store.writer(path) as store:
        run_scripted(store, NeverRight(), n_problems=n, label="base", weights="b")
        run_scripted(store, ScriptedGenerator(), n_problems=n, label="new", weights="n")


def compared(path: Path, capsys: pytest.CaptureFixture[str], *names: str) -> dict[str, Any]:
    assert run_command(["compare", *(names or ("base", "new")), "--store", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def recorded(path: Path) -> list[int]:
    with Store.reader(path) as store:
        return looks_of(store, find_run(store, "base").run_id, find_run(store, "new").run_id, "boxed")


def test_a_growing_pair_says_how_often_it_was_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    grow(path, 10)
    for _ in range(2):
        assert not [w for w in compared(path, capsys)["warnings"] if "was shown" in w]
        assert recorded(path) == [10]
    grow(path, 40)
    (warning,) = [w for w in compared(path, capsys)["warnings"] if "was shown" in w]
    assert warning.startswith("new against base was shown 2 times while it grew (n = 10, 40); valid at every look: 95%")
    # The script is right but for every third seed; what is expected comes from the planted values themselves.
    with Store.reader(path) as store:
        right = [
            row[0]
            for row in store.connection.execute(
                "SELECT (outcome = 'correct')::INTEGER FROM grades JOIN run_problems USING (run_id, problem_id) "
                "JOIN runs USING (run_id) WHERE label = 'new' AND grader = 'boxed' ORDER BY position"
            ).fetchall()
        ]
    low = anytime_looks(right, [10, 40])[-1].low
    assert f"+{100 * low:.0f} to" in warning or f"+{100 * low:.1f} to" in warning
    assert recorded(path) == [10, 40]
    compared(path, capsys, "new", "base")
    assert recorded(path) == [10, 40], "the same pair the other way round at the same length is no new look"


def test_the_same_comparison_again_leaves_the_file_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    grow(path, 10)
    compared(path, capsys)
    before = path.read_bytes()
    compared(path, capsys)
    assert path.read_bytes() == before


def test_imported_runs_cannot_grow_and_are_not_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    (tmp_path / "r.csv").write_text("problem_id,correct\np,1\nq,0\n")
    with Store.writer(path) as store:
        for label in ("base", "new"):
            import_file(store, tmp_path / "r.csv", label=label)
    compared(path, capsys)
    with Store.reader(path) as store:
        assert store.connection.execute("SELECT count(*) FROM looks").fetchall() == [(0,)]


def test_a_store_that_is_not_there_or_may_not_be_written_is_left_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    look = Look("a", "b", "boxed", 5)
    assert not record_looks(path, [look])
    assert not path.exists()
    with Store.writer(path) as store:
        assert looks_of(store, "a", "b", "boxed") == []
    path.chmod(0o444)
    readable_only = not record_looks(path, [look])
    path.chmod(0o644)
    assert record_looks(path, [look, Look("b", "a", "boxed", 9)])
    with Store.reader(path) as store:
        assert looks_of(store, "a", "b", "boxed") == [5, 9]
        assert looks_of(store, "a", "b", "strict") == []
    assert readable_only or path.owner() == "root"
