"""Looks: at how many problems a growing pair of runs was compared and shown.

A p-value read at several lengths of one run is no longer that of a single test. So each comparison shown is recorded,
and from the second look on the answer can say so and add the verdict that holds at every look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evalsuite.errors import InputError, StoreError
from evalsuite.store.rows import as_row, fetch_rows, insert_rows
from evalsuite.store.store import Store

__all__ = ["Look", "looks_of", "record_looks"]


@dataclass(frozen=True, slots=True)
class Look:
    """A comparison that was shown.

    Attributes
    ----------
    base_run_id, new_run_id
        The pair; which of the two is the base makes no other pair.
    grader
        By whose verdicts; empty where by the primary grader of each run.
    n_problems
        Problems that both runs had answered.
    """

    base_run_id: str
    new_run_id: str
    grader: str
    n_problems: int


def looks_of(store: Store, base_run_id: str, new_run_id: str, grader: str) -> list[int]:
    """Return the numbers of problems at which the pair was shown, each once, rising."""
    rows = fetch_rows(
        store.connection,
        """
        SELECT DISTINCT n_problems FROM looks
        WHERE grader = $grader AND ((base_run_id = $base AND new_run_id = $new)
                                    OR (base_run_id = $new AND new_run_id = $base))
        ORDER BY n_problems
        """,
        {"base": base_run_id, "new": new_run_id, "grader": grader},
    )
    return [row["n_problems"] for row in rows]


def record_looks(path: Path, looks: Sequence[Look]) -> bool:
    """Write looks after the answer has been given; return whether they are stored.

    A reader must have closed the file. A store that is in use, or may not be written to, is left as it is without a
    word: the answer that was asked for does not depend on this.
    """
    if not looks:
        return True
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        with Store.writer(path, lock_wait=0, create=False) as store, store.transaction():
            insert_rows(store.connection, "looks", [as_row(look, shown_at=now) for look in looks])
    except (StoreError, InputError):
        return False
    return True
