"""Runs and trainings as a folder of Parquet files, one a table, to be kept beside what they are evidence of.

`manifest.json` names every file with its hash, so that a damaged archive, or parts of two, are never read as one.

Unlike an export of one run, an archive keeps specifications, labels and every grade, and reading it gives the same
runs again. The texts of a data set that may not be passed on can be left out; verdicts, lengths and reasons of
stopping stay, and so do all comparisons.
"""

import json
from collections.abc import Collection
from pathlib import Path

import duckdb

from evalsuite import __version__
from evalsuite.errors import StoreError
from evalsuite.files import why_not, write_whole
from evalsuite.store.connection import SCHEMA_VERSION
from evalsuite.store.join import joined_tables
from evalsuite.store.manifest import file_hash
from evalsuite.store.replaced_archive import MANIFEST, replacing
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store
from evalsuite.store.trainings import find_training

__all__ = ["write_archive"]

LOOKS = "looks"
TEXTS = {
    "problems": ("question", "solution", "gold"),
    "completions": ("text", "token_ids"),
    "grades": ("extracted",),
}
"""What is left out of a data set whose texts may not be passed on."""
DETAILS = """
json_merge_patch(details, CASE WHEN json_exists(details, '$.settings')
                          THEN '{"data_source": null, "settings": {"problems_path": null}}'
                          ELSE '{"data_source": null}' END)::VARCHAR AS details
"""
"""Where files lay on the machine of the run says nothing elsewhere; a null takes the key out."""


def write_archive(
    store: Store, folder: Path, *, runs: Collection[str], trainings: Collection[str] = (), without_texts_of: str = ""
) -> None:
    """Write the named runs and trainings to `folder`, replacing an older archive there.

    Parameters
    ----------
    runs, trainings
        Labels or ids.
    without_texts_of
        Name of a data set, such as ``"gsm8k"``: of runs on it, no question, answer or completion text is written.

    Raises
    ------
    InputError
        There is no such run or training.
    StoreError
        A file cannot be written.
    """
    heads = [find_run(store, name) for name in runs]
    private = [
        h.run_id for h in heads if without_texts_of and str(h.spec.get("dataset", "")).startswith(without_texts_of)
    ]
    private_data = sorted({h.dataset_hash for h in heads if h.run_id in private})
    ids = [h.run_id for h in heads]
    training_ids = [find_training(store, name).training_id for name in trainings]
    values = {
        "run_id": ids,
        "training_id": training_ids,
        "dataset_hash": sorted({h.dataset_hash for h in heads}),
        "tokenizer_hash": sorted({h.tokenizer_hash for h in heads if h.tokenizer_hash}),
    }
    tables = list(joined_tables(store.connection))
    try:
        with store.bounded(), replacing(folder) as apart:
            for table in tables:
                if table == LOOKS:
                    _write_looks(store, apart, ids)
                    continue
                key = _key(store, table, values)
                _write(store, apart, table, key, values[key], private_data if key == "dataset_hash" else private)
            _write_manifest(apart, ids, training_ids)
    except (OSError, duckdb.Error) as error:
        older = " The older archive there is as it was." if (folder / MANIFEST).is_file() else ""
        raise StoreError(f"cannot write the archive {folder}: {why_not(error)}{older}") from error


def _write_manifest(folder: Path, run_ids: Collection[str], training_ids: Collection[str]) -> None:
    manifest = {
        "format": "evalsuite-archive/2",
        "evalsuite": __version__,
        "schema": SCHEMA_VERSION,
        "runs": sorted(run_ids),
        "trainings": sorted(training_ids),
        "files": {file.name: file_hash(file) for file in sorted(folder.glob("*.parquet"))},
    }
    write_whole(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")


def _key(store: Store, table: str, values: Collection[str]) -> str:
    """Return the column by which rows of a table belong to a run, a training, a data set or a tokenizer."""
    columns = store.connection.table(table).columns
    return next(name for name in values if name in columns)


def _write_looks(store: Store, folder: Path, run_ids: Collection[str]) -> None:
    """Write how often the archived runs were compared while they grew; imported runs are known by their scores."""
    known = set(run_ids)
    arms = [
        arm
        for (arm,) in store.connection.execute(
            "SELECT base_run_id FROM looks UNION SELECT new_run_id FROM looks"
        ).fetchall()
        if arm.startswith("scores ") or set(arm.split("+")) <= known
    ]
    _write(store, folder, LOOKS, "base_run_id", arms, [], also="list_contains($values, new_run_id)")


def _write(
    store: Store,
    folder: Path,
    table: str,
    key: str,
    values: Collection[str],
    private: Collection[str],
    *,
    also: str = "true",
) -> None:
    """Write the rows of `table` whose `key` is among `values`, in a fixed order: equal rows give equal files."""
    columns = []
    for (name,) in store.connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table]
    ).fetchall():
        if (table, name) == ("runs", "details"):
            columns.append(DETAILS)
            continue
        hidden = name in TEXTS.get(table, ())
        columns.append(
            f"CASE WHEN list_contains($private, {key}) THEN NULL ELSE {name} END AS {name}" if hidden else name
        )
    target = str(folder / f"{table}.parquet").replace("'", "''")
    store.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE archived AS SELECT {', '.join(columns)} FROM {table} "
        f"WHERE list_contains($values, {key}) AND {also} ORDER BY ALL",
        {"values": list(values), **({"private": list(private)} if table in TEXTS else {})},
    )
    store.connection.execute(f"COPY archived TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
