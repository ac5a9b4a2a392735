"""HELM: ``per_instance_stats.json`` with ``scenario_state.json`` beside, one folder a run.

The statistics have a number for everything; those that say right or wrong are read. Perturbed copies of an instance and
the requests for single answer choices are no further problems and are left out. Several training trials are other
prompts: the first is read.

Read from crfm-helm 0.5.16: ``benchmark/metrics/metric.py``, ``benchmark/adaptation/request_state.py``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.records import StopReason
from evalsuite.store.imports.json_files import json_document, opening
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.decided import decided
from evalsuite.store.imports.readers.graded_values import GradedValues
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import stop, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "helm"
STATS, STATE = "per_instance_stats.json", "scenario_state.json"
PREFERRED = (
    "final_number_exact_match",
    "math_equiv_chain_of_thought",
    "math_equiv",
    "exact_match",
    "quasi_exact_match",
)
VERDICT = re.compile(r"[^@]*(exact_match|math_equiv|correct|accuracy|_pass|execution)[^@]*$")


def recognise(look: Peek) -> bool:
    """Return whether `look` is a run folder of HELM, one above several, or one of the two files."""
    if look.is_folder:
        return any(file.name in (STATS, STATE) for file in look.files)
    if look.suffix != ".json":
        return False
    start = opening(look.path)
    return start.startswith(('[{"instance_id":', '{"adapter_spec":'))


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each folder; see `results.Reader.read`."""
    files = peek(path).files if path.is_dir() else (path,)
    folders = sorted({file.parent for file in files if not path.is_dir() or file.name in (STATS, STATE)})
    runs = [_run(_Folder(folder), options) for folder in folders]
    labels = distinct(
        [run.label for run in runs], [folder.name for folder in folders], [str(folder) for folder in folders]
    )
    return [replace(run, label=label) for run, label in zip(runs, labels, strict=True)]


@dataclass(frozen=True, slots=True)
class _Folder:
    """A run folder."""

    path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are there."""
        return tuple(self.path / name for name in (STATS, STATE) if (self.path / name).is_file())

    def stats(self) -> dict[str, dict[str, float]]:
        """Return the statistics by instance and name, without perturbed instances and later trials."""
        found: dict[str, dict[str, float]] = {}
        for entry in json_document(self.path / STATS) if (self.path / STATS).is_file() else ():
            if entry.get("perturbation") or entry.get("train_trial_index"):
                continue
            own = found.setdefault(str(entry.get("instance_id")), {})
            for one in entry.get("stats") or ():
                name, mean = one.get("name") or {}, one.get("mean")
                if isinstance(mean, (bool, int, float)) and not name.get("perturbation"):
                    own[str(name.get("name"))] = float(mean)
        return found

    def state(self) -> Mapping[str, Any]:
        """Return the requests and what they were made by."""
        document = json_document(self.path / STATE) if (self.path / STATE).is_file() else {}
        return document if isinstance(document, Mapping) else {}


def _requests(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for request in state.get("request_states") or ():
        instance = request.get("instance") or {}
        if not (instance.get("perturbation") or request.get("train_trial_index") or request.get("reference_index")):
            yield request


def _run(folder: _Folder, options: ReadOptions) -> ForeignRun:
    stats, state = folder.stats(), folder.state()
    graders = GradedValues()
    for own in stats.values():
        graders.add(_verdicts(own))
    requests = list(_requests(state))
    if not requests and not graders.verdicts:
        raise InputError(f"{folder.path} has neither a verdict nor a text of an instance")
    spec = state.get("adapter_spec")
    spec = spec if isinstance(spec, Mapping) else {}
    completions = [_completions(request) for request in requests]
    n_outputs = max((len(one) for one in completions), default=1)
    order = [f"helm/{name}" for name in PREFERRED if f"helm/{name}" in graders.verdicts]
    primary = next(iter(order), graders.primary) if n_outputs <= 1 else None
    left_out = len(state.get("request_states") or ()) - len(requests)
    notes = [f"statistics read as graders {', '.join(graders.verdicts)}; {primary} is shown"] if primary else []
    notes += (
        [f"{left_out} requests are perturbed, for single choices or of a later trial, and were left out"]
        if left_out
        else []
    )
    notes += (
        [f"{n_outputs} outputs a request are completions; HELM's statistics do not grade each of them"]
        if n_outputs > 1
        else []
    )
    notes += [] if requests else [f"no {STATE}: verdicts without texts, and pairing rests on ids"]
    run = ForeignRun(
        label=str(spec.get("model") or folder.path.name).rsplit("/", 1)[-1],
        program="helm",
        rows=partial(_rows, folder, graders, primary),
        files=folder.files,
        spec=_spec(folder, spec),
        primary_grader=primary,
        score_ranges=dict.fromkeys(graders.scores, options.score_range or (0.0, 1.0)),
        n_rows=sum(max(len(one), 1) for one in completions) or len(stats),
        notes=tuple(notes),
        unknown=(),
    )
    return decided(run, graders.scores)


def _verdicts(own: Mapping[str, float]) -> dict[str, bool | float]:
    return {f"helm/{name}": value for name, value in own.items() if VERDICT.match(name)}


def _rows(folder: _Folder, graders: GradedValues, primary: str | None) -> Iterator[ResultRow]:
    stats, state = folder.stats(), folder.state()
    cap = whole((state.get("adapter_spec") or {}).get("max_tokens"), "max_tokens")
    asked = set()
    for request in _requests(state):
        instance = request.get("instance") or {}
        problem_id = str(instance.get("id"))
        asked.add(problem_id)
        own = stats.get(problem_id, {})
        result = request.get("result") or {}
        missing = (
            f"error: {str(result.get('error') or 'request failed')[:100]}" if result.get("success") is False else None
        )
        outputs = _completions(request) or ({},)
        for index, output in enumerate(outputs):
            grades = {g: graders.grade(g, value) for g, value in _verdicts(own).items()} if primary is not None else {}
            reason, detail, failed = _end(output)
            if missing is None and (failed or (primary is not None and primary not in grades)):
                missing = f"error: {detail}" if failed else "not scored"
            yield ResultRow(
                problem_id=problem_id,
                completion_index=index,
                grades={} if missing else grades,
                missing=missing,
                completion=output.get("text"),
                gold=_gold(instance),
                question=(instance.get("input") or {}).get("text"),
                n_tokens=whole(own.get("num_output_tokens"), "num_output_tokens") if index == 0 else None,
                stop_reason=reason,
                stop_detail=detail,
                cap=whole((request.get("request") or {}).get("max_tokens"), "max_tokens") or cap,
            )
    for problem_id, own in stats.items():
        if problem_id not in asked:
            grades = {g: graders.grade(g, value) for g, value in _verdicts(own).items()}
            yield ResultRow(problem_id, grades=grades, missing=None if grades else "not scored")


def _end(output: Mapping[str, Any]) -> tuple[StopReason, str | None, bool]:
    said = output.get("finish_reason")
    return stop(said.get("reason") if isinstance(said, Mapping) else said)


def _completions(request: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    result = request.get("result") or {}
    return tuple(result.get("completions") or ())


def _gold(instance: Mapping[str, Any]) -> str | None:
    right = [one for one in instance.get("references") or () if "correct" in (one.get("tags") or ())]
    texts = {(one.get("output") or {}).get("text") for one in right}
    return texts.pop() if len(texts) == 1 else None


def _spec(folder: _Folder, spec: Mapping[str, Any]) -> dict[str, Any]:
    # Run folders are named <scenario>:<argument>=<value>,...; what names the model is no part of the problems.
    words = re.split(r"[:,]|-(?=[a-z_]+=)", folder.path.name)
    dataset = ",".join(word for word in words if not word.startswith(("model=", "model_deployment=")))
    named = next((word.removeprefix("model=") for word in words if word.startswith("model=")), None)
    decoding = {"max_new_tokens": spec.get("max_tokens"), "temperature": spec.get("temperature")}
    shots = spec.get("max_train_instances")
    said = {
        "model": spec.get("model") or named,
        "template": f"helm {dataset}" + (f", {shots} shots" if shots is not None else ""),
        "dataset": dataset,
        "decoding": {key: value for key, value in decoding.items() if value is not None},
        "engine": spec.get("model_deployment") or None,
    }
    return {key: value for key, value in said.items() if value not in (None, {})}
