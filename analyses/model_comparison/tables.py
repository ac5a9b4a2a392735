"""The tables of a comparison: full-precision cells, one function a table."""

from collections.abc import Sequence

import numpy as np

from analyses.runs.against_base import RunComparison
from evalsuite.comparison.pair import TwoRunComparison, paired_table, test_results
from evalsuite.comparison.problem_means import MeanComparison, shared_clusters
from evalsuite.findings import Cell, Column, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bootstrap import bootstrap_mean, exact_multinomial
from evalsuite.stats.result import Estimate
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.method_names import method_name
from evalsuite.wording.two_runs import sentence
from evalsuite.wording.verdicts import no_worse_label

__all__ = [
    "NamedInterval",
    "difference",
    "intervals",
    "methods",
    "paired",
    "paired_names",
    "power",
    "tests",
    "variance",
    "verdicts",
]


NamedInterval = tuple[str, Estimate | None]
"""The name of a method with its interval, None where the scores vary too little for one."""


def _interval_columns() -> tuple[Column, ...]:
    return (
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
    )


def difference(compared: RunComparison) -> Table:
    """Return the paired difference of each new run with its default interval."""
    rows = tuple((c.new_label, c.difference.low, c.difference.value, c.difference.high) for c in compared.comparisons)
    first = compared.comparisons[0]
    note = tr("Intervals: {method}.", method=method_name(first.difference.method))
    if isinstance(first, MeanComparison) and first.clustered:
        counted = tr("Problems of one template resemble each other, so the intervals count {k} templates, not {n} "
                     "problems.", k=numbers.count(first.n_clusters), n=numbers.count(first.n_problems))  # fmt: skip
        note = tr(" ").join((counted, note))
    columns = (Column("label", tr("New run")), *_interval_columns())
    return Table("difference", tr("Difference in accuracy"), columns, rows, note)


def verdicts(compared: RunComparison) -> Table | None:
    """Return the verdict and the whole sentence of each comparison, where there are several."""
    if len(compared.comparisons) == 1:
        return None
    columns = (
        Column("label", tr("New run")),
        Column("verdict", tr("Verdict"), "verdict"),
        Column("sentence", tr("In words")),
    )
    rows = tuple((c.new_label, c.verdict, sentence(c)) for c in compared.comparisons)
    return Table("verdicts", tr("Verdict of each comparison"), columns, rows)


def paired_names(compared: RunComparison) -> list[str]:
    """Return the name of the paired table of each comparison."""
    return ["paired", *(f"paired_{i}" for i in range(2, len(compared.comparisons) + 1))]


def paired(compared: RunComparison) -> list[Table]:
    """Return the four cells of each comparison; repeated completions count by whether a problem's share moved."""
    found = []
    base, *others = compared.runs.scores
    for name, new in zip(paired_names(compared), others, strict=True):
        names = {"label": base.label, "new_label": new.label}
        columns = (
            Column("cell", tr("Problems")),
            Column("base_right", tr("{label} right", label=base.label)),
            Column("new_right", tr("{label} right", label=new.label)),
            Column("count", tr("Count"), "count"),
        )
        if (base.attempts == 1).all() and (new.attempts == 1).all():
            found.append(Table(name, tr("Paired table: {label} and {new_label}", **names), columns, _cells(base, new)))
        else:
            title = tr("Shares that moved: {label} to {new_label}", **names)
            found.append(Table(name, title, (columns[0], columns[3]), _moves(base, new)))
    return found


def _cells(base: ScoreMatrix, new: ScoreMatrix) -> tuple[tuple[Cell, ...], ...]:
    """Return the four cells of the paired table of single completions."""
    table = paired_table(base, new)
    return (
        (tr("both right"), True, True, table.both),
        (tr("only {label}", label=new.label), False, True, table.wins),
        (tr("only {label}", label=base.label), True, False, table.losses),
        (tr("neither"), False, False, table.neither),
    )


def _moves(base: ScoreMatrix, new: ScoreMatrix) -> tuple[tuple[Cell, ...], ...]:
    """Return on how many problems the share of right completions went up, went down and stayed."""
    moved = np.nan_to_num(new.problem_means - base.problem_means)
    half = np.nan_to_num(base.problem_means) >= 0.5
    return (
        (tr("same share, at least half"), int(((moved == 0) & half).sum())),
        (tr("share went up"), int((moved > 0).sum())),
        (tr("share went down"), int((moved < 0).sum())),
        (tr("same share, below half"), int(((moved == 0) & ~half).sum())),
    )


def intervals(compared: RunComparison, *, seed: int) -> tuple[tuple[NamedInterval, ...], ...]:
    """Return every interval of each comparison, that of the verdict first and those of the bootstrap last."""
    base, *others = compared.runs.scores
    by_comparison = []
    for comparison, new in zip(compared.comparisons, others, strict=True):
        if isinstance(comparison, MeanComparison):
            named: list[NamedInterval] = [(method_name(e.method), e) for e in comparison.intervals.values()]
        else:
            named = [(method_name(name), e) for name, e in comparison.intervals.items()]
        by_comparison.append((*named, *_bootstraps(base, new, comparison, seed)))
    return tuple(by_comparison)


def methods(compared: RunComparison, by_comparison: Sequence[Sequence[NamedInterval]]) -> Table:
    """Return the same difference by every one of `intervals`."""
    rows: list[tuple[Cell, ...]] = []
    many = len(compared.comparisons) > 1
    for comparison, named in zip(compared.comparisons, by_comparison, strict=True):
        prefix = tr("{new_label}: ", new_label=comparison.new_label) if many else ""
        for name, e in named:
            limits = (None, comparison.difference.value, None) if e is None else (e.low, e.value, e.high)
            rows.append((prefix + name, *limits))
    of_verdict = tr("The verdict uses the first row.")
    if any(isinstance(c, MeanComparison) for c in compared.comparisons):
        of_verdict = tr(
            "The verdict uses the first row, which assumes only the range of the scores, with p-values adjusted "
            "for several runs; t also assumes that no rare problem changes by much."
        )
    note = tr(" ").join(
        (
            of_verdict,
            tr(
                "The bootstrap resamples whole problems and has no interval where scores do not vary. Its "
                "intervals are too short for small sets; it is shown because it is widely known."
            ),
        )
    )
    return Table(
        "methods",
        tr("The difference by every method"),
        (Column("label", tr("Method")), *_interval_columns()),
        tuple(rows),
        note,
    )


def _bootstraps(base: ScoreMatrix, new: ScoreMatrix, comparison: TwoRunComparison, seed: int) -> list[NamedInterval]:
    level = comparison.difference.confidence_level
    clusters = shared_clusters(base, new)
    unit = tr("problems") if clusters is None else tr("problem templates")
    found: list[NamedInterval] = []
    try:
        if isinstance(comparison, MeanComparison):
            kept = (base.attempts > 0) & (new.attempts > 0)
            groups = None if clusters is None else np.asarray(clusters)[kept].tolist()
            values = (new.problem_means - base.problem_means)[kept]
            rng = np.random.default_rng(seed)
            drawn = bootstrap_mean(values, rng=rng, clusters=groups, confidence_level=level)
            found.append(
                (
                    tr("bootstrap over {unit}, BCa, {n_resamples} resamples", unit=unit, n_resamples=drawn.n_resamples),
                    drawn.estimate,
                )
            )
        else:
            t = comparison.table
            percentile = exact_multinomial(t.wins, t.losses, t.n, confidence_level=level)
            bca = exact_multinomial(t.wins, t.losses, t.n, method="bca", confidence_level=level)
            found.append((tr("bootstrap over problems, percentile (exact)"), percentile))
            found.append((tr("bootstrap over problems, BCa (exact)"), bca))
    except ValueError:
        found.append((tr("bootstrap over {unit} (too little variation for an interval)", unit=unit), None))
    return found


def tests(compared: RunComparison) -> Table:
    """Return every p-value, by method and new run."""
    rows: list[tuple[Cell, ...]] = []
    for c in compared.comparisons:
        rows += [(c.new_label, method_name(found.method), found.pvalue) for found in test_results(c).values()]
        if c.adjusted_pvalue is not None:
            rows.append((c.new_label, tr("adjusted for the number of comparisons (Holm)"), c.adjusted_pvalue))
        if c.equivalence_pvalue is not None:
            rows.append((c.new_label, _equivalence(c), c.equivalence_pvalue))
        if c.margin is not None and c.no_worse_pvalue is not None:
            rows.append((c.new_label, no_worse_label(c.margin), c.no_worse_pvalue))
        claims = _equivalence(c), no_worse_label(c.margin or 0.0)
        for name, adjusted in zip(claims, c.adjusted_claim_pvalues, strict=True):
            if adjusted is not None:
                rows.append(
                    (c.new_label, tr("{claim}, adjusted for the number of comparisons (Holm)", claim=name), adjusted)
                )
    columns = (Column("label", tr("New run")), Column("method", tr("Test")), Column("pvalue", tr("p"), "pvalue"))
    return Table("tests", tr("Tests of equal accuracy"), columns, tuple(rows), tr("Two-sided unless said otherwise."))


def _equivalence(comparison: TwoRunComparison) -> str:
    return tr("equivalence within ±{margin} pp (two one-sided)", margin=f"{100 * (comparison.margin or 0):g}")


def power(compared: RunComparison) -> Table:
    """Return what these problems can resolve, and how many the observed difference needs."""
    rows: list[tuple[Cell, ...]] = []
    for c in compared.comparisons:
        n = c.difference.n_problems
        rows.append((c.new_label, n, c.smallest_attainable_pvalue, c.minimum_detectable_difference, c.n_needed))
    columns = (
        Column("label", tr("New run")),
        Column("n", tr("Problems"), "count"),
        Column("smallest", tr("Smallest p possible"), "pvalue"),
        Column("detectable", tr("Detectable difference"), "difference"),
        Column("needed", tr("Problems needed"), "count"),
    )
    first = compared.comparisons[0]
    note = tr(
        "For {power} power and α = {alpha}. The smallest p is that of the clearest possible outcome on this many "
        "problems; the problems needed are for the difference seen here.",
        power=f"{first.power:.0%}",
        alpha=f"{first.alpha:g}",
    )
    return Table("power", tr("What this comparison can resolve"), columns, tuple(rows), note)


def variance(compared: RunComparison) -> Table | None:
    """Return where the uncertainty of the difference comes from, with repeated completions."""
    rows = tuple(
        (c.new_label, c.variance.data, c.variance.prediction, tr("yes") if c.variance.clipped else tr("no"))
        for c in compared.comparisons
        if isinstance(c, MeanComparison) and c.variance is not None
    )
    if not rows:
        return None
    columns = (
        Column("label", tr("New run")),
        Column("data", tr("Variance between problems"), "number"),
        Column("prediction", tr("Variance of one completion"), "number"),
        Column("clipped", tr("First estimate was negative, set to 0")),
    )
    return Table("variance", tr("Problems against decoding"), columns, rows)
