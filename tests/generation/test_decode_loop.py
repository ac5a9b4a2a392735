"""Our decoding loop makes the tokens of stock ``generate``, whoever shares the batch and whoever leaves or joins it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import (
    AutoModelForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    MambaConfig,
    MambaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from evalsuite.generation.decode_loop import PROMPT_POSITIONS, TURNOVER, DecodeLoop, Room, can_decode
from evalsuite.generation.generator import Request, cut_at_stop, row_seed
from evalsuite.generation.guesses import WIDTHS, Guess, Guesses, History
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate
from evalsuite.generation.row_steps import RowSteps
from evalsuite.generation.static_batch import static_batch
from evalsuite.generation.token_choice import token_choice
from evalsuite.records import Decoding, Message, Prompt, StopReason

TEXTS = tuple(f"{word}{' and again' * (n % 5)} {n}" for n in range(6) for word in ("Pears?", "240 km.", "Why", "3 * 4"))
GREEDY = Decoding(max_new_tokens=24)
SAMPLED = Decoding(max_new_tokens=24, temperature=0.8, top_p=0.95)
FREE = Decoding(max_new_tokens=24, temperature=0.8)


@pytest.fixture(scope="module")
def generator(tiny_model: Path) -> HuggingFaceGenerator:
    """Return a model whose completions end early: a tenth of the tokens that it writes are end tokens."""
    made = load(locate(str(tiny_model)), dtype="float32")
    free = [r.token_ids for r in made.generate(rows_of(made, TEXTS), FREE, lambda _: None)]
    written = sorted({token for row in free for token in row})
    made.stop_ids = frozenset([*written[::10], *made.stop_ids])
    made.model.generation_config.eos_token_id = sorted(made.stop_ids)
    return made


def rows_of(generator: HuggingFaceGenerator, texts: Sequence[str], prefix: str = "") -> list[Request]:
    prompts = [Prompt(t, (Message("user", prefix + t),)) for t in texts]
    return [Request(t, 0, generator.encode(p), row_seed(0, t, 0)) for t, p in zip(texts, prompts, strict=True)]


def stock(generator: HuggingFaceGenerator, rows: Sequence[Request], decoding: Decoding) -> list[tuple[int, ...]]:
    return static_batch(
        generator.model, rows, decoding,
        decode=generator.decode, stop_ids=generator.stop_ids, pad_id=generator.pad_id, progress=lambda _: None,
    )[0]  # fmt: skip


def loop(
    generator: HuggingFaceGenerator, rows: Sequence[Request], decoding: Decoding, room: Room | None = None
) -> tuple[list[tuple[int, ...]], RowSteps]:
    made = DecodeLoop(
        generator.model, choose=token_choice(decoding), is_greedy=decoding.temperature == 0,
        ends=lambda ids: ids[-1] in generator.stop_ids, cap=decoding.max_new_tokens, progress=lambda _: None,
    )  # fmt: skip
    with torch.inference_mode():
        return made.run(rows, room or Room(len(rows), 10**9)), made.steps


@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED, FREE], ids=["greedy", "nucleus", "all tokens"])
def test_tokens_are_those_of_stock_generate(generator: HuggingFaceGenerator, decoding: Decoding) -> None:
    rows = rows_of(generator, TEXTS)
    expected = stock(generator, rows, decoding)
    lengths = [len(tokens) for tokens in expected]
    assert len(set(lengths)) > 5, "rows end at many places, so that they leave the batch one after the other"
    assert loop(generator, rows, decoding)[0] == expected
    for n_rows in (1, 3, 10):
        assert loop(generator, rows, decoding, Room(n_rows, 10**9))[0] == expected, f"{n_rows} rows at a time"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_batch_of_any_rows(generator: HuggingFaceGenerator, data: st.DataObject) -> None:
    """Greedy, float32: composition, order, caps, continued rows, repeats and places change no token."""
    texts = data.draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=10))
    decoding = Decoding(max_new_tokens=data.draw(st.sampled_from([1, 2, 9, 24])))
    rows = []
    for row in rows_of(generator, texts):
        [whole] = stock(generator, [row], decoding)
        done = data.draw(st.integers(0, len(whole) - 1))
        rows.append(replace(row, generated_ids=whole[:done]))
    n_rows = data.draw(st.integers(1, len(rows)))
    found, _ = loop(generator, rows, decoding, Room(n_rows, data.draw(st.sampled_from([100, 300, 10**9]))))
    assert found == stock(generator, rows, decoding)
    alone = [stock(generator, [replace(r, generated_ids=())], decoding)[0] for r in rows]
    assert [r.generated_ids + new for r, new in zip(rows, found, strict=True)] == alone


def test_a_common_beginning_is_read_once(generator: HuggingFaceGenerator) -> None:
    rows = rows_of(generator, TEXTS[:8], prefix="Solve what follows, step by step, and box the answer. " * 8)
    found, steps = loop(generator, rows, GREEDY)
    assert found == stock(generator, rows, GREEDY)
    assert steps.prompt_tokens == sum(len(r.token_ids) for r in rows)
    assert steps.prompt_read < steps.prompt_tokens / 3
    few, _ = loop(generator, rows, GREEDY, Room(3, 10**9))
    assert few == found, "rows that join later use it too"


def test_equal_prompts_are_read_once(generator: HuggingFaceGenerator) -> None:
    ids = [generator.encode(Prompt(t, (Message("user", t),))) for t in TEXTS[:2]]
    rows = [Request(f"p{n}", k, ids[n], row_seed(0, f"p{n}", k)) for n in range(2) for k in range(6)]
    found, steps = loop(generator, rows, SAMPLED)
    assert found == stock(generator, rows, SAMPLED)
    assert steps.prompt_read == 2 * max(map(len, ids))
    assert len(set(found)) > 6, "completions of a prompt differ"


@pytest.mark.parametrize("share", [0.0, TURNOVER, 0.5])
def test_row_steps_are_those_of_the_rule(
    generator: HuggingFaceGenerator, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr("evalsuite.generation.decode_loop.TURNOVER", share)
    monkeypatch.setattr("evalsuite.generation.guesses.MOST_POSITIONS", 0)  # a pass makes one token a row
    found, steps = loop(generator, rows_of(generator, TEXTS), GREEDY)
    left = [len(tokens) - 1 for tokens in found]
    computed, n_rows = 0, len(left)
    for step in range(max(left)):
        going = sum(n > step for n in left)
        if n_rows - going >= max(share * n_rows, 1):
            n_rows = going
        computed += n_rows
    assert (steps.computed, steps.useful, steps.passes) == (computed, sum(left), max(left))
    assert share or steps.share_useful == 1


@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED, FREE], ids=["greedy", "nucleus", "all tokens"])
@pytest.mark.parametrize("seed", range(4))
def test_guesses_change_no_token(
    generator: HuggingFaceGenerator, monkeypatch: pytest.MonkeyPatch, decoding: Decoding, seed: int
) -> None:
    """Guesses that are right by chance: rows run ahead of each other, and end in the middle of a pass."""
    rows = rows_of(generator, TEXTS)
    expected = stock(generator, rows, decoding)
    of_prompt = {row.token_ids[-40:]: tokens for row, tokens in zip(rows, expected, strict=True)}
    rng = np.random.default_rng(seed)

    def make(_: Guesses, going: Sequence[tuple[History, int]]) -> list[list[Guess]]:
        made = []
        for history, most in going:
            prompt, tokens = next((p, t) for p, t in of_prompt.items() if tuple(history.tokens[: len(p)]) == p)
            ahead = tokens[len(history.tokens) - len(prompt) :][: min(most, rng.integers(0, 6))]
            made.append([Guess(t if rng.random() < 0.8 else 3, own=True, context=1) for t in ahead])
        return made

    monkeypatch.setattr(Guesses, "make", make)
    monkeypatch.setattr("evalsuite.generation.guesses.PROMPT_TAIL", 40)
    for n_rows in (len(rows), 5, 1):
        found, steps = loop(generator, rows, decoding, Room(n_rows, 10**9))
        assert found == expected, f"{n_rows} rows at a time"
        assert steps.guessed > steps.guessed_right > len(rows)
        assert steps.useful + steps.guessed_right == sum(len(tokens) - 1 for tokens in found)


def test_a_loop_takes_fewer_passes(generator: HuggingFaceGenerator) -> None:
    """A model that writes one token over and over, until the cap."""
    head = generator.model.lm_head
    decoding = Decoding(max_new_tokens=120)
    favourite = next(i for i in range(40, 60) if i not in generator.stop_ids)
    hook = head.register_forward_hook(lambda _, __, output: output.index_fill(-1, torch.tensor([favourite]), 99.0))
    with hook:
        found, steps = loop(generator, rows_of(generator, TEXTS[:4]), decoding)
    assert found == [(favourite,) * 120] * 4
    assert steps.passes < 20


def test_prompts_are_read_a_few_at_a_time(generator: HuggingFaceGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(generator, TEXTS)
    monkeypatch.setitem(PROMPT_POSITIONS, "cpu", 3 * max(len(r.token_ids) for r in rows))
    shapes: list[torch.Size] = []
    embed = generator.model.get_input_embeddings()
    with embed.register_forward_pre_hook(lambda _, inputs: shapes.append(inputs[0].shape)):
        found, steps = loop(generator, rows, GREEDY)
    assert found == stock(generator, rows, GREEDY)
    prompts = [s for s in shapes if s[1] > max(WIDTHS)]
    assert len(prompts) > 3
    assert all(s.numel() <= PROMPT_POSITIONS["cpu"] for s in prompts)
    assert steps.prompt_read < len(rows) * max(len(r.token_ids) for r in rows), "of similar length together"


def test_waiting_rows_take_free_places(generator: HuggingFaceGenerator) -> None:
    rows = rows_of(generator, TEXTS)
    together = [loop(generator, rows[n : n + 6], GREEDY)[1] for n in range(0, len(rows), 6)]
    found, refilled = loop(generator, rows, GREEDY, Room(6, 10**9))
    assert refilled.passes < sum(s.passes for s in together)
    written = sum(len(t) - 1 for t in found)
    assert {steps.useful + steps.guessed_right for steps in (refilled, sum(together, RowSteps()))} == {written}


def test_the_room_for_tokens_is_kept(generator: HuggingFaceGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(generator, TEXTS)
    longest = max(len(r.token_ids) for r in rows) + 24
    places: list[int] = []
    take = DecodeLoop._step

    def step(made: DecodeLoop) -> None:
        places.append(len(made.rows))
        take(made)

    monkeypatch.setattr(DecodeLoop, "_step", step)
    loop(generator, rows, GREEDY, Room(50, 4 * longest))
    assert max(places) in (4, 5, 6), "shorter rows fit in larger numbers"


@pytest.fixture
def tiny_qwen() -> Iterator[Qwen2ForCausalLM]:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        yield Qwen2ForCausalLM(
            Qwen2Config(vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                        num_attention_heads=4, num_key_value_heads=2, initializer_range=0.3)
        ).eval()  # fmt: skip


def ids_only(n_rows: int) -> list[Request]:
    rng = torch.Generator().manual_seed(3)
    lengths = torch.randint(2, 30, (n_rows,), generator=rng).tolist()
    return [
        Request(f"p{i}", 0, tuple(torch.randint(5, 290, (n,), generator=rng).tolist()), i)
        for i, n in enumerate(lengths)
    ]


def against_stock(model: torch.nn.Module, rows: Sequence[Request]) -> None:
    stops, decoding = frozenset(range(40)), Decoding(max_new_tokens=40)
    expected = []
    for row in rows:
        ids = torch.tensor([row.token_ids])
        output = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=40, do_sample=False,
                                eos_token_id=sorted(stops), pad_token_id=0)  # fmt: skip
        expected.append(cut_at_stop(output[0, ids.shape[1] :].tolist(), stops)[0])
    made = DecodeLoop(model, choose=token_choice(decoding), ends=lambda t: t[-1] in stops, cap=40,
                      progress=lambda _: None)  # fmt: skip
    with torch.inference_mode():
        assert made.run(rows, Room(4, 10**9)) == expected
    assert len({len(tokens) for tokens in expected}) > 1


def test_another_architecture(tiny_qwen: Qwen2ForCausalLM) -> None:
    assert can_decode(tiny_qwen)
    against_stock(tiny_qwen, ids_only(9))


def test_a_sliding_window_hides_the_same_tokens() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(6)
        model = Gemma3ForCausalLM(
            Gemma3TextConfig(vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=2, head_dim=8,
                             num_attention_heads=4, num_key_value_heads=2, initializer_range=0.3, sliding_window=8,
                             layer_types=["sliding_attention", "full_attention"])
        ).eval()  # fmt: skip
    assert can_decode(model)
    against_stock(model, ids_only(9))


def test_a_recurrent_model_goes_to_stock_generate(tiny_model: Path) -> None:
    model = MambaForCausalLM(MambaConfig(vocab_size=300, hidden_size=16, state_size=4, num_hidden_layers=1))
    assert not can_decode(model)
    # The same rows by the engine, told that the rows of its model cannot be selected.
    generator = load(locate(str(tiny_model)), dtype="float32")
    rows = rows_of(generator, TEXTS[:5])
    ours = generator.generate(rows, GREEDY, lambda _: None)
    generator.rows_can_leave = False
    assert generator.generate(rows, GREEDY, lambda _: None) == ours
    assert {r.stop_reason for r in ours} <= {StopReason.STOP, StopReason.LENGTH}


@pytest.mark.model
def test_smollm2_in_float32_is_stock_generate(smollm2: Path) -> None:
    generator = load(locate(str(smollm2)), dtype="float32")
    rows = rows_of(generator, [f"What is {n} + {n % 7}?" for n in range(12)])
    decoding = Decoding(max_new_tokens=40)
    assert isinstance(generator.model, type(AutoModelForCausalLM.from_config(generator.model.config)))
    assert loop(generator, rows, decoding, Room(5, 10**9))[0] == stock(generator, rows, decoding)
