"""``evalsuite import-training``: what a TRL training run of one's own left."""

import shlex
from pathlib import Path

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["import_training"]


def import_training(
    folder: Path, /, *, label: str, store: StorePath = DEFAULT_STORE, max_unpacked: float | None = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Read what a TRL GRPO training run of your own left: its completions tables and its trainer state.

    Parameters
    ----------
    folder
        Its output folder, with ``completions/*.parquet`` and ``trainer_state.json`` or checkpoints.
    label
        Name of the training run in the store.
    max_unpacked
        Gigabytes that each Parquet file may unpack to; 1, or 100 times the file, if not given.

    Examples
    --------
    evalsuite import-training outputs/grpo --label theirs
    """
    from evalsuite.console import print_json, print_line, say
    from evalsuite.documents.training import ImportedTraining
    from evalsuite.store.imports.trl_folder import import_training as read_folder
    from evalsuite.store.store import Store
    from evalsuite.unpacked import bytes_of, refuse_too_large

    refuse_too_large(folder, bytes_of(max_unpacked))
    with Store.writer(store) as opened:
        head = read_folder(opened, folder, label=label)
    if json:
        print_json(ImportedTraining(training_id=head.training_id, label=head.label).as_dict())
        return
    command = shlex.join(["evalsuite", "analyse", "training_signal", label, "--store", str(store)])
    say(f"Why is its loss what it is? {command}")
    print_line(head.training_id)
