"""Tables of findings as pandas data frames: for files beside a page, notebooks and other programs."""

import pandas as pd

from evalsuite.findings import Table
from evalsuite.stats.decision import Verdict
from evalsuite.wording.verdicts import verdict_label

__all__ = ["table_frame"]


def table_frame(table: Table) -> pd.DataFrame:
    """Return `table` with one column a column, named by its key, at full precision.

    Columns have the dtype object, so that counts with an empty cell stay whole numbers and are written as such. A
    verdict stands as its name.

    Examples
    --------
    >>> from evalsuite.findings import Column
    >>> table_frame(Table("needed", "Needed", (Column("power", "Power"), Column("n", "n")), ((0.8, 39), (0.9, None))))
      power     n
    0   0.8    39
    1   0.9  None
    """
    rows = [[verdict_label(cell) if isinstance(cell, Verdict) else cell for cell in row] for row in table.rows]
    # Keys too: the text type of pandas holds no lone surrogate, which a label from a file may have.
    keys = pd.Index([column.key for column in table.columns], dtype=object)
    return pd.DataFrame(rows, columns=keys, dtype=object)
