"""Stored runs whose scores are planted, so that an analysis can be checked against what is there."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted import PlantRun

from evalsuite.records import Completion, Grade, Outcome, Problem, StopReason, digest
from evalsuite.store.store import GradedCompletion, Store, StoredRun

SPEC: dict[str, Any] = {
    "model": "m", "weights_fingerprint": "w" * 16, "adapter": None, "adapter_fingerprint": None, "template": "plain",
    "template_fingerprint": "t", "decoding": {"max_new_tokens": 64, "temperature": 0.0, "top_p": 1.0, "seed": 0},
    "dataset": "sums", "dataset_hash": "sums", "order": "file", "engine": "scripted", "dtype": "none",
    "replicate": None,
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty store."""
    with Store.writer(tmp_path / "s.duckdb") as opened:
        yield opened


@pytest.fixture
def plant(store: Store) -> PlantRun:
    """Return a function that stores a run with these scores: ``plant("base", correct, model="other")``."""
    return planter(store)


@pytest.fixture
def plant_elsewhere(tmp_path: Path) -> Iterator[tuple[Store, PlantRun]]:
    """Return a second store with its own `plant`."""
    with Store.writer(tmp_path / "second.duckdb") as opened:
        yield opened, planter(opened)


def planter(store: Store) -> PlantRun:
    """Return the function of the fixture `plant` for any store.

    `correct` has the shape (n_problems, n_completions); completions that `made` leaves out are not stored.
    """

    def add(
        label: str,
        correct: Any,
        *,
        made: Any = None,
        cut: Any = None,
        templates: Sequence[str] | None = None,
        first: int = 0,
        grader_version: int = 1,
        **changes: Any,
    ) -> StoredRun:
        right = np.atleast_2d(np.asarray(correct, dtype=bool).T).T
        n, k = right.shape
        there = np.ones((n, k), bool) if made is None else np.asarray(made, bool).reshape(n, k)
        ended = np.zeros((n, k), bool) if cut is None else np.asarray(cut, bool).reshape(n, k)
        decoding = {**SPEC["decoding"], **changes.pop("decoding", {})}
        primary = changes.pop("primary_grader", "boxed")
        spec = {**SPEC, **changes, "decoding": decoding}
        head = StoredRun(digest([label, spec])[:16], label, "generated", spec, "sums", primary, k, details={})
        problems = [
            Problem(f"sum/{i}", f"What is {i}?", f"#### {i}", Fraction(i), templates[i - first] if templates else None)
            for i in range(first, first + n)
        ]
        store.add_run(head, problems, [])
        rows = [
            _graded(head, problem.problem_id, j, bool(right[i, j]), bool(ended[i, j]), grader_version)
            for i, problem in enumerate(problems)
            for j in range(k)
            if there[i, j]
        ]
        store.add_completions(rows)
        return head

    return add


def _graded(head: StoredRun, problem_id: str, index: int, right: bool, cut: bool, version: int) -> GradedCompletion:
    text = "right" if right else "wrong"
    completion = Completion(
        run_id=head.run_id, problem_id=problem_id, completion_index=index, prompt_hash="", token_ids=(1, 2),
        text=f"{text}, says {head.label} {index}",
        n_tokens=2, stop_reason=StopReason.LENGTH if cut else StopReason.STOP, cap=64, seed=None, engine="scripted",
        dtype="none", batch_hash="",
    )  # fmt: skip
    outcome = Outcome.CORRECT if right else Outcome.INCORRECT
    grades = tuple(Grade(outcome, text, name, version) for name in dict.fromkeys(("boxed", head.primary_grader)))
    return GradedCompletion(completion, grades)
