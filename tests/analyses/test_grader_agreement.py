"""The audit of graders, and the sensitivity of a comparison, on stores whose texts were written for them."""

from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words
from planted import Planted, boxed, plain, planted
from statsmodels.stats.inter_rater import cohens_kappa

from analyses import grader_agreement
from analyses.model_comparison import analysis as model_comparison
from evalsuite.errors import InputError
from evalsuite.grading.graders import ALL_GRADERS
from evalsuite.stats.decision import Verdict
from evalsuite.stats.result import Estimate
from evalsuite.wording.verdicts import interval_text
from reports.answer import answer


def both_ways(i: int, *, right: bool = True) -> str:
    """A text that every grader reads alike."""
    n = i + 2 + (not right)
    return f"<answer>\\boxed{{{n}}}</answer> The answer is \\boxed{{{n}}}.\n#### {n}"


def test_the_matrix_and_the_disputed_problems(tmp_path: Path) -> None:
    # Thirty boxed answers, of which the last whitespace-separated number is none, and ten that all graders read.
    texts = [[boxed(i) if i < 30 else both_ways(i)] for i in range(40)]
    with planted(tmp_path, {"run": Planted(texts)}) as store:
        found = grader_agreement.analyse(store, ("run",))
    assert not forbidden_words(" ".join((found.sentence, *found.notes, *(t.note for t in found.tables))))
    assert found.sentence.startswith("On 30 of 40 problems the graders disagree about run")
    matrix = found.table("agreement_matrix_1")
    share = {(row["label"], grader): cell for row in matrix.records() for grader, cell in row.items()}
    assert share["boxed", "strict"] == share["strict", "boxed"] == 0.75
    assert share["boxed", "last_number"] == share["boxed", "boxed"] == 0
    assert len(found.table("grader_disputed").rows) == 30
    assert len(found.problems) == 30
    [figure] = found.figures
    assert (figure.kind, figure.table) == ("matrix", "agreement_matrix_1")


def test_it_stays_quiet_where_all_graders_agree(tmp_path: Path) -> None:
    texts = [[both_ways(i, right=i % 2 == 0)] for i in range(20)]
    with planted(tmp_path, {"run": Planted(texts)}) as store:
        found = grader_agreement.analyse(store, ("run",))
    assert found.sentence == f"All {len(ALL_GRADERS)} graders agree on every completion of run."
    assert found.table("grader_disputed").rows == ()
    assert set(found.table("graders").column("k")) == {10}
    matrix = found.table("agreement_matrix_1")
    assert all(cell == 0 for grader in ALL_GRADERS for cell in matrix.column(grader.name))


def test_kappa_is_that_of_statsmodels_and_comes_with_prevalence(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    right, framed = rng.random((2, 60)) < [[0.7], [0.6]]
    texts = [[(boxed if f else plain)(i, right=bool(r))] for i, (r, f) in enumerate(zip(right, framed, strict=True))]
    with planted(tmp_path, {"run": Planted(texts)}) as store:
        found = grader_agreement.analyse(store, ("run",))
    row = found.table("agreement_kappa").record(grader="last_number")
    both, only_other = int((right & framed).sum()), int((right & ~framed).sum())
    counts = [[both, 0], [only_other, 60 - both - only_other]]
    assert [row["both"], row["only_reported"], row["only_other"], row["neither"]] == [*counts[0], *counts[1]]
    oracle = cohens_kappa(counts)
    assert (row["kappa"], row["kappa_low"], row["kappa_high"]) == pytest.approx(
        (oracle.kappa, oracle.kappa_low, oracle.kappa_upp)
    )
    assert row["prevalence"] == pytest.approx(abs(both - counts[1][1]) / 60)
    assert row["adjusted"] == pytest.approx(2 * (both + counts[1][1]) / 60 - 1)
    # No text has "####" or tags: these graders read nothing, and would only disagree with all others.
    assert {"strict", "tagged"}.isdisjoint(found.table("graders").column("grader"))
    assert any("find no answer in any completion: strict, tagged" in note for note in found.notes)


def test_a_gain_that_is_only_format_is_said_in_one_sentence(tmp_path: Path) -> None:
    base = [[plain(i, right=i < 60)] for i in range(100)]
    new = [[boxed(i, right=i < 60)] for i in range(100)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}, grader="tutorial") as store:
        compared = model_comparison.analyse(store, ("base", "new"), seed=0)
        audited = grader_agreement.analyse(store, ("base", "new"))
    [depends] = [note for note in compared.notes if note.startswith("The verdict on new depends on the grader")]
    assert "resolved gain under boxed, tutorial; unresolved under last_number;" in depends
    [(kind, said)] = [(c.kind, c.text) for c in compared.cautions]
    assert kind == "format"
    of_format = "is a matter of format: +60 pp (95% CI +46 to +71 pp) comes from how the answer is written"
    assert said.startswith(f"The gain of new under `tutorial` (+60 pp) {of_format}")
    assert said in audited.sentence
    assert not forbidden_words(" ".join((*compared.notes, audited.sentence)))
    kinds = {row["label"]: row["verdict"].kind for row in compared.table("grader_difference").records()}
    assert kinds == {"boxed": "resolved gain", "last_number": "unresolved", "tutorial": "resolved gain"}
    assert set(audited.table("grader_difference").column("label")) < {g.name for g in ALL_GRADERS}
    assert {f.name for f in compared.figures} >= {"difference", "grader_difference"}


def test_a_gain_under_every_grader_is_not_called_format(tmp_path: Path) -> None:
    base = [[both_ways(i, right=i < 20)] for i in range(100)]
    new = [[both_ways(i, right=i < 60)] for i in range(100)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        compared = model_comparison.analyse(store, ("base", "new"), seed=0)
        audited = grader_agreement.analyse(store, ("base", "new"))
    assert not any("depends on the grader" in note or "format" in note for note in compared.notes)
    assert compared.cautions == ()
    assert f"new: resolved gain under all of {len(ALL_GRADERS)} graders; the difference is +40 pp." in (
        audited.sentence
    )


def test_a_gain_that_another_grader_turns_round_is_a_caution(tmp_path: Path) -> None:
    base = [[plain(i, right=True)] for i in range(100)]
    new = [[boxed(i, right=True)] if i < 60 else [plain(i, right=False)] for i in range(100)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}, grader="boxed") as store:
        compared = model_comparison.analyse(store, ("base", "new"), seed=0)
    assert compared.verdict == Verdict("resolved gain")
    said = {c.kind: c.text for c in compared.cautions}
    assert set(said) == {"format", "grader"}
    assert "resolved loss under last_number" in said["grader"]
    assert said["grader"] not in compared.notes
    view = answer(compared, key="a1")
    assert view.marks == ("a matter of format", "the grader decides")
    assert view.plain == "More answers count as correct here, and the way they are written can explain it."


def test_the_reported_row_is_the_comparison_itself(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    one, two = ([[boxed(i, right=bool(r))] for i, r in enumerate(rng.random(60) < p)] for p in (0.4, 0.6))
    with planted(tmp_path, {"base": Planted(one), "new": Planted(two)}) as store:
        found = model_comparison.analyse(store, ("base", "new"), seed=0)
    row = found.table("grader_difference").record(label="boxed")
    reported = found.estimates["difference_new"]
    assert (row["low"], row["value"], row["high"]) == (reported.low, reported.value, reported.high)
    assert row["pvalue"] == found.tests["mcnemar_exact_new"].pvalue
    assert row["verdict"] == found.verdict


def test_several_new_runs_are_adjusted_for_one_another(tmp_path: Path) -> None:
    runs = {
        "base": Planted([[boxed(i, right=i < 20)] for i in range(60)]),
        "one": Planted([[boxed(i, right=i < 27)] for i in range(60)]),
        "two": Planted([[boxed(i, right=i < 22)] for i in range(60)]),
    }
    with planted(tmp_path, runs) as store:
        found = model_comparison.analyse(store, ("base", "one", "two"), seed=0)
    rows = {row["label"]: row for row in found.table("grader_difference").records()}
    assert set(rows) == {f"{g}, {r}" for g in ("boxed", "last_number", "tutorial") for r in ("one", "two")}
    # 7 to 0 has p = 2/128; of two comparisons the smaller p is doubled.
    assert rows["boxed, one"]["pvalue"] == pytest.approx(4 / 128)


def test_several_completions_use_problem_means(tmp_path: Path) -> None:
    base = [[boxed(i), plain(i)] for i in range(12)]
    new = [[boxed(i), boxed(i, right=i % 2 == 0)] for i in range(12)]
    with planted(tmp_path, {"base": Planted(base), "new": Planted(new)}) as store:
        found = grader_agreement.analyse(store, ("base", "new"))
    rows = {row["label"]: (row["base"], row["new"]) for row in found.table("grader_difference").records()}
    assert rows["boxed"] == (0.5, 0.75)
    assert rows["last_number"] == (1.0, 0.75)
    assert any("first completion of each problem" in note for note in found.notes)


def test_lucky_credit_to_cut_texts_is_counted(tmp_path: Path) -> None:
    texts = [[f"So we get {i + 2}[cut]" if i < 7 else boxed(i)] for i in range(20)]
    with planted(tmp_path, {"run": Planted(texts)}) as store:
        found = grader_agreement.analyse(store, ("run",))
    assert any("no other grader of this suite credits 7 of run" in note for note in found.notes)


def test_holes_are_refused_in_the_users_words() -> None:
    with pytest.raises(InputError, match="at least one run"):
        grader_agreement.analyse(None)


def test_interval_text() -> None:
    estimate = Estimate(0.023, 0.006, 0.04, 0.95, "t", 1319)
    assert interval_text(estimate) == "+2.3 pp (95% CI +0.6 to +4.0 pp)"
