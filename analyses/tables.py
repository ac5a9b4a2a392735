"""The tables of a comparison: full-precision cells, one function a table."""

from typing import Any

import numpy as np

from analyses.accuracy import accuracy_estimate, truncation_estimate
from analyses.pairing import PairedRuns
from analyses.run_comparison import Design, RunComparison, paired_table
from evalsuite.findings import Cell, Column, CompletionView, ProblemView, Table
from evalsuite.grading.graders import tutorial_gold
from evalsuite.mean_comparison import MeanComparison
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
    "problem_views",
    "setup",
    "tests",
    "truncation",
    "variance",
    "verdicts",
]

SHOWN_PROBLEMS = 20
METHOD_NAMES = {
    "fay_lumbard": "Fay–Lumbard (agrees with exact McNemar)",
    "tango": "Tango score",
    "newcombe": "Newcombe square-and-add",
    "bonett_price": "Bonett–Price",
    "agresti_min": "Agresti–Min",
    "t": "t over problems",
    "cluster_t": "t over templates",
    "bounded": "bounded (no variation seen)",
    "mcnemar_exact": "McNemar, exact conditional",
    "mcnemar_midp": "McNemar, mid-p",
    "mcnemar_asymptotic": "McNemar, asymptotic",
    "mcnemar_exact_unconditional": "McNemar, exact unconditional",
    "sign_flip": "exact sign-flip",
    "within_problem_permutation": "within-problem permutation (no problem changed)",
}
INTERVAL_COLUMNS = (
    Column("low", "Low", "difference"),
    Column("value", "Difference", "difference"),
    Column("high", "High", "difference"),
)


def setup(runs: PairedRuns, grader: str | None) -> Table:
    """Return one row a property of the runs, one column a run."""
    rows: list[tuple[Cell, ...]] = []

    def row(name: str, values: list[Any]) -> None:
        if any(v is not None for v in values):
            rows.append((name, *("not recorded" if v is None else v for v in values)))

    specs = [h.spec for h in runs.heads]
    decodings = [s.get("decoding", {}) for s in specs]
    row("model", [s.get("model") for s in specs])
    if any(s.get("adapter") for s in specs):
        row("adapter", [s.get("adapter") or "none" for s in specs])
    row("prompt template", [s.get("template") for s in specs])
    row(
        "problems",
        [f"{r.n_problems} of {s.get('dataset', 'imported')}" for r, s in zip(runs.scores, specs, strict=True)],
    )
    row("order", [s.get("order") for s in specs])
    row("completions a problem", [int(r.attempts.max()) for r in runs.scores])
    row("grader", [grader or h.primary_grader for h in runs.heads])
    row("token cap", [d.get("max_new_tokens") for d in decodings])
    row("decoding", [_decoding(d) for d in decodings])
    row("engine and dtype", [f"{s['engine']}, {s['dtype']}" if "engine" in s else None for s in specs])
    row("weights", [s.get("weights_fingerprint") for s in specs])
    columns = (Column("what", "Property"), *(Column(f"run{i}", h.label) for i, h in enumerate(runs.heads)))
    return Table("setup", "Set-up", columns, tuple(rows))


def _decoding(decoding: dict[str, Any]) -> str | None:
    if "temperature" not in decoding:
        return None
    if decoding["temperature"] == 0:
        return "greedy"
    return f"temperature {decoding['temperature']:g}, top-p {decoding['top_p']:g}, seed {decoding['seed']}"


def accuracy(runs: PairedRuns, alpha: float) -> Table:
    """Return the accuracy of each run by itself, with the interval that fits its design."""
    rows: list[tuple[Cell, ...]] = []
    for run in runs.scores:
        e = accuracy_estimate(run, confidence_level=1 - alpha)
        single = e.method == "wilson"
        solved = int(run.successes.sum()) if single else None
        rows.append((run.label, solved, e.n_problems, e.low, e.value, e.high, METHOD_NAMES.get(e.method, "Wilson")))
    columns: tuple[Column, ...] = (
        Column("label", "Run"),
        Column("k", "Solved", "count"),
        Column("n", "Problems", "count"),
        Column("low", "Low", "proportion"),
        Column("value", "Accuracy", "proportion"),
        Column("high", "High", "proportion"),
        Column("method", "Interval"),
    )
    note = (
        "A completion without an answer counts as wrong. Whether the runs differ is answered by the paired difference."
    )
    if all(row[1] is None for row in rows):
        columns, rows = (columns[0], *columns[2:]), [(row[0], *row[2:]) for row in rows]
    return Table("accuracy", "Accuracy of each run", columns, tuple(rows), note)


def difference(compared: RunComparison) -> Table:
    """Return the paired difference of each new run with its default interval."""
    rows = tuple((c.new_label, c.difference.low, c.difference.value, c.difference.high) for c in compared.comparisons)
    method = METHOD_NAMES.get(compared.comparisons[0].difference.method, "")
    return Table(
        "difference", "Difference in accuracy", (Column("label", "New run"), *INTERVAL_COLUMNS), rows, f"{method}."
    )


def verdicts(compared: RunComparison) -> Table | None:
    """Return the verdict and the whole sentence of each comparison, where there are several."""
    if len(compared.comparisons) == 1:
        return None
    columns = (Column("label", "New run"), Column("verdict", "Verdict"), Column("sentence", "In words"))
    rows = tuple((c.new_label, c.verdict_text, c.sentence) for c in compared.comparisons)
    return Table("verdicts", "Verdict of each comparison", columns, rows)


def paired_names(compared: RunComparison) -> list[str]:
    """Return the name of the paired table of each comparison."""
    return ["paired", *(f"paired_{i}" for i in range(2, len(compared.comparisons) + 1))]


def paired(compared: RunComparison) -> list[Table]:
    """Return the four cells of each comparison; repeated completions count by whether a problem's share moved."""
    found = []
    base = compared.runs.scores[0]
    for name, comparison, new in zip(
        paired_names(compared), compared.comparisons, compared.runs.scores[1:], strict=True
    ):
        if (base.attempts == 1).all() and (new.attempts == 1).all():
            table = paired_table(base, new)
            counts = (table.both, table.wins, table.losses, table.neither)
            words = ("both right", f"only {new.label}", f"only {base.label}", "neither")
        else:
            moved = np.nan_to_num(new.problem_means - base.problem_means)
            still = np.nan_to_num(base.problem_means) >= 0.5
            same = moved == 0
            counts = (
                int((same & still).sum()),
                int((moved > 0).sum()),
                int((moved < 0).sum()),
                int((same & ~still).sum()),
            )
            words = ("same share, at least half", "share went up", "share went down", "same share, below half")
        right = ((True, True), (False, True), (True, False), (False, False))
        rows = tuple((w, b, n, c) for w, (b, n), c in zip(words, right, counts, strict=True))
        columns = (
            Column("cell", "Problems"),
            Column("base_right", f"{base.label} right"),
            Column("new_right", f"{new.label} right"),
            Column("count", "Count", "count"),
        )
        found.append(Table(name, f"Paired table: {base.label} and {comparison.new_label}", columns, rows))
    return found


def methods(compared: RunComparison, *, seed: int) -> Table:
    """Return the same difference by every interval, bootstrap included."""
    rows: list[tuple[Cell, ...]] = []
    many = len(compared.comparisons) > 1
    for comparison, new in zip(compared.comparisons, compared.runs.scores[1:], strict=True):
        prefix = f"{comparison.new_label}: " if many else ""
        found: list[tuple[str, Estimate | None]] = []
        if isinstance(comparison, MeanComparison):
            found.append((METHOD_NAMES.get(comparison.difference.method, ""), comparison.difference))
        else:
            found += [(METHOD_NAMES[name], e) for name, e in comparison.intervals.items()]
        found += _bootstraps(compared.runs.scores[0], new, comparison, seed)
        for name, e in found:
            limits = (None, comparison.difference.value, None) if e is None else (e.low, e.value, e.high)
            rows.append((prefix + name, *limits))
    note = (
        "The verdict uses the first row. The bootstrap resamples problems whole; where scores do not vary it has no "
        "interval. It is too short for small sets and is shown because many people know it."
    )
    return Table(
        "methods", "The difference by every method", (Column("label", "Method"), *INTERVAL_COLUMNS), tuple(rows), note
    )


def _bootstraps(
    base: ScoreMatrix, new: ScoreMatrix, comparison: Design, seed: int
) -> list[tuple[str, Estimate | None]]:
    level = comparison.difference.confidence_level
    unit = "problems" if base.clusters is None else "templates"
    found: list[tuple[str, Estimate | None]] = []
    try:
        if isinstance(comparison, MeanComparison):
            kept = (base.attempts > 0) & (new.attempts > 0)
            clusters = None if base.clusters is None else np.asarray(base.clusters)[kept].tolist()
            values = (new.problem_means - base.problem_means)[kept]
            rng = np.random.default_rng(seed)
            drawn = bootstrap_mean(values, rng=rng, clusters=clusters, confidence_level=level)
            found.append((f"bootstrap over {unit}, BCa, {drawn.n_resamples} resamples", drawn.estimate))
        else:
            t = comparison.table
            percentile = exact_multinomial(t.wins, t.losses, t.n, confidence_level=level)
            bca = exact_multinomial(t.wins, t.losses, t.n, method="bca", confidence_level=level)
            found.append(("bootstrap over problems, percentile (exact)", percentile))
            found.append(("bootstrap over problems, BCa (exact)", bca))
    except ValueError:
        found.append((f"bootstrap over {unit} (too little variation for an interval)", None))
    return found


def tests(compared: RunComparison) -> Table:
    """Return every p-value, by method and new run."""
    rows: list[tuple[Cell, ...]] = []
    for c in compared.comparisons:
        rows += [(c.new_label, METHOD_NAMES.get(name, name), p) for name, p in c.pvalues.items()]
        if c.adjusted_pvalue is not None:
            rows.append((c.new_label, "adjusted for the family (Holm)", c.adjusted_pvalue))
        if c.equivalence_pvalue is not None:
            rows.append(
                (c.new_label, f"equivalence within ±{100 * (c.margin or 0):g} pp (two one-sided)", c.equivalence_pvalue)
            )
    columns = (Column("label", "New run"), Column("method", "Test"), Column("pvalue", "p", "pvalue"))
    return Table("tests", "Tests of equal accuracy", columns, tuple(rows), "Two-sided unless said otherwise.")


def power(compared: RunComparison) -> Table:
    """Return what these problems can resolve, and how many the observed difference needs."""
    rows: list[tuple[Cell, ...]] = []
    for c in compared.comparisons:
        n = c.difference.n_problems
        rows.append((c.new_label, n, c.smallest_attainable_pvalue, c.minimum_detectable_difference, c.n_needed))
    columns = (
        Column("label", "New run"),
        Column("n", "Problems", "count"),
        Column("smallest", "Smallest p possible", "pvalue"),
        Column("detectable", "Detectable difference", "difference"),
        Column("needed", "Problems needed", "count"),
    )
    first = compared.comparisons[0]
    note = (
        f"At {first.power:.0%} power and α = {first.alpha:g}. The smallest p is that of the clearest outcome on as "
        "many problems; the problems needed are for the difference seen."
    )
    return Table("power", "What this comparison can resolve", columns, tuple(rows), note)


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
        Column("label", "Run"),
        Column("truncated", "Cut", "count"),
        Column("n", "Completions", "count"),
        Column("low", "Low", "proportion"),
        Column("share", "Share cut", "proportion"),
        Column("high", "High", "proportion"),
        Column("correct", "Cut and right", "count"),
    )
    note = "Empty cells: the source did not record why completions ended, which does not mean that none was cut."
    unknown = any(row[1] is None for row in rows)
    return Table("truncation", "Completions cut at the cap", columns, tuple(rows), note if unknown else "")


def lengths(store: Store, runs: PairedRuns) -> Table | None:
    """Return the share of completions of at most so many tokens, a run at a time."""
    rows: list[tuple[Cell, ...]] = []
    for head in runs.heads:
        found = [c["n_tokens"] for c in queries.stored_lengths(store.connection, head.run_id)]
        known = np.sort(np.array([n for n in found if n is not None], dtype=np.int64))
        if known.size == 0:
            continue
        values, counts = np.unique(known, return_counts=True)
        share = np.cumsum(counts) / known.size
        if values.size > 80:
            at = np.unique(np.searchsorted(share, np.linspace(0, 1, 81)[1:]).clip(max=values.size - 1))
            values, share = values[at], share[at]
        rows += [(head.label, int(v), float(s)) for v, s in zip(values, share, strict=True)]
    if not rows:
        return None
    columns = (
        Column("label", "Run"),
        Column("tokens", "Tokens", "tokens"),
        Column("share", "Share at most", "proportion"),
    )
    return Table("lengths", "Lengths of the completions", columns, tuple(rows))


def graders(store: Store, runs: PairedRuns) -> Table:
    """Return the verdicts of every grader on the same completions."""
    rows: list[tuple[Cell, ...]] = []
    for head in runs.heads:
        for g in queries.graders(store.connection, head.run_id):
            rate = g["n_correct"] / g["n_graded"]
            rows.append((g["grader"], head.label, g["n_correct"], g["n_no_answer"], g["n_graded"], rate))
    rows.sort(key=lambda row: str(row[0]))
    columns = (
        Column("grader", "Grader"),
        Column("label", "Run"),
        Column("k", "Right", "count"),
        Column("no_answer", "No answer found", "count"),
        Column("n", "Completions", "count"),
        Column("value", "Share right", "proportion"),
    )
    return Table("graders", "The same completions under every grader", columns, tuple(rows), _gold_note(store, runs))


def _gold_note(store: Store, runs: PairedRuns) -> str:
    problems = queries.problem_rows(store.connection, runs.heads[0].run_id)
    known = [p for p in problems if p["solution"] and p["gold"]]
    misread = sum(tutorial_gold(p["solution"]) != p["gold"] for p in known)
    if not known or not misread:
        return "All of a run's completions, as far as they are there."
    return (
        f"The tutorial's pattern for the gold answer stops at a comma and misreads {misread} of these {len(known)} "
        "problems: under the grader `tutorial` a right answer to them is marked wrong."
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
                rows.append((f"seed {seed}", run.label, len(chosen), float(np.nanmean(means))))
    if not rows:
        return None
    columns = (
        Column("draw", "Draw"),
        Column("label", "Run"),
        Column("n", "Problems", "count"),
        Column("accuracy", "Accuracy", "proportion"),
    )
    return Table("draws", "Accuracy on each seeded draw", columns, tuple(rows))


def variance(compared: RunComparison) -> Table | None:
    """Return where the uncertainty of the difference comes from, with repeated completions."""
    rows = tuple(
        (c.new_label, c.variance.data, c.variance.prediction, "yes" if c.variance.clipped else "no")
        for c in compared.comparisons
        if isinstance(c, MeanComparison) and c.variance is not None
    )
    if not rows:
        return None
    columns = (
        Column("label", "New run"),
        Column("data", "Variance between problems", "number"),
        Column("prediction", "Variance of one completion", "number"),
        Column("clipped", "First estimate was negative, set to 0"),
    )
    return Table("variance", "Problems against decoding", columns, rows)


def problem_views(store: Store, runs: PairedRuns, *, grader: str | None) -> tuple[ProblemView, ...]:
    """Return the first problems with the completions of every run beside each other."""
    wanted = {key: i for i, key in enumerate(runs.scores[0].keys[:SHOWN_PROBLEMS])}
    rows = {r["problem_id"]: r for r in queries.problem_rows(store.connection, runs.heads[0].run_id)}
    texts: dict[str, list[CompletionView]] = {key: [] for key in wanted}
    for head, run in zip(runs.heads, runs.scores, strict=True):
        key_of = {p: k for p, k in zip(run.problem_ids, run.keys, strict=True) if k in wanted}
        for c in queries.graded(store.connection, head.run_id, grader or head.primary_grader):
            key = key_of.get(c["problem_id"])
            if key is None:
                continue
            several = head.n_completions > 1
            label = f"{head.label} #{c['completion_index'] + 1}" if several else head.label
            text = "(the import brought no text)" if c["text"] is None else c["text"]
            texts[key].append(
                CompletionView(label, text, c["extracted"], c["outcome"], c["stop_reason"], c["n_tokens"])
            )
    views = []
    for key, i in wanted.items():
        row = rows[runs.scores[0].problem_ids[i]]
        views.append(
            ProblemView(
                row["problem_id"],
                row["question"] or "(no question recorded)",
                row["gold"] or "not recorded",
                tuple(texts[key]),
            )
        )
    return tuple(views)
