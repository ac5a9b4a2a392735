"""docs/python.md runs as it stands: every block of Python gives the output that is printed below it.

To write the outputs anew: ``python tests/api/test_python_page.py``, from the root of the repository.
"""

import ast
import io
import os
import re
import shlex
import tempfile
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd

from evalsuite.cli.app import run_command

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"```(python|sh)\n(.*?)```\n(```text\n(.*?)```\n)?", re.DOTALL)


def shown(code: str, names: dict[str, Any]) -> str:
    """Run one cell and return what a notebook would show: what it prints, then the value of its last line."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(tree, "docs/python.md", "exec"), names)  # noqa: S102 - a page of ours
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "docs/python.md", "eval"), names)  # noqa: S307
            if value is not None:
                print(repr(value))  # noqa: T201
    return out.getvalue()


def run_page(text: str) -> str:
    """Return the page with the output of every block as it is now, run in an empty folder."""
    names: dict[str, Any] = {}

    def anew(match: re.Match[str]) -> str:
        language, code, output = match[1], match[2], match[3]
        if language == "sh":
            for line in code.splitlines():
                with redirect_stdout(io.StringIO()):
                    assert run_command(shlex.split(line)[1:]) == 0, line
            return match[0]
        result = shown(code, names)
        assert output is not None or not result, f"the page does not show what this prints:\n{code}{result}"
        return f"```python\n{code}```\n" + (f"```text\n{result}```\n" if output is not None else "")

    here = os.environ.copy()
    with tempfile.TemporaryDirectory() as folder, chdir(folder), pd.option_context("display.width", 88):
        os.environ["XDG_CONFIG_HOME"] = folder
        try:
            with mpl.rc_context({"backend": "Agg"}):
                return BLOCK.sub(anew, text)
        finally:
            os.environ.clear()
            os.environ.update(here)


def test_the_page_shows_what_its_code_gives() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```python") >= 10
    assert run_page(text) == text


if __name__ == "__main__":
    PAGE.write_text(run_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
