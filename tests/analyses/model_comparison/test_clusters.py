"""Units of a comparison: templates where problems have one, else problems; their means are those of the scores."""

from collections import defaultdict

import numpy as np
import pytest

from analyses.model_comparison.analysis import analyse
from analyses.model_comparison.clusters import pairs_of_units
from evalsuite.scores import ScoreMatrix


def run(label: str, correct: np.ndarray, present: np.ndarray, clusters: tuple[str, ...] | None = None) -> ScoreMatrix:
    names = tuple(f"p{i}" for i in range(len(correct)))
    return ScoreMatrix(label, names, names, correct & present, present, np.zeros_like(correct), clusters=clusters)


def test_means_of_templates_are_those_counted_one_by_one() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        n, k = int(rng.integers(2, 30)), int(rng.integers(1, 5))
        clusters = tuple(f"t{c}" for c in rng.integers(0, 4, n))
        runs = [run(x, rng.random((n, k)) < 0.5, rng.random((n, k)) < 0.8, clusters) for x in ("a", "b")]
        wanted = defaultdict(list)
        for i in range(n):
            counts = [(r.correct[i].sum(), r.present[i].sum()) for r in runs]
            if all(made for _, made in counts):
                wanted[clusters[i]].append([right / made for right, made in counts])
        before, after = pairs_of_units(*runs)
        means = np.array([np.mean(wanted[name], axis=0) for name in sorted(wanted)]).reshape(-1, 2)
        assert np.column_stack([before, after]) == pytest.approx(means)


def test_several_completions_have_paired_dots_and_no_flow(store, plant) -> None:
    rng = np.random.default_rng(1)
    base, new = rng.random((40, 3)) < 0.4, rng.random((40, 3)) < 0.6
    plant("base", base)
    plant("new", new, weights_fingerprint="v")
    found = analyse(store, ["base", "new"], seed=0)
    kinds = {figure.name: figure.kind for figure in found.figures}
    assert (kinds["units"], "paired" in kinds) == ("units", False)
    table = found.table("units")
    assert sum(table.column("count")) == 40
    moved = [row["count"] for row in table.records() if row["new"] > row["base"]]
    assert sum(moved) == (new.sum(axis=1) > base.sum(axis=1)).sum()
    assert found.table("paired").column("count")[1:3] == (
        (new.sum(axis=1) > base.sum(axis=1)).sum(),
        (new.sum(axis=1) < base.sum(axis=1)).sum(),
    )
    options = next(figure.options for figure in found.figures if figure.name == "units")
    assert options["value"] == pytest.approx(new.mean() - base.mean())
    assert options["new_mean"] == pytest.approx(new.mean())


def test_single_completions_of_independent_problems_have_the_flow_alone(store, plant) -> None:
    plant("base", np.arange(40) % 2 == 0)
    plant("new", np.arange(40) % 3 == 0, weights_fingerprint="v")
    kinds = {figure.name: figure.kind for figure in analyse(store, ["base", "new"], seed=0).figures}
    assert (kinds["paired"], "units" in kinds) == ("flow", False)
