"""Constructed findings: a small set with every part of a page, and a large one."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evalsuite.findings import Caution, Cell, Column, CompletionView, Figure, Findings, Light, ProblemView, Step, Table
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate, TestResult
from reports.build import build

TEXTS = (
    "Mira filled {a} jars before lunch and half as many after it.\n{a} / 2 = {b}.\n{a} + {b} = {c}.\n#### {c}",
    "First we need the number of jars after lunch. That is {a} / 2 = {b}. So the answer is {b}.",
    "Let me think about this carefully. {a} jars were filled before lunch, and "
    + "half as many means dividing by two, " * 30,
)


def table(name: str, title: str, columns: str, rows: list[tuple[Cell, ...]], note: str = "") -> Table:
    """Return a table from columns written as ``"key:kind Title|key:kind Title"``."""
    made = []
    for part in columns.split("|"):
        head, column_title = part.split(" ", 1)
        key, _, kind = head.partition(":")
        made.append(Column(key, column_title, kind or "text"))  # type: ignore[arg-type]
    return Table(name, title, tuple(made), tuple(rows), note)


def completion(label: str, number: int, outcome: str) -> CompletionView:
    """Return one completion of the given outcome."""
    a = 2 * number + 6
    text = TEXTS[("correct", "incorrect", "no_answer").index(outcome)].format(a=a, b=a // 2, c=a + a // 2)
    answer = {"correct": str(a + a // 2), "incorrect": str(a // 2), "no_answer": None}[outcome]
    cut = outcome == "no_answer"
    return CompletionView(label, text, answer, outcome, "length" if cut else "stop", 300 if cut else 60 + number % 90)


def outcomes(number: int) -> tuple[str, str]:
    """Return the outcomes of base and new on problem `number`."""
    base = ("incorrect", "correct", "correct", "no_answer", "incorrect")[number % 5]
    new = ("correct", "correct", "correct", "correct", "incorrect", "no_answer", "incorrect")[number % 7]
    return base, new


def problems(n: int, base: str = "base", new: str = "GRPO") -> tuple[ProblemView, ...]:
    """Return `n` problems with one completion of each run."""
    return tuple(
        ProblemView(
            f"gsm8k/test/{i * 37 % 1319}",
            f"On Monday Mira filled {2 * i + 6} jars with honey. On Tuesday there was honey for half of that. "
            "What is the number of jars of both days together?",
            str((2 * i + 6) * 3 // 2),
            (completion(base, i, outcomes(i)[0]), completion(new, i, outcomes(i)[1])),
            f"Half of {2 * i + 6} is {i + 3}.\n{2 * i + 6} + {i + 3} = {3 * i + 9}",
        )
        for i in range(n)
    )


def comparison(n: int = 20, *, base: str = "base", new: str = "GRPO") -> Findings:
    """Return findings as a comparison of two models makes them, with every part present."""
    pairs = [outcomes(i) for i in range(n)]
    right = [(b == "correct", g == "correct") for b, g in pairs]
    cells = {key: right.count(key) for key in ((True, True), (False, True), (True, False), (False, False))}
    k = [sum(r[side] for r in right) for side in (0, 1)]
    half = [1.96 * math.sqrt(x / n * (1 - x / n) / n) for x in k]
    wins, losses = cells[False, True], cells[True, False]
    delta = (wins - losses) / n
    reach = 1.96 * math.sqrt((wins + losses) / n - delta**2) / math.sqrt(n)
    low, high = delta - reach, delta + reach
    accuracy: list[tuple[Cell, ...]] = [
        (name, x, n, x / n - h, x / n, x / n + h, "wilson") for name, x, h in zip((base, new), k, half, strict=True)
    ]
    shares = [(t / 300) ** 1.5 * 0.85 for t in range(20, 300, 20)]
    lengths: list[tuple[Cell, ...]] = [
        (name, t, min(1.0, s * f))
        for name, f in ((base, 0.9), (new, 1.12))
        for t, s in zip(range(20, 300, 20), shares, strict=True)
    ] + [(base, 300, 1.0), (new, 300, 1.0)]
    interval = f"{100 * delta:+.0f} pp, 95% CI {100 * low:+.0f} to {100 * high:+.0f} pp".replace("-", "−")
    tables = (
        table(
            "accuracy",
            "Accuracy of each run",
            "label Run|k:count Solved|n:count Problems|low:proportion Low|"
            "value:proportion Accuracy|high:proportion High|method Interval",
            accuracy,
            "Wilson intervals, one completion per problem.",
        ),
        table(
            "difference",
            "Difference in accuracy",
            "label Method|low:difference Low|value:difference Difference|high:difference High",
            [("Fay–Lumbard", low, delta, high)],
        ),
        table(
            "methods",
            "The same difference by other methods",
            "label Method|low:difference Low|value:difference Difference|high:difference High|pvalue:pvalue p",
            [
                ("Fay–Lumbard, exact McNemar", low, delta, high, 0.0414),
                ("Tango", low + 0.01, delta, high - 0.01, 0.0000003),
                ("no interval", None, delta, None, None),
            ],
        ),
        table(
            "paired",
            "Paired table",
            "cell Cell|base_right Base right|new_right GRPO right|count:count Problems",
            [(f"{b}/{g}", b, g, c) for (b, g), c in cells.items()],
        ),
        table(
            "setup",
            "Set-up",
            f"what Property|base {base}|new {new}",
            [
                ("problems", n, n),
                ("grader", "last number, version 1", "last number, version 1"),
                ("token limit", 300, 300),
                ("decoding", "greedy", "greedy"),
                ("weights", "3f9a1c0de4b5a678", "77ab01fe99d0c2e1"),
            ],
        ),
        table(
            "truncation",
            "Completions cut at the cap",
            "label Run|truncated:count Cut|n:count Completions|share:proportion Share cut|"
            "correct:count Of these right|mean:tokens Mean tokens",
            [(base, n // 5, n, (n // 5) / n, 0, 141.52), (new, n // 7, n, (n // 7) / n, 1, 133.0)],
        ),
        table("lengths", "Lengths", "label Run|tokens:tokens Tokens|share:proportion Share at most", lengths),
        table(
            "graders",
            "Accuracy by grader",
            "grader Grader|label Run|k:count Solved|n:count Problems|value:proportion Accuracy",
            [(g, r, x, n, x / n) for g in ("last number", "#### marker") for r, x in zip((base, new), k, strict=True)],
        ),
        table(
            "draws",
            "Accuracy on seeded draws",
            "draw Draw|label Run|k:count Solved|n:count Problems|accuracy:proportion Accuracy",
            [
                (f"seed {s}", r, x, 20, x / 20)
                for s, pair in ((0, (8, 12)), (1, (9, 9)), (2, (11, 10)), (42, (6, 13)), (7, (10, 12)))
                for r, x in zip((base, new), pair, strict=True)
            ],
        ),
        table(
            "exotic",
            "A table that no section asks for",
            "thing Thing|hash:hash Hash|x:number Number|flag Flag",
            [("alpha", "ab" * 32, 0.000123456, True), ("beta", "cd" * 32, 123456.789, None)],
        ),
    )
    names: dict[str, Cell] = {"base": base, "new": new, "level": 0.95}
    figures = (
        Figure(
            "difference",
            "difference",
            "Difference in accuracy, GRPO − base",
            f"The paired difference is {interval}.",
            "difference",
            {**names, "margin": 0.02, "detectable": 0.29 if n < 100 else 0.035},
        ),
        Figure(
            "accuracy",
            "intervals",
            "Accuracy of each run",
            "Two rows with overlapping intervals.",
            "accuracy",
            {"level": 0.95},
        ),
        Figure(
            "paired",
            "flow",
            "Problems that flipped",
            f"{wins} problems to the right, {losses} to the left.",
            "paired",
            names,
        ),
        Figure("methods", "difference", "The difference by method", "All methods agree.", "methods", names),
        Figure(
            "lengths",
            "lengths",
            "Lengths of the completions",
            "Both curves rise and jump at the cap.",
            "lengths",
            {"cap": 300},
        ),
        Figure("draws", "draws", "Accuracy on seeded draws", "Five draws of 20 problems.", "draws", {}),
    )
    return Findings(
        name="model_comparison",
        question=f"Does {new} answer more problems of GSM8K right than {base}?",
        estimand="E1: accuracy on questions like these, greedy decoding, one completion per problem.",
        verdict=Verdict("unresolved" if n < 100 else "resolved gain"),
        sentence=f"{new} solved {k[1]} of {n} problems and {base} {k[0]} ({wins} wins, {losses} losses): {interval}. "
        "The data do not distinguish the two runs at this number of problems.",
        notes=("One training seed says nothing about the recipe (E3).",),
        cautions=(Caution("unfinished", "The run GRPO is unfinished: 20 of 1,319 problems are done."),),
        estimates={"difference": Estimate(delta, low, high, 0.95, "fay_lumbard", n)},
        tests={"mcnemar": TestResult(wins, 0.0414, "two-sided", "mcnemar_exact", delta)},
        tables=tables,
        figures=figures,
        problems=problems(n, base, new),
        provenance={
            "command": "evalsuite compare base grpo --grader last_number",
            "commit": "0f3c" * 10,
            "seeds": [0, 1, 2],
            "runs": {
                base: {"run_id": "3f9a1c0de4b5a678", "model": "Qwen2.5-0.5B-Instruct", "adapter": None},
                new: {"run_id": "77ab01fe99d0c2e1", "decoding": {"temperature": 0.0, "max_new_tokens": 300}},
            },
            "versions": {"evalsuite": "0.1.0", "numpy": "2.4.0"},
            "steps": [{"name": "grade", "rows": 40}, {"name": "compare", "rows": 20}],
        },
        finding=f"{new} solved {k[1] - k[0]} more of {n} problems; that could be chance",
        lights=(
            Light("grader", "no", "Both graders say the same."),
            Light("token limit", "unknown", "A fifth of the answers was cut off."),
            Light("training seed", "unknown", "The new run was trained once."),
        ),
        steps=(
            Step("Run 60 problems more, about 12 minutes:", "evalsuite run --limit 80 && evalsuite run --limit 80"),
            Step("Train again with another seed:", "evalsuite train config.toml --seed 1"),
        ),
        answers={"real": "Every method leaves zero inside.", "grader": "Both graders say the same."},
    )


@pytest.fixture(scope="session")
def make_findings() -> Callable[..., Findings]:
    """Return the function that makes findings with every part."""
    return comparison


@pytest.fixture(scope="session")
def small() -> Findings:
    """Return findings on 20 problems."""
    return comparison(20)


@pytest.fixture(scope="session")
def huge() -> Findings:
    """Return findings on the whole test set."""
    found = comparison(1319)
    return replace(found, figures=found.figures[:2])


@pytest.fixture(scope="session")
def page(small: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page built once; tests only read it."""
    return build([small], tmp_path_factory.mktemp("site"), title="A title", name="page")
