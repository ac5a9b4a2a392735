"""The breakdown by kind of problem: planted effects are found, chance is not, and every number is counted again."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words
from planted import Planted, planted
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from analyses.breakdown import analysis as breakdown
from analyses.model_comparison.companions import further
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.records import Problem
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.proportion import wilson

Right = Callable[[Problem], bool]


def problems(n: int, *, templates: int = 0, steps: bool = True) -> list[Problem]:
    """Steps 1 to 4 in turn, answers of 1 to 5 digits, questions of 2 to 9 words."""
    found = []
    for i in range(n):
        gold = Fraction(10 ** (i // 4 % 5) + i)
        question = f"{i}? " + "word " * (1 + i // 4 % 8)
        marks = "".join(f"<<1+{k}={1 + k}>>" for k in range(1 + i % 4)) if steps else ""
        template = f"t{i % templates}" if templates else None
        found.append(Problem(f"p/{i}", question, f"{marks}\n#### {gold}", gold, template))
    return found


def analysed(folder: Path, asked: list[Problem], *rights: Right, alpha: float = 0.05) -> Findings:
    def texts(right: Right) -> Planted:
        return Planted([[f"The answer is \\boxed{{{p.gold if right(p) else p.gold + 1}}}."] for p in asked])

    labels = ["base", "new", "third"][: len(rights)]
    with planted(folder, dict(zip(labels, map(texts, rights), strict=True)), problems=asked) as store:
        found = breakdown.analyse(store, labels, alpha=alpha)
    words = (found.sentence, *found.notes, *(t.note for t in found.tables))
    assert not forbidden_words(" ".join(words))
    assert {figure.table for figure in found.figures} <= {table.name for table in found.tables}
    return found


def steps_of(problem: Problem) -> int:
    return problem.solution.count("<<")


def number(problem: Problem) -> int:
    return int(problem.problem_id[2:])


def test_a_gain_on_long_problems_alone_is_found(tmp_path: Path) -> None:
    found = analysed(
        tmp_path,
        problems(160),
        lambda p: number(p) % 3 == 0,
        lambda p: number(p) % 3 == 0 or (steps_of(p) == 4 and number(p) % 7 > 0),
    )
    assert found.sentence.startswith("The difference of new depends on: number of calculation steps (smallest adjusted")
    assert ": 4 steps (+" in found.sentence
    assert "No subgroup stands out" not in found.sentence
    rows = {row[0]: row for row in found.table("breakdown_steps").rows}
    assert list(rows) == ["1 step", "2 steps", "3 steps", "4 steps"]
    assert rows["4 steps"][1] == 40
    assert (rows["1 step"][3], rows["1 step"][6]) == (0, 1)


def test_an_even_gain_sets_no_subgroup_apart(tmp_path: Path) -> None:
    found = analysed(tmp_path, problems(200), lambda p: number(p) % 5 == 0, lambda p: number(p) % 5 < 3)
    assert found.sentence.startswith("No subgroup stands out: the difference of new does not clearly depend")
    assert "This does not show that they differ from the others." in found.sentence


def test_equal_runs_stay_quiet(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    first, second = rng.random((2, 400)) < 0.4
    found = analysed(tmp_path, problems(400), lambda p: bool(first[number(p)]), lambda p: bool(second[number(p)]))
    assert found.sentence.startswith("No subgroup stands out")
    assert "After Holm's adjustment for all 13 subgroups, none shows a resolved difference on its own" in found.sentence
    assert "depends on:" not in found.sentence


def test_every_number_is_that_of_its_problems(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    old, late = rng.random((2, 120)) < np.array([[0.3], [0.5]])
    asked = problems(120)
    found = analysed(tmp_path, asked, lambda p: bool(old[number(p)]), lambda p: bool(late[number(p)]))
    steps = np.array([steps_of(p) for p in asked])
    digits = np.array([min(5, len(str(int(p.gold)))) for p in asked])
    pvalues = []
    for name, kinds in (("steps", steps), ("answer", digits)):
        for kind, row in zip(np.unique(kinds), found.table(f"breakdown_{name}").rows, strict=True):
            own = kinds == kind
            wins, losses = int((late & ~old & own).sum()), int((old & ~late & own).sum())
            assert row[1] == own.sum()
            assert row[3] == pytest.approx((wins - losses) / own.sum())
            assert row[5] == pytest.approx(binomtest(wins, wins + losses).pvalue if wins + losses else 1.0)
            accuracies = found.table(f"breakdown_{name}_accuracy").rows
            place = list(np.unique(kinds)).index(kind)
            expected = wilson(int((old & own).sum()), int(own.sum()))
            assert accuracies[place][4:] == pytest.approx((expected.low, expected.value, expected.high))
    lengths = np.array([len(p.question.split()) for p in asked])
    shown = [row[1] for row in found.table("breakdown_length").rows]
    cuts = np.quantile(lengths, [0.25, 0.5, 0.75], method="inverted_cdf")
    assert shown == np.bincount(np.searchsorted(cuts, lengths)).tolist()
    # Holm's adjustment is over all subgroups of the page, not over those of one table.
    every = [row for name in ("steps", "answer", "length") for row in found.table(f"breakdown_{name}").rows]
    pvalues = [row[5] for row in every]
    assert [row[6] for row in every] == pytest.approx(multipletests(pvalues, method="holm")[1].tolist())
    tests = found.table("breakdown_dependence")
    assert tests.column("adjusted") == pytest.approx(multipletests(tests.column("pvalue"), method="holm")[1].tolist())
    assert f"all {len(every)} differences" in " ".join(found.notes)


def test_templates_are_the_units_and_the_worst_are_shown(tmp_path: Path) -> None:
    asked = problems(270, templates=27)
    found = analysed(tmp_path, asked, lambda p: number(p) % 2 == 0, lambda p: number(p) % 27 > 3)
    rows = found.table("breakdown_template").rows
    assert len(rows) == 20
    differences = [float(row[3] or 0) for row in rows]
    assert differences == sorted(differences)
    assert "The lowest 20 of 27" in found.table("breakdown_template").note
    worst = found.table("breakdown_template_accuracy")
    assert [row[1] for row in worst.rows if row[0] == "new"][:4] == ["t0", "t1", "t2", "t3"]
    methods = dict(zip(*(found.table("breakdown_dependence").column(key) for key in ("way", "method")), strict=True))
    assert methods["template"] == "permutations of problems"
    assert methods["number of calculation steps"] == "sign flips of problem templates"
    assert any("templates are the independent units" in note for note in found.notes)
    # All templates count in the family, not only those shown.
    total = 27 + sum(len(found.table(f"breakdown_{way}").rows) for way in ("steps", "answer", "length"))
    assert found.provenance["analysis"]["family_size"] == total


def test_one_run_alone_and_three_runs(tmp_path: Path) -> None:
    asked = problems(120)
    one = analysed(tmp_path / "one", asked, lambda p: steps_of(p) < 3)
    assert one.sentence.startswith("The accuracy of base depends on: number of calculation steps")
    assert "it goes from 0% (3 steps) to 100% (1 step)" in one.sentence
    assert {t.name for t in one.tables if "accuracy" not in t.name} == set()
    three = analysed(tmp_path / "three", asked, *(lambda p, k=k: number(p) % 3 <= k for k in range(3)))
    assert three.table("breakdown_steps").column("label")[:2] == ("new: 1 step", "third: 1 step")
    assert len(three.table("breakdown_dependence").rows) == 6


def test_what_is_not_recorded(tmp_path: Path) -> None:
    asked = [*problems(30), *(Problem(f"p/{i}", f"Why {i}?", "no marks\n#### 3", Fraction(3)) for i in range(30, 40))]
    some = analysed(tmp_path / "some", asked, lambda p: number(p) % 2 == 0)
    assert "10 problems are not grouped by number of calculation steps, which is not recorded for them." in some.notes
    assert sum(some.table("breakdown_steps_accuracy").column("n")) == 30  # type: ignore[arg-type]
    alike = [Problem(f"p/{i}", f"Why {i}?", "#### 3", Fraction(3)) for i in range(10)]
    none = analysed(tmp_path / "none", alike, lambda p: number(p) > 2)
    assert none.sentence.startswith("Not answered")
    assert none.tables == ()
    with pytest.raises(InputError, match="needs a store"):
        breakdown.analyse(None)


def test_repeated_completions_and_what_a_page_adds(tmp_path: Path) -> None:
    asked = problems(40)

    def texts(share: int) -> Planted:
        return Planted([[f"\\boxed{{{p.gold + (k >= share)}}}" for k in range(4)] for p in asked])

    with planted(tmp_path, {"base": Planted(texts(1).texts), "new": texts(3)}, problems=asked) as store:
        found, outlook = further(store, ("base", "new"), ComparisonSettings())
    assert found.table("breakdown_steps").column("value") == pytest.approx([0.5] * 4)
    assert found.table("breakdown_steps_accuracy").column("y") == pytest.approx([0.25] * 4 + [0.75] * 4)
    assert any("the first one counts" in note for note in outlook.notes)
