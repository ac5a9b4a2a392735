"""How long completions are, and how many the token limit truncated."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalsuite.figures.cells import numbers, read_options, texts
from evalsuite.figures.looks import INK, PAPER, clip, legend_columns, series
from evalsuite.findings import Cell, Table
from evalsuite.wording.language import tr

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LengthOptions", "lengths"]


@dataclass(frozen=True, slots=True)
class LengthOptions:
    """What a figure of lengths may say: `cap`, the largest number of tokens that a completion may have."""

    cap: float | None = None


def lengths(table: Table, options: Mapping[str, Cell], ax: "Axes") -> "Axes":
    """Draw the share of completions of at most so many tokens, a step line a run, with the cap.

    The jump at the cap is what was cut there: an open marker stands at its lower end.

    Parameters
    ----------
    table
        Columns ``label``, ``tokens`` and ``share``: the share of the run's completions that have at most `tokens`
        tokens. Rows of one label are sorted by tokens; enough quantiles make a smooth line.
    options
        Fields of `LengthOptions`.
    """
    cap = read_options(LengthOptions, options).cap
    runs: dict[str, list[tuple[float, float]]] = {}
    for label, tokens, share in zip(
        texts(table, "label"), numbers(table, "tokens"), numbers(table, "share"), strict=True
    ):
        if not math.isnan(tokens + share):
            runs.setdefault(label, []).append((tokens, share))
    for position, (label, points) in enumerate(runs.items()):
        _run(ax, points, position, clip(label, 30), cap)
    furthest = max((tokens for points in runs.values() for tokens, _ in points), default=1.0)
    if cap is not None:
        ax.axvline(
            cap,
            color=INK,
            linewidth=1.1,
            linestyle=(0, (1, 1.5)),
            label=tr("token limit {limit}", limit=f"{cap:g}"),
            zorder=1,
        )
    ax.set_xlim(0, 1.04 * max(furthest, cap or 0.0))
    ax.set_ylim(0, 1.03)
    ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:g}%")
    ax.set_xlabel(tr("length (tokens)"))
    ax.set_ylabel(tr("completions this long or shorter"))
    ax.grid(visible=True)
    ax.figure.legend(
        loc="outside upper left", ncols=legend_columns(3, ax), handlelength=2.6, columnspacing=1.6, borderaxespad=0.2
    )
    return ax


def _run(ax: "Axes", points: list[tuple[float, float]], position: int, label: str, cap: float | None) -> None:
    look = series(position)
    tokens, share = zip((0.0, 0.0), *sorted(points), strict=True)
    every = max(1, len(tokens) // 6)
    ax.step(
        tokens, share, where="post", color=look.colour, linestyle=look.line, marker=look.marker, markersize=5,
        markevery=(every, every), markeredgecolor=PAPER, label=label,
    )  # fmt: skip
    if cap is not None:
        below = max((s for t, s in points if t < cap), default=0.0)
        ax.plot(
            [cap], [below], marker=look.marker, markersize=7, markerfacecolor=PAPER, markeredgecolor=look.colour,
            markeredgewidth=1.6, linestyle="none", zorder=5,
        )  # fmt: skip
