"""The command line in this process, and results files for it: what the Python API is held against."""

import csv
import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from evalsuite.cli.app import run_command
from evalsuite.console import print_json


def command(*arguments: object) -> Any:
    """Return the document that a command prints with ``--json``."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command([*map(str, arguments), "--json"])
    assert code == 0, err.getvalue()
    return json.loads(out.getvalue())


def printed(document: Any) -> Any:
    """Return a document as the command line would print it: without NaN, and with lists for tuples."""
    out = io.StringIO()
    with redirect_stdout(out):
        print_json(document)
    return json.loads(out.getvalue())


def results_file(path: Path, scores: Sequence[Sequence[int]], ids: Sequence[str]) -> Path:
    """Write the scores of each problem as CSV, one row a completion."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["problem_id", "completion_index", "correct"])
        for problem, completions in zip(ids, scores, strict=True):
            writer.writerows([problem, k, right] for k, right in enumerate(completions))
    return path


def imported(store: Path, *files: Path) -> Path:
    """Import results files under the names of the files into one store."""
    for file in files:
        command("import", file, "--label", file.stem, "--store", store)
    return store
