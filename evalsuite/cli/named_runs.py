"""Runs by what was typed: labels of the store, files and folders; what was read from files is said on stderr."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evalsuite.cli.value_sources import SOURCES
from evalsuite.settings import ReadSettings

if TYPE_CHECKING:
    from evalsuite.store.imports.named_runs import NamedRuns
    from evalsuite.store.imports.results import ReadOptions

__all__ = ["opened_runs", "options_of"]


def options_of(reading: ReadSettings) -> "ReadOptions":
    """Return the options of the readers, with what counts tokens if a tokenizer was named."""
    from evalsuite.store.imports.named_runs import read_options

    if reading.tokenizer is None:
        return read_options(reading)
    from evalsuite.extras import require

    require("models", "Counting tokens with --tokenizer")
    from evalsuite.generation.token_counts import token_counter

    return read_options(reading, token_counter(reading.tokenizer))


@contextmanager
def opened_runs(names: Sequence[str], store: Path, reading: ReadSettings) -> "Iterator[NamedRuns]":
    """Open a store that holds the runs; files are kept in the user's store only where ``--store`` was typed."""
    from evalsuite.cli.import_output import say_read
    from evalsuite.store.imports.named_runs import open_runs
    from evalsuite.store.imports.standard_input import as_files

    keep = SOURCES.get("store") == "cli"
    with as_files([Path(name) for name in names]) as files:
        given = [name if Path(name) == file else file for name, file in zip(names, files, strict=True)]
        with open_runs(given, store, options=options_of(reading), keep=keep) as named:
            say_read(named.reports)
            yield named
