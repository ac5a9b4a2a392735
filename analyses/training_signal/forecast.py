"""How many groups with zero reward variance were to be expected, and how many other group sizes would have given."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analyses.training_signal.tables import Training
from evalsuite.findings import Cell, Column, Table
from evalsuite.stats.cluster import clustered_mean
from evalsuite.stats.next_groups import next_groups
from evalsuite.stats.result import Estimate
from evalsuite.stats.reward_groups import extrapolate, forecast, gate, informative_groups, zero_variance
from evalsuite.store.trainings import TrainingCompletion
from evalsuite.wording.language import tr

__all__ = ["Groups", "expected", "gates", "groups_of", "sizes", "tutorial"]

SIZES = (2, 4, 8, 16, 32, 64)
# A forecast from fewer groups says nothing.
FEWEST = 3
# Published accuracies of the tutorial's model on GSM8K: without examples, and with five.
TUTORIAL_RATES = (0.0038, 0.014)
TUTORIAL_GROUPS, TUTORIAL_SIZE = 10, 4


@dataclass(frozen=True, slots=True)
class Groups:
    """Reward groups, counted.

    Attributes
    ----------
    counts : (n_groups, n_values) int
        How many completions of each group have each reward.
    values
        These rewards, from the smallest.
    problems
        The problem of each group.
    """

    counts: tuple[tuple[int, ...], ...]
    values: tuple[float, ...]
    problems: tuple[str, ...]

    @property
    def size(self) -> int:
        """Completions of the smallest group."""
        return min((sum(row) for row in self.counts), default=0)

    @property
    def binary(self) -> bool:
        """Whether rewards have at most two values."""
        return len(self.values) <= 2

    @property
    def passed(self) -> list[int]:
        """Completions of each group with more than the smallest reward; with one value in all, those above 0."""
        if len(self.values) == 1:
            return [row[0] if self.values[0] > 0 else 0 for row in self.counts]
        return [sum(row[1:]) for row in self.counts]

    @property
    def made(self) -> list[int]:
        """Completions of each group."""
        return [sum(row) for row in self.counts]

    def zero_variance(self) -> Estimate:
        """Return the share of these groups with zero reward variance, problems being the independent unit."""
        equal = [float(max(row) == sum(row)) for row in self.counts]
        return clustered_mean(equal, clusters=self.problems).estimate()

    def forecast(self, size: int, rng: np.random.Generator) -> Estimate | None:
        """Return the share with zero reward variance to expect of groups of `size`, None where it cannot be told."""
        if len(self.counts) < FEWEST:
            return None
        if size <= self.size:
            return forecast(self.counts, size, clusters=self.problems)
        if not self.binary or self.size < 2:
            return None
        return extrapolate(self.passed, self.made, size, rng=rng, clusters=self.problems)


def groups_of(groups: Sequence[Sequence[TrainingCompletion]]) -> Groups:
    """Count the rewards of groups."""
    rewards = [[c.reward for c in group if c.reward is not None] for group in groups]
    values = tuple(sorted({r for group in rewards for r in group}))
    counts = tuple(tuple(group.count(v) for v in values) for group in rewards)
    return Groups(counts, values, tuple(group[0].problem_id for group in groups))


def group_size(training: Training) -> int:
    """Return the completions a group: the most frequent number."""
    return Counter(len(group) for group in training.groups).most_common(1)[0][0]


def expected(trainings: Sequence[Training], rng: np.random.Generator) -> Table | None:
    """Return for each training the share with zero variance that a probe, or its own first third, foretold."""
    probes = [t for t in trainings if t.head.method == "probe" and t.groups]
    rows: list[tuple[Cell, ...]] = []
    for training in trainings:
        if training.head.method == "probe" or not training.groups:
            continue
        third = len(training.groups) // 3
        sources = [(tr("probe {label}", label=p.head.label), p.groups, training.groups) for p in probes]
        sources.append((tr("its first third"), training.groups[:third], training.groups[third:]))
        for name, before, after in sources:
            found = groups_of(before).forecast(group_size(training), rng) if len(before) >= FEWEST else None
            if found is not None:
                rows.append((training.head.label, name, *_row(groups_of(before), groups_of(after), found, training)))
    if not rows:
        return None
    columns = (
        Column("label", tr("Training run")),
        Column("source", tr("Foretold from")),
        Column("size", tr("Completions per group"), "count"),
        Column("mean", tr("At the mean pass rate"), "proportion"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Expected with zero variance"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("observed", tr("Observed"), "proportion"),
        Column("n", tr("Groups afterwards"), "count"),
        Column("informative", tr("With non-zero variance"), "count"),
        Column("none", tr("Chance of none"), "proportion"),
    )
    note = tr(
        "A group of G completions at pass rate p has zero reward variance with probability p^G + (1−p)^G. At the mean "
        "pass rate that is too low wherever problems differ, so the forecast counts subsets of measured groups "
        "instead. A model that learns leaves its forecast behind."
    )
    return Table(
        "training_expected", tr("Groups with zero reward variance: expected and observed"), columns, tuple(rows), note
    )


def _row(before: Groups, after: Groups, found: Estimate, training: Training) -> tuple[Cell, ...]:
    size = group_size(training)
    rate = sum(before.passed) / sum(before.made)
    seen = after.zero_variance().value
    n = len(after.counts)
    # From counts, not from the share: none of ten groups seen does not make it certain that none will be.
    seen_before = len(before.counts)
    none = next_groups(seen_before * (1 - min(1.0, found.value)), seen_before, n).chance_of_none
    mean = float(zero_variance(rate, size)) if before.binary else None
    return size, mean, found.low, found.value, found.high, seen, n, round(n * (1 - seen)), none


def sizes(trainings: Sequence[Training], rng: np.random.Generator) -> Table | None:
    """Return the share with zero variance that groups of other sizes would have had."""
    rows: list[tuple[Cell, ...]] = []
    for training in trainings:
        groups = groups_of(training.groups)
        for size in SIZES:
            found = groups.forecast(size, rng)
            if found is not None:
                way = tr("counted") if size <= groups.size else tr("beta distribution")
                yielded = 100 * (1 - found.value) / size
                rows.append((training.head.label, size, found.low, found.value, found.high, yielded, way))
    if not rows:
        return None
    columns = (
        Column("label", tr("Training run")),
        Column("size", tr("Completions per group"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("With zero variance"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("yield", tr("With non-zero variance per 100 completions"), "number"),
        Column("way", tr("How")),
    )
    note = tr(
        "Of all groups sampled. Sizes up to the one used are counted in subsets, which is unbiased; larger ones need "
        "rewards of two values and a distribution of pass rates."
    )
    return Table("training_sizes", tr("What other group sizes would have given"), columns, tuple(rows), note)


def gates() -> Table:
    """Return in which range of pass rates at most half of the groups have zero reward variance."""
    rows: list[tuple[Cell, ...]] = [(size, *gate(size)) for size in SIZES[1:]]
    columns = (
        Column("size", tr("Completions per group"), "count"),
        Column("low", tr("Pass rate from"), "proportion"),
        Column("high", tr("Pass rate to"), "proportion"),
    )
    note = tr("Outside this range more than half of the groups teach nothing, even if all problems are equally hard.")
    return Table(
        "training_gate",
        tr("Pass rates at which half of the groups have non-zero reward variance"),
        columns,
        tuple(rows),
        note,
    )


def tutorial() -> Table:
    """Return what ten groups of four could show of a model as weak as the tutorial's."""
    rows: list[tuple[Cell, ...]] = []
    for rate in TUTORIAL_RATES:
        share = float(zero_variance(rate, TUTORIAL_SIZE))
        found = informative_groups(share, TUTORIAL_GROUPS)
        rows.append((rate, TUTORIAL_GROUPS, TUTORIAL_SIZE, share, found.expected, found.chance_of_none))
    columns = (
        Column("rate", tr("Pass rate"), "proportion"),
        Column("groups", tr("Groups"), "count"),
        Column("size", tr("Completions per group"), "count"),
        Column("without", tr("With zero variance"), "proportion"),
        Column("expected", tr("Groups with non-zero variance expected"), "number"),
        Column("none", tr("Chance that none has"), "proportion"),
    )
    note = tr(
        "The pass rates are published accuracies of SmolLM2-135M-Instruct on GSM8K, without examples in the prompt and "
        "with five."
    )
    return Table("training_tutorial", tr("What the tutorial's training could show"), columns, tuple(rows), note)
