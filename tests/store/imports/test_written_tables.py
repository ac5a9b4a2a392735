"""Tables as other programs write them are read back as they were, or refused; ordinary ones are hardly ever refused.

Texts are those of answers to word problems at their worst: quotes, backslashes, delimiters and line ends in any place.
"""

import csv
import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from evalsuite.errors import EvalsuiteError
from evalsuite.store.imports.raw_table import open_table

Row = list[str]
NAMES = ["id", "correct", "response"]
PLAIN = ("so 18", "the answer is 5", "it's 3", "6 * 7 = 42", "I think 7, so 7")
WORST = (
    *PLAIN, 'He said "hi"', '5" pipe', "x; y", "tab\there", "back\\slash", "\\frac{1}{2}", "$1,080", "line1\nline2",
    "'quoted'", '"all"', "''", '"', "'", "a | b", "", "it''s", '\\"', "\\n", "[1, 2]", "{'a': 1}", "\u00e9\u4e2d",
    "end\\", "'a', 'b'", '"a","b"', "# x", "q: 'x'", "NULL", " lead", "trail ",
)  # fmt: skip


def rows_of(rng: random.Random) -> list[Row]:
    mild = rng.random() < 0.5
    return [
        [str(i), rng.choice("01"), rng.choice(PLAIN) if mild and rng.random() < 0.7 else text_of(rng)]
        for i in range(rng.choice((1, 2, 3, 5, 8, 20)))
    ]


def text_of(rng: random.Random) -> str:
    return rng.choice(["", ", ", " ", "\n", ";"]).join(rng.choice(WORST) for _ in range(rng.choice((1, 1, 2, 3))))


def by_python(rng: random.Random, rows: Sequence[Row]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=rng.choice(",;\t|"), quoting=rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
    writer.writerows([NAMES, *rows])
    return file.getvalue().encode()


def by_python_with_escapes(rng: random.Random, rows: Sequence[Row]) -> bytes:
    file = io.StringIO()
    quote = rng.choice("\"'")
    writer = csv.writer(
        file, delimiter=rng.choice(",;\t|"), quotechar=quote, escapechar="\\", doublequote=rng.random() < 0.5
    )
    # Two double quotes alone are an empty text everywhere else.
    writer.writerows([NAMES, *([i, right, "" if text == '""' else text] for i, right, text in rows)])
    return file.getvalue().encode()


def by_pandas(rng: random.Random, rows: Sequence[Row]) -> bytes:
    frame = pd.DataFrame(rows, columns=NAMES)
    written = frame.to_csv(None, sep=rng.choice(",;\t"), index=rng.random() < 0.5)
    return written.encode(rng.choice(("utf-8", "utf-8-sig", "utf-16")))


def by_duckdb(rng: random.Random, rows: Sequence[Row]) -> bytes:
    option = rng.choice(("", "DELIMITER ';'", "DELIMITER '\t'", "FORCE_QUOTE *", "QUOTE ''''", "ESCAPE '\\'"))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (id VARCHAR, correct VARCHAR, response VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        connection.execute(f"COPY t TO 'written.csv' (FORMAT csv, HEADER{f', {option}' if option else ''})")
    return Path("written.csv").read_bytes()


def by_r(rng: random.Random, rows: Sequence[Row]) -> bytes:
    """``write.csv`` and ``write.csv2`` quote every text; ``write.table`` escapes quotes."""
    kind = rng.choice(("csv", "csv2", "table"))
    d = {"csv": ",", "csv2": ";", "table": "\t"}[kind]

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '\\"' if kind == "table" else '""') + '"'

    lines = [d.join(([quoted("")] if kind != "table" else []) + [quoted(name) for name in NAMES])]
    for number, (i, right, text) in enumerate(rows, 1):
        lines.append(d.join(([quoted(str(number))] if kind != "table" else []) + [i, right, quoted(text)]))
    return ("\n".join(lines) + "\n").encode()


def by_excel(rng: random.Random, rows: Sequence[Row]) -> bytes:
    """CSV with commas or semicolons, in UTF-8 with a mark, and "Unicode text": tabs in UTF-16."""
    d, encoding = rng.choice(((",", "utf-8"), (";", "utf-8"), (",", "utf-8-sig"), ("\t", "utf-16")))

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in f'{d}"\n\r') else text

    lines = [d.join(NAMES), *(d.join([i, right, cell(text)]) for i, right, text in rows)]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


WRITERS: dict[Callable[[random.Random, Sequence[Row]], bytes], float] = {
    by_python: 0.1, by_pandas: 0.1, by_excel: 0.1, by_r: 0.5, by_duckdb: 0.5, by_python_with_escapes: 0.9,
}  # fmt: skip
"""Each with the largest share of its tables that may be refused. A table in which every backslash stands before a sign
that a program would escape has two readings, and one that was written with escapes is nearly always of this kind."""


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_what_a_program_writes_is_read_as_it_was_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: Callable[[random.Random, Sequence[Row]], bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = random.Random(20)  # noqa: S311 - no secret
    refused, n = 0, 40
    for _ in range(n):
        rows = rows_of(rng)
        content = writer(rng, rows)
        Path("t.csv").write_bytes(content)
        try:
            table = open_table(Path("t.csv"))
            read = [[row.get(name) or "" for name in NAMES] for _, row in table.rows()]
        except EvalsuiteError:
            refused += 1
            continue
        if not set(NAMES) <= set(table.columns):
            # No column would be found.
            refused += 1
            continue
        written = [
            [i, right, "" if writer is by_python_with_escapes and text == '""' else text] for i, right, text in rows
        ]
        assert read == written, content
    assert refused <= WRITERS[writer] * n
