"""The sentence names exactly the methods that put zero on the other side."""

from types import SimpleNamespace
from typing import Any, cast

from analyses.model_comparison.method_agreement import agreement_sentence
from evalsuite.comparison.paired_table import compare_table
from evalsuite.stats.paired import PairedTable
from evalsuite.wording.method_names import METHOD_NAMES


def said(*cells: tuple[int, int, int, int]) -> str:
    labels = [f"run {i}" for i in range(len(cells))]
    found = [compare_table(PairedTable(*c), new_label=label) for c, label in zip(cells, labels, strict=True)]
    intervals = [[*((METHOD_NAMES[name], e) for name, e in c.intervals.items()), ("no interval", None)] for c in found]
    compared = cast("Any", SimpleNamespace(comparisons=tuple(found)))
    return agreement_sentence(compared, intervals)


def test_five_wins_without_a_loss_divide_the_methods() -> None:
    # Exact McNemar 2 / 2**5 = 0.0625; score (b - c)**2 / (b + c) = 5 > 3.84 and mid-p 0.03125 reject.
    text = said((20, 5, 0, 25))
    assert text.startswith("The method behind the verdict does not rule out zero; these do: ")
    named = text.split(": ", 1)[1]
    assert "Tango score" in named
    assert "McNemar, mid-p" in named
    assert "McNemar, asymptotic" in named
    assert "Fay–Lumbard" not in named
    assert "exact conditional" not in named


def test_clear_cases_agree() -> None:
    assert said((450, 200, 60, 609)).endswith("methods agree: zero is ruled out.")
    assert said((450, 100, 100, 669)).endswith("methods agree: zero is not ruled out.")
    # Five intervals and four tests; a method without interval says nothing.
    assert said((450, 100, 100, 669)).startswith("All 9 methods agree")


def test_each_comparison_speaks_for_itself() -> None:
    text = said((450, 200, 60, 609), (20, 5, 0, 25))
    first, second = text.split("run 1: ")
    assert first.startswith("run 0: All 9 ")
    assert second.startswith("The method behind the verdict does not rule out zero")
