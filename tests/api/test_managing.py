"""A store is managed from Python as from the command line, and errors speak of keywords."""

from pathlib import Path

import pytest

import evalsuite as es


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a table of two models."""
    file = tmp_path / "results.csv"
    file.write_text("model,id,ok\na,0,1\na,1,0\nb,0,1\nb,1,1\n", encoding="utf-8")
    return file


def test_import_tag_rename_and_delete(tmp_path: Path, results: Path) -> None:
    store = tmp_path / "runs.duckdb"
    brought = es.import_results(results, store=store, label="mine", columns={"correct": "ok"})
    assert brought[["label", "n_problems", "n_new", "n_correct"]].to_numpy().tolist() == [
        ["mine/a", 2, 2, 1],
        ["mine/b", 2, 2, 2],
    ]
    assert es.tag("mine/a", "paper", "draft", store=store) == ("draft", "paper")
    assert es.tag("mine/a", "draft", store=store, remove=True) == ("paper",)
    assert es.rename("mine/a", "base", store=store) == brought["run_id"][0]
    assert es.delete("base", "mine/b", store=store) == ("base", "mine/b")
    with es.open_store(store) as opened:
        assert opened.runs().empty


def test_what_goes_wrong_is_said_in_keywords(tmp_path: Path, results: Path) -> None:
    store = tmp_path / "runs.duckdb"
    with pytest.raises(es.InputError, match="correct_column= ok"):
        es.import_results(results, store=store)
    es.import_results(results, store=store, columns={"correct": "ok"})
    twice = tmp_path / "twice.csv"
    twice.write_text("shot,id,correct\na,0,1\nb,0,0\na,1,1\nb,1,0\n", encoding="utf-8")
    with pytest.raises(es.InputError, match=r'group_by= shot; .* columns=\{"completion_index": ""\}'):
        es.import_results(twice, store=store)
    results.write_text("model,id,ok\na,0,0\na,1,0\n", encoding="utf-8")
    with pytest.raises(es.InputError, match="replace=True"):
        es.import_results(results, store=store, columns={"correct": "ok"}, label="a")
    for call in (lambda: es.rename("c", "d", store=store), lambda: es.tag("c", "d", store=store)):
        with pytest.raises(es.InputError, match="no run"):
            call()
    with pytest.raises(es.InputError, match="name the runs"):
        es.delete(store=store)
