"""OpenAI's simple-evals: answers lie in ``<eval>_<model>_allresults.json`` and in the ``.html`` report.

A summary is read by way of the report beside it, and refused without one. Source: ``common.py`` and ``simple_evals.py``
(openai/simple-evals, commits 01ac108 and 1e88bdf): what is read from HTML is written by its template ``HTML_JINJA``.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_object
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.prompts import content_id
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.rollouts import foreign_grade
from evalsuite.store.imports.values import verdict

__all__ = ["NAME", "read", "recognise"]

NAME = "simple-evals"
GRADER = "simple-evals"
WHOLE = {"score", "metrics", "htmls", "convos", "metadata"}
SAMPLE = "<h3>Prompt conversation</h3>"
ANSWER = "<h3>Sampled message</h3>"
MESSAGE = re.compile(r'<div class="message (\w+)">.*?<pre>(.*?)</pre>', re.DOTALL)
FIELD = re.compile(r"<p>(Correct Answer|Extracted Answer|Score): (.*?)</p>", re.DOTALL)


def recognise(peek_: Peek) -> bool:
    """Return whether a file is a summary, all results or a report, or a folder holds all results or a report."""
    if peek_.is_folder:
        files = peek_.files[:1000]
        if any(file.name.endswith("_allresults.json") or _is_report(file) for file in files):
            return True
        data = [file for file in files if file.suffix in (".json", ".jsonl", ".csv", ".parquet")]
        return bool(data) and all(recognise(peek(file)) for file in data)
    if peek_.suffix == ".html":
        return _is_report(peek_.path)
    if peek_.suffix != ".json" or not peek_.has("score"):
        return False
    # Other programs have a score too: EvalScope's reports, with metrics and more.
    return peek_.has("score:std") or peek_.has("chars") or (peek_.has("metrics") and peek_.keys <= WHOLE)


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run for each report or each file with all results, where there are both the latter."""
    runs = []
    for file in _files(path):
        samples = _samples(file)
        if not samples:
            raise InputError(
                f"{file} is a summary of simple-evals, which has no answers. Its report has them: import the .html "
                "that simple-evals wrote at the same time (in /tmp), or the file that ends in _allresults.json"
            )
        runs.append(_run(file, samples, options))
    return runs


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        report = path.with_suffix(".html")
        is_summary = path.suffix == ".json" and "htmls" not in json_object(path)
        return [report if is_summary and report.is_file() else path]
    whole = sorted(below(path, "*_allresults.json"))
    taken = {file.with_name(file.name.removesuffix("_allresults.json") + ".html") for file in whole}
    found = whole + [file for file in sorted(below(path, "*.html")) if file not in taken and _is_report(file)]
    return found or sorted(below(path, "*.json"))


def _is_report(file: Path) -> bool:
    if file.suffix.lower() != ".html":
        return False
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            head = opened.read(1 << 16)
    except OSError:
        return False
    return SAMPLE in head and ANSWER in head


def _samples(file: Path) -> list[str]:
    """Return the HTML of each sample."""
    if file.suffix.lower() == ".json":
        return [str(html) for html in json_object(file).get("htmls") or []]
    try:
        report = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataUnavailableError(f"cannot read {file}: {error}") from error
    return [SAMPLE + part for part in report.split(SAMPLE)[1:]]


def _run(file: Path, samples: Sequence[str], options: ReadOptions) -> ForeignRun:
    graded = False
    for number, sample in enumerate(samples, 1):
        with in_row(file, number):
            score = verdict(_fields(sample).get("Score"))
        graded = graded or (score is not None and not isinstance(score, bool))
    return ForeignRun(
        label=file.stem.removesuffix("_allresults"),
        program="simple-evals",
        rows=lambda: _rows(file, samples, graded),
        files=(file,),
        primary_grader=GRADER,
        score_ranges={GRADER: options.score_range} if graded and options.score_range else {},
        n_rows=len(samples),
        notes=("the same question several times -> completions",),
        unknown=("why a completion ended", "how many tokens it has", "the decoding"),
    )


def _rows(file: Path, samples: Sequence[str], graded: bool) -> Iterator[ResultRow]:
    seen: Counter[str] = Counter()
    for number, sample in enumerate(samples, 1):
        asked, _, answered = sample.partition(ANSWER)
        users = [unescape(content) for role, content in MESSAGE.findall(asked) if role == "user"]
        said = [unescape(content) for _, content in MESSAGE.findall(answered)]
        fields = _fields(sample)
        question, gold = (users[-1] if users else None), fields.get("Correct Answer")
        problem = content_id(question or "", gold)
        with in_row(file, number):
            grade = foreign_grade(fields.get("Score"), graded=graded, extracted=_known(fields.get("Extracted Answer")))
        yield ResultRow(
            problem_id=problem,
            completion_index=seen[problem],
            grades={} if grade is None else {GRADER: grade},
            missing="error: no score" if grade is None else None,
            completion=said[0] if said else None,
            gold=gold,
            question=question,
        )
        seen[problem] += 1


def _fields(sample: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in FIELD.findall(sample.partition(ANSWER)[2])}


def _known(answer: str | None) -> str | None:
    return None if answer in (None, "", "None") else answer
