"""Where `report` writes, what it never overwrites, and how a page is opened."""

import json
from pathlib import Path

import pytest

from evalsuite.cli.app import run_command


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Three imported runs of 12 problems, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for run, right in (("base", 3), ("new", 9), ("other", 6)):
        rows = "".join(f"p{i},{int(i < right)}\n" for i in range(12))
        (tmp_path / f"{run}.csv").write_text(f"problem_id,correct\n{rows}")
        assert run_command(["import", f"{run}.csv", "--label", run, "--store", "s.duckdb"]) == 0
    capsys.readouterr()
    return tmp_path / "s.duckdb"


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a program that stands in the variable BROWSER writes what it was given."""
    seen, program = tmp_path / "opened.txt", tmp_path / "browser.sh"
    program.write_text(f'#!/bin/sh\necho "$1" >> {seen}\n')
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(program))
    return seen


def test_a_title_names_the_page_and_another_comparison_never_loses_its_own(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--store", str(store), "--title", "Is it <really> better?"]
    assert run_command(["report", "base", "new", *at]) == 0
    page = Path("reports/site/is-it-really-better.html")
    assert capsys.readouterr().out == f"{page}\n"
    before = page.read_bytes()
    assert b"Is it &lt;really&gt; better?" in before
    assert run_command(["report", "base", "other", *at]) == 0
    answer = capsys.readouterr()
    assert answer.out == "reports/site/is-it-really-better-2.html\n"
    assert "is the page of another comparison and stays" in answer.err
    assert page.read_bytes() == before
    assert run_command(["report", "base", "new", *at]) == 0
    assert page.read_bytes() == before
    assert len(list(Path("reports/site").glob("*.html"))) == 3


def test_the_very_file_is_written_and_never_over_something_else(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["report", "base", "new", "--store", str(store), "--output"]
    assert run_command([*command, "out/answer.md"]) == 0
    assert Path("out/answer.md").read_text(encoding="utf-8").startswith("# ")
    Path("out/mine.html").write_text("mine")
    assert run_command([*command, "out/mine.html"]) == 2
    assert "is there already and is not of this comparison" in capsys.readouterr().err
    assert Path("out/mine.html").read_text() == "mine"
    assert not Path("out/mine").exists()


def test_pages_are_opened_in_the_browser(store: Path, browser: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["report", "base", "new", "--store", str(store), "--name", "one", "--open"]) == 0
    assert run_command(["view", "--json"]) == 0
    document = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert document["opened"] is True
    assert run_command(["view", "one"]) == 0
    site = Path("reports/site").resolve()
    opened = [f"file://{site}/{name}.html" for name in ("one", "index", "one")]
    assert browser.read_text().split() == opened
    assert document["page"] == f"{site}/index.html"
    assert run_command(["view", "two"]) == 2
    assert "there is no page 'two' in reports/site, only one" in capsys.readouterr().err
