"""Stores and archives of older versions: what they say of a replicate becomes a record, and every id stays valid."""

import json
from pathlib import Path

import pytest

from evalsuite.records import Decoding, Replicate, RunSpec
from evalsuite.store import queries
from evalsuite.store.archive import read_archive, write_archive
from evalsuite.store.connection import SCHEMA_VERSION
from evalsuite.store.store import Store, StoredRun

SPEC = RunSpec(
    model='a "replicate": "" of', weights_fingerprint="w", adapter=None, adapter_fingerprint=None, template="plain",
    template_fingerprint="t", decoding=Decoding(), dataset="sums", dataset_hash="sums", order="file",
    engine="transformers", dtype="bfloat16",
)  # fmt: skip
WORDS: dict[str, dict[str, int | str]] = {
    "batch size 12": {"batch_size": 12},
    "dtype float32": {"dtype": "float32"},
    "dtype float32, batch size 3, batch tokens 4096": {"dtype": "float32", "batch_size": 3, "batch_tokens": 4096},
    "no interruption": {},
}


def as_version_2(spec: RunSpec, words: str) -> str:
    return json.dumps({**spec.as_dict(), "replicate": words}, sort_keys=True)


@pytest.fixture
def version_2(tmp_path: Path) -> Path:
    """A store whose specifications are in the form that schema 2 had."""
    path = tmp_path / "old.duckdb"
    with Store.writer(path) as store:
        for words in ("", *WORDS):
            replicate = Replicate(SPEC.run_id, WORDS[words]) if words else None
            spec = RunSpec(**{name: getattr(SPEC, name) for name in SPEC.__slots__} | {"replicate": replicate})
            parent = SPEC.run_id if words else None
            store.add_run(
                StoredRun(spec.run_id, words or "run", "generated", spec.as_dict(), "sums", "boxed", 1, {}, parent),
                [],
                [],
            )
            store.connection.execute(
                "UPDATE runs SET spec = ? WHERE run_id = ?", [as_version_2(spec, words), spec.run_id]
            )
        imported = StoredRun("i" * 16, "imported", "imported", {"file": "a.csv"}, "sums", "imported", 1, {})
        store.add_run(imported, [], [])
        store.connection.execute("UPDATE meta SET value = '2' WHERE key = 'schema_version'")
    return path


def check(store: Store) -> None:
    heads = {head["label"]: head for head in queries.run_heads(store.connection)}
    assert set(heads) == {"run", "imported", *WORDS}
    assert heads["imported"]["spec"] == {"file": "a.csv"}
    assert RunSpec.from_dict(heads["run"]["spec"]) == SPEC
    for words, changes in WORDS.items():
        spec = RunSpec.from_dict(heads[words]["spec"])
        assert (spec.replicate, spec.model) == (Replicate(SPEC.run_id, changes), SPEC.model)
        assert spec.run_id == heads[words]["run_id"]


def test_words_become_records_and_ids_stay(version_2: Path) -> None:
    with Store.writer(version_2) as store:
        check(store)
        assert queries.fetch_rows(store.connection, "SELECT value FROM meta WHERE key = 'schema_version'") == [
            {"value": str(SCHEMA_VERSION)}
        ]


def test_an_older_archive_is_upgraded_as_it_is_read(version_2: Path, tmp_path: Path) -> None:
    with Store.writer(version_2) as store:
        # Opening it has upgraded it, so the old words are put back.
        for words, head in {h["label"]: h for h in queries.run_heads(store.connection)}.items():
            if head["source"] == "generated":
                spec = as_version_2(RunSpec.from_dict(head["spec"]), "" if words == "run" else words)
                store.connection.execute("UPDATE runs SET spec = ? WHERE run_id = ?", [spec, head["run_id"]])
        write_archive(store, tmp_path / "archive", runs=["run", "imported", *WORDS])
    with Store.writer(tmp_path / "new.duckdb") as store:
        for _ in range(2):
            read_archive(store, tmp_path / "archive")
            check(store)
