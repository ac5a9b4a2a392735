"""Pages and commands on runs whose grader gives partial credit: they speak of mean scores, and nothing crashes."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from planted import Planted, planted

from analyses.catalogue import ANALYSES, Analysis
from analyses.model_comparison import analysis as model_comparison
from analyses.model_comparison.companions import further
from analyses.runs.accuracy import accuracy_of_run
from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import pair_runs
from analyses.seed_comparison import analysis as seed_comparison
from evalsuite.documents.accuracy import of_run
from evalsuite.documents.stored_runs import of_stored_runs
from evalsuite.errors import EvalsuiteError
from evalsuite.evaluation.regrading import grade_run
from evalsuite.evaluation.score_graders import SCORE_GRADERS
from evalsuite.findings import Findings, Table
from evalsuite.records import Problem
from evalsuite.settings import ComparisonSettings, SeedOptions
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store
from reports.drawing import picture
from reports.headline import headline_range

N = 40
STEPS = ComparisonSettings(grader="steps", margin=0.3)


def problem(i: int) -> Problem:
    worked = f"{i} + 2 = <<{i}+2={i + 2}>>{i + 2}\n{i + 2} + 3 = <<{i + 2}+3={i + 5}>>{i + 5}\n#### {i + 5}"
    return Problem(f"p/{i}", f"What is {i} + 2 + 3?", worked, Fraction(i + 5))


def text(i: int, *, first: bool, second: bool) -> str:
    return f"{i} + 2 = {i + 2 + (not first)} and {i + 2} + 3 = {i + 5 + (not second)}. \\boxed{{{i + 5 + i % 2}}}."


def run(share: float, completions: int, seed: int) -> Planted:
    right = np.random.default_rng(seed).random((N, completions, 2)) < share
    texts = [[text(i, first=bool(a), second=bool(b)) for a, b in own] for i, own in enumerate(right)]
    return Planted(texts, weights=f"w{seed}")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    runs = {"base": run(0.3, 1, 1), "new": run(0.9, 1, 2), "several": run(0.4, 3, 3), "other": run(0.9, 1, 4)}
    with planted(tmp_path_factory.mktemp("scores"), runs, problems=[problem(i) for i in range(N)]) as reader:
        path = reader.path
    with Store.writer(path) as writer:
        for label in runs:
            assert grade_run(writer, find_run(writer, label), SCORE_GRADERS) == N * len(runs[label].texts[0])
    with Store.reader(path) as reader:
        yield reader


def words(found: Findings) -> str:
    shown = {**asdict(found), "provenance": None, "problems": None, "name": None}
    # The note that says what needs verdicts has to name them.
    shown["notes"] = [note for note in found.notes if "need verdicts" not in note]
    kept = [(t.title, t.note, [c.title for c in t.columns], t.rows) for t in found.tables if t.name != "prompts"]
    return json.dumps([shown["question"], shown["estimand"], shown["sentence"], shown["notes"], kept], default=str)


@pytest.mark.parametrize("names", [("base", "new"), ("base", "several"), ("base", "new", "several")])
def test_the_page_speaks_of_mean_scores(store: Store, names: tuple[str, ...]) -> None:
    found = model_comparison.analyse(store, names, STEPS)
    assert not re.search(r"accurac|\bright\b|\bsolved\b|\bpp\b|percent|McNemar", words(found))
    assert "mean score" in words(found)
    assert {"mean_scores", "difference", "methods", "tests", "power", "paired"} <= {t.name for t in found.tables}
    assert further(store, names, STEPS) == ()
    assert "score" in found.problems[0].completions[0].outcome


def test_a_planted_gain_is_found_and_a_run_like_itself_is_not(store: Store) -> None:
    found = model_comparison.analyse(store, ("base", "new"), STEPS)
    assert found.verdict is not None
    assert found.verdict.kind == "resolved gain"
    alike = model_comparison.analyse(store, ("new", "other"), STEPS)
    assert alike.verdict is not None
    assert alike.verdict.kind in ("unresolved", "equivalent")


def test_seeds_have_a_page_of_mean_scores(store: Store) -> None:
    found = seed_comparison.analyse(store, SeedOptions(base=("base",), new=("new", "other")), STEPS)
    assert "Mean score on 40 problems" in found.sentence
    assert not re.search(r"accurac|\bright\b|\bsolved\b|\bpp\b|percent", words(found))


def test_documents_say_mean_score(store: Store) -> None:
    runs = pair_runs(store, ["base", "new"], grader="steps", partial_credit=True)
    document = of_stored_runs(compare_runs(runs)).as_dict()
    assert (document["design"], document["score_range"]) == ("mean scores", [0.0, 1.0])
    mean = of_run(accuracy_of_run(store, "base", grader="steps")).as_dict()
    matrix = score_matrix(store, find_run(store, "base"), grader="steps", partial_credit=True)
    assert mean["mean_score"] == document["base"]["mean_score"] == pytest.approx(matrix.problem_means.mean())
    assert "accuracy" not in json.dumps([document["base"], list(mean)])


@pytest.mark.parametrize("analysis", [a for a in ANALYSES if a.takes.startswith("runs")], ids=lambda a: a.name)
def test_every_analysis_answers_or_says_what_it_needs(store: Store, analysis: Analysis) -> None:
    def asked() -> Findings:
        return analysis.run(store, ("base", "new"), ComparisonSettings(grader="steps"), None)

    if analysis.name in (model_comparison.NAME, seed_comparison.NAME):
        assert "ean score" in asked().sentence
        return
    # There is no replicate to measure noise by, whatever the grader.
    reason = "no finished replicate" if analysis.name == "noise_floor" else "needs verdicts of right and wrong"
    with pytest.raises(EvalsuiteError, match=reason):
        asked()


def test_a_page_of_verdicts_is_as_before_beside_scores(store: Store, tmp_path: Path) -> None:
    found = model_comparison.analyse(store, ("base", "new"), ComparisonSettings(grader="boxed"))
    assert {"steps"}.isdisjoint(str(row[0]) for row in found.table("graders").rows)
    assert found.save(tmp_path).exists()


def test_the_figure_of_the_first_screen_rounds_as_the_large_numbers_above_it(store: Store) -> None:
    found = model_comparison.analyse(store, ("base", "new"), STEPS)
    above = headline_range(found)
    assert above is not None
    figure = next(figure for figure in found.figures if figure.name == "difference")
    assert figure.options["error"] == pytest.approx(above.error)
    # Rounded by its interval alone, 0.57 would be 0.6.
    row = Table("difference", "D", found.table("difference").columns, (("new", 0.16, 0.57, 0.95),))
    drawn = replace(figure, options={"lowest": 0.0, "highest": 10.0, "error": 0.01})
    assert "+0.57 points of 0 to 10 (+0.16 to +0.95)" in picture("a", drawn, row).wide
