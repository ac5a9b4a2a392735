"""The tables of stored runs that several pages share: what was run, and what came out of each run."""

from typing import Any

import numpy as np

from analyses.runs.pairing import PairedRuns
from evalsuite.comparison.accuracy import accuracy_estimate, truncation_estimate
from evalsuite.findings import Cell, Column, Table
from evalsuite.grading.graders import tutorial_gold
from evalsuite.store import queries
from evalsuite.store.runs import run_status
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.grader_names import grader_name
from evalsuite.wording.language import N_, tr
from evalsuite.wording.method_names import method_name
from evalsuite.wording.units import Unit

__all__ = ["accuracy", "draws", "graders", "lengths", "mean_scores", "setup", "truncation"]


DATA_SETS = (
    ("gsm8k/test", N_("GSM8K test: grade-school word problems")),
    ("gsm8k/train", N_("GSM8K train: grade-school word problems")),
    ("gsm8k-platinum", N_("GSM8K-Platinum: GSM8K test with revised answers")),
    ("gsm-plus", N_("GSM-Plus: variations of GSM8K test problems")),
    ("gsm-symbolic", N_("GSM-Symbolic: problems from templates of GSM8K")),
    ("svamp", N_("SVAMP: simple problems of varied structure")),
    ("asdiv", N_("ASDiv: word problems of primary school")),
    ("multiarith", N_("MultiArith: problems of several steps")),
    ("mgsm", N_("MGSM: GSM8K problems in several languages")),
    ("aime", N_("AIME: competition problems")),
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
                dataset=s.get("dataset") or tr("imported problems"),
            )
            for r, s in zip(runs.scores, specs, strict=True)
        ],
    )
    row(tr("what they are"), [_described(str(s.get("dataset", ""))) for s in specs])
    row(tr("completions per problem"), [int(r.attempts.max()) for r in runs.scores])
    row(tr("grader"), [grader_name(grader or h.primary_grader) for h in runs.heads])
    row(tr("token limit"), [d.get("max_new_tokens") for d in decodings], always=True)
    row(tr("decoding"), [_decoding(d) for d in decodings], always=True)
    row(tr("model"), [s.get("model") for s in specs])
    if any(s.get("adapter") for s in specs):
        row(tr("adapter"), [s.get("adapter") or tr("none") for s in specs])
    row(tr("prompt template"), [s.get("template") for s in specs])
    row(tr("order"), [s.get("order") for s in specs])
    row(tr("engine and dtype"), [", ".join(str(s[k]) for k in ("engine", "dtype") if s.get(k)) or None for s in specs])
    row(tr("weights"), [s.get("weights_fingerprint") for s in specs])
    columns = (Column("what", tr("Property")), *(Column(f"run{i}", label) for i, label in enumerate(runs.labels)))
    return Table("setup", tr("Set-up"), columns, tuple(rows))


def _decoding(decoding: dict[str, Any]) -> str | None:
    if "temperature" not in decoding:
        return None
    if decoding["temperature"] == 0:
        return tr("greedy")
    if {"top_p", "seed"} <= set(decoding):
        return tr(
            "temperature {temperature}, top-p {top_p}, seed {seed}",
            temperature=f"{decoding['temperature']:g}",
            top_p=f"{decoding['top_p']:g}",
            seed=decoding["seed"],
        )
    # What another program did not record is left out.
    said = [tr("temperature {temperature}", temperature=f"{decoding['temperature']:g}")]
    said += [f"top-p {decoding['top_p']:g}"] if "top_p" in decoding else []
    said += [tr("seed {seed}", seed=decoding["seed"])] if "seed" in decoding else []
    return tr(", ").join(said)


def accuracy(runs: PairedRuns, alpha: float) -> Table:
    """Return the accuracy of each run by itself, with the interval that fits its design."""
    rows: list[tuple[Cell, ...]] = []
    for run in runs.scores:
        e = accuracy_estimate(run, confidence_level=1 - alpha)
        single = bool((run.attempts <= 1).all())
        solved = int(run.successes.sum()) if single else None
        templates = None if run.clusters is None else len(set(run.clusters))
        rows.append((run.label, solved, e.n_problems, templates, e.low, e.value, e.high, method_name(e.method)))
    columns = (
        Column("label", tr("Run")),
        Column("k", tr("Solved"), "count"),
        Column("n", tr("Problems"), "count"),
        Column("templates", tr("Templates"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Accuracy"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("method", tr("Interval")),
    )
    note = tr(
        "A completion without an answer counts as wrong. Whether the runs differ is answered by the paired difference."
    )
    table = Table("accuracy", tr("Accuracy of each run"), columns, tuple(rows), note)
    # With several completions a problem there is no whole number of problems solved.
    for key in ("k", "templates"):
        table = table.without(key) if set(table.column(key)) == {None} else table
    return table


def mean_scores(runs: PairedRuns, alpha: float) -> Table:
    """Return the mean score of each run by itself, where the grader gives partial credit."""
    unit = Unit(runs.scores[0].score_range)
    estimates = [accuracy_estimate(run, confidence_level=1 - alpha) for run in runs.scores]
    rows = tuple(
        (label, e.n_problems, e.low, e.value, e.high, method_name(e.method))
        for label, e in zip(runs.labels, estimates, strict=True)
    )
    columns = (
        Column("label", tr("Run")),
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), unit.level_kind),
        Column("value", tr("Mean score"), unit.level_kind),
        Column("high", tr("High"), unit.level_kind),
        Column("method", tr("Interval")),
    )
    note = tr(
        "Scores go from {low} to {high}. Whether the runs differ is answered by the paired difference.",
        low=unit.ends[0], high=unit.ends[1],
    )  # fmt: skip
    return Table("mean_scores", tr("Mean score of each run"), columns, rows, note)


def truncation(store: Store, runs: PairedRuns) -> Table:
    """Return how many completions the token limit truncated, and how many run on after their answer."""
    rows: list[tuple[Cell, ...]] = []
    for head, run in zip(runs.heads, runs.scores, strict=True):
        n_run_on = run_status(store, head.run_id)["n_run_on"] or None
        made = int(run.attempts.sum())
        e = truncation_estimate(run)
        if e is None:
            rows.append((run.label, None, made, None, None, None, None, n_run_on))
            continue
        cut = int(run.truncated.sum())
        cut_and_right = int((run.truncated & run.correct).sum())
        rows.append((run.label, cut, made, e.low, e.value, e.high, cut_and_right, n_run_on))
    columns = (
        Column("label", tr("Run")),
        Column("truncated", tr("Truncated"), "count"),
        Column("n", tr("Completions"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("share", tr("Share truncated"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("correct", tr("Truncated and right"), "count"),
        Column("run_on", tr("Run on"), "count"),
    )
    note = tr("Empty cells: the source did not record why completions ended, so we can't tell how many were truncated.")
    unknown = not all(run.truncation_known for run in runs.scores)
    title = tr("Completions truncated at the token limit")
    table = Table("truncation", title, columns, tuple(rows), note if unknown else "")
    return table.without("run_on") if set(table.column("run_on")) == {None} else table


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
    graded = [
        (label, g)
        for head, label in zip(runs.heads, runs.labels, strict=True)
        for g in queries.graders(store.connection, head.run_id)
        if g["score_range"] is None
    ]
    rows = [
        (
            grader_name(g["grader"]),
            label,
            g["n_correct"],
            g["n_no_answer"],
            g["n_graded"],
            g["n_correct"] / g["n_graded"],
        )
        for label, g in sorted(graded, key=lambda pair: str(pair[1]["grader"]))
    ]
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
        return tr("All completions that a run has.")
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
