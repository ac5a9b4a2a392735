"""Folders that hold several tasks: compared task by task as one family, chosen by --task, or refused with the tasks."""

import json
from pathlib import Path
from typing import Any

import pytest

from evalsuite.cli.app import run_command
from evalsuite.stats.multiplicity import holm

DATE = "2026-01-12T10-11-12.123456"


@pytest.fixture(autouse=True)
def _two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("a", "org/base", {"gsm8k": "1" * 4 + "0" * 12, "svamp": "1" * 8 + "0" * 8, "only_a": "10"})
    write("b", "org/grpo", {"gsm8k": "1" * 14 + "0" * 2, "svamp": "0" + "1" * 8 + "0" * 7, "only_b": "10"})


def write(folder: str, model: str, tasks: dict[str, str]) -> None:
    """Write what lm-evaluation-harness leaves of a model: samples of each task, and the results of all."""
    Path(folder).mkdir(parents=True)
    summary: dict[str, Any] = {"results": {}, "n-shot": {}, "git_hash": "x", "model_name": model}
    for task, marks in tasks.items():
        summary["results"][task] = {"exact_match,none": marks.count("1") / len(marks)}
        rows = [
            {"doc_id": i, "doc": {"question": f"{task} {i}?"}, "target": str(i), "arguments": [[f"{i}?", {}]],
             "resps": [[f"{model} says {said}"]], "filtered_resps": [said], "filter": "none", "exact_match": int(mark)}
            for i, mark in enumerate(marks)
            for said in [str(i if mark == "1" else 1000 + i)]
        ]  # fmt: skip
        Path(folder, f"samples_{task}_{DATE}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Path(folder, f"results_{DATE}.json").write_text(json.dumps(summary))


def document(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Return what a command prints as JSON."""
    assert run_command([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_tasks_that_both_have_are_one_family(capsys: pytest.CaptureFixture[str]) -> None:
    compared = document(capsys, "compare", "a", "b")
    assert (compared["design"], compared["family_size"]) == ("several tasks", 2)
    each = {task["task"]: task["compared"]["comparisons"][0] for task in compared["tasks"]}
    assert {task: (one["table"]["wins"], one["table"]["losses"]) for task, one in each.items()} == {
        "gsm8k": (10, 0), "svamp": (1, 1),
    }  # fmt: skip
    alone = [document(capsys, "compare", "a", "b", "--task", task)["pvalues"]["mcnemar_exact"] for task in each]
    assert [one["adjusted_pvalue"] for one in each.values()] == pytest.approx(holm(alone))
    assert {task: one["final_verdict"]["label"] for task, one in each.items()} == {
        "gsm8k": "resolved gain", "svamp": "unresolved",
    }  # fmt: skip
    assert run_command(["compare", "a", "b", "--fail-if", "gain"]) == 6
    told = capsys.readouterr()
    assert "only_a, only_b" in told.err
    assert "svamp: grpo svamp answered 8 of 16" in told.out


def test_one_folder_of_two_models_is_compared_by_task(capsys: pytest.CaptureFixture[str]) -> None:
    Path("all").mkdir()
    for name in ("a", "b"):
        Path(name).rename(f"all/{name}")
    compared = document(capsys, "compare", "all")
    assert [task["task"] for task in compared["tasks"]] == ["gsm8k", "svamp"]
    assert compared["tasks"][0]["compared"]["comparisons"][0]["new"]["label"] == "grpo gsm8k"


def test_where_one_task_is_asked_for_the_tasks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    for words, message in (
        (
            ["report", "a", "b", "--output", "p.html"],
            "the runs share 2 tasks: gsm8k, svamp. Choose one with --task gsm8k",
        ),
        (["compare", "a", "b", "--task", "mmlu"], "a holds no task 'mmlu': it holds 3 tasks: gsm8k, only_a, svamp"),
        (["compare", "a"], "a holds 3 tasks: gsm8k, only_a, svamp, all of one model"),
        (["show", "a"], "choose a task with --task"),
    ):
        assert run_command(words) == 2, words
        assert message in capsys.readouterr().err, words
    assert run_command(["report", "a", "b", "--task", "gsm8k", "--out", "site"]) == 0


def test_the_command_after_an_import_of_several_tasks_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["import", "a", "--store", "s.duckdb"]) == 0
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("Next: "))
    assert line == "Next: evalsuite accuracy 'base gsm8k' 'base only_a' 'base svamp' --store s.duckdb"
    runs = document(capsys, "accuracy", "base gsm8k", "base only_a", "base svamp", "--store", "s.duckdb")["runs"]
    assert [run["correct"] for run in runs] == [4, 1, 8]


def test_a_table_that_names_no_task_stands_beside_a_chosen_one(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i},gsm8k {i}?,{i % 2}\n" for i in range(16))
    Path("own.csv").write_text(f"id,question,correct\n{rows}")
    assert document(capsys, "compare", "a", "own.csv", "--task", "gsm8k")["n_problems"] == 16
    for folder, task in (("c", "gsm8k"), ("d", "gsm8k_cot")):
        write(folder, f"org/{folder}", {task: "10" * 8})
        file = Path(folder, f"samples_{task}_{DATE}.jsonl")
        file.write_text(file.read_text().replace("gsm8k_cot ", "gsm8k "))
    # Files that were named one by one stay together, whatever their tasks are called.
    assert document(capsys, "compare", "c", "d")["n_problems"] == 16
    assert run_command(["compare", "a", "own.csv"]) == 2
    assert "Choose one with --task gsm8k" in capsys.readouterr().err


def test_steps_of_two_trainings_are_chosen_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("old", "new"):
        for step in (0, 10):
            rows = [{"input": f"{i}?", "output": str(i), "gts": str(i), "score": i % 2, "step": step} for i in range(4)]
            Path(name).mkdir(exist_ok=True)
            Path(name, f"{step}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run_command(["compare", "old", "new"]) == 2
    assert "choose a step such as --step 10" in capsys.readouterr().err
    assert document(capsys, "compare", "old", "new", "--step", "10")["base"]["label"] == "old step 10"


def test_each_task_has_a_page_and_the_list_has_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    written = document(capsys, "report", "a", "b", "--out", "pages", "--title", "After GRPO")
    assert [(one["task"], Path(one["page"]["page"]).name) for one in written["tasks"]] == [
        ("gsm8k", "after-grpo-gsm8k.html"), ("svamp", "after-grpo-svamp.html"),
    ]  # fmt: skip
    listed = Path(written["index"]).read_text(encoding="utf-8")
    for one in written["tasks"]:
        page = Path(one["page"]["page"])
        assert page.name in listed
        assert "One of 2 tasks that were compared at once" in page.read_text(encoding="utf-8")
    family = document(capsys, "compare", "a", "b")["tasks"][0]["compared"]["comparisons"][0]["verdict"]
    assert family["kind"] == written["tasks"][0]["page"]["verdict"]["kind"] == "resolved gain"
    assert [one["family"] for one in written["tasks"]] == ["resolved gain", "unresolved"]
    assert run_command(["report", "a", "b", "--out", "pages", "--title", "After GRPO"]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("With all 2 tasks as one family (Holm): ") == 2
    assert printed.out.split() == [
        "pages/after-grpo-gsm8k.html",
        "pages/after-grpo-svamp.html",
        "pages/index.html",
    ]
