"""What a comparison over training seeds says, from score arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from forbidden_words import forbidden_words
from statsmodels.stats.power import TTestIndPower, TTestPower

from evalsuite.comparison.seed_arms import arm_label
from evalsuite.comparison.training_seeds import SeedComparison, compare_seeds
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.crossed import SeedSpread
from evalsuite.stats.decision import Verdict
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.wording import training_seeds

N = 400
RNG = np.random.default_rng(8)
EASE = RNG.beta(1, 1.5, N)


def run(
    label: str, right: Any, *, made: Any = None, cut: Any = None, clusters: Sequence[str] | None = None
) -> ScoreMatrix:
    correct = np.asarray(right, dtype=bool)
    correct = correct.reshape(len(correct), -1)
    keys = tuple(f"k{i}" for i in range(len(correct)))
    present = np.ones_like(correct) if made is None else np.asarray(made, dtype=bool).reshape(correct.shape)
    truncated = np.zeros_like(correct) if cut is None else np.asarray(cut, dtype=bool).reshape(correct.shape)
    named = None if clusters is None else tuple(clusters)
    return ScoreMatrix(label, keys, keys, correct & present, present, truncated, clusters=named)


def arm(name: str, shifts: Sequence[float], *, completions: int = 1, seed: int = 1) -> list[ScoreMatrix]:
    """Return one run a shift: its share of what a problem has left to gain."""
    rng = np.random.default_rng(seed)
    return [
        run(f"{name}-{i}", rng.random((N, completions)) < (EASE + shift * (1 - EASE))[:, None])
        for i, shift in enumerate(shifts, 1)
    ]


BASE = arm("sft", [0.0, 0.01, 0.0, 0.02], seed=2)


def check(found: SeedComparison) -> None:
    """Check what holds of every comparison: plain words without a field left open."""
    for text in (training_seeds.sentence(found), *training_seeds.notes(found)):
        assert not forbidden_words(text), text
        assert "{" not in text


def test_a_planted_gain_is_resolved_for_the_recipe() -> None:
    found = compare_seeds(BASE[:1], arm("grpo", [0.30, 0.31, 0.30, 0.29]))
    check(found)
    assert found.verdict.kind == "resolved gain"
    assert (found.base_label, found.new_label) == ("sft-1", "grpo")
    assert found.pvalue == found.pvalues["seeds_and_problems"] < 0.05
    assert training_seeds.sentence(found).startswith("Accuracy on 400 problems: grpo ")
    assert "4 training seeds" in training_seeds.sentence(found)
    assert "is a single run" in " ".join(training_seeds.notes(found))
    assert "A recipe that collapses with one seed in ten" in " ".join(training_seeds.notes(found))
    back = compare_seeds(arm("grpo", [0.30, 0.31, 0.30, 0.29]), BASE[:1])
    assert back.verdict.kind == "resolved loss"
    assert back.difference.value == -found.difference.value


def test_quiet_where_nothing_is_planted() -> None:
    found = compare_seeds(BASE[:2], arm("again", [0.0, 0.0, 0.0]))
    check(found)
    assert found.verdict.kind == "unresolved"
    assert "only two training seeds" in " ".join(training_seeds.notes(found))


def test_seeds_that_disagree_leave_the_recipe_open_where_the_checkpoints_gained() -> None:
    found = compare_seeds(BASE[:1], arm("grpo", [0.05, 0.25, 0.45]))
    check(found)
    assert found.verdict.kind == "unresolved"
    assert found.estimates["problems"].low > 0
    assert "interval over seeds is the wider" in training_seeds.sentence(found)
    assert found.spreads["grpo"].pvalue is not None
    assert found.spreads["grpo"].pvalue < 0.05
    assert "which seed was trained matters" in " ".join(training_seeds.notes(found))


def test_the_mean_of_the_seeds_is_the_difference() -> None:
    found = compare_seeds(BASE[:1], arm("grpo", [0.1, 0.2, 0.3]))
    assert found.difference.value == pytest.approx(np.mean([s.difference.value for s in found.seeds]))
    assert found.difference.value == pytest.approx(
        np.mean(list(found.new_accuracies.values())) - found.base_accuracies["sft-1"]
    )
    single = fay_lumbard(PairedTable.from_scores(BASE[0].correct[:, 0], arm("grpo", [0.1])[0].correct[:, 0]))
    assert found.seeds[0].difference == single
    assert [s.against for s in found.seeds] == ["sft-1"] * 3


def test_paired_seeds_are_compared_in_order() -> None:
    new = arm("grpo", [0.1, 0.2, 0.3])
    found = compare_seeds(BASE[:3], new, paired=True)
    check(found)
    changes = [b.correct.mean() - a.correct.mean() for a, b in zip(BASE, new, strict=False)]
    assert [s.difference.value for s in found.seeds] == pytest.approx(changes)
    assert [s.against for s in found.seeds] == ["sft-1", "sft-2", "sft-3"]
    assert found.deviation == pytest.approx(np.std(changes, ddof=1))
    assert found.crossed is not None
    assert found.crossed.seeds.df == 2
    welch = compare_seeds(BASE[:3], new)
    assert [s.against for s in welch.seeds] == ["sft"] * 3
    assert set(welch.spreads) == {"sft", "grpo"}
    assert welch.deviation == pytest.approx(
        np.sqrt(np.mean([np.var(list(a.values()), ddof=1) for a in (welch.base_accuracies, welch.new_accuracies)]))
    )


def test_one_run_in_each_arm_is_about_the_checkpoints() -> None:
    found = compare_seeds(BASE[:1], arm("grpo", [0.4]))
    check(found)
    assert found.verdict == Verdict("one training seed")
    assert "One training seed in each arm cannot settle this" in training_seeds.sentence(found)
    assert "about these checkpoints" in training_seeds.sentence(found)
    assert (found.crossed, found.pvalue, found.pvalues, found.spreads) == (None, None, {}, {})
    assert found.difference.method == "fay_lumbard"
    assert found.seeds_for(0.1) is None


def test_seeds_needed_agree_with_statsmodels() -> None:
    fixed, welch = compare_seeds(BASE[:1], arm("grpo", [0.1, 0.2, 0.3])), compare_seeds(BASE, arm("grpo", [0.1, 0.3]))
    for found, power in ((fixed, TTestPower()), (welch, TTestIndPower())):
        needed = found.seeds_for(0.05)
        assert needed is not None
        effect = 0.05 / found.deviation
        assert power.power(effect, needed, 0.05) >= 0.8 > power.power(effect, needed - 1, 0.05)
        assert found.seeds_for(0.0) is None
    assert f"needs {fixed.seeds_for(fixed.difference.value)} seeds" in training_seeds.sentence(fixed)


def test_equivalence_and_its_absence() -> None:
    right = np.arange(N) % 2 == 0
    flips = [np.isin(np.arange(N), RNG.choice(N, 3 + i, replace=False)) for i in range(4)]
    new = [run(f"n-{i}", right ^ flip) for i, flip in enumerate(flips)]
    found = compare_seeds([run("b", right)], new, margin=0.05)
    check(found)
    assert found.verdict == Verdict("equivalent", 0.05)
    wide = compare_seeds(BASE[:1], arm("grpo", [0.05, 0.25, 0.45]), margin=0.02)
    check(wide)
    assert "Equivalence within ±2 pp is not shown" in training_seeds.sentence(wide)


def test_few_templates_have_their_own_label() -> None:
    templates = [f"t{i % 5}" for i in range(20)]
    base = [run("b", np.arange(20) == 3, clusters=templates)]
    odd = np.arange(20) == 7
    new = [run(f"n-{i}", ~(odd & (i == 2)), clusters=templates) for i in range(3)]
    found = compare_seeds(base, new)
    check(found)
    assert found.pvalue == found.pvalues["seeds_and_problems"] >= 0.0625
    assert found.verdict.kind == "too few independent groups"
    assert "5 problem templates" in training_seeds.sentence(found)
    assert "5 independent groups" in training_seeds.sentence(found)


def test_several_completions_and_missing_ones() -> None:
    base, new = arm("sft", [0.0], completions=4), arm("grpo", [0.2, 0.3, 0.25], completions=2)
    made = np.ones((N, 2), dtype=bool)
    made[:10] = False
    new[1] = run("grpo-2", new[1].correct, made=made)
    found = compare_seeds(base, new)
    check(found)
    assert (found.n_problems, found.n_dropped) == (N - 10, 10)
    assert found.base_accuracies["sft-1"] == pytest.approx(base[0].problem_means[10:].mean())
    assert "10 problems" in " ".join(training_seeds.notes(found))


def test_cut_completions_can_leave_the_sign_open() -> None:
    new = [run(f"grpo-{i}", r.correct, cut=np.arange(N) % 2) for i, r in enumerate(arm("grpo", [0.3, 0.3, 0.3]))]
    plain = compare_seeds(BASE[:1], new)
    check(plain)
    assert plain.verdict.kind == "resolved gain"
    assert any("Had every completion finished" in note for note in training_seeds.notes(plain))
    asked = compare_seeds(BASE[:1], new, without_cap=True)
    check(asked)
    assert asked.verdict.kind == "not identified"


def test_arms_whose_names_begin_alike_are_told_apart() -> None:
    found = compare_seeds(arm("exp", [0.0, 0.0]), arm("exp", [0.2, 0.3]))
    assert (found.base_label, found.new_label) == ("base", "new")
    assert arm_label(["run 1", "run 2"], "base") == "run"
    assert arm_label(["grpo-10", "grpo-1"], "new") == "grpo"


def test_refuses_empty_arms_and_runs_without_shared_completions() -> None:
    with pytest.raises(ValueError, match="at least one run in each arm, got 0 and 1"):
        compare_seeds([], BASE[:1])
    none = run("n", np.zeros(N), made=np.zeros(N))
    with pytest.raises(ValueError, match="completion in every run"):
        compare_seeds(BASE[:1], [none, none])


def test_every_sentence_on_the_spread() -> None:
    texts = [
        training_seeds.spread_note("grpo", SeedSpread(3, 0.03, 0.01, 0.028, 0.001)),
        training_seeds.spread_note("grpo", SeedSpread(3, 0.01, 0.02, 0.0, 0.6)),
        training_seeds.spread_note("grpo", SeedSpread(3, 0.0, 0.0, 0.0, None)),
    ]
    assert "matters" in texts[0]
    assert "That alone can explain the spread" in texts[1]
    assert "they agree on every problem" in texts[2]
    assert not any(forbidden_words(text) for text in texts)
