"""Where the numbers of a comparison come from, as nested plain values."""

from collections.abc import Mapping
from typing import Any

from analyses.pairing import PairedRuns
from evalsuite import __version__
from evalsuite.store import queries
from evalsuite.store.store import Store

__all__ = ["provenance"]


def provenance(store: Store, runs: PairedRuns, *, command: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the command, the settings of the analysis, and the specification and versions of each run."""
    return {
        "command": command,
        "analysis": {"evalsuite": __version__, **settings},
        "runs": {
            head.label: {
                "run_id": head.run_id,
                "source": head.source,
                "specification": head.spec,
                "graders": {
                    g["grader"]: f"version {g['grader_version']}"
                    for g in queries.graders(store.connection, head.run_id)
                },
                **{key: head.details[key] for key in ("versions", "engine", "data_source") if key in head.details},
            }
            for head in runs.heads
        },
    }
