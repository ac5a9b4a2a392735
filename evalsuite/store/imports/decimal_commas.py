"""Right answers with a decimal comma, and the bare answers beside them, as many countries write them.

``18,5`` can only be 18.5. ``1,080`` is 1080, as data sets in English write it, unless another cell of the column has a
decimal comma; then it is 1.08, and ``1.080`` is 1080.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports import values
from evalsuite.store.imports.column_names import lookup

__all__ = ["comma_columns", "plain_number"]

POINTS = re.compile(r"\s*-?[1-9]\d{0,2}(?:\.\d{3})+(,\d+)?\s*")
"""What has points between its thousands where commas are decimal."""


def comma_columns(
    columns: Mapping[str, str], sample: Sequence[Mapping[str, Any]], where: str, *, decimal_comma: bool
) -> frozenset[str]:
    """Return which of our columns hold answers with decimal commas: those of right answers, and then the answers too.

    Parameters
    ----------
    decimal_comma
        Whether fields are not separated by commas, so that points may part thousands.

    Raises
    ------
    InputError
        All right answers with a point may have it between thousands or be decimal.
    """
    if "gold" not in columns:
        return frozenset()
    cells = [cell for row in sample if isinstance(cell := lookup(row, columns["gold"]), str)]
    if any(values.with_point(cell, decimal_comma=False) != cell for cell in cells):
        return frozenset({"gold", "completion"} & set(columns))
    pointed = [cell for cell in cells if "." in cell]
    if decimal_comma and pointed and all(map(POINTS.fullmatch, pointed)):
        cell = pointed[0].strip()
        raise InputError(
            f"{where}: right answers such as {cell!r} have a point before three digits, which parts thousands where "
            f"commas are decimal and is decimal elsewhere. Write {cell.replace('.', '')} or {cell.rstrip('0')}"
        )
    return frozenset()


def plain_number(cell: Any) -> Any:
    """Return a number of a column with decimal commas as English writes it; anything else as it is.

    Examples
    --------
    >>> plain_number("18,5"), plain_number("1,080"), plain_number("1.080,5"), plain_number("so 18,5")
    ('18.5', '1.080', '1080.5', 'so 18,5')
    """
    if not isinstance(cell, str):
        return cell
    if POINTS.fullmatch(cell):
        return cell.replace(".", "").replace(",", ".")
    return values.with_point(cell, decimal_comma=True)
