"""The tables of Findings as LaTeX, one ``table`` environment each, for a paper that loads ``booktabs``.

Text from outside is escaped: no label can end a cell, start a command or be read as a comment.
"""

import re
from collections.abc import Sequence

from evalsuite.figures.characters import visible
from evalsuite.findings import Findings, Table
from reports import cells as form
from reports.analysis_id import analysis_id

__all__ = ["escape", "latex"]

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # At the start of a row these two would be read as an argument of the row's end.
    "[": "{[}",
    "*": "{*}",
    "−": r"\ensuremath{-}",
    "±": r"\ensuremath{\pm}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "α": r"\ensuremath{\alpha}",
    "Δ": r"\ensuremath{\Delta}",
    "–": "--",
}
LONGEST = 60
"""Rows of a table that a page of paper can bear; longer ones are in the CSV files alone."""
HEAD = (
    r"% Needs \usepackage{booktabs} and, for \textquotedbl, \usepackage[T1]{fontenc}; labels in other scripts need"
    "\n% LuaLaTeX or XeLaTeX with a font that has them.\n"
)


def latex(findings: Sequence[Findings]) -> str:
    r"""Return the tables of `findings` that fit a page, rounded as there, with ``\label{tab:<analysis>-<table>}``."""
    parts = [HEAD]
    for one in findings:
        parts += [_table(table, one.name, analysis_id(one)) for table in one.tables if 0 < len(table.rows) <= LONGEST]
    return "\n".join(parts)


def escape(text: str) -> str:
    r"""Return `text` on one line as LaTeX that prints it.

    Examples
    --------
    >>> print(escape(r"50% of {a_b} \ c"))
    50\% of \{a\_b\} \textbackslash{} c
    """
    line = " ".join(visible(text).split())
    return "".join(SPECIAL.get(character, character) for character in line)


def _table(table: Table, name: str, made_by: str) -> str:
    letters = "".join("r" if column.kind in form.NUMERIC else "l" for column in table.columns)
    rows = [" & ".join(map(escape, texts)) + r" \\" for texts in form.rows(table)]
    lines = [
        f"% analysis {_plain(made_by)}",
        r"\begin{table}",
        rf"\caption{{{escape(table.title)}}}\label{{tab:{_plain(name)}-{_plain(table.name)}}}",
        rf"\begin{{tabular}}{{{letters}}}",
        r"\toprule",
        " & ".join(escape(column.title) for column in table.columns) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        *([rf"\par\smallskip {{\footnotesize {escape(table.note)}}}"] if table.note else []),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Keep what a comment or the name of a label can hold."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", text)
