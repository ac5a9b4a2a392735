"""What holds on these very problems, beside the verdict on problems like these."""

import numpy as np
import pytest
from forbidden_words import forbidden_words

from evalsuite.comparison.pair import adjust_family, compare_pair
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.documents.two_runs import of_problem_means
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.multiplicity import holm
from evalsuite.wording import problem_means
from evalsuite.wording.language import language


def run(label: str, right: list[int], made: list[int], clusters: list[str] | None = None) -> ScoreMatrix:
    place, keys = np.arange(max(made)), tuple(map(str, range(len(right))))
    correct, present = place < np.array(right)[:, None], place < np.array(made)[:, None]
    groups = None if clusters is None else tuple(clusters)
    return ScoreMatrix(label, keys, keys, correct, present, np.zeros_like(correct), clusters=groups)


def compared(*runs: ScoreMatrix) -> MeanComparison:
    found = compare_pair(*runs)
    assert isinstance(found, MeanComparison)
    return found


def test_a_gain_on_these_problems_is_resolved_where_problems_like_these_leave_it_open() -> None:
    found = compared(run("base", [0] * 20, [8] * 20), run("new", [1] * 20, [8] * 20))
    here = found.on_these_problems
    assert here is not None
    assert found.verdict.kind == "unresolved"
    assert here.verdict.kind == "resolved gain"
    assert here.pvalue == pytest.approx(2 / 2**20)
    assert here.difference.low > 0 > found.difference.low
    text = problem_means.sentence(found)
    assert "Unresolved for problems like these: of 20 problems 20 went up and 0 down" in text
    assert (
        "For exactly this set of 20 problems, with only the completions left to chance: resolved gain, "
        "95% CI +7 to +19 pp, p" in text
    )
    assert not forbidden_words(text)
    document = of_problem_means(found).as_dict()
    assert document["on_these_problems"]["verdict"]["kind"] == "resolved gain"
    assert document["verdict"]["kind"] == "unresolved"
    with language("zh"):
        assert "就这 20 道题本身" in problem_means.sentence(found)


def test_problems_with_fewer_completions_are_named() -> None:
    found = compared(run("base", [0] * 20, [8] * 20), run("new", [1] * 20, [8] * 19 + [1]))
    text = problem_means.sentence(found)
    assert "the 19 problems with 8 or more completions in both runs): resolved gain, a difference of +12 pp" in text
    assert of_problem_means(found).as_dict()["on_these_problems"]["n_left_out"] == 1


def test_templates_do_not_widen_what_is_said_of_these_problems() -> None:
    clusters = [f"t{i // 10}" for i in range(100)]
    new = [1 if (i // 10) % 2 else 0 for i in range(100)]
    found = compared(run("base", [0] * 100, [1] * 100, clusters), run("new", new, [1] * 100, clusters))
    assert found.on_these_problems is not None
    assert found.verdict.kind == "unresolved"
    assert found.on_these_problems.pvalue == pytest.approx(2 / 2**50)


def test_it_is_silent_where_it_says_nothing_of_its_own() -> None:
    cut = compare_pair(run("a", [2] * 9, [4] * 9), run("b", [1] * 9, [4] * 9), without_cap=True)
    assert isinstance(cut, MeanComparison)
    assert cut.on_these_problems is None
    single = compared(run("a", [1, 0, 0], [1, 1, 1]), run("b", [1, 1, 0], [1, 1, 0]))
    assert single.on_these_problems is None
    assert "very set" not in problem_means.sentence(single)


def test_several_new_runs_are_one_family_here_too() -> None:
    base, made = run("base", [0] * 20, [8] * 20), [8] * 20
    new = [run("c1", [1] * 6 + [0] * 14, made), run("c2", [1] * 20, made), run("c3", [0] * 20, made)]
    family = [c.on_these_problems for c in adjust_family([compared(base, one) for one in new])]  # type: ignore[union-attr]
    assert [h.verdict.kind for h in family if h] == ["unresolved", "resolved gain", "unresolved"]
    pvalues = [compared(base, one).on_these_problems.pvalue for one in new]  # type: ignore[union-attr]
    assert [h.adjusted_pvalue for h in family if h] == pytest.approx(list(holm(pvalues)))
    assert pvalues[0] < 0.05 < family[0].adjusted_pvalue  # type: ignore[operator,union-attr]
