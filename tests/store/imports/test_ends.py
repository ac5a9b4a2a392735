"""What cells of texts say beside each text: why it ended, how long it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from foreign_rows import read

from evalsuite.store.imports.ends import ends
from evalsuite.store.imports.values import texts


def output(index: int, reason: str, n_tokens: int) -> dict[str, Any]:
    """Return one of vLLM's outputs."""
    return {"index": index, "text": f"so {index}", "token_ids": list(range(n_tokens)), "finish_reason": reason,
            "stop_reason": None}  # fmt: skip


def ended(tmp_path: Path, *rows: dict[str, Any]) -> tuple[list[tuple[str, int | None]], tuple[str, ...]]:
    """Return stop reason and tokens of each completion of a table, and what the table leaves unknown."""
    file = tmp_path / "t.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (run,) = read(file, "table")
    return [(row.stop_reason.value, row.n_tokens) for row in run.rows()], run.unknown


def test_outputs_of_vllm_keep_the_end_of_each_text(tmp_path: Path) -> None:
    rows = [{"prompt": f"{i}?", "outputs": [output(0, "stop", 3), output(1, "length", 5)], "gold": "1"} for i in (1, 2)]
    found, unknown = ended(tmp_path, *rows)
    assert found == [("stop", 3), ("length", 5)] * 2
    assert "why completions ended" not in unknown


def test_a_column_of_stop_reasons_goes_first(tmp_path: Path) -> None:
    row = {"id": 1, "outputs": [output(0, "stop", 3)], "finish_reason": "length", "correct": 1}
    assert ended(tmp_path, row, {**row, "id": 2})[0] == [("length", 3)] * 2


def test_the_usage_of_several_choices_is_the_length_of_none() -> None:
    choices = [{"message": {"content": "a"}, "finish_reason": "stop"}, {"message": {"content": "b"}}]
    response = {"choices": choices, "usage": {"completion_tokens": 9}}
    assert [(end.reason, end.n_tokens) for end in ends(response)] == [("stop", None), (None, None)]


@pytest.mark.parametrize(
    "cell",
    [
        "text", None, ["a", "b"], [["a"], ["b"]], {"text": "a"}, [{"role": "user", "content": "q"}],
        [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], {"choices": []},
        {"meta_info": {"finish_reason": {"type": "length"}, "completion_tokens": 4}, "text": "a"},
    ],
)  # fmt: skip
def test_there_is_an_end_for_every_text(cell: Any) -> None:
    assert len(ends(cell)) == len(texts(cell))
