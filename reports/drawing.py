"""Figures as the page and the files beside it take them. Where there are many, several processes draw."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from markupsafe import Markup

from evalsuite.figures.drawing import draw
from evalsuite.figures.theme import NARROW, render, to_files, to_svg
from evalsuite.findings import Figure, Table

__all__ = ["Job", "Picture", "picture", "pictures"]

Job = tuple[str, Figure, Table]
"""The id that the figure has on its page, the figure, and the table it shows."""

FEW = 4
"""Up to so many figures are drawn before other processes would be ready."""
MOST = 8
"""Processes at most: more would wait for the largest figure."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure for wide and for narrow screens, and as the text of an SVG file and the bytes of a PNG file.

    `raster` is None where no font writes the language; see `theme.to_files`.
    """

    wide: Markup
    narrow: Markup
    vector: str
    raster: bytes | None


def pictures(jobs: Sequence[Job]) -> dict[str, Picture]:
    """Return the picture of every figure by its id. They are the same however many processes draw.

    Raises
    ------
    ValueError
        A figure cannot be drawn from its table.
    """
    processes = min(_processes(), len(jobs))
    if len(jobs) <= FEW or processes < 2:
        return {key: picture(key, figure, table) for key, figure, table in jobs}
    # The largest first: begun last, it would keep one process busy while the others wait.
    jobs = sorted(jobs, key=lambda job: -len(job[2].rows))
    # Forked, so that they have what is loaded, and so that a user's script is not run again in each.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
        return {job[0]: drawn for job, drawn in zip(jobs, pool.map(_drawn, jobs), strict=True)}


def picture(key: str, figure: Figure, table: Table) -> Picture:
    """Return the picture of one figure; `key` starts the ids of its elements."""
    title, words = figure.title, figure.description
    drawn = draw(figure, table)
    rendered = render(drawn)
    wide = to_svg(drawn, name=f"{key}-wide", title=title, description=words, rendered=rendered)
    narrow = to_svg(draw(figure, table, width=NARROW), name=f"{key}-narrow", title=title, description=words)
    vector, raster = to_files(drawn, title=title, description=words, rendered=rendered)
    # The SVG is matplotlib's, with every text escaped by its XML writer.
    return Picture(Markup(wide), Markup(narrow), vector, raster)  # noqa: S704


def _drawn(job: Job) -> Picture:
    return picture(*job)


def _processes() -> int:
    """Return how many processes may draw: one where forking is not safe, on other systems or beside other threads."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(len(os.sched_getaffinity(0)), MOST)
