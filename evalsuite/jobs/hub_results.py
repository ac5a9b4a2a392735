"""The accuracy of a run as Hugging Face reads it: a file for ``.eval_results/``, and a block of a model card.

Both are written by huggingface_hub's own classes, so that they are what the hub takes. Nothing is uploaded.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyses.runs.accuracy import RunAccuracy, accuracy_of_run
from evalsuite.errors import InputError, StoreError
from evalsuite.extras import load
from evalsuite.files import why_not, write_whole
from evalsuite.jobs.every_eval_ever import refuse_scores
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers

__all__ = ["Benchmark", "benchmark_of", "export_card", "export_eval_results"]

PURPOSE = "Writing results for the model hub"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A data set on the hub, and the task in it: ``openai/gsm8k`` and ``gsm8k``."""

    dataset_id: str
    task_id: str


def benchmark_of(head: StoredRun, dataset_id: str | None, task_id: str | None) -> Benchmark:
    """Return the benchmark of a run: as the user says, or GSM8K's where the run is of its test set.

    Raises
    ------
    InputError
        It is not GSM8K's test set and the user names no data set.
    """
    is_gsm8k = str(head.spec.get("dataset", "")).startswith("gsm8k/test")
    dataset = dataset_id or ("openai/gsm8k" if is_gsm8k else None)
    if dataset is None:
        raise InputError(
            f"the hub has no benchmark that belongs to the problems of {head.label}: name one with "
            "--dataset-id OWNER/NAME --task-id TASK"
        )
    return Benchmark(dataset, task_id or dataset.rpartition("/")[2])


def export_eval_results(store: Store, name: str, file: Path, *, dataset_id: str | None, task_id: str | None) -> int:
    """Write a run's accuracy, in percent, as a file of ``.eval_results/`` and return the number of its problems.

    Raises
    ------
    ExtraMissingError
        huggingface_hub is not installed.
    InputError
        The benchmark is unknown.
    StoreError
        The file cannot be written.
    """
    hub, yaml = load("huggingface_hub", PURPOSE), load("yaml", PURPOSE)
    head = find_run(store, name)
    benchmark = benchmark_of(head, dataset_id, task_id)
    measured = accuracy_of_run(store, head.run_id)
    refuse_scores(head, measured)
    entry = hub.EvalResultEntry(
        dataset_id=benchmark.dataset_id,
        task_id=benchmark.task_id,
        value=_percent(measured),
        notes=_notes(head, measured),
    )
    _write(file, yaml.safe_dump(hub.eval_result_entries_to_yaml([entry]), sort_keys=False, allow_unicode=True))
    return _n_problems(measured)


def export_card(store: Store, name: str, file: Path, *, dataset_id: str | None, task_id: str | None) -> int:
    """Add a run's accuracy, in percent, to the metadata of a model card, or begin one; return the number of problems.

    The text of a card that is there stays as it is, and so do its other results; the same result is replaced.

    Raises
    ------
    ExtraMissingError
        huggingface_hub is not installed.
    InputError
        The benchmark is unknown, or the file's metadata cannot be read.
    StoreError
        The file cannot be written.
    """
    hub = load("huggingface_hub", PURPOSE)
    head = find_run(store, name)
    benchmark = benchmark_of(head, dataset_id, task_id)
    measured = accuracy_of_run(store, head.run_id)
    refuse_scores(head, measured)
    model = str(head.spec.get("model") or head.label)
    result = hub.EvalResult(
        task_type="text-generation",
        dataset_type=benchmark.dataset_id,
        dataset_name=benchmark.task_id,
        metric_type="accuracy",
        metric_value=_percent(measured),
        metric_name=", ".join(part for part in ("Accuracy", _prompt(head), _grader(head)) if part),
        metric_args={"notes": _notes(head, measured)},
    )
    if file.is_file():
        try:
            card = hub.ModelCard(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read the card {file}: {error}") from error
        there = [r for r in card.data.eval_results or [] if _identity(r) != _identity(result)]
        card.data.model_name = card.data.model_name or model
        card.data.eval_results = [*there, result]
        _write(file, str(card))
    else:
        data = hub.ModelCardData(model_name=model, eval_results=[result])
        _write(file, f"---\n{data.to_yaml()}\n---\n")
    return _n_problems(measured)


def _identity(result: Any) -> tuple[Any, ...]:
    """Return what makes two results of a card the same; intervals differ with every run."""
    return result.dataset_type, result.dataset_name, result.metric_type, result.metric_name


def _prompt(head: StoredRun) -> str | None:
    return f"prompt {head.spec['template']}" if head.spec.get("template") else None


def _grader(head: StoredRun) -> str:
    return f"grader {head.primary_grader}"


def _percent(measured: RunAccuracy) -> float:
    return round(100 * measured.scores.estimate.value, 2)


def _notes(head: StoredRun, measured: RunAccuracy) -> str:
    """Return what the number must not be read without: problems, interval, grader, prompt, decoding."""
    estimate = measured.scores.estimate
    span = numbers.interval(estimate.low, estimate.high)
    decoding: dict[str, Any] = head.spec.get("decoding") or {}
    limit, temperature = decoding.get("max_new_tokens"), decoding.get("temperature")
    known = (
        f"{_n_problems(measured)} problems",
        f"{numbers.level(estimate.confidence_level)}% interval {span}",
        _grader(head),
        _prompt(head),
        f"at most {limit} tokens" if limit else None,
        None if temperature is None else "greedy" if temperature == 0 else f"temperature {temperature:g}",
        None if measured.finished else "unfinished",
    )
    return ", ".join(part for part in known if part)


def _n_problems(measured: RunAccuracy) -> int:
    return measured.scores.estimate.n_problems


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as error:
        raise StoreError(f"cannot export to {file}: {why_not(error)}") from error
