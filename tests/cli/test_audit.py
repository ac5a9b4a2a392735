"""A grader checked by hand: the sample, the page and the sheet, and what is read back."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import evalsuite as es
from evalsuite.cli.app import run_command
from evalsuite.store.audit_sheet import read_sheet

Cli = Callable[..., tuple[int, str, str]]
HOSTILE = '</script><script>alert(1)</script>\n=HYPERLINK("x")\0\u202e"\''


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
def truth(cli: Cli, tmp_path: Path) -> dict[tuple[str, str], bool]:
    """Import two runs whose import calls every fifth right answer wrong, and return which answers are right."""
    rng, right = np.random.default_rng(4), {}
    for label, accuracy in (("base", 0.4), ("new", 0.6)):
        rows = []
        for i in range(120):
            good = bool(rng.random() < accuracy)
            text = HOSTILE if i == 7 else f"It is {i if good else i + 1}."
            right[label, f"p{i}"] = good
            rows.append({
                "problem_id": f"p{i}", "question": f"What is {i} + 0?", "gold": str(i), "completion": text,
                "correct": good and i % 5 != 0, "stop_reason": "length" if i % 10 == 0 else "stop",
            })  # fmt: skip
        (tmp_path / f"{label}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert cli("import", f"{label}.jsonl", "--label", label)[0] == 0
    return right


def judge(sheet: Path, out: Path, labels: dict[str, str], truth: dict[tuple[str, str], bool], leave: int = 0) -> None:
    """Fill in the column judgment; the first `leave` rows stay open."""
    with sheet.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows[leave:]:
        row["judgment"] = "right" if truth[labels[row["run_id"]], row["problem_id"]] else "Wrong"
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["problem_id"]))


def test_from_the_sample_to_the_corrected_difference(
    cli: Cli, truth: dict[tuple[str, str], bool], tmp_path: Path
) -> None:
    code, out, _ = cli("audit", "base", "new", "--n", 120, "--out", "o", "--json")
    assert code == 0
    drawn = json.loads(out)
    assert drawn["n_drawn"] == 240, "every completion of both runs"
    assert cli("audit", "base", "new", "--out", "o")[0] == 2, "a sheet that may hold judgments is not written over"
    labels = {row["run_id"]: row["label"] for row in json.loads(cli("runs", "--json")[1])["runs"]}
    judge(tmp_path / "o/audit.csv", tmp_path / "j.csv", labels, truth)
    code, out, err = cli("audit", "base", "new", "--judged", "j.csv", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    for run in found["runs"]:
        # Brute force: all are judged, so the accuracy for these completions is known.
        of_run = [value for (label, _), value in truth.items() if label == run["label"]]
        assert run["in_these"]["low"] == run["in_these"]["high"] == pytest.approx(np.mean(of_run))
        assert run["n_errors"] == sum(
            v for (label, p), v in truth.items() if label == run["label"] and int(p[1:]) % 5 == 0
        )
        assert run["wrongly_credited"]["value"] == 0 < run["wrongly_credited"]["high"]
    gain = [np.mean([v for (label, _), v in truth.items() if label == name]) for name in ("base", "new")]
    assert found["difference"]["corrected"]["value"] == pytest.approx(gain[1] - gain[0])
    python = es.audit("base", "new", judged="j.csv", store="s.duckdb")
    assert json.loads(json.dumps(python.as_dict())) == found
    assert "new − base by hand" in str(python)
    assert python.to_frame()["quantity"].tolist()[-2:] == ["graded difference", "corrected difference"]
    assert "new − base by hand" in cli("audit", "base", "new", "--judged", "j.csv")[1]


def test_the_sample_is_seeded_stratified_and_blind(
    cli: Cli, truth: dict[tuple[str, str], bool], tmp_path: Path
) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert cli("audit", "base", "--n", 30, "--seed", seed, "--out", "o", "--name", name)[0] == 0
    sheets = {name: (tmp_path / f"o/{name}.csv").read_text() for name in "abc"}
    assert sheets["a"] == sheets["b"] != sheets["c"]
    rows = read_sheet(tmp_path / "o/a.csv")
    assert len(rows) == len({row.key for row in rows}) == 30
    counts = Counter(row.stratum for row in rows)
    assert all(counts[row.stratum] == row.stratum_drawn >= min(2, row.stratum_size) for row in rows)
    assert {row.stratum.partition("/")[0] for row in rows} == {"correct", "incorrect"}
    # What hit the limit, and what this suite's own graders dispute, is a stratum of its own.
    doubtful = {row.problem_id for row in rows if row.stratum.endswith("doubtful")}
    assert doubtful
    assert all(int(name[1:]) % 5 == 0 or name == "p7" for name in doubtful)


def test_hostile_texts_are_shown_as_text(cli: Cli, truth: dict[tuple[str, str], bool], tmp_path: Path) -> None:
    assert cli("audit", "base", "--n", 120, "--out", "o", "--language", "zh")[0] == 0
    page = (tmp_path / "o/audit.html").read_text(encoding="utf-8")
    assert page.count("<script") == 2
    assert "&lt;script&gt;alert(1)" in page
    assert "http" not in page.replace("http-equiv", "")
    by_problem = {row.problem_id: row for row in read_sheet(tmp_path / "o/audit.csv")}
    assert by_problem["p7"].text == HOSTILE.replace("\0", "\u2400")


def test_open_judgments_widen_and_are_counted(cli: Cli, truth: dict[tuple[str, str], bool], tmp_path: Path) -> None:
    cli("audit", "base", "--n", 40, "--out", "o")
    labels = {row["run_id"]: row["label"] for row in json.loads(cli("runs", "--json")[1])["runs"]}
    widths = []
    for leave in (0, 8):
        judge(tmp_path / "o/audit.csv", tmp_path / "j.csv", labels, truth, leave)
        run = json.loads(cli("audit", "base", "--judged", "j.csv", "--json")[1])["runs"][0]
        assert run["n_unclear"] == leave
        widths.append(run["corrected"]["high"] - run["corrected"]["low"])
    assert widths[1] > widths[0] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[:0], "no column"),
        (lambda rows: [rows[0], *[{**r, "judgment": "maybe"} for r in rows[1:2]]], "row 2: a judgment is right, wrong"),
        (lambda rows: [rows[0], rows[1], rows[1]], "stands in the sheet twice"),
        (lambda rows: [rows[0], *[{**r, "run_id": "other"} for r in rows[1:]]], "no row of the run base"),
        (lambda rows: rows, "is judged yet"),
        (lambda rows: [rows[0], *[{**r, "stratum_size": "x"} for r in rows[1:]]], "must be a whole number"),
    ],
)
def test_sheets_that_cannot_be_used(
    cli: Cli, truth: dict[tuple[str, str], bool], tmp_path: Path, change, message: str
) -> None:
    cli("audit", "base", "--n", 20, "--out", "o")
    with (tmp_path / "o/audit.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    changed = change([rows[0], *rows])
    with (tmp_path / "j.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0] if changed else ["a"])
        writer.writeheader()
        writer.writerows(changed[1:])
    code, _, err = cli("audit", "base", "--judged", "j.csv")
    assert code == 2
    assert message in err


def test_wrong_usage(cli: Cli, truth: dict[tuple[str, str], bool], tmp_path: Path) -> None:
    for arguments, message in (
        (("base", "base"), "give different runs"),
        (("base", "--n", 3), "must be"),
        (("base", "--judged", "none.csv"), "cannot read none.csv"),
        (("base", "--judged", "none.csv", "--n", 5), "belong to drawing"),
        (("base", "--alpha", 2), "alpha must be"),
        (("base", "--name", "../x"), "name"),
    ):
        code, _, err = cli("audit", *arguments)
        assert code in (2, 3)
        assert message in err
    (tmp_path / "plain.csv").write_text("problem_id,correct\n" + "".join(f"p{i},1\n" for i in range(9)))
    cli("import", "plain.csv", "--label", "plain")
    assert "without the texts" in cli("audit", "plain")[2]
