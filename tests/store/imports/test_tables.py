"""People's own tables: each case from the field with exactly what is right, then random tables in random dialects."""

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError
from evalsuite.store import queries
from evalsuite.store.imports.readers.table import read
from evalsuite.store.imports.results import ReadOptions, ResultRow
from evalsuite.store.imports.results_file import import_path
from evalsuite.store.imports.store_results import ImportReport
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store

FOUR = [
    {"problem_id": str(i), "correct": i % 2 == 0, "completion": f"so 1{i}", "gold": f"1{i}", "question": f"{i} + 10?"}
    for i in range(4)
]  # fmt: skip
TWO = 'problem_id,correct,completion\n0,True,"so 1,\n2"\n1,False,x\n'


def rows(path: Path, **options: Any) -> list[ResultRow]:
    """Return the rows of the one run of a file."""
    (run,) = read(path, ReadOptions(**options))
    return list(run.rows())


def stored(path: Path, **options: Any) -> tuple[ImportReport, ...]:
    """Return what an import of a file into an empty store reports."""
    with Store.in_memory() as store:
        return import_path(store, path, options=ReadOptions(**options))


def lines(path: Path, members: list[Any]) -> Path:
    """Write members as JSON Lines."""
    path.write_text("".join(f"{json.dumps(m)}\n" for m in members), "utf-8")
    return path


@pytest.mark.parametrize(
    "content",
    [
        TWO.encode("utf-8-sig"),
        TWO.encode("utf-16"),
        TWO.encode("utf-16-le"),
        TWO.replace("problem_id,correct", "Problem_ID,Correct").encode(),
        TWO.replace("problem_id,correct", "problem_id, correct").encode(),
        TWO.replace("\n", "\r\n").encode(),
        gzip.compress(TWO.encode(), mtime=0),
    ],
)
def test_two_rows_however_they_are_written(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.csv").write_bytes(content)
    first, second = rows(tmp_path / "r.csv")
    assert [(r.problem_id, r.grades["imported"].correct) for r in (first, second)] == [("0", True), ("1", False)]
    assert (first.completion or "").replace("\r", "") == "so 1,\n2"
    assert second.completion == "x"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "r.csv").write_text(TWO.replace(",", delimiter))
    assert [r.completion for r in rows(tmp_path / "r.csv")] == [f"so 1{delimiter}\n2", "x"]


def test_a_decimal_comma_is_read_in_verdicts_and_in_scores(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id;score;note\na;1,0;x\nb;0,0;y\n")
    assert [r.grades["imported"].correct for r in rows(tmp_path / "r.csv")] == [True, False]
    (tmp_path / "r.csv").write_text("id;score;note\na;1,0;x\nb;0,5;y\n")
    (report,) = stored(tmp_path / "r.csv")
    assert (report.n_correct, report.score_range) == (1, (0.0, 1.0))
    (tmp_path / "r.csv").write_text("id;score;note\na;1,0;x\nb;7,5;y\n")
    with pytest.raises(InputError, match=r"go from 1 to 7\.5, the first that is no verdict in row 2.*--score-range"):
        stored(tmp_path / "r.csv")


@pytest.mark.parametrize("shape", ["list", "object", "lines", "columns", "index"])
def test_json_in_every_shape(tmp_path: Path, shape: str) -> None:
    file = tmp_path / "r.json"
    columns = {key: [row[key] for row in FOUR] for key in FOUR[0]}
    documents = {
        "list": FOUR,
        "object": {"accuracy": 0.5, "results": FOUR},
        "columns": columns,
        "index": {key: dict(enumerate(values)) for key, values in columns.items()},
    }
    file.write_text(json.dumps(documents[shape], indent=1)) if shape != "lines" else lines(file, FOUR)
    (report,) = stored(file)
    assert (report.n_problems, report.n_completions, report.n_correct, report.n_missing) == (4, 4, 2, 0)


def test_a_summary_in_the_last_line_is_no_row_and_is_said(tmp_path: Path) -> None:
    (report,) = stored(lines(tmp_path / "r.jsonl", [*FOUR, {"accuracy": 0.5, "n": 4}]))
    assert (report.n_completions, report.notes) == (4, ("the last line is a summary (accuracy, n) and no row",))


def test_a_line_that_is_cut_off_is_named(tmp_path: Path) -> None:
    file = lines(tmp_path / "r.jsonl", FOUR)
    file.write_text(file.read_text()[:-30])
    with pytest.raises(InputError, match="line 4, the last one, is cut off in the middle"):
        stored(file)
    (tmp_path / "r.csv").write_text("id,correct,text\na,1,x\nb,0")
    with pytest.raises(InputError, match="line 3 has 2 fields and the header 3"):
        stored(tmp_path / "r.csv")


def test_an_error_row_is_missing_counted_and_named(tmp_path: Path) -> None:
    error = {**FOUR[3], "correct": None, "completion": None, "error": "timeout"}
    (report,) = stored(lines(tmp_path / "r.jsonl", [*FOUR[:3], error]))
    assert (report.n_problems, report.n_completions, report.n_correct) == (4, 3, 2)
    assert report.missing_reasons == {"error: timeout": 1}


def test_several_completions_a_row(tmp_path: Path) -> None:
    listed = [{**row, "correct": [True, False, True, True], "completion": [row["completion"]] * 4} for row in FOUR]
    with Store.in_memory() as store:
        import_path(store, lines(tmp_path / "r.jsonl", listed))
        assert score_matrix(store, find_run(store, "r")).correct.tolist() == [[True, False, True, True]] * 4


def test_a_completion_that_is_no_text_is_unpacked_or_refused(tmp_path: Path) -> None:
    message = [{"role": "assistant", "content": "0 + 10 = 10.", "tokens": 57}]
    assert rows(lines(tmp_path / "m.jsonl", [{**FOUR[0], "completion": message}]))[0].completion == "0 + 10 = 10."
    two = lines(tmp_path / "r.jsonl", [{**row, "completion": [["so 10", "7"]]} for row in FOUR])
    with pytest.raises(InputError, match=r"line 1: 2 completions and one verdict.*--column correct="):
        stored(two)
    (report,) = stored(two, columns={"correct": ""})
    assert (report.n_completions, report.graded_here) == (8, True)
    with pytest.raises(InputError, match="is no text, no message"):
        stored(lines(tmp_path / "n.jsonl", [{**FOUR[0], "completion": {"a": 1}}]))


def test_lists_written_as_text_in_a_csv_are_lists(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,completion,gold\na,\"['so 1', 'so 2']\",1\nb,\"['so 3', 'so 4']\",3\n")
    assert [r.completion for r in rows(tmp_path / "r.csv")] == ["so 1", "so 2", "so 3", "so 4"]


@pytest.mark.parametrize("written", ["0.0", 0.0, 0, "0"])
def test_whole_numbers_beside_a_gap_are_the_same_ids(tmp_path: Path, written: Any) -> None:
    assert rows(lines(tmp_path / "r.jsonl", [{"id": written, "correct": 1}]))[0].problem_id == "0"


def test_a_column_a_model_is_a_run_each(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,base,ckpt-500\nq0,0,1\nq1,1,1\n")
    assert [(r.label, r.n_correct) for r in stored(tmp_path / "r.csv")] == [("base", 1), ("ckpt-500", 2)]


def test_columns_about_two_runs_or_about_errors_are_no_runs(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("id,base,new,agree,both_right,misses\n" + "".join(f"{i},1,{i % 2},{i % 2},0,1\n" for i in range(4)))
    assert [run.label for run in read(file, ReadOptions())] == ["base", "new"]
    file.write_text("id,hits,misses\n1,1,0\n2,0,1\n")
    with pytest.raises(InputError, match="--correct hits"):
        read(file, ReadOptions())


def test_a_header_that_asks_is_read_before_texts_are_graded(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("Index,Model Answer,Ground Truth,Correct?\n1,18,18,FALSE\n2,3,4,TRUE\n")
    assert [row.grades["imported"].correct for row in rows(file)] == [False, True]


def test_a_long_table_of_models_with_samples(tmp_path: Path) -> None:
    body = "".join(f"t/{t},{k},{m},{(t + k) % 2 == 0}\n" for m in ("base", "grpo") for t in range(3) for k in range(4))
    (tmp_path / "r.csv").write_text("task_id,sample,model,passed\n" + body)
    reports = stored(tmp_path / "r.csv")
    assert [(r.label, r.n_problems, r.n_completions) for r in reports] == [("base", 3, 12), ("grpo", 3, 12)]
    assert [r.label for r in stored(tmp_path / "r.csv", group_by="model")] == ["base", "grpo"]


def test_openai_columns(tmp_path: Path) -> None:
    row = {"id": 0, "question": "?", "answer": "866", "response": "so 867", "finish_reason": "stop",
           "usage": {"prompt_tokens": 80, "completion_tokens": 40}, "correct": False}  # fmt: skip
    (found,) = rows(lines(tmp_path / "r.jsonl", [row]))
    assert (found.gold, found.completion, found.n_tokens, found.stop_reason) == ("866", "so 867", 40, "stop")


def test_what_an_answer_is_follows_from_the_rows(tmp_path: Path) -> None:
    read_off = [{"id": i, "answer": str(i + 1), "response": f"so {i + 1}", "correct": False} for i in range(4)]
    (run,) = read(lines(tmp_path / "r.jsonl", read_off), ReadOptions())
    assert "answer -> extracted, in wrong rows too it is what the text says" in run.notes
    right = [{**row, "answer": "100"} for row in read_off]
    (run,) = read(lines(tmp_path / "g.jsonl", right), ReadOptions())
    assert "answer -> gold, taken for the right answer" in run.notes
    long = [{"id": i, "answer": "because " * 20 + str(i), "target": str(i)} for i in range(4)]
    (report,) = stored(lines(tmp_path / "t.jsonl", long))
    assert (report.n_correct, report.primary_grader) == (4, "last_number")


def test_texts_without_verdicts_are_graded_by_the_default_grader_where_it_reads_them(tmp_path: Path) -> None:
    boxed = [
        {k: v for k, v in row.items() if k != "correct"} | {"completion": f"\\boxed{{{row['gold']}}}"} for row in FOUR
    ]
    (report,) = stored(lines(tmp_path / "r.jsonl", boxed))
    assert (report.n_correct, report.primary_grader, report.graded_here) == (4, "boxed", True)


def test_a_row_that_begins_with_a_hash_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,correct\n#1,1\n2,0\n#3,1\n")
    assert [r.problem_id for r in rows(tmp_path / "r.csv")] == ["#1", "2", "#3"]


def test_paths_are_no_patterns_and_folders_no_columns(tmp_path: Path) -> None:
    folder = tmp_path / "correct=false" / "gold=5"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        for name, right in (("run1", False), ("plain", True)):
            target = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"COPY (SELECT 'a' AS problem_id, {right} AS correct) TO '{target}' (FORMAT parquet)")
    (folder / "plain.parquet").rename(folder / "run[1].parquet")
    for row in (*rows(folder / "run[1].parquet"), *rows(folder / "run[1].parquet", columns={"correct": "correct"})):
        assert (row.grades["imported"].correct, row.gold) == (True, None)


def test_an_option_that_names_no_column_says_which_there_are(tmp_path: Path) -> None:
    file = lines(tmp_path / "r.jsonl", [{"key": 1, "ok": 1}])
    with pytest.raises(InputError, match=r"no column 'kez' \(--column problem_id=kez\)\. Did you mean 'key'\?"):
        stored(file, columns={"problem_id": "kez"})
    (report,) = stored(file, columns={"problem_id": "key", "correct": "ok"})
    assert report.n_correct == 1


def test_other_content_under_a_label_needs_replace(tmp_path: Path) -> None:
    one, other = lines(tmp_path / "a.jsonl", FOUR), lines(tmp_path / "b.jsonl", FOUR[:3])
    with Store.in_memory() as store:
        import_path(store, one, label="r")
        assert import_path(store, one, label="r")[0].n_new == 0
        with pytest.raises(InputError, match=r"another --label, or .* --replace"):
            import_path(store, other, label="r")
        (report,) = import_path(store, other, label="r", replace=True)
        assert [h["run_id"] for h in queries.run_heads(store.connection)] == [report.run_id]
        assert len(queries.completion_texts(store.connection, report.run_id)) == 3


def test_a_row_that_is_no_row_leaves_nothing_in_the_store(tmp_path: Path) -> None:
    file = lines(tmp_path / "r.jsonl", [*FOUR, {**FOUR[0], "problem_id": "x", "correct": "maybe"}])
    with Store.in_memory() as store, pytest.raises(InputError, match="line 5"):
        import_path(store, file)
    assert stored(lines(file, FOUR))[0].n_new == 4


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=12)
TRICKY = st.sampled_from(
    ["", "#x", '"', "a,b", "a;b\tc", "l1\nl2", "'q'", "NULL", "nan", " s ", "1,5", "\\", "[1", "\ufeff"]
)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    texts=st.lists(CELLS | TRICKY, min_size=2, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_random_tables_in_random_dialects_read_back_equal(
    texts: list[str], delimiter: str, quoting: Any, end: str, encoding: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["problem_id", "correct", "completion", "gold"])
    writer.writerows([f"#{i}", i % 2, text, f"{i}"] for i, text in enumerate(texts))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "r.csv"
        file.write_bytes(buffer.getvalue().encode(encoding))
        found = rows(file)
    assert [r.problem_id for r in found] == [f"#{i}" for i in range(len(texts))]
    assert [r.grades["imported"].correct for r in found] == [i % 2 == 1 for i in range(len(texts))]
    # Only quotes tell an empty text from a missing one.
    assert [r.completion or "" for r in found] == texts
    assert [r.gold for r in found] == [f"{i}" for i in range(len(texts))]
