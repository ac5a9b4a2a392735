"""The verdicts and their precedence."""

import itertools

import pytest

from evalsuite.stats.decision import Verdict, decide


@pytest.mark.parametrize(
    ("difference", "pvalue", "options", "label"),
    [
        (0.02, 0.01, {}, "resolved gain"),
        (-0.02, 0.01, {}, "resolved loss"),
        (0.02, 0.05, {}, "unresolved"),
        (0.2, 1.0, {"smallest_pvalue": 0.0625}, "cannot resolve by design"),
        (0.2, 1.0, {"smallest_pvalue": 0.05}, "cannot resolve by design"),
        (0.0, 1.0, {"margin": 0.02, "equivalence_pvalue": 0.01}, "equivalent"),
        (0.0, 1.0, {"equivalence_pvalue": 0.05}, "unresolved"),
        (0.0, 1.0, {"margin": 0.02, "equivalence_pvalue": 0.01, "smallest_pvalue": 0.0625}, "equivalent"),
        (0.01, 0.01, {"margin": 0.02, "equivalence_pvalue": 0.01}, "resolved gain"),
        (0.02, 0.01, {"identified": False}, "resolved gain"),
        (0.02, 0.2, {"identified": False}, "not identified"),
        (0.2, 1.0, {"smallest_pvalue": 0.0625, "grouped": True}, "too few independent groups"),
        (0.0, 1.0, {"identified": False, "margin": 0.02, "equivalence_pvalue": 0.001}, "equivalent"),
        (0.02, 0.01, {"alpha": 0.01}, "unresolved"),
    ],
)
def test_labels(difference, pvalue, options, label):
    assert decide(difference, pvalue, **({"smallest_pvalue": 1e-9} | options)).kind == label


def test_every_input_has_a_label_and_swapping_arms_swaps_it():
    swapped = {"resolved gain": "resolved loss", "resolved loss": "resolved gain"}
    for difference, pvalue, smallest, similar, identified in itertools.product(
        (-0.1, 0.0, 0.1), (0, 0.04, 1), (0, 0.5), (None, 0.01, 0.5), (True, False)
    ):
        options = {"smallest_pvalue": smallest, "equivalence_pvalue": similar, "identified": identified, "margin": 0.02}
        kind = decide(difference, pvalue, **options).kind
        assert decide(-difference, pvalue, **options).kind == swapped.get(kind, kind)


def test_equivalence_alone_carries_its_margin():
    found = decide(0.0, 1.0, smallest_pvalue=1e-9, margin=0.02, equivalence_pvalue=0.01)
    assert found == Verdict("equivalent", 0.02)
    assert decide(0.0, 1.0, smallest_pvalue=1e-9, margin=0.02, equivalence_pvalue=0.5).margin is None
    for kind, margin in (("equivalent", None), ("unresolved", 0.02)):
        with pytest.raises(ValueError, match="need the margin"):
            Verdict(kind, margin)


def test_bad_values_are_named():
    with pytest.raises(ValueError, match=r"pvalue must lie in \[0, 1\], got nan"):
        decide(0.1, float("nan"), smallest_pvalue=0.1)
    with pytest.raises(ValueError, match="alpha"):
        decide(0.1, 0.5, smallest_pvalue=0.1, alpha=5)


def test_a_claim_stands_beside_what_is_resolved():
    found = decide(0.01, 0.001, smallest_pvalue=0, margin=0.02, equivalence_pvalue=0.01, no_worse_pvalue=0.001)
    assert (found.kind, found.claims, found.margin) == ("resolved gain", ("equivalent", "no worse"), 0.02)
    open_ = decide(0.01, 0.2, smallest_pvalue=0, margin=0.02, equivalence_pvalue=0.2, no_worse_pvalue=0.01)
    assert (open_.kind, open_.claims) == ("unresolved", ("no worse",))


@pytest.mark.parametrize("alpha", [0.0, 1e-13, 0.5, 0.8, float("nan")])
def test_levels_without_meaning_are_refused(alpha):
    with pytest.raises(ValueError, match="alpha"):
        decide(0.1, 0.5, smallest_pvalue=0.1, alpha=alpha)
