"""What every engine has to keep, whatever it computes with: a class of tests, and the subject that they are put to.

An engine's test file derives from `EngineContract` and gives a `Subject`. Engines differ in what they can promise: a
server's arithmetic may depend on what else it is asked, so equal texts are demanded of some and most of them of others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evalsuite.errors import InputError
from evalsuite.evaluation.pipeline import BatchDone, BatchLimits, Watcher, evaluate, plan_run
from evalsuite.generation.generator import Generated, Generator, Request
from evalsuite.grading.graders import GRADERS
from evalsuite.prompting.templates import template
from evalsuite.records import Decoding, Problem, RunSpec, Serving, StopReason
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun

CAP = 12
GREEDY = Decoding(CAP)
SAMPLED = Decoding(CAP, temperature=1.0, top_p=0.95, seed=3)
QUESTIONS = (
    "How many pears?",
    "A train drives 240 km.",
    "Mara packs 12 boxes with 8 pears each.",
    "Why?",
    "小明有 3 个苹果 🍎, يشتري 4 أخرى. Combien? e\u0301\u200d",
    "3 * 4 + 5",
)


@dataclass(frozen=True)
class Subject:
    """An engine under test.

    Attributes
    ----------
    generator
        With a model loaded.
    exact
        Whether its texts depend on nothing but the request.
    honours_seeds
        Whether equal seeds give equal texts.
    tells_tokens
        Whether it tells the tokens of a completion.
    continues
        Whether it goes on behind tokens.
    """

    generator: Generator
    exact: bool = True
    honours_seeds: bool = True
    tells_tokens: bool = True
    continues: bool = True
    template: str = "plain"


def problems(questions: Sequence[str] = QUESTIONS) -> list[Problem]:
    return [Problem(f"q/{k}", text, f"#### {k}", Fraction(k)) for k, text in enumerate(questions)]


def planned(subject: Subject, decoding: Decoding, *, n_completions: int = 1, questions: Sequence[str] = QUESTIONS):
    return plan_run(
        subject.generator, template(subject.template), problems(questions), decoding,
        n_completions=n_completions, limits=BatchLimits(4),
    )  # fmt: skip


def asked(subject: Subject, decoding: Decoding, **more: Any) -> list[Request]:
    return [request for batch in planned(subject, decoding, **more)[1] for request in batch]


def complete(subject: Subject, requests: Sequence[Request], decoding: Decoding) -> list[Generated]:
    return subject.generator.generate(requests, decoding, lambda _: None)


def texts(results: Sequence[Generated]) -> list[str]:
    return [result.text for result in results]


def same(subject: Subject, one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two lists of texts are one, or, of an engine that does not promise it, mostly so."""
    equal = sum(a == b for a, b in zip(one, other, strict=True))
    return equal == len(one) if subject.exact else equal >= 0.6 * len(one)


class EngineContract:
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Subject:
        pytest.fail("an engine that is to pass overrides the fixture `subject`")

    def test_results_come_in_the_order_of_the_requests(self, subject: Subject) -> None:
        requests = asked(subject, GREEDY)
        forward = texts(complete(subject, requests, GREEDY))
        backward = texts(complete(subject, requests[::-1], GREEDY))[::-1]
        assert same(subject, forward, backward)
        assert len(set(forward)) > len(forward) / 2, "prompts whose answers differ, so that a mix-up would be seen"
        alone = [complete(subject, [request], GREEDY)[0].text for request in requests[:2]]
        assert same(subject, alone, forward[:2]) or not subject.exact

    def test_a_seed_decides_a_sampled_text(self, subject: Subject) -> None:
        requests = asked(subject, SAMPLED)
        others = [replace(request, seed=request.seed ^ 12345) for request in requests]
        first = texts(complete(subject, requests, SAMPLED))
        assert sum(a != b for a, b in zip(first, texts(complete(subject, others, SAMPLED)), strict=True)) >= 4
        if subject.honours_seeds:
            assert same(subject, first, texts(complete(subject, requests, SAMPLED)))

    def test_several_completions_of_a_problem_differ(self, subject: Subject) -> None:
        requests = asked(subject, SAMPLED, n_completions=4, questions=QUESTIONS[2:3])
        assert len({r.seed for r in requests}) == 4
        assert len(set(texts(complete(subject, requests, SAMPLED)))) >= 3

    @pytest.mark.parametrize("cap", [1, CAP])
    def test_the_token_limit_is_kept_and_named(self, subject: Subject, cap: int) -> None:
        decoding = replace(GREEDY, max_new_tokens=cap)
        results = complete(subject, asked(subject, decoding), decoding)
        for result in results:
            assert result.n_tokens is not None
            assert result.n_tokens <= cap
            if result.stop_reason is StopReason.LENGTH:
                assert result.n_tokens == cap
            assert (result.token_ids is not None) == subject.tells_tokens
        assert any(r.stop_reason is StopReason.LENGTH for r in results)

    def test_a_completion_that_ends_by_itself_says_so(self, subject: Subject) -> None:
        decoding = replace(GREEDY, max_new_tokens=200)
        results = complete(subject, asked(subject, decoding), decoding)
        ended = [r for r in results if r.stop_reason is StopReason.STOP]
        assert ended
        assert all(r.n_tokens < 200 for r in ended)

    def test_a_stop_string_ends_a_completion_and_is_no_part_of_it(self, subject: Subject) -> None:
        requests = asked(subject, GREEDY)
        whole = texts(complete(subject, requests, GREEDY))
        text = max(whole, key=len)
        string = text[len(text) // 2 : len(text) // 2 + 2]
        decoding = replace(GREEDY, stop=(string,))
        request = requests[whole.index(text)]
        result = complete(subject, [request], decoding)[0]
        assert string not in result.text
        assert result.stop_reason is StopReason.STOP
        if subject.exact:
            assert result.text == text[: text.index(string)]
            assert result.stop_detail == string

    def test_an_empty_completion_is_one(self, subject: Subject) -> None:
        request = asked(subject, GREEDY)[0]
        first = complete(subject, [request], replace(GREEDY, max_new_tokens=3))[0].text[0]
        result = complete(subject, [request], replace(GREEDY, stop=(first,)))[0]
        assert (result.text, result.stop_reason) == ("", StopReason.STOP)

    def test_text_of_any_script_can_be_asked_and_stored(self, subject: Subject) -> None:
        requests = asked(subject, GREEDY, questions=QUESTIONS[4:5])
        (result,) = complete(subject, requests, GREEDY)
        assert result.text.encode()

    def test_a_stopped_run_is_resumed_without_asking_twice(self, subject: Subject, tmp_path: Path) -> None:
        with Store.writer(tmp_path / "s.duckdb") as store, Store.writer(tmp_path / "whole.duckdb") as other:
            stored: list[int] = []
            first = run(
                subject, store, Watcher(on_batch=lambda d: stored.append(d.n_done), should_stop=lambda: bool(stored))
            )
            assert 0 < first.n_done <= first.n_planned
            again = run(subject, store, Watcher())
            assert again.n_done == again.n_planned == 12
            assert again.n_new == again.n_planned - first.n_done
            assert run(subject, store, Watcher()).n_new == 0
            run(subject, other, Watcher())
            one, two = (dict(queries.completion_texts(s.connection, spec(subject).run_id)) for s in (store, other))
            assert one.keys() == two.keys()
            if subject.honours_seeds:
                assert same(subject, list(one.values()), [two[key] for key in one])

    def test_a_completion_is_continued_or_the_engine_says_that_it_cannot(self, subject: Subject) -> None:
        requests = asked(subject, GREEDY)
        whole = complete(subject, requests, GREEDY)
        begun = [replace(r, generated_ids=(w.token_ids or (5, 6))[:2]) for r, w in zip(requests, whole, strict=True)]
        if not subject.continues:
            with pytest.raises(InputError, match="goes on behind tokens only with") as refused:
                complete(subject, begun, GREEDY)
            assert len(str(refused.value).splitlines()) == 1
            return
        went_on = complete(subject, begun, GREEDY)
        assert same(subject, texts(went_on), texts(whole))
        assert all(r.n_tokens <= CAP for r in went_on)


def spec(subject: Subject) -> RunSpec:
    used = template(subject.template)
    serving = Serving("chat") if subject.generator.engine == "server" else None
    return RunSpec(
        model="m", weights_fingerprint="w", adapter=None, adapter_fingerprint=None, template=used.name,
        template_fingerprint=used.fingerprint, decoding=SAMPLED, dataset="d", dataset_hash="d", order="file",
        engine=subject.generator.engine, dtype=subject.generator.dtype, serving=serving,
    )  # fmt: skip


def run(subject: Subject, store: Store, watcher: Watcher) -> BatchDone:
    """Evaluate two completions of every question into the store."""
    prompts, batches = planned(subject, SAMPLED, n_completions=2)
    specification = spec(subject)
    head = StoredRun(specification.run_id, "run", "generated", specification.as_dict(), "d", "boxed", 2, details={})
    store.add_run(head, problems(), [])
    return evaluate(
        store, specification, subject.generator, problems(), prompts, batches, GRADERS,
        primary_grader="boxed", watcher=watcher,
    )  # fmt: skip


Factory = Callable[..., Iterator[Subject]]
