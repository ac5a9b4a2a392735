"""The size of whole verdicts by another program: Python's own random numbers, frames as a user has them, documents.

Nothing of `analyses.calibration` runs here. Each design is none of the listed ones; the truth is known by construction.
"""

import json
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

import evalsuite as es
from evalsuite.cli.app import run_command

DRAWS = 200 if os.environ.get("EVALSUITE_LONG_TESTS") else 4
GEOMETRIC = (40, 27, 18, 12, 8, 5, 4, 2, 2, 1, 1, 1)
Answered = tuple[list[Any], float]
"""The documents of one draw, and the true difference."""


def frame(rows: Sequence[tuple[int, float]], *, column: str = "correct", **more: Any) -> pd.DataFrame:
    ids, values = zip(*rows, strict=True)
    return pd.DataFrame({"problem_id": [f"q{i}" for i in ids], column: values, **more})


def tossed(rng: random.Random, chances: Sequence[float], k: int) -> list[tuple[int, float]]:
    return [(i, float(rng.random() < p)) for i, p in enumerate(chances) for _ in range(k)]


def documents(compared: Any) -> list[Any]:
    told = compared.as_dict()
    return told.get("comparisons", [told])


def single(rng: random.Random) -> Answered:
    """Half of the problems nearly always right, the others seldom; the new run is alike on average, not each time."""
    ease = [rng.choice([0.97, 0.2]) for _ in range(90)]
    harder = [p - 0.1 if rng.random() < 0.5 else p + 0.1 for p in (max(0.1, min(0.9, p)) for p in ease)]
    base = frame(tossed(rng, [max(0.1, min(0.9, p)) for p in ease], 1))
    return documents(es.compare(base, frame(tossed(rng, harder, 1)))), 0.0


def templates_of_geometric_sizes(rng: random.Random) -> Answered:
    """K=3 against K=7; every template gains or loses."""
    base_chances, new_chances, names = [], [], []
    for g, size in enumerate(GEOMETRIC):
        ease, effect = rng.uniform(0.3, 0.7), rng.choice([-0.25, 0.25])
        base_chances += [ease] * size
        new_chances += [ease + effect] * size
        names += [f"t{g}"] * size
    base = frame(tossed(rng, base_chances, 3), template=[name for name in names for _ in range(3)])
    return documents(es.compare(base, frame(tossed(rng, new_chances, 7)), clusters="template")), 0.0


def two_runs_with_holes_at_the_floor(rng: random.Random) -> Answered:
    """Two new runs, each without a tenth of its rows, where hardly anything is right."""
    chances = [rng.choice([0.0, 0.0, 0.05]) for _ in range(80)]
    runs = [[row for row in tossed(rng, chances, 2) if rng.random() < 0.9 or row[0] == 0] for _ in range(3)]
    return documents(es.compare(frame(runs[0]), [frame(run) for run in runs[1:]], only_shared=True)), 0.0


def scores_around_zero(rng: random.Random) -> Answered:
    """Scores from -1 to 1; one problem in twenty loses all, the others gain what makes up for it."""
    base = [rng.uniform(0.6, 0.8) for _ in range(50)]
    new = [-1.0 if rng.random() < 0.05 else score + 1.7 * 0.05 / 0.95 for score in base]
    frames = [frame(list(enumerate(run)), column="score") for run in (base, new)]
    return documents(es.compare(*frames, score_range=(-1, 1))), 0.0


def seeds(rng: random.Random) -> Answered:
    """3 seeds that differ much against 4 that hardly do."""
    chances = [rng.uniform(0.4, 0.6) for _ in range(40)]
    arms = [
        [frame(tossed(rng, [p + shift for p in chances], 2)) for shift in (rng.gauss(0, spread) for _ in range(count))]
        for count, spread in ((3, 0.1), (4, 0.01))
    ]
    return documents(es.compare(*arms, training_seeds=True)), 0.0


def best_of_four(rng: random.Random) -> Answered:
    """Four new runs that equal the base; what is printed of the one that stands first."""
    chances = [rng.random() for _ in range(60)]
    base, *new = [frame(tossed(rng, chances, 1)) for _ in range(5)]
    best = es.compare(base, new).best
    assert best is not None
    kind = "unresolved" if not best.resolved else "resolved gain" if best.difference.value > 0 else "resolved loss"
    limits = {"low": best.difference.low, "high": best.difference.high}
    return [{"verdict": {"kind": kind, "claims": []}, "difference": limits}], 0.0


@pytest.mark.parametrize(
    "design",
    [single, templates_of_geometric_sizes, two_runs_with_holes_at_the_floor, scores_around_zero, seeds, best_of_four],
    ids=lambda design: design.__name__,
)
def test_equal_runs_are_seldom_told_apart(design: Callable[[random.Random], Answered]) -> None:
    rng, false, missed = random.Random(design.__name__), 0, 0  # noqa: S311 - nothing is secret
    for _ in range(DRAWS):
        told, truth = design(rng)
        resolved = [one["verdict"]["kind"].startswith("resolved") for one in told]
        apart = [one["difference"]["low"] > truth or one["difference"]["high"] < truth for one in told]
        if len(told) == 1:
            assert resolved == apart
        false += any(resolved)
        missed += apart[0]
    assert max(false, missed) <= stats.binom.ppf(0.999, DRAWS, 0.05)


@pytest.mark.parametrize("k", [1, 4])
def test_a_loss_at_the_margin_is_seldom_claimed_to_be_none(k: int) -> None:
    """A loss of 10 points from one problem in eight, against a margin of 10 points."""
    rng, claimed = random.Random(k), 0  # noqa: S311 - nothing is secret
    for _ in range(DRAWS):
        lost = [rng.random() < 0.125 for _ in range(60)]
        base = frame(tossed(rng, [0.8] * 60, k))
        new = frame(tossed(rng, [0.0 if gone else 0.8 for gone in lost], k))
        [told] = documents(es.compare(base, new, margin=0.1))
        claimed += "no worse" in told["verdict"]["claims"]
        assert ("equivalent" not in told["verdict"]["claims"]) or ("no worse" in told["verdict"]["claims"])
    assert claimed <= stats.binom.ppf(0.999, DRAWS, 0.05)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs one command in an empty folder and gives what it prints as JSON."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Any:
        capsys.readouterr()
        assert run_command([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return call


def test_a_growing_pair_in_a_store_is_seldom_told_apart(printed: Callable[..., Any]) -> None:
    """Templates of five problems that gain or lose, looked at through the command line after 10, 20 and 30 of them."""
    rng, draws, false = random.Random(5), -(-DRAWS // 4), 0  # noqa: S311 - nothing is secret
    for draw in range(draws):
        rows = []
        for g in range(30):
            ease, effect = rng.uniform(0.3, 0.7), rng.choice([-0.3, 0.3])
            rows += [(f"t{g}", int(rng.random() < ease), int(rng.random() < ease + effect)) for _ in range(5)]
        resolved = []
        for n in (50, 100, 150):
            for i, label in enumerate(("base", "new"), 1):
                lines = [f"q{j},{row[0]},{row[i]}" for j, row in enumerate(rows[:n])]
                Path(f"{label}{n}.csv").write_text("\n".join(["problem_id,template_id,correct", *lines]) + "\n")
            printed("import", f"base{n}.csv", f"new{n}.csv", "--store", f"{draw}.duckdb")
            told = printed("compare", f"base{n}", f"new{n}", "--store", f"{draw}.duckdb")
            resolved.append(told["verdict"]["kind"].startswith("resolved"))
            assert resolved[-1] == (told["difference"]["low"] > 0 or told["difference"]["high"] < 0)
        assert told["every_look"]["looks"] == [50, 100, 150]
        false += any(resolved)
    assert false <= stats.binom.ppf(0.999, draws, 0.05)


def test_right_answers_that_were_cut_are_no_loss_without_the_limit(printed: Callable[..., Any]) -> None:
    """A fifth of the new run's right answers was cut; at the limit that is a loss, without it the runs are equal."""
    rng, draws, at_limit, without = random.Random(6), -(-DRAWS // 2), 0, 0  # noqa: S311 - nothing is secret
    for _ in range(draws):
        ease = [rng.random() for _ in range(150)]
        for label, share in (("base", 0.0), ("new", 0.35)):
            lines = []
            for i, p in enumerate(ease):
                right = rng.random() < p
                cut = right and rng.random() < share
                lines.append(f"q{i},{int(right and not cut)},{'length' if cut else 'stop'}")
            Path(f"{label}.csv").write_text("\n".join(["problem_id,correct,stop_reason", *lines]) + "\n")
        resolved = [
            printed("compare", "base.csv", "new.csv", *more)["verdict"]["kind"].startswith("resolved")
            for more in ((), ("--without-cap",))
        ]
        at_limit, without = at_limit + resolved[0], without + resolved[1]
    assert at_limit > draws / 2
    assert without <= stats.binom.ppf(0.999, draws, 0.05)
