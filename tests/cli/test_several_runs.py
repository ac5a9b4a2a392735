"""pass@k, the best of several runs and all pairs: what is printed, the documents, the exit codes and Python."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evalsuite as es
from evalsuite.cli.app import run_command

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return a function that runs one command in an empty folder and gives its exit code and streams."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_command([*map(str, arguments), "--store", "s.duckdb"])
        return (code, *capsys.readouterr())

    return call


@pytest.fixture
def runs(cli: Cli, tmp_path: Path) -> dict[str, Any]:
    """Import three runs with 8, 8 and 4 completions of 20 problems; one completion of new is missing."""
    rng = np.random.default_rng(2)
    p, scores = rng.random(20), {}
    for label, k, gain in (("base", 8, 0.0), ("new", 8, 0.5), ("other", 4, 0.05)):
        right = rng.random((20, k)) < np.clip(p + gain, 0, 1)[:, None]
        lines = [f"q{i},{j},{int(right[i, j])}" for i in range(20) for j in range(k)]
        if label == "new":
            lines.pop()
        (tmp_path / f"{label}.csv").write_text("\n".join(["problem_id,completion_index,correct", *lines]) + "\n")
        assert cli("import", f"{label}.csv", "--label", label)[0] == 0
        scores[label] = right
    return scores


def test_accuracy_gives_the_curves_of_one_run(cli: Cli, runs: dict[str, Any]) -> None:
    code, out, _ = cli("accuracy", "new")
    assert code == 0
    assert "1 problem has fewer than 8 completions, so k goes up to its 7." in out
    # Wrong answers were not imported, so what they would vote for is not known.
    assert "Majority" not in out
    found = es.accuracy("base", store="s.duckdb")
    assert found.majority_vote.empty
    frame = found.pass_at_k
    assert frame["k"].tolist() == [1, 2, 4, 8] * 2
    every = frame[frame["measure"] == "pass^k"].set_index("k")
    assert every.loc[8, "value"] == pytest.approx(runs["base"].all(axis=1).mean())
    assert found.as_dict()["pass_at_k"]["points"][0]["value"] == frame["value"].iloc[0]
    assert "At k = 8: pass@k" in repr(found)
    given = es.accuracy(runs["base"])
    assert given.pass_at_k.equals(frame)
    assert es.accuracy("11/20").pass_at_k.empty


def test_differences_go_up_to_the_smaller_k(cli: Cli, runs: dict[str, Any]) -> None:
    code, out, _ = cli("compare", "base", "other")
    assert code == 0
    assert "other against base: at least one right" in out
    frame = es.compare("base", "other", store="s.duckdb").pass_at_k
    assert frame["k"].tolist() == [1, 2, 4] * 2
    gain = runs["other"].any(axis=1).mean()
    assert frame.set_index(["measure", "k"]).loc[("pass@k", 4), "value"] < gain
    assert es.compare("base", "other", store="s.duckdb", without_cap=True).pass_at_k.empty
    assert es.compare([1, 0, 1], [1, 1, 1]).pass_at_k.empty


def test_all_pairs_are_one_family(cli: Cli, runs: dict[str, Any]) -> None:
    code, out, _ = cli("compare", "base", "new", "other", "--all-pairs")
    assert code == 0
    assert "over all 3 pairs (Holm)" in out
    assert "other − new" in out
    assert out.count("new is the best of the 2 new runs") == 1
    assert cli("compare", "base", "new", "other", "--fail-if", "loss")[0] == 0
    code, _, err = cli("compare", "base", "new", "other", "--all-pairs", "--fail-if", "loss")
    assert code == 6
    assert "--fail-if loss: other against new is 'resolved loss'" in err
    assert "against base" not in err

    found = es.compare("base", ["new", "other"], store="s.duckdb", all_pairs=True)
    frame = found.to_frame()
    assert list(zip(frame["new"], frame["base"], strict=True)) == [
        ("new", "base"), ("other", "base"), ("other", "new"),
    ]  # fmt: skip
    assert found.matrix.loc["new", "other"] == -frame["difference"].iloc[2] > 0
    assert np.isnan(found.matrix.loc["base", "base"])
    assert found.best is not None
    assert found.best.possible == ("new",)
    family, few = found.as_dict(), es.compare("base", ["new", "other"], store="s.duckdb").as_dict()
    assert (family["family_size"], few["family_size"]) == (3, 2)
    pvalues = [sorted(c["pvalues"]["bounded_mean"] for c in d["comparisons"]) for d in (family, few)]
    assert family["comparisons"][0]["adjusted_pvalue"] >= few["comparisons"][0]["adjusted_pvalue"]
    assert min(c["adjusted_pvalue"] for c in family["comparisons"]) == pytest.approx(3 * pvalues[0][0])
    assert "All 3 pairs" in repr(found)
    given = es.compare(runs["base"], [runs["new"], runs["other"]], all_pairs=True, labels=["base", "new", "other"])
    assert given.verdicts == found.verdicts


def test_all_pairs_need_three_runs(cli: Cli, runs: dict[str, Any]) -> None:
    code, _, err = cli("compare", "base", "new", "--all-pairs")
    assert code != 0
    assert "three or more stored runs, got 2" in err
    with pytest.raises(es.InputError, match="two or more new runs"):
        es.compare(runs["base"], runs["new"], all_pairs=True)


def test_several_problem_sets_are_one_answer(cli: Cli, tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    for label, p, n in (("base-a", 0.3, 60), ("new-a", 0.6, 60), ("base-b", 0.4, 30), ("new-b", 0.4, 30)):
        rows = [f"{label[-1]}{i},{int(rng.random() < p)}" for i in range(n)]
        (tmp_path / f"{label}.csv").write_text("\n".join(["problem_id,correct", *rows]) + "\n")
        assert cli("import", f"{label}.csv", "--label", label)[0] == 0
    sets = ("--pool", "base-a", "new-a", "--pool", "base-b", "new-b")
    code, out, _ = cli("compare", *sets)
    assert code == 0
    assert "The 3 verdicts are judged together" in out
    assert "Counting each of the 2 sets equally" in out
    found = json.loads(cli("compare", *sets, "--json")[1])
    assert [one["n_problems"] for one in (*found["sets"], found["together"])] == [60, 30, 90]
    python = es.pool([("base-a", "new-a"), ("base-b", "new-b")], store="s.duckdb")
    assert json.loads(json.dumps(python.as_dict())) == found
    assert python.to_frame()["n_problems"].tolist() == [60, 30, 90]
    assert len(python.verdicts) == 3
    assert "Each set, then all problems" in str(python)
    assert python.plot().get_xlabel()
    with pytest.raises(es.InputError, match="pairs needs"):
        es.pool(["base-a", "new-a"], store="s.duckdb")
    files = [word if word == "--pool" else f"{word}.csv" for word in sets]
    assert json.loads(cli("compare", *files, "--json")[1])["together"]["table"] == found["together"]["table"]
    assert cli("compare", *sets, "--fail-if", "unresolved")[0] == 6
    assert "### new" in cli("compare", *sets, "--summary", "github")[1]
    assert "two problem sets or more" in cli("compare", "--pool", "base-a", "new-a")[2]
    assert "exactly one of" in cli("compare", "base-a", "new-a", *sets)[2]
