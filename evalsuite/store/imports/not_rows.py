"""What stands in tables and is no row: lines before the header, the header again, totals.

A line that is surely none is left out and said. Where it may be one, the message has the command that takes it out.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports.text_files import label_of, suffix_of

__all__ = [
    "TOTALS",
    "Totals",
    "check_end",
    "column_names",
    "header_again",
    "lines_before_header",
    "titles",
    "without_line",
]

TAIL = 1 << 16
FIRST = 20
"""Lines among which a header may stand."""
TOTALS = frozenset(
    {"mean", "average", "avg", "total", "totals", "sum", "overall", "accuracy", "acc", "std", "stdev", "stderr",
     "median", "summary", "aggregate", "grand total", "subtotal", "count", "macro avg", "micro avg", "average accuracy",
     "mean accuracy", "accuracy (%)", "accuracy %", "mean (%)", "total correct", "number correct", "correct (%)",
     # What spreadsheets and people call them in other languages.
     "gesamt", "gesamtergebnis", "insgesamt", "summe", "mittel", "mittelwert", "durchschnitt", "anzahl", "moyenne",
     "somme", "ensemble", "total g\xe9n\xe9ral", "media", "promedio", "suma", "suma total", "total general", "m\xe9dia",
     "soma", "total geral", "totale", "totale complessivo", "gemiddelde", "totaal", "eindtotaal", "summa", "totalt",
     "medelv\xe4rde", "\u0438\u0442\u043e\u0433\u043e", "\u0432\u0441\u0435\u0433\u043e",
     "\u0441\u0440\u0435\u0434\u043d\u0435\u0435", "\u5e73\u5747", "\u5e73\u5747\u503c",
     "\u5408\u8ba1", "\u5408\u8a08", "\u603b\u8ba1", "\u7e3d\u8a08"}
)  # fmt: skip
"""Names in the column of ids that name no problem."""


def lines_before_header(lines: Sequence[str], is_known: Callable[[str], bool], delimiters: Sequence[str]) -> int:
    """Return how many lines are titles or comments in front of the header.

    A title has one field only, or begins with ``#``; the header after it has two names that are known.
    """
    for position, line in enumerate(lines[:FIRST]):
        if _known(line, is_known, delimiters) >= 2:
            return position
        if line.strip(' \t\r\n,;|"') and not (line.lstrip("\ufeff ").startswith("#") or _is_title(line, delimiters)):
            return 0
    return 0


def _known(line: str, is_known: Callable[[str], bool], delimiters: Sequence[str]) -> int:
    return max(sum(is_known(cell.strip("\ufeff \t\r\n\"'")) for cell in line.split(d)) for d in delimiters)


def _is_title(line: str, delimiters: Sequence[str]) -> bool:
    """Tell whether only the first field is filled."""
    return any(not line.partition(d)[2].strip(f'{d} \t\r\n"') for d in delimiters if d in line) or not any(
        d in line for d in delimiters
    )


def titles(n: int) -> str:
    """Say what was left out."""
    return f"{n} line{'s' * (n > 1)} before the header left out"


def column_names(header: Sequence[str | None]) -> tuple[str, ...]:
    """Return the names of a header; of several empty ones, as spreadsheets leave, only the first column keeps none."""
    names = [(name or "").strip().lstrip("\ufeff") for name in header]
    if names.count("") > 1:
        names = [name or (f"column {i}" if i > 1 else "") for i, name in enumerate(names, 1)]
    return tuple(names)


def without_line(path: Path, number: int) -> str:
    """Return the command that writes a file again without one line."""
    source = shlex.quote(str(path))
    target = shlex.quote(f"{label_of(path)}-rows{suffix_of(path)}")
    packed = path.suffix.lower()
    if packed in (".gz", ".gzip", ".zst", ".zstd"):
        return f"`{'zstdcat' if packed.startswith('.zst') else 'gunzip -c'} {source} | sed {number}d > {target}`"
    return f"`sed {number}d {source} > {target}`"


def header_again(path: Path, number: int) -> str:
    """Say what to do where the header stands in the middle of a file."""
    source, suffix = shlex.quote(str(path)), suffix_of(path)
    first, second = (shlex.quote(f"{label_of(path)}-{n}{suffix}") for n in (1, 2))
    return (
        f"{path} line {number} is the header again, so two tables stand in one file. If they are two runs: "
        f"`head -n {number - 1} {source} > {first}` and `tail -n +{number} {source} > {second}`. If one goes on where "
        f"the other ended: {without_line(path, number)}"
    )


def check_end(path: Path, delimiter: str, cells: Sequence[str | None]) -> None:
    """Refuse a file that seems to be cut off within its last cell.

    Parameters
    ----------
    cells
        Those of the last column, in the first rows.

    Raises
    ------
    InputError
        The last line has no end, and its last cell is the beginning of another and no value of its own.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL))
        tail = file.read()
    if tail.endswith((b"\n", b"\r")) or b"\n" not in tail or b"\0" in tail:
        return
    last = tail.decode("utf-8", "replace").rpartition("\n")[2].rpartition(delimiter)[2]
    seen = [cell or "" for cell in cells]
    if seen[-1:] == [last]:
        # The last row is among the first ones.
        seen = seen[:-1]
    longer = next((cell for cell in seen if cell != last and cell.startswith(last)), None)
    if '"' not in last and last not in seen and longer is not None:
        source, target = shlex.quote(str(path)), shlex.quote(f"{label_of(path)}-rows{suffix_of(path)}")
        raise InputError(
            f"{path} ends without a line end in {last!r}, which may be the beginning of another value, such as "
            f"{longer!r}: the program may have been stopped while it wrote. Without that line: `sed '$d' {source} > "
            f"{target}`. If the line is whole: `echo >> {source}`"
        )


class Totals:
    """Takes the rows of totals out of a table; `notes` say which, once the rows were read."""

    def __init__(self, names: Sequence[str], filled: Sequence[str]) -> None:
        self.names = tuple(names)
        self.filled = tuple(filled)
        self.found: dict[str, None] = {}

    def without(
        self, rows: Callable[[], Iterator[tuple[int, Mapping[str, Any]]]]
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield the rows that are no totals."""
        self.found.clear()
        for numbered in rows():
            if any(self._names_total(numbered[1].get(name)) for name in self.names) and self.is_total(numbered[1]):
                continue
            yield numbered

    @staticmethod
    def _names_total(value: Any) -> bool:
        return type(value) is str and value.strip(" :\t").lower() in TOTALS

    def is_total(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row whose id is the name of a total has nothing that a problem would have."""
        if any(row.get(column) not in (None, "") for column in self.filled):
            return False
        self.found[next(str(row[name]) for name in self.names if self._names_total(row.get(name)))] = None
        return True

    def notes(self) -> tuple[str, ...]:
        """Say what was left out."""
        return tuple(f"the row {name!r} is a total and no problem" for name in self.found)
