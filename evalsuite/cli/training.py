"""The commands about training, and about keeping its evidence. Heavy modules are imported inside the command."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from evalsuite.settings import DEFAULT_STORE

__all__ = ["register"]

StorePath = Annotated[Path, Parameter(help="The DuckDB file.")]
Json = Annotated[bool, Parameter(negative="", help="Print one JSON document on stdout.")]


def register(app: App) -> None:
    """Add the commands to `app`."""
    app.command(train)
    app.command(trainings)
    app.command(import_training)
    app.command(archive)
    app.command(restore)


def train(
    *,
    config: Path,
    seed: int | None = None,
    probe: Annotated[bool, Parameter(negative="")] = False,
    probe_problems: int = 100,
    store: StorePath = DEFAULT_STORE,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Train a model with GRPO or SFT as a file says; the same command continues a stopped training.

    Parameters
    ----------
    config
        A TOML file; see data/configs for examples.
    seed
        Instead of the seed in the file; ``{seed}`` in its label and output becomes this one.
    probe
        Train nothing: sample groups from the model as it is, and forecast how many would have a signal.
    probe_problems
        Groups to sample for --probe.
    dry_run
        Check the configuration and say what would be done, without loading the model.
    """
    from evalsuite.extras import require

    # Before the imports below, which would name the first package that is missing and not the extra that brings all.
    require("train", "Training")
    from evalsuite.cli.training_output import TrainingDisplay, print_probe, print_training, print_training_plan
    from evalsuite.training.config import read_config
    from evalsuite.training.trainer import prepare_training

    prepared = prepare_training(read_config(config, seed=seed), str(config))
    if dry_run:
        print_training_plan(prepared, as_json=json)
        return
    display = TrainingDisplay(prepared)
    if probe:
        from evalsuite.training.probe import probe as sample_groups

        found = sample_groups(prepared, store, n_problems=probe_problems, on_batch=display.on_batch)
        print_probe(found, prepared, as_json=json)
        return
    from evalsuite.training.trainer import train as train_model

    outcome = train_model(prepared, store, on_step=display.on_step)
    print_training(outcome, store, as_json=json)


def trainings(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """List the stored trainings."""
    from evalsuite.console import print_json, print_table
    from evalsuite.store.store import Store
    from evalsuite.store.trainings import overview

    with Store.reader(store) as opened:
        rows = overview(opened)
    if json:
        print_json({"schema": "evalsuite.trainings/1", "trainings": rows})
        return
    columns = ("label", "method", "source", "n_steps", "n_completions", "training_id")
    print_table(f"Trainings in {store}", columns, [[row[c] for c in columns] for row in rows])


def import_training(folder: Path, /, *, label: str, store: StorePath = DEFAULT_STORE) -> None:
    """Read what a TRL GRPO training of your own left: its completions tables and its trainer state.

    Parameters
    ----------
    folder
        The training's output folder, with ``completions/*.parquet`` and ``trainer_state.json`` or checkpoints.
    label
        Name of the training in the store.
    """
    from evalsuite.console import print_line, say
    from evalsuite.store.imports.trl_folder import import_training as read_folder
    from evalsuite.store.store import Store

    with Store.writer(store) as opened:
        head = read_folder(opened, folder, label=label)
    say(f"Why is its loss what it is? python -m analyses training_signal {label!r} --store {store}")
    print_line(head.training_id)


def archive(
    folder: Path,
    runs: list[str],
    /,
    *,
    training: list[str] | None = None,
    without_texts_of: str = "",
    store: StorePath = DEFAULT_STORE,
) -> None:
    """Keep runs and trainings as a folder of Parquet files, from which they can be restored.

    Parameters
    ----------
    folder
        Where the files go; an older archive there is replaced.
    runs
        Labels or ids of runs.
    training
        Label or id of a training; may be given several times.
    without_texts_of
        Data set whose texts may not be passed on, such as gsm8k: verdicts, lengths and reasons of stopping are kept.
    """
    from evalsuite.console import print_line
    from evalsuite.store.archive import write_archive
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        write_archive(opened, folder, runs=runs, trainings=training or [], without_texts_of=without_texts_of)
    print_line(str(folder))


def restore(folder: Path, /, *, store: StorePath = DEFAULT_STORE) -> None:
    """Add the runs and trainings of an archive to the store; what is there already stays as it is.

    Parameters
    ----------
    folder
        A folder that `archive` wrote.
    """
    from evalsuite.console import print_line
    from evalsuite.store.archive import read_archive
    from evalsuite.store.store import Store

    with Store.writer(store) as opened:
        read_archive(opened, folder)
    print_line(str(store))
