"""What show-prompt prints is what the model is given, token by token; own patterns and columns as flags."""

import json
from pathlib import Path

import pytest
import torch

from evalsuite.cli.app import run_command
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store

OWN = {
    "base.toml": 'user = "Question: {{ question }}\\nAnswer:"\nassistant = " {{ answer }}"\nprefix = " Let us see."\n'
    'chat = false\nstop = ["\\nQuestion:"]\n[draw]\nfrom = "own"\nn = 2\n',
    "chat.toml": 'system = "Be brief."\nuser = "{{ question }} /no"\nprefix = "<think>"\n',
}


@pytest.mark.parametrize("template", ["tutorial", "plain", "fewshot-2", *OWN])
def test_what_is_shown_is_what_the_model_is_given(
    template: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in OWN.items():
        (tmp_path / name).write_text(text)
    asked = ["--model", str(tiny_model), "--template", template, "--problems", "generated:n=3"]
    assert run_command(["show-prompt", *asked, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["token_ids"]) == shown["n_tokens"]

    given: list[int] = []
    embed = torch.nn.Embedding.forward
    monkeypatch.setattr(
        torch.nn.Embedding, "forward", lambda self, ids: (given.extend(ids.flatten().tolist()), embed(self, ids))[1]
    )
    more = ["--max-new-tokens", "2", "--dtype", "float32", "--order", "file", "--limit", "1"]
    assert run_command(["run", *asked, *more, "--store", "s.duckdb", "--label", "tiny"]) == 0
    assert given[: shown["n_tokens"]] == shown["token_ids"]
    assert len(given) > shown["n_tokens"]


TABLE = "id,ask,right,kind\na,What is 1 + 1?,2,x\nb,What is 2 + 3?,5,y\n"


def test_columns_of_a_table_are_flags_of_show_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.csv").write_text(TABLE)
    columns = ["--question-column", "ask", "--answer-column", "right", "--id-column", "id", "--cluster-column", "kind"]
    asked = ["show-prompt", "--problems", "mine.csv", *columns, "--problem", "b", "--template", "plain", "--json"]
    assert run_command(asked) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["messages"] == [{"role": "user", "content": "What is 2 + 3?"}]
    assert (shown["model"], shown["token_ids"]) == (None, None)


def test_a_pattern_is_a_flag_of_run_and_grade(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = [
        "run",
        "--model",
        str(tiny_model),
        "--problems",
        "generated:n=3",
        "--max-new-tokens",
        "4",
        "--dtype",
        "float32",
    ]
    run += ["--store", "s.duckdb", "--label", "tiny"]
    assert run_command([*run, "--answer-pattern", r"Result: (\S+)"]) == 0
    capsys.readouterr()
    assert run_command(["grade", "tiny", "--answer-pattern", r"A: (\d+)", "--store", "s.duckdb", "--json"]) == 0
    graded = json.loads(capsys.readouterr().out)
    assert {g["grader"] for g in graded["graders"]} >= {r"pattern:Result: (\S+)", r"pattern:A: (\d+)", "boxed"}
    with Store.reader(Path("s.duckdb")) as store:
        assert find_run(store, "tiny").primary_grader == r"pattern:Result: (\S+)"
    assert run_command([*run, "--answer-pattern", "("]) == 2
    assert "'pattern:(' is no pattern of RE2" in capsys.readouterr().err
    assert run_command([*run, "--answer-pattern", "x", "--grader", "strict"]) == 2
    assert "give either --grader strict or --answer-pattern" in capsys.readouterr().err
    assert run_command(["grade", "tiny", "--answer-pattern", "x", "--grader", "boxed", "--store", "s.duckdb"]) == 2
