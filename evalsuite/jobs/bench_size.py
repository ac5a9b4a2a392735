"""How do time and memory grow with the number of rows? Commands on made-up results, each in a process of its own.

Verdicts come as CSV, JSON Lines and Parquet, texts as JSON Lines. What is measured is the time of the processor, which
other work on the machine moves least, and the most memory that the process held.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from evalsuite.console import say
from evalsuite.documents.machine import SizeSpeed
from evalsuite.errors import EvalsuiteError

__all__ = ["bench_size"]

TEXT_SHARE = 20
"""One text for so many verdicts: a text is graded by every grader, which takes that much longer."""
VERDICTS = "SELECT 'p' || i AS id, hash(i, {seed}) % 10 < {tenths} AS correct FROM range({n}) t(i)"
TEXTS = """
SELECT 'p' || i AS id, i || ': ' || a || ' boxes of ' || b || ' pens. How many?' AS question,
       a || '*' || b || '=<<' || a || '*' || b || '=' || a * b || '>>' || a * b || chr(10) || '#### ' || a * b AS gold,
       repeat('There are ' || a || ' boxes with ' || b || ' pens each. ', 1 + i % 12) || 'The answer is '
           || CASE WHEN hash(i) % 2 = 0 THEN a * b ELSE a + b END AS completion
FROM (SELECT i, 2 + hash(i, 1) % 90 AS a, 2 + hash(i, 2) % 90 AS b FROM range({n}) t(i))
"""
FORMATS = {"csv": "csv", "jsonl": "json", "parquet": "parquet"}


def bench_size(n_rows: int) -> SizeSpeed:
    """Return time and memory of importing and comparing `n_rows` verdicts, and of grading a share of them as texts."""
    n_texts = max(1, n_rows // TEXT_SHARE)
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as connection:
        folder = Path(name)
        for ending, form in FORMATS.items():
            verdicts = VERDICTS.format(n=n_rows, seed=0, tenths=5)
            connection.execute(f"COPY ({verdicts}) TO '{folder / f'base.{ending}'}' (FORMAT {form})")
        connection.execute(f"COPY ({VERDICTS.format(n=n_rows, seed=1, tenths=6)}) TO '{folder / 'new.csv'}'")
        connection.execute(f"COPY ({TEXTS.format(n=n_texts)}) TO '{folder / 'texts.jsonl'}' (FORMAT json)")
        commands = {
            **{f"import_{end}": ["import", f"base.{end}", "--store", f"{end}.duckdb"] for end in FORMATS},
            "compare_files": ["compare", "base.csv", "new.csv"],
            "import_texts": ["import", "texts.jsonl", "--store", "texts.duckdb"],
            "grade_all_graders": ["grade", "texts", "--all-graders", "--store", "texts.duckdb"],
        }
        measured = {what: _measured(arguments, folder) for what, arguments in commands.items()}
    seconds = {what: found[0] for what, found in measured.items()}
    read = {"compare_files": 2 * n_rows, "import_texts": n_texts, "grade_all_graders": n_texts}
    return SizeSpeed(
        n_rows=n_rows,
        n_texts=n_texts,
        cpu_seconds=seconds,
        rows_per_cpu_second={what: read.get(what, n_rows) / spent for what, spent in seconds.items()},
        peak_memory_mb={what: found[1] for what, found in measured.items()},
    )


def _measured(arguments: list[str], folder: Path) -> tuple[float, float]:
    """Run a command and return its seconds of the processor and its largest memory in MB."""
    say(f"evalsuite {' '.join(arguments)}")
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "evalsuite", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said = process.stderr.read() if process.stderr is not None else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise EvalsuiteError(f"evalsuite {' '.join(arguments)} ended with {process.returncode}: {said.strip()[-300:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 10**6
