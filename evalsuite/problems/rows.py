"""Rows of a table that holds problems: a file of the user's, files of a hub repository, or a data set of the hub."""

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from evalsuite.errors import DataUnavailableError, ExtraMissingError, InputError
from evalsuite.extras import install_command, load
from evalsuite.files import read_json_lines
from evalsuite.hub import hub_is_off
from evalsuite.literal_path import PARQUET, literal
from evalsuite.problems.sets.known_set import Source
from evalsuite.unpacked import refuse_too_large

__all__ = ["Rows", "hub_dataset", "read_table", "source_rows"]

Rows = list[Mapping[str, Any]]


def read_table(file: Path, columns: tuple[str, ...] = ()) -> Rows:
    """Return the rows of a JSONL, JSON, Parquet, CSV or TSV file.

    Parameters
    ----------
    columns
        Names of the columns of a TSV file that has no header.

    Raises
    ------
    DataUnavailableError
        The file cannot be read.
    InputError
        It unpacks to too much; see `unpacked`.
    """
    refuse_too_large(file, otherwise="write it as JSONL")
    try:
        if file.suffix == ".parquet":
            return _parquet(file)
        if file.suffix == ".tsv" and columns:
            lines = file.read_text(encoding="utf-8-sig").split("\n")
            return [dict(zip(columns, line.rstrip("\r").split("\t"), strict=True)) for line in lines if line.strip()]
        if file.suffix in (".csv", ".tsv"):
            with file.open(encoding="utf-8-sig", newline="") as opened:
                return list(csv.DictReader(opened, delimiter="\t" if file.suffix == ".tsv" else ","))
        if file.read_text(encoding="utf-8-sig").lstrip().startswith("["):
            found = json.loads(file.read_text(encoding="utf-8-sig"), parse_float=Decimal)
            if all(isinstance(row, dict) for row in found):
                return list(found)
        # A float would round a long answer.
        return [row for _, row in read_json_lines(file, parse_float=Decimal)]
    except (OSError, ValueError, InputError, duckdb.Error) as error:
        raise DataUnavailableError(f"cannot read problems from {file}: {error}") from error


def source_rows(source: Source, path: Path | None, name: str) -> tuple[Rows, str]:
    """Return the rows of one part of a published set, and where they were read from.

    Parameters
    ----------
    path
        A file, or a folder that holds the files as the hub has them; None asks the hub, or its cache.
    name
        Of the set, for messages.

    Raises
    ------
    DataUnavailableError
        They are not to be had; the message names the ways out.
    """
    if path is not None and not path.is_dir():
        return read_table(path, source.columns), str(path)
    folder, where = (path, str(path)) if path is not None else (_downloaded(source, name), _name(source))
    for pattern in source.files:
        files = sorted(folder.glob(pattern))
        if files:
            return [row for file in files for row in read_table(file, source.columns)], where
    raise DataUnavailableError(
        f"{where} holds no file {' or '.join(source.files)} of {name}: put it there, or name the file itself with "
        "--problems-path"
    )


def hub_dataset(hub_id: str, config: str | None, split: str, revision: str | None) -> Rows:
    """Return the rows of any data set of the hub, by its own loader.

    Raises
    ------
    DataUnavailableError
        It is not to be had.
    """
    try:
        datasets = load("datasets", "Loading from the hub")
    except ExtraMissingError as error:
        raise DataUnavailableError(f"{hub_id} needs the extra 'models' ({install_command('models')})") from error
    try:
        return list(datasets.load_dataset(hub_id, config, split=split, revision=revision))
    except Exception as error:  # the hub client raises many kinds; all mean: not to be had
        raise DataUnavailableError(
            f"{hub_id} is not available here: {_state()} ({type(error).__name__}: {error}). Ways out: with the "
            "network, load it once; or give one of its files, such as a Parquet file, as --problems"
        ) from error


def _parquet(file: Path) -> Rows:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM {PARQUET}", [literal(file)])
        names = [str(column[0]) for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _downloaded(source: Source, name: str) -> Path:
    where = (
        f"Ways out: with the network, load it once; or give a folder with {source.files[0]} of {source.hub_id}, or "
        "that file itself, as --problems-path"
    )
    try:
        hub = load("huggingface_hub", "Loading from the hub")
    except ExtraMissingError as error:
        raise DataUnavailableError(
            f"{name} is not available here: loading it needs the extra 'models' ({install_command('models')}). {where}"
        ) from error
    try:
        return Path(
            hub.snapshot_download(
                source.hub_id, repo_type="dataset", revision=source.revision, allow_patterns=source.files
            )
        )
    except Exception as error:  # the hub client raises many kinds; all mean: not to be had
        raise DataUnavailableError(
            f"{name} is not available here: {_state()} ({type(error).__name__}). {where}"
        ) from error


def _name(source: Source) -> str:
    return f"{source.hub_id}@{source.revision if source.revision.startswith('refs/') else source.revision[:8]}"


def _state() -> str:
    return f"the hub {'is switched off by HF_HUB_OFFLINE' if hub_is_off() else 'cannot be reached'}"
