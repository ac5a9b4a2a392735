"""Names of pages: any text becomes a file name, and no page takes the place of another comparison's.

Beside the pages lies what the list shows of each (`reports.report_list`). It also says what a page compares, so that
the same comparison is written again under its own name, and another one under the next number.
"""

import hashlib
import json
import re
import shlex
import unicodedata
from collections.abc import Mapping
from itertools import count, takewhile
from pathlib import Path

from evalsuite.findings import Findings
from reports.sections import TILES

__all__ = ["INDEX", "compared", "file_name", "free_name", "is_taken"]

INDEX = "index"
"""Name of the list of pages, and of the folder in which each page says what the list shows of it."""
LONGEST = 80


def file_name(text: str) -> str:
    """Return a name of lower-case letters, digits, ``-`` and ``_`` for a page, whatever the text.

    Examples
    --------
    >>> file_name("GRPO, seed 2: résumé"), file_name("Index"), file_name("../../etc")
    ('grpo-seed-2-resume', 'index-page', 'etc')
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9_]+", "-", plain)[:LONGEST].strip("-_")
    if not name:
        # Nothing of another script is left: the hash is the same for the same text.
        return f"page-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return f"{name}-page" if name == INDEX else name


def free_name(folder: Path, wanted: str, findings: Findings) -> str:
    """Return `wanted`, or where that is another comparison's page ``wanted-2`` and so on."""
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if not is_taken(folder, name, findings))


def is_taken(folder: Path, name: str, findings: Findings) -> bool:
    """Return whether something else than the page of this comparison has the name."""
    there = [folder / f"{name}.html", folder / f"{name}.md", folder / name]
    if not any(path.exists() for path in there):
        return False
    try:
        card = json.loads((folder / INDEX / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    known, own = card.get("compared") if isinstance(card, dict) else None, compared(findings)
    if not isinstance(known, dict):
        return True
    return own["ids"] != known.get("ids") if own["ids"] else own["command"] != known.get("command")


def compared(findings: Findings) -> dict[str, list[str]]:
    """Return what a page compares: the ids of its runs and trainings, the base first, else what was typed for them.

    A run keeps its id when it grows. Results that were read from files have another one whenever the files change, so
    of these the names count, and the store that they lie in.
    """
    made = findings.provenance
    named = [(key, made.get(kind)) for kind, key in (("runs", "run_id"), ("trainings", "training_id"))]
    known = [
        (key, label, one) for key, of_kind in named if isinstance(of_kind, Mapping) for label, one in of_kind.items()
    ]
    ids = {
        label: str(one[key])
        for key, label, one in known
        if isinstance(one, Mapping) and one.get("source") != "imported" and key in one
    }
    commands = made.get("command", ())
    commands = [commands] if isinstance(commands, str) else [str(command) for command in commands]
    base = _base(findings)
    # Saved findings keep no order of labels, and which new run stands first makes no other comparison.
    ordered = sorted(ids, key=lambda label: (not (label == base or label.startswith(f"{base} (")), ids[label]))
    return {
        "ids": [ids[label] for label in ordered] if len(ids) == len(known) else [],
        "command": [word for command in commands for word in _typed(command)],
    }


def _base(findings: Findings) -> str:
    """Return the name of the base, which stands first in the tables of runs; empty where there is none."""
    table = next((table for table in findings.tables if table.name in TILES and table.rows), None)
    return "" if table is None else str(table.column("label")[0])


def _typed(command: str) -> list[str]:
    """Return the names of a command and its store; the whole command where it names nothing."""
    try:
        words = shlex.split(command)[2:]
    except ValueError:  # no command of ours: a quotation without an end
        return [command]
    names = list(takewhile(lambda word: not word.startswith("--"), words))
    store = words[words.index("--store") :][:2] if "--store" in words else []
    return [*names, *store] if names else words
