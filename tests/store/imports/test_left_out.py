"""A damaged file of a folder is named, though the others are read."""

from pathlib import Path

from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import read_path

LOGS = Path(__file__).with_name("logs")


def folder_of_seeds(folder: Path) -> Path:
    for name in ("gsm8k/output-rs0.jsonl", "greedy/output.jsonl"):
        (folder / name).parent.mkdir()
        (folder / name).write_bytes((LOGS / "nemo_skills" / name).read_bytes())
    return folder


def test_a_file_that_begins_with_no_json_is_named(tmp_path: Path) -> None:
    folder = folder_of_seeds(tmp_path)
    whole = read_path(folder, ReadOptions())
    assert [run.label for run in whole] == ["greedy", "gsm8k"]
    assert not any("no row of this program" in note for run in whole for note in run.notes)
    file = folder / "greedy" / "output.jsonl"
    file.write_bytes(b"\x07" + file.read_bytes()[1:])
    (run,) = read_path(folder, ReadOptions())
    assert "not read, as no row of this program begins it: greedy/output.jsonl" in run.notes


def test_a_parquet_file_that_is_cut_is_named_and_a_list_is_whole(tmp_path: Path) -> None:
    folder = folder_of_seeds(tmp_path)
    (folder / "b.parquet").write_bytes(b"PAR1cut")
    (folder / "notes.txt").write_text("hello")
    (folder / "rows.jsonl").write_text('[\n{"a": 1}\n]\n')
    run, _ = read_path(folder, ReadOptions())
    assert run.notes[-1] == "not read, as no row of this program begins it: b.parquet"


def test_a_file_of_the_same_name_that_begins_otherwise_is_named(tmp_path: Path) -> None:
    row = (LOGS / "human_eval" / "samples.jsonl_results.jsonl").read_text()
    for name, content in (("a", row), ("b", '{"task": 1}\n' + row)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "samples.jsonl").write_text(content)
    (run,) = read_path(tmp_path, ReadOptions())
    assert "not read, as no row of this program begins it: b/samples.jsonl" in run.notes
