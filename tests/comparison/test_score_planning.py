"""Plans for mean scores: what they promise is what the test of the verdict then shows, and where spreads come from."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import evalsuite as es
from evalsuite.cli.app import run_command
from evalsuite.comparison.score_planning import Spread, plan_scores, seen_in_one, seen_in_two, stated
from evalsuite.errors import InputError
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.within_margin import no_worse

DRAWS = 300


def drawn(spread: Spread, difference: float, n: int, rng: np.random.Generator) -> np.ndarray:
    return np.clip(rng.choice(spread.values, n, p=spread.shares) + difference, -1, 1)


@pytest.mark.parametrize("spread", [*stated(0.3), *seen_in_one([0, 0.25, 0.5, 0.5, 1.0, 1.0])[1:2]])
def test_planned_problems_have_the_power_that_was_asked_for(spread: Spread) -> None:
    rng = np.random.default_rng(11)
    (found,) = plan_scores([spread], score_range=(0, 1), difference=0.08).scenarios
    assert found.n is not None
    hits = sum(bounded_mean(drawn(spread, 0.08, found.n, rng), bounds=(-1, 1)).pvalue(0.0) < 0.05 for _ in range(DRAWS))
    assert stats.binom.ppf(0.0005, DRAWS, 0.77) <= hits <= stats.binom.ppf(0.9995, DRAWS, 0.83)
    # Asked the other way round, so many problems detect that difference and hardly a smaller one.
    (back,) = plan_scores([spread], score_range=(0, 1), n=found.n).scenarios
    assert back.detectable == pytest.approx(0.08, rel=0.02)


def test_claims_are_made_as_often_as_planned() -> None:
    rng, spread = np.random.default_rng(5), stated(0.25)[1]
    (found,) = plan_scores([spread], score_range=(0, 10), margin=0.6, n=150).scenarios
    assert found.no_worse is not None
    assert found.no_worse.power is not None
    hits = sum(
        no_worse(bounded_mean(drawn(spread, 0, 150, rng), bounds=(-1, 1)), margin=0.06).pvalue < 0.05
        for _ in range(DRAWS)
    )
    error = np.sqrt(found.no_worse.power * (1 - found.no_worse.power) / DRAWS)
    assert abs(hits / DRAWS - found.no_worse.power) < 3.3 * error + 0.02
    lost = plan_scores([spread], score_range=(0, 10), difference=-0.6, margin=0.6).scenarios[0]
    assert lost.no_worse is not None
    assert lost.no_worse.n is None


def test_spreads_have_the_deviation_of_what_they_stand_for() -> None:
    rng = np.random.default_rng(2)
    base, new = rng.beta(0.5, 0.7, 900), rng.beta(0.5, 0.7, 900)
    (two,) = seen_in_two(base, new)
    assert two.deviation == pytest.approx((new - base).std(), rel=0.01)
    for r, one in zip((0.8, 0.5, 0.0), seen_in_one(base), strict=True):
        assert one.deviation == pytest.approx(base.std() * np.sqrt(2 * (1 - r)), rel=0.02)
        assert float(one.shares @ one.values) == pytest.approx(0, abs=1e-12)


def test_the_unit_of_the_scores_changes_no_number_of_problems() -> None:
    small = plan_scores(stated(0.2), score_range=(0, 1), difference=0.05)
    large = plan_scores(stated(0.2), score_range=(-5, 5), difference=0.5)
    assert [s.n for s in small.scenarios] == [s.n for s in large.scenarios]
    assert [10 * s.deviation for s in small.scenarios] == pytest.approx([s.deviation for s in large.scenarios])


def test_a_stored_run_tells_the_spread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng, store = np.random.default_rng(0), tmp_path / "s.duckdb"
    scores = {"base": rng.integers(0, 11, 60), "new": rng.integers(0, 11, 60)}
    for label, given in scores.items():
        file = tmp_path / f"{label}.csv"
        file.write_text("problem_id,score\n" + "".join(f"p{i},{s}\n" for i, s in enumerate(given)))
        words = ["import", str(file), "--label", label, "--score-range", "0", "10", "--store", str(store)]
        assert run_command(words) == 0
    capsys.readouterr()
    command = ["plan", "--store", str(store), "--difference", "1", "--json"]
    assert run_command([*command, "--like", "base", "--like", "new"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["score_range"] == [0, 10]
    (spread,) = found["scenarios"]
    assert spread["deviation"] == pytest.approx((scores["new"] - scores["base"]).std(), rel=0.02)
    assert run_command([*command, "--like", "base"]) == 0
    python = es.plan(difference=1, like=("base", "new"), store=store).as_dict()
    assert python["scenarios"][0]["n"] == spread["n"]
    names = [s["name"] for s in json.loads(capsys.readouterr().out)["scenarios"]]
    assert names == ["correlation 0.8", "correlation 0.5", "correlation 0"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"difference": 0.1}, "needs either sd=, "),
        ({"sd": 0.1, "difference": 0.1}, "sd= needs score_range="),
        ({"sd": 2.0, "score_range": (0, 1), "n": 5}, "sd=, of the differences of problems, must lie between 0 and 1"),
        ({"sd": 0.2, "score_range": (0, 1)}, "needs either difference= or n="),
        ({"sd": 0.2, "score_range": (0, 1), "n": 9, "base": 0.3}, "base is of accuracies"),
        ({"sd": 0.2, "score_range": (0, 1), "margin": 1.5}, "margin= is in the unit of the scores"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_the_words_of_python(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        es.plan(**given)  # type: ignore[arg-type]
