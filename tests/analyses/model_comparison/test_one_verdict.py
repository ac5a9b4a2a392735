"""Whatever the runs are, heading, badge, lights, exit code and summary say the same, and the numbers shown add up."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cut_runs import Run, answer, cut_store

import evalsuite as es
from evalsuite.cli.app import run_command

BADGE = re.compile(r'<p class="decision">\s*<span class="verdict (\w+)">.*?</span>\s*([^<]+)</span>', re.DOTALL)
HEADING = re.compile(r'<h1 class="sentence"[^>]*>([^<]+)</h1>')
LIGHT = re.compile(r'<li class="light (\w+)">')
VALUE = re.compile(r'<span class="big">([^<]+)</span>')
COUNT = re.compile(r'<span class="counts">(\d+) of \d+ problems</span>')
PROBLEMS = re.compile(r"of (\d+) problems")
WORDS = {
    "that is a real gain": "resolved gain",
    "that is a real loss": "resolved loss",
    "that could be chance": "unresolved",
    "a change in either direction could still be there": "unresolved",
    "too few to tell, whatever the result": "cannot resolve by design",
}


def written(path: Path, right: "np.ndarray[Any, Any]", missing: "np.ndarray[Any, Any]", cut: bool) -> None:
    """Write a run whose missing results ended in an error."""
    rows = []
    for i, ok in enumerate(right):
        if missing[i]:
            rows.append({"problem_id": f"q{i}", "error": "timeout"})
        else:
            stop = "length" if cut and i % 5 == 0 else "stop"
            rows.append({"problem_id": f"q{i}", "correct": bool(ok), "stop_reason": stop})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def random_pairs(folder: Path, n_pairs: int) -> Iterator[Path]:
    rng = np.random.default_rng(17)
    for place in range(n_pairs):
        n = int(rng.choice([4, 40, 90, 200]))
        share = rng.choice([0.0, 0.03, 0.1])
        gain = rng.choice([-0.3, -0.1, 0.0, 0.1, 0.3])
        own = folder / str(place)
        own.mkdir()
        for name, p in (("base", 0.45), ("new", 0.45 + gain)):
            written(own / f"{name}.jsonl", rng.random(n) < p, rng.random(n) < share, cut=bool(place % 2))
        yield own


def numbers_of(text: str) -> float:
    return float(text.replace("\u2212", "-").replace("%", "").replace(" pp", ""))


def test_random_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    n_exact, n_pairs = 0, 4
    for pair in random_pairs(tmp_path, n_pairs):
        names = [str(pair / "base.jsonl"), str(pair / "new.jsonl")]
        capsys.readouterr()
        assert run_command(["report", *names, "--out", str(pair / "site"), "--name", "page", "--json"]) == 0
        of_page = json.loads(capsys.readouterr().out)
        text = (pair / "site" / "page.html").read_text(encoding="utf-8")
        heading, (tone, badge) = HEADING.findall(text)[0], BADGE.findall(text)[0]
        lights = LIGHT.findall(text)
        badge = badge.strip()
        worth = heading.partition("; ")[2]
        if "depends on" in badge:
            assert "yes" in lights
            assert badge in worth
        else:
            assert "yes" not in lights
            assert badge == WORDS[worth.removesuffix(" at this token limit")] + (
                " at this token limit" if worth.endswith(" at this token limit") else ""
            )
        assert (tone == "gain") == badge.startswith("resolved gain")
        assert (tone == "loss") == badge.startswith("resolved loss")
        difference, base, new = (numbers_of(value) for value in VALUE.findall(text)[:3])
        solved = [int(count) for count in COUNT.findall(text)[:2]]
        assert 100 * (solved[1] - solved[0]) / int(PROBLEMS.findall(heading)[0]) == pytest.approx(difference, abs=0.51)
        # Thirds have no number of digits with which two of them add up to the third; then one digit more is shown.
        off = abs(new - base - difference)
        n_exact += off < 1e-9
        assert off < (1e-9 if "." not in VALUE.findall(text)[0] else 0.11), heading
        capsys.readouterr()
        assert run_command(["compare", *names, "--fail-if", "not-gain"]) == (0 if tone == "gain" else 6)
        assert capsys.readouterr().out.splitlines()[0] == heading
        assert run_command(["compare", *names, "--json"]) == 0
        of_compare = json.loads(capsys.readouterr().out)
        for document in (of_page, of_compare, of_compare["comparisons"][0], es.compare(*names).as_dict()):
            assert (document["finding"], document["final_verdict"]["label"]) == (heading, badge)
            assert sorted(light["changes"] for light in document["lights"]) == sorted(lights)
            assert document["final_verdict"]["stands"] == ("depends on" not in badge)
        assert badge in es.compare(*names).view.verdict
        assert badge in (pair / "site" / "index.html").read_text(encoding="utf-8")
        stands = tone in ("gain", "loss")
        assert run_command(["compare", *names, "--fail-if", "unresolved"]) == (0 if stands else 6)
        capsys.readouterr()
        run_command(["compare", *names, "--summary", "github"])
        assert capsys.readouterr().out.splitlines()[0] == f"### {heading}"
    assert n_exact >= n_pairs - 3


def test_missing_results_that_could_turn_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    place = np.arange(60)
    # 12 won and none lost of 50; but the base is right on all ten that the new run has no result for.
    written(tmp_path / "base.jsonl", place < 15, place < 0, cut=False)
    written(tmp_path / "new.jsonl", (place < 15) | ((place >= 20) & (place < 32)), place < 10, cut=False)
    names = ["base.jsonl", "new.jsonl"]
    assert run_command(["report", *names, "--out", "site", "--name", "page"]) == 0
    text = Path("site/page.html").read_text(encoding="utf-8")
    heading = "new solved 12 more of 50 problems; whether that is a real change depends on the missing results"
    assert HEADING.findall(text) == [heading]
    assert [(tone, badge.strip()) for tone, badge in BADGE.findall(text)] == [
        ("open", "depends on the missing results")
    ]
    # What changes the verdict stands first.
    assert LIGHT.findall(text)[0] == "yes"
    capsys.readouterr()
    assert run_command(["compare", *names, "--fail-if", "not-gain"]) == 6
    assert capsys.readouterr().out.splitlines()[0] == heading
    assert run_command(["compare", *names, "--summary", "github"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"### {heading}"


def test_a_verdict_that_another_grader_turns_is_open_in_every_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with cut_store(tmp_path, {
        "base": Run([[answer(i, length=40).replace("\\boxed{", " ").replace("}", "")] for i in range(30)], cap=99),
        "new": Run([[answer(i, length=40)] for i in range(30)], cap=99, weights="x"),
        "other": Run([[answer(i, length=40)] for i in range(30)], cap=99, weights="y"),
    }) as store:  # fmt: skip
        path = str(store.path)
    said = {"label": "depends on the grader", "stands": False, "depends_on": "grader", "at_this_limit": False}
    at = ["--store", path]
    assert run_command(["compare", "base", "new", *at, "--json", "--fail-if", "not-gain"]) == 6
    document = json.loads(capsys.readouterr().out)
    assert (document["verdict"]["kind"], document["final_verdict"]) == ("resolved gain", said)
    result = es.compare("base", "new", store=path)
    assert json.loads(json.dumps(result.as_dict())) == document
    assert result.view.verdict == "new: depends on the grader"
    assert run_command(["compare", "base", "new", "other", *at, "--json"]) == 0
    several = json.loads(capsys.readouterr().out)
    assert [one["final_verdict"] for one in several["comparisons"]] == [said, said]
    assert several["finding"] == "Of new, other it depends on the grader"
    assert es.compare("base", ["new", "other"], store=path).to_frame()["final_verdict"].tolist() == [said["label"]] * 2
