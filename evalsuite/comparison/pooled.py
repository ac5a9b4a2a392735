"""One new run against one base on several problem sets: each set, all of them together, and whether the sets differ.

Two effects of all sets are given, because they answer different questions. `together` is the mean difference over all
problems, each counting alike, so that a large set weighs more; it has the verdict, by the exact method of any
comparison with the sets' problems put together. `each_set_alike` is the mean of the sets' differences. Both are about
problems like those of just these sets (a fixed-effects answer). `across_sets` takes the sets for a sample of sets like
them (random effects): their mean, and where another set would lie. With few sets it says little, and it has no verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.comparison.problem_means import shared_clusters
from evalsuite.errors import ComparisonError
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.heterogeneity import heterogeneity
from evalsuite.stats.mover import combined
from evalsuite.stats.random_effects import RandomEffects, random_effects
from evalsuite.stats.result import Estimate, TestResult

__all__ = ["PooledComparison", "joined", "pool"]

SEED = 0
"""Of the permutations behind the test of heterogeneity, so that every way to ask has the same number."""


@dataclass(frozen=True, slots=True)
class PooledComparison:
    """A comparison over several problem sets.

    Attributes
    ----------
    sets
        The comparison on each set.
    together
        The comparison over all problems, each counting alike. With the sets it is one family of verdicts.
    each_set_alike
        Mean of the sets' differences.
    across_sets
        The mean difference over sets like these, and where one more set would lie.
    differing
        Test that all sets have the same mean difference; the statistic is Cochran's Q.
    """

    sets: tuple[TwoRunComparison, ...]
    together: TwoRunComparison
    each_set_alike: Estimate
    across_sets: RandomEffects
    differing: TestResult

    @property
    def i_squared(self) -> float:
        """Share of the variation between sets that is more than chance, max(0, (Q - df) / Q).

        References
        ----------
        Higgins and Thompson (2002), doi:10.1002/sim.1186.
        """
        q, df = self.differing.statistic, len(self.sets) - 1
        return max(0.0, (q - df) / q) if q > 0 else 0.0


def pool(
    pairs: Sequence[tuple[ScoreMatrix, ScoreMatrix]],
    *,
    labels: tuple[str, str],
    alpha: float = 0.05,
    margin: float | None = None,
    without_cap: bool = False,
    looks: Sequence[Sequence[int]] = (),
) -> PooledComparison:
    """Compare a new run with its base on several sets.

    Parameters
    ----------
    pairs
        Base and new run of each set, aligned.
    labels
        Names of base and new run over all sets.
    alpha
        Level of all verdicts together (Holm).
    margin, without_cap
        As in `pair.compare_pair`.
    looks
        Of each set, at which numbers of problems its pair was shown; none if not given.

    Raises
    ------
    ComparisonError
        There are fewer than two sets, or a problem is in two of them, so that it would count twice.
    """
    if len(pairs) < 2:
        raise ComparisonError(f"pooling needs two sets or more, got {len(pairs)}")
    if any(run.scores is not None for pair in pairs for run in pair):
        raise ComparisonError(
            "scores with partial credit cannot be pooled: compare each set alone, or by another --grader"
        )
    _refuse_shared([base for base, _ in pairs])
    base, new = joined(pairs, labels)
    every = [*pairs, (base, new)]
    # All problems together were shown as often as the set that was shown most.
    often = [*looks, max(looks, key=len)] if looks else [()] * len(every)
    compared = adjust_family(
        [
            compare_pair(
                *pair, alpha, margin, without_cap=without_cap, family_size=len(every), looks=at,
                growing_sets=i == len(pairs),
            )
            for i, (pair, at) in enumerate(zip(every, often, strict=True))
        ]
    )  # fmt: skip
    sets, together = compared[:-1], compared[-1]
    alike = combined([c.difference for c in sets], [1 / len(sets)] * len(sets))
    kept = (base.attempts > 0) & (new.attempts > 0)
    clusters = shared_clusters(base, new)
    groups = np.repeat(np.arange(len(pairs)), [b.n_problems for b, _ in pairs])
    differing = heterogeneity(
        (new.problem_means - base.problem_means)[kept],
        groups[kept].tolist(),
        clusters=None if clusters is None else np.asarray(clusters)[kept].tolist(),
        rng=np.random.default_rng(SEED),
    )
    across = random_effects(
        [c.difference.value for c in sets],
        [_squared_error(*pair) for pair in pairs],
        confidence_level=1 - alpha,
        bound=1.0,
    )
    return PooledComparison(sets, together, alike, across, differing)


def _squared_error(base: ScoreMatrix, new: ScoreMatrix) -> float:
    """Return the squared standard error of a set's difference, above 0 also where no problem changed.

    It counts two problems more, one won and one lost, as `paired_intervals.bonett_price` does.
    """
    kept = (base.attempts > 0) & (new.attempts > 0)
    values = np.append((new.problem_means - base.problem_means)[kept], (1.0, -1.0))
    clusters = shared_clusters(base, new)
    own = [f"problem {i}" for i in range(int(kept.sum()))] if clusters is None else np.asarray(clusters)[kept].tolist()
    codes = np.unique([*own, "won", "lost"], return_inverse=True)[1]
    sums = np.bincount(codes, weights=values - values.mean())
    return float((sums**2).sum() / values.size**2 * sums.size / (sums.size - 1))


def _refuse_shared(runs: Sequence[ScoreMatrix]) -> None:
    """Refuse sets that share a problem; ids alone say nothing of that, since many sets count from 0."""
    seen: dict[str, str] = {}
    for run in runs:
        for key, name in zip(run.keys, run.problem_ids, strict=True):
            if not key.startswith("id:") and key in seen:
                raise ComparisonError(
                    f"problem {name!r} of {run.label} is in {seen[key]} too and would count twice: pool sets without "
                    "common problems, or compare them one by one"
                )
        seen |= {key: run.label for key in run.keys if not key.startswith("id:")}


def joined(
    pairs: Sequence[tuple[ScoreMatrix, ScoreMatrix]], labels: tuple[str, str]
) -> tuple[ScoreMatrix, ScoreMatrix]:
    """Return base and new run over the problems of all sets; templates of different sets are different."""
    bases, news = zip(*pairs, strict=True)
    return _under_another(bases, labels[0]), _under_another(news, labels[1])


def _under_another(runs: Sequence[ScoreMatrix], label: str) -> ScoreMatrix:
    width = max(run.correct.shape[1] for run in runs)

    def stacked(parts: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        return np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts])

    clusters = None
    if any(run.clusters is not None for run in runs):
        # A problem without a template is a group of its own.
        clusters = tuple(f"{i}/{name}" for i, run in enumerate(runs) for name in run.clusters or run.keys)
    missing = [run.missing if run.missing is not None else np.zeros_like(run.present) for run in runs]
    return replace(
        runs[0],
        label=label,
        keys=tuple(f"{i}/{key}" for i, run in enumerate(runs) for key in run.keys),
        problem_ids=tuple(f"{i}/{name}" for i, run in enumerate(runs) for name in run.problem_ids),
        correct=stacked([run.correct for run in runs]),
        present=stacked([run.present for run in runs]),
        truncated=stacked([run.truncated for run in runs]),
        truncation_known=all(run.truncation_known for run in runs),
        clusters=clusters,
        missing=stacked(missing) if any(run.missing is not None for run in runs) else None,
    )
