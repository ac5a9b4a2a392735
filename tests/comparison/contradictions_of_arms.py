"""What no answer about training seeds, several runs at once or scores may do: contradict itself in numbers or words."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from contradictions import ALPHAS, MARGINS, misprinted, random_clusters, random_run

from evalsuite.comparison.best_run import BestRun, best_run
from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.comparison.training_seeds import SeedComparison, compare_seeds
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.decision import TIE
from evalsuite.wording import best_run as best_words
from evalsuite.wording import training_seeds

RANGES = ((0.0, 1.0), (0.0, 10.0), (-1.0, 1.0))


def random_graded(rng: np.random.Generator, run: ScoreMatrix, score_range: tuple[float, float]) -> ScoreMatrix:
    """Return a run with scores in the places of its verdicts: right ones are the highest score or a little less."""
    low, high = score_range
    credit = rng.choice([0.0, 0.0, 0.25, 0.5, 0.9], run.correct.shape)
    scores = low + (high - low) * np.where(run.correct, 1.0, credit)
    return ScoreMatrix.graded(run.label, run.keys, scores, score_range, present=run.present, clusters=run.clusters)


def random_scores(seed: int) -> Iterator[TwoRunComparison]:
    """Yield comparisons of mean scores, alone or as a family, in one look or several."""
    rng = np.random.default_rng([1, seed])
    n, most, count = int(rng.integers(1, 50)), int(rng.choice([1, 1, 4])), int(rng.choice([1, 1, 2]))
    clusters, score_range = random_clusters(rng, n), RANGES[rng.integers(len(RANGES))]
    runs = [
        random_graded(rng, random_run(rng, label, n, most, clusters), score_range)
        for label in ("base", *(f"new-{i}" for i in range(count)))
    ]
    alpha, margin = float(rng.choice(ALPHAS)), MARGINS[rng.integers(len(MARGINS))]
    looks = tuple(range(int(rng.integers(2, 9)))) if rng.random() < 0.2 else ()
    span = score_range[1] - score_range[0]
    compared = [
        compare_pair(runs[0], new, alpha, margin and margin * span, family_size=count, looks=looks)
        for new in runs[1:]
        if ((runs[0].attempts > 0) & (new.attempts > 0)).any()
    ]
    yield from compared if count == 1 else adjust_family(compared)


def random_arms(seed: int) -> Iterator[SeedComparison]:
    """Yield comparisons of two arms of training seeds, of verdicts or of scores."""
    rng = np.random.default_rng([2, seed])
    n, most = int(rng.integers(1, 40)), int(rng.choice([1, 1, 3]))
    clusters = random_clusters(rng, n)
    sizes = [int(rng.choice([1, 2, 3, 5])) for _ in range(2)]
    paired = bool(sizes[0] == sizes[1] > 1 and rng.random() < 0.5)
    arms = []
    for arm, size in zip(("base", "new"), sizes, strict=True):
        first = random_run(rng, f"{arm}-0", n, most, clusters)
        # Seeds of one recipe are alike, and sometimes all the same.
        flips = rng.choice([0.0, 0.02, 0.2])
        runs = []
        for i in range(size):
            right = (first.correct ^ (rng.random((n, most)) < flips)) & first.present
            runs.append(replace(first, label=f"{arm}-{i}", correct=right))
        arms.append(runs)
    if not np.all([run.attempts > 0 for arm in arms for run in arm], axis=0).any():
        return
    alpha, margin, without_cap = (
        float(rng.choice(ALPHAS)),
        MARGINS[rng.integers(len(MARGINS))],
        bool(rng.random() < 0.2),
    )
    span = 1.0
    if not without_cap and rng.random() < 0.25:
        score_range = RANGES[rng.integers(len(RANGES))]
        span = score_range[1] - score_range[0]
        arms = [[random_graded(rng, run, score_range) for run in arm] for arm in arms]
    looks = tuple(range(int(rng.integers(2, 6)))) if rng.random() < 0.2 else ()
    yield compare_seeds(
        *arms, paired=paired, alpha=alpha, margin=margin and margin * span, without_cap=without_cap, looks=looks
    )


def random_best(seed: int) -> Iterator[tuple[BestRun, tuple[TwoRunComparison, ...]]]:
    """Yield the best of several new runs beside the comparisons that it was taken from."""
    rng = np.random.default_rng([3, seed])
    n, most, count = int(rng.integers(2, 60)), int(rng.choice([1, 1, 2])), int(rng.integers(2, 5))
    clusters = random_clusters(rng, n)
    base = random_run(rng, "base", n, most, clusters)
    runs = [base, *(random_run(rng, f"new-{i}", n, most, clusters) for i in range(count))]
    if not np.all([run.attempts > 0 for run in runs], axis=0).any():
        return
    alpha, looks = float(rng.choice(ALPHAS)), (5, 9) if rng.random() < 0.2 else ()
    family = adjust_family([compare_pair(base, new, alpha, family_size=count, looks=looks) for new in runs[1:]])
    found = best_run(runs, family)
    if found is not None:
        yield found, family


def contradiction_of_arms(c: SeedComparison) -> str:
    """Return in what a comparison over training seeds contradicts itself; empty where it does not."""
    low, high, kind, claims = c.difference.low, c.difference.high, c.verdict.kind, c.verdict.claims
    resolved, drawn = kind.startswith("resolved"), c.pvalue is not None
    excluded, first = low > 0 or high < 0, next(iter(c.estimates.values()))
    found = {
        "the value lies outside of its interval": not low <= c.difference.value <= high,
        "one run in each arm, and a verdict on the recipe": not drawn and (resolved or bool(claims)),
        "verdict and interval disagree": drawn and resolved != excluded,
        "the sign of the verdict is not that of the interval": (kind == "resolved gain" and low <= 0)
        or (kind == "resolved loss" and high >= 0),
        "another interval stands first": (first.low, first.high) != (low, high),
        "another p-value stands first": drawn and next(iter(c.pvalues.values())) != c.pvalue,
    }
    if c.margin is not None and drawn:
        # Claims rest on the interval of level 1 - 2 alpha, which lies inside the printed one.
        unharmed = low > -c.margin + 1e-9
        found |= {
            "inside, and not equivalent": unharmed and high < c.margin - 1e-9 and "equivalent" not in claims,
            "above the margin, and not shown no worse": unharmed and "no worse" not in claims,
            "no worse, and the value is": "no worse" in claims and c.difference.value <= -c.margin,
            "equivalent, and the value is not": "equivalent" in claims and abs(c.difference.value) >= c.margin,
        }
    said = misprinted(training_seeds.sentence(c), kind, c.pvalue, c.alpha, alone=drawn)
    return "; ".join(name for name, wrong in (found | {said: True}).items() if wrong and name)


def contradiction_of_best(best: BestRun, family: tuple[TwoRunComparison, ...]) -> str:
    """Return in what the best run contradicts itself or the comparisons; empty where it does not."""
    picked = next(c for c in family if c.new_label == best.picked)
    resolved, e = picked.verdict.kind.startswith("resolved"), best.difference
    said = " ".join(best_words.sentences(best))
    found = {
        "the interval of the picked run has another answer than its verdict": resolved != best.resolved,
        "the p-value of the picked run has another answer than its verdict": resolved
        != (best.pvalue < best.alpha * (1 - TIE)),
        "the value lies outside of its interval": not e.low <= e.value <= e.high,
        "the picked run could not be the best": best.picked not in best.possible,
        misprinted(said, picked.verdict.kind, best.pvalue, best.alpha): True,
    }
    return "; ".join(name for name, wrong in found.items() if wrong and name)
