"""The documents of ``evalsuite runs``, ``show`` and ``run``: what is stored, what was stored now, what would be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from evalsuite.documents.document import Document

__all__ = [
    "GraderCounts",
    "ProblemDescription",
    "RunDescription",
    "RunPlan",
    "RunResult",
    "StoredRuns",
    "of_problem",
    "of_result",
    "of_run",
    "of_runs",
]


@dataclass(frozen=True, slots=True)
class StoredRunEntry:
    """A run in the list of runs.

    Attributes
    ----------
    run_id, label, source
        Its id and name, and whether it was ``generated`` here or ``imported``.
    spec
        What decides its completions: model, data, prompt template, decoding, seeds.
    dataset_hash
        Identifies its problems.
    primary_grader
        Whose verdicts count if none is named.
    n_completions
        Completions a problem.
    parent_run_id, tokenizer_hash
        The run that it continues, and the tokenizer of its tokens; null without one.
    details
        Settings, versions and machine; decides nothing.
    created_at
        When it was first stored, in UTC.
    n_problems, n_planned, n_done
        Problems and completions planned, and completions stored.
    n_truncated, n_unknown_stop
        Completions that the token limit truncated, and those of which that is not known.
    n_run_on
        Completions that answer and then run on into questions that nobody asked; none of them counts as truncated.
    n_correct
        Right completions by the primary grader; of one that gives scores, those with the highest.
    mean_score, score_range
        Of a primary grader that gives scores: the mean over completions, and the lowest and highest score; else null.
    tags
        Words that people gave it.
    """

    run_id: str
    label: str
    source: str
    spec: Mapping[str, Any]
    dataset_hash: str
    primary_grader: str
    n_completions: int
    parent_run_id: str | None
    tokenizer_hash: str | None
    details: Mapping[str, Any]
    created_at: str
    n_problems: int
    n_planned: int
    n_done: int
    n_truncated: int
    n_unknown_stop: int
    n_run_on: int
    n_correct: int
    mean_score: float | None
    score_range: tuple[float, float] | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuns(Document):
    """The runs of a store.

    Attributes
    ----------
    runs
        Oldest first.
    """

    SCHEMA: ClassVar[str] = "evalsuite.runs/1"

    runs: tuple[StoredRunEntry, ...]


def of_runs(overview: Sequence[Mapping[str, Any]]) -> StoredRuns:
    """Return the document of the rows of `evalsuite.store.queries.run_overview`."""
    return StoredRuns(runs=tuple(StoredRunEntry(**{**row, "created_at": str(row["created_at"])}) for row in overview))


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes
    ----------
    n_problems, n_planned, n_done
        Problems and completions planned, and completions stored.
    n_truncated, n_unknown_stop
        Completions that the token limit truncated, and those of which that is not known.
    n_run_on
        Completions that answer and then run on into questions that nobody asked; none of them counts as truncated.
    """

    n_problems: int
    n_planned: int
    n_done: int
    n_truncated: int
    n_unknown_stop: int
    n_run_on: int


@dataclass(frozen=True, slots=True)
class GraderCounts:
    """What one grader says of a run.

    Attributes
    ----------
    grader, grader_version
        Its name, and the version of its rules.
    n_graded, n_correct, n_no_answer
        Completions that it graded, called right, and in which it read no answer; of a grader that gives scores,
        ``n_correct`` counts those with the highest score.
    mean_score, score_range
        Of a grader that gives scores: the mean over completions, and the lowest and highest score possible; else null.
    """

    grader: str
    grader_version: int
    n_graded: int
    n_correct: int
    n_no_answer: int
    mean_score: float | None = None
    score_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class DecodingTime:
    """How long decoding took.

    Attributes
    ----------
    n_batches, n_rows, n_tokens
        Batches, completions in them, and tokens generated.
    seconds
        Wall time.
    """

    n_batches: int
    n_rows: int
    n_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ServedTotals:
    """What the server of a run said of its completions.

    Attributes
    ----------
    n_rows
        Completions that a server made.
    prompt_tokens, completion_tokens, cached_tokens
        Tokens read, made, and of those read the ones that were not computed again, as the server counted them.
    n_retried
        Completions that were asked for more than once.
    n_not_believed
        Completions that ended by themselves as the server says, with as many tokens as the token limit allows: they
        count as truncated.
    n_cut_early
        Completions that the server cut before the token limit.
    served_models, system_fingerprints
        What it called itself.
    """

    n_rows: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    n_retried: int
    n_not_believed: int
    n_cut_early: int
    served_models: tuple[str, ...]
    system_fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDescription(Document):
    """What is known of a stored run.

    Attributes
    ----------
    label, run_id, source
        Its name and id, and whether it was ``generated`` here or ``imported``.
    finished
        Whether all planned completions are there.
    primary_grader
        Whose verdicts count if none is named.
    n_completions_per_problem
        Completions a problem.
    progress
        How far it is.
    grades
        One entry a grader.
    decoding_time
        Over all its batches.
    served
        Of a run that a server made; null of all others.
    spec
        What decides its completions: model, data, prompt template, decoding, seeds.
    details
        Settings, versions and machine; decides nothing.
    """

    SCHEMA: ClassVar[str] = "evalsuite.show/1"

    label: str
    run_id: str
    source: str
    finished: bool
    primary_grader: str
    n_completions_per_problem: int
    progress: RunProgress
    grades: tuple[GraderCounts, ...]
    decoding_time: DecodingTime
    served: ServedTotals | None
    spec: Mapping[str, Any]
    details: Mapping[str, Any]


def of_run(description: Mapping[str, Any]) -> RunDescription:
    """Return the document of `evalsuite.store.descriptions.describe_run`."""
    return RunDescription(**_typed(description))


def _typed(description: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **description,
        "progress": RunProgress(**description["progress"]),
        "grades": tuple(GraderCounts(**row) for row in description["grades"]),
        "decoding_time": DecodingTime(**description["decoding_time"]),
        "served": _served(description["served"]),
    }


def _served(totals: Mapping[str, Any]) -> ServedTotals | None:
    if not totals["n_rows"]:
        return None
    lists = {key: tuple(totals[key]) for key in ("served_models", "system_fingerprints")}
    return ServedTotals(**{**totals, **lists})


@dataclass(frozen=True, slots=True)
class Session:
    """What one call of the command did.

    Attributes
    ----------
    n_new, seconds
        Completions that it added, and the wall time of decoding, grading and storing them.
    peak_memory_bytes
        Largest resident memory of the process.
    """

    n_new: int
    seconds: float
    peak_memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult(RunDescription):
    """A run that was started or continued: the keys of the description of a run, and one.

    Attributes
    ----------
    session
        What this call did.
    """

    SCHEMA: ClassVar[str] = "evalsuite.run/1"

    session: Session


def of_result(description: Mapping[str, Any], session: Session) -> RunResult:
    """Return the document of a run that was executed: its description from the store, and what this call did."""
    return RunResult(**_typed(description), session=session)


@dataclass(frozen=True, slots=True)
class GradeEntry:
    """The verdict of one grader on one completion.

    Attributes
    ----------
    grader, outcome
        Its name, and ``correct``, ``wrong`` or ``no_answer``.
    extracted
        The answer that it read; null where it read none.
    score
        What a grader of scores gives; null where it says right or wrong.
    """

    grader: str
    outcome: str
    extracted: str | None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class CompletionEntry:
    """One completion of a problem.

    Attributes
    ----------
    completion_index
        Its number among the completions of the problem, from 0.
    text
        Its text; null where the file that it was imported from had none.
    n_tokens, token_limit, seed
        Its length, the most tokens it may have, and the seed it was sampled with; null where not known.
    stop_reason
        ``stop``, ``length`` (truncated at the token limit) or ``unknown``.
    grades
        One entry a grader.
    """

    completion_index: int
    text: str | None
    n_tokens: int | None
    stop_reason: str
    token_limit: int | None
    seed: int | None
    grades: tuple[GradeEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDescription(Document):
    """One problem of a stored run.

    Attributes
    ----------
    run
        Label of the run.
    problem_id, content_hash
        Its name, and what identifies its text; the hash is null where the text is not known.
    question, solution, gold
        Its text, its worked solution, and the right answer; null where not known.
    template_id, n_steps
        The problem template it comes from, and the calculations that it takes; null where not known.
    completions
        In order.
    """

    SCHEMA: ClassVar[str] = "evalsuite.show-problem/2"

    run: str
    problem_id: str
    content_hash: str | None
    question: str | None
    solution: str | None
    gold: str | None
    template_id: str | None
    n_steps: int | None
    completions: tuple[CompletionEntry, ...]


def of_problem(description: Mapping[str, Any]) -> ProblemDescription:
    """Return the document of `evalsuite.store.descriptions.describe_problem`."""
    completions = tuple(
        CompletionEntry(
            completion_index=row["completion_index"],
            text=row["text"],
            n_tokens=row["n_tokens"],
            stop_reason=row["stop_reason"],
            token_limit=row["cap"],
            seed=row["seed"],
            # The outer join leaves one empty entry where no grader has graded.
            grades=tuple(GradeEntry(**grade) for grade in row["grades"] if grade["grader"] is not None),
        )
        for row in description["completions"]
    )
    return ProblemDescription(**{**description, "completions": completions})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan(Document):
    """What a run would do; nothing was loaded.

    Attributes
    ----------
    run_id
        Id that it would have; completions of this id that are stored are not made again.
    model, weights_fingerprint, adapter
        Model, what identifies its weights, and its adapter; null without one.
    template
        Prompt template.
    problems, problems_from, order
        Problem set, where it comes from, and the order of the problems.
    n_problems, n_completions, new_tokens_at_most
        Problems, completions of them, and the most tokens that these can take.
    dtype
        Number format of the weights.
    primary_grader
        Whose verdicts count if none is named.
    """

    SCHEMA: ClassVar[str] = "evalsuite.run-plan/1"

    run_id: str
    model: str
    weights_fingerprint: str
    adapter: str | None
    template: str
    problems: str
    problems_from: str
    order: str
    n_problems: int
    n_completions: int
    new_tokens_at_most: int
    dtype: str
    primary_grader: str
