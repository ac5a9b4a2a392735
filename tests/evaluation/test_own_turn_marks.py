"""What a model writes on in the words of the user's own template is graded by nobody."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import ScriptedGenerator

from analyses.attribution.parts import switch
from analyses.runs.pairing import pair_runs
from evalsuite.cli.app import run_command
from evalsuite.evaluation.pipeline import Watcher
from evalsuite.evaluation.run import execute, prepare
from evalsuite.generation.generator import Generated, Progress, Request
from evalsuite.records import Decoding
from evalsuite.settings import RunSettings
from evalsuite.store import queries
from evalsuite.store.repair import repair
from evalsuite.store.runs import find_run, run_status, score_matrix
from evalsuite.store.store import Store
from evalsuite.store.verify import verify

TEMPLATE = 'user = "Student: {{ question }}\\nTeacher:"\nchat = false\n'
ANSWER = "3 * 4 = 12. The answer is \\boxed{12}.\n\n"
RUNS_ON = f"{ANSWER}Student: and 3 + 4?\nTeacher: The answer is \\boxed{{7}}."
N = 6


class RunningOn(ScriptedGenerator):
    """Answers every question with 12 and goes on as its prompt began."""

    engine = "transformers"

    def generate(self, requests: Sequence[Request], decoding: Decoding, progress: Progress) -> list[Generated]:
        return [replace(one, text=RUNS_ON) for one in super().generate(requests, decoding, progress)]

    def _complete(self, request: Request, decoding: Decoding, identity: str) -> Generated:
        return super()._complete(replace(request, problem_id="x/12"), decoding, identity)


@pytest.fixture
def path(tiny_model: Path, tmp_path: Path) -> Path:
    """Return a store with two finished runs whose template file is gone."""
    (tmp_path / "own.toml").write_text(TEMPLATE)
    rows = [f'{{"question": "{i} times?", "answer": "12"}}' for i in range(N)]
    (tmp_path / "mine.jsonl").write_text("\n".join(rows))
    settings = RunSettings(
        model=str(tiny_model), problems=str(tmp_path / "mine.jsonl"), template=str(tmp_path / "own.toml"), label="own"
    )
    with Store.writer(tmp_path / "s.duckdb") as store:
        for one in (settings, replace(settings, label="again", max_new_tokens=100)):
            assert execute(prepare(one), store, watcher=Watcher(), sources={}, generator=RunningOn()).finished
    (tmp_path / "own.toml").unlink()
    return tmp_path / "s.duckdb"


def all_right_and_noted(path: Path) -> bool:
    with Store.reader(path) as store:
        head = find_run(store, "own")
        places = queries.run_ons(store.connection, head.run_id)
        right = score_matrix(store, head).correct
        lenient = score_matrix(store, head, grader="last_number").correct
    return bool(right.all() and lenient.all()) and list(places.values()) == [len(ANSWER)] * N


def test_a_run_is_graded_up_to_the_turn_and_stays_so(path: Path) -> None:
    assert all_right_and_noted(path)
    assert verify(path).faults == verify(path).not_checked == ()
    for more in ([], ["--all-graders"], ["--grader", "phrase"], ["--answer-pattern", r"boxed\{(\d+)"]):
        assert run_command(["grade", "own", "--store", str(path), *more]) == 0
    assert all_right_and_noted(path)
    assert verify(path).faults == ()
    with Store.reader(path) as store:
        head = find_run(store, "own")
        counts = {row["grader"]: row["n_correct"] for row in queries.graders(store.connection, head.run_id)}
        assert run_status(store, head.run_id)["n_run_on"] == N
    assert (counts["phrase"], counts[r"pattern:boxed\{(\d+)"], counts["lm_eval_flexible"]) == (N, N, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run_ons SET runs_on_at = 1",
        "UPDATE grades SET outcome = 'incorrect', extracted = '7' WHERE grader = 'last_number'",
        "DELETE FROM grades",
    ],
)
def test_what_was_changed_is_found_and_mended_by_the_same_marks(path: Path, statement: str) -> None:
    with Store.writer(path) as store:
        store.connection.execute(statement)
    assert verify(path).faults
    assert repair(path).remaining == ()
    assert all_right_and_noted(path)


def test_analyses_read_the_same_part(path: Path) -> None:
    with Store.reader(path) as store:
        switched = switch(store, pair_runs(store, ["own", "again"]), "boxed", 0.05)
    assert [row[:2] for row in switched.run_on] == [(N, N)] * 2
    assert switched.reading_on is not None
    assert switched.reported.scores[0].correct.all()
    assert not switched.reading_on.scores[0].correct.any()
