"""Tokens are counted where a file does not say them, and what reaches the limit counts as truncated."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from evalsuite.cli.app import run_command
from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.generation.token_counts import token_counter
from evalsuite.store import queries
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import import_path
from evalsuite.store.store import Store


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    """Return a tokenizer whose tokens are words."""
    made = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def rows(tmp_path: Path, n_words: tuple[int, ...], **other: object) -> Path:
    file = tmp_path / "r.jsonl"
    lines = ({"id": i, "correct": 1, "response": "word " * n, **other} for i, n in enumerate(n_words))
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def stored(path: Path, count: Callable[[str], int] | None, cap: int | None) -> tuple[list[tuple[object, ...]], str]:
    with Store.in_memory() as store:
        (report,) = import_path(store, path, options=ReadOptions(count=count, cap=cap))
        found = queries.stored_completions(store.connection, report.run_id)
        return [(r["n_tokens"], r["stop_reason"], r["cap"]) for r in found], "; ".join(report.notes)


def test_what_reaches_the_limit_is_truncated_and_what_lies_just_below_is_not_decided(
    tmp_path: Path, tokenizer: Path
) -> None:
    found, notes = stored(rows(tmp_path, (20, 100, 130, 99, 97)), token_counter(str(tokenizer)), 100)
    assert found == [
        (20, "stop", 100), (100, "length", 100), (130, "length", 100), (99, "unknown", 100), (97, "stop", 100),
    ]  # fmt: skip
    assert "2 of 5 texts reach the limit of tokens and are taken for truncated, 1 lie just below" in notes


def test_a_limit_and_counts_of_the_file_are_exact(tmp_path: Path, tokenizer: Path) -> None:
    file = rows(tmp_path, (3, 3), n_tokens=99, cap=100)
    assert stored(file, token_counter(str(tokenizer)), 7)[0] == [(99, "stop", 100)] * 2
    # Without either option a file means what it says.
    assert stored(file, None, None)[0] == [(99, "unknown", 100)] * 2


def test_without_a_limit_truncation_stays_unknown_and_is_said(tmp_path: Path, tokenizer: Path) -> None:
    found, notes = stored(rows(tmp_path, (3, 4)), token_counter(str(tokenizer.parent)), None)
    assert found == [(3, "unknown", None), (4, "unknown", None)]
    assert "give it with --cap" in notes


def test_the_command_counts(tmp_path: Path, tokenizer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = rows(tmp_path, (20, 100, 130))
    words = ["accuracy", str(file), "--tokenizer", str(tokenizer), "--cap", "100", "--json"]
    assert run_command(words) == 0
    assert json.loads(capsys.readouterr().out)["truncation"]["rate"] == pytest.approx(2 / 3)
    assert run_command(["accuracy", str(file), "--tokenizer", str(file)]) == 3
    assert "is no tokenizer" in capsys.readouterr().err


def test_what_is_no_tokenizer_and_no_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="there is no tokenizer 'nowhere'"):
        token_counter("nowhere")
    with pytest.raises(InputError, match="--cap is a number of tokens from 1, got 0"):
        ReadOptions(cap=0)
