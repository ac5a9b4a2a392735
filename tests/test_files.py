"""Files read line by line as JSON, and files written whole or not at all."""

from decimal import Decimal
from pathlib import Path

import pytest

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.files import read_json_lines, write_whole


def test_writing_is_atomic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "below" / "file.json"
    write_whole(target, "first")

    def fail(self: Path, _: Path) -> Path:
        raise OSError("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="killed here"):
            write_whole(target, "second, and longer")
    assert target.read_text() == "first"
    write_whole(target, "second")
    assert [p.name for p in target.parent.iterdir()] == ["file.json"]


def test_json_lines_keep_their_numbers_and_their_text(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    # A byte order mark, a Windows line end, an empty line, and a sign that str.splitlines() takes for a line end.
    file.write_bytes('\ufeff{"a": "x\u2028y"}\r\n\n{"a": 0.10}\n'.encode())
    assert read_json_lines(file, parse_float=Decimal) == [(1, {"a": "x\u2028y"}), (3, {"a": Decimal("0.10")})]


@pytest.mark.parametrize("line", ["{", "[1]", "3", "[" * 100_000])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"a": 1}\n' + line, encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.jsonl line 2 (is no(t| JSON)|holds lists or objects within each other)"):
        read_json_lines(file)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(b"\xff\xfe{}")
    for name in ("a.jsonl", "b.jsonl"):
        with pytest.raises(DataUnavailableError, match=name):
            read_json_lines(tmp_path / name)
