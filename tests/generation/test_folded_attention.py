"""Folding query heads into tokens changes no value, and the model has its own attention afterwards."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from evalsuite.generation.folded_attention import can_fold, folded_attention


def model_of(n_heads: int, n_groups: int) -> LlamaForCausalLM:
    torch.manual_seed(n_heads)
    config = LlamaConfig(
        vocab_size=90, hidden_size=8 * n_heads, intermediate_size=32, num_hidden_layers=2, num_attention_heads=n_heads,
        num_key_value_heads=n_heads // n_groups, initializer_range=0.3,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


@pytest.mark.parametrize(("n_heads", "n_groups"), [(6, 3), (4, 4), (4, 2), (4, 1)])
@pytest.mark.parametrize("n_new", [1, 2, 5])
def test_values_are_those_of_stock_attention(n_heads: int, n_groups: int, n_new: int) -> None:
    model, n_rows, width = model_of(n_heads, n_groups), 3, 11
    ids = torch.randint(90, (n_rows, width))
    mask = torch.rand(n_rows, 1, width, width) < 0.6
    mask |= torch.eye(width, dtype=torch.bool)
    mask &= torch.ones(width, width, dtype=torch.bool).tril()
    for given in (mask, torch.zeros(1).masked_fill(~mask, -torch.inf)):
        with torch.inference_mode():
            cached = model(input_ids=ids[:, :-n_new], attention_mask=mask[:, :, :-n_new, :-n_new], use_cache=True)
            expected = model(input_ids=ids, attention_mask=mask).logits[:, -n_new:]
            with folded_attention(model.config):
                found = model(
                    input_ids=ids[:, -n_new:],
                    attention_mask=given[:, :, -n_new:],
                    position_ids=torch.arange(width - n_new, width)[None],
                    past_key_values=cached.past_key_values,
                ).logits
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_the_model_keeps_its_own_attention() -> None:
    model = model_of(4, 2)
    assert can_fold(model.config)
    with pytest.raises(IndexError), folded_attention(model.config):
        model(input_ids=torch.tensor([[90]]))  # beyond the vocabulary
    assert model.config._attn_implementation == "sdpa"
    model.set_attn_implementation("eager")
    assert not can_fold(model.config)
