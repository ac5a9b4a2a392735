"""The README's first command, with a tiny model in place of the real one."""

from pathlib import Path

import pytest

from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.jobs.main_job import main_job
from evalsuite.store import queries
from evalsuite.store.store import Store


def test_it_evaluates_compares_reports_and_does_nothing_twice(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "main.duckdb"
    settings = {"model": str(tiny_model), "problems": "generated:n=40", "max_new_tokens": 8, "store": store}
    page = main_job(limit=6, **settings)  # type: ignore[arg-type]
    text = page.read_text(encoding="utf-8")
    findings = Findings.load(tmp_path / "data" / "findings" / "model_comparison.json")
    assert f"report: {page.resolve()}" in capsys.readouterr().out
    assert "What did the token cap do?" in text
    assert findings.verdict is not None
    assert findings.verdict in text

    for _ in range(2):
        main_job(limit=12, extend_to=16, **settings)  # type: ignore[arg-type]
    with Store.reader(store) as opened:
        heads = queries.run_heads(opened.connection)
        status = queries.progress(opened.connection)
        batches = [
            queries.batch_totals(opened.connection, h["run_id"])["n_rows"] for h in heads if not h["parent_run_id"]
        ]
    assert [status[h["run_id"]]["n_done"] for h in heads] == [12] * len(heads)
    # Twelve rows were decoded a run: the six of the first call were not decoded again.
    assert batches == [12, 12]
    assert sum(h["parent_run_id"] is not None for h in heads) >= 1


def test_no_problem_set_of_that_name(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="unknown problem set"):
        main_job(limit=2, problems="nothing", model=str(tiny_model), store=tmp_path / "s.duckdb")
