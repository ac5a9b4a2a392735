"""Scores with partial credit in the store: kept with their range by import, export, archive, restore and migration."""

import json
from pathlib import Path

import duckdb
import pytest

from evalsuite.comparison.missing import missing_bounds, share_bounds
from evalsuite.errors import ComparisonError, InputError
from evalsuite.records import Grade, Outcome
from evalsuite.store import queries
from evalsuite.store.archive import write_archive
from evalsuite.store.connection import migration
from evalsuite.store.export import export_run
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.restore import read_archive
from evalsuite.store.runs import find_run, gives_scores, score_matrix
from evalsuite.store.store import Store
from evalsuite.wording import missing

ROWS = [{"problem_id": f"p{i}", "score": s} for i, s in enumerate((0, 2.5, 10, 7))]


def file_of(folder: Path, rows: list[dict[str, object]], name: str = "r.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.writer(tmp_path / "s.duckdb")


def scores_of(store: Store, label: str, grader: str | None = None) -> tuple[list[float], tuple[float, float] | None]:
    matrix = score_matrix(store, find_run(store, label), grader=grader, partial_credit=True)
    assert matrix.scores is not None
    return matrix.scores[:, 0].tolist(), matrix.score_range


def test_a_grade_with_a_score_says_no_more_than_whether_it_is_the_highest() -> None:
    assert Grade.scored(10, (0, 10), grader="g") == Grade(Outcome.CORRECT, None, "g", 1, 10.0, (0.0, 10.0))
    for score, score_range in ((11, (0, 10)), (0.5, (1, 0)), (float("nan"), (0, 1))):
        with pytest.raises(ValueError, match="low <= score <= high"):
            Grade.scored(score, score_range, grader="g")
    with pytest.raises(ValueError, match="a score needs its range"):
        Grade(Outcome.CORRECT, None, "g", 1, score=1.0)


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_scores_survive_export_and_import(store: Store, tmp_path: Path, ending: str) -> None:
    report = import_file(store, file_of(tmp_path, ROWS), label="run", score_range=(-5, 10))
    assert (report.score_range, report.n_completions) == ((-5.0, 10.0), 4)
    exported = tmp_path / f"out.{ending}"
    assert export_run(store, find_run(store, "run"), exported) == 4
    import_file(store, exported, label="again")
    assert scores_of(store, "again") == scores_of(store, "run") == ([0, 2.5, 10, 7], (-5.0, 10.0))


def test_scores_survive_archive_and_restore(store: Store, tmp_path: Path) -> None:
    import_file(store, file_of(tmp_path, ROWS), label="run", score_range=(0, 10))
    write_archive(store, tmp_path / "archive", runs=["run"])
    with Store.writer(tmp_path / "other.duckdb") as other:
        read_archive(other, tmp_path / "archive")
        assert scores_of(other, "run") == scores_of(store, "run")
        assert queries.run_overview(other.connection)[0]["mean_score"] == pytest.approx(4.875)


def test_a_store_from_before_gains_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("".join(migration(n) for n in range(1, 5)))
        connection.execute("INSERT INTO meta VALUES ('application', 'evalsuite'), ('schema_version', '4')")
        connection.execute("INSERT INTO grades VALUES ('r', 'p', 0, 'boxed', 1, 'correct', '7')")
    with Store.reader(path) as store:
        rows = store.connection.execute("SELECT outcome, score, score_range FROM grades").fetchall()
        assert rows == [("correct", None, None)]


def test_the_range_is_never_guessed(store: Store, tmp_path: Path) -> None:
    file = file_of(tmp_path, ROWS)
    with pytest.raises(InputError, match=r"go from 0 to 10.*--score-range 0 10.*not taken from the file"):
        import_file(store, file, label="run")
    with pytest.raises(InputError, match=r"outside of --score-range 0 5"):
        import_file(store, file, label="run", score_range=(0, 5))
    with pytest.raises(InputError, match=r"the lower one first"):
        import_file(store, file, label="run", score_range=(10, 0))
    with pytest.raises(InputError, match=r"line 1: score must be a number, got 'high'"):
        import_file(store, file_of(tmp_path, [{"problem_id": "a", "score": "high"}]), label="run", score_range=(0, 10))
    way_out = r"no column that says which rows are right.*--column score=mark --score-range 0 10"
    with pytest.raises(InputError, match=way_out):
        import_file(store, file_of(tmp_path, [{"problem_id": "a", "mark": 7}]), label="run")
    with pytest.raises(InputError, match=r"--score-range has no effect"):
        import_file(store, file_of(tmp_path, [{"problem_id": "a", "correct": 1}]), label="run", score_range=(0, 1))
    within = import_file(store, file_of(tmp_path, [{"problem_id": "a", "score": 0.25}]), label="unit")
    assert within.score_range == (0.0, 1.0)


def test_beside_verdicts_scores_are_read_where_their_range_is_named(store: Store, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"problem_id": "a", "correct": 1, "score": 7}]
    plain = import_file(store, file_of(tmp_path, rows), label="plain")
    assert plain.ignored_columns == ("score",)
    import_file(store, file_of(tmp_path, rows), label="both", score_range=(0, 10))
    assert not gives_scores(store, "both")
    assert score_matrix(store, find_run(store, "both")).correct.tolist() == [[True]]
    assert scores_of(store, "both", "score") == ([7.0], (0.0, 10.0))


def test_who_needs_verdicts_is_told_so(store: Store, tmp_path: Path) -> None:
    import_file(store, file_of(tmp_path, ROWS), label="run", score_range=(0, 10))
    with pytest.raises(InputError, match=r"gives run run scores, and this question needs verdicts of right and wrong"):
        score_matrix(store, find_run(store, "run"))
    store.connection.execute("UPDATE grades SET score_range = [0, 20] WHERE problem_id = 'p1'")
    with pytest.raises(ComparisonError, match=r"several ranges \(0 to 10, 0 to 20\)"):
        score_matrix(store, find_run(store, "run"), partial_credit=True)


def test_missing_scores_are_bounded_by_the_ends_of_the_range(store: Store, tmp_path: Path) -> None:
    rows = [{"problem_id": "a", "score": 4}, {"problem_id": "b", "score": None}]
    report = import_file(store, file_of(tmp_path, rows), label="run", score_range=(0, 10))
    assert (report.n_missing, dict(report.missing_reasons)) == (1, {"no score": 1})
    run = score_matrix(store, find_run(store, "run"), partial_credit=True)
    assert share_bounds(run) == (2.0, 7.0)
    left = missing_bounds(run, run)
    assert left is not None
    assert (left.lowest, left.highest, left.score_range) == (-5.0, 5.0, (0.0, 10.0))
    assert "it lies in -5.0 to +5.0." in missing.difference(left).replace("\u2212", "-")
