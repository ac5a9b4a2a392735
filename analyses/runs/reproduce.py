"""The command that makes a comparison's page again, from the settings it was made with."""

import shlex
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from evalsuite.settings import ComparisonSettings, SeedOptions

__all__ = ["report_command"]


def report_command(
    store: Path, runs: Sequence[str] | SeedOptions, settings: ComparisonSettings, *, seed: int = 0
) -> str:
    """Return the ``evalsuite report`` command with every setting that differs from its default.

    Examples
    --------
    >>> report_command(Path("a.duckdb"), ["sft", "grpo"], ComparisonSettings(margin=0.02, only_shared=True), seed=1)
    'evalsuite report sft grpo --store a.duckdb --seed 1 --margin 0.02 --only-shared'
    """
    words = ["evalsuite", "report"]
    if isinstance(runs, SeedOptions):
        for flag, labels in (("--base", runs.base), ("--new", runs.new)):
            words += [word for label in labels for word in (flag, label)]
    else:
        words += runs
    words += ["--store", str(store)]
    words += ["--seed", str(seed)] if seed else []
    words += ["--paired-seeds"] if isinstance(runs, SeedOptions) and runs.paired_seeds else []
    for field in fields(ComparisonSettings):
        value = getattr(settings, field.name)
        if value != field.default:
            words.append(f"--{field.name.replace('_', '-')}")
            words += [] if value is True else [f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)
