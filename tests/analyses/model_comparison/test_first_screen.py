"""The lights say what would change the verdict, the steps what to do, and the first problems what they alone showed."""

from dataclasses import replace
from pathlib import Path

import pytest
from cut_runs import Run, answer, cut_store
from planted import PlantRun

from analyses.model_comparison import analysis as model_comparison
from analyses.model_comparison.companions import further
from analyses.model_comparison.first_screen import with_problems
from analyses.model_comparison.lights import by_graders
from evalsuite.comparison.pair import compare_pair
from evalsuite.findings import Findings, Light
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import Verdict
from evalsuite.store.archive import write_archive
from evalsuite.store.restore import read_archive
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import first_screen
from evalsuite.wording.lights import qualified_label

WORSE, BETTER = [0] * 30 + [1] * 10, [1] * 24 + [0] * 6 + [1] * 10
EQUAL = [1, 0] * 20


def compared(store: Store, **settings: object) -> Findings:
    return model_comparison.analyse(store, ("base", "new"), ComparisonSettings(**settings))  # type: ignore[arg-type]


def light(findings: Findings, about: str) -> Light:
    return next(one for one in findings.lights if one.about == about)


def test_a_gain_with_the_same_weights_and_nothing_cut_off_stands(store: Store, plant: PlantRun) -> None:
    plant("base", WORSE)
    plant("new", BETTER, template="other")
    found = compared(store)
    assert found.finding == "new solved 24 more of 40 problems; that is a real gain"
    assert [one.about for one in found.lights] == ["grader", "token limit", "training seed"]
    assert light(found, "token limit").changes == "no"
    assert light(found, "training seed").changes == "no"
    # One grader only was asked.
    assert light(found, "grader").changes == "unknown"
    assert found.steps == ()


def test_other_weights_leave_the_training_seed_open_and_say_how_to_find_out(store: Store, plant: PlantRun) -> None:
    plant("base", WORSE)
    plant("new", BETTER, weights_fingerprint="x" * 16)
    found = compared(store)
    assert light(found, "training seed").changes == "unknown"
    assert found.steps[-1].command.startswith("evalsuite report --base base --new new --new ")


@pytest.mark.parametrize(("n_cut", "changes"), [(1, "no"), (30, "unknown")])
def test_answers_cut_off_matter_where_they_can_turn_the_verdict(
    store: Store, plant: PlantRun, n_cut: int, changes: str
) -> None:
    cut = [[i < n_cut] for i in range(40)]
    plant("base", WORSE, cut=cut)
    plant("new", BETTER, cut=cut)
    found = compared(store)
    assert light(found, "token limit").changes == changes
    at_limit = changes == "unknown"
    assert found.finding.endswith("that is a real gain" + (" at this token limit" if at_limit else ""))
    assert any("evalsuite extend base" in step.command for step in found.steps) == at_limit


@pytest.mark.parametrize(("n_cut", "changes"), [(2, "no"), (30, "unknown")])
def test_few_answers_cut_off_leave_open_what_is_open(store: Store, plant: PlantRun, n_cut: int, changes: str) -> None:
    plant("base", EQUAL)
    plant("new", [1] * 4 + EQUAL[4:], cut=[[i < n_cut] for i in range(40)])
    found = compared(store)
    assert light(found, "token limit").changes == changes
    assert ("stay open" in light(found, "token limit").text) == (changes == "no")


def test_a_margin_may_be_met_by_answers_that_resolve_no_difference(store: Store, plant: PlantRun) -> None:
    plant("base", EQUAL)
    plant("new", [1] * 4 + EQUAL[4:], cut=[[i < 2] for i in range(40)])
    assert light(compared(store, margin=0.05), "token limit").changes == "unknown"


def test_more_problems_of_the_same_templates_are_no_way_to_decide(store: Store, plant: PlantRun) -> None:
    templates = [f"t{i % 8}" for i in range(40)]
    plant("base", EQUAL, templates=templates)
    plant("new", [1] * 6 + EQUAL[6:], templates=templates)
    found = compared(store)
    assert "from the same 8 templates would hardly help" in found.steps[0].text
    assert found.steps[0].command == ""


def test_what_changed_is_said_in_one_line(store: Store, plant: PlantRun) -> None:
    plant("base", WORSE)
    plant("new", BETTER, weights_fingerprint="x" * 16)
    assert compared(store).answers["setup"] == "The model is the only thing that changed."


@pytest.mark.parametrize(("finished_right", "changes"), [(False, "no"), (True, "yes")])
def test_a_longer_run_answers_the_question_of_the_token_limit(
    tmp_path: Path, finished_right: bool, changes: str
) -> None:
    n, cap = 20, 60
    short = [[answer(i, length=40)] for i in range(n)]
    late = [[answer(i, length=100, right=finished_right)] for i in range(n)]
    runs = {
        "base": Run(late, cap=cap),
        "new": Run(short, cap=cap, weights="x"),
        "longer": Run(late, cap=200, parent="base", details={"extended_from": {}}),
    }
    with cut_store(tmp_path, runs) as store:
        found = compared(store)
    assert found.verdict == Verdict("resolved gain")
    assert light(found, "token limit").changes == changes
    assert ("depends on the token limit" in found.finding) == finished_right


def test_a_grader_that_disagrees_turns_the_light_on(tmp_path: Path) -> None:
    n = 30
    plain = [[answer(i, length=40).replace("\\boxed{", " ").replace("}", "")] for i in range(n)]
    boxed = [[answer(i, length=40)] for i in range(n)]
    with cut_store(tmp_path, {"base": Run(plain, cap=99), "new": Run(boxed, cap=99, weights="x")}) as store:
        found = compared(store)
    assert found.verdict == Verdict("resolved gain")
    assert light(found, "grader").changes == "yes"
    assert light(found, "grader").text.startswith("Graded by boxed; ")
    assert found.finding.endswith("whether that is a real change depends on the grader")
    assert any(step.command.startswith("evalsuite audit base new") for step in found.steps)
    assert qualified_label(Verdict("resolved gain"), found.lights) == "depends on the grader"


def test_what_is_open_says_how_many_more_problems_it_takes(store: Store, plant: PlantRun) -> None:
    plant("base", EQUAL)
    plant("new", [1] * 6 + EQUAL[6:], template="other")
    found = compared(store)
    needed = found.table("power").column("needed")[0]
    assert isinstance(needed, int)
    assert f"{needed - 40:,} more problems" in found.steps[0].text
    assert found.finding.endswith("that could be chance")


def test_more_problems_have_a_time_also_in_a_restored_store_and_else_tokens(
    store: Store, plant: PlantRun, tmp_path: Path
) -> None:
    plant("base", EQUAL)
    plant("new", [1] * 6 + EQUAL[6:], template="other")
    needed = compared(store).table("power").column("needed")[0]
    assert isinstance(needed, int)
    # No batch is recorded and every completion has 10 tokens: what is known is how many tokens it takes.
    store.connection.execute("UPDATE completions SET n_tokens = 10")
    assert first_screen.token_cost(20 * (needed - 40)) in compared(store).steps[0].text
    store.connection.execute("INSERT INTO batches SELECT run_id, 'b', 40, 400, 120.0, TIMESTAMP '2026-01-01' FROM runs")
    step = compared(store).steps[0]
    # Three seconds a problem and run.
    assert first_screen.duration(6 * (needed - 40)) in step.text
    assert "minutes" in step.text or "hours" in step.text
    write_archive(store, tmp_path / "archive", runs=["base", "new"])
    with Store.writer(tmp_path / "restored.duckdb") as restored:
        read_archive(restored, tmp_path / "archive")
        assert compared(restored).steps[0].text == step.text


def test_five_problems_without_a_difference_still_say_how_many_it_takes(store: Store, plant: PlantRun) -> None:
    plant("base", [1, 0, 1, 0, 0])
    plant("new", [0, 1, 1, 0, 0], template="other")
    found = compared(store)
    assert found.finding.endswith("too few to tell, whatever the result")
    assert found.steps[0].text.startswith("Run ")
    assert "more problems to detect a difference of 10 pp with 80% power" in found.steps[0].text


def test_of_several_runs_the_best_is_trained_again(store: Store, plant: PlantRun) -> None:
    for label, right in (("base", WORSE), ("worst", [0] * 40), ("best", BETTER)):
        plant(label, right, weights_fingerprint=label * 4)
    step = model_comparison.analyse(store, ("base", "worst", "best")).steps[-1]
    assert step.text.startswith("Train best again")
    assert "--new best" in step.command


@pytest.mark.parametrize("known", [True, False])
def test_a_token_limit_of_which_nothing_is_recorded_does_not_qualify_a_gain(
    store: Store, plant: PlantRun, known: bool
) -> None:
    cut = [[i < 30] for i in range(40)]
    plant("base", WORSE, cut=cut)
    plant("new", BETTER, cut=cut)
    if not known:
        store.connection.execute("UPDATE completions SET stop_reason = 'unknown'")
    found = compared(store)
    assert light(found, "token limit").changes == "unknown"
    assert found.finding.endswith(" at this token limit") == known


def test_the_first_problems_are_compared_as_if_they_were_all(store: Store, plant: PlantRun) -> None:
    plant("base", WORSE)
    plant("new", BETTER)
    found = compared(store)
    rows = found.table("prefixes").records()
    assert [row["n"] for row in rows] == [5, 10, 15, 20, 30, 40]
    base, new = (score_matrix(store, find_run(store, label)) for label in ("base", "new"))
    for row in rows:
        first = range(int(str(row["n"])))
        part = compare_pair(base.take(first), new.take(first))
        assert (row["low"], row["value"], row["high"]) == (
            part.difference.low, part.difference.value, part.difference.high,
        )  # fmt: skip
        assert row["verdict"] == part.verdict
        shares = [float(str(row[key])) for key in ("resolved_gain", "resolved_loss", "open")]
        assert sum(shares) == pytest.approx(1)
    # All problems are one set, and it is this one.
    assert rows[-1]["resolved_gain"] == pytest.approx(1)


def test_every_two_of_several_runs_have_their_difference(store: Store, plant: PlantRun) -> None:
    for label, right in (("base", WORSE), ("new", BETTER), ("third", EQUAL)):
        plant(label, right, weights_fingerprint=label * 4)
    found = model_comparison.analyse(store, ("base", "new", "third"), all_pairs=True)
    rows = found.table("pairs_matrix").rows
    means = [sum(right) / 40 for right in (WORSE, BETTER, EQUAL)]
    for i, row in enumerate(rows):
        assert row[1 + i] is None
        assert [row[1 + j] for j in range(3) if j != i] == pytest.approx(
            [means[i] - means[j] for j in range(3) if j != i]
        )
    assert found.finding.startswith("All 2 new runs beat base")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (230, "--limit 50 --problems generated:seed=1:n=230"),
        (30, "--limit 50 --problems generated:seed=1:n=50"),
    ],
)
def test_the_command_for_more_problems_goes_on_with_the_run_where_its_set_is_large_enough(
    size: int, expected: str
) -> None:
    settings = {"label": "mine", "limit": 16, "problems": f"generated:seed=1:n={size}", "stop": []}
    head = StoredRun("r", "mine", "generated", {}, "d", "boxed", 1, {"settings": settings})
    command = with_problems(head, Path("s.duckdb"), 50)
    assert command is not None
    assert expected in command
    assert ("--label mine" in command) == (size >= 50), "a larger set makes another run"
    assert "--stop" not in command
    stopped = replace(head, details={"settings": {**settings, "stop": ["\n\n", "Q:"]}})
    assert "--stop Q:" in (with_problems(stopped, Path("s.duckdb"), 50) or "")


def test_of_several_runs_fewer_problems_are_told_of_the_best_and_the_worst(store: Store, plant: PlantRun) -> None:
    for label, right in (("base", WORSE), ("same", WORSE), ("best", BETTER)):
        plant(label, right, weights_fingerprint=label * 4)
    found = further(store, ("base", "same", "best"), ComparisonSettings())
    outlook = next(one for one in found if one.name == "subset_outlook")
    assert "0% (same) to " in outlook.answers[""]
    assert outlook.answers[""].endswith("(best) show the new run ahead.")


def test_scores_that_were_imported_are_no_verdicts() -> None:
    verdict = Verdict("resolved gain")
    assert by_graders(verdict, {}, ["imported", "imported"], scored=True)[1].startswith("Graded by imported scores;")
    assert by_graders(verdict, {}, ["imported", "imported"])[1].startswith("Graded by imported verdicts;")
