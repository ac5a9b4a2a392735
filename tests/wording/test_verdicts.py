"""Forbidden phrases are found, and no sentence of the code contains one."""

import itertools
import re
from dataclasses import replace
from typing import get_args

import pytest
from forbidden_words import forbidden_words

from evalsuite.comparison.paired_table import compare_table
from evalsuite.comparison.planning import plan, plan_for_n
from evalsuite.comparison.scores_only import compare_counts
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.worst_case import difference_without_cap
from evalsuite.wording import paired_table, planning, scores_only, verdicts
from evalsuite.wording.language import language


@pytest.mark.parametrize(
    "text",
    [
        "There is no difference.",
        "no real difference between them",
        "no <b>difference</b>",
        "no\n   difference",
        "They tied for first place.",
        "the runs are tied",
        "the comparison ended in a tie",
        "The null is accepted.",
        "the null hypothesis was accepted; we accept the null",
        "This proves a gain.",
        "a proven gain",
        "a trend toward improvement",
        "trending towards improvement",
        "marginally significant",
        "The gap was not significant, so the models are equal.",
        "a significant gain",
        "Δ = +2 pp, significantly better",
        "There is a 95% probability that the interval holds the truth.",
        "a 95 % probability",
    ],
)
def test_forbidden_phrases_are_found(text):
    assert forbidden_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "Unresolved: anything from a loss of 4 pp to a gain of 5 pp is compatible with these data.",
        "Δ = +2 pp, 95% CI +1 to +3 pp: significant after correction",
        "an improved prompt, approved and entitled, untied properties, with 80% power",
        "equivalent within ±2 pp (90% CI)",
        "He buys a tie and two shirts.",
        "P(new better) = 0.75 under a uniform prior",
    ],
)
def test_careful_sentences_pass(text):
    assert forbidden_words(text) == ()


SMALL = [
    PairedTable((n - b - c) // 2, b, c, n - b - c - (n - b - c) // 2)
    for n in (1, 2, 5, 6, 9)
    for b, c in itertools.product(range(n + 1), repeat=2)
    if b + c <= n
]
LARGE = [
    PairedTable(*counts)
    for counts in [
        (450, 80, 50, 739), (450, 50, 80, 739), (600, 50, 50, 619), (600, 51, 50, 618), (0, 1319, 0, 0),
        (0, 0, 1319, 0), (1319, 0, 0, 0), (100, 264, 0, 955), (0, 4, 0, 16), (10, 0, 1, 9), (1200, 1, 0, 118),
        (0, 2500, 2500, 0),
    ]
]  # fmt: skip


# A number that is none, a hyphen for a minus, an exponent, doubled marks, a plural of one.
BLUNDER = re.compile(r"nan|None|\binf\b|  |\.\.|(?<![a-z])-|e-\d|(?<!of) 1 problems")


def check(sentence):
    assert forbidden_words(sentence) == ()
    assert not BLUNDER.search(sentence), sentence


@pytest.mark.parametrize("margin", [None, 0.02, 0.45])
def test_every_table_sentence(margin):
    seen = set()
    for table in [*SMALL[:: 2 if margin is None else 5], *LARGE]:
        found = compare_table(table, margin=margin)
        seen.add(found.verdict.kind)
        check(paired_table.sentence(found))
    expected = {"resolved gain", "resolved loss", "cannot resolve by design", "unresolved"}
    assert seen == (expected if margin is None else expected | {"equivalent"})


def test_family_and_truncation_sentences():
    table = PairedTable(450, 80, 50, 739)
    adjusted = compare_table(table, adjusted_pvalue=0.2)
    assert adjusted.verdict.kind == "unresolved"
    assert "p = 0.20 after adjustment for the number of comparisons" in paired_table.sentence(adjusted)
    worst = difference_without_cap([0] * 20, [1] * 6 + [0] * 14, [1] * 10 + [0] * 10, [0] * 20)
    hidden = compare_table(PairedTable(0, 10, 0, 10), without_cap=replace(worst, lowest=-0.1, pvalue=1.0, low=-0.4))
    assert hidden.verdict.kind == "not identified"
    assert "token limit" in paired_table.sentence(hidden)
    check(paired_table.sentence(adjusted))
    check(paired_table.sentence(hidden))


def test_every_count_sentence():
    for n in (1, 5, 7):
        for old, late in itertools.product(range(n + 1), repeat=2):
            check(scores_only.sentence(compare_counts((old, n), (late, n))))
    check(scores_only.sentence(compare_counts((500, 1319), (560, 1319))))


def test_plan_sentences():
    for base, new, completions in [(0.2, 0.4, 1), (0.4, 0.2, 4), (0.45, 0.46, 1), (0.0, 0.05, 1), (0.05, 0.6, 2)]:
        check(planning.sample_size(plan(base, new, completions=completions)))
    for n in (1, 5, 20, 200):
        check(planning.detection(plan_for_n(n)))


def test_order_of_a_sentence():
    sentence = paired_table.sentence(compare_table(PairedTable(both=1, wins=1, losses=0, neither=3), new_label="GRPO"))
    assert sentence.startswith(
        "GRPO answered 2 of 5 problems correctly, base 1 (1 won, 0 lost): a difference of +20 pp, "
        "95% CI \N{MINUS SIGN}45 to +72 pp (Fay–Lumbard; Tango \N{MINUS SIGN}32 to +62 pp). "
        "Cannot resolve by design: with 5 problems, no possible outcome reaches p < 0.05. Exact McNemar p = 1 "
        "(mid-p = 0.50). If the models were equally good, GRPO would lead by this much or more in 19% to 38% of such "
        "comparisons"
    )
    parts = ["1 won", "95% CI", "Cannot resolve", "Exact McNemar", "80% power", "39 to 124 problems"]
    places = [sentence.index(part) for part in parts]
    assert places == sorted(places)


def test_labels():
    assert verdicts.verdict_label(Verdict("equivalent", 0.005)) == "equivalent within ±0.5 pp"
    assert verdicts.verdict_label(Verdict("unresolved")) == "unresolved"
    assert set(verdicts.LABELS) == set(get_args(VerdictKind))
    with language("zh"):
        assert verdicts.verdict_label(Verdict("equivalent", 0.02)) == "在 ±2 个百分点内等价"


def test_no_sentence_loses_a_number() -> None:
    # Limits that round to zero used to leave "a loss of  pp": every small table, and the borderline larger ones.
    tables = [PairedTable(3, b, c, 2) for b in range(14) for c in range(14)] + [PairedTable(40, 11, 3, 6)]
    for table in tables:
        for alpha in (0.05, 0.01):
            sentence = paired_table.sentence(compare_table(table, alpha=alpha, margin=0.01))
            assert not re.search(r"of\s+pp|of \.|\bof 0(\.0+)? pp and", sentence), sentence


def test_a_margin_that_is_not_met_is_mentioned() -> None:
    sentence = paired_table.sentence(compare_table(PairedTable(600, 50, 50, 619), margin=0.01))
    assert "Not shown to be no worse than −1 pp (p = 0.1" in sentence
    assert "Equivalence within ±1 pp is not shown: 90% CI −1.3 to +1.3 pp, p = 0.1" in sentence
    assert "equivalent" not in paired_table.sentence(compare_table(PairedTable(600, 50, 50, 619)))


def test_no_limit_is_rounded_to_the_margin_that_it_misses_or_keeps() -> None:
    """Rounded alike, "not within ±5 pp: −5 to +5 pp" would contradict itself."""
    clauses = 0
    for b, c, margin in itertools.product(range(9), range(9), (0.03, 0.04, 0.05, 0.1)):
        sentence = paired_table.sentence(compare_table(PairedTable(50, b, c, 44), margin=margin))
        for limits in re.findall(r"90% CI,? ([^p]*) pp", sentence):
            clauses += 1
            assert not {end.lstrip("+−") for end in limits.split(" to ")} & {f"{100 * margin:.0f}"}, sentence
    assert clauses > 200
