"""NeMo-Skills: ``output-rs<seed>.jsonl``, one file a random seed; ``output.jsonl`` for greedy decoding.

The files of one folder are one run and its seeds are completions. ``<file>-async`` is what a run that is still going,
or was stopped, has written so far. Source: ``nemo_skills/inference/generate.py`` and
``nemo_skills/evaluation/metrics/math_metrics.py`` (NVIDIA-NeMo/Skills, commits 01462f3 and 979c8ad); files of 2024 say
``is_correct`` for ``symbolic_correct``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evalsuite.errors import EvalsuiteError, InputError
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek
from evalsuite.store.imports.prompts import content_id
from evalsuite.store.imports.results import ForeignGrade, ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import UnreadableValueError, identity, stop, text, verdict, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "nemo-skills"
FILE = re.compile(r"^output(?:-rs(?P<seed>\d+))?(?:_chunk_(?P<chunk>\d+))?\.jsonl(?P<partly>-async)?$")
JUDGEMENT = re.compile(r"\*{0,2}judgement\*{0,2}\s*:\s*(yes|no)", re.IGNORECASE)
PRIMARY = ("nemo-skills/symbolic", "nemo-skills/judge")
ERRORS = ("error", "detailed_error", "generation_error")
"""Where a request says that it failed; the row may have an empty text and a verdict on it all the same."""


@dataclass(frozen=True, slots=True)
class _Seed:
    """The files of one seed: the whole, or its chunks in order; `seed` is None for greedy decoding."""

    seed: int | None
    files: tuple[Path, ...]


def recognise(peek: Peek) -> bool:
    """Return whether a file is called so and has a generation, or a folder holds files that are called so."""
    return any(_is_ours(file) for file in peek.files)


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Return one run a folder (a benchmark); a single file is a run of one completion a problem."""
    folders: dict[Path, list[Path]] = defaultdict(list)
    for file in sorted(below(path, "output*")) if path.is_dir() else [path]:
        if FILE.match(file.name) or not path.is_dir():
            folders[file.absolute().parent].append(file)
    # Where one file is of NeMo-Skills, an empty one beside it is a seed of which nothing came.
    runs = [_run(folder, own) for folder, own in folders.items() if any(map(_is_ours, own)) or not path.is_dir()]
    if len(runs) == 1:
        return runs
    # Each benchmark has a folder of its own.
    return [replace(run, spec={**run.spec, "dataset": run.label}) for run in runs]


def _is_ours(file: Path) -> bool:
    """Return whether a file is called so, which many are, and its first row has a generation."""
    if not FILE.match(file.name):
        return False
    try:
        first = next(json_lines(file), None)
    except EvalsuiteError:
        return False
    return first is not None and "generation" in first[1]


def _run(folder: Path, files: Sequence[Path]) -> ForeignRun:
    seeds, notes = _seeds(files)
    drawn = [one.seed for one in seeds if one.seed is not None]
    if drawn and len(drawn) < len(seeds):
        # Greedy and sampled completions are not draws from one distribution.
        raise InputError(
            f"{folder} holds output.jsonl, which is greedy, beside output-rs*.jsonl, which are sampled: import "
            f"{folder / 'output.jsonl'} by itself, and move it away to import the samples"
        )
    problems, graders = _problems(seeds)
    if len(drawn) > 1:
        notes.append(f"seeds {', '.join(map(str, drawn))} -> completions 0 to {len(drawn) - 1}")
    shown = next((name for name in PRIMARY if name in graders), None)
    return ForeignRun(
        label=folder.name,
        program="NeMo-Skills",
        rows=lambda: _rows(seeds, problems, graders),
        files=tuple(file for one in seeds for file in one.files),
        spec={"decoding": {"seed": drawn[0]}} if drawn else {},
        primary_grader=shown,
        n_rows=len(problems) * len(seeds),
        notes=tuple(notes),
        unknown=("the model, its prompt and its temperature", "the token limit"),
    )


def _seeds(files: Sequence[Path]) -> tuple[list[_Seed], list[str]]:
    """Return the files by seed. A whole file counts before its chunks, and both before what an unfinished run has."""
    by_seed: dict[int, list[tuple[bool, int, Path]]] = defaultdict(list)
    for file in files:
        found = FILE.match(file.name)
        if found is None:
            raise InputError(f"{file} is not called output.jsonl or output-rs<seed>.jsonl, as NeMo-Skills does")
        seed = -1 if found["seed"] is None else int(found["seed"])
        by_seed[seed].append((found["partly"] is not None, int(found["chunk"] or -1), file))
    seeds, notes = [], []
    for seed, own in sorted(by_seed.items()):
        own.sort(key=lambda entry: entry[:2])
        finished = [entry for entry in own if not entry[0]]
        whole_file = [entry for entry in finished if entry[1] < 0]
        used = whole_file or finished + [e for e in own if e[0] and e[1] not in {f[1] for f in finished}]
        notes += [f"{file.name} is of a run that was not finished" for partly, _, file in used if partly]
        left_out = len(own) - len(used)
        if left_out:
            notes.append(f"{left_out} chunks of seed {seed} left out, which {used[0][2].name} already holds")
        seeds.append(_Seed(None if seed < 0 else seed, tuple(file for _, _, file in used)))
    return seeds, notes


def _seed_rows(one: _Seed) -> Iterator[tuple[Path, int, str, dict[str, Any]]]:
    """Yield file, line, problem and row. The problem is its id, or what it asks; in one seed it may occur twice."""
    seen: Counter[str] = Counter()
    for file in one.files:
        for number, row in json_lines(file):
            with in_row(file, number):
                name = row.get("id", row.get("problem_id"))
                question, gold = _question(row), _gold(row)
                if name is None and question is None:
                    raise UnreadableValueError("there is neither an id nor a problem")
                problem = identity(name) if name is not None else content_id(question or "", gold)
            seen[problem] += 1
            # The same problem again in one seed is a twin in the data set.
            yield file, number, problem if seen[problem] == 1 else f"{problem}#{seen[problem]}", row


def _problems(seeds: Iterable[_Seed]) -> tuple[dict[str, tuple[str | None, str | None]], set[str]]:
    """Return question and gold of every problem in the order of the first seed, and the names of all graders."""
    problems: dict[str, tuple[str | None, str | None]] = {}
    graders: set[str] = set()
    for one in seeds:
        for file, number, problem, row in _seed_rows(one):
            with in_row(file, number):
                said = (_question(row), _gold(row))
                graders |= _grades(row).keys()
            if problems.setdefault(problem, said) != said:
                raise InputError(f"{file} row {number}: problem {problem} has another question or answer than before")
    return problems, graders


def _rows(
    seeds: Sequence[_Seed], problems: Mapping[str, tuple[str | None, str | None]], graders: set[str]
) -> Iterator[ResultRow]:
    for index, one in enumerate(seeds):
        left = dict(problems)
        for file, number, problem, row in _seed_rows(one):
            del left[problem]
            with in_row(file, number):
                yield _row(problem, index, row, graders)
        for problem, (question, gold) in left.items():
            why = f"not in {one.files[0].name}"
            yield ResultRow(problem, index, missing=why, question=question, gold=gold)


def _row(problem: str, index: int, row: Mapping[str, Any], graders: set[str]) -> ResultRow:
    grades = _grades(row)
    reason, detail, failed = stop(row.get("finish_reason"))
    error = next((_named(row[key]) for key in ERRORS if row.get(key)), detail if failed else None)
    missing = f"error: {error}" if error else None
    if missing is None and graders and not grades:
        missing = "error: no verdict"
    return ResultRow(
        problem_id=problem,
        completion_index=index,
        grades={} if missing else grades,
        missing=missing,
        completion=text(row.get("generation")),
        gold=_gold(row),
        question=_question(row),
        n_tokens=whole(row.get("num_generated_tokens"), "num_generated_tokens"),
        stop_reason=reason,
        stop_detail=detail,
    )


def _named(error: Any) -> str:
    """Return what an error says in short."""
    if isinstance(error, Mapping):
        error = error.get("error_message") or error.get("error_type") or error
    return str(error).partition("\n")[0][:200]


def _grades(row: Mapping[str, Any]) -> dict[str, ForeignGrade]:
    extracted = None if row.get("predicted_answer") is None else str(row["predicted_answer"])
    grades = {}
    symbolic = verdict(row.get("symbolic_correct", row.get("is_correct")))
    if symbolic is not None:
        grades["nemo-skills/symbolic"] = ForeignGrade(bool(symbolic), extracted, no_answer=extracted is None)
    if isinstance(row.get("judgement"), str):
        # Its own rule: what is no "Judgement: yes" is wrong, a judgement in no known form too.
        said = JUDGEMENT.search(row["judgement"])
        grades["nemo-skills/judge"] = ForeignGrade(said is not None and said[1].lower() == "yes", extracted)
    return grades


def _question(row: Mapping[str, Any]) -> str | None:
    return text(row.get("problem", row.get("question")))


def _gold(row: Mapping[str, Any]) -> str | None:
    return None if row.get("expected_answer") is None else str(row["expected_answer"])
