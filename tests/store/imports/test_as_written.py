"""Files that look like those of a program and are not: an error that names them and what to type, never a traceback."""

from pathlib import Path
from typing import Any

import pytest

from evalsuite.errors import InputError
from evalsuite.store.imports.results_file import import_path
from evalsuite.store.store import Store
from tests.harness_logs import write_json, write_lines

ANSWER = {"custom_id": "a", "response": {"status_code": 200, "body": {"choices": [7]}}}
SAMPLED = {"idx": 0, "question": "1?", "gt": "1", "code": [7.5], "pred": ["1"], "score": [True]}
PREDICTED = {"index": 0, "model_output": {"choices": [{"message": {"content": {"a": 1}}}]}}


@pytest.mark.parametrize(
    ("program", "rows"),
    [
        ("openai-batch", [ANSWER]), ("qwen-math", [SAMPLED]), ("evalscope", [PREDICTED]),
    ],
)  # fmt: skip
def test_another_form_than_the_programs_is_an_error_in_words(tmp_path: Path, program: str, rows: list[Any]) -> None:
    file = write_lines(tmp_path / "rows.jsonl", rows)
    with Store.in_memory() as store, pytest.raises(InputError, match=rf"{program}.*--format table --dry-run"):
        import_path(store, file)


def test_a_log_in_which_everything_failed_says_so(tmp_path: Path) -> None:
    failed = {"id": 1, "epoch": 1, "input": "1?", "target": "1", "error": {"message": "no network"}, "scores": {}}
    document = {"version": 2, "status": "error", "eval": {"task": "t", "model": "m"}, "samples": [failed]}
    file = write_json(tmp_path / "log.json", document)
    with Store.in_memory() as store, pytest.raises(InputError, match=r"none of the 1 completions.*no network"):
        import_path(store, file)
