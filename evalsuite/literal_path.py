"""Paths for DuckDB's readers, which take them for patterns and read columns out of the names of folders."""

import re
from pathlib import Path

__all__ = ["PARQUET", "literal"]

PARQUET = "read_parquet(?, hive_partitioning = false, filename = false)"
"""A Parquet file whose path, given by `literal`, is bound: a folder called ``correct=false`` is only a folder."""


def literal(path: Path) -> str:
    """Return the path as a pattern that this file alone matches.

    Examples
    --------
    >>> literal(Path("run[1]*.parquet"))
    'run[[]1][*].parquet'
    """
    return re.sub(r"([\[*?])", r"[\1]", str(path))
