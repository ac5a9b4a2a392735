"""Rows with different numbers of new tokens see what they would alone; the model has its own attention afterwards."""

from collections.abc import Sequence

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from evalsuite.generation import row_cache, uneven_attention
from evalsuite.generation.uneven_attention import NewTokens, can_replace


def model_of(n_heads: int, n_groups: int) -> LlamaForCausalLM:
    torch.manual_seed(n_heads)
    config = LlamaConfig(
        vocab_size=90, hidden_size=8 * n_heads, intermediate_size=32, num_hidden_layers=2, num_attention_heads=n_heads,
        num_key_value_heads=n_heads // n_groups, initializer_range=0.3,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


@pytest.mark.parametrize(("n_heads", "n_groups"), [(6, 3), (4, 4), (4, 2), (4, 1)])
@pytest.mark.parametrize("counts", [(1, 1, 1), (2, 2, 2), (5, 1, 3), (4, 0, 1)])
@pytest.mark.parametrize("together", [1, 2, 99])
def test_values_are_those_of_stock_attention(
    monkeypatch: pytest.MonkeyPatch, n_heads: int, n_groups: int, counts: Sequence[int], together: int
) -> None:
    monkeypatch.setitem(uneven_attention.ROWS_TOGETHER, "cpu", together)
    model, lengths = model_of(n_heads, n_groups), (7, 11, 4)
    rows = [torch.randint(90, (length + n,)) for length, n in zip(lengths, counts, strict=True)]
    width = max(lengths)
    with torch.inference_mode():
        expected = torch.cat(
            [model(input_ids=ids[None]).logits[0, length:] for ids, length in zip(rows, lengths, strict=True)]
        )
        # What each row has before, aligned at the end, behind columns that nobody sees.
        before = torch.stack(
            [torch.nn.functional.pad(ids[:n], (width - n, 0)) for ids, n in zip(rows, lengths, strict=True)]
        )
        has = torch.stack([torch.arange(width) >= width - n for n in lengths])
        cache = row_cache.empty(model.config)
        model(input_ids=before, attention_mask=has.long(), position_ids=(has.cumsum(1) - 1).clamp(min=0),
              past_key_values=cache, use_cache=True)  # fmt: skip
        new = NewTokens(counts, torch.device("cpu"))
        columns, ahead = torch.arange(width + new.n_new), torch.arange(new.n_new)[:, None]
        has = torch.nn.functional.pad(has, (0, new.n_new))
        new.see(has[:, None] | ((columns >= width) & (columns <= width + ahead)))
        row_cache.place(cache, new.rows, width + new.places, width + new.n_new)
        positions = torch.tensor(lengths)[new.rows] + new.places
        ids = torch.cat([ids[n:] for ids, n in zip(rows, lengths, strict=True)])
        with uneven_attention.uneven_attention(model.config, new):
            found = model(input_ids=ids[None], attention_mask=has[:, None, None], position_ids=positions[None],
                          past_key_values=cache, use_cache=True).logits[0]  # fmt: skip
    assert len(new) == sum(counts) == len(found)
    assert len(new.spans) == -(-len(counts) // together)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_rows_attend_over_their_own_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(uneven_attention.ROWS_TOGETHER, "cpu", 2)
    seen = torch.zeros(5, 2, 9, dtype=torch.bool)
    for row, (begin, end) in enumerate([(0, 3), (1, 4), (5, 6), (4, 8), (2, 9)]):
        seen[row, 1, begin:end] = True
    new = NewTokens([2, 1, 0, 2, 1], torch.device("cpu"))
    new.see(seen)
    assert [(columns.start, columns.stop) for _, columns in new.spans] == [(0, 4), (4, 8), (2, 9)]
    assert [mask.shape for mask in new.masks(3, torch.float32)] == [(2, 1, 6, 4), (2, 1, 6, 4), (1, 1, 6, 7)]


def test_the_model_keeps_its_own_attention() -> None:
    model = model_of(4, 2)
    assert can_replace(model.config)
    new = NewTokens([1], torch.device("cpu"))
    with pytest.raises(IndexError), uneven_attention.uneven_attention(model.config, new):
        model(input_ids=torch.tensor([[90]]))  # beyond the vocabulary
    assert model.config._attn_implementation == "sdpa"
    model.set_attn_implementation("eager")
    assert not can_replace(model.config)
