"""Files and folders wherever a run is named: no store needed, the same answer as through one, and clear refusals."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import evalsuite as es
from evalsuite.cli.app import run_command


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, right in (("base", "111000?000"), ("new", "1111111100")):
        rows = "".join(f"p{i},{'' if mark == '?' else mark}\n" for i, mark in enumerate(right))
        Path(f"{name}.csv").write_text(f"id,correct\n{rows}")


def document(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Return what a command prints as JSON."""
    assert run_command([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_two_files_compare_as_their_imports_do_and_as_in_python(capsys: pytest.CaptureFixture[str]) -> None:
    of_files = document(capsys, "compare", "base.csv", "new.csv")
    assert not Path("data").exists()
    run_command(["import", "base.csv", "new.csv", "--store", "s.duckdb"])
    capsys.readouterr()
    assert document(capsys, "compare", "base", "new", "--store", "s.duckdb") == of_files
    assert es.compare("base.csv", "new.csv").as_dict() == of_files
    mixed = document(capsys, "compare", "base", "./new.csv", "--store", "s.duckdb")
    assert mixed["pvalues"] == of_files["pvalues"]


def test_missing_results_need_no_switch_and_bounds_stand_beside_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    compared = document(capsys, "compare", "base.csv", "new.csv")
    assert compared["n_problems"] == 9
    assert compared["missing"][0] | {"verdicts": None} == {
        "n_base": 1, "n_new": 0, "as_wrong": 0.5, "as_right": 0.4, "lowest": 0.4, "highest": 0.5, "verdicts": None,
    }  # fmt: skip
    accuracy = document(capsys, "accuracy", "base.csv")
    assert accuracy["missing"] == {
        "n_completions": 1, "reasons": {"no verdict": 1}, "lowest": 0.3, "highest": 0.4,
    }  # fmt: skip


def test_a_verdict_that_depends_on_what_is_missing_is_a_caution(capsys: pytest.CaptureFixture[str]) -> None:
    Path("base.csv").write_text("id,correct\n" + "".join(f"p{i},0\n" for i in range(12)))
    new = ["1"] * 5 + [""] * 3 + ["0"] * 4
    Path("new.csv").write_text("id,correct\n" + "".join(f"p{i},{mark}\n" for i, mark in enumerate(new)))
    compared = document(capsys, "compare", "base.csv", "new.csv")
    assert [c["kind"] for c in compared["cautions"]] == ["missing"]
    assert "could also be resolved gain" in compared["cautions"][0]["text"]


def test_scores_are_taken_where_runs_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, "compare", "45/100", "66/100") == document(
        capsys, "compare", "--counts", "45/100", "66/100"
    )
    Path("half.csv").write_text("id,correct\n" + "".join(f"{i},{i % 2}\n" for i in range(100)))
    assert document(capsys, "compare", "45/100", "half.csv") == document(capsys, "compare", "45/100", "50/100")
    for names, words in (
        (["45/100", "base.csv"], "1 missing results, and a score beside it"),
        (["45/100", "half.csv", "half.csv"], "does not say which problems were solved"),
    ):
        assert run_command(["compare", *names]) == 2
        assert words in capsys.readouterr().err


def test_a_folder_and_a_wide_table_are_runs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("both").mkdir()
    for name in ("base", "new"):
        Path(f"{name}.csv").rename(f"both/{name}.csv")
    assert document(capsys, "compare", "both")["new"]["label"] == "new"
    Path("wide.csv").write_text("id,base,grpo\na,0,1\nb,1,1\n")
    assert document(capsys, "compare", "wide.csv")["base"]["label"] == "base"
    each = document(capsys, "accuracy", "wide.csv", "both/new.csv")["runs"]
    assert [(run["run"], run["correct"]) for run in each] == [("base", 1), ("grpo", 2), ("new", 8)]


def test_standard_input_and_a_look_at_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(Path("new.csv").read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    shown = document(capsys, "import", "-", "--dry-run")
    assert shown["runs"][0]["first_rows"][0]["verdicts"] == {"imported": True}
    assert not Path("data").exists()


def test_arms_of_training_seeds_may_be_files(capsys: pytest.CaptureFixture[str]) -> None:
    Path("second.csv").write_text(Path("new.csv").read_text().replace("p2,1", "p2,0"))
    Path("base.csv").write_text(Path("base.csv").read_text().replace("p6,\n", "p6,0\n"))
    arms = ["--base", "base.csv", "--new", "new.csv", "--new", "second.csv"]
    of_files = document(capsys, "compare", *arms)
    assert not Path("data").exists()
    assert of_files == es.compare("base.csv", ["new.csv", "second.csv"], training_seeds=True).as_dict()
    page = Path(document(capsys, "report", *arms, "--out", "site")["page"]).read_text()
    assert "evalsuite report --base base.csv --new new.csv --new second.csv" in page
    Path("wide.csv").write_text("id,grpo,dpo\na,0,1\nb,1,1\n")
    assert run_command(["compare", "--base", "base.csv", "--new", "wide.csv"]) == 2
    assert "wide.csv holds 2 runs: grpo, dpo" in capsys.readouterr().err


def test_the_page_of_two_files_proposes_a_command_that_names_files(capsys: pytest.CaptureFixture[str]) -> None:
    def page(*names: str) -> str:
        return Path(document(capsys, "report", *names, "--out", "site")["page"]).read_text()

    assert "evalsuite report --base base.csv --new new.csv --new OTHER-SEED" in page("base.csv", "new.csv")
    Path("wide.csv").write_text("id,base,grpo\na,0,1\nb,1,1\n")
    assert "OTHER-SEED" not in page("wide.csv")


def test_a_grader_that_decides_is_judged_in_a_store_that_the_proposed_command_makes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, boxed in (("a", 0), ("b", 12)):
        texts = [f"It is {i}." if i >= boxed else f"It is \\boxed{{{i}}}." for i in range(12)]
        rows = [{"id": i, "question": f"{i}?", "gold": str(i), "response": text} for i, text in enumerate(texts)]
        Path(f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = Path(document(capsys, "report", "a.jsonl", "b.jsonl", "--out", "site")["page"]).read_text()
    first, second = (
        "evalsuite import a.jsonl b.jsonl --store runs.duckdb",
        "evalsuite audit a b --store runs.duckdb",
    )
    assert f"{first} &amp;&amp; {second}" in page
    assert [run_command(command.split()[1:]) for command in (first, second)] == [0, 0]
    assert "--judged reports/site/audit.csv --store runs.duckdb" in capsys.readouterr().err


def test_refusals_name_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text("key,ok\na,1\nb,0\n")
    for words, message in (
        (["compare", "base.csv", "./base.csv"], "is named twice"),
        (["compare", "base.csv", "nowhere"], "neither a file nor a folder 'nowhere'"),
        (["compare", "base.csv"], "needs two runs or more"),
        (["import", "odd.csv"], "--correct ok"),
        (["import", "odd.csv", "--correct", "ok"], "--id key"),
        (["import", "odd.csv", "--column", "gold"], "--column gold=truth"),
        (["import", "base.csv", "--format", "nothing"], "there is no format 'nothing'"),
    ):
        assert run_command(words) == 2, words
        assert message in capsys.readouterr().err, words
    assert run_command(["import", "odd.csv", "--id", "key", "--correct", "ok", "--store", "s.duckdb"]) == 0


def test_files_of_one_name_are_told_apart_by_their_folders(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("base", "new"):
        Path(name).mkdir()
        Path(f"{name}.csv").rename(f"{name}/results.csv")
    compared = document(capsys, "compare", "base/results.csv", "new/results.csv")
    assert (compared["base"]["label"], compared["new"]["label"]) == ("base/results", "new/results")


def test_files_stand_where_one_run_is_asked_for_and_the_proposed_command_reads_them_alike(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [{"key": i, "question": f"{i}?", "gold": str(i), "response": f"It is {i % 9}."} for i in range(12)]
    Path("a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    graded = document(capsys, "grade", "a.jsonl", "--grader", "last_number", "--id", "key")
    assert {one["grader"]: one["n_correct"] for one in graded["graders"]}["last_number"] == 9
    assert document(capsys, "show", "a.jsonl", "3", "--id", "key")["gold"] == "3"
    assert run_command(["audit", "a.jsonl", "--id", "key", "--out", "site"]) == 0
    (proposed,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("evalsuite audit"))
    assert proposed == "evalsuite audit a.jsonl --judged site/audit.csv --id key"
    with Path("site/audit.csv").open(newline="") as file:
        rows = [{**row, "judgment": "right"} for row in csv.DictReader(file)]
    with Path("site/audit.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert run_command(proposed.split()[1:]) == 0, capsys.readouterr().err
    assert not Path("data/runs").exists()
    Path("wide.csv").write_text("id,base,grpo\na,0,1\nb,1,1\n")
    for words in (["show", "wide.csv"], ["grade", "wide.csv"]):
        assert run_command(words) == 2
        assert "wide.csv holds 2 runs, base, grpo: name the file of one" in capsys.readouterr().err


def test_equal_verdicts_without_texts_are_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    Path("copy.csv").write_text(Path("new.csv").read_text())
    (caution,) = document(capsys, "compare", "new.csv", "copy.csv")["cautions"]
    assert caution["kind"] == "same texts"
    assert caution["text"].startswith("All 10 verdicts of copy are those of new, and there are no texts to compare")
    Path("all.csv").write_text("id,correct\n" + "".join(f"p{i},1\n" for i in range(10)))
    Path("every.csv").write_text(Path("all.csv").read_text())
    assert not document(capsys, "compare", "all.csv", "every.csv")["cautions"]
