"""Shares of a run: made by processes of their own, merged, they are the run made in one piece."""

import json
from pathlib import Path
from typing import Any

import pytest

from evalsuite.cli.app import run_command
from evalsuite.errors import InputError
from evalsuite.evaluation.share import Share
from evalsuite.generation.generator import Request
from evalsuite.store.store import Store

N_PROBLEMS, BATCH_SIZE = 26, 4


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "1.0/2", "١/٢", "1e3/2", "1/9999999"])
def test_what_is_no_share_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"such as 1/8, 2/8 \.\.\. 8/8"):
        Share.parse(text)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 50])
def test_shares_are_disjoint_and_together_the_plan(n: int) -> None:
    plan = [[Request(f"p{i}", 0, (1,), 0)] for i in range(20)]
    dealt = [batch for number in range(1, n + 1) for batch in Share(number, n).of(plan)]
    assert sorted(batch[0].problem_id for batch in dealt) == sorted(batch[0].problem_id for batch in plan)


def texts(path: Path) -> list[Any]:
    with Store.reader(path) as store:
        return store.connection.execute(
            "SELECT run_id, problem_id, completion_index, text, token_ids, batch_hash, outcome "
            "FROM completions JOIN grades USING (run_id, problem_id, completion_index) ORDER BY ALL"
        ).fetchall()


def test_merged_shares_equal_the_run_made_in_one_piece(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flags = ["--model", str(tiny_model), "--problems", f"generated:n={N_PROBLEMS}", "--max-new-tokens", "8",
             "--dtype", "float32", "--batch-size", str(BATCH_SIZE), "--label", "tiny"]  # fmt: skip
    assert run_command(["run", *flags, "--store", "whole.duckdb"]) == 0
    for number in (1, 2, 3):
        arguments = ["run", *flags, "--share", f"{number}/3", "--store", f"part{number}.duckdb"]
        assert run_command(arguments) == 0
        assert run_command(arguments) == 0, "a finished share has nothing left to do"
    capsys.readouterr()
    assert run_command(["show", "tiny", "--store", "part1.duckdb", "--json"]) == 0
    part = json.loads(capsys.readouterr().out)
    assert part["progress"]["n_planned"] == N_PROBLEMS
    assert part["progress"]["n_done"] < N_PROBLEMS
    assert run_command(["merge", "part1.duckdb", "part2.duckdb", "part3.duckdb", "--store", "joined.duckdb"]) == 0
    assert texts(tmp_path / "joined.duckdb") == texts(tmp_path / "whole.duckdb")
    capsys.readouterr()
    # What was merged is a run like any other: whole, and continued by the same command without a share.
    assert run_command(["run", *flags, "--store", "joined.duckdb", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["session"]["n_new"] == 0
