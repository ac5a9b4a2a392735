"""Adapters and model files: merged right, and refused by name where they do not fit or are damaged."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.profiler import ProfilerActivity, profile
from transformers import AutoModelForCausalLM

from evalsuite.errors import ModelUnavailableError
from evalsuite.generation.generator import Generated, Request, row_seed
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate
from evalsuite.records import Decoding, Message, Prompt

WORDS = ("How many pears?", "A train drives 240 km.", "Mara packs 12 boxes with 8 pears each.", "Why?", "3 * 4 + 5")
GREEDY = Decoding(max_new_tokens=16)


@pytest.fixture(scope="module")
def generator(tiny_model: Path) -> HuggingFaceGenerator:
    return load(locate(str(tiny_model)), dtype="float32")


def chat(text: str) -> Prompt:
    return Prompt(text, (Message("user", text),))


def requests_for(generator: HuggingFaceGenerator, texts: Sequence[str], run_seed: int = 0) -> list[Request]:
    return [Request(t, 0, generator.encode(chat(t)), row_seed(run_seed, t, 0)) for t in texts]


def complete(generator: HuggingFaceGenerator, rows: Sequence[Request], decoding: Decoding) -> list[Generated]:
    return generator.generate(rows, decoding, lambda _: None)


def tokens(results: Sequence[Generated]) -> list[tuple[int, ...]]:
    return [r.token_ids for r in results]


def variant(folder: Path, to: Path, **changes: dict[str, Any]) -> Path:
    """Copy a model folder and update the JSON files named by `changes` (without suffix)."""
    shutil.copytree(folder, to)
    for name, update in changes.items():
        file = to / f"{name}.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **update}))
    return to


def test_adapter_is_merged_right(tiny_model: Path, tiny_adapter: Path, generator: HuggingFaceGenerator) -> None:
    import peft

    files = locate(str(tiny_model), str(tiny_adapter))
    adapted = load(files, dtype="float32")
    rows = requests_for(generator, WORDS)
    assert tokens(complete(adapted, rows, GREEDY)) != tokens(complete(generator, rows, GREEDY))
    base = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    with pytest.warns(FutureWarning, match="is_gradient_checkpointing"):
        unmerged = peft.PeftModel.from_pretrained(base, str(tiny_adapter)).eval()
    ids = torch.tensor([rows[0].token_ids])
    with torch.inference_mode():
        plain, merged, expected = (m(ids).logits for m in (generator.model, adapted.model, unmerged))
    torch.testing.assert_close(merged, expected, rtol=1e-4, atol=1e-4)
    assert (plain - expected).abs().max() > 0.1, "an adapter that changes nothing would prove nothing"
    assert files.weights_fingerprint == locate(str(tiny_model)).weights_fingerprint
    assert files.adapter_fingerprint not in (None, files.weights_fingerprint)


def test_both_arms_have_the_same_layers(tiny_model: Path, tiny_adapter: Path) -> None:
    arms = [load(locate(str(tiny_model), a), dtype="bfloat16").model for a in (None, str(tiny_adapter))]
    assert str(arms[0]) == str(arms[1])
    for kind in ("named_parameters", "named_buffers"):
        one, other = ({n: (t.dtype, t.shape) for n, t in getattr(arm, kind)()} for arm in arms)
        assert one == other


def test_both_arms_compute_in_the_same_types(tiny_model: Path, tiny_adapter: Path) -> None:
    stock = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.bfloat16)
    arms = [load(locate(str(tiny_model), a), dtype="bfloat16", is_stock=True).model for a in (None, str(tiny_adapter))]
    ids = torch.ones(3, 5, dtype=torch.long)
    used = []
    for arm in arms:
        with torch.inference_mode(), profile(activities=[ProfilerActivity.CPU]) as profiler:
            arm(input_ids=ids, attention_mask=torch.ones_like(ids), logits_to_keep=1)
        used.append({event.key: event.count for event in profiler.key_averages() if event.key.endswith("mm")})
    assert used[0] == used[1], "weights without gradients are multiplied in another, slower way"
    for arm in arms:
        for kind in ("named_parameters", "named_buffers"):
            assert {n: t.dtype for n, t in getattr(arm, kind)()} == {n: t.dtype for n, t in getattr(stock, kind)()}
        frequencies = dict(arm.named_buffers())["model.rotary_emb.inv_freq"]
        torch.testing.assert_close(frequencies, dict(stock.named_buffers())["model.rotary_emb.inv_freq"])
        assert arm.lm_head.weight is arm.model.embed_tokens.weight, "tied weights stay tied"


def save_adapter(base: Path, to: Path, targets: list[str]) -> Path:
    import peft

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = peft.LoraConfig(r=2, target_modules=targets, init_lora_weights=False, task_type="CAUSAL_LM")
    with pytest.warns(FutureWarning, match="is_gradient_checkpointing"):
        peft.get_peft_model(model, config).save_pretrained(to)
    return to


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"hidden": 32}, "size mismatch"),
        ({"layers": 3}, r"\d+ weights are absent or match no layer, such as .*layers\.2"),
        ({"layers": 1}, r"\d+ weights are absent or match no layer, such as .*layers\.1"),
    ],
    ids=["narrower", "deeper", "shallower"],
)
def test_adapter_of_another_base_is_refused(
    make_tiny_model: Callable[..., Path], tiny_model: Path, tmp_path: Path, shape: dict[str, int], reason: str
) -> None:
    adapter = save_adapter(make_tiny_model(3, **shape), tmp_path / "foreign", ["q_proj"])
    with pytest.raises(ModelUnavailableError, match=rf"(?s)does not fit .*{reason}.*base model it was trained from"):
        load(locate(str(tiny_model), str(adapter)), dtype="float32")


def test_adapter_for_other_layers_is_refused(tiny_model: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    folder = variant(tiny_adapter, tmp_path / "renamed", adapter_config={"target_modules": ["c_attn"]})
    with pytest.raises(ModelUnavailableError, match="does not fit"):
        load(locate(str(tiny_model), str(folder)), dtype="float32")


def test_what_is_no_adapter_and_what_is_no_model(tiny_model: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match=r"holds no adapter_config\.json, so it is no LoRA adapter"):
        locate(str(tiny_model), str(tiny_model))
    with pytest.raises(ModelUnavailableError, match="adapter '/none' is neither a folder nor a hub id"):
        locate(str(tiny_model), "/none")
    with pytest.raises(ModelUnavailableError, match=r"holds an adapter .*give its base as --model"):
        locate(str(tiny_adapter))
    pickled = variant(tiny_adapter, tmp_path / "pickled")
    (pickled / "adapter_model.safetensors").rename(pickled / "other.safetensors")
    (pickled / "adapter_model.bin").touch()
    with pytest.raises(ModelUnavailableError, match=r"holds no adapter_model\.safetensors"):
        locate(str(tiny_model), str(pickled))


# Loading


def test_damaged_and_unknown_files_are_named(tiny_model: Path, tmp_path: Path) -> None:
    damaged = variant(tiny_model, tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"not a safetensors file")
    with pytest.raises(ModelUnavailableError, match=f"cannot load {damaged} from"):
        load(locate(str(damaged)), dtype="float32")
    unknown = variant(tiny_model, tmp_path / "unknown", config={"model_type": "no-such-architecture"})
    with pytest.raises(ModelUnavailableError, match="no-such-architecture"):
        load(locate(str(unknown)), dtype="float32")


def test_code_that_comes_with_a_model_is_not_run(tiny_model: Path, tmp_path: Path) -> None:
    auto = {"AutoConfig": "evil.EvilConfig", "AutoModelForCausalLM": "evil.EvilModel"}
    folder = variant(tiny_model, tmp_path / "evil", config={"model_type": "evil", "auto_map": auto})
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'code-was-run')!r}, 'w')\n")
    with pytest.raises(ModelUnavailableError, match="trust_remote_code"):
        load(locate(str(folder)), dtype="float32")
    assert not (tmp_path / "code-was-run").exists()
