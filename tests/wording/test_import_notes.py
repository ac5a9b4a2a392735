"""What importers note while they read is told in the current language, whichever program wrote the file."""

import re
from pathlib import Path

import pytest

from evalsuite.cli.app import run_command
from evalsuite.errors import EvalsuiteError
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import read_path
from evalsuite.wording.import_notes import import_note
from evalsuite.wording.language import language

LOGS = Path(__file__).parents[1] / "store" / "imports" / "logs"
ROLE = re.compile(r"\S+ -> \w+")
"""A column and what it is read as, which has no words of a language."""


def notes_of(path: Path) -> set[str]:
    try:
        runs = read_path(path, ReadOptions())
    except EvalsuiteError:
        return set()
    return {note for run in runs for note in run.notes}


def test_every_note_about_a_real_log_has_a_chinese_form() -> None:
    paths = [path for path in (LOGS, *LOGS.rglob("*")) if path.suffix not in {".py", ".pyc"}]
    notes = {note for path in paths for note in notes_of(path)}
    assert len(notes) > 10
    with language("zh"):
        untold = [note for note in sorted(notes) if import_note(note) == note and not ROLE.fullmatch(note)]
    assert untold == []


def test_a_chinese_comparison_of_files_says_in_chinese_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, right in (("base", 4), ("new", 9)):
        rows = "".join(f"p{i},#### {i},{int(i < right)}\n" for i in range(12))
        Path(f"{name}.csv").write_text(f"from a spreadsheet,,\nid,answer,passed\n{rows}", encoding="utf-8")
    assert run_command(["compare", "base.csv", "new.csv", "--language", "zh"]) == 0
    said = capsys.readouterr().err
    assert "略去了表头之前的 1 行" in said
    assert "left out" not in said
