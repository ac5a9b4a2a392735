"""The comparison from a paired table alone: the verdict is that of ``evalsuite compare --table``."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evalsuite.api.differences import difference_figure, difference_table, frame_row, summary
from evalsuite.api.display import Result, View, typed
from evalsuite.comparison.paired_table import PairedComparison, compare_table
from evalsuite.documents.two_runs import of_paired_table
from evalsuite.errors import InputError
from evalsuite.figures.looks import clip
from evalsuite.stats.decision import Verdict
from evalsuite.stats.paired import PairedTable
from evalsuite.wording import paired_table
from evalsuite.wording.first_screen import finding
from evalsuite.wording.verdicts import verdict_label

__all__ = ["TableCompared", "of_table"]


class TableCompared(Result):
    """The comparison of two runs of which only the paired table is known.

    Attributes
    ----------
    compared
        The comparison at full precision.
    """

    def __init__(self, compared: PairedComparison) -> None:
        self.compared = compared

    @property
    def verdict(self) -> Verdict:
        """The verdict on the new run."""
        return self.compared.verdict

    def as_dict(self) -> dict[str, Any]:
        """Return the document that ``evalsuite compare --table --json`` prints."""
        return of_paired_table(self.compared).as_dict()

    def to_frame(self) -> pd.DataFrame:
        """Return one row at full precision, with the columns of a comparison of runs."""
        return typed(pd.DataFrame([frame_row(self.compared)], dtype=object))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        c = self.compared
        return View(
            title=f"{clip(c.new_label)} against {clip(c.base_label)}",
            verdict=f"{clip(c.new_label)}: {verdict_label(c.verdict)}",
            finding=finding(c, ()),
            sentences=(paired_table.sentence(c),),
            table=summary([c], [()]),
            picture=difference_figure([c]),
            pictured=difference_table([c]),
        )


def of_table(
    table: Any, labels: Sequence[str] | None, *, alpha: float, margin: float | None, others: Mapping[str, Any]
) -> TableCompared:
    """Compare from the four counts.

    Parameters
    ----------
    others
        What else was given to `evalsuite.compare`, by name; a table has no use for any of it.

    Raises
    ------
    InputError
        These are not four counts of at least one problem, or something else was given.
    """
    for name, value in others.items():
        if name != "margin" and value is not None and value is not False:
            raise InputError(f"{name} has no effect on table: the four counts are all that is compared")
    cells = np.asarray(table)
    if cells.shape != (4,) or cells.dtype.kind not in "iu" or cells.min() < 0 or not cells.sum():
        raise InputError(
            f"table needs four counts (both, wins, losses, neither), none negative and not all 0, got {table!r:.80}"
        )
    base, new = ("base", "new") if labels is None else _two(labels)
    counts = PairedTable(*(int(n) for n in cells))
    return TableCompared(compare_table(counts, base_label=base, new_label=new, alpha=alpha, margin=margin))


def _two(labels: Sequence[str]) -> tuple[str, str]:
    if isinstance(labels, str) or len(labels) != 2 or labels[0] == labels[1]:
        raise InputError(f"labels needs 2 different names, the base first, got {labels!r}")
    return str(labels[0]), str(labels[1])
