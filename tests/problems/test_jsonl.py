"""Problems from a file of one's own: what is read, and which line is named where something is wrong."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.problems.jsonl import read_jsonl


def write(folder: Path, *rows: Any, name: str = "own.jsonl") -> Path:
    file = folder / name
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_all_keys(tmp_path: Path) -> None:
    row = {"problem_id": "a", "question": "q?", "answer": "1+1=2\n#### 2", "template_id": "t", "n_steps": 1}
    (problem,) = read_jsonl(write(tmp_path, row)).problems
    assert (problem.problem_id, problem.question, problem.solution) == ("a", "q?", "1+1=2\n#### 2")
    assert (problem.gold, problem.template_id, problem.n_steps) == (2, "t", 1)


def test_ids_are_line_numbers_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    file = write(tmp_path, {"question": "a", "answer": 1}, "", {"question": "b", "answer": 1, "problem_id": None})
    found = read_jsonl(file)
    assert [p.problem_id for p in found.problems] == ["own/1", "own/3"]
    assert (found.name, found.source) == ("own", str(file))
    assert [(p.template_id, p.n_steps) for p in found.problems] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("7", Fraction(7)),
        ("1,234", Fraction(1234)),
        ("$-2.50", Fraction(-5, 2)),
        ("so 3 or 4\n#### 4", Fraction(4)),
        ("0.1", Fraction(1, 10)),
        ("#### 5\n#### 6", Fraction(6)),
    ],
)
def test_answers_as_text(tmp_path: Path, answer: str, gold: Fraction) -> None:
    assert read_jsonl(write(tmp_path, {"question": "q", "answer": answer})).problems[0].gold == gold


@pytest.mark.parametrize(
    ("number", "gold"),
    [
        ("12", Fraction(12)),
        ("-3", Fraction(-3)),
        ("0.1", Fraction(1, 10)),
        ("1e3", Fraction(1000)),
        ("1e-7", Fraction(1, 10**7)),
        ("12345678901234567890", Fraction(12345678901234567890)),
        ("0.12345678901234567890", Fraction("0.12345678901234567890")),
    ],
)
def test_answers_as_numbers_are_exact(tmp_path: Path, number: str, gold: Fraction) -> None:
    assert read_jsonl(write(tmp_path, f'{{"question": "q", "answer": {number}}}')).problems[0].gold == gold


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "line 2 is not JSON"),
        ("[1, 2]", "line 2 is no JSON object but list"),
        ({"question": "q", "gold": 1}, r"line 2 needs the keys .* got \['gold', 'question'\]"),
        ({"question": "q", "answer": "a dozen"}, "line 2: the answer is no number"),
        ({"question": "q", "answer": None}, "line 2: answer must be a text or a number, got None"),
        ({"question": "q", "answer": True}, "line 2: answer must be a text or a number, got True"),
        ('{"question": "q", "answer": NaN}', "line 2: answer must be a text or a number, got nan"),
        ({"question": None, "answer": 1}, "line 2: question must be a text, got None"),
        ({"question": " ", "answer": 1}, "problem 'own/2' of own has an empty question"),
        ({"question": "q", "answer": 1, "n_steps": "two"}, "line 2: n_steps must be a whole number from 0 on"),
        ({"question": "q", "answer": 1, "n_steps": True}, "line 2: n_steps must be a whole number from 0 on"),
        ({"question": "q", "answer": 1, "n_steps": -1}, "line 2: n_steps must be a whole number from 0 on, got -1"),
        ({"question": "q", "answer": 1, "problem_id": "own/1"}, "problem id 'own/1' occurs twice"),
        ({"question": "first", "answer": "1.0"}, "'own/1' and 'own/2' of own are the same question"),
    ],
)
def test_unusable_lines_are_named(tmp_path: Path, row: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_jsonl(write(tmp_path, {"question": "first", "answer": 1}, row))
    assert "own.jsonl" in str(caught.value)


def test_one_question_with_two_answers_is_two_problems(tmp_path: Path) -> None:
    file = write(tmp_path, {"question": "q", "answer": 1}, {"question": "q", "answer": 2})
    first, second = read_jsonl(file).problems
    assert first.content_hash != second.content_hash


def test_unicode_line_separators_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes(
        '\ufeff{"question": "1\u20282\u0085 €?", "answer": 1}\r\n{"question": "b", "answer": 2}\r\n'.encode()
    )
    assert [p.question for p in read_jsonl(file).problems] == ["1\u20282\u0085 €?", "b"]


def test_identity_is_the_content_not_the_name(tmp_path: Path) -> None:
    rows = [{"question": "a", "answer": 1}, {"question": "b", "answer": 2}]
    first = read_jsonl(write(tmp_path, *rows))
    assert read_jsonl(write(tmp_path, *rows, name="other.jsonl")).dataset_hash == first.dataset_hash
    assert read_jsonl(write(tmp_path, *rows[::-1])).dataset_hash != first.dataset_hash
    assert read_jsonl(write(tmp_path, rows[0])).dataset_hash != first.dataset_hash


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match=r"cannot read .*none\.jsonl"):
        read_jsonl(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "caf\xe9", "answer": 1}')
    with pytest.raises(DataUnavailableError, match="utf-8"):
        read_jsonl(tmp_path / "latin.jsonl")
    with pytest.raises(InputError, match="holds no problems"):
        read_jsonl(write(tmp_path, ""))
