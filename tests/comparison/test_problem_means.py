from collections.abc import Sequence

import numpy as np
import pytest
from forbidden_words import forbidden_words
from scipy import stats

from evalsuite.comparison.pair import compare_pair
from evalsuite.comparison.paired_table import compare_table
from evalsuite.comparison.problem_means import MeanComparison, compare_means
from evalsuite.documents.two_runs import of_problem_means
from evalsuite.errors import ComparisonError
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.bounded_mean import bounded_mean
from evalsuite.stats.decision import Verdict
from evalsuite.stats.paired import PairedTable
from evalsuite.wording import problem_means


def run(
    label: str, successes: Sequence[int], attempts: Sequence[int] | int, clusters: Sequence[str] | None = None
) -> ScoreMatrix:
    made = np.broadcast_to(np.asarray(attempts), (len(successes),))
    index = np.arange(max(1, int(made.max())))[None, :]
    keys = tuple(map(str, range(len(successes))))
    correct = index < np.asarray(successes)[:, None]
    return ScoreMatrix(
        label=label,
        keys=keys,
        problem_ids=keys,
        correct=correct,
        present=index < made[:, None],
        truncated=np.zeros_like(correct),
        clusters=None if clusters is None else tuple(clusters),
    )


def test_four_completions_against_scipy_and_the_flips_of_six_problems() -> None:
    base, new = [2, 0, 4, 1, 1, 3], [3, 1, 4, 2, 0, 4]
    found = compare_means(run("base", base, 4), run("new", new, 4))
    d = (np.array(new) - np.array(base)) / 4
    reference = stats.ttest_1samp(d, 0)
    interval = reference.confidence_interval(0.95)
    assert found.difference.value == pytest.approx(0.125)
    t = found.intervals["t"]
    assert (t.low, t.high) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert found.difference == bounded_mean(d, bounds=(-1, 1)).estimate()
    assert found.pvalues["t"] == pytest.approx(reference.pvalue, abs=1e-12)
    assert found.pvalues["sign_flip"] == 24 / 64
    assert found.pvalues["within_problem_permutation"] == pytest.approx(0.45663, abs=1e-5)
    assert found.verdict.kind == "unresolved"
    assert found.variance is not None


def test_one_completion_of_independent_problems_agrees_with_the_paired_table() -> None:
    base = [1] * 5 + [0] * 9 + [1] * 2 + [0] * 14
    new = [1] * 5 + [1] * 9 + [0] * 2 + [0] * 14
    found = compare_means(run("base", base, 1), run("new", new, 1))
    exact = compare_table(PairedTable(5, 9, 2, 14))
    assert found.pvalues["sign_flip"] == pytest.approx(exact.pvalues["mcnemar_exact"], abs=1e-12)
    assert found.difference.value == exact.difference.value


def test_swapping_the_runs_mirrors_everything() -> None:
    rng = np.random.default_rng(4)
    base, new = rng.integers(0, 5, 40), rng.integers(0, 5, 40)
    one, other = (
        compare_means(run("a", x.tolist(), 4), run("b", y.tolist(), 4)) for x, y in ((base, new), (new, base))
    )
    assert one.difference.low == pytest.approx(-other.difference.high, abs=1e-12)
    assert one.pvalues == pytest.approx(other.pvalues)


def test_templates_widen_the_interval_when_their_problems_move_together() -> None:
    # Ten templates of ten problems; a whole template is won or lost.
    clusters = [f"t{i // 10}" for i in range(100)]
    base = [0] * 100
    new = [1 if (i // 10) % 2 else 0 for i in range(100)]
    apart = compare_means(run("base", base, 1), run("new", new, 1))
    together = compare_means(run("base", base, 1, clusters), run("new", new, 1, clusters))
    assert together.n_clusters == 10
    assert together.difference.high - together.difference.low > 2 * (apart.difference.high - apart.difference.low)
    # Five templates up and none down: 2 * 0.5**5.
    assert together.pvalues["sign_flip"] == pytest.approx(0.0625)
    assert together.verdict_pvalue == pytest.approx(0.0625)
    assert together.verdict.kind == "unresolved"
    assert apart.verdict.kind == "resolved gain"


def test_five_problems_are_too_few_groups_whatever_t_says() -> None:
    six = compare_means(run("base", [0] * 6, 4), run("new", [4] * 6, 4))
    assert six.verdict_pvalue == pytest.approx(2 / 64)
    assert six.verdict.kind == "resolved gain"
    five = compare_means(run("base", [0] * 5, 4), run("new", [4, 4, 4, 4, 3], 4))
    assert five.pvalues["t"] < 0.05
    assert five.verdict.kind == "too few independent groups"
    assert "Borderline" in problem_means.sentence(five)
    assert "with 5 problems, no possible outcome reaches p < 0.05" in problem_means.sentence(five)


def test_two_problems_with_other_numbers_of_completions_resolve_nothing() -> None:
    # t alone gave p = 0.042 on two problems, with 7 and 8 completions.
    found = compare_means(run("base", [0, 0], 7), run("new", [7, 8], 8))
    assert found.verdict.kind == "too few independent groups"
    assert found.smallest_attainable_pvalue == 0.5


def test_a_small_gain_on_every_problem_is_more_than_noise_and_not_a_loss() -> None:
    text = problem_means.sentence(compare_means(run("base", [0] * 20, 8), run("new", [1] * 20, 8)))
    assert "Unresolved for problems like these: of 20 problems 20 went up and 0 down" in text
    assert "For exactly this set of 20 problems, with only the completions left to chance: resolved gain" in text
    assert "compatible with a loss" not in text


def test_templates_come_from_whichever_run_has_them() -> None:
    clusters = [f"t{i // 4}" for i in range(40)]
    right = [1 if i % 8 < 4 else 0 for i in range(40)]
    plain, grouped = run("a", [0] * 40, 1), run("a", [0] * 40, 1, clusters)
    for base in (plain, grouped):
        for named in (None, clusters):
            if base.clusters is None and named is None:
                continue
            found = compare_pair(base, run("b", right, 1, named))
            back = compare_pair(run("b", right, 1, named), base)
            assert isinstance(found, MeanComparison)
            assert found.n_clusters == 10
            assert back.verdict_pvalue == pytest.approx(found.verdict_pvalue)
    renamed = [c.upper() for c in clusters]
    assert compare_pair(grouped, run("b", right, 1, renamed)).verdict_pvalue == pytest.approx(
        compare_pair(plain, run("b", right, 1, clusters)).verdict_pvalue
    )
    with pytest.raises(ComparisonError, match=r"a and b put .* different templates, such as 4 .*, 8 .*, 9 "):
        compare_pair(grouped, run("b", right, 1, [f"t{i // 5}" for i in range(40)]))


def test_a_loss_on_each_problem_is_not_equivalence() -> None:
    # A rounding fault claimed equivalence within 20 points here.
    found = compare_means(run("base", [0] * 6, 8), run("new", [1] * 6, 8), margin=0.2)
    assert found.verdict.claims == ()
    alike = compare_means(run("base", [3] * 200, 8), run("new", [3] * 200, 8), margin=0.05)
    moved = compare_means(run("base", [3] * 200, 8), run("new", [4] + [3] * 199, 8), margin=0.05)
    assert alike.verdict.kind == moved.verdict.kind == "equivalent"


def test_any_numbers_of_completions_get_an_answer() -> None:
    rng = np.random.default_rng(3)
    attempts = rng.integers(5, 9, (2, 1319))
    runs = [
        run(name, rng.binomial(made, 0.4).tolist(), made.tolist()) for name, made in zip("ab", attempts, strict=True)
    ]
    assert compare_pair(*runs).verdict.kind in ("unresolved", "resolved gain", "resolved loss")


def test_margin_gives_equivalence_only_with_a_narrow_interval() -> None:
    rng = np.random.default_rng(1)
    flips = rng.permutation(np.repeat([1, -1, 0], [20, 20, 1960]))
    base = np.full(2000, 2)
    found = compare_means(run("base", base.tolist(), 4), run("new", (base + flips).tolist(), 4), margin=0.01)
    assert found.verdict == Verdict("equivalent", 0.01)
    wide = compare_means(run("base", [2, 0, 4, 1], 4), run("new", [3, 0, 4, 0], 4), margin=0.01)
    assert wide.verdict.kind != "equivalent"


@pytest.mark.parametrize(
    ("base", "new", "attempts"),
    [
        ([0], [0], 1),
        ([4], [4], 4),
        ([0, 0, 0], [0, 0, 0], 4),
        ([4, 4, 4], [4, 4, 4], 4),
        ([0, 0], [4, 4], 4),
        ([1, 0, 3], [1, 1, 0], [1, 8, 4]),
        ([1, 0, 0], [1, 1, 0], [4, 4, 0]),
    ],
)
def test_edges_give_numbers_with_width(base: list[int], new: list[int], attempts: list[int] | int) -> None:
    found = compare_means(run("base", base, attempts), run("new", new, attempts))
    assert -1 <= found.difference.low < found.difference.high <= 1
    assert found.difference.low <= found.difference.value <= found.difference.high
    assert all(0 <= p <= 1 for p in found.pvalues.values())
    assert not forbidden_words(problem_means.sentence(found))
    assert ("t test p" in problem_means.sentence(found)) == ("t" in found.pvalues)
    assert of_problem_means(found).as_dict()["verdict"] == {
        "kind": found.verdict.kind,
        "margin": None,
        "claims": [],
        "score_range": None,
    }


def test_unequal_completions_have_no_flips_but_a_permutation() -> None:
    base, new = run("base", [1, 2, 0], [2, 4, 3]), run("new", [2, 2, 1], [4, 4, 3])
    found = compare_means(base, new)
    assert "sign_flip" not in found.pvalues
    assert 0 < found.pvalues["within_problem_permutation"] <= 1


def test_equivalence_without_any_difference_needs_enough_problems() -> None:
    few = compare_means(run("base", [2] * 20, 4), run("new", [2] * 20, 4), margin=0.02)
    many = compare_means(run("base", [2] * 400, 4), run("new", [2] * 400, 4), margin=0.02)
    assert few.verdict.kind == "unresolved"
    assert many.verdict.kind == "equivalent"
