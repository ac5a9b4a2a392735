"""The model of all properties together: a planted interaction is found, an even gain and a shared property are not."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words
from numpy.typing import NDArray
from planted import Planted, planted
from scipy.stats import binom
from statsmodels.stats.multitest import multipletests

from analyses.breakdown import analysis as breakdown
from analyses.breakdown.model import OddsModel, models
from analyses.breakdown.subgroups import Subgroup, Way
from evalsuite.findings import Findings
from evalsuite.records import Problem
from evalsuite.scores import ScoreMatrix


def problems(n: int, *, templates: int = 0) -> list[Problem]:
    """1 to 6 steps; answers of 1 to 5 digits and questions of 2 to 41 words that have nothing to do with them."""
    rng = np.random.default_rng(7)
    steps, digits, words = rng.integers(1, 7, n), rng.integers(0, 5, n), rng.integers(1, 41, n)
    return [
        Problem(
            f"p/{i}",
            f"{i}? " + "word " * words[i],
            "".join(f"<<1+{k}={1 + k}>>" for k in range(steps[i])) + "\n#### 1",
            Fraction(10 ** int(digits[i])), f"t{i % templates}" if templates else None,
        )
        for i in range(n)
    ]  # fmt: skip


def steps_of(asked: list[Problem]) -> NDArray[np.int64]:
    return np.array([problem.solution.count("<<") for problem in asked])


def analysed(folder: Path, asked: list[Problem], *chances: NDArray[np.float64], seed: int = 0) -> Findings:
    """Break down runs whose completions are right with the chances given."""
    rng = np.random.default_rng(seed)
    runs = {
        label: Planted([
            [f"The answer is \\boxed{{{p.gold + (rng.random() >= share)}}}."]
            for p, share in zip(asked, chance, strict=True)
        ])
        for label, chance in zip(("base", "new", "third"), chances, strict=False)
    }  # fmt: skip
    with planted(folder, runs, problems=asked) as store:
        found = breakdown.analyse(store, list(runs))
    assert not forbidden_words(" ".join((found.sentence, *found.notes, *(t.note for t in found.tables))))
    return found


def odds(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def test_a_gain_that_grows_with_the_steps_is_found(tmp_path: Path) -> None:
    asked = problems(400)
    steps = steps_of(asked)
    found = analysed(tmp_path, asked, odds(0.8 - 0.4 * steps), odds(0.2 + 0.2 * steps))
    assert "odds ratio of new against base depends on the problem (joint test of 3 interactions: p" in found.sentence
    assert "one more calculation step multiplies it by" in found.sentence
    rows = {row[0]: row for row in found.table("breakdown_model").rows}
    _, low, _, high, pvalue, adjusted = rows["new against base, changed by one more calculation step"]
    assert low < np.exp(0.6) < high
    assert pvalue < adjusted < 1e-4
    assert rows["base: one more calculation step"][1] < np.exp(-0.4) < rows["base: one more calculation step"][3]
    for change in ("one more digit of the answer", "ten more words in the question"):
        assert rows[f"new against base, changed by {change}"][5] > 0.05
    ratios = [row for row in rows.values() if row[2] is not None]
    assert [row[5] for row in ratios] == pytest.approx(multipletests([row[4] for row in ratios], method="holm")[1])


def test_an_even_gain_stays_quiet(tmp_path: Path) -> None:
    asked = problems(300)
    steps = steps_of(asked)
    found = analysed(tmp_path, asked, odds(1 - 0.4 * steps), odds(2 - 0.4 * steps), odds(1 - 0.4 * steps))
    for label in ("new", "third"):
        assert f"does not show that the odds ratio of {label} against base depends on them" in found.sentence
    assert len([row for row in found.table("breakdown_model").rows if "together" in str(row[0])]) == 2


def test_one_run_alone(tmp_path: Path) -> None:
    asked = problems(300)
    found = analysed(tmp_path, asked, odds(1.5 - 0.5 * steps_of(asked)))
    assert "the accuracy of base depends on them (joint test of 3: p" in found.sentence
    assert "one more calculation step multiplies the odds of a right answer by 0." in found.sentence
    assert len(found.table("breakdown_model").rows) == 4


def test_what_cannot_be_estimated_is_said_in_words(tmp_path: Path) -> None:
    asked = problems(200)
    none_right = analysed(tmp_path / "floor", asked, np.zeros(200), np.full(200, 0.5))
    assert any("cannot be estimated for new: the properties tell right from wrong" in note for note in none_right.notes)
    few = analysed(tmp_path / "few", problems(200, templates=8), np.full(200, 0.5), np.full(200, 0.5))
    assert any("cannot be estimated for new: there are too few independent" in note for note in few.notes)
    for found in (none_right, few):
        assert "logistic model" not in found.sentence
        assert "breakdown_model" not in {table.name for table in found.tables}


def simulated(seed: int, *, interaction: float = 0.0) -> OddsModel:
    """Fit 150 problems in 30 templates, 2 completions each; length follows the steps."""
    rng = np.random.default_rng(seed)
    n = 150
    steps = rng.integers(1, 7, n)
    words = np.clip(10 * steps + rng.normal(0, 15, n), 5, None).round()
    template = rng.integers(0, 30, n)
    level = rng.normal(0, 0.8, 30)[template] + 1.2 - 0.4 * steps
    gain = 0.6 + interaction * (steps - 3.5)
    runs = [
        ScoreMatrix(
            label, tuple(map(str, range(n))), tuple(map(str, range(n))), rng.random((n, 2)) < odds(log_odds)[:, None],
            np.ones((n, 2), bool), np.zeros((n, 2), bool), clusters=tuple(map(str, template)),
        )
        for label, log_odds in (("base", level), ("new", level + gain))
    ]  # fmt: skip
    ways = [way("steps", steps), way("length", words)]
    return models(runs, ways, alpha=0.05)[0]


def way(key: str, values: NDArray[np.float64]) -> Way:
    subgroups = [Subgroup(f"{v}", tuple(np.flatnonzero(values == v).tolist()), float(v)) for v in np.unique(values)]
    return Way(key, key, key, tuple(subgroups), 0)


def test_the_share_of_false_interactions_is_the_level() -> None:
    """Of 300 even gains between 4 and 28 are called interactions at 5%, with a probability of 0.999."""
    rejected = sum(simulated(seed).joint.pvalue < 0.05 for seed in range(300))
    low, high = binom.ppf([0.0005, 0.9995], 300, 0.05)
    assert low <= rejected <= high


def test_the_property_that_matters_is_told_from_the_one_that_goes_with_it() -> None:
    fits = [simulated(seed, interaction=0.7) for seed in range(40)]
    pvalues = {key: [t.coefficient.pvalue for m in fits for t in m.terms if t.is_interaction and t.way == key]
               for key in ("steps", "length")}  # fmt: skip
    assert sum(p < 0.05 for p in pvalues["steps"]) > 25
    # Of 40 true hypotheses at 5% at most 8 are rejected with a probability of 0.999.
    assert sum(p < 0.05 for p in pvalues["length"]) <= 8
