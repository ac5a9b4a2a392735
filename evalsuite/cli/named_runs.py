"""Runs by what was typed: labels of the store, files and folders; what was read from files is said on stderr."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evalsuite.cli.value_sources import SOURCES
from evalsuite.errors import InputError
from evalsuite.settings import ReadSettings, SeedOptions

if TYPE_CHECKING:
    from evalsuite.store.imports.chosen_runs import Tasks
    from evalsuite.store.imports.named_runs import NamedRuns
    from evalsuite.store.imports.results import ReadOptions
    from evalsuite.store.store import Store

__all__ = ["by_arm_labels", "opened_run", "opened_runs", "opened_trainings", "options_of", "typed_again"]


def options_of(reading: ReadSettings) -> "ReadOptions":
    """Return the options of the readers, with what counts tokens if a tokenizer was named."""
    from evalsuite.store.imports.named_runs import read_options

    if reading.tokenizer is None:
        return read_options(reading)
    from evalsuite.extras import require

    require("models", "Counting tokens with --tokenizer")
    from evalsuite.generation.token_counts import token_counter

    return read_options(reading, token_counter(reading.tokenizer))


def typed_again(reading: ReadSettings) -> list[str]:
    """Return the flags by which files are read in the same way by the next command.

    Examples
    --------
    >>> typed_again(ReadSettings(column=("gold=truth",), cap=256))
    ['--column', 'gold=truth', '--cap', '256']
    """
    flags: list[str] = []
    for field in fields(reading):
        value = getattr(reading, field.name)
        if value == field.default:
            continue
        name = f"--{field.name.replace('_', '-')}"
        if field.name == "column":
            flags += [word for column in value for word in (name, column)]
        else:
            flags += [name, *map(str, value if isinstance(value, tuple) else [value])]
    return flags


@contextmanager
def opened_runs(
    names: Sequence[str], store: Path, reading: ReadSettings, *, tasks: "Tasks" = "one"
) -> "Iterator[NamedRuns]":
    """Open a store that holds the runs; files are kept in the user's store only where ``--store`` was typed.

    While files are read, a terminal shows how many rows were.
    """
    from evalsuite.cli.import_output import say_read
    from evalsuite.cli.progress_bar import counted
    from evalsuite.store.imports.named_runs import open_runs
    from evalsuite.store.imports.standard_input import as_files

    keep = SOURCES.get("store") == "cli"
    with as_files([Path(name) for name in names]) as files, ExitStack() as until_read:
        given = [name if Path(name) == file else file for name, file in zip(names, files, strict=True)]
        options = options_of(reading)
        watch = until_read.enter_context(counted("rows", None))
        with open_runs(given, store, options=options, keep=keep, tasks=tasks, watch=watch) as named:
            until_read.close()
            say_read(named.reports, named.notes)
            yield named


@contextmanager
def opened_run(name: str, store: Path, reading: ReadSettings, *, write: bool = False) -> "Iterator[tuple[Store, str]]":
    """Open a store that holds one run, and yield it with the label of the run.

    Parameters
    ----------
    write
        Whether the run of the user's store will be changed.

    Raises
    ------
    InputError
        The name holds several runs.
    """
    from evalsuite.store.imports.named_runs import has_files
    from evalsuite.store.store import Store

    if not has_files([name], store):
        with Store.writer(store, create=False) if write else Store.reader(store) as opened:
            yield opened, name
        return
    with opened_runs([name], store, reading, tasks="all") as named:
        if len(named.labels) > 1:
            raise InputError(
                f"{name} holds {len(named.labels)} runs, {', '.join(named.labels)}: name the file of one, choose a "
                "task with --task, or import all with "
                f"`{shlex.join(['evalsuite', 'import', name, '--store', 'runs.duckdb'])}`"
            )
        yield named.store, named.labels[0]


@contextmanager
def opened_trainings(names: Sequence[str], store: Path) -> "Iterator[tuple[Store, list[str]]]":
    """Read the output folders of TRL trainings into a store in memory, and yield it with their labels.

    Raises
    ------
    InputError
        A name is no folder, so that it must be the label of a training in the store.
    """
    from evalsuite.store.imports.trl_folder import import_training
    from evalsuite.store.store import Store

    stored = [name for name in names if not Path(name).is_dir()]
    if stored:
        raise InputError(
            f"{stored[0]} is no folder of a training and others are: import those with "
            f"`evalsuite import-training FOLDER --label LABEL --store {store}`, and name the labels"
        )
    with Store.in_memory() as opened:
        yield opened, [import_training(opened, Path(name), label=Path(name).name or name).label for name in names]


def by_arm_labels(arms: SeedOptions, named: "NamedRuns") -> SeedOptions:
    """Return the arms with the labels that their runs have in the store that was opened for them."""
    n_base, n_named = len(arms.base), len(arms.base) + len(arms.new)
    if len(named.labels) != n_named:
        raise InputError(f"--base and --new need one run under each name, got {', '.join(named.labels)}")
    return replace(arms, base=named.labels[:n_base], new=named.labels[n_base:])
