"""Stored completions graded again, a chunk at a time."""

from pathlib import Path
from typing import Any

import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.evaluation import regrading
from evalsuite.evaluation.regrading import grade_run
from evalsuite.evaluation.score_graders import SCORE_GRADERS
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store

N = 23


def grades_of(path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[dict[str, Any]]]:
    """Grade a run in chunks; return how far each went, and all grades."""
    monkeypatch.setattr(regrading, "CHUNK", chunk)
    seen: list[int] = []
    with Store.writer(path) as store:
        run_scripted(store, ScriptedGenerator(), n_problems=N)
        head = find_run(store, "scripted")
        graders = (*ALL_GRADERS, *SCORE_GRADERS)
        assert grade_run(store, head, graders, seen.append) == N * len(graders)
        return seen, queries.grades(store.connection, head.run_id)


def test_chunks_give_what_the_whole_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = grades_of(tmp_path / "a.duckdb", 10_000, monkeypatch)
    parts = grades_of(tmp_path / "b.duckdb", 5, monkeypatch)
    assert (whole[0], parts[0]) == ([N], [5, 10, 15, 20, N])
    assert whole[1] == parts[1]


def test_whoever_stops_it_keeps_the_chunks_that_are_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regrading, "CHUNK", 5)

    def stop(n: int) -> None:
        if n == 10:
            raise KeyboardInterrupt

    with Store.writer(tmp_path / "s.duckdb") as store:
        run_scripted(store, ScriptedGenerator(), n_problems=N)
        head = find_run(store, "scripted")
        with pytest.raises(KeyboardInterrupt):
            grade_run(store, head, SCORE_GRADERS, stop)
        graded = {row["grader"]: row["n_graded"] for row in queries.graders(store.connection, head.run_id)}
        assert graded["steps"] == 10
        grade_run(store, head, SCORE_GRADERS)
        graded = {row["grader"]: row["n_graded"] for row in queries.graders(store.connection, head.run_id)}
        assert graded["steps"] == N
