"""With --language zh a command prints no English: what stays in Latin letters are names, methods and commands."""

import re
from pathlib import Path

import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli.app import run_command
from evalsuite.store.store import Store

LABELS = (
    "base new other csv runs duckdb boxed strict tutorial last number html png svg site card badge page seed scripted"
)
METHODS = """
fay lumbard tango mcnemar holm wilson clopper pearson jeffreys newcombe bonett price agresti min mid cochran exact
midp connor miller bounded mean pass none bca token grpo tokens top
"""
COMMANDS = "evalsuite report store grader extend max audit completions compare seeds"
NAMES = {name for names in (LABELS, METHODS, COMMANDS) for name in names.split()}
WORD = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of three runs, of which every fifth answer was cut off."""
    path = tmp_path / "runs.duckdb"
    with Store.writer(path) as opened:
        for label in ("base", "new", "other"):
            run_scripted(opened, ScriptedGenerator(), n_problems=30, label=label, weights=label)
    return path


def english(text: str) -> list[str]:
    """Return the lines that have English words beside names, each with them."""
    found = []
    for line in text.splitlines():
        if line.lstrip().startswith(("evalsuite ", "/")):
            continue
        words = [
            word for word in WORD.findall(line) if word.lower() not in NAMES and not re.fullmatch("[0-9a-f]+", word)
        ]
        if words:
            found.append(f"{words} in {line.strip()}")
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "base", "new"),
        ("compare", "base", "new", "other"),
        ("compare", "base", "new", "other", "--all-pairs"),
        ("compare", "--base", "base", "--new", "new", "--new", "other"),
        ("accuracy", "new"),
        ("runs",),
        ("report", "base", "new", "--name", "page"),
        ("report", "base", "new", "other", "--name", "page"),
    ],
)
def test_stored_runs(
    store: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store.parent)
    out = ("--out", "site") if words[0] == "report" else ()
    assert run_command([*words, *out, "--store", store.name, "--language", "zh"]) == 0
    told = capsys.readouterr()
    assert re.search("[\u4e00-\u9fff]", told.out + told.err)
    assert english(told.out + told.err) == []


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "--table", "450", "80", "50", "739"),
        ("compare", "--counts", "1/5", "2/5"),
        ("accuracy", "11/20"),
        ("plan", "--base", "0.2", "--new", "0.4"),
        ("plan", "--base", "0.2", "--new", "0.3", "--completions", "4", "--template-size", "5"),
        ("plan", "--base", "0.4", "--margin", "0.02", "--n", "500"),
        ("plan", "--n", "128"),
        ("plan", "--score-range", "0", "10", "--sd", "2.5", "--difference", "0.5"),
    ],
)
def test_counts_and_plans(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*words, "--language", "zh"]) == 0
    told = capsys.readouterr()
    assert english(told.out + told.err) == []


def test_files_of_several_completions_and_pools(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for label, shift in (("base", 0), ("new", 2)):
        for name, k in ((label, 3), (f"{label}2", 1)):
            scores = [[int((i + j) % 5 < 2 + shift) for j in range(k)] for i in range(40)]
            rows = [
                f"{name[len(label) :]}q{i},{j},{right}" for i, of in enumerate(scores) for j, right in enumerate(of)
            ]
            Path(f"{name}.csv").write_text("\n".join(["problem_id,completion_index,correct", *rows]), encoding="utf-8")
    for words in (
        ("compare", "base.csv", "new.csv"),
        ("accuracy", "new.csv"),
        ("compare", "--pool", "base.csv", "new.csv", "--pool", "base2.csv", "new2.csv"),
    ):
        assert run_command([*words, "--language", "zh"]) == 0
        told = capsys.readouterr()
        # What was read of the files is said by their readers, in English.
        assert english(told.out) == []
