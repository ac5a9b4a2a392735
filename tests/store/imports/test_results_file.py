"""Results that people bring along: read as they are, refused with the row where they are not usable."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.errors import DataUnavailableError, InputError, StoreError
from evalsuite.store import queries
from evalsuite.store.export import FORMATS, export_run
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.runs import find_run, run_status, score_matrix
from evalsuite.store.store import Store

Row = dict[str, Any]
HOSTILE = [
    "a\0b", "'; DROP TABLE runs; --", '"quoted", and, commas', "two\nlines\r\nand\rmore", "\u202egnp.exe", "\x1b[31m",
    "\u2028", "NaN", "NULL", "2024-01-01", "00:00:00", "1e5", "é\U0001f600", "  spaces  ", "y" * 1_000_000,
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writer(tmp_path / "s.duckdb") as opened:
        yield opened


def write(file: Path, rows: Sequence[Row]) -> Path:
    """Write rows as the file's ending says, not by the code under test."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if file.suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif file.suffix == ".csv":
        with file.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, columns)
            writer.writeheader()
            writer.writerows(rows)
    else:
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.table({c: [row.get(c) for row in rows] for c in columns}), file)
    return file


ROWS: list[Row] = [
    {"problem_id": "p1", "correct": True, "completion": "\\boxed{3}", "n_tokens": 4, "stop_reason": "stop",
     "cap": 300, "gold": "3", "question": "1 + 2?", "author": "x"},
    {"problem_id": "p2", "correct": False, "completion": "\\boxed{5}", "n_tokens": 300, "stop_reason": "length",
     "cap": 300, "gold": "1,004", "question": "1000 + 4?", "author": "y"},
]  # fmt: skip


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_the_three_formats_bring_the_same_run(store: Store, tmp_path: Path, ending: str) -> None:
    report = import_file(store, write(tmp_path / f"r{ending}", ROWS), label="r")
    assert (report.n_problems, report.n_completions, report.n_new, report.n_correct) == (2, 2, 2, 1)
    assert report.ignored_columns == ("author",)
    assert report.regraded
    assert report.unknown_stop == 0
    run_id = find_run(store, "r").run_id
    rows = queries.stored_completions(store.connection, run_id)
    assert [(r["n_tokens"], r["stop_reason"], r["cap"]) for r in rows] == [(4, "stop", 300), (300, "length", 300)]
    assert {p["gold"] for p in queries.problem_rows(store.connection, run_id)} == {"3", "1004"}
    assert score_matrix(store, find_run(store, "r"), grader="boxed").correct.tolist() == [[True], [False]]


def test_importing_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path / "r.jsonl", ROWS)
    first, again = import_file(store, file, label="r"), import_file(store, file, label="r")
    assert (again.run_id, again.n_new) == (first.run_id, 0)
    write(file, [{**ROWS[0], "completion": "another"}, ROWS[1]])
    with pytest.raises(InputError, match="label 'r' already belongs"):
        import_file(store, file, label="r")
    assert import_file(store, file, label="r2").n_new == 2


@pytest.mark.parametrize("given", [{}, {"stop_reason": None}, {"stop_reason": ""}, {"stop_reason": "unknown"}])
def test_a_stop_reason_that_is_not_there_is_unknown_and_not_uncut(store: Store, tmp_path: Path, given: Row) -> None:
    rows = [{"problem_id": "p1", "correct": 1, **given}, {"problem_id": "p2", "correct": 0, "stop_reason": "length"}]
    report = import_file(store, write(tmp_path / "r.jsonl", rows), label="r")
    scores = score_matrix(store, find_run(store, "r"))
    assert report.unknown_stop == 1
    assert not scores.truncation_known
    assert run_status(store, report.run_id)["n_unknown_stop"] == 1


def test_several_completions_need_an_index_and_may_differ_in_number(store: Store, tmp_path: Path) -> None:
    rows = [{"problem_id": "p1", "correct": 1}, {"problem_id": "p1", "correct": 0}]
    # Without numbers, equally many completions of each problem get theirs in the order of the rows.
    import_file(store, write(tmp_path / "even.jsonl", rows), label="even")
    assert score_matrix(store, find_run(store, "even")).correct.tolist() == [[True, False]]
    with pytest.raises(InputError, match=r"problem 'p1' stands in 2 rows and most .*completion_index=COLUMN"):
        import_file(store, write(tmp_path / "r.jsonl", [*rows, *({"problem_id": f"q{i}", "correct": 1} for i in "ab")]),
                    label="r")  # fmt: skip
    twice = [{**row, "completion_index": 0} for row in rows]
    with pytest.raises(InputError, match=r"row 2: problem_id 'p1' .*occurs twice.*completion_index"):
        import_file(store, write(tmp_path / "r.jsonl", twice), label="r")
    indexed = [*({**row, "completion_index": i} for i, row in enumerate(rows)), {"problem_id": "p2", "correct": 1}]
    import_file(store, write(tmp_path / "r.jsonl", indexed), label="r")
    # An import holds what it holds: it is never unfinished.
    scores = score_matrix(store, find_run(store, "r"))
    assert scores.attempts.tolist() == [2, 1]
    assert scores.successes.tolist() == [1, 1]


BAD: list[tuple[Row, str]] = [
    ({"correct": "maybe"}, "line 2: correct: 'maybe' is no verdict: true or false, 1 or 0"),
    (
        {"correct": 0.5},
        "go from 0.5 to 1, the first that is no verdict in row 2.*--score-range 0 1. .*--correct COLUMN",
    ),
    ({"problem_id": None}, "line 2: no problem_id"),
    ({"problem_id": ""}, "line 2: no problem_id"),
    ({"completion_index": -1}, "line 2: completion_index must be a whole number"),
    ({"completion_index": 1.5}, "line 2: completion_index must be a whole number"),
    ({"n_tokens": "many"}, "line 2: n_tokens must be a whole number"),
    ({"n_tokens": 10**400}, "line 2: n_tokens must be a whole number from 0 to 2147483646, got 1000"),
    ({"n_tokens": 2**31}, "line 2: n_tokens must be a whole number"),
    ({"cap": math.inf}, "line 2: cap must be a whole number"),
    ({"completion": {"tokens": 3}}, "line 2: .* is no text, no message and no list of them"),
    ({"completion": "half \ud800 a pair"}, "row 2: completion is not valid Unicode: .* at 5"),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=[str(i) for i in range(len(BAD))])
def test_a_value_that_is_not_usable_is_named_with_its_row(store: Store, tmp_path: Path, bad: Row, message: str) -> None:
    rows = [{"problem_id": "p1", "correct": 1}, {"problem_id": "p2", "correct": 1, **bad}]
    with pytest.raises(InputError, match=message) as caught:
        import_file(store, write(tmp_path / "r.jsonl", rows), label="r")
    assert len(str(caught.value)) < 400
    assert queries.run_heads(store.connection) == []


def test_a_missing_column_is_named_with_those_that_are_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Columns there: problem_id, ok\. Name it with --correct ok"):
        import_file(
            store, write(tmp_path / "r.csv", [{"problem_id": "p", "ok": 1}, {"problem_id": "q", "ok": 0}]), label="r"
        )
    with pytest.raises(InputError, match=r"no column that names the problems.*--id COLUMN"):
        import_file(store, write(tmp_path / "r.csv", [{"name": "p", "correct": 1}]), label="r")


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("r.txt", b"x", InputError, "holds no rows"),
        ("r.xlsx", b"PK\x03\x04x", InputError, "workbook or an archive; save the table as CSV"),
        ("r.jsonl", b"", InputError, "holds no rows"),
        ("r.jsonl", b'{"problem_id": 1, "correct": 1}\n{"problem_id"', InputError, "line 2, the last one, is cut off"),
        ("r.jsonl", b"[1, 2]\n", InputError, "member 1 of the list is no JSON object but int"),
        ("r.jsonl", b"[" * 100_000, InputError, "more than about 1,000 deep"),
        ("r.jsonl", b'{"problem_id": "\xe9"}', DataUnavailableError, "cannot read"),
        ("r.csv", b"problem_id,correct\n", InputError, "holds no rows"),
        ("r.csv", b"problem_id,correct\n\xe9,1\n", DataUnavailableError, "cannot read"),
        ("r.parquet", b"PAR1", DataUnavailableError, "cannot read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    store: Store, tmp_path: Path, name: str, content: bytes, error: type[Exception], message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message):
        import_file(store, tmp_path / name, label="r")


def test_a_file_that_is_not_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="no file"):
        import_file(store, tmp_path / "r.csv", label="r")


def test_one_problem_with_two_questions_or_answers_is_refused(store: Store, tmp_path: Path) -> None:
    rows = [{"problem_id": "p", "correct": 1, "completion_index": i, "gold": str(i)} for i in range(2)]
    with pytest.raises(InputError, match="'p' has different gold answers: '0' and '1'"):
        import_file(store, write(tmp_path / "r.jsonl", rows), label="r")


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_hostile_values_and_column_names_come_through_unchanged(store: Store, tmp_path: Path, ending: str) -> None:
    column = "x'); DROP TABLE runs; --\""
    rows = [
        {"problem_id": f"{i}:{text[:9]}", "correct": i % 2, "completion": text, "question": text, column: text}
        for i, text in enumerate(HOSTILE)
    ]
    report = import_file(store, write(tmp_path / f"it's{ending}", rows), label="r'; --")
    stored = queries.completion_texts(store.connection, report.run_id)
    assert stored == {(row["problem_id"], 0): row["completion"] for row in rows}
    assert report.n_correct == sum(row["correct"] for row in rows)
    assert report.ignored_columns == (column,)


def test_numbers_and_texts_may_mix_as_problem_ids(store: Store, tmp_path: Path) -> None:
    rows = [
        {"problem_id": 7, "correct": True},
        {"problem_id": "a", "correct": "false"},
        {"problem_id": 1.5, "correct": 1},
    ]
    report = import_file(store, write(tmp_path / "r.jsonl", rows), label="r")
    assert [r["problem_id"] for r in queries.problem_rows(store.connection, report.run_id)] == ["7", "a", "1.5"]


def test_a_gold_answer_that_is_no_number_is_counted_and_not_graded(store: Store, tmp_path: Path) -> None:
    rows = [{"problem_id": "p", "correct": 1, "completion": "\\boxed{3}", "gold": "three"}]
    report = import_file(store, write(tmp_path / "r.jsonl", rows), label="r")
    assert (report.unreadable_gold, report.regraded) == (1, False)


def test_a_huge_gold_answer_stays_exact(store: Store, tmp_path: Path) -> None:
    big = 10**50 + 1
    rows = [{"problem_id": "p", "correct": 0, "completion": f"\\boxed{{{big}}}", "gold": big, "question": "?"}]
    import_file(store, write(tmp_path / "r.jsonl", rows), label="r")
    assert score_matrix(store, find_run(store, "r"), grader="boxed").correct.tolist() == [[True]]


@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_can_be_imported_with_the_same_scores(store: Store, tmp_path: Path, ending: str) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=15, n_completions=2)
    original = find_run(store, "scripted")
    file = tmp_path / "deep" / f"it's{ending}"
    assert export_run(store, original, file) == 30
    assert [f.name for f in file.parent.iterdir()] == [file.name]
    import_file(store, file, label="back")
    first, back = score_matrix(store, original), score_matrix(store, find_run(store, "back"))
    assert first.keys == back.keys
    for name in ("correct", "present", "truncated"):
        assert getattr(first, name).tolist() == getattr(back, name).tolist()
    texts = [queries.completion_texts(store.connection, find_run(store, n).run_id) for n in ("scripted", "back")]
    assert texts[0] == texts[1]


def test_a_range_for_an_export_that_says_another_is_refused(store: Store, tmp_path: Path) -> None:
    scores = [{"problem_id": str(i), "score": i} for i in range(5)]
    import_file(store, write(tmp_path / "r.jsonl", scores), label="r", score_range=(0, 4))
    run_scripted(store, ScriptedGenerator(), n_problems=4)
    for name in ("r", "scripted"):
        export_run(store, find_run(store, name), tmp_path / f"{name}.csv")
    with pytest.raises(InputError, match=r"0 10 has no effect on .*imported: 0 to 4"):
        import_file(store, tmp_path / "r.csv", label="back", score_range=(0, 10))
    with pytest.raises(InputError, match=r"0 4 has no effect on .*verdicts and no scores"):
        import_file(store, tmp_path / "scripted.csv", label="back", score_range=(0, 4))
    assert import_file(store, tmp_path / "r.csv", label="back", score_range=(0, 4)).score_range == (0, 4)


def test_an_export_names_every_grader(store: Store, tmp_path: Path) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=4)
    export_run(store, find_run(store, "scripted"), tmp_path / "r.parquet")
    with duckdb.connect() as connection:
        result = connection.execute("SELECT * FROM read_parquet(?)", [str(tmp_path / "r.parquet")])
        columns = [column[0] for column in result.description or ()]
    assert {"outcome_boxed", "extracted_boxed", "outcome_strict", "token_ids", "seed", "gold"} <= set(columns)


def test_an_export_to_an_impossible_place_leaves_what_was_there(store: Store, tmp_path: Path) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=2)
    head = find_run(store, "scripted")
    with pytest.raises(InputError, match=r"ending must be one of \.parquet, \.csv"):
        export_run(store, head, tmp_path / "r.xlsx")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("x")
    for target in (tmp_path / "folder.csv", tmp_path / "file" / "r.csv"):
        with pytest.raises(StoreError, match="cannot export"):
            export_run(store, head, target)
    assert {f.name for f in tmp_path.iterdir()} <= {"folder.csv", "file", "s.duckdb", "s.duckdb.wal", "s.duckdb.writer"}
