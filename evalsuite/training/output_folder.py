"""The output folder of a training: whose it is, which process works in it, and the result in the end."""

import fcntl
import filecmp
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evalsuite.errors import InputError, StoreLockedError
from evalsuite.training.config import TrainingConfig

__all__ = ["claimed", "result_folder", "write_result"]

MARK, LOCK = "training-id", ".lock"
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
MODEL_FILES = ("*.safetensors", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt")
NOT_OF_THE_MODEL = "trainer_state.json"


@contextmanager
def claimed(output: Path, training_id: str) -> Iterator[None]:
    """Hold the folder for this training and this process; it is free again afterwards, also after a kill.

    Raises
    ------
    InputError
        It is the folder of another training, which is never continued or overwritten.
    StoreLockedError
        Another process trains into it.
    """
    output.mkdir(parents=True, exist_ok=True)
    handle = os.open(output / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            process = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            raise StoreLockedError(
                f"process {process} (PID) trains into {output} already. Wait until it has finished, or stop it: the "
                "same command goes on from its last checkpoint. To train a second model, name another training.output."
            ) from error
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        _check_mark(output, training_id)
        yield
    finally:
        os.close(handle)  # and with it the lock; the file stays, for who removes it may remove another one's lock


def _check_mark(output: Path, training_id: str) -> None:
    mark = output / MARK
    found = mark.read_text(encoding="utf-8").strip() if mark.is_file() else ""
    if found and found != training_id:
        raise InputError(
            f"training.output {output} holds training {found}, and this configuration is training {training_id}: "
            "name another folder, or delete that one"
        )
    if not found:
        mark.write_text(training_id + "\n", encoding="utf-8")


def result_folder(config: TrainingConfig) -> Path:
    """Return where the result of a training lies: ``adapter`` or ``model`` in its output folder."""
    return Path(config.training.output) / ("adapter" if _is_adapter(config) else "model")


def write_result(config: TrainingConfig, checkpoint: Path) -> None:
    """Copy the weights of a checkpoint to where `evalsuite run` can take them.

    A result that is there already and is the same stays untouched.
    """
    folder, is_adapter = result_folder(config), _is_adapter(config)
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    wanted = ADAPTER_FILES if is_adapter and config.evaluation.keep == "last" else MODEL_FILES
    for file in sorted({f for pattern in wanted for f in checkpoint.glob(pattern)}):
        if file.name != NOT_OF_THE_MODEL:
            shutil.copy2(file, temporary / file.name)
    if is_adapter:
        _make_portable(temporary, config.training.model)
    if _are_equal(temporary, folder):
        shutil.rmtree(temporary)
        return
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)


def _is_adapter(config: TrainingConfig) -> bool:
    return config.lora is not None or config.training.adapter is not None


def _make_portable(adapter: Path, model: str) -> None:
    """Name the base model as the configuration does, not by its folder on this machine; order what peft does not."""
    file = adapter / "adapter_config.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["base_model_name_or_path"] = model
    if isinstance(document.get("target_modules"), list):
        document["target_modules"].sort()  # a set in peft, in another order in every process
    file.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _are_equal(one: Path, other: Path) -> bool:
    names = sorted(f.name for f in one.iterdir())
    if not other.is_dir() or sorted(f.name for f in other.iterdir()) != names:
        return False
    return filecmp.cmpfiles(one, other, names, shallow=False)[0] == names
