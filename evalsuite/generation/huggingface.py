"""The embedded engine: models of ``transformers`` in this process, decoded by our own loop (`decode_loop`).

Choose it where a model fits into one process. It is deterministic on one machine, dtype and batch plan;
text from another engine, dtype or batch shape may differ, which is why all of these are recorded.
"""

import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from evalsuite.errors import ModelUnavailableError
from evalsuite.generation.decode_loop import DecodeLoop, Room, can_decode
from evalsuite.generation.fused_layers import fuse, is_fused
from evalsuite.generation.generator import Generated, Progress, Request, batch_hash, cut_at_stop
from evalsuite.generation.prompt_tokens import prompt_tokens
from evalsuite.generation.row_steps import RowSteps
from evalsuite.generation.smollm2 import NAME as SMOLLM2
from evalsuite.generation.smollm2 import smollm2_folder
from evalsuite.generation.static_batch import static_batch
from evalsuite.generation.stop_strings import cut_at_stop_string, reach
from evalsuite.generation.threads import settle
from evalsuite.generation.token_choice import token_choice
from evalsuite.generation.weights import fingerprint, resolve_folder
from evalsuite.records import Decoding, Prompt, StopReason
from evalsuite.settings import Dtype

__all__ = [
    "HuggingFaceGenerator",
    "ModelFiles",
    "TransformersEngine",
    "load",
    "locate",
    "resolve_dtype",
    "stop_ids",
    "tokenizer_of",
]

ENGINE = "transformers"

# The bars and hints of the libraries below would mix with our own progress.
transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model found on disk, not loaded yet.

    Attributes
    ----------
    name, adapter_name
        For people: what was asked for, completed by what it turned out to be.
    folder, adapter_folder
        Where the files are.
    weights_fingerprint, adapter_fingerprint
        Hash over the files.
    serving
        None: no server is asked.
    """

    name: str
    folder: Path
    weights_fingerprint: str
    adapter_name: str | None = None
    adapter_folder: Path | None = None
    adapter_fingerprint: str | None = None
    serving: None = None

    def load(self, *, dtype: Dtype = "auto") -> "HuggingFaceGenerator":
        """Load the model, as `load` does."""
        return load(self, dtype=dtype)


class TransformersEngine:
    """Models as files on this machine, run in this process; see `engines.engine`."""

    name = ENGINE

    def locate(self, model: str, adapter: str | None = None) -> ModelFiles:
        """Find and hash the files of a model and its adapter, as `locate` does."""
        return locate(model, adapter)

    def resolve_dtype(self, dtype: Dtype) -> str:
        """Return the dtype to compute in, as `resolve_dtype` does."""
        return resolve_dtype(dtype)


def locate(model: str, adapter: str | None = None) -> ModelFiles:
    """Find the files of `model` (hub id, folder or ``smollm2``) and of a LoRA `adapter`, and hash them.

    Raises
    ------
    ModelUnavailableError
        Something is not to be had; the message names the ways out.
    """
    folder, name = smollm2_folder() if model == SMOLLM2 else (resolve_folder(model, what="model"), model)
    if (folder / "adapter_config.json").is_file():
        # transformers would load the base model that the adapter names, which no fingerprint covers.
        raise ModelUnavailableError(
            f"model folder {folder} holds an adapter (adapter_config.json): give its base as --model, it as --adapter"
        )
    if adapter is None:
        return ModelFiles(name, folder, fingerprint(folder))
    adapter_folder = resolve_folder(adapter, what="adapter")
    for file in ("adapter_config.json", "adapter_model.safetensors"):
        if not (adapter_folder / file).is_file():
            raise ModelUnavailableError(f"adapter folder {adapter_folder} holds no {file}, so it is no LoRA adapter")
    return ModelFiles(name, folder, fingerprint(folder), adapter, adapter_folder, fingerprint(adapter_folder))


def resolve_dtype(dtype: Dtype) -> str:
    """Return the dtype to compute in: ``auto`` is bfloat16 where the device has it natively, else float32."""
    if dtype != "auto":
        return dtype
    if torch.cuda.is_available():
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    capabilities = torch.cpu.get_capabilities()
    native = any(capabilities.get(key, False) for key in ("avx512_bf16", "amx_bf16", "arm_bf16"))
    return "bfloat16" if native else "float32"


def load(files: ModelFiles, *, dtype: Dtype = "auto", is_stock: bool = False) -> "HuggingFaceGenerator":
    """Load a model and its adapter for generation.

    Parameters
    ----------
    is_stock
        Leave the layers as ``transformers`` has them, where `fused_layers` would replace them.

    An adapter is merged in float32 before the weights are cast, so that the arm with an adapter runs
    the same arithmetic as the arm without.

    Raises
    ------
    ModelUnavailableError
        The files are damaged, of an unknown architecture, or the adapter belongs to another model.
    """
    computed = resolve_dtype(dtype)
    torch_dtype: torch.dtype = getattr(torch, computed)
    try:
        tokenizer = tokenizer_of(files)
        model: Any = AutoModelForCausalLM.from_pretrained(
            files.folder,
            dtype=torch.float32 if files.adapter_folder else torch_dtype,
            use_safetensors=True,
            trust_remote_code=False,
        )
    except Exception as error:  # transformers raises many kinds for damaged or foreign files
        raise ModelUnavailableError(f"cannot load {files.name} from {files.folder}: {error}") from error
    if files.adapter_folder is not None:
        model = _merged(model, files.adapter_folder, files.name)
        # Parameters only: model.to(dtype) would round the rotary frequencies too, which loading leaves in float32.
        for parameter in model.parameters():
            parameter.data = parameter.data.to(torch_dtype)
            # As in a model without an adapter: PyTorch multiplies the last tokens of prompts by weights without
            # gradients row by row, each with a copy of the weights, and prompts take twice as long.
            parameter.requires_grad_(True)
    model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    if not is_stock:
        fuse(model)
    return HuggingFaceGenerator(model, tokenizer, computed)


def tokenizer_of(files: ModelFiles) -> Any:
    """Return the tokenizer of a model, without its weights."""
    return AutoTokenizer.from_pretrained(files.folder, trust_remote_code=False)


class HuggingFaceGenerator:
    """A causal language model of ``transformers`` behind the `Generator` protocol.

    Attributes
    ----------
    rows_can_leave
        Whether `decode_loop` decodes; stock ``generate`` does where the rows of the model's cache cannot be selected.
    row_steps
        Work so far.
    """

    engine = ENGINE

    def __init__(self, model: Any, tokenizer: Any, dtype: str) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.dtype = dtype
        self.stop_ids = stop_ids(model, tokenizer)
        pad = tokenizer.pad_token_id
        self.pad_id: int = min(self.stop_ids) if pad is None else pad
        length = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self.context_length: int | None = length
        self.rows_can_leave = can_decode(model)
        self.row_steps = RowSteps()
        # Shipped generation settings (a repetition penalty, say) would change greedy decoding unseen.
        model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
            eos_token_id=sorted(self.stop_ids), pad_token_id=self.pad_id
        )

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Apply the chat template (or a plain question-and-answer form where there is none) and tokenise."""
        return prompt_tokens(self.tokenizer, prompt)

    def decode(self, token_ids: Sequence[int]) -> str:
        """Return the text of completion tokens, without special tokens."""
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def generate(self, requests: Sequence[Request], decoding: Decoding, progress: Progress) -> list[Generated]:
        """Complete one batch. On out-of-memory the batch is halved and retried.

        Raises
        ------
        ModelUnavailableError
            Not even one row fits into memory.
        """
        try:
            return self._generate(requests, decoding, progress)
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            if len(requests) == 1:
                raise ModelUnavailableError(
                    f"out of memory with a single completion of {len(requests[0].token_ids)} + "
                    f"{decoding.max_new_tokens} tokens: use a smaller model, another dtype or a lower token limit"
                ) from error
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        half = len(requests) // 2
        first = self.generate(requests[:half], decoding, progress)
        return first + self.generate(requests[half:], decoding, progress)

    def compute_like(self, described: Mapping[str, str]) -> None:
        """Compute with as many threads as the run began with; a run that begins measures how many are fastest."""
        recorded = described.get("threads", "")
        settle(int(recorded) if recorded.isdecimal() and int(recorded) > 0 else None)

    def tokenizer_json(self) -> str | None:
        """Return the tokenizer as JSON, so that stored tokens can be decoded again without the model."""
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        return None if backend is None else str(backend.to_str())

    def describe(self) -> dict[str, str]:
        """Return versions, device and attention implementation."""
        cuda = torch.cuda.is_available()
        return {
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "peft": version("peft"),
            "device": torch.cuda.get_device_name()
            if cuda
            else str(torch.cpu.get_capabilities().get("cpu_name", "cpu")),
            "attention": str(self.model.config._attn_implementation),
            "layers": "fused" if is_fused(self.model) else "stock",
            "threads": str(torch.get_num_threads()),
        }

    def _generate(
        self, requests: Sequence[Request], decoding: Decoding, progress: Progress, room: Room | None = None
    ) -> list[Generated]:
        if self.rows_can_leave:
            made, steps = self._decode(requests, decoding, progress, room or Room(len(requests), sys.maxsize))
        else:
            made, steps = static_batch(
                self.model,
                requests,
                decoding,
                decode=self.decode,
                stop_ids=self.stop_ids,
                pad_id=self.pad_id,
                progress=progress,
            )
        self.row_steps += steps
        identity = batch_hash(requests)
        return [self._generated(r, new, decoding, identity) for r, new in zip(requests, made, strict=True)]

    def _decode(
        self, requests: Sequence[Request], decoding: Decoding, progress: Progress, room: Room
    ) -> tuple[list[tuple[int, ...]], RowSteps]:
        tail = reach(decoding.stop) if decoding.stop else 0

        def ends(token_ids: Sequence[int]) -> bool:
            if token_ids[-1] in self.stop_ids:
                return True
            return tail > 0 and any(one in text for text in (self.decode(token_ids[-tail:]),) for one in decoding.stop)

        loop = DecodeLoop(
            self.model,
            choose=token_choice(decoding),
            is_greedy=decoding.temperature == 0,
            ends=ends,
            cap=decoding.max_new_tokens,
            progress=progress,
        )
        with torch.inference_mode():
            return loop.run(requests, room), loop.steps

    def _generated(self, request: Request, new: Sequence[int], decoding: Decoding, identity: str) -> Generated:
        """Cut the new tokens where the completion ends and say why it did."""
        kept, reason = cut_at_stop(new, self.stop_ids)
        whole = (*request.generated_ids, *kept)
        cut = cut_at_stop_string(whole, decoding.stop, self.decode) if decoding.stop else None
        if cut is None:
            return Generated(whole, self.decode(whole), reason, identity)
        tokens, text, string = cut
        return Generated(tokens, text, StopReason.STOP, identity, string)


def _merged(model: Any, adapter_folder: Path, model_name: str) -> Any:
    import peft  # noqa: PLC0415 - takes as long to load as all else that a run without an adapter needs

    with warnings.catch_warnings():
        # peft reads a property that transformers deprecates, and only warns where adapter weights are missing.
        warnings.simplefilter("ignore")
        try:
            wrapped = peft.PeftModel.from_pretrained(model, str(adapter_folder))
            loaded = wrapped.load_adapter(str(adapter_folder), wrapped.active_adapter)
            merged = wrapped.merge_and_unload()
        except Exception as error:  # peft reports a foreign base as ValueError, RuntimeError, KeyError...
            raise _foreign_adapter(adapter_folder, model_name, str(error)) from error
    unmatched = [*loaded.missing_keys, *loaded.unexpected_keys]
    if unmatched:
        reason = f"{len(unmatched)} weights are absent or match no layer, such as {unmatched[0]}"
        raise _foreign_adapter(adapter_folder, model_name, reason)
    return merged


def _foreign_adapter(adapter_folder: Path, model_name: str, reason: str) -> ModelUnavailableError:
    return ModelUnavailableError(
        f"the adapter {adapter_folder} does not fit {model_name}: {reason}. An adapter works only on the base "
        "model it was trained from."
    )


def stop_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end a completion: all that the model's settings and the tokenizer name.

    Raises
    ------
    ModelUnavailableError
        None is named.
    """
    found: set[int] = set()
    for source in (model.generation_config.eos_token_id, tokenizer.eos_token_id, model.config.eos_token_id):
        if isinstance(source, int):
            found.add(source)
        elif source is not None:
            found.update(int(i) for i in source)
    if not found:
        raise ModelUnavailableError("the model names no end-of-sequence token, so a stop could not be told from a cut")
    return frozenset(found)


def _is_out_of_memory(error: Exception) -> bool:
    text = str(error)
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in text
