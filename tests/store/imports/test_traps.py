"""Every trap is read right or refused with what to do next; none is misread."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalsuite.errors import EvalsuiteError
from evalsuite.store import queries
from evalsuite.store.imports.results import ReadOptions
from evalsuite.store.imports.results_file import import_path
from evalsuite.store.manage import delete_runs, plan_removal
from evalsuite.store.store import Store
from tests.store.imports.trap import Trap
from tests.store.imports.trap_people import PEOPLE
from tests.store.imports.trap_rows import ROWS
from tests.store.imports.trap_values import VALUES

TRAPS = (*ROWS, *VALUES, *PEOPLE)


def readings(store: Store) -> dict[str, str]:
    """Return what the store holds, as traps write it."""
    rows = store.connection.execute(
        """SELECT label, problem_id, completion_index, outcome FROM (
               SELECT run_id, problem_id, completion_index,
                      CASE WHEN score IS NOT NULL THEN CAST(score AS VARCHAR) WHEN outcome = 'correct' THEN '1' ELSE '0'
                      END AS outcome
               FROM grades JOIN runs USING (run_id) WHERE grader = primary_grader
               UNION ALL SELECT run_id, problem_id, completion_index, '-' FROM missing_results)
           JOIN runs USING (run_id) ORDER BY label, problem_id, completion_index"""
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for label, problem, _, outcome in rows:
        by_problem = found.setdefault(label, {})
        by_problem[problem] = by_problem.get(problem, "") + (
            "1" if outcome == "1.0" else "0" if outcome == "0.0" else outcome
        )
    return {label: " ".join(f"{p}:{o}" for p, o in by_problem.items()) for label, by_problem in found.items()}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """Return one store for all traps, which each of them leaves empty."""
    with Store.in_memory() as opened:
        yield opened


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_is_read_right_or_refused(tmp_path: Path, store: Store, trap: Trap) -> None:
    folder = tmp_path if trap.name in trap.files else tmp_path / trap.name
    for name, content in trap.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    options = ReadOptions(columns=trap.columns)
    if trap.refused:
        with pytest.raises(EvalsuiteError, match=f"(?s){trap.refused}"):
            import_path(store, tmp_path / trap.name, options=options)
        assert not queries.run_heads(store.connection)
        return
    try:
        reports = import_path(store, tmp_path / trap.name, options=options)
        assert readings(store) == trap.right
        assert all(re.search(trap.says, "; ".join(report.notes)) for report in reports)
    finally:
        labels = [head["label"] for head in queries.run_heads(store.connection)]
        delete_runs(store, plan_removal(store, labels))


def test_no_trap_is_there_twice() -> None:
    assert len({trap.name for trap in TRAPS}) == len(TRAPS) >= 140
