"""The commands that make a page, an analysis or a run again, from the settings they were made with."""

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evalsuite.settings import ComparisonSettings, RunSettings, SeedOptions
from evalsuite.store.store import MEMORY, StoredRun

__all__ = ["analysis_command", "report_command", "run_command"]

DEFAULTS = ComparisonSettings()


def report_command(
    store: Path,
    runs: Sequence[str] | SeedOptions,
    settings: ComparisonSettings,
    *,
    seed: int = 0,
    all_pairs: bool = False,
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
    words += _store(store)
    words += ["--seed", str(seed)] if seed else []
    words += ["--all-pairs"] if all_pairs else []
    words += ["--paired-seeds"] if isinstance(runs, SeedOptions) and runs.paired_seeds else []
    return shlex.join([*words, *setting_options(asdict(settings), DEFAULTS)])


def analysis_command(
    name: str,
    labels: Iterable[str],
    store: Path,
    *,
    settings: ComparisonSettings = DEFAULTS,
    seed: int = 0,
) -> str:
    """Return the command that runs the analysis `name` again, quoted for a shell.

    Parameters
    ----------
    settings, seed
        What differs from its default becomes an option of that name.

    Examples
    --------
    >>> chosen = ComparisonSettings(grader="boxed")
    >>> analysis_command("truncation", ["4-shot prompt"], Path("runs.duckdb"), settings=chosen)
    "evalsuite analyse truncation '4-shot prompt' --store runs.duckdb --grader boxed"
    """
    chosen = setting_options(asdict(settings), DEFAULTS)
    chosen += ["--seed", str(seed)] if seed else []
    return shlex.join(["evalsuite", "analyse", name, *labels, *_store(store), *chosen])


def _store(path: Path) -> list[str]:
    """Return the option that names the store; files that were compared without one have none."""
    return [] if path == MEMORY else ["--store", str(path)]


def run_command(head: StoredRun, store: Path) -> str | None:
    """Return the command that makes a run again, None where its settings were not recorded."""
    files = [str(file) for file in head.details.get("files", [head.details.get("file")]) if file]
    if head.source == "imported" and files:
        path = files[0] if len(files) == 1 else os.path.commonpath(files)
        return shlex.join(["evalsuite", "import", path, "--label", head.label, *_store(store)])
    settings = head.details.get("settings")
    if head.source != "generated" or not isinstance(settings, Mapping):
        return None
    if settings.get("label") is not None:
        # The run may have been renamed since.
        settings = {**settings, "label": head.label}
    return shlex.join(["evalsuite", "run", "--store", str(store), *setting_options(settings, RunSettings())])


def setting_options(settings: Mapping[str, Any], defaults: object) -> list[str]:
    """Return the options for all settings that differ from the attributes of `defaults`."""
    options = []
    for key, value in settings.items():
        if value is None or value == getattr(defaults, key, None):
            continue
        flag = f"--{key.replace('_', '-')}"
        if isinstance(value, list | tuple):  # an option that may be given several times
            options += [word for one in value for word in (flag, str(one))]
        else:
            options += [flag] if value is True else [flag, f"{value}"]
    return options
