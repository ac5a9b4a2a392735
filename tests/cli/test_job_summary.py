"""``compare --summary github``: Markdown for a CI job, beside or in place of what is printed."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli import job_summary
from evalsuite.cli.app import run_command
from evalsuite.cli.job_summary import comparison_markdown
from evalsuite.comparison.paired_table import compare_table
from evalsuite.comparison.parse import paired_table
from evalsuite.documents.two_runs import of_paired_table
from evalsuite.store.store import Store

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs one command and gives its exit code and stdout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)

    def command(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run_command(list(words))
        return code, capsys.readouterr().out

    return command


TABLE = ("compare", "--table", "40", "18", "4", "38")


def test_without_githubs_variable_the_summary_is_what_is_printed(run: Run) -> None:
    code, out = run(*TABLE, "--summary", "github")
    assert code == 0
    assert out.startswith("### new solved 14 more of 100 problems; that is a real gain\n\nnew answered 58 of 100")
    assert "| p | McNemar, exact conditional | p = 0.0043 |" in out
    cells = [line.count("|") for line in out.splitlines() if line.startswith("|")]
    assert set(cells) == {4}


def test_with_it_summaries_add_up_and_stdout_stays_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain, as_json = run(*TABLE), run(*TABLE, "--json")
    file = tmp_path / "summary.md"
    file.write_text("# Before\n\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    assert run(*TABLE, "--summary", "github") == plain
    assert run(*TABLE, "--summary", "github", "--json") == as_json
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Before\n\n### new solved 14 more")
    assert text.count("### new solved 14 more") == 2


def test_json_and_markdown_do_not_share_stdout(run: Run) -> None:
    assert run(*TABLE, "--summary", "github", "--json") == (2, "")


def test_a_summary_that_cannot_be_written_costs_no_result(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none/summary.md"))
    code, out = run(*TABLE, "--summary", "github", "--json")
    assert (code, json.loads(out)["n_problems"]) == (3, 100)


def test_scores_alone(run: Run) -> None:
    _, out = run("compare", "--counts", "45/100", "52/100", "--summary", "github")
    assert "The verdict depends on how many problems were answered differently" in out
    assert "| wins | losses | exact McNemar | interval |" in out


def test_stored_runs_with_labels_that_look_like_markup(run: Run, tmp_path: Path) -> None:
    store, labels = tmp_path / "s.duckdb", ("a|b *x*", "c")
    with Store.writer(store) as opened:
        for label in labels:
            run_scripted(opened, ScriptedGenerator(), n_problems=10, label=label, weights=label)
    _, out = run("compare", *labels, "--store", str(store), "--summary", "github")
    assert r"a\|b \*x\*" in out
    assert "\n- " in out


def test_what_must_be_read_first_stands_first_and_notes_last() -> None:
    text = job_summary.document([["### Answer"]], ["Truncated *much*"], ["A note"])
    assert text == "> [!WARNING]\n> Truncated \\*much\\*\n\n### Answer\n- A note\n\n"


def test_labels_are_no_markup() -> None:
    compared = of_paired_table(compare_table(paired_table((40, 18, 4, 38)), alpha=0.05, margin=None))
    text = comparison_markdown(compared)
    assert not re.search(r"(?<!\\)[<$]", text.replace("| --- ", ""))
