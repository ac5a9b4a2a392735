"""Tables that are parts of one run: ``part-0.jsonl``, ``rank1.csv``, ``results-00000-of-00002.parquet``."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evalsuite.errors import InputError
from evalsuite.store.imports.raw_table import Numbered, RawTable, open_table
from evalsuite.store.imports.text_files import PACKED, label_of

__all__ = ["FILE", "gathered", "joined"]

NUMBERED = re.compile(
    r"(?P<stem>.*?)[-_.]?(?:(?P<k>\d+)[-_]of[-_](?P<n>\d+)|(?:part|shard|rank|chunk|worker|gpu|proc)[-_.]?(?P<i>\d+))",
    re.IGNORECASE,
)
FILE = "file of the part"
"""The column that says which part a row stands in, by which rows of one problem can be told apart."""


def gathered(files: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Return the files, those that are numbered parts of one together and in order.

    Raises
    ------
    InputError
        A part is missing among those that say how many there are.
    """
    groups: dict[tuple[str, str, str], list[tuple[int, Path]]] = defaultdict(list)
    for file in files:
        match = NUMBERED.fullmatch(label_of(file))
        number = int(match["k"] or match["i"]) if match else 0
        kind = "".join(file.suffixes[-2:] if file.suffix.lower() in PACKED else file.suffixes[-1:])
        groups[(match["stem"] if match else str(file), kind, (match["n"] or "") if match else "")].append(
            (number, file)
        )
    for (_, _, total), parts in groups.items():
        first = min(number for number, _ in parts)
        there = {number - (first == 1) for number, _ in parts}
        lacking = sorted({*range(int(total))} - there) if total and first <= 1 else []
        if lacking:
            raise InputError(
                f"{parts[0][1]} is one of {int(total)} parts, and part {lacking[0] + (first == 1)} is not there. Copy "
                "it too, or name the parts one by one"
            )
    return [tuple(file for _, file in sorted(parts)) for parts in groups.values()]


def joined(files: Sequence[Path]) -> RawTable:
    """Return several parts as one table; each row says in the column `FILE` where it stands."""
    tables = [open_table(file) for file in files]
    first = tables[0]
    if len(tables) == 1:
        return first

    def rows() -> Iterator[Numbered]:
        number = 0
        for table, file in zip(tables, files, strict=True):
            for _, row in table.rows():
                number += 1
                yield number, {**row, FILE: file.name}

    columns = dict.fromkeys(column for table in tables for column in table.columns)
    known = [table.n_rows for table in tables]
    return replace(
        first,
        name=str(files[0].parent),
        columns=(*columns, FILE),
        rows=rows,
        unit="row",
        n_rows=sum(n for n in known if n is not None) if None not in known else None,
        notes=(*first.notes, f"{len(files)} parts of one run: {', '.join(file.name for file in files[:3])}"),
    )
