"""Tables staged by SQL: what is staged, and every error, is that of the rows read one by one."""

import csv
import gzip
import io
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import EvalsuiteError
from evalsuite.store.imports.raw_table import of_frame
from evalsuite.store.imports.readers import table as table_reader
from evalsuite.store.imports.readers.table import read, runs_of_table
from evalsuite.store.imports.results import ForeignRun, ReadOptions
from evalsuite.store.imports.staging import fill, stage_at_once

STAGED = ("incoming", "incoming_grades", "incoming_run_ons")
IDS = st.one_of(
    st.integers(0, 12),
    st.integers(0, 12).map(lambda n: f"gsm8k/{n}"),
    st.sampled_from(["", " ", "1.0", "01.0", "١.0", "é.0", "nan", "\u00a0", " 7 ", None, 1.0, 2.5, -0.0, True, "a\tb"]),
)
VERDICTS = st.sampled_from([True, False, 1, 0, 1.0, 0.0, "yes", "no", "C", "I", " TRUE ", "1.00", None, "nan", ""])
STRANGE = st.sampled_from(["perhaps", 0.5, "0,5", -1, [True], [True, False], {"acc": 1}, 2**70, "7e1", -0.0])
REASONS = st.sampled_from(["stop", "length", "timeout", "tool_calls", None, "", "FINISH_REASON_STOP", "eos"])
COUNTS = st.sampled_from([0, 1, 17, "3", " 4", "5.0", 6.0, None, "nan", "", 2**31, "x", -1, [8]])
WORDS = st.sampled_from(["18", "#### 1,080", "a 'b'", 'say "so"', "x;y", "50%", None, "", "-0", 18, -0.0, [18], "n/a"])
COLUMNS = {
    "model": st.sampled_from(["base", "new", None, "nan", 1, 1.0]),
    "n_tokens": COUNTS,
    "stop_reason": REASONS,
    "max_tokens": COUNTS,
    "completion_index": st.sampled_from([0, 1, 2, "1", None]),
    "error": st.sampled_from(["boom", "error: x\ny", None, ""]),
    "extracted": WORDS,
    "gold": WORDS,
    "template_id": st.sampled_from(["a", "b", "", None]),
    "score": st.sampled_from([0.25, 1, None, "0.5"]),
    "other": WORDS,
}


def mostly(usual: st.SearchStrategy[Any], strange: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Most tables have no strange value at all: only those are staged at once."""
    return st.one_of(st.just(usual), st.just(usual), st.just(usual), st.just(st.one_of(usual, strange)))


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True, max_size=5))
    ids = draw(mostly(st.integers(0, 10**6) if draw(st.booleans()) else st.integers(0, 10**6).map(str), IDS))
    verdicts = draw(mostly(VERDICTS, STRANGE))
    columns = {"id": ids, "correct": verdicts} | {name: COLUMNS[name] for name in names}
    rows = draw(st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=8))
    if draw(st.booleans()):  # keys that are left out are null
        rows = [{k: v for k, v in row.items() if v is not None or k in ("id", "correct")} for row in rows]
    return rows


def staged(connection: duckdb.DuckDBPyConnection, run: ForeignRun, fill: Callable[..., int | None]) -> Any:
    """Return what a run's rows are in the staging tables, or the error."""
    try:
        n = fill(connection, run)
    except EvalsuiteError as error:
        return type(error), str(error)
    return (
        n
        if n is None
        else (n, [connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in STAGED])
    )


def read_slowly(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Read a file as where SQL cannot say which runs it holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_reader, "distinct_cells", lambda *_: None)
        return read(path, options)


def both(path: Path, options: ReadOptions | None = None) -> list[bool]:
    """Stage the runs of a file in both ways, see that they are the same, and return which SQL alone can stage."""
    options = options or ReadOptions()
    try:
        runs = read(path, options)
    except EvalsuiteError as error:
        with pytest.raises(type(error), match=re.escape(str(error))):
            read_slowly(path, options)
        return []
    assert [run.label for run in read_slowly(path, options)] == [run.label for run in runs]
    found = []
    with duckdb.connect() as connection:
        for run in runs:
            at_once = staged(connection, run, stage_at_once)
            found.append(at_once is not None)
            if found[-1]:
                assert repr(at_once) == repr(staged(connection, run, fill))
    return found


def both_of_frame(frame: pd.DataFrame) -> list[bool]:
    """As `both`, of a pandas frame."""

    def runs(distinct: Callable[..., Any] = table_reader.distinct_cells) -> Sequence[ForeignRun]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table_reader, "distinct_cells", distinct)
            return runs_of_table(of_frame(frame, "frame"), ReadOptions(), label="frame")

    try:
        at_once = runs()
    except EvalsuiteError as error:
        with pytest.raises(type(error), match=re.escape(str(error))):
            runs(lambda *_: None)
        return []
    found = []
    with duckdb.connect() as connection:
        for run in at_once:
            stored = staged(connection, run, stage_at_once)
            found.append(stored is not None)
            assert not found[-1] or repr(stored) == repr(staged(connection, run, fill))
    return found


def written(folder: Path, rows: list[dict[str, Any]], form: str) -> Path:
    """Write rows as CSV in some dialect, as JSON Lines or as Parquet."""
    path = folder / f"r.{form.partition(' ')[0]}"
    names = list(dict.fromkeys(key for row in rows for key in row))
    if form.startswith("csv"):
        text = io.StringIO(newline="")
        _, delimiter, quoting, end = form.split(" ")
        writer = csv.DictWriter(
            text, names, delimiter={"comma": ",", "semicolon": ";"}[delimiter], quoting=int(quoting), escapechar="\\",
            lineterminator={"n": "\n", "rn": "\r\n"}[end],
        )  # fmt: skip
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
    elif form == "json":
        end = ",\n" if len(rows) % 2 else ", "
        path.write_text(f"[{end.join(json.dumps(row, ensure_ascii=False) for row in rows)}]\n", encoding="utf-8")
    elif form == "jsonl":
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    else:
        with duckdb.connect() as connection:
            for name in names:
                cells = [row.get(name) for row in rows]
                kinds = {type(cell) for cell in cells} - {type(None)}
                if (
                    len(kinds) > 1
                    or kinds & {list, dict}
                    or max((c for c in cells if isinstance(c, int)), default=0) > 2**62
                ):
                    cells = [None if cell is None else str(cell) for cell in cells]
                made = f"SELECT unnest(?) AS {name}, unnest(range({len(cells)})) AS place"
                joined = "" if name == names[0] else " JOIN t USING (place)"
                connection.execute(f"CREATE OR REPLACE TABLE u AS SELECT * FROM ({made}){joined}", [cells])
                connection.execute("CREATE OR REPLACE TABLE t AS FROM u")
            quoted = str(path).replace("'", "''")
            connection.execute(f"COPY (SELECT {', '.join(names)} FROM t ORDER BY place) TO '{quoted}' (FORMAT parquet)")
    return path


FORMS = ("csv comma 0 n", "csv comma 1 rn", "csv semicolon 2 n", "json", "jsonl", "parquet")


@settings(max_examples=30, deadline=None)
@given(tables(), st.sampled_from(FORMS), st.booleans())
def test_any_table_is_staged_the_same_by_sql_and_row_by_row(
    rows: list[dict[str, Any]], form: str, scored: bool
) -> None:
    scored = scored and any("score" in row for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = written(Path(folder), rows, form)
        except (csv.Error, duckdb.Error):
            return
        both(path, ReadOptions(score_range=(0.0, 1.0) if scored else None))


@settings(max_examples=15, deadline=None)
@given(tables(), st.booleans())
def test_any_frame_is_staged_the_same_by_sql_and_row_by_row(rows: list[dict[str, Any]], as_objects: bool) -> None:
    both_of_frame(pd.DataFrame(rows, dtype=object if as_objects else None))


PLAIN = [
    {
        "id": f"p{i}",
        "correct": i % 3 == 0,
        "model": "ab"[i % 2],
        "n_tokens": i,
        "stop_reason": "length",
        "gold": f"{i}%",
    }
    for i in range(20)
]


@pytest.mark.parametrize("form", FORMS)
def test_a_plain_table_is_staged_by_sql(tmp_path: Path, form: str) -> None:
    assert both(written(tmp_path, PLAIN, form)) == [True, True]


def test_a_plain_frame_is_staged_by_sql() -> None:
    assert both_of_frame(pd.DataFrame(PLAIN)) == [True, True]
    assert both_of_frame(pd.DataFrame(PLAIN, dtype=object)) == [True, True]
    assert both_of_frame(pd.DataFrame({7: [1, 2, 3], "id": ["a", "b", "c"], "correct": [0.0, 1.0, 1.0]})) == [True]
    assert both_of_frame(pd.DataFrame({"id": ["a", "b", "c"], "correct": [0.0, None, 1.0]})) == [False]
    named = pd.DataFrame({"id": ["a", "b", "c"], "uid": ["d", None, "total"], "correct": [1, 0, 1]})
    assert both_of_frame(named) == [False]  # its last row may be a total


def test_columns_of_verdicts_and_a_packed_file_too(tmp_path: Path) -> None:
    text = "id,base,new\na,1,0\nb,0,\nc,1,1\n"
    (tmp_path / "wide.csv").write_text(text)
    assert both(tmp_path / "wide.csv") == [True, True]
    (tmp_path / "wide.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert both(tmp_path / "wide.csv.gz") == [True, True]
    zstd(tmp_path / "wide.csv")
    assert both(tmp_path / "wide.csv.zst") == [True, True]


LINES = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\t'"


def zstd(path: Path) -> Path:
    """Pack a file without tabs with Zstandard."""
    packed = path.with_name(f"{path.name}.zst")
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT * FROM read_csv('{path}', header = false, columns = {{'line': 'VARCHAR'}}, delim = '\t',
                     quote = '', escape = '', auto_detect = false))
                TO '{packed}' ({LINES}, COMPRESSION zstd)"""
        )
    return packed


def test_a_file_packed_with_zstandard_is_staged_as_the_plain_one(tmp_path: Path) -> None:
    for form in ("csv comma 0 n", "jsonl", "json"):
        assert both(zstd(written(tmp_path, PLAIN, form))) == [True, True]
    marked = tmp_path / "marked.jsonl.zst"
    with duckdb.connect() as connection:
        lines = """SELECT unnest([chr(65279) || '{"id": 1, "correct": true}', '{"id": 2, "correct": false}'])"""
        connection.execute(f"COPY ({lines}) TO '{marked}' ({LINES}, COMPRESSION zstd)")
    assert both(marked) == [True]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("twice.jsonl", '{"id": 1, "correct": true, "correct": false}\n{"id": 2, "correct": true}\n'),
        ("comma.jsonl", '{"id": 1, "correct": true,}\n{"id": 2, "correct": true}\n'),
        ("nan.jsonl", '{"id": 1, "correct": true, "x": nan}\n{"id": 2, "correct": true}\n'),
        ("half.jsonl", '{"id": "\\ud800", "correct": true}\n{"id": 2, "correct": true}\n'),
        ("torn.jsonl", '{"id": 1, "correct": true}\n{"id": 2, "corr'),
        ("summary.jsonl", '{"id": 1, "correct": true}\n{"id": 2, "correct": true}\n{"accuracy": 1.0}\n'),
        ("list.jsonl", '{"id": 1, "correct": [true, false]}\n{"id": 2, "correct": [true, true]}\n'),
        ("dot.jsonl", '{"id": 1, "correct": true, "usage.completion_tokens": 4}\n'),
        ("returns.csv", "id,correct\ra,1\rb,0\r"),
        ("lines.csv", 'id,correct,note\na,1,"x\ny"\nb,0,z\n'),
        ("totals.csv", "id,correct\na,1\nb,0\nmean,0.5\n"),
        ("totals.jsonl", '{"id": "a", "correct": 1}\n{"id": " Total:", "correct": 0}\n'),
        ("again.csv", "id,correct\na,1\nid,correct\nb,0\n"),
        ("rounded.csv", "id,correct\n1.2E+10,1\nb,0\n"),
        ("short.csv", "id,correct\na,1\nb\n"),
        ("quotes.csv", 'id,correct,note\na,1,say "so"\nb,0,z\n'),
        ("cut.json", '[{"id": 1, "correct": true}, {"id": 2, "correct": true}'),
        ("torn.json", '[{"id": 1, "correct": true}, {"id": 2, "corr'),
        ("commas.json", '[{"id": 1, "correct": true},, {"id": 2, "correct": true}]'),
        ("none.json", '[{"id": 1, "correct": true} {"id": 2, "correct": true}]'),
        ("last.json", '[{"id": 1, "correct": true}, {"id": 2, "correct": true},]'),
        ("mixed.json", '[{"id": 1, "correct": true}, 7]'),
        ("zero.csv", "id,correct,note\na,1,\0\nb,0,z\n"),
    ],
)
def test_what_two_programs_may_read_in_two_ways_is_read_row_by_row(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    assert not any(both(tmp_path / name))


def test_rows_keep_their_order_in_a_file_of_many_pieces(tmp_path: Path) -> None:
    n = 300_000
    path = tmp_path / "many.csv"
    path.write_text("id,correct\n" + "".join(f"{i * 7919 % n},{i % 2}\n" for i in range(n)))
    (run,) = read(path, ReadOptions())
    with duckdb.connect() as connection:
        assert stage_at_once(connection, run) == n
        wrong = "SELECT count(*) FROM incoming WHERE problem_id <> CAST((position - 1) * 7919 % ? AS VARCHAR)"
        assert connection.execute(wrong, [n]).fetchall() == [(0,)]
