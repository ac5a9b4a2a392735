"""Decoded batches as Parquet files in a folder that several machines share.

A worker writes one file a batch, under a name that it then changes, so a file that is there is whole. The one process
that writes the store takes the files in. The folder is on this machine, on a shared disk, or in an object storage that
``pyarrow.fs`` knows (``s3://bucket/folder``); keys and the address of the storage come from the environment of each
machine, never from here.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from evalsuite.errors import InputError, StoreError
from evalsuite.generation.generator import Generated, Request
from evalsuite.records import StopReason

__all__ = ["Key", "ShardFolder"]

SUFFIX = ".parquet"
RUN = b"evalsuite.run_id"
"""Key of the file's metadata."""

Key = tuple[str, int]
"""Problem id and index of a completion."""


@dataclass(frozen=True, slots=True)
class ShardFolder:
    """The shards of one run.

    Attributes
    ----------
    location
        Path of a folder, or an address such as ``s3://bucket/folder``.
    run_id
        Each run has a folder of its own below it.
    """

    location: str
    run_id: str

    def names(self) -> frozenset[str]:
        """Return the names of the shards that are there."""
        files, folder = self._open()
        try:
            found = files.get_file_info(fs.FileSelector(folder, allow_not_found=True))
        except OSError as error:
            raise StoreError(f"cannot read the folder of shards {self.location}: {error}") from error
        names = (info.base_name for info in found if info.is_file)
        return frozenset(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))

    def has(self, name: str) -> bool:
        """Return whether a shard is there.

        Raises
        ------
        StoreError
            The folder cannot be read.
        """
        files, folder = self._open()
        try:
            return bool(files.get_file_info(f"{folder}/{name}{SUFFIX}").is_file)
        except OSError as error:
            raise StoreError(f"cannot read the folder of shards {self.location}: {error}") from error

    def write(self, name: str, requests: Sequence[Request], results: Sequence[Generated]) -> None:
        """Write a batch, whole or not at all.

        Raises
        ------
        StoreError
            The folder cannot be written.
        """
        rows = [
            {"problem_id": request.problem_id, "completion_index": request.completion_index, **asdict(result)}
            for request, result in zip(requests, results, strict=True)
        ]
        table = pa.Table.from_pylist(rows).replace_schema_metadata({RUN: self.run_id})
        files, folder = self._open()
        partial = f"{folder}/{name}.{uuid.uuid4().hex}.partial"
        try:
            files.create_dir(folder, recursive=True)
            with files.open_output_stream(partial) as stream:
                pq.write_table(table, stream, compression="zstd")
            files.move(partial, f"{folder}/{name}{SUFFIX}")
        except OSError as error:
            raise StoreError(f"cannot write a shard to {self.location}: {error}") from error

    def read(self, name: str) -> dict[Key, Generated]:
        """Read a batch: its completions by key; those that could not be made are missing.

        Raises
        ------
        InputError
            The file is damaged, or a shard of another run.
        """
        files, folder = self._open()
        path = f"{folder}/{name}{SUFFIX}"
        try:
            with files.open_input_file(path) as stream:
                table = pq.read_table(stream)
            run_id = (table.schema.metadata or {})[RUN].decode()
            results = dict(map(_result, table.to_pylist()))
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise InputError(
                f"the shard {path} cannot be read: {error}. Delete this file; the same command makes its batch again."
            ) from error
        if run_id != self.run_id:
            raise InputError(f"the shard {path} belongs to run {run_id}: move it away")
        return results

    def _open(self) -> tuple[fs.FileSystem, str]:
        if urlsplit(self.location).username is not None:
            raise InputError(
                "--shards holds a key: leave it out, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY everywhere"
            )
        try:
            if "://" in self.location:
                files, folder = fs.FileSystem.from_uri(self.location)
            else:
                files, folder = fs.LocalFileSystem(), str(Path(self.location).expanduser().absolute())
        except (OSError, ValueError, pa.ArrowException) as error:
            raise InputError(
                f"--shards {self.location} is no folder and no address that pyarrow knows: {error}"
            ) from error
        return files, f"{folder.rstrip('/')}/{self.run_id}"


def _result(row: dict[str, Any]) -> tuple[Key, Generated]:
    key = (row.pop("problem_id"), row.pop("completion_index"))
    token_ids = row["token_ids"]
    row["token_ids"] = None if token_ids is None else tuple(token_ids)
    row["stop_reason"] = StopReason(row["stop_reason"])
    return key, Generated(**row)
