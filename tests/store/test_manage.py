"""Runs that are renamed, tagged and deleted: what goes with them, what stays, and what is refused."""

import json
from pathlib import Path

import pytest
from fault_tools import in_child, need

from evalsuite.cli.app import run_command
from evalsuite.errors import InputError
from evalsuite.store import queries
from evalsuite.store.imports.results_file import import_path
from evalsuite.store.manage import delete_runs, plan_removal, rename_run, tag_run
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store
from evalsuite.store.verify import verify


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two runs on the same problems and one on others."""
    path = tmp_path / "s.duckdb"
    with Store.writer(path) as opened:
        for name, rows in (("base", "a,1\nb,0\n"), ("new", "a,1\nb,1\n"), ("other", "x,1\n")):
            (tmp_path / f"{name}.csv").write_text(f"id,correct\n{rows}")
            import_path(opened, tmp_path / f"{name}.csv")
    return path


def count(store: Store, table: str) -> int:
    return int(store.connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def test_a_new_name_keeps_the_id_and_the_same_file_comes_back_to_it(store: Path) -> None:
    with Store.writer(store) as opened:
        before = find_run(opened, "base").run_id
        assert rename_run(opened, "base", " SmolLM2 ").label == "SmolLM2"
        assert find_run(opened, "SmolLM2").run_id == before
        (report,) = import_path(opened, store.parent / "base.csv")
        assert (report.label, report.n_new) == ("SmolLM2", 0)
        (report,) = import_path(opened, store.parent / "base.csv", label="SmolLM2")
        assert (report.label, report.n_new, report.run_id) == ("SmolLM2", 0, before)
        for label, words in (
            ("new", "already belongs"),
            (find_run(opened, "new").run_id, "already belongs"),
            ("", "not empty"),
        ):
            with pytest.raises(InputError, match=words):
                rename_run(opened, "SmolLM2", label)


def test_what_hangs_on_a_run_goes_and_what_others_have_stays(store: Path) -> None:
    with Store.writer(store) as opened:
        tag_run(opened, "base", ["paper"])
        opened.connection.execute("INSERT INTO looks VALUES ('a', 'b', '', 2, now()::TIMESTAMP)")
        removal = plan_removal(opened, ["base"])
        assert (removal.n_completions, removal.n_grades, removal.n_problems) == (2, 2, 0)
        delete_runs(opened, removal)
        assert [h["label"] for h in queries.run_heads(opened.connection)] == ["new", "other"]
        left = {"completions": 3, "grades": 3, "run_problems": 3, "problems": 3, "run_tags": 0, "looks": 1}
        assert {table: count(opened, table) for table in left} == left
        delete_runs(opened, plan_removal(opened, ["new"]))
        assert [count(opened, t) for t in ("completions", "problems")] == [1, 1]


def definitions(store: Store) -> dict[str, str]:
    return dict(store.connection.execute("SELECT table_name, sql FROM duckdb_tables()").fetchall())


@pytest.mark.parametrize("killed", [False, True])
def test_runs_that_are_most_of_a_store_leave_tables_as_they_were(store: Path, killed: bool) -> None:
    def delete(path: Path) -> None:
        opened = Store.writer(path)
        numbers = "SELECT table_name, table_oid FROM duckdb_tables()"
        before = dict(opened.connection.execute(numbers).fetchall())
        delete_runs(opened, plan_removal(opened, ["base", "new"]))
        now = dict(opened.connection.execute(numbers).fetchall())
        need(before["completions"] != now["completions"], "what stays was not moved to a new table")
        if not killed:
            opened.close()

    with Store.reader(store) as opened:
        known = definitions(opened)
    assert in_child(lambda: delete(store)) == 0  # and no closing, where it is killed
    with Store.writer(store) as opened:
        assert definitions(opened) == known
        assert [h["label"] for h in queries.run_heads(opened.connection)] == ["other"]
        left = {"completions": 1, "grades": 1, "run_problems": 1, "problems": 1}
        assert {table: count(opened, table) for table in left} == left
        assert import_path(opened, store.parent / "other.csv")[0].n_new == 0
        assert import_path(opened, store.parent / "base.csv")[0].n_new == 2
    assert verify(store).faults == ()


def test_a_run_that_another_continues_goes_only_with_it(store: Path) -> None:
    with Store.writer(store) as opened:
        opened.connection.execute(
            "UPDATE runs SET parent_run_id = (SELECT run_id FROM runs WHERE label = 'base') WHERE label = 'new'"
        )
        with pytest.raises(InputError, match=r"base was continued or repeated by new.*--with-extensions"):
            plan_removal(opened, ["base"])
        assert [head.label for head in plan_removal(opened, ["new"]).runs] == ["new"]
        assert plan_removal(opened, ["new", "base"]).extensions == ()
        removal = plan_removal(opened, ["base"], with_extensions=True)
        assert [head.label for head in removal.extensions] == ["new"]
        assert removal.n_problems == 2


def test_the_commands(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--store", str(store)]
    assert run_command(["tag", "base", "paper", "final", *at, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tags"] == ["final", "paper"]
    assert run_command(["runs", "--tag", "paper", *at, "--json"]) == 0
    assert [(r["label"], r["tags"]) for r in json.loads(capsys.readouterr().out)["runs"]] == [
        ("base", ["final", "paper"])
    ]
    assert run_command(["runs", "--tag", "papers", *at]) == 2
    assert "Tags there: final, paper" in capsys.readouterr().err
    assert run_command(["tag", "base", "paper", "--remove", *at]) == 0
    assert run_command(["tag", "base", "paper", "--remove", *at]) == 2
    assert run_command(["rename", "base", "first", *at, "--json"]) == 0
    capsys.readouterr()
    assert run_command(["delete", "first", *at]) == 2
    assert "first: 2 completions, 2 grades, 0 problems that no other run has" in (err := capsys.readouterr().err)
    assert "Say --yes" in err
    assert run_command(["delete", "first", "--yes", *at, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == ["first"]
    assert run_command(["delete", "first", "--yes", *at]) == 2
