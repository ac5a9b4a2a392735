"""The files that lie beside a page: every table and every figure by itself, for papers."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from evalsuite.files import write_whole
from evalsuite.findings import Cell, Findings, Table
from evalsuite.stats.decision import Verdict
from evalsuite.wording.verdicts import verdict_label
from reports.answer import table_key
from reports.latex import latex
from reports.view_models import AnswerView

__all__ = ["write_files"]


def write_files(findings: Sequence[Findings], views: Sequence[AnswerView], folder: Path) -> dict[str, tuple[str, ...]]:
    """Write figures as SVG, tables as CSV in full precision and all tables as LaTeX into `folder`.

    Where a figure has a PNG, that too. What an earlier build left there of these is removed. Returns the paths of what
    was written, relative to the page beside `folder`, by the id that the table or figure has on the page.
    """
    written = {folder / "tables.tex"}
    write_whole(folder / "tables.tex", latex(findings))
    files: dict[str, tuple[str, ...]] = {}
    for one, view in zip(findings, views, strict=True):
        prefix = _file_name(one.name)
        for table in one.tables:
            path = _free(folder / f"{prefix}-{_file_name(table.name)}.csv", written)
            write_whole(path, _csv(table))
            written.add(path)
            files[table_key(view.key, table.name)] = (f"{folder.name}/{path.name}",)
        figures = [figure for part in view.sections for figure in part.figures]
        for figure in [*([view.headline] if view.headline else []), *figures]:
            if not figure.vector:
                continue
            path = _free(folder / f"{prefix}-{_file_name(figure.name)}.svg", written)
            write_whole(path, figure.vector)
            paths = [path]
            if figure.raster is not None:
                paths.append(path.with_suffix(".png"))
                write_whole(paths[1], figure.raster)
            written.update(paths)
            files[figure.key] = tuple(f"{folder.name}/{file.name}" for file in paths)
    for path in folder.glob("*"):
        if path.suffix in {".csv", ".svg", ".png"} and path not in written:
            path.unlink(missing_ok=True)
    return files


def _csv(table: Table) -> str:
    """Return `table` under the keys of its columns, in full precision; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.key for column in table.columns])
    writer.writerows([[_cell(cell) for cell in row] for row in table.rows])
    return text.getvalue()


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, Verdict):
        return verdict_label(cell)
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _file_name(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text)[:80] or "unnamed"


def _free(path: Path, taken: set[Path]) -> Path:
    number, free = 2, path
    while free in taken:
        free = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return free
