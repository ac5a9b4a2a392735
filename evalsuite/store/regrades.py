"""What a newer version of a grader changed: how many verdicts of a run it gave otherwise than the version before.

Grades of an older version are replaced, so this is counted when they are, and kept with the run.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evalsuite.records import Outcome
from evalsuite.store.rows import fetch_rows
from evalsuite.store.store import Store

__all__ = ["Regrade", "note_regrades", "regrades"]

KEY = "regrades"


@dataclass(frozen=True, slots=True)
class Regrade:
    """Verdicts of one grader by two of its versions.

    Attributes
    ----------
    grader, from_version, to_version
        Its name, the version whose verdicts were there, and the one that took their place.
    n_compared
        Completions that both graded.
    n_to_right, n_to_wrong
        Of these, verdicts that became right, and right ones that no longer are.
    """

    grader: str
    from_version: int
    to_version: int
    n_compared: int
    n_to_right: int
    n_to_wrong: int

    @property
    def n_changed(self) -> int:
        """Verdicts that changed between right and not right."""
        return self.n_to_right + self.n_to_wrong


def regrades(details: Mapping[str, Any], grader: str | None = None) -> tuple[Regrade, ...]:
    """Return what was counted for a run, oldest first, of all graders or of one."""
    return tuple(Regrade(**row) for row in details.get(KEY, ()) if grader in (None, row["grader"]))


def note_regrades(store: Store, run_id: str, grades: Mapping[str, Any]) -> tuple[Regrade, ...]:
    """Count what `grades`, lists that are about to be written, change; within the transaction that writes them.

    Parts of a run may be counted one after the other: their counts add up.
    """
    rows = fetch_rows(
        store.connection,
        """
        SELECT old.grader, old.grader_version AS from_version, new.version AS to_version, count(*) AS n_compared,
               count(*) FILTER (new.is_right AND old.outcome <> $right) AS n_to_right,
               count(*) FILTER (NOT new.is_right AND old.outcome = $right) AS n_to_wrong
        FROM (SELECT unnest($problems) AS problem_id, unnest($indices) AS completion_index,
                     unnest($graders) AS grader, unnest($versions) AS version, unnest($rights) AS is_right) AS new
        JOIN grades AS old USING (problem_id, completion_index, grader)
        WHERE old.run_id = $run_id AND old.grader_version <> new.version
        GROUP BY ALL ORDER BY ALL
        """,
        {
            "run_id": run_id,
            "right": Outcome.CORRECT.value,
            "problems": grades["problem_id"],
            "indices": grades["completion_index"],
            "graders": grades["grader"],
            "versions": grades["grader_version"],
            "rights": [outcome == Outcome.CORRECT for outcome in grades["outcome"]],
        },
    )
    counted = tuple(Regrade(**row) for row in rows)
    if counted:
        _keep(store, run_id, counted)
    return counted


def _keep(store: Store, run_id: str, counted: Sequence[Regrade]) -> None:
    ((text,),) = store.connection.execute("SELECT details FROM runs WHERE run_id = ?", [run_id]).fetchall()
    details = json.loads(text)
    kept = {(one.grader, one.from_version, one.to_version): one for one in regrades(details)}
    for one in counted:
        key = (one.grader, one.from_version, one.to_version)
        before = kept.get(key)
        kept[key] = one if before is None else Regrade(
            *key, before.n_compared + one.n_compared, before.n_to_right + one.n_to_right,
            before.n_to_wrong + one.n_to_wrong,
        )  # fmt: skip
    details[KEY] = [asdict(one) for one in kept.values()]
    store.connection.execute(
        "UPDATE runs SET details = ? WHERE run_id = ?", [json.dumps(details, sort_keys=True), run_id]
    )
