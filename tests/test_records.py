"""Identities: hashes that follow what decides a result, and nothing else."""

import hashlib
import json
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.records import (
    HASHED,
    PHILOX,
    Decoding,
    Message,
    Outcome,
    Problem,
    Prompt,
    Replicate,
    RunSpec,
    Serving,
    StopReason,
    content_hash,
    digest,
)

SPEC = RunSpec(
    model="smollm2", weights_fingerprint="w", adapter="a", adapter_fingerprint="f", template="tutorial",
    template_fingerprint="t", decoding=Decoding(), dataset="gsm8k/test", dataset_hash="d", order="file",
    engine="transformers", dtype="float32",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(JSON)
def test_digest_survives_a_round_trip_through_json(value: object) -> None:
    assert digest(json.loads(json.dumps(value))) == digest(value)


def test_digest_is_sha256_of_canonical_json() -> None:
    assert digest({"b": [1, "é"], "a": None}) == hashlib.sha256('{"a":null,"b":[1,"é"]}'.encode()).hexdigest()
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert digest(["ab", "c"]) != digest(["a", "bc"])


def test_digest_takes_lone_surrogates() -> None:
    assert digest("\ud800") != digest("\ud801")


def test_content_hash_follows_question_and_exact_answer() -> None:
    first = Problem("a/1", "q", "solution", Fraction(1, 2))
    assert first.content_hash == Problem("b/7", "q", "other", Fraction(2, 4), "t", 3).content_hash
    assert first.content_hash == content_hash("q", Fraction("0.5"))
    assert content_hash("q", Fraction(1, 2)) != content_hash("q", Fraction(1, 3))
    assert content_hash("q", Fraction(1)) != content_hash("Q", Fraction(1))


def test_run_id_ignores_names() -> None:
    assert replace(SPEC, model="/elsewhere", adapter="other").run_id == SPEC.run_id


@pytest.mark.parametrize(
    "change",
    [
        {"weights_fingerprint": "x"},
        {"adapter_fingerprint": None},
        {"template": "x"},
        {"template_fingerprint": "x"},
        {"decoding": Decoding(max_new_tokens=301)},
        {"decoding": Decoding(temperature=0.7)},
        {"decoding": Decoding(top_p=0.9)},
        {"decoding": Decoding(seed=1)},
        {"dataset": "x"},
        {"dataset_hash": "x"},
        {"order": "seed:42"},
        {"engine": "x"},
        {"dtype": "bfloat16"},
        {"replicate": Replicate("r", {"batch_size": 2})},
    ],
)
def test_run_id_follows_all_that_decides_the_text(change: dict[str, object]) -> None:
    assert replace(SPEC, **change).run_id != SPEC.run_id  # type: ignore[arg-type]


def test_a_sampled_run_made_before_there_was_another_noise_keeps_its_id_and_its_noise() -> None:
    today = replace(SPEC, decoding=Decoding(temperature=0.7))
    before = today.as_dict()
    assert before["decoding"].pop("noise") == HASHED
    read = RunSpec.from_dict(before)
    assert read.decoding.noise == PHILOX
    assert (read.as_dict(), read.run_id) == (before, "24f7651cfdbd9890")
    assert read.run_id != today.run_id
    assert RunSpec.from_dict(today.as_dict()) == today
    assert RunSpec.from_dict(SPEC.as_dict()) == SPEC
    served = replace(today, engine="server", serving=Serving("chat"))
    assert "noise" not in served.as_dict()["decoding"]


def test_run_id_has_not_moved() -> None:
    """Stored runs are found by it: a change here makes every stored run a stranger."""
    assert (len(SPEC.run_id), SPEC.run_id) == (16, "eb33f968a34472d0")
    assert json.loads(json.dumps(SPEC.as_dict())) == SPEC.as_dict()


def test_prompt_hash_keeps_turns_apart() -> None:
    one = Prompt("p", (Message("user", "a"), Message("user", "b")))
    assert one.prompt_hash == Prompt("other", one.messages).prompt_hash
    assert one.prompt_hash != Prompt("p", (Message("user", "ab"),)).prompt_hash
    assert one.prompt_hash != Prompt("p", (Message("system", "a"), Message("user", "b"))).prompt_hash


def test_names_in_the_store() -> None:
    assert [str(o) for o in Outcome] == ["correct", "incorrect", "no_answer"]
    assert [str(r) for r in StopReason] == ["stop", "length", "other", "unknown"]


def test_records_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        SPEC.model = "other"  # type: ignore[misc]
