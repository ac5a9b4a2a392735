"""Fused layers compute what stock layers do, but for rounding, and take their place only where that is so."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from evalsuite.generation import fused_layers
from evalsuite.generation.fused_layers import fuse
from evalsuite.generation.huggingface import load, locate

needs_bfloat16 = pytest.mark.skipif(
    not (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()),
    reason="oneDNN has no bfloat16 on this processor",
)
SMALL: dict[str, Any] = {
    "vocab_size": 300, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "initializer_range": 0.1,
}  # fmt: skip


def made(kind: Any, config: Any, seed: int = 1) -> Any:
    torch.manual_seed(seed)
    model = kind(config).eval()
    for name, parameter in model.named_parameters():
        if name.endswith(("bias", "norm.weight")):  # new models have zeros and ones
            torch.nn.init.normal_(parameter, mean=float(name.endswith("norm.weight")), std=0.2)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(torch.bfloat16)
    return model


def of(kind: str, **settings: Any) -> Any:
    if kind == "qwen2":
        return made(Qwen2ForCausalLM, Qwen2Config(**{**SMALL, **settings}))
    return made(LlamaForCausalLM, LlamaConfig(**{**SMALL, **settings}))


@needs_bfloat16
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("llama", {}),
        ("llama", {"num_key_value_heads": 4}),
        ("llama", {"num_key_value_heads": 1, "tie_word_embeddings": True}),
        ("llama", {"attention_bias": True, "mlp_bias": True}),
        ("llama", {"head_dim": 32}),
        ("llama", {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 500.0}}),
        ("qwen2", {}),
        ("qwen2", {"tie_word_embeddings": True}),
    ],
)
def test_values_are_those_of_stock_layers(kind: str, settings: dict[str, Any]) -> None:
    """Nearer to float32 than stock layers, or as near: both round, and neither is the other's truth."""
    stock, fused = of(kind, **settings), of(kind, **settings)
    exact = of(kind, **settings).float()
    assert fuse(fused)
    ids = torch.randint(300, (3, 20))
    mask = torch.ones_like(ids)
    mask[1, :6] = 0
    errors = []
    with torch.inference_mode():
        expected = exact(input_ids=ids, attention_mask=mask).logits[mask.bool()]
        for model in (stock, fused):
            first = model(input_ids=ids[:, :15], attention_mask=mask[:, :15], use_cache=True)
            rest = model(input_ids=ids[:, 15:], attention_mask=mask, past_key_values=first.past_key_values)
            found = torch.cat([first.logits, rest.logits], dim=1).float()[mask.bool()]
            errors.append((found - expected).abs().mean() / expected.abs().mean())
    assert errors[1] < 1.2 * errors[0] < 0.05


@needs_bfloat16
def test_stock_generate_runs_on_fused_layers() -> None:
    model = of("llama")
    ids = torch.randint(300, (2, 9))
    assert fuse(model)
    out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=5, do_sample=False, pad_token_id=0)
    assert out.shape == (2, 14)


def test_other_models_stay_as_they_are() -> None:
    gemma = made(
        Gemma3ForCausalLM,
        Gemma3TextConfig(**{**SMALL, "head_dim": 16, "sliding_window": 8, "layer_types": ["full_attention"] * 2}),
    )
    for model in (gemma, of("llama", hidden_act="gelu"), of("llama").float(), torch.nn.Linear(2, 2)):
        before = [type(module) for module in model.modules()]
        assert not fuse(model)
        assert [type(module) for module in model.modules()] == before


@needs_bfloat16
def test_a_layer_that_computes_something_else_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release of transformers may change what a layer of this name does."""
    for module, name in ((fused_layers._Norm, "forward"), (fused_layers._SignedRotary, "forward")):
        with monkeypatch.context() as patch:
            right = getattr(module, name)
            patch.setattr(module, name, lambda *args, right=right, **named: _halved(right(*args, **named)))
            model = of("llama")
            assert not fuse(model)
            assert "FusedLayer" not in str(model)


@needs_bfloat16
def test_a_build_without_the_operations_keeps_stock_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: Any) -> None:
        raise NotImplementedError("Could not run 'mkldnn::_reorder_linear_weight'")

    monkeypatch.setattr(fused_layers._Packed, "__init__", absent)
    assert not fuse(of("llama"))


def _halved(values: Any) -> Any:
    return tuple(value * 0.5 for value in values) if isinstance(values, tuple) else values * 0.5


@needs_bfloat16
def test_an_engine_loads_fused_layers_in_bfloat16(tiny_model: Path) -> None:
    for dtype, is_stock, fused in (("bfloat16", False, True), ("bfloat16", True, False), ("float32", False, False)):
        generator = load(locate(str(tiny_model)), dtype=dtype, is_stock=is_stock)  # type: ignore[arg-type]
        assert ("FusedLayer" in str(generator.model)) == fused
        assert generator.describe()["layers"] == ("fused" if fused else "stock")
