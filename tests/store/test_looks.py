"""A pair of runs that is compared as it grows: every look is recorded, and from the second on the answer says so."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted import ScriptedGenerator, run_scripted

import evalsuite as es
from analyses.seed_comparison.analysis import analyse
from evalsuite.cli.app import run_command
from evalsuite.comparison.pair import compare_pair
from evalsuite.generation.generator import Generated, Request
from evalsuite.records import Decoding, StopReason
from evalsuite.scores import ScoreMatrix
from evalsuite.settings import SeedOptions
from evalsuite.stats.anytime import anytime_mean
from evalsuite.store.archive import write_archive
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.looks import Look, looks_by, record_looks
from evalsuite.store.restore import read_archive
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store


class NeverRight(ScriptedGenerator):
    """A base that boxes no answer."""

    def _complete(self, request: Request, decoding: Decoding, identity: str) -> Generated:  # noqa: ARG002
        return Generated((1,), "I do not know.", StopReason.STOP, identity)


class AlwaysRight(ScriptedGenerator):
    """A run that boxes every right answer."""

    def _complete(self, request: Request, decoding: Decoding, identity: str) -> Generated:  # noqa: ARG002
        text = f"It is \\boxed{{{request.problem_id.rsplit('/', 1)[1]}}}."
        return Generated((1,), text, StopReason.STOP, identity)


def grow(path: Path, n: int) -> None:
    with Store.writer(path) as store:
        run_scripted(store, NeverRight(), n_problems=n, label="base", weights="b")
        run_scripted(store, ScriptedGenerator(), n_problems=n, label="new", weights="n")


def compared(path: Path, capsys: pytest.CaptureFixture[str], *names: str) -> dict[str, Any]:
    assert run_command(["compare", *(names or ("base", "new")), "--store", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def recorded(path: Path) -> list[int]:
    with Store.reader(path) as store:
        pair = {find_run(store, "base").run_id, find_run(store, "new").run_id}
        return [look.n_problems for look in looks_by(store.connection, "boxed") if look_pair(look) == pair]


def recorded_in(store: Store) -> list[int]:
    return [look.n_problems for look in looks_by(store.connection, "boxed")]


def look_pair(look: Look) -> set[str]:
    return {look.base_run_id, look.new_run_id}


def test_a_growing_pair_says_how_often_it_was_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    grow(path, 10)
    for _ in range(2):
        assert not [w for w in compared(path, capsys)["warnings"] if "was looked at" in w]
        assert recorded(path) == [10]
    grow(path, 40)
    document = compared(path, capsys)
    (warning,) = [w for w in document["warnings"] if "was looked at" in w]
    assert warning.startswith(
        "new against base was looked at 2 times while it grew (n = 10, 40): verdict, interval and"
    )
    # The script is right but for every third seed; what is expected comes from the planted values themselves.
    with Store.reader(path) as store:
        right = [
            row[0]
            for row in store.connection.execute(
                "SELECT (outcome = 'correct')::INTEGER FROM grades JOIN run_problems USING (run_id, problem_id) "
                "JOIN runs USING (run_id) WHERE label = 'new' AND grader = 'boxed' ORDER BY position"
            ).fetchall()
        ]
    expected = anytime_mean(right)
    assert document["difference"]["low"] == pytest.approx(expected.estimate().low)
    assert document["pvalues"]["anytime"] == document["every_look"]["pvalue"] == pytest.approx(expected.pvalue())
    assert document["every_look"]["looks"] == [10, 40]
    alone = document["every_look"]["only_look"]
    assert [alone["low"], alone["high"]] == document["intervals"]["fay_lumbard"]
    assert alone["low"] > document["difference"]["low"]
    assert "at every look. Resolved gain" in document["sentence"]
    assert "Had this been the only look: resolved gain, 95% CI" in document["sentence"]
    assert recorded(path) == [10, 40]
    compared(path, capsys, "new", "base")
    assert recorded(path) == [10, 40], "the same pair the other way round at the same length is no new look"


def test_the_same_comparison_again_leaves_the_file_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    grow(path, 10)
    compared(path, capsys)
    before = path.read_bytes()
    compared(path, capsys)
    assert path.read_bytes() == before


def imported(path: Path, folder: Path, n: int) -> None:
    """Import two files of the same runs, each longer than the files before."""
    with Store.writer(path) as store:
        for label, right in (("base", lambda i: i % 3 == 0), ("new", lambda i: i % 2 == 0)):
            file = folder / f"{label}.csv"
            file.write_text("problem_id,correct\n" + "".join(f"p{i},{int(right(i))}\n" for i in range(n)))
            import_file(store, file, label=f"{label} {n}")


def test_a_longer_file_of_the_same_scores_is_the_same_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    imported(path, tmp_path, 20)
    assert not [w for w in compared(path, capsys, "base 20", "new 20")["warnings"] if "was looked at" in w]
    imported(path, tmp_path, 50)
    (warning,) = [w for w in compared(path, capsys, "base 50", "new 50")["warnings"] if "was looked at" in w]
    assert "2 times while it grew (n = 20, 50)" in warning
    with Store.reader(path) as store:
        assert [look.n_problems for look in looks_by(store.connection, "imported")] == [20, 50]


def test_python_and_the_page_look_as_the_command_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    grow(path, 10)
    es.compare("base", "new", store=path)
    assert recorded(path) == [10]
    grow(path, 20)
    command = ["report", "base", "new", "--store", str(path), "--out", str(tmp_path / "site")]
    assert run_command(command) == 0
    assert recorded(path) == [10, 20]
    assert "2 times while it grew (n = 10, 20)" in (tmp_path / "site" / "comparison.html").read_text()
    grow(path, 30)
    with es.open_store(path) as opened:
        for _ in range(2):
            result = es.compare("base", "new", store=opened)
            assert [n for n in result.as_dict()["warnings"] if "3 times while it grew (n = 10, 20, 30)" in n]
        assert recorded_in(opened.store) == [10, 20]
    assert recorded(path) == [10, 20, 30]


def test_an_archive_keeps_the_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, other = tmp_path / "s.duckdb", tmp_path / "other.duckdb"
    grow(path, 10)
    compared(path, capsys)
    with Store.reader(path) as store:
        write_archive(store, tmp_path / "archive", runs=["base", "new"])
        write_archive(store, tmp_path / "one", runs=["base"])
    with Store.writer(other) as store:
        read_archive(store, tmp_path / "one")
        assert looks_by(store.connection, "boxed") == []
        read_archive(store, tmp_path / "archive")
    assert recorded(other) == [10]


def test_arms_of_seeds_say_that_they_grew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    with Store.writer(path) as store:
        run_scripted(store, NeverRight(), n_problems=12, label="base", weights="b")
        for seed in range(3):
            run_scripted(store, ScriptedGenerator(), n_problems=12, label=f"grpo-{seed}", weights=f"n{seed}")
    shown = []
    for seeds in (1, 2, 2, 3):  # no verdict can come of one seed in each arm, so that it is no look
        news = [part for seed in range(seeds) for part in ("--new", f"grpo-{seed}")]
        assert run_command(["compare", "--base", "base", *news, "--store", str(path), "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        shown.append([w for w in document["warnings"] if "was looked at" in w])
    assert shown[:3] == [[], [], []]
    assert "12 problems with 1 and 2 runs, 12 problems with 1 and 3 runs" in shown[3][0]
    look = document["every_look"]
    assert look["looks"] == [12, 12]
    # The second look spends 6/(2 pi)^2 of the level.
    assert look["pvalue"] == pytest.approx(min(1.0, look["only_look_pvalue"] * (2 * np.pi) ** 2 / 6))
    assert look["difference"]["low"] < look["only_look"]["low"]
    assert document["intervals"]["every_look"] == [look["difference"]["low"], look["difference"]["high"]]
    assert "At every look whose number of problems" in document["sentence"]
    with Store.reader(path) as store:
        found = analyse(store, SeedOptions(("base",), ("grpo-0", "grpo-1", "grpo-2")))
    # The list of pages shows the last row.
    last = found.table("difference").records()[-1]
    assert [last["low"], last["high"]] == [look["difference"]["low"], look["difference"]["high"]]
    assert "The verdict rests on the last row" in found.table("difference").note


def test_what_only_one_look_would_resolve_fails_no_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Six gains and no loss are p = .03 in one look, and no verdict for a pair that was looked at before."""
    path = tmp_path / "s.duckdb"
    for n in (4, 6):
        with Store.writer(path) as store:
            run_scripted(store, NeverRight(), n_problems=n, label="base", weights="b")
            run_scripted(store, AlwaysRight(), n_problems=n, label="new", weights="n")
        gate = ["compare", "base", "new", "--store", str(path), "--fail-if", "gain", "--json"]
        assert run_command(gate) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["verdict"]["kind"] == "cannot resolve by design"
    assert document["every_look"]["only_look_verdict"]["kind"] == "resolved gain"
    assert document["every_look"]["pvalue"] == pytest.approx(7 / 64)
    assert document["smallest_attainable_pvalue"] == pytest.approx(7 / 64)
    result = es.compare("base", "new", store=path)
    assert result.verdict is not None
    assert result.verdict.kind == "cannot resolve by design"
    out = tmp_path / "site"
    assert run_command(["report", "base", "new", "--store", str(path), "--out", str(out)]) == 0
    text = re.sub(r"<[^>]+>", "", (out / "comparison.html").read_text())  # terms are marked
    assert "Had this been the only look: resolved gain" in text


def test_all_pairs_are_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.duckdb"
    for n in (10, 20):
        grow(path, n)
        with Store.writer(path) as store:
            run_scripted(store, AlwaysRight(), n_problems=n, label="other", weights="o")
        command = ["compare", "base", "new", "other", "--all-pairs", "--store", str(path), "--json"]
        assert run_command(command) == 0
        document = json.loads(capsys.readouterr().out)
    assert [c["every_look"]["looks"] for c in document["comparisons"]] == [[10, 20]] * 3
    assert sum("was looked at 2 times" in warning for warning in document["warnings"]) == 3


def test_templates_have_an_interval_for_every_look_too(tmp_path: Path) -> None:
    rng, alarms = np.random.default_rng(5), 0
    for _ in range(60):
        runs = []
        for label in ("a", "b"):
            keys, ones = tuple(map(str, range(120))), np.ones((120, 1), bool)
            right = rng.random((120, 1)) < 0.5
            runs.append(
                ScoreMatrix(label, keys, keys, right, ones, ~ones, clusters=tuple(str(i % 30) for i in range(120)))
            )
        shown = [compare_pair(runs[0].take(range(n)), runs[1].take(range(n)), 0.2, looks=[40, 80, 120][:k])
                 for k, n in ((2, 80), (3, 120))]  # fmt: skip
        for c in shown:
            assert c.difference.method == "each_look"
            assert c.verdict.kind.startswith("resolved") == (c.difference.low > 0 or c.difference.high < 0)
        alarms += any(c.verdict.kind.startswith("resolved") for c in shown)
    # 60 draws at 0.2: at most 21 with probability above 0.997.
    assert alarms <= 21


def test_a_store_that_is_not_there_or_may_not_be_written_is_left_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    look = Look("a", "b", "boxed", 5)
    assert not record_looks(path, [look])
    assert not path.exists()
    with Store.writer(path) as store:
        assert looks_by(store.connection, "boxed") == []
    path.chmod(0o444)
    readable_only = not record_looks(path, [look])
    path.chmod(0o644)
    assert record_looks(path, [look, Look("b", "a", "boxed", 9)])
    with Store.reader(path) as store:
        assert [n.n_problems for n in looks_by(store.connection, "boxed")] == [5, 9]
        assert looks_by(store.connection, "strict") == []
    assert readable_only or path.owner() == "root"
