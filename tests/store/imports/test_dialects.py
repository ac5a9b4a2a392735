"""Tables in the dialects of other programs: read as they were written, or refused with the line and what to do."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import EvalsuiteError, InputError
from evalsuite.store.imports.readers.table import read
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.text_files import kind_of

NAMES = ["problem_id", "correct", "completion", "gold"]
TEXTS = st.sampled_from(
    ["", "#x", '"', '"said he', 'he said"', 'a "b" c', "a,b", "a;b\tc", "l1\nl2", "'q'", "it's", "'tis", " s ", "1,5",
     "\\", "\\frac{1}{2}", "a\\\\b", "\n", 'x"\n"y', "so 18", "a|b", "l1\r\nl2", '\\"', "9,1,z\n8,0,y"]
)  # fmt: skip
DIALECTS: dict[str, dict[str, Any]] = {
    "double quotes": {},
    "single quotes": {"quotechar": "'"},
    "backslashes in quotes": {"doublequote": False, "escapechar": "\\"},
    "backslashes in single quotes": {"doublequote": False, "escapechar": "\\", "quotechar": "'"},
    "backslashes alone": {"quoting": csv.QUOTE_NONE, "escapechar": "\\"},
    "no quotes": {"quoting": csv.QUOTE_NONE, "quotechar": None},
}


def cells(path: Path) -> list[tuple[str, bool | None, str, str | None]]:
    """Return what was read of each row."""
    (run,) = read(path, ReadOptions())
    return [(r.problem_id, r.grades["imported"].correct, r.completion or "", r.gold) for r in run.rows()]


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    texts=st.lists(TEXTS, min_size=2, max_size=8),
    order=st.permutations(NAMES),
    dialect=st.sampled_from(list(DIALECTS)),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_dialect_is_read_as_written_or_refused(
    texts: list[str], order: list[str], dialect: str, quoting: Any, delimiter: str, end: str
) -> None:
    buffer = io.StringIO()
    options = {"quoting": quoting, "delimiter": delimiter, "lineterminator": end} | DIALECTS[dialect]
    writer = csv.writer(buffer, **options)
    if dialect == "no quotes":
        texts = [text.replace(delimiter, " ").replace("\n", " ").replace("\r", "") for text in texts]
    writer.writerow(order)
    for i, text in enumerate(texts):
        row = {"problem_id": f"#{i}", "correct": i % 2, "completion": text, "gold": str(i)}
        writer.writerow([row[name] for name in order])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "r.csv"
        file.write_bytes(buffer.getvalue().encode())
        try:
            found = cells(file)
        except EvalsuiteError as error:
            assert any(word in str(error) for word in ("line ", "lines ", "row ", "header"))  # noqa: PT017
            return
    assert found == [(f"#{i}", i % 2 == 1, text, str(i)) for i, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("content", "right"),
    [
        ("id,correct,text,gold\n0,1,'a,b',1\n1,0,'it''s',2\n", ["a,b", "it's"]),
        ('id,correct,text,gold\n0,1,"say \\"hi\\", he",1\n1,0,x,2\n', ['say "hi", he', "x"]),
        ("id,correct,text,gold\r0,1,x,1\r1,0,y,2\r", ["x", "y"]),
        ('id,correct,text,gold\n0,1,"so he" said,1\n1,0,y,2\n', ['"so he" said', "y"]),
        ("id,correct,text,gold\n0,1,$\\frac{1}{2}$ \\\\ x,1\n1,0,y,2\n", ["$\\frac{1}{2}$ \\\\ x", "y"]),
        ("id,correct,text,gold\n0,1,'q',1\n1,0,y,2\n", ["'q'", "y"]),
        ('sep=;\nid;correct;text;gold\n0;1;"a;b";1\n1;0;y;2\n', ["a;b", "y"]),
    ],
)
def test_what_is_clear_is_read(tmp_path: Path, content: str, right: list[str]) -> None:
    (tmp_path / "r.csv").write_bytes(content.encode())
    assert [text for _, _, text, _ in cells(tmp_path / "r.csv")] == right


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ('id,correct,gold,text\n0,1,1,"x\n1,0,2,y"\n2,1,3,z\n', r"lines 2 to 3 are one row if .* and 2 rows if"),
        ('id,correct,gold,text\n0,1,1,x\n1,0,2,"y', r"line 3: .*never closed"),
        ("id,correct,gold,text\n0,1,1,x\\\\y\n1,0,2,z\n", r"row 2: every backslash .* JSONL"),
        ("id,correct,gold,text\r0,1,1,\n\r1,0,2,z\r", r"line 2 ends in another sign than the lines before"),
        ("sep=:\nid:correct\n0:1\n", r"':' separates its fields"),
    ],
)
def test_what_is_not_is_refused_with_its_line(tmp_path: Path, content: str, refusal: str) -> None:
    (tmp_path / "r.csv").write_bytes(content.encode())
    with pytest.raises(InputError, match=refusal):
        cells(tmp_path / "r.csv")


def test_rows_that_quotes_swallow_far_into_a_file_are_seen(tmp_path: Path) -> None:
    lines = [f"{i},1,1,so {i}\n" for i in range(3000)]
    lines[1000], lines[1002] = '1000,1,1,"so he\n', '1002,1,1,said"\n'
    (tmp_path / "r.csv").write_text("id,correct,gold,text\n" + "".join(lines))
    with pytest.raises(InputError, match="lines 1002 to 1004 are one row"):
        cells(tmp_path / "r.csv")


@pytest.mark.parametrize("letters", ["BZh", "Rar!", "7z", "ustar"])
def test_a_table_that_begins_like_a_packed_file_is_a_table(tmp_path: Path, letters: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{letters},id,correct\nx,0,1\ny,1,0\n")
    assert kind_of(path) == "delimited"
