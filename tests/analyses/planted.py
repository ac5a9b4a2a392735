"""Stores of runs whose texts are written here, so that what a grader and a cap do to them is known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import GRADERS, graders_of
from evalsuite.records import Completion, Decoding, Problem, RunSpec, StopReason
from evalsuite.store.store import GradedCompletion, Store, StoredRun

CAP = 300
PlantRun = Callable[..., StoredRun]
"""What the fixture `plant` gives."""


@dataclass(frozen=True)
class Planted:
    """Completions of each problem; one that ends in "[cut]" was cut there by the cap."""

    texts: Sequence[Sequence[str]]
    cap: int = CAP
    parent: str | None = None
    weights: str | None = None
    reason: StopReason | None = None


def problem(i: int, *, template: str | None = None) -> Problem:
    return Problem(f"p/{i}", f"What is {i} + 2?", f"{i} + 2 = {i + 2}\n#### {i + 2}", Fraction(i + 2), template)


def boxed(i: int, *, right: bool = True) -> str:
    return f"We add. The answer is \\boxed{{{i + 2 + (not right)}}}."


def plain(i: int, *, right: bool = True) -> str:
    return f"We add. The answer is {i + 2 + (not right)}."


@contextmanager
def planted(
    folder: Path,
    runs: Mapping[str, Planted],
    *,
    problems: Sequence[Problem] | None = None,
    grader: str = "boxed",
    imported: bool = False,
) -> Iterator[Store]:
    """Yield a reader of a store with `runs` by label, graded by the graders of this suite.

    With `imported` the verdicts of `boxed` stand there also as those of an import, which then is the primary grader.
    """
    path = folder / "runs.duckdb"
    grader = "imported" if imported else grader
    with Store.writer(path) as store:
        ids: dict[str, str] = {}
        for label, run in runs.items():
            asked = problems or [problem(i) for i in range(len(run.texts))]
            spec = RunSpec(
                model="m", weights_fingerprint=run.weights or label, adapter=None, adapter_fingerprint=None,
                template="t", template_fingerprint="t", decoding=Decoding(max_new_tokens=run.cap), dataset="sums",
                dataset_hash="sums", order="file", engine="none", dtype="none",
            )  # fmt: skip
            ids[label] = spec.run_id
            parent = None if run.parent is None else ids[run.parent]
            n = max(len(own) for own in run.texts)
            head = StoredRun(spec.run_id, label, "generated", spec.as_dict(), "sums", grader, n, {}, parent)
            store.add_run(head, asked, [])
            store.add_completions(
                [
                    _graded(spec, p, k, text, run.reason, GRADERS if imported else graders_of(grader))
                    for p, own in zip(asked, run.texts, strict=True)
                    for k, text in enumerate(own)
                ]
            )
            if imported:
                store.connection.execute(
                    "INSERT INTO grades BY NAME SELECT * REPLACE ('imported' AS grader, 1 AS grader_version) "
                    "FROM grades WHERE grader = 'boxed' AND run_id = ?", [spec.run_id],
                )  # fmt: skip
    with Store.reader(path) as store:
        yield store


def _graded(
    spec: RunSpec, p: Problem, index: int, text: str, reason: StopReason | None, graders: Sequence[Grader]
) -> GradedCompletion:
    cut = text.endswith("[cut]")
    text = text.removesuffix("[cut]")
    tokens = tuple(text.encode())
    completion = Completion(
        run_id=spec.run_id, problem_id=p.problem_id, completion_index=index, prompt_hash="h", text=text,
        token_ids=tokens, n_tokens=len(tokens), stop_reason=reason or (StopReason.LENGTH if cut else StopReason.STOP),
        cap=spec.decoding.max_new_tokens, seed=None, engine="none", dtype="none", batch_hash="b",
    )  # fmt: skip
    return GradedCompletion(completion, tuple(g.grade(text, p.gold, p.solution) for g in graders))
