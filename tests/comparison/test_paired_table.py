"""Records of a comparison: their JSON, their agreement with the methods, and the agreed verdicts."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.comparison.accuracy import accuracy_intervals
from evalsuite.comparison.paired_table import compare_table
from evalsuite.comparison.scores_only import compare_counts
from evalsuite.documents.accuracy import of_counts
from evalsuite.documents.scores_only import of_scores
from evalsuite.documents.two_runs import of_paired_table
from evalsuite.stats.decision import Verdict
from evalsuite.stats.multiplicity import holm
from evalsuite.stats.paired import PairedTable, mcnemar_exact
from evalsuite.stats.paired_intervals import fay_lumbard
from evalsuite.wording import paired_table, scores_only

SEED = PairedTable(both=1, wins=1, losses=0, neither=3)


def test_json_of_the_five_problem_case():
    found = of_paired_table(compare_table(SEED, base_label="base", new_label="GRPO")).as_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["schema"] == "evalsuite.compare/2"
    assert found["n_problems"] == 5
    assert found["table"] == {"both": 1, "wins": 1, "losses": 0, "neither": 3}
    assert (found["base"]["correct"], found["base"]["accuracy"]) == (1, 0.2)
    assert found["new"]["interval"]["method"] == "wilson"
    assert found["new"]["interval"]["low"] == pytest.approx(0.1176, abs=6e-5)
    assert found["difference"]["method"] == "fay_lumbard"
    assert found["difference"]["value"] == pytest.approx(0.2)
    assert [found["difference"]["low"], found["difference"]["high"]] == found["intervals"]["fay_lumbard"]
    assert found["difference"]["confidence_level"] == 0.95
    assert found["pvalues"] == pytest.approx(
        {
            "mcnemar_exact": 1,
            "mcnemar_midp": 0.5,
            "mcnemar_asymptotic": 0.3173,
            "mcnemar_exact_unconditional": 0.5663,
        },
        abs=6e-5,
    )
    assert set(found["intervals"]) == {"fay_lumbard", "tango", "newcombe", "bonett_price", "agresti_min"}
    assert found["probability_new_better"] == 0.75
    assert found["evalue"] == 1.0
    assert found["smallest_attainable_pvalue"] == 0.0625
    assert found["verdict"] == {"kind": "cannot resolve by design", "margin": None, "claims": [], "score_range": None}
    assert found["minimum_detectable_difference"] is None
    assert found["n_needed"] == 39
    assert found["n_needed_range"] == [39, 124]


@pytest.mark.parametrize(
    ("counts", "margin", "verdict"),
    [
        ((450, 80, 50, 739), None, Verdict("resolved gain")),
        ((450, 50, 80, 739), None, Verdict("resolved loss")),
        ((600, 50, 50, 619), 0.02, Verdict("equivalent", 0.02)),
        ((600, 50, 50, 619), 0.01, Verdict("unresolved")),
        ((600, 50, 50, 619), None, Verdict("unresolved")),
        ((10, 0, 1, 9), None, Verdict("unresolved")),
        ((1, 1, 0, 3), 0.02, Verdict("cannot resolve by design")),
        ((0, 5, 0, 0), None, Verdict("cannot resolve by design")),
        ((3, 0, 0, 2), 0.5, Verdict("equivalent", 0.5)),
        ((3, 0, 0, 2), 0.3, Verdict("cannot resolve by design")),
        ((0, 6, 0, 0), None, Verdict("resolved gain")),
    ],
)
def test_verdicts(counts, margin, verdict):
    assert compare_table(PairedTable(*counts), margin=margin).verdict == verdict


def test_borderline_is_said():
    found = compare_table(PairedTable(0, 4, 0, 16))
    assert found.methods_disagree
    assert "Borderline: the exact test and the Tango interval disagree" in paired_table.sentence(found)
    assert not compare_table(PairedTable(450, 80, 50, 739)).methods_disagree


def test_no_discordance_has_no_detectable_difference_of_zero():
    found = compare_table(PairedTable(700, 0, 0, 619))
    assert found.discordant_rate == pytest.approx(0.0028, abs=6e-5)
    assert found.minimum_detectable_difference is None
    assert (found.n_needed, found.n_needed_range) == (None, None)


def test_family_of_comparisons():
    tables = [PairedTable(450, 80, 50, 739), PairedTable(450, 70, 60, 739), PairedTable(450, 73, 49, 747)]
    adjusted = holm([mcnemar_exact(table).pvalue for table in tables])
    verdicts = [compare_table(t, adjusted_pvalue=p).verdict.kind for t, p in zip(tables, adjusted, strict=True)]
    assert verdicts == ["resolved gain", "unresolved", "unresolved"]
    assert compare_table(tables[2]).verdict.kind == "resolved gain"


@given(st.tuples(*[st.integers(0, 30)] * 4).filter(lambda t: sum(t) > 0), st.sampled_from([0.01, 0.05, 0.0625, 0.2]))
@settings(deadline=None, max_examples=12, derandomize=True)
def test_interval_and_verdict_never_contradict(counts, alpha):
    found = compare_table(PairedTable(*counts), alpha=alpha)
    low, high = found.difference.low, found.difference.high
    assert (low > 0) == (found.verdict.kind == "resolved gain")
    assert (high < 0) == (found.verdict.kind == "resolved loss")
    swapped = compare_table(PairedTable(*counts).swapped(), alpha=alpha)
    assert swapped.pvalues == found.pvalues
    assert swapped.n_needed == found.n_needed
    assert swapped.probability_new_better == pytest.approx(1 - found.probability_new_better)
    assert json.dumps(of_paired_table(found).as_dict(), allow_nan=False) == json.dumps(
        of_paired_table(compare_table(PairedTable(*counts), alpha=alpha)).as_dict()
    )


def test_counts_of_five_problems():
    found = of_scores(compare_counts((1, 5), (2, 5))).as_dict()
    assert [(p["wins"], p["losses"], p["pvalue"]) for p in found["pairings"]] == [(1, 0, 1.0), (2, 1, 1.0)]
    assert found["pairings"][0]["low"] == pytest.approx(-0.4507, abs=6e-5)
    assert found["verdict_depends_on_pairing"] is False
    assert found["verdict"] == {"kind": "cannot resolve by design", "margin": None, "claims": [], "score_range": None}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_counts_of_twenty_problems():
    found = compare_counts((11, 20), (10, 20))
    assert [p.pvalue for p in found.pairings] == [1.0] * 10
    assert [(p.wins, p.losses) for p in found.pairings] == [(k, k + 1) for k in range(10)]
    assert (found.pairings[-1].low, found.pairings[-1].high) == pytest.approx((-0.4885, 0.4036), abs=6e-5)
    assert found.verdict.kind == "unresolved"
    assert "\N{MINUS SIGN}25 to +14 pp" in scores_only.sentence(found)
    assert "\N{MINUS SIGN}49 to +40 pp" in scores_only.sentence(found)


def test_counts_whose_verdict_depends_on_the_pairing():
    found = compare_counts((500, 1319), (560, 1319))
    assert found.verdict is None
    assert found.verdict_depends_on_pairing
    assert (found.n_pairings, len(found.pairings)) == (501, 23)
    first, last = found.pairings[0], found.pairings[-1]
    assert (first.wins, first.losses) == (60, 0)
    assert (last.wins, last.losses) == (560, 500)
    for pairing in found.pairings[::20]:
        table = PairedTable(560 - pairing.wins, pairing.wins, pairing.losses, 1319 - 500 - pairing.wins)
        assert pairing.pvalue == mcnemar_exact(table).pvalue
        assert (pairing.low, pairing.high) == (fay_lumbard(table).low, fay_lumbard(table).high)
    assert (
        "depends on how many problems were answered differently: resolved gain with 60 to 906"
        in scores_only.sentence(found)
    )


@pytest.mark.parametrize(
    ("base", "new", "message"),
    [
        ((1, 5), (2, 20), "base attempted 5 problems and new 20"),
        ((6, 5), (2, 5), r"base needs .* \(6, 5\)"),
        ((1, 5), (-2, 5), r"new needs .* \(-2, 5\)"),
        ((0, 0), (0, 0), "total >= 1"),
    ],
)
def test_impossible_counts(base, new, message):
    with pytest.raises(ValueError, match=message):
        compare_counts(base, new)


def test_accuracy_intervals():
    found = of_counts(accuracy_intervals(11, 20)).as_dict()
    assert list(found["intervals"]) == ["wilson", "clopper_pearson", "jeffreys", "midp", "uniform"]
    assert found["intervals"]["midp"] == pytest.approx([0.3328, 0.7536], abs=6e-5)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(
    "counts", [(0, 0, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 5000, 0, 0), (5000, 0, 0, 0)]
)
def test_edges_are_plain_json(counts):
    found = of_paired_table(compare_table(PairedTable(*counts), margin=0.05)).as_dict()
    json.dumps(found, allow_nan=False)
    for low, high in found["intervals"].values():
        assert -1 <= low < high <= 1
