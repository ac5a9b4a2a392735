"""The suite's questions from Python."""

from pathlib import Path

import pytest
from command_line import imported, results_file

import evalsuite as es
from analyses.model_comparison import analysis as model_comparison
from evalsuite.findings import Findings
from evalsuite.store.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with the runs base and new on twelve problems."""
    ids = [f"p{i}" for i in range(12)]
    files = [
        results_file(tmp_path / "base.csv", [[int(i < 4)] for i in range(12)], ids),
        results_file(tmp_path / "new.csv", [[int(i < 11)] for i in range(12)], ids),
    ]
    return imported(tmp_path / "runs.duckdb", *files)


def test_an_analysis_of_stored_runs_is_that_of_the_page(path: Path, tmp_path: Path) -> None:
    answer = es.analyse("model_comparison", "base", "new", store=path)
    with Store.reader(path) as store:
        findings = model_comparison.analyse(store, ["base", "new"], seed=0)
    assert answer.sentence == findings.sentence
    assert answer.verdict == findings.verdict
    assert answer.verdict is not None
    assert answer.verdict.kind == "resolved gain"
    assert list(answer.tables) == [table.name for table in findings.tables]
    accuracy = answer.tables["accuracy"]
    assert accuracy["label"].tolist() == ["base", "new"]
    assert accuracy["value"].tolist() == [4 / 12, 11 / 12]
    assert answer.to_frame("accuracy").equals(accuracy)
    assert answer.plot(figure="accuracy").has_data()
    page = answer.write_page(tmp_path / "site")
    assert page == tmp_path / "site" / "model-comparison.html"
    assert findings.sentence.split(":")[0] in page.read_text(encoding="utf-8")


def test_without_names_the_finished_runs_are_meant(path: Path) -> None:
    with es.open_store(path) as store:
        named = es.analyse("model_comparison", "base", "new", store=store)
        assert es.analyse("model_comparison", store=store).as_dict() == named.as_dict()


def test_the_document_is_the_kept_one(path: Path, tmp_path: Path) -> None:
    answer = es.analyse("significance", "1/5", "2/5")
    assert Findings.load(answer.findings.save(tmp_path)) == answer.findings
    assert answer.as_dict()["sentence"] == answer.sentence


def test_chinese(tmp_path: Path) -> None:
    answer = es.analyse("sample_size", language="zh")
    assert any("\u4e00" <= c <= "\u9fff" for c in answer.sentence)
    html = answer._repr_html_()
    assert html.startswith('<section class="evalsuite" lang="zh-Hans"')
    assert "correlation" not in html
    assert 'lang="zh-Hans"' in answer.write_page(tmp_path).read_text(encoding="utf-8")


def test_settings_and_seed_are_those_of_the_command(path: Path) -> None:
    answer = es.analyse("breakdown", "base", "new", store=path, alpha=0.1, only_shared=True, seed=3)
    command = answer.findings.provenance["command"]
    assert command.endswith(f"--store {path} --alpha 0.1 --only-shared --seed 3")
    with pytest.raises(es.InputError, match="only_shared=True has no effect on sample_size"):
        es.analyse("sample_size", only_shared=True)
    with pytest.raises(es.InputError, match="seed= has no effect on significance"):
        es.analyse("significance", "1/5", "2/5", seed=1)
    with pytest.raises(es.InputError, match="margin must lie between"):
        es.analyse("model_comparison", "base", "new", store=path, margin=2)


def test_refusals(path: Path) -> None:
    with pytest.raises(es.InputError, match=r"there is no analysis 'modelcomparison'.*Choose from .*significance"):
        es.analyse("modelcomparison")
    with pytest.raises(es.InputError, match="reads stored runs: give the store"):
        es.analyse("model_comparison", "base", "new")
    with pytest.raises(es.InputError, match="Runs there: base, new"):
        es.analyse("model_comparison", "base", "nwe", store=path)
    answer = es.analyse("significance", "1/5", "2/5")
    with pytest.raises(es.InputError, match="no table 'x': choose from accuracy"):
        answer.to_frame("x")
    with pytest.raises(es.InputError, match="no figure 'x': choose from"):
        answer.plot(figure="x")
