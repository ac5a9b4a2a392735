"""The tables of a comparison: full-precision cells, one function a table."""

from typing import Any

import numpy as np

from analyses.accuracy import accuracy_estimate, truncation_estimate
from analyses.pairing import PairedRuns
from analyses.run_comparison import Design, RunComparison, paired_table, test_results
from evalsuite import numbers
from evalsuite.findings import Cell, Column, Table
from evalsuite.grading.graders import tutorial_gold
from evalsuite.language import N_, tr
from evalsuite.mean_comparison import MeanComparison
from evalsuite.methods import method_name
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bootstrap import bootstrap_mean, exact_multinomial
from evalsuite.stats.result import Estimate
from evalsuite.store import queries
from evalsuite.store.store import Store

__all__ = [
    "accuracy",
    "difference",
    "draws",
    "graders",
    "lengths",
    "methods",
    "paired",
    "paired_names",
    "power",
    "setup",
    "tests",
    "truncation",
    "variance",
    "verdicts",
]


DATA_SETS = (
    ("gsm8k/test", N_("GSM8K test: grade-school word problems")),
    ("gsm8k/train", N_("GSM8K train: grade-school word problems")),
    ("generated/train", N_("generated: kinds and numbers of training sets")),
    ("generated/test-operands", N_("generated: kinds of training sets, new numbers")),
    ("generated/test", N_("generated: kinds that no training set has")),
)
"""What the problems of a set are, by the start of its name; the longer names come first."""


def _described(name: str) -> str | None:
    return next((tr(text) for start, text in DATA_SETS if name.startswith(start)), None)


def setup(runs: PairedRuns, grader: str | None) -> Table:
    """Return one row a property of the runs, one column a run."""
    rows: list[tuple[Cell, ...]] = []

    def row(name: str, values: list[Any], *, always: bool = False) -> None:
        if always or any(v is not None for v in values):
            rows.append((name, *(tr("not recorded") if v is None else v for v in values)))

    specs = [h.spec for h in runs.heads]
    decodings = [s.get("decoding", {}) for s in specs]
    row(
        tr("problems"),
        [
            tr(
                "{n_problems} of {dataset}",
                n_problems=numbers.count(r.n_problems),
                dataset=s.get("dataset", "imported"),
            )
            for r, s in zip(runs.scores, specs, strict=True)
        ],
    )
    row(tr("what they are"), [_described(str(s.get("dataset", ""))) for s in specs])
    row(tr("completions a problem"), [int(r.attempts.max()) for r in runs.scores])
    row(tr("grader"), [grader or h.primary_grader for h in runs.heads])
    row(tr("token cap"), [d.get("max_new_tokens") for d in decodings], always=True)
    row(tr("decoding"), [_decoding(d) for d in decodings], always=True)
    row(tr("model"), [s.get("model") for s in specs])
    if any(s.get("adapter") for s in specs):
        row(tr("adapter"), [s.get("adapter") or tr("none") for s in specs])
    row(tr("prompt template"), [s.get("template") for s in specs])
    row(tr("order"), [s.get("order") for s in specs])
    row(tr("engine and dtype"), [f"{s['engine']}, {s['dtype']}" if "engine" in s else None for s in specs])
    row(tr("weights"), [s.get("weights_fingerprint") for s in specs])
    columns = (Column("what", tr("Property")), *(Column(f"run{i}", label) for i, label in enumerate(runs.labels)))
    return Table("setup", tr("Set-up"), columns, tuple(rows))


def _decoding(decoding: dict[str, Any]) -> str | None:
    if "temperature" not in decoding:
        return None
    if decoding["temperature"] == 0:
        return tr("greedy")
    return tr(
        "temperature {temperature}, top-p {top_p}, seed {seed}",
        temperature=f"{decoding['temperature']:g}",
        top_p=f"{decoding['top_p']:g}",
        seed=decoding["seed"],
    )


def accuracy(runs: PairedRuns, alpha: float) -> Table:
    """Return the accuracy of each run by itself, with the interval that fits its design."""
    rows: list[tuple[Cell, ...]] = []
    for run in runs.scores:
        e = accuracy_estimate(run, confidence_level=1 - alpha)
        single = e.method == "wilson"
        solved = int(run.successes.sum()) if single else None
        rows.append((run.label, solved, e.n_problems, e.low, e.value, e.high, method_name(e.method)))
    columns: tuple[Column, ...] = (
        Column("label", tr("Run")),
        Column("k", tr("Solved"), "count"),
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Accuracy"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("method", tr("Interval")),
    )
    note = tr(
        "A completion without an answer counts as wrong. Whether the runs differ is answered by the paired difference."
    )
    if all(row[1] is None for row in rows):
        columns, rows = (columns[0], *columns[2:]), [(row[0], *row[2:]) for row in rows]
    return Table("accuracy", tr("Accuracy of each run"), columns, tuple(rows), note)


def _interval_columns() -> tuple[Column, ...]:
    return (
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
    )


def difference(compared: RunComparison) -> Table:
    """Return the paired difference of each new run with its default interval."""
    rows = tuple((c.new_label, c.difference.low, c.difference.value, c.difference.high) for c in compared.comparisons)
    method = method_name(compared.comparisons[0].difference.method)
    return Table(
        "difference",
        tr("Difference in accuracy"),
        (Column("label", tr("New run")), *_interval_columns()),
        rows,
        tr("{method}.", method=method),
    )


def verdicts(compared: RunComparison) -> Table | None:
    """Return the verdict and the whole sentence of each comparison, where there are several."""
    if len(compared.comparisons) == 1:
        return None
    columns = (Column("label", tr("New run")), Column("verdict", tr("Verdict")), Column("sentence", tr("In words")))
    rows = tuple((c.new_label, c.verdict_text, c.sentence) for c in compared.comparisons)
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


def methods(compared: RunComparison, *, seed: int) -> Table:
    """Return the same difference by every interval, bootstrap included."""
    rows: list[tuple[Cell, ...]] = []
    many = len(compared.comparisons) > 1
    for comparison, new in zip(compared.comparisons, compared.runs.scores[1:], strict=True):
        prefix = tr("{new_label}: ", new_label=comparison.new_label) if many else ""
        found: list[tuple[str, Estimate | None]] = []
        if isinstance(comparison, MeanComparison):
            found.append((method_name(comparison.difference.method), comparison.difference))
        else:
            found += [(method_name(name), e) for name, e in comparison.intervals.items()]
        found += _bootstraps(compared.runs.scores[0], new, comparison, seed)
        for name, e in found:
            limits = (None, comparison.difference.value, None) if e is None else (e.low, e.value, e.high)
            rows.append((prefix + name, *limits))
    of_verdict = tr("The verdict uses the first row.")
    if any(isinstance(c, MeanComparison) for c in compared.comparisons):
        of_verdict = tr(
            "The first row is the interval of the verdict, which also needs the sign-flip test below 30 groups, and "
            "p-values adjusted for several runs."
        )
    note = tr(" ").join(
        (
            of_verdict,
            tr(
                "The bootstrap resamples problems whole; where scores do not "
                "vary it has no interval. It is too short for small sets and is shown because many people know "
                "it."
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


def _bootstraps(
    base: ScoreMatrix, new: ScoreMatrix, comparison: Design, seed: int
) -> list[tuple[str, Estimate | None]]:
    level = comparison.difference.confidence_level
    unit = tr("problems") if base.clusters is None else tr("templates")
    found: list[tuple[str, Estimate | None]] = []
    try:
        if isinstance(comparison, MeanComparison):
            kept = (base.attempts > 0) & (new.attempts > 0)
            clusters = None if base.clusters is None else np.asarray(base.clusters)[kept].tolist()
            values = (new.problem_means - base.problem_means)[kept]
            rng = np.random.default_rng(seed)
            drawn = bootstrap_mean(values, rng=rng, clusters=clusters, confidence_level=level)
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
            rows.append((c.new_label, tr("adjusted for the family (Holm)"), c.adjusted_pvalue))
        if c.equivalence_pvalue is not None:
            rows.append(
                (
                    c.new_label,
                    tr("equivalence within ±{margin} pp (two one-sided)", margin=f"{100 * (c.margin or 0):g}"),
                    c.equivalence_pvalue,
                )
            )
    columns = (Column("label", tr("New run")), Column("method", tr("Test")), Column("pvalue", tr("p"), "pvalue"))
    return Table("tests", tr("Tests of equal accuracy"), columns, tuple(rows), tr("Two-sided unless said otherwise."))


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
        "At {power} power and α = {alpha}. The smallest p is that of the clearest outcome on as many "
        "problems; the problems needed are for the difference seen.",
        power=f"{first.power:.0%}",
        alpha=f"{first.alpha:g}",
    )
    return Table("power", tr("What this comparison can resolve"), columns, tuple(rows), note)


def truncation(runs: PairedRuns) -> Table:
    """Return how many completions the cap cut, and how many of these were right all the same."""
    rows: list[tuple[Cell, ...]] = []
    for run in runs.scores:
        made = int(run.attempts.sum())
        e = truncation_estimate(run)
        if e is None:
            rows.append((run.label, None, made, None, None, None, None))
            continue
        cut = int(run.truncated.sum())
        rows.append((run.label, cut, made, e.low, e.value, e.high, int((run.truncated & run.correct).sum())))
    columns = (
        Column("label", tr("Run")),
        Column("truncated", tr("Cut"), "count"),
        Column("n", tr("Completions"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("share", tr("Share cut"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("correct", tr("Cut and right"), "count"),
    )
    note = tr("Empty cells: the source did not record why completions ended, which does not mean that none was cut.")
    unknown = any(row[1] is None for row in rows)
    return Table("truncation", tr("Completions cut at the cap"), columns, tuple(rows), note if unknown else "")


def lengths(store: Store, runs: PairedRuns) -> Table | None:
    """Return the share of completions of at most so many tokens, a run at a time."""
    rows: list[tuple[Cell, ...]] = []
    for head, label in zip(runs.heads, runs.labels, strict=True):
        found = [c["n_tokens"] for c in queries.stored_lengths(store.connection, head.run_id)]
        known = np.sort(np.array([n for n in found if n is not None], dtype=np.int64))
        if known.size == 0:
            continue
        values, counts = np.unique(known, return_counts=True)
        share = np.cumsum(counts) / known.size
        if values.size > 80:
            at = np.unique(np.searchsorted(share, np.linspace(0, 1, 81)[1:]).clip(max=values.size - 1))
            values, share = values[at], share[at]
        rows += [(label, int(v), float(s)) for v, s in zip(values, share, strict=True)]
    if not rows:
        return None
    columns = (
        Column("label", tr("Run")),
        Column("tokens", tr("Tokens"), "tokens"),
        Column("share", tr("Share at most"), "proportion"),
    )
    return Table("lengths", tr("Lengths of the completions"), columns, tuple(rows))


def graders(store: Store, runs: PairedRuns) -> Table:
    """Return the verdicts of every grader on the same completions."""
    rows: list[tuple[Cell, ...]] = []
    for head, label in zip(runs.heads, runs.labels, strict=True):
        for g in queries.graders(store.connection, head.run_id):
            rate = g["n_correct"] / g["n_graded"]
            rows.append((g["grader"], label, g["n_correct"], g["n_no_answer"], g["n_graded"], rate))
    rows.sort(key=lambda row: str(row[0]))
    columns = (
        Column("grader", tr("Grader")),
        Column("label", tr("Run")),
        Column("k", tr("Right"), "count"),
        Column("no_answer", tr("No answer found"), "count"),
        Column("n", tr("Completions"), "count"),
        Column("value", tr("Share right"), "proportion"),
    )
    return Table(
        "graders", tr("The same completions under every grader"), columns, tuple(rows), _gold_note(store, runs)
    )


def _gold_note(store: Store, runs: PairedRuns) -> str:
    problems = queries.problem_rows(store.connection, runs.heads[0].run_id)
    known = [p for p in problems if p["solution"] and p["gold"]]
    misread = sum(tutorial_gold(p["solution"]) != p["gold"] for p in known)
    if not known or not misread:
        return tr("All of a run's completions, as far as they are there.")
    return tr(
        "The tutorial's pattern for the gold answer stops at a comma and misreads {misread} of these "
        "{n_known} problems: under the grader `tutorial` a right answer to them is marked wrong.",
        misread=misread,
        n_known=len(known),
    )


def draws(store: Store, runs: PairedRuns) -> Table | None:
    """Return the accuracy of each run on each seeded draw that all runs have."""
    subsets = [queries.draws(store.connection, h.run_id) for h in runs.heads]
    seeds = sorted(set(subsets[0]).intersection(*subsets[1:]))
    rows: list[tuple[Cell, ...]] = []
    for seed in seeds:
        for run, subset in zip(runs.scores, subsets, strict=True):
            row_of = {problem_id: i for i, problem_id in enumerate(run.problem_ids)}
            chosen = [row_of[p] for p in subset[seed] if p in row_of]
            if chosen:
                means = run.take(chosen).problem_means
                rows.append((tr("seed {seed}", seed=seed), run.label, len(chosen), float(np.nanmean(means))))
    if not rows:
        return None
    columns = (
        Column("draw", tr("Draw")),
        Column("label", tr("Run")),
        Column("n", tr("Problems"), "count"),
        Column("accuracy", tr("Accuracy"), "proportion"),
    )
    return Table("draws", tr("Accuracy on each seeded draw"), columns, tuple(rows))


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
