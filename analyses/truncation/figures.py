"""The figures of the truncation analysis, each with the table that it draws."""

from collections.abc import Sequence

from analyses.runs.pairing import PairedRuns
from analyses.truncation import tables
from evalsuite.findings import Cell, Figure, Table
from evalsuite.wording.language import tr

__all__ = ["figures"]


def figures(runs: PairedRuns, page_tables: Sequence[Table]) -> tuple[Figure, ...]:
    """Return the figures whose tables are among `page_tables`, in the order of the page."""
    names = {table.name for table in page_tables}
    curves = (_accuracy(), _difference(page_tables), *_endings(runs), _lengths(runs))
    return tuple(figure for figure in curves if figure.table in names)


def _accuracy() -> Figure:
    return Figure(
        "token_limit_curve",
        "curves",
        tr("Accuracy by token limit"),
        tr("One line per run, with a band that holds at all limits at once; it ends at the run's own limit."),
        "token_limit_curve",
        {"x_title": tr("token limit"), "y_title": tr("accuracy")},
    )


def _difference(page_tables: Sequence[Table]) -> Figure:
    lows = [low for table in page_tables if table.name == "token_limit_difference" for low in table.numbers("low")]
    options: dict[str, Cell] = {
        "x_title": tr("token limit"),
        "y_title": tr("difference in accuracy"),
        "floor": 1.05 * min([0.0, *lows]),
        # The base has no line of its own here.
        "first": 1,
        "reference": 0.0,
        "reference_title": tr("equal accuracy"),
    }
    return Figure(
        "token_limit_difference",
        "curves",
        tr("Difference by token limit, new − base"),
        tr("The paired difference at each limit that both runs reach, with a simultaneous band."),
        "token_limit_difference",
        options,
    )


def _endings(runs: PairedRuns) -> list[Figure]:
    words = tr("Share of completions that ended right, ended wrong, and have not ended, by number of tokens.")
    options: dict[str, Cell] = {"x_title": tr("tokens"), "y_title": tr("completions"), "neutral": True}
    return [
        Figure(name, "curves", tr("How {label} ends", label=label), words, name, options)
        for name, label in zip(tables.incidence_names(runs), runs.labels, strict=True)
    ]


def _lengths(runs: PairedRuns) -> Figure:
    limits = {head.spec.get("decoding", {}).get("max_new_tokens") for head in runs.heads}
    # The drawing marks one limit; runs with different ones have none in common.
    option: dict[str, Cell] = {"cap": limits.pop()} if len(limits) == 1 and None not in limits else {}
    return Figure(
        "lengths",
        "lengths",
        tr("Lengths of the completions"),
        tr("Share of completions with at most this many tokens; the jump at the token limit is what was truncated."),
        "lengths",
        option,
    )
