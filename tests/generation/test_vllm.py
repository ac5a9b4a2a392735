"""vLLM itself in this process, put to what every engine keeps; `nox -s engine-vllm` installs it for processors."""

from dataclasses import replace
from pathlib import Path
from types import GeneratorType

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: nox -s engine-vllm")

from evalsuite.generation.engines import engine
from evalsuite.generation.huggingface import HuggingFaceGenerator, locate
from evalsuite.generation.vllm import VllmGenerator
from evalsuite.records import Decoding, StopReason
from evalsuite.settings import RunSettings
from tests.generation.contract import GREEDY, SAMPLED, EngineContract, Subject, asked, complete, texts

ADAPTER = Path(__file__).parents[2] / "data" / "adapters" / "smollm2-grpo"


@pytest.fixture(scope="module")
def generator() -> VllmGenerator:
    made = engine("vllm", RunSettings(engine="vllm")).locate("smollm2").load(dtype="float32")
    assert isinstance(made, VllmGenerator)
    return made


class TestVllm(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, generator: VllmGenerator) -> Subject:
        return Subject(generator, exact=False)


@pytest.fixture(scope="module")
def ours() -> HuggingFaceGenerator:
    return locate("smollm2").load(dtype="float32")


def test_greedy_tokens_are_those_of_transformers(generator: VllmGenerator, ours: HuggingFaceGenerator) -> None:
    decoding = Decoding(60)
    requests = asked(Subject(generator), decoding)
    made, theirs = (complete(Subject(one), requests, decoding) for one in (generator, ours))
    assert [r.token_ids for r in made] == [r.token_ids for r in theirs]
    assert [r.stop_reason for r in made] == [r.stop_reason for r in theirs]
    assert {r.stop_reason for r in made} == {StopReason.STOP, StopReason.LENGTH}, "both kinds of ends are compared"


def test_both_engines_know_a_model_by_one_fingerprint() -> None:
    one, other = (engine(name).locate("smollm2", str(ADAPTER)) for name in ("vllm", "transformers"))
    assert (one.weights_fingerprint, one.adapter_fingerprint) == (other.weights_fingerprint, other.adapter_fingerprint)


def test_what_has_ended_is_handed_over_whole_and_once(generator: VllmGenerator) -> None:
    requests = asked(Subject(generator), SAMPLED, n_completions=8)
    parts = list(generator.stream([requests[:20], requests[20:]], SAMPLED, lambda _: None, lambda: False))
    keys = [(r.problem_id, r.completion_index) for part in parts for r, _ in part]
    assert sorted(keys) == sorted((r.problem_id, r.completion_index) for r in requests)
    assert all(len({result.batch_hash for _, result in part}) == 1 for part in parts)


def test_a_stop_ends_what_is_under_way_and_begins_nothing(generator: VllmGenerator) -> None:
    requests = asked(Subject(generator), GREEDY)
    assert list(generator.stream([requests], GREEDY, lambda _: None, lambda: True)) == []
    calls: list[bool] = []

    def after_two() -> bool:
        calls.append(True)
        return len(calls) > 2

    made = [pair for part in generator.stream([requests], GREEDY, lambda _: None, after_two) for pair in part]
    assert len(made) == 2


def test_who_stops_listening_leaves_nothing_under_way(generator: VllmGenerator) -> None:
    requests = asked(Subject(generator), replace(GREEDY, max_new_tokens=1), n_completions=1)
    long = [replace(r, problem_id=f"{r.problem_id}-{k}") for r in requests for k in range(40)]
    stream = generator.stream([long], replace(GREEDY, max_new_tokens=4), lambda _: None, lambda: False)
    assert isinstance(stream, GeneratorType)
    next(stream)
    stream.close()
    assert not generator.core.has_unfinished_requests()
    assert len(texts(complete(Subject(generator), requests, GREEDY))) == len(requests)


def test_tokens_are_counted_as_they_end(generator: VllmGenerator) -> None:
    counted: list[int] = []
    requests = asked(Subject(generator), GREEDY)
    made = generator.generate(requests, GREEDY, counted.append)
    assert sum(counted) == sum(r.n_tokens or 0 for r in made)


def test_sampled_prompts_longer_than_a_step_of_vllm_are_completed(generator: VllmGenerator) -> None:
    step = generator.core.vllm_config.scheduler_config.max_num_batched_tokens
    n = 3 * step // 700
    long = [
        replace(r, token_ids=(r.token_ids * 700)[:700], problem_id=str(k))
        for k in range(n)
        for r in asked(Subject(generator), SAMPLED)[:1]
    ]
    decoding = replace(SAMPLED, max_new_tokens=2)
    assert [r.n_tokens for r in complete(Subject(generator), long, decoding)] == [2] * n


def test_no_more_is_under_way_than_asked_for(generator: VllmGenerator) -> None:
    few = VllmGenerator(generator.core, locate("smollm2"), generator.dtype, 2)
    seen: list[int] = []
    requests = asked(Subject(few), GREEDY)
    made = few.generate(requests, GREEDY, lambda _: seen.append(generator.core.get_num_unfinished_requests()))
    assert len(made) == len(requests)
    assert 1 <= max(seen) <= 2
