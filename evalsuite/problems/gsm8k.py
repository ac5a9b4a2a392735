"""GSM8K from wherever it is to be had, and the proof that it is GSM8K.

Sources, in this order: a path given, the folder named by ``EVALSUITE_GSM8K``, ``../shared/data/gsm8k``,
the Hugging Face cache, the hub. The first that exists is used; whatever it is, its (question, answer)
pairs must hash to the known value.

Source: Cobbe et al. (2021), arXiv:2110.14168; hub id ``openai/gsm8k``, configuration ``main``.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from evalsuite.errors import DataUnavailableError, ExtraMissingError, InputError
from evalsuite.extras import install_command, load
from evalsuite.files import read_json_lines
from evalsuite.hub import hub_is_off
from evalsuite.problems.gsm8k_hashes import ENVIRONMENT_VARIABLE, SHARED_FOLDER, Split, known_hashes, pair_hash
from evalsuite.problems.problem_set import ProblemSet, dataset_hash, problem_set
from evalsuite.problems.solution import annotations, final_answer
from evalsuite.records import Problem

__all__ = ["DATASET_HASHES", "REVISION", "Split", "difference_from_known", "gsm8k"]

HUB_ID = "openai/gsm8k"
REVISION = "740312add88f781978c0658806c59bc2815b9866"
DATASET_HASHES: dict[Split, str] = {"test": "0e8cf8f0a4f3ab32", "train": "4b1ff5a894f1206a"}


def gsm8k(split: Split, *, path: Path | None = None, allow_changed: bool = False) -> ProblemSet:
    """Return GSM8K's test (1,319) or train (7,473) problems in file order.

    Parameters
    ----------
    path
        A JSONL file, or a folder that holds ``<split>.jsonl``. None looks in the usual places.
    allow_changed
        Accept a data set whose content is not the known one.

    Raises
    ------
    DataUnavailableError
        The data set is nowhere to be found, or is not the known one; the message names the ways out.
    InputError
        A changed data set was accepted, but a row has no readable final answer or occurs twice.
    """
    pairs, source = _pairs(split, path)
    found = dataset_hash(pairs)
    if found != DATASET_HASHES[split] and not allow_changed:
        raise DataUnavailableError(
            f"{source} is not the known GSM8K {split} set (content hash {found}, expected {DATASET_HASHES[split]}): "
            f"{difference_from_known(split, pairs)}. Use an unchanged copy, or pass --allow-changed-data."
        )
    return problem_set(f"gsm8k/{split}", [_problem(split, i, *pair) for i, pair in enumerate(pairs)], source)


def difference_from_known(split: Split, pairs: list[tuple[str, str]]) -> str:
    """Say in words which rows of `pairs` are not those of the known data set."""
    known = known_hashes(split)
    found = [pair_hash(*pair) for pair in pairs]
    if found == known:
        return "the rows are the known ones"
    missing, extra = set(known) - set(found), set(found) - set(known)
    parts = []
    if len(found) != len(known):
        parts.append(f"{len(found)} rows instead of {len(known)}")
    if extra:
        at = [i for i, h in enumerate(found) if h in extra]
        parts.append(f"{len(at)} changed or unknown rows, at index {_first(at)}")
    if missing:
        at = [i for i, h in enumerate(known) if h in missing]
        parts.append(f"{len(at)} known rows absent, which belong at index {_first(at)}")
    if not missing and not extra:
        parts.append("the known rows in another order or repeated")
    return "; ".join(parts)


def _first(indices: list[int]) -> str:
    return ", ".join(map(str, indices[:10])) + (", ..." if len(indices) > 10 else "")


def _problem(split: Split, index: int, question: str, answer: str) -> Problem:
    try:
        gold = final_answer(answer)
    except ValueError as error:
        raise InputError(f"GSM8K {split} row {index} has no readable final answer: {error}") from error
    return Problem(
        problem_id=f"gsm8k/{split}/{index}", question=question, solution=answer, gold=gold, n_steps=_n_steps(answer)
    )


def _n_steps(answer: str) -> int | None:
    try:
        return len(annotations(answer)) or None
    except ValueError:  # only in changed data: the number of steps is then not known
        return None


def _pairs(split: Split, path: Path | None) -> tuple[list[tuple[str, str]], str]:
    if path is not None:
        return _read(_file_in(path, split), split)
    from_environment = os.environ.get(ENVIRONMENT_VARIABLE)
    if from_environment:
        return _read(_file_in(Path(from_environment), split), split)
    shared = SHARED_FOLDER / f"{split}.jsonl"
    if shared.is_file():
        return _read(shared, split)
    return _from_hub(split)


def _file_in(path: Path, split: Split) -> Path:
    return path / f"{split}.jsonl" if path.is_dir() else path


def _read(file: Path, split: Split) -> tuple[list[tuple[str, str]], str]:
    try:
        return _columns(row for _, row in read_json_lines(file)), str(file)
    except (DataUnavailableError, InputError, KeyError) as error:
        raise DataUnavailableError(
            f"cannot read GSM8K {split} from {file}: {error}. "
            "It should be a JSONL file with the keys question and answer."
        ) from error


def _from_hub(split: Split) -> tuple[list[tuple[str, str]], str]:
    try:
        datasets = load("datasets", "Loading from the hub")
    except ExtraMissingError as error:
        why = f"loading it from the hub needs the extra 'models' ({install_command('models')})"
        raise DataUnavailableError(_not_here(why)) from error
    try:
        rows = datasets.load_dataset(HUB_ID, "main", split=split, revision=REVISION)
    except Exception as error:  # the hub client raises many kinds; all mean: not to be had
        state = "is switched off by HF_HUB_OFFLINE" if hub_is_off() else "cannot be reached"
        raise DataUnavailableError(_not_here(f"the hub {state} ({type(error).__name__})")) from error
    return _columns(rows), f"{HUB_ID}@{REVISION[:8]}"


def _not_here(why: str) -> str:
    return (
        f"GSM8K is not available here: no {SHARED_FOLDER}, {ENVIRONMENT_VARIABLE} is not set, and {why}. "
        f"Ways out: set {ENVIRONMENT_VARIABLE} to a folder with test.jsonl and train.jsonl, "
        "pass --problems gsm8k --problems-path FILE, or use --problems generated."
    )


def _columns(rows: Iterable[dict[str, str]]) -> list[tuple[str, str]]:
    return [(str(row["question"]), str(row["answer"])) for row in rows]
