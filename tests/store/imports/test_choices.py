"""Multiple choice: letters are compared as letters, never taken for verdicts or completions."""

import json
from pathlib import Path
from typing import Any

import pytest

from evalsuite.errors import InputError
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import ImportReport, import_path
from evalsuite.store.store import Store


def imported(path: Path, rows: list[dict[str, Any]], **columns: str) -> ImportReport:
    """Write rows, and return what their import brought."""
    path.write_text("".join(json.dumps({"id": i, **row}) + "\n" for i, row in enumerate(rows)))
    with Store.in_memory() as store:
        return import_path(store, path, options=ReadOptions(columns=columns))[0]


def test_a_bare_letter_is_right_if_it_is_that_of_the_right_answer(tmp_path: Path) -> None:
    chosen = ["A", "(b)", "C.", "A", "I cannot say", " d "]
    rows = [{"answer": gold, "prediction": text} for gold, text in zip("ABCDAD", chosen, strict=True)]
    report = imported(tmp_path / "r.jsonl", rows)
    assert (report.primary_grader, report.graded_here, report.n_correct, report.n_missing) == ("choice", True, 4, 0)


def test_a_letter_within_a_sentence_is_not_guessed(tmp_path: Path) -> None:
    rows = [{"answer": gold, "response": f"A is tempting, but it is {gold}."} for gold in "ABCD"]
    with pytest.raises(InputError, match=r"choices such as letters.*--correct COLUMN"):
        imported(tmp_path / "r.jsonl", rows)


def test_what_can_be_chosen_is_no_completion(tmp_path: Path) -> None:
    for choices in (["4", "5"], {"text": ["4", "5"], "label": ["A", "B"]}, [{"label": "A", "text": "4"}]):
        rows = [{"question": f"{i}?", "choices": choices, "answer": i % 2, "pred": 0} for i in range(4)]
        report = imported(tmp_path / "r.jsonl", rows)
        assert (report.n_completions, report.n_correct) == (4, 2)
    served = [{"index": 0, "message": {"content": "It is 4."}}]
    rows = [{"question": f"{i}?", "choices": served, "answer": 4} for i in range(4)]
    assert imported(tmp_path / "r.jsonl", rows).n_correct == 4


def test_a_column_called_correct_that_holds_right_answers_is_no_verdict(tmp_path: Path) -> None:
    letters = [{"correct": gold, "response": "A"} for gold in "ABCA"]
    with pytest.raises(InputError, match=r"holds letters, which are no verdicts.*--column gold=correct"):
        imported(tmp_path / "r.jsonl", letters)
    assert imported(tmp_path / "r.jsonl", letters, gold="correct").n_correct == 2
    truths = [{"correct": gold, "response": said} for gold, said in (("T", "T"), ("F", "T"), ("F", "F"), ("F", "F"))]
    with pytest.raises(InputError, match="not clear whether they say what is right"):
        imported(tmp_path / "r.jsonl", truths)
    assert imported(tmp_path / "r.jsonl", truths, correct="correct").n_correct == 1
    assert imported(tmp_path / "r.jsonl", truths, gold="correct").n_correct == 3
    verdicts = [{"correct": "CI"[i % 2], "response": "some text"} for i in range(4)]
    assert imported(tmp_path / "r.jsonl", verdicts).n_correct == 2


def test_doubled_quotes_within_single_quotes_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("id,response,gold\n1,'x = \"\" or y, 18','18'\n2,'it''s, 19','19'\n")
    with Store.in_memory() as store:
        assert import_path(store, file)[0].n_correct == 2
        texts = store.connection.execute("SELECT text FROM completions ORDER BY problem_id").fetchall()
    assert texts == [('x = "" or y, 18',), ("it's, 19",)]
