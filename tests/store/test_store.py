"""What a store keeps, refuses and answers."""

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from scripted import ScriptedGenerator, run_scripted

from analyses.runs.regrades import regrade_notes
from evalsuite.errors import ComparisonError, InputError, StoreError
from evalsuite.evaluation.pipeline import BatchDone, Watcher
from evalsuite.evaluation.regrading import grade_run
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import GRADERS, grader
from evalsuite.records import Completion, Grade, Outcome, StopReason
from evalsuite.store import queries
from evalsuite.store.descriptions import describe_problem, describe_run
from evalsuite.store.regrades import regrades
from evalsuite.store.runs import find_run, score_matrix
from evalsuite.store.store import GradedCompletion, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writer(tmp_path / "s.duckdb") as opened:
        yield opened


def completion(run_id: str, text: str, index: int = 0) -> GradedCompletion:
    return GradedCompletion(
        Completion(run_id, "sum/0", index, "", text, None, None, StopReason.STOP, None, None, "e", "d", ""),
        (Grade(Outcome.CORRECT, "0", "boxed", 1),),
    )


def test_a_completion_is_never_overwritten(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=3)
    run_id = find_run(store, "scripted").run_id
    kept = queries.completion_texts(store.connection, run_id)
    with pytest.raises(StoreError, match=r"completion 0 of problem 'sum/0' .* another text.*never overwritten"):
        store.add_completions([completion(run_id, "new", 1), completion(run_id, "other")])
    # The whole call is taken back, the completion that was new included.
    assert queries.completion_texts(store.connection, run_id) == kept
    assert store.add_completions([completion(run_id, kept["sum/0", 0] or "")]) == 0


def test_a_problem_that_lost_its_place_in_the_plan_takes_it_again(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=5)
    run_id = find_run(store, "scripted").run_id
    before = queries.planned_places(store.connection, run_id)
    # What a repair leaves of a plan that was lost: the problems with completions, in the order of their names.
    store.connection.execute("DELETE FROM run_problems WHERE position = 1")
    store.connection.execute("UPDATE run_problems SET position = 4 - position")
    run_scripted(store, ScriptedGenerator(), n_problems=5)
    assert queries.planned_places(store.connection, run_id) == before


def test_an_error_inside_a_transaction_takes_all_of_it_back(store: Store) -> None:
    def fail(error: Exception) -> None:
        with store.transaction():
            store.add_batch("r", "h", 1, 1, 0.1)
            raise error

    with pytest.raises(ZeroDivisionError):
        fail(ZeroDivisionError())
    with pytest.raises(KeyboardInterrupt):
        fail(RuntimeError("Query interrupted"))  # what DuckDB makes of a Ctrl-C during a statement
    assert queries.batch_totals(store.connection, "r")["n_batches"] == 0


def test_a_label_belongs_to_one_run_and_can_be_changed(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=3, label="a", weights="w1")
    with pytest.raises(InputError, match=r"label 'a' already belongs to run \w+, which differs.*--label"):
        run_scripted(store, ScriptedGenerator(), n_problems=3, label="a", weights="w2")
    run_scripted(store, ScriptedGenerator(), n_problems=3, label="b", weights="w2")
    with pytest.raises(InputError, match="label 'a' already belongs"):
        run_scripted(store, ScriptedGenerator(), n_problems=3, label="a", weights="w2")
    run_scripted(store, ScriptedGenerator(), n_problems=3, label="c", weights="w2")
    assert [head["label"] for head in queries.run_heads(store.connection)] == ["a", "c"]
    with pytest.raises(InputError, match="not empty"):
        run_scripted(store, ScriptedGenerator(), n_problems=3, label=" ", weights="w3")


def test_the_progress_of_one_run_is_that_among_all(store: Store) -> None:
    for label, n_problems in (("a", 3), ("b", 5)):
        run_scripted(store, ScriptedGenerator(), n_problems=n_problems, n_completions=2, label=label, weights=label)
    whole = queries.progress(store.connection)
    assert sorted(run["n_done"] for run in whole.values()) == [6, 10]
    assert all(queries.progress(store.connection, run_id) == {run_id: run} for run_id, run in whole.items())
    assert queries.progress(store.connection, "nobody") == {}


def test_a_smaller_plan_changes_nothing(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=9, n_completions=3)
    run_id = find_run(store, "scripted").run_id
    before = queries.progress(store.connection)
    done = run_scripted(store, ScriptedGenerator(), n_problems=4, n_completions=1)
    assert (done.n_done, done.n_planned, done.n_new) == (4, 4, 0)
    assert queries.progress(store.connection) == before
    assert before[run_id]["n_done"] == 27


def test_find_run_takes_label_id_or_a_beginning_and_lists_the_runs_otherwise(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=2, label="a", weights="w1")
    run_scripted(store, ScriptedGenerator(), n_problems=2, label="b", weights="w2")
    run_id = find_run(store, "a").run_id
    assert find_run(store, run_id).label == find_run(store, run_id[:4]).label == "a"
    for name in ("", "c", run_id[:3], "a'; DROP TABLE runs; --"):
        with pytest.raises(InputError, match="Runs there: a, b"):
            find_run(store, name)


def test_stopping_between_batches_leaves_an_unfinished_run_that_must_be_allowed(store: Store) -> None:
    stop = False

    def after_first(done: BatchDone) -> None:
        nonlocal stop
        stop = True

    watcher = Watcher(on_batch=after_first, should_stop=lambda: stop)
    done = run_scripted(store, ScriptedGenerator(), n_problems=20, batch_size=8, watcher=watcher)
    assert (done.n_done, done.n_planned) == (8, 20)
    head = find_run(store, "scripted")
    assert describe_run(store, "scripted")["finished"] is False
    with pytest.raises(ComparisonError, match=r"unfinished: 8 of 20 completions.*--allow-unfinished"):
        score_matrix(store, head)
    assert score_matrix(store, head, allow_unfinished=True).n_problems == 8


def test_a_run_without_any_completion_is_refused(store: Store) -> None:
    watcher = Watcher(should_stop=lambda: True)
    run_scripted(store, ScriptedGenerator(), n_problems=4, watcher=watcher)
    with pytest.raises(ComparisonError, match="no completions yet"):
        score_matrix(store, find_run(store, "scripted"), allow_unfinished=True)


def test_scores_are_those_of_the_script(store: Store) -> None:
    done = run_scripted(store, ScriptedGenerator(), n_problems=30, n_completions=2)
    head = find_run(store, "scripted")
    rows = queries.stored_completions(store.connection, head.run_id)
    scores = score_matrix(store, head)
    right = [[r["text"].startswith(f"It is \\boxed{{{p.rsplit('/', 1)[1]}}}") for r in rows if r["problem_id"] == p]
             for p in scores.problem_ids]  # fmt: skip
    assert scores.correct.tolist() == right
    cut = [[r["stop_reason"] == "length" for r in rows if r["problem_id"] == p] for p in scores.problem_ids]
    assert scores.truncated.tolist() == cut
    assert done.n_correct == scores.correct.sum()
    assert done.n_truncated == scores.truncated.sum()
    assert 0 < done.n_correct < 60
    assert 0 < done.n_truncated < 60


def test_one_query_says_what_every_grader_says(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=12, n_completions=2)
    head = find_run(store, "scripted")
    names = [g["grader"] for g in queries.graders(store.connection, head.run_id)]
    assert len(names) > 1
    wanted: dict[tuple[str, int], dict[str, str]] = {}
    for name in names:
        for row in queries.graded(store.connection, head.run_id, name):
            wanted.setdefault((row["problem_id"], row["completion_index"]), {})[name] = row["outcome"]
    found = queries.verdicts(store.connection, head.run_id)
    assert found == wanted
    assert {tuple(own) for own in found.values()} == {tuple(names)}
    store.connection.execute("DELETE FROM grades WHERE grader = ? AND completion_index = 1", [names[0]])
    found = queries.verdicts(store.connection, head.run_id)
    assert {(index, tuple(own)) for (_, index), own in found.items()} == {(0, tuple(names)), (1, tuple(names[1:]))}
    assert queries.verdicts(store.connection, "none") == {}


def test_the_tokens_of_cut_completions_alone(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=30)
    head = find_run(store, "scripted")
    rows = queries.stored_completions(store.connection, head.run_id)
    wanted = {(r["problem_id"], r["completion_index"]): r["token_ids"] for r in rows if r["stop_reason"] == "length"}
    assert 0 < len(wanted) < len(rows)
    assert queries.truncated_tokens(store.connection, head.run_id) == wanted


def test_grading_again_replaces_the_grades_of_a_changed_grader_and_needs_no_model(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=12)
    head = find_run(store, "scripted")
    n_correct = {g["grader"]: g["n_correct"] for g in queries.graders(store.connection, head.run_id)}

    def nothing_is_right(text: str, gold: Fraction, solution: str) -> tuple[Outcome, str | None]:
        return Outcome.INCORRECT, "changed"

    changed = Grader("boxed", 2, "", nothing_is_right)
    assert grade_run(store, head, [changed]) == 12
    after = {g["grader"]: g for g in queries.graders(store.connection, head.run_id)}
    assert (after["boxed"]["grader_version"], after["boxed"]["n_correct"], after["boxed"]["n_graded"]) == (2, 0, 12)
    assert after["strict"]["n_correct"] == n_correct["strict"]
    assert queries.grader_versions(store.connection, head.run_id, "boxed") == [2]
    grade_run(store, head, GRADERS)
    kept = regrades(find_run(store, "scripted").details)
    version, right = grader("boxed").version, n_correct["boxed"]
    assert [(one.from_version, one.to_version, one.n_compared) for one in kept] == [(version, 2, 12), (2, version, 12)]
    assert [(one.n_to_right, one.n_to_wrong) for one in kept] == [(0, right), (right, 0)]
    assert right > 0
    # The same version again changes nothing.
    grade_run(store, head, GRADERS)
    assert regrades(find_run(store, "scripted").details) == kept
    notes = regrade_notes([find_run(store, "scripted")], [score_matrix(store, head)], None)
    assert notes[0].endswith(f"of 12 verdicts 0 became right and {right} wrong.")
    assert {g["grader"]: g["n_correct"] for g in queries.graders(store.connection, head.run_id)} == n_correct


def test_a_grader_that_has_not_graded_is_named_with_what_to_do(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=3)
    head = find_run(store, "scripted")
    with pytest.raises(ComparisonError, match=r"'olmo_eval' has not graded 3 of 3 .*boxed.*evalsuite grade scripted"):
        score_matrix(store, head, grader="olmo_eval")
    with pytest.raises(InputError, match="no verdicts of a grader 'other': choose from boxed"):
        score_matrix(store, head, grader="other")
    with pytest.raises(ComparisonError, match=r"'pattern:x' has not graded 3 .*--grader pattern:x --store"):
        score_matrix(store, head, grader="pattern:x")


def test_a_problem_is_found_by_its_id_or_the_last_part_of_it(store: Store) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=12, n_completions=2)
    by_id, by_part = describe_problem(store, "scripted", "sum/1"), describe_problem(store, "scripted", "1")
    assert by_id == by_part
    assert by_id["gold"] == "1"
    assert [c["completion_index"] for c in by_id["completions"]] == [0, 1]
    assert {g["grader"] for g in by_id["completions"][0]["grades"]} == {g.name for g in GRADERS}
    with pytest.raises(InputError, match="no problem of run scripted is called '99'"):
        describe_problem(store, "scripted", "99")


@pytest.mark.parametrize("text", ["a\0b", "'; DROP TABLE runs; --", "\u202egnp.exe", "", "x" * 1_000_000, "\U0001f600"])
def test_any_text_comes_back_as_it_was(store: Store, text: str) -> None:
    run_scripted(store, ScriptedGenerator(), n_problems=1)
    run_id = find_run(store, "scripted").run_id
    row = completion(run_id, text, 7)
    row = dataclasses.replace(row, completion=dataclasses.replace(row.completion, problem_id=f"sum/{text[:9]}"))
    store.add_completions([row])
    assert queries.completion_texts(store.connection, run_id)[f"sum/{text[:9]}", 7] == text


def test_the_running_counts_say_nothing_before_a_window_is_whole(store: Store) -> None:
    seen: list[BatchDone] = []
    watcher = Watcher(on_batch=seen.append)
    run_scripted(store, ScriptedGenerator(), n_problems=20, batch_size=4, watcher=watcher, window=8)
    assert [(d.n_new, d.n_judged) for d in seen] == [(4, 0), (8, 8), (12, 8), (16, 16), (20, 20)]
    assert [d.n_correct > 0 for d in seen] == [False, True, True, True, True]
    assert seen[-1].n_correct == score_matrix(store, find_run(store, "scripted")).correct.sum()
