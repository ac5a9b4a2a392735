"""The usual names of columns in somebody's table, and what all cells of one look like."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalsuite.store.imports import values

__all__ = [
    "GROUPS",
    "MANY_MEANINGS",
    "NO_PROBLEMS",
    "NO_RUNS",
    "ROLES",
    "TWO_MEANINGS",
    "WHOLE",
    "WRONG_ONES",
    "all_empty",
    "all_numbers",
    "all_verdicts",
    "all_within",
    "count_up",
    "is_known",
    "lookup",
    "normal",
]

ROLES: dict[str, tuple[str, ...]] = {
    "problem_id": (
        "problem_id", "question_id", "example_id", "item_id", "instance_id", "prompt_id", "doc_id", "task_id", "id",
        "idx", "uid", "uuid", "qid", "index", "sample_id", "row_id", "nr", "identifiant", "identificador",
        "\u7f16\u53f7", "\u5e8f\u53f7", "\u9898\u53f7", "unnamed:_0", "",
    ),
    "correct": (
        "correct", "is_correct", "iscorrect", "passed", "is_passed", "exact_match", "exact_match,strict_match", "acc",
        "acc_norm", "accuracy", "verdict", "solved", "right", "success", "score", "reward", "em", "pass", "judge",
        "judgement", "judgment", "metrics.correct", "metrics.is_correct", "metrics.acc", "metrics.accuracy",
        "metrics.exact_match", "metrics.em", "metrics.score", "korrekt", "richtig", "correcto", "correcte",
        "corretto", "correto",
        "\u662f\u5426\u6b63\u786e", "\u6b63\u786e", "result",
    ),
    "score": ("score", "reward", "rating", "points", "grade", "mark", "metrics.score"),
    "completion": (
        "completion", "response", "model_response", "output", "model_output", "generation", "generated_text",
        "model_completion", "response_text", "output_text", "completions", "responses", "outputs", "generations",
        "model_outputs", "raw_output", "actual_output", "resps", "choices", "text",
    ),
    "gold": (
        "gold", "ground_truth", "groundtruth", "gold_answer", "target", "expected", "expected_answer",
        "expected_output", "reference", "reference_answer", "correct_answer", "right_answer", "true_answer",
        "answer_key", "gt", "y_true", "reward_model.ground_truth",
    ),
    "question": (
        "question", "problem", "query", "question_text", "problem_text", "prompt", "input", "user_input", "instruction",
        "frage", "pregunta",
    ),
    "extracted": (
        "extracted", "extracted_answer", "parsed", "parsed_answer", "predicted_answer", "model_answer", "final_answer",
        "pred", "predicted", "y_pred", "your_answer", "filtered_resps",
    ),
    "completion_index": (
        "completion_index", "sample_index", "sample_idx", "sample", "sample_num", "epoch", "repeat", "repeat_id",
        "trial", "attempt", "rollout", "rollout_index", "generation_index", "generation_idx",
    ),
    "n_tokens": (
        "n_tokens", "completion_tokens", "usage.completion_tokens", "usage.output_tokens", "output_tokens",
        "generated_tokens", "num_generated_tokens", "n_generated_tokens", "num_tokens", "response_tokens",
    ),
    "stop_reason": (
        "stop_reason", "finish_reason", "finish_reasons", "finished_reason", "done_reason", "meta_info.finish_reason",
    ),
    "cap": ("cap", "max_tokens", "max_new_tokens", "max_gen_toks", "max_output_tokens"),
    "template_id": ("template_id",),
    "n_steps": ("n_steps",),
    "missing": ("missing", "error", "exception", "error_message"),
}  # fmt: skip
"""Our columns with the usual names of each, the surest first; `score` is one only where its range is given."""
GROUPS = ("model", "model_name", "model_id", "run", "run_name", "checkpoint", "system")
"""Columns whose values are runs where there are several."""
TWO_MEANINGS = ("answer", "prediction", "predictions", "solution", "label")
WRONG_ONES = frozenset(
    {
        "incorrect",
        "is_incorrect",
        "wrong",
        "is_wrong",
        "failed",
        "is_failed",
        "fail",
        "failure",
        "has_error",
        "errors",
        "miss",
        "missed",
        "misses",
        "mistake",
        "mistakes",
    }
)
"""Columns that say which rows are wrong."""
NO_RUNS = re.compile(
    r"(has|is|n|num|no|use|used)_.*|.*_id|truncated|difficulty|level|hard|easy|train|test|fold|weight|label|error"
    r"|agree.*|same|equal|differ.*|changed?|flip.*|(both|either|neither|any|all)(_.*)?"
    # Several verdicts on one run: rules, judges, what is asked of one answer.
    r"|(strict|flexible|lenient|exact|match|em|f1|contains|format)(_.*)?|correct_format|answer_correct"
    r"|(.*_)?(format|valid|parsed|parseable|answered|refused|truncated|wins?|won|loses|lost|ties?|tied|draw)"
    r"|(llm_|rule_)?(judge|grader|annotator|rater)(_.*|\d+)?|(pass|maj|best_of)(@|_at_|_)\d+|math_verify|sympy|boxed"
    r"|y_(true|pred|hat)"
)
"""Columns of 0 and 1 that say something of a problem or a completion, or of two runs at once, and are no run."""


WHOLE = frozenset({*ROLES["completion"], *ROLES["question"], "usage", "metrics", "meta_info"})
"""Objects that are read as they are, or of which only named parts are."""
NO_PROBLEMS = frozenset(
    {*GROUPS, "provider", "user", "annotator", "author", "experiment", "config", "request", "response", "usage"}
)
"""Objects whose id is their own, and not that of the problem."""
MANY_MEANINGS = frozenset(
    {"text", "choices", "index", "sample", "error", "exception", "result", "score", "reward", "cap", "input", "prompt"}
)
"""Names that mean something else inside of an object."""


def normal(name: str) -> str:
    """Return a column's name as it is looked up: lower case, words joined by ``_``.

    Examples
    --------
    >>> normal(" Problem_ID"), normal("finishReason"), normal("Is Correct?")
    ('problem_id', 'finish_reason', 'is_correct')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name.strip().lstrip("\ufeff"))
    return re.sub(r"[\s\-]+", "_", parted.strip().rstrip("?:* ")).lower()


_KNOWN = {name for names in ROLES.values() for name in names if name} | {*GROUPS, *TWO_MEANINGS}


def is_known(name: str) -> bool:
    """Return whether a column of this name would be read."""
    return normal(name) in _KNOWN


def lookup(row: Mapping[str, Any], column: str) -> Any:
    """Return the value of a column; ``usage.completion_tokens`` goes into nested objects."""
    if column in row:
        return row[column]
    value: Any = row
    for part in column.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def all_verdicts(cells: Sequence[Any]) -> bool:
    """Tell whether every cell, or member of a cell that is a list, is a verdict or missing."""
    for cell in cells:
        members = cell if isinstance(cell, list | tuple) and len(cell) > 1 else [cell]
        for member in members:
            try:
                if not isinstance(values.verdict(member), bool | None):
                    return False
            except values.UnreadableValueError:
                return False
    return True


def all_within(cells: Sequence[Any], limits: tuple[float, float]) -> bool:
    """Tell whether every cell is missing or a number within a range."""
    try:
        found = [values.number(cell, "") for cell in cells]
    except values.UnreadableValueError:
        return False
    return all(value is None or limits[0] <= value <= limits[1] for value in found)


def count_up(cells: Sequence[Any]) -> bool:
    """Tell whether cells count from 0 or 1 without a gap; steps of a training do not."""
    try:
        found = {values.whole(cell, "") for cell in cells}
    except values.UnreadableValueError:
        return False
    return None not in found and found in ({*range(len(found))}, {*range(1, len(found) + 1)})


def all_empty(cells: Sequence[Any]) -> bool:
    """Tell whether no cell says anything."""
    return all(values.is_missing(cell) for cell in cells)


def all_numbers(cells: Sequence[Any]) -> list[float]:
    """Return the numbers of a column if nothing else stands in it."""
    try:
        return [number for cell in cells if (number := values.number(cell, "")) is not None]
    except values.UnreadableValueError:
        return []
