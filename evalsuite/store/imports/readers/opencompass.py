"""OpenCompass: ``predictions/<model>/<data set>.json`` with ``results/`` beside, joined by position.

A large data set lies in shards, ``gsm8k_0.json``, ``gsm8k_1.json``, ..., which make the whole one after another. With
several replicas the predictions follow each other replica by replica, while the details have one entry a problem with a
list in it. Without details (``--dump-eval-details``) there are texts and no verdicts.

Read from opencompass 0.5.4: ``tasks/openicl_eval.py``, ``openicl/icl_inferencer/icl_base_inferencer.py``,
``openicl/icl_evaluator/icl_base_evaluator.py``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports.json_files import json_document, opening
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.readers.labels import distinct
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import texts, verdict, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "opencompass"
GRADER = "opencompass"
NO_ANSWER = "NULL"
"""What its extraction gives where it finds no answer."""
PREDICTIONS = re.compile(r'\{"\d+":\{(?=.*"prediction":)')
RESULTS = re.compile(r'\{"(accuracy|score|details)":')
SHARD = re.compile(r"(?P<name>.+)_(?P<number>\d+)$")
VERDICTS = ("correct", "is_correct", "cascade_correct")


def recognise(look: Peek) -> bool:
    """Return whether `look` is a file of predictions, of results with details, or a folder with them."""
    if look.is_folder:
        return any(recognise(peek(file)) for file in _predictions(look.files)[:5])
    if look.suffix != ".json":
        return False
    return bool(PREDICTIONS.match(opening(look.path))) or (
        "results" in look.path.parts and look.has("accuracy", "details")
    )


def _predictions(files: Sequence[Path]) -> list[Path]:
    return [f for f in files if f.suffix == ".json" and "predictions" in f.parts]


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each model and data set; see `results.Reader.read`."""
    files = (
        [f for f in _predictions(peek(path).files) if recognise(peek(f))]
        if path.is_dir()
        else [_side(path, "predictions")]
    )
    if not files or not files[0].is_file():
        raise InputError(
            f"{path} holds results of OpenCompass without predictions: give the folder above, with predictions/ and "
            f"results/"
        )
    sets = [_set(file) for file in files]
    kept = list({(one.model, one.name, one.root): one for one in sets}.values())
    labels = distinct([one.model for one in kept], [one.name for one in kept], [one.root.name for one in kept])
    return [_run(one, label, options) for one, label in zip(kept, labels, strict=True)]


@dataclass(frozen=True, slots=True)
class _Set:
    """One model on one data set: its shards in order, and the results where they are there."""

    root: Path
    model: str
    name: str
    shards: tuple[Path, ...]
    results: Path | None


def _side(file: Path, side: str) -> Path:
    """Return the file of the same name under ``predictions`` or ``results``."""
    parts = list(file.parts)
    for at in reversed(range(len(parts) - 1)):
        if parts[at] in ("predictions", "results"):
            parts[at] = side
            break
    return Path(*parts)


def _set(file: Path) -> _Set:
    shards, name = [file], file.stem
    found = SHARD.match(file.stem)
    if (
        found
        and (file.parent / f"{found['name']}_0.json").is_file()
        and not (file.parent / f"{found['name']}.json").is_file()
    ):
        name = found["name"]
        numbered = {
            int(m["number"]): f for f in file.parent.glob("*.json") if (m := SHARD.match(f.stem)) and m["name"] == name
        }
        missing = sorted(set(range(max(numbered) + 1)) - set(numbered))
        if missing:
            raise InputError(
                f"{file.parent} has {len(numbered)} shards of {name} up to {name}_{max(numbered)}.json, but not "
                f"{name}_{missing[0]}.json: without it no later prediction can be joined by its position"
            )
        shards = [numbered[number] for number in sorted(numbered)]
    results = _side(file, "results").parent / f"{name}.json"
    root = next((p.parent for p in file.parents if p.name == "predictions"), file.parent)
    there = results.is_file() and results not in shards
    return _Set(root, file.parent.name, name, tuple(shards), results if there else None)


def _run(one: _Set, label: str, options: ReadOptions) -> ForeignRun:
    predictions = _all(one)
    if not predictions:
        raise InputError(f"{one.shards[0]} holds no predictions")
    details, n_replicas, note = _details(one, len(predictions))
    values = [value for entry in details or () for value in _verdicts(entry)]
    is_verdict = all(isinstance(value, bool) or value is None for value in values)
    graded = bool(values) and any(value is not None for value in values)
    notes = [f"{len(one.shards)} shards read in order"] if len(one.shards) > 1 else []
    notes += [note] if note else []
    n_rows = sum(max(len(_texts(row)), 1) for row in predictions)
    return ForeignRun(
        label=label,
        program="opencompass",
        rows=partial(_rows, one, n_replicas, is_verdict if graded else None),
        files=(*one.shards, *([one.results] if one.results else [])),
        spec={"model": one.model, "dataset": one.name, "template": f"opencompass {one.name}"},
        primary_grader=GRADER if graded else None,
        score_ranges={GRADER: options.score_range} if graded and not is_verdict and options.score_range else {},
        n_rows=n_rows,
        notes=tuple(notes),
        unknown=("why a completion ended", "the limit of tokens"),
    )


def _all(one: _Set) -> list[Mapping[str, Any]]:
    """Return the predictions of all shards in order; inside one, by number and not by the order of writing."""
    rows: list[Mapping[str, Any]] = []
    for shard in one.shards:
        document = json_document(shard)
        if not isinstance(document, Mapping) or not all(str(key).isdigit() for key in document):
            raise InputError(f"{shard} holds no predictions by number")
        numbers = sorted(map(int, document))
        if numbers != list(range(len(numbers))):
            gap = next(i for i, number in enumerate(numbers) if number != i)
            raise InputError(
                f"{shard} has no prediction {gap}: the run was not finished; run it again with -r to resume"
            )
        rows += [document[str(number)] for number in numbers]
    return rows


def _details(one: _Set, n_predictions: int) -> tuple[list[Mapping[str, Any]] | None, int, str | None]:
    """Return the details by problem, the number of replicas, and what there is to say."""
    document = json_document(one.results) if one.results else None
    said = document.get("details") if isinstance(document, Mapping) else None
    if isinstance(said, Mapping):
        said = [said[key] for key in sorted((k for k in said if str(k).isdigit()), key=int)]
    if not isinstance(said, list) or not said:
        return (
            None,
            1,
            "no details in the results: texts without verdicts; OpenCompass writes them with --dump-eval-details",
        )
    details = [entry for entry in said if isinstance(entry, Mapping)]
    n_replicas, rest = divmod(n_predictions, len(details))
    lists = [entry[key] for entry in details for key in VERDICTS if isinstance(entry.get(key), list)]
    if rest or (n_replicas > 1 and any(len(one) != n_replicas for one in lists)) or len(details) != len(said):
        raise InputError(
            f"{one.results} has {len(said)} details for {n_predictions} predictions: they cannot be joined"
        )
    note = f"{n_replicas} replicas read as completions" if n_replicas > 1 else None
    return details, n_replicas, note


def _verdicts(entry: Mapping[str, Any]) -> list[bool | float | None]:
    said = next((entry[key] for key in VERDICTS if key in entry), None)
    return [verdict(value) for value in (said if isinstance(said, list) else [said])]


def _rows(one: _Set, n_replicas: int, is_verdict: bool | None) -> Iterator[ResultRow]:
    predictions = _all(one)
    details, _, _ = _details(one, len(predictions))
    n_problems = len(predictions) // n_replicas
    for position, row in enumerate(predictions):
        replica, problem = divmod(position, n_problems)
        entry = details[problem] if details else {}
        values = _verdicts(entry) if is_verdict is not None else []
        answers = entry.get("pred", entry.get("predictions"))
        answers = answers if isinstance(answers, list) else [answers]
        completions = _texts(row) or (None,)
        lengths = row.get("res_length")
        for index, completion in enumerate(completions):
            at = replica if n_replicas > 1 else index
            value = values[at] if at < len(values) else None
            extracted = answers[at] if at < len(answers) else None
            grade = ForeignGrade(
                bool(value) if is_verdict else None,
                None if extracted in (None, NO_ANSWER) else str(extracted),
                None if is_verdict or value is None else float(value),
                no_answer=extracted == NO_ANSWER,
            )
            yield ResultRow(
                problem_id=str(problem),
                completion_index=replica * len(completions) + index,
                grades={} if value is None else {GRADER: grade},
                missing="not scored" if is_verdict is not None and value is None else None,
                completion=completion,
                gold=_gold(row, entry),
                question=_question(row.get("origin_prompt")),
                n_tokens=whole(
                    lengths[index]
                    if isinstance(lengths, list) and index < len(lengths)
                    else None
                    if isinstance(lengths, list)
                    else lengths,
                    "res_length",
                ),
            )


def _texts(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    return texts(row.get("prediction"))


def _gold(row: Mapping[str, Any], entry: Mapping[str, Any]) -> str | None:
    said = row.get("gold", entry.get("answer", entry.get("references")))
    if isinstance(said, list):
        said = said[0] if said and all(member == said[0] for member in said) else None
    return None if said is None else str(said)


def _question(prompt: Any) -> str | None:
    """Return the last turn of a person: the turns before it are examples."""
    if isinstance(prompt, list):
        turns = [
            turn.get("prompt", turn.get("content"))
            for turn in prompt
            if isinstance(turn, Mapping) and str(turn.get("role")).upper() in ("HUMAN", "USER")
        ]
        prompt = turns[-1] if turns else None
    return prompt if isinstance(prompt, str) else None
