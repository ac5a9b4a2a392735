"""docs/json.md is current, and what commands print has the keys that it promises."""

import json
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb
import pytest
from conformance import BY_NAME, check, check_document, printed
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli.app import run_command
from evalsuite.documents.reference import descriptions, reference
from evalsuite.findings import Findings
from evalsuite.store.store import Store

PAGE = Path(__file__).parents[2] / "docs" / "json.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `python -m evalsuite.documents`"


def test_a_field_without_description_is_named() -> None:
    @dataclass(frozen=True)
    class Bare(BY_NAME["PageWritten"]):  # type: ignore[name-defined, misc]
        """Says nothing of what it adds."""

        size: int

    with pytest.raises(ValueError, match="Bare describes no size"):
        descriptions(Bare)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("compare", "--table", 1, 1, 0, 3), "PairedTableComparison"),
        (("compare", "--table", 600, 50, 50, 619, "--margin", 0.02), "PairedTableComparison"),
        (("compare", "--counts", "1/5", "2/5"), "ScoresOnlyComparison"),
        (("compare", "--counts", "500/1319", "560/1319"), "ScoresOnlyComparison"),
        (("accuracy", "1/5"), "AccuracyOfCounts"),
        (("plan", "--base", 0.2, "--new", 0.4), "ProblemsNeeded"),
        (("plan", "--base", 0.05, "--new", 0.6), "ProblemsNeeded"),
        (("plan", "--n", 5), "SmallestDifference"),
    ],
)
def test_what_needs_no_store_is_as_documented(
    capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], name: str
) -> None:
    check_document(printed(capsys, *arguments), name)


def test_what_stored_runs_give_is_as_documented(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store = ("--store", tmp_path / "runs.duckdb")
    for label, right, n in (("base", 10, 1), ("new", 15, 1), ("other", 12, 1), ("b4", 9, 4), ("n4", 13, 4)):
        file = tmp_path / f"{label}.jsonl"
        rows = [
            {"problem_id": f"p{i}", "completion_index": k, "correct": (i + k) % 20 < right}
            for i in range(20)
            for k in range(n)
        ]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        assert run_command(["import", str(file), "--label", label, *map(str, store)]) == 0
    check_document(printed(capsys, "accuracy", "new", *store), "AccuracyOfRun")
    check_document(printed(capsys, "accuracy", "n4", *store), "AccuracyOfRun")
    for names, entry in ((("base", "new", "other"), "PairedTableComparison"), (("b4", "n4"), "ProblemMeansComparison")):
        document = printed(capsys, "compare", *names, *store)
        stored = {field.name for field in fields(BY_NAME["StoredRunsComparison"])}
        check_document({key: document[key] for key in (*stored, "schema")}, "StoredRunsComparison")
        of_first = {key: value for key, value in document.items() if key not in stored}
        check_document(of_first | {"finding": document["comparisons"][0]["finding"]}, entry)
    arms = ("--base", "base", "--new", "new", "--new", "other")
    check_document(printed(capsys, "compare", *arms, *store), "TrainingSeedsComparison")
    for label in ("base", "new"):
        rows = [{"problem_id": f"s{i}", "correct": (i + len(label)) % 3 == 0} for i in range(12)]
        file.with_name(f"{label}2.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        assert run_command(["import", str(file.with_name(f"{label}2.jsonl")), *map(str, store)]) == 0
    pooled = printed(capsys, "compare", "--pool", "base", "new", "--pool", "base2", "new2", *store)
    for one in (*pooled["sets"], pooled["together"]):
        assert one.pop("schema", pooled["schema"]) == pooled["schema"]
    check_document(pooled, "SeveralSetsComparison")
    page = printed(capsys, "report", "base", "new", *store, "--out", tmp_path / "site")
    check_document(page, "PageWritten")


def test_what_a_store_holds_is_as_documented(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = ("--store", tmp_path / "runs.duckdb")
    with Store.writer(tmp_path / "runs.duckdb") as opened:
        run_scripted(opened, ScriptedGenerator(), n_problems=6, label="scripted")
    file = tmp_path / "results.jsonl"
    file.write_text('{"problem_id": "p0", "correct": true, "extra": 1}\n', encoding="utf-8")
    for arguments, name in (
        (("import", file, "--label", "imported", *store), "ImportedResults"),
        (("runs", *store), "StoredRuns"),
        (("show", "scripted", *store), "RunDescription"),
        (("show", "imported", *store), "RunDescription"),
        (("show", "scripted", "1", *store), "ProblemDescription"),
        (("show", "imported", "p0", *store), "ProblemDescription"),
        (("grade", "scripted", *store), "GradedRun"),
        (("export", "scripted", tmp_path / "out.csv", *store), "ResultsExported"),
        (("audit", "scripted", "--n", 6, "--out", tmp_path / "site", *store), "AuditSample"),
        (("archive", tmp_path / "kept", "scripted", *store), "ArchiveWritten"),
        (("restore", tmp_path / "kept", "--store", tmp_path / "other.duckdb"), "ArchiveRestored"),
        (("merge", tmp_path / "other.duckdb", "--store", tmp_path / "both.duckdb"), "StoresMerged"),
        (("verify", tmp_path / "both.duckdb"), "StoreVerified"),
        (("repair", tmp_path / "both.duckdb"), "StoreRepaired"),
        (("doctor", *store), "MachineExamination"),
        (("analyse",), "AnalysesList"),
        (("analyse", "significance", "1/5", "2/5", *store), "AnalysisWritten"),
    ):
        check_document(printed(capsys, *arguments), name)
    saved = json.loads((tmp_path / "data" / "findings" / "significance.json").read_text(encoding="utf-8"))
    assert saved.pop("schema") == Findings.SCHEMA
    check(saved, Findings, "Findings")


def test_what_is_known_of_the_shipped_adapter_is_as_documented(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = Path(__file__).parents[2] / "data" / "adapters" / "smollm2-grpo"
    copy = shutil.copytree(folder, tmp_path / "adapter")
    check_document(printed(capsys, "adapter-card", copy), "AdapterCard")
    store = ("--store", tmp_path / "evidence.duckdb")
    check_document(printed(capsys, "restore", folder / "evidence", *store), "ArchiveRestored")
    check_document(printed(capsys, "trainings", *store), "TrainingRuns")


def test_an_imported_training_run_is_as_documented(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "completions").mkdir()
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 1 AS step, 'p' AS prompt, 'c' || i AS completion, i::DOUBLE AS even FROM range(4) t(i)) "
            f"TO '{tmp_path / 'completions' / 'completions_00001.parquet'}' (FORMAT parquet)"
        )
    store = ("--store", tmp_path / "runs.duckdb")
    document = printed(capsys, "import-training", tmp_path, "--label", "theirs", *store)
    check_document(document, "ImportedTraining")
