"""From the name of a model or an adapter to a folder of files, and the fingerprint of what is in it.

A name is never an identity: two checkpoints saved at one path are two models. The fingerprint is a hash
over the content of every file that decides the text (weights, configuration, tokenizer), wherever in the folder the
configuration says that it lies, cached by size and times of change so that a second run does not read half a gigabyte
again.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import platformdirs
from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

from evalsuite.errors import ModelUnavailableError
from evalsuite.files import write_whole
from evalsuite.hub import hub_is_off
from evalsuite.records import digest

__all__ = ["cache_folder", "fingerprint", "resolve_folder"]

HUB_PATTERNS = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt"]
IDENTITY_SUFFIXES = {".safetensors", ".jinja", ".model"}
CONFIG, INDEX, TOKENIZER = "config.json", "model.safetensors.index.json", "tokenizer_config.json"
DEFAULT_TEMPLATE = "additional_chat_templates/default.jinja"
IDENTITY_NAMES = {
    CONFIG,
    INDEX,
    "generation_config.json",
    "tokenizer.json",
    TOKENIZER,
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
    "adapter_config.json",
}


def cache_folder() -> Path:
    """Return the folder for what can be made again: dense copies and file hashes."""
    chosen = os.environ.get("EVALSUITE_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("evalsuite"))


def resolve_folder(name: str, *, what: str) -> Path:
    """Return the local folder of a hub id or path, downloading safetensors only.

    Parameters
    ----------
    name
        A folder, or a hub id such as ``"Qwen/Qwen2.5-0.5B-Instruct"``.
    what
        ``"model"`` or ``"adapter"``, for the message.

    Raises
    ------
    ModelUnavailableError
        There is no such folder and the hub does not give it, or it holds no safetensors.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        if folder.is_absolute() or name.startswith((".", "~")) or folder.exists() or name.count("/") != 1:
            raise ModelUnavailableError(
                f"{what} {name!r} is neither a folder nor a hub id such as owner/name. "
                "Give the folder that holds the .safetensors files, or smollm2 for the model that needs no hub."
            )
        folder = _from_hub(name, what)
    if not any(folder.glob("*.safetensors")):
        raise ModelUnavailableError(
            f"{what} folder {folder} holds no .safetensors file. Other weight formats can run code when loaded "
            "and are not read; save the weights again with save_pretrained()."
        )
    return folder


def fingerprint(folder: Path) -> str:
    """Return the hash over the names and contents of the files that decide the text, 16 hex digits.

    These are the files of the folder itself that are known by their names, and behind them those that lie below or have
    other names and that the configuration names. Links are followed: what is read counts, not where it lies.

    Raises
    ------
    ModelUnavailableError
        The configuration names a file outside the folder.
    """
    own = sorted(
        f.name for f in folder.iterdir() if f.is_file() and (f.suffix in IDENTITY_SUFFIXES or f.name in IDENTITY_NAMES)
    )
    named = sorted(name for name in _named(folder) - set(own) if _is_file(folder / name))
    known = _FileHashes()
    identity = digest([[name, known.sha256(folder / name)] for name in [*own, *named]])[:16]
    known.save()
    return identity


def _named(folder: Path) -> set[str]:
    """Return the files that transformers reads because another file names them, as paths in the folder."""
    weights = _texts([_object(folder / CONFIG).get("transformers_weights")])
    for index in (INDEX, *(name for name in weights if name.endswith(".index.json"))):
        shards = _object(folder / _inside(index, folder)).get("weight_map")
        weights = [*weights, *_texts(shards.values() if isinstance(shards, dict) else ())]
    tokenizers = _object(folder / TOKENIZER).get("fast_tokenizer_files")
    named = [*weights, *_texts(tokenizers if isinstance(tokenizers, list) else ()), DEFAULT_TEMPLATE]
    return {_inside(name, folder) for name in named}


def _inside(name: str, folder: Path) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ModelUnavailableError(
            f"model folder {folder} names a file outside of it, {name!r}. Such a file is not read: the folder would "
            "say nothing about it. Save the model again with save_pretrained()."
        )
    return str(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False


def _object(file: Path) -> dict[str, Any]:
    """Return the JSON object in the file, an empty one if there is none: what does not parse names nothing."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _texts(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


class _FileHashes:
    """SHA-256 of files, remembered by path, size, and the times of the last changes of content and of inode.

    A copy that keeps the modification time (rsync, tar) still moves the inode's.
    """

    def __init__(self) -> None:
        self.path = cache_folder() / "file-hashes.json"
        try:
            loaded = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            loaded = {}
        self.known: dict[str, str] = loaded if isinstance(loaded, dict) else {}

    def sha256(self, file: Path) -> str:
        stat = file.stat()
        key = f"{file.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{stat.st_ctime_ns}"
        if key not in self.known:
            with file.open("rb") as handle:
                self.known[key] = hashlib.file_digest(handle, "sha256").hexdigest()
        return self.known[key]

    def save(self) -> None:
        try:
            write_whole(self.path, json.dumps(self.known))
        except OSError:
            return  # a cache that cannot be written only costs time


def _from_hub(name: str, what: str) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=HUB_PATTERNS, local_files_only=hub_is_off()))
    except (GatedRepoError, RepositoryNotFoundError) as error:
        raise ModelUnavailableError(
            f"the hub does not give {what} {name!r} ({type(error).__name__}): check the spelling, or set HF_TOKEN "
            "if it is private or gated"
        ) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError) as error:
        raise ModelUnavailableError(
            f"{what} {name!r} is not in the local cache and the hub "
            f"{'is switched off by HF_HUB_OFFLINE' if hub_is_off() else 'cannot be reached'} "
            f"({type(error).__name__}). Ways out: give a folder with the .safetensors files, download the model where "
            "there is a network and copy HF_HOME over, or use smollm2, which comes from a package."
        ) from error
