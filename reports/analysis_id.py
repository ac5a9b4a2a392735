"""The name of one analysis with the hash of its inputs: every number of a page carries it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from evalsuite.findings import Findings

__all__ = ["analysis_id", "commands"]


def analysis_id(findings: Findings) -> str:
    """Return the name of the analysis and 12 hexadecimal digits of the hash of its inputs.

    The inputs are the provenance without its commands: specifications, fingerprints, versions, settings, seeds and
    the hashes of the scores. The same inputs give the same id, wherever the store lies.

    Examples
    --------
    >>> analysis_id(Findings("accuracy", "Q?", "E", None, "S.", provenance={"seed": 0}))
    'accuracy-6447e7f76215'
    """
    inputs = _without_commands(findings.provenance)
    text = json.dumps([findings.name, inputs], sort_keys=True, default=str)
    return f"{findings.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def commands(findings: Findings) -> tuple[str, ...]:
    """Return the commands that make the page again: of each run where it is known, then of the analysis."""
    runs = findings.provenance.get("runs", {})
    # An analysis without stored runs says in words there that it assumes or constructs them.
    of_runs = list(runs.values()) if isinstance(runs, Mapping) else []
    of_analysis = findings.provenance.get("command", ())
    return (
        *(str(run["command"]) for run in of_runs if isinstance(run, Mapping) and "command" in run),
        *((of_analysis,) if isinstance(of_analysis, str) else map(str, of_analysis)),
    )


def _without_commands(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_commands(inner) for key, inner in value.items() if key != "command"}
    if isinstance(value, list | tuple):
        return [_without_commands(inner) for inner in value]
    return value
