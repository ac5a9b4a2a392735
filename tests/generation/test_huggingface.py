"""The contract of the embedded engine, kept by a real (tiny, random) model in float32."""

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from transformers import AutoModelForCausalLM, AutoTokenizer

from evalsuite.errors import InputError, ModelUnavailableError
from evalsuite.evaluation.pipeline import BatchLimits, plan_run
from evalsuite.generation.generator import Generated, Request, batch_hash, row_seed
from evalsuite.generation.guesses import WIDTHS
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate, resolve_dtype
from evalsuite.generation.prompt_tokens import prompt_text
from evalsuite.prompting.templates import template
from evalsuite.records import Decoding, Message, Problem, Prompt, StopReason

WORDS = ("How many pears?", "A train drives 240 km.", "Mara packs 12 boxes with 8 pears each.", "Why?", "3 * 4 + 5")
GREEDY = Decoding(max_new_tokens=16)
SAMPLED = Decoding(max_new_tokens=16, temperature=0.7, top_p=0.9)


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


# One row is one row


@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_text_depends_on_neither_neighbours_nor_order(generator: HuggingFaceGenerator, decoding: Decoding) -> None:
    rows = requests_for(generator, WORDS)
    assert len({len(r.token_ids) for r in rows}) > 2, "prompts of different lengths, so that padding is at work"
    together = complete(generator, rows, decoding)
    alone = [complete(generator, [row], decoding)[0] for row in rows]
    assert [(r.token_ids, r.text, r.stop_reason) for r in together] == [
        (r.token_ids, r.text, r.stop_reason) for r in alone
    ]
    assert tokens(complete(generator, rows[::-1], decoding)) == tokens(together)[::-1]
    assert tokens(complete(generator, [rows[3], rows[1]], decoding)) == [together[3].token_ids, together[1].token_ids]
    assert len(set(tokens(together))) == len(WORDS)


def test_seeds_decide_sampled_text_and_only_that(generator: HuggingFaceGenerator) -> None:
    first, second = (requests_for(generator, WORDS, run_seed=s) for s in (0, 1))
    assert tokens(complete(generator, first, GREEDY)) == tokens(complete(generator, second, GREEDY))
    sampled = tokens(complete(generator, first, SAMPLED))
    assert tokens(complete(generator, first, SAMPLED)) == sampled
    assert all(a != b for a, b in zip(sampled, tokens(complete(generator, second, SAMPLED)), strict=True))
    torch.manual_seed(99)  # the global generator has no say
    assert tokens(complete(generator, first, SAMPLED)) == sampled


def test_equal_prompts_with_different_seeds_differ(generator: HuggingFaceGenerator) -> None:
    ids = generator.encode(chat("Why?"))
    rows = [Request("p", i, ids, row_seed(0, "p", i)) for i in range(6)]
    assert len(set(tokens(complete(generator, rows, SAMPLED)))) == 6


@pytest.mark.parametrize("decoding", [GREEDY, SAMPLED], ids=["greedy", "sampled"])
def test_a_continued_completion_is_the_uninterrupted_one(generator: HuggingFaceGenerator, decoding: Decoding) -> None:
    rows = requests_for(generator, WORDS)
    whole = complete(generator, rows, decoding)
    begun = [
        replace(row, generated_ids=full.token_ids[:n])
        for row, full, n in zip(rows, whole, (0, 3, 15, 8, 1), strict=True)
    ]
    continued = complete(generator, begun, decoding)
    assert [(r.token_ids, r.text, r.stop_reason) for r in continued] == [
        (r.token_ids, r.text, r.stop_reason) for r in whole
    ]
    assert batch_hash(begun) != batch_hash(rows)


def test_batch_hash_names_the_batch(generator: HuggingFaceGenerator) -> None:
    rows = requests_for(generator, WORDS)
    assert {r.batch_hash for r in complete(generator, rows, GREEDY)} == {batch_hash(rows)}


# Which tokens


def test_greedy_is_that_of_transformers(generator: HuggingFaceGenerator, tiny_model: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    for row, found in zip(
        requests_for(generator, WORDS), complete(generator, requests_for(generator, WORDS), GREEDY), strict=True
    ):
        turns = [{"role": "user", "content": row.problem_id}]
        ids = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt")["input_ids"]
        assert row.token_ids == tuple(ids[0].tolist())
        output = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=16)
        expected = output[0, ids.shape[1] :]
        assert found.token_ids == tuple(expected.tolist())
        assert found.text == tokenizer.decode(expected, skip_special_tokens=True)


def nucleus(logits: torch.Tensor, temperature: float, top_p: float) -> np.ndarray:
    """Return the distribution that nucleus sampling means (Holtzman et al. 2020), by plain loops."""
    p = torch.softmax(logits.double() / temperature, 0).numpy()
    kept, mass = np.zeros(len(p), dtype=bool), 0.0
    for i in np.argsort(-p):
        kept[i] = True
        mass += p[i]
        if mass >= top_p:
            break
    return np.where(kept, p, 0) / p[kept].sum()


@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_first_tokens_follow_the_softmax(generator: HuggingFaceGenerator, top_p: float) -> None:
    n, ids = 2000, generator.encode(chat("How many pears?"))
    with torch.inference_mode():
        logits = generator.model(torch.tensor([ids])).logits[0, -1]
    expected = nucleus(logits, 0.7, top_p)
    decoding = Decoding(max_new_tokens=1, temperature=0.7, top_p=top_p)
    found: Counter[int] = Counter()
    for start in range(0, n, 500):
        rows = [Request("p", i, ids, row_seed(0, "p", i)) for i in range(start, start + 500)]
        found.update(r.token_ids[0] for r in complete(generator, rows, decoding))
    counts = np.array([found[i] for i in range(len(expected))])
    assert counts[expected == 0].sum() == 0, "a token outside the nucleus was drawn"
    common = expected * n >= 5
    observed = [*counts[common], counts[~common].sum()]
    wanted = [*(expected[common] * n), expected[~common].sum() * n]
    keep = np.array(wanted) > 0
    assert stats.chisquare(np.array(observed)[keep], np.array(wanted)[keep]).pvalue > 1e-3
    # The test can tell: at the neighbouring temperature the same counts are out of the question.
    other = nucleus(logits, 1.0, top_p)[common]
    assert stats.chisquare(counts[common], other / other.sum() * counts[common].sum()).pvalue < 1e-6


def test_later_tokens_follow_the_softmax_too(generator: HuggingFaceGenerator) -> None:
    n, ids = 1000, generator.encode(chat("Why?"))
    decoding = Decoding(max_new_tokens=2, temperature=0.15)
    rows = [Request("p", i, ids, row_seed(0, "p", i)) for i in range(n)]
    pairs = Counter(r.token_ids for r in complete(generator, rows, decoding))
    first = Counter(r[0] for r in pairs.elements()).most_common(1)[0][0]
    with torch.inference_mode():
        logits = generator.model(torch.tensor([[*ids, first]])).logits[0, -1]
    expected = torch.softmax(logits.double() / 0.15, 0).numpy()
    total = sum(count for pair, count in pairs.items() if pair[0] == first)
    top = int(expected.argmax())
    assert stats.binomtest(pairs[first, top], total, float(expected[top])).pvalue > 1e-3


def test_shipped_generation_settings_do_not_leak_in(
    generator: HuggingFaceGenerator, tiny_model: Path, tmp_path: Path
) -> None:
    shipped = {"do_sample": True, "temperature": 0.3, "top_k": 3, "repetition_penalty": 5.0, "min_new_tokens": 5,
               "no_repeat_ngram_size": 1, "max_length": 5, "max_new_tokens": 3, "num_beams": 2}  # fmt: skip
    folder = variant(tiny_model, tmp_path / "shipped", generation_config=shipped)
    other = load(locate(str(folder)), dtype="float32")
    rows = requests_for(generator, WORDS)
    assert tokens(complete(other, rows, GREEDY)) == tokens(complete(generator, rows, GREEDY))
    assert tokens(complete(other, rows, SAMPLED)) == tokens(complete(generator, rows, SAMPLED))


# Where it ends


def row_kinds(generator: HuggingFaceGenerator, cap: int) -> tuple[list[Request], list[tuple[int, ...]], set[int]]:
    """Return three rows, their unstopped tokens, and end tokens: at once in the first, at the cap, never."""
    rows = requests_for(generator, [f"{word} {i}" for word in WORDS for i in range(6)])
    free = tokens(complete(generator, rows, Decoding(max_new_tokens=cap)))
    for a, at_once in enumerate(free):
        for b, at_cap in enumerate(free):
            ends = {at_once[0], at_cap[-1]}
            if a != b and not ends & set(at_cap[:-1]):
                for c, never in enumerate(free):
                    if not ends & set(never) and len(rows[c].token_ids) != len(rows[a].token_ids):
                        return [rows[a], rows[b], rows[c]], [at_once, at_cap, never], ends
    raise AssertionError("no such rows")


@pytest.mark.parametrize("pad", ["own", "end token", "a token the model writes", "none"])
def test_stop_reason_is_that_of_the_row(tiny_model: Path, pad: str) -> None:
    fresh = load(locate(str(tiny_model)), dtype="float32")
    rows, free, ends = row_kinds(fresh, cap=8)
    fresh.model.generation_config.eos_token_id = sorted(ends)
    if pad != "own":
        token = {"end token": free[0][0], "a token the model writes": free[2][3]}.get(pad)
        fresh.tokenizer.pad_token = None if token is None else fresh.tokenizer.convert_ids_to_tokens(token)
    generator = HuggingFaceGenerator(fresh.model, fresh.tokenizer, "float32")
    assert generator.stop_ids == ends | {generator.tokenizer.eos_token_id}
    assert (generator.pad_id in generator.stop_ids) == (pad in ("end token", "none"))
    expected = [(free[0][:1], StopReason.STOP), (free[1], StopReason.STOP), (free[2], StopReason.LENGTH)]
    for order in ([0, 1, 2], [2, 0, 1], [0], [1], [2], [0, 1]):
        found = complete(generator, [rows[i] for i in order], Decoding(max_new_tokens=8))
        assert [(r.token_ids, r.stop_reason) for r in found] == [expected[i] for i in order]


def test_end_tokens_come_from_all_places(tiny_model: Path, tmp_path: Path) -> None:
    folder = variant(
        tiny_model, tmp_path / "v", generation_config={"eos_token_id": [7, 9]}, config={"eos_token_id": 11}
    )
    generator = load(locate(str(folder)), dtype="float32")
    assert generator.stop_ids == {7, 9, 11, generator.tokenizer.eos_token_id}


def test_a_model_without_end_token_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    folder = variant(
        tiny_model, tmp_path / "v", generation_config={"eos_token_id": None}, config={"eos_token_id": None},
        tokenizer_config={"eos_token": None},
    )  # fmt: skip
    with pytest.raises(ModelUnavailableError, match="names no end-of-sequence token"):
        load(locate(str(folder)), dtype="float32")


def test_progress_counts_the_tokens(generator: HuggingFaceGenerator) -> None:
    seen: list[int] = []
    results = generator.generate(requests_for(generator, WORDS), GREEDY, seen.append)
    assert len(seen) > 8, "while it goes on, not at the end"
    assert sum(seen) == sum(len(r.token_ids) for r in results)


# Text


@pytest.mark.parametrize("text", ["Ünïcödé – 3 €?", "数学の問題 🍐🍐", "a\u2028b\x00c", "  spaces  \n\n", "<|im_end|>"])
def test_any_text_goes_in_and_comes_out(generator: HuggingFaceGenerator, text: str) -> None:
    ids = generator.encode(chat(text))
    assert generator.tokenizer.decode(ids) == f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
    assert generator.decode(generator.tokenizer(text)["input_ids"]) == text.replace("<|im_end|>", "")
    assert len(complete(generator, [Request("p", 0, ids, 0)], GREEDY)[0].token_ids) == 16


def test_text_is_decoded_whole_without_special_tokens(generator: HuggingFaceGenerator) -> None:
    for result in complete(generator, requests_for(generator, WORDS), GREEDY):
        words = [i for i in result.token_ids if i not in generator.tokenizer.all_special_ids]
        assert result.text == generator.tokenizer.decode(words)


def test_a_model_without_chat_template_gets_question_and_answer(tiny_model: Path, tmp_path: Path) -> None:
    folder = variant(tiny_model, tmp_path / "base", tokenizer_config={"chat_template": None})
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    generator = load(locate(str(folder)), dtype="float32")
    prompt = Prompt(
        "p", (Message("system", "S"), Message("user", "Q"), Message("assistant", "A"), Message("user", "R"))
    )
    assert (
        generator.tokenizer.decode(generator.encode(prompt))
        == "S\n\nQuestion: Q\n\nAnswer: A\n\nQuestion: R\n\nAnswer:"
    )


def test_a_chat_template_that_refuses_system_turns(tiny_model: Path, tmp_path: Path) -> None:
    folder = variant(tiny_model, tmp_path / "strict")
    strict = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system turn') }}{% endif %}x"
    (folder / "chat_template.jinja").write_text(strict)
    generator = load(locate(str(folder)), dtype="float32")
    with pytest.raises(InputError, match=r"no system turn.*--template plain"):
        generator.encode(Prompt("p", (Message("system", "S"), Message("user", "Q"))))
    assert generator.encode(chat("Q"))


def test_prompts_that_do_not_fit_the_context_are_named(generator: HuggingFaceGenerator) -> None:
    assert generator.context_length == 2048
    problem = Problem("own/1", "Why?", "#### 1", Fraction(1))
    fits = 2048 - len(generator.encode(template("plain").render(problem)))

    def plan(cap: int) -> Any:
        return plan_run(generator, template("plain"), [problem], Decoding(cap), n_completions=1, limits=BatchLimits())

    assert len(plan(fits)[1]) == 1
    with pytest.raises(InputError, match=f"problem own/1 needs .* a token limit of {fits + 1}.*holds 2048"):
        plan(fits + 1)


# Memory


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
    ids=["cuda", "cpu", "python"],
)
def test_batches_that_do_not_fit_are_halved(generator: HuggingFaceGenerator, error: Exception) -> None:
    rows = requests_for(generator, WORDS)
    whole = complete(generator, rows, SAMPLED)
    embed, sizes = generator.model.get_input_embeddings(), []

    def limited(_: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        if inputs[0].shape[1] > max(WIDTHS):  # prompts
            sizes.append(len(inputs[0]))
        if len(inputs[0]) > 2:
            raise error

    with embed.register_forward_pre_hook(limited):
        found = complete(generator, rows, SAMPLED)
    assert tokens(found) == tokens(whole)
    assert sizes == [5, 2, 3, 1, 2]
    assert [r.batch_hash for r in found] == [
        batch_hash(part) for part in (rows[:2], rows[:2], rows[2:3], rows[3:], rows[3:])
    ], "the batch recorded is the one the row was really decoded in"


def test_one_row_that_does_not_fit_and_other_errors(
    generator: HuggingFaceGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors: list[Exception] = [torch.OutOfMemoryError("full"), RuntimeError("a bug")]
    monkeypatch.setattr(generator.model.model, "forward", lambda **_: (_ for _ in ()).throw(errors[0]))
    rows = requests_for(generator, WORDS[:2])
    with pytest.raises(ModelUnavailableError, match=rf"single completion of {len(rows[0].token_ids)} \+ 16 tokens"):
        complete(generator, rows, GREEDY)
    errors.pop(0)
    with pytest.raises(RuntimeError, match="a bug"):
        complete(generator, rows, GREEDY)


# Adapters


def test_dtypes(tiny_model: Path, generator: HuggingFaceGenerator) -> None:
    assert resolve_dtype("float16") == "float16"
    assert resolve_dtype("auto") in {"bfloat16", "float16", "float32"}
    half = load(locate(str(tiny_model)), dtype="bfloat16")
    assert (half.dtype, half.model.dtype) == ("bfloat16", torch.bfloat16)
    assert (generator.dtype, generator.model.dtype) == ("float32", torch.float32)


def test_description(generator: HuggingFaceGenerator) -> None:
    found = generator.describe()
    assert set(found) == {"torch", "transformers", "peft", "device", "attention", "layers", "threads"}
    assert all(isinstance(value, str) and value for value in found.values())


# Stop strings and templates of the user's own


def test_a_stop_string_ends_a_completion_and_is_no_part_of_it(generator: HuggingFaceGenerator) -> None:
    rows = requests_for(generator, WORDS)
    free = complete(generator, rows, GREEDY)
    # A text in the middle of the first completion: it ends there, and only completions that hold it change.
    stop = free[0].text[3:6]
    stopped = complete(generator, rows, replace(GREEDY, stop=(stop,)))
    for without, ended in zip(free, stopped, strict=True):
        place = without.text.find(stop)
        if place < 0:
            assert (ended.token_ids, ended.text, ended.stop_detail) == (without.token_ids, without.text, None)
            continue
        assert ended.text == without.text[:place]
        assert (ended.stop_reason, ended.stop_detail) == (StopReason.STOP, stop)
        assert ended.token_ids == without.token_ids[: len(ended.token_ids)]
        assert stop in generator.decode(ended.token_ids)
        assert stop not in generator.decode(ended.token_ids[:-1])
    assert stopped[0].stop_detail == stop


def test_a_stop_string_is_found_where_a_completion_is_continued(generator: HuggingFaceGenerator) -> None:
    [row] = requests_for(generator, WORDS[:1])
    [free] = complete(generator, [row], GREEDY)
    stop = free.text[3:6]
    decoding = replace(GREEDY, stop=(stop,))
    [whole] = complete(generator, [row], decoding)
    begun = replace(row, generated_ids=whole.token_ids[:-1])
    [continued] = complete(generator, [begun], decoding)
    assert (continued.token_ids, continued.text) == (whole.token_ids, whole.text)


def test_a_prompt_without_chat_template_is_the_texts_themselves(generator: HuggingFaceGenerator) -> None:
    turns = (Message("user", "Q: 1?\nA:"), Message("assistant", " 1"), Message("user", "Q: 2?\nA:"))
    prompt = Prompt("p", turns, prefix=" So", separator="\n\n")
    assert prompt_text(generator.tokenizer, prompt) == "Q: 1?\nA: 1\n\nQ: 2?\nA: So"
    assert generator.encode(prompt) == tuple(generator.tokenizer("Q: 1?\nA: 1\n\nQ: 2?\nA: So")["input_ids"])
    asked = replace(prompt, separator=None, messages=turns[-1:])
    assert prompt_text(generator.tokenizer, asked).endswith(" So")
    assert len({p.prompt_hash for p in (prompt, asked, replace(asked, prefix=""))}) == 3
