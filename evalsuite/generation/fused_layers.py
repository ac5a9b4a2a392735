"""Decoder layers of Llama's kind in fewer and larger operations, for bfloat16 on a processor.

A pass over a hundred tokens of a small model is made of two thousand operations that take microseconds each, and much
of it is spent between them. Here the three products that make queries, keys and values are one, the activation and both
residual sums are done where a product is written (oneDNN's post-operations), and the weights lie as the processor's
matrix unit reads them, which stock layers arrange anew for every product. Values differ from those of stock layers as
bfloat16 sums of another order do.
"""

from typing import Any

import torch
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaDecoderLayer
from transformers.models.qwen2.modeling_qwen2 import Qwen2DecoderLayer

__all__ = ["KINDS", "fuse", "is_fused"]

KINDS = (LlamaDecoderLayer, Qwen2DecoderLayer)
"""Layers that are known to compute what `_FusedLayer` does."""

ROWS = 128
"""Tokens of a pass that the weights are arranged for."""

CLOSE = 0.02
"""Most that a fused layer may differ from the stock one, as a share of the largest value. bfloat16 keeps 2^-8."""


def fuse(model: Any) -> bool:
    """Replace the decoder layers of a model by fused ones where all of them are known; return whether they were.

    The weights of the stock layers are let go.
    """
    decoder: Any = getattr(model, "model", None)
    layers = getattr(decoder, "layers", None)
    if not layers or not all(type(layer) in KINDS for layer in layers) or not _is_suitable(model):
        return False
    rotary = _SignedRotary(decoder.rotary_emb)
    try:
        if not _computes_the_same(layers[0], decoder.rotary_emb, rotary):
            return False
    except (RuntimeError, AttributeError):  # a build of PyTorch without these operations
        return False
    decoder.rotary_emb = rotary
    decoder.norm = _Norm(decoder.norm)
    for number, layer in enumerate(layers):
        layers[number] = _FusedLayer(layer)
    if type(model.lm_head) is torch.nn.Linear:
        model.lm_head = _Packed(model.lm_head)
    return True


def is_fused(model: Any) -> bool:
    """Return whether the layers of a model are fused ones."""
    return any(isinstance(module, _FusedLayer) for module in model.modules())


def _is_suitable(model: Any) -> bool:
    """Return whether the device, the dtype and the settings are those that the fused layers are for."""
    config = model.config
    return (
        model.device.type == "cpu"
        and {p.dtype for p in model.parameters()} == {torch.bfloat16}
        and config.hidden_act == "silu"
        and config._attn_implementation == "sdpa"
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


@torch.inference_mode()
def _computes_the_same(layer: Any, stock_rotary: Any, rotary: "_SignedRotary") -> bool:
    """Return whether a layer and its fused form agree on random states: another release may compute something else."""
    size = layer.self_attn.o_proj.out_features
    noise = torch.Generator().manual_seed(0)
    states = torch.randn(2, 5, size, generator=noise).to(torch.bfloat16)
    positions = torch.arange(5)[None]
    mask = torch.zeros(1, 1, 5, 5, dtype=torch.bfloat16).masked_fill(
        ~torch.ones(5, 5, dtype=torch.bool).tril(), -torch.inf
    )
    same = {"attention_mask": mask, "position_ids": positions}
    stock = layer(states, position_embeddings=stock_rotary(states, position_ids=positions), **same).float()
    fused = _FusedLayer(layer)(states, position_embeddings=rotary(states, position_ids=positions), **same).float()
    return bool((stock - fused).abs().max() <= CLOSE * stock.abs().max())


class _Packed(torch.nn.Module):
    """A linear layer, or several of the same input side by side, with weights as the matrix unit reads them."""

    def __init__(self, *layers: torch.nn.Linear) -> None:
        super().__init__()
        weight = torch.cat([layer.weight.data for layer in layers])
        self.out_features, self.in_features = weight.shape
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight, ROWS)
        biases = [
            layer.weight.new_zeros(layer.out_features) if layer.bias is None else layer.bias.data for layer in layers
        ]
        self.bias = None if all(layer.bias is None for layer in layers) else torch.cat(biases)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self.then(states, "none")

    def then(self, states: torch.Tensor, activation: str) -> torch.Tensor:
        """Return the product after an activation by oneDNN's name."""
        out: torch.Tensor = torch.ops.mkldnn._linear_pointwise(states, self.weight, self.bias, activation, [], "")
        return out

    def with_other(self, states: torch.Tensor, other: torch.Tensor, how: str) -> torch.Tensor:
        """Return the product added to, or multiplied by, another tensor."""
        out: torch.Tensor = torch.ops.mkldnn._linear_pointwise.binary(states, other, self.weight, self.bias, how)
        return out


class _Norm(torch.nn.Module):
    """Division by the root mean square, and a factor for each feature."""

    def __init__(self, stock: Any) -> None:
        super().__init__()
        self.weight, self.epsilon = stock.weight, stock.variance_epsilon

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        length = torch.linalg.vector_norm(states, dim=-1, keepdim=True, dtype=torch.float32)
        scale = torch.rsqrt(length.square() / states.shape[-1] + self.epsilon)
        return torch.mul(states, scale, out=torch.empty_like(states)).mul_(self.weight)


class _SignedRotary(torch.nn.Module):
    """Cosines and sines for all layers of a pass, the first half of the sines negated: (n_rows, n_tokens, 1, size)."""

    def __init__(self, stock: torch.nn.Module) -> None:
        super().__init__()
        self.stock = stock

    def forward(self, states: torch.Tensor, position_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        cos, sin = self.stock(states, position_ids=position_ids)
        first, second = sin.chunk(2, dim=-1)
        return cos[:, :, None], torch.cat([-first, second], dim=-1)[:, :, None]


class _FusedLayer(torch.nn.Module):
    """A decoder layer; takes what a stock one takes, but for the signs of the sines."""

    is_causal = True

    def __init__(self, stock: Any) -> None:
        super().__init__()
        attention, mlp = stock.self_attn, stock.mlp
        self.config, self.layer_idx = attention.config, attention.layer_idx
        self.scaling = attention.scaling
        self.size = attention.head_dim
        self.n_key_heads = attention.k_proj.out_features // self.size
        self.num_key_value_groups = attention.num_key_value_groups
        self.before_attention = _Norm(stock.input_layernorm)
        self.queries_keys_values = _Packed(attention.q_proj, attention.k_proj, attention.v_proj)
        self.out = _Packed(attention.o_proj)
        self.before_mlp = _Norm(stock.post_attention_layernorm)
        self.gate, self.up, self.down = _Packed(mlp.gate_proj), _Packed(mlp.up_proj), _Packed(mlp.down_proj)

    def forward(
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
        position_embeddings: tuple[torch.Tensor, torch.Tensor] | None = None,
        **_: Any,
    ) -> torch.Tensor:
        shape = hidden_states.shape
        states = hidden_states.reshape(-1, shape[-1])
        states = self.out.with_other(
            self._attended(hidden_states, attention_mask, past_key_values, position_embeddings), states, "add"
        )
        normed = self.before_mlp(states)
        gated = self.up.with_other(normed, self.gate.then(normed, "swish"), "mul")
        return self.down.with_other(gated, states, "add").view(shape)

    def _attended(self, states: torch.Tensor, mask: torch.Tensor | None, cache: Any, rotary: Any) -> torch.Tensor:
        """Return what the heads see, side by side. (n_rows * n_tokens, n_heads * size)"""
        n_rows, n_tokens, _ = states.shape
        together = self.queries_keys_values(self.before_attention(states))
        together = together.view(n_rows, n_tokens, -1, self.size)
        cos, sin = rotary
        turned = together[:, :, : -self.n_key_heads]
        turned = torch.addcmul(turned * cos, turned.roll(self.size // 2, -1), sin)
        query, key = (s.transpose(1, 2) for s in turned.tensor_split([-self.n_key_heads], dim=2))
        value = together[:, :, -self.n_key_heads :].transpose(1, 2)
        if cache is not None:
            key, value = cache.update(key, value, self.layer_idx)
        attend: Any = ALL_ATTENTION_FUNCTIONS[self.config._attn_implementation]
        output: torch.Tensor = attend(self, query, key, value, mask, dropout=0.0, scaling=self.scaling)[0]
        return output.reshape(n_rows * n_tokens, -1)
