"""Runs continued at a larger token limit, truncated at a smaller one, and repeated: against runs of a tiny model."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from analyses.noise_floor import noise_floors
from evalsuite.cli.app import run_command
from evalsuite.errors import InputError, ModelUnavailableError
from evalsuite.evaluation.from_stored_run import prepare_extension, prepare_replicate
from evalsuite.evaluation.pipeline import Watcher
from evalsuite.evaluation.run import RunOutcome, execute, prepare
from evalsuite.generation.huggingface import HuggingFaceGenerator, load, locate
from evalsuite.grading.graders import GRADERS
from evalsuite.grading.truncated_texts import OUTCOMES, StoredText, regrade_at_limits
from evalsuite.records import Replicate
from evalsuite.settings import RunSettings
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store

SMALL, LARGE = 12, 40
QUESTIONS = [f"Mara packs {k} boxes with {k + 3} pears each. How many pears{'?' * (1 + k % 5)}" for k in range(2, 14)]


@pytest.fixture(scope="module")
def model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny model with more end tokens, so that some completions end and some are cut."""
    folder = tmp_path_factory.mktemp("ends") / "model"
    shutil.copytree(tiny_model, folder)
    file = folder / "generation_config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, "eos_token_id": [config["eos_token_id"], *range(7, 384, 24)]}))
    return folder


@pytest.fixture(scope="module")
def generator(model: Path) -> HuggingFaceGenerator:
    return load(locate(str(model)), dtype="float32")


@pytest.fixture(scope="module")
def settings(model: Path, tmp_path_factory: pytest.TempPathFactory) -> RunSettings:
    file = tmp_path_factory.mktemp("problems") / "pears.jsonl"
    rows = [{"question": q, "answer": str(k)} for k, q in enumerate(QUESTIONS)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    # Batches of four, whatever the cap: the batches of two caps are the same.
    return RunSettings(
        model=str(model), problems=str(file), template="plain", max_new_tokens=SMALL, dtype="float32", batch_size=4
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writer(tmp_path / "runs.duckdb") as opened:
        yield opened


def evaluate(store: Store, generator: HuggingFaceGenerator, settings: RunSettings, **changes: Any) -> RunOutcome:
    return execute(prepare(replace(settings, **changes)), store, watcher=Watcher(), sources={}, generator=generator)


def rows(store: Store, run_id: str) -> dict[tuple[str, int], dict[str, Any]]:
    found = queries.stored_completions(store.connection, run_id)
    return {(r["problem_id"], r["completion_index"]): r for r in found}


def same_completions(one: dict[Any, Any], other: dict[Any, Any]) -> None:
    keys = ("text", "token_ids", "n_tokens", "stop_reason", "cap", "seed", "prompt_hash")
    assert {k: [r[c] for c in keys] for k, r in one.items()} == {k: [r[c] for c in keys] for k, r in other.items()}


SAMPLED = {"temperature": 1.0, "top_p": 0.95, "completions": 3, "sampling_seed": 5}


@pytest.mark.parametrize("decoding", [{}, SAMPLED], ids=["greedy", "sampled"])
def test_extending_gives_what_a_run_at_the_large_cap_gives(
    store: Store, tmp_path: Path, generator: HuggingFaceGenerator, settings: RunSettings, decoding: dict[str, Any]
) -> None:
    parent = evaluate(store, generator, settings, label="short", **decoding)
    prepared = prepare_extension(store, "short", LARGE, {})
    extended = execute(prepared, store, watcher=Watcher(), sources={}, generator=generator)
    with Store.writer(tmp_path / "direct.duckdb") as other:
        direct = evaluate(other, generator, settings, max_new_tokens=LARGE, label="long", **decoding)
        assert direct.run_id == extended.run_id
        same_completions(rows(store, extended.run_id), rows(other, direct.run_id))
        for grader in GRADERS:
            ours, theirs = (
                {(r["problem_id"], r["completion_index"]): r["outcome"]
                 for r in queries.graded(s.connection, direct.run_id, grader.name)}
                for s in (store, other)
            )  # fmt: skip
            assert ours == theirs
    before, after = rows(store, parent.run_id), rows(store, extended.run_id)
    cut = {key for key, row in before.items() if row["stop_reason"] == "length"}
    # The test says something only where some completions were cut, and of these some ended later on.
    assert 0 < len(cut) < len(before)
    assert any(after[key]["stop_reason"] == "stop" for key in cut)
    assert extended.n_new == extended.n_planned == len(cut)
    assert extended.n_tokens == sum(after[key]["n_tokens"] - SMALL for key in cut)
    head = find_run(store, "short-cap40")
    assert head.parent_run_id == parent.run_id
    assert head.details["extended_from"] == {"run_id": parent.run_id, "label": "short"}


def test_a_stopped_extension_continues_and_repeating_it_changes_nothing(
    store: Store, tmp_path: Path, generator: HuggingFaceGenerator, settings: RunSettings
) -> None:
    evaluate(store, generator, settings, label="short", **SAMPLED)
    prepared = prepare_extension(store, "short", LARGE, {"label": "long"})
    batches: list[int] = []
    stop_early = Watcher(on_batch=lambda done: batches.append(done.n_new), should_stop=lambda: bool(batches))
    first = execute(prepared, store, watcher=stop_early, sources={}, generator=generator)
    assert not first.finished
    again = execute(
        prepare_extension(store, "short", LARGE, {}), store, watcher=Watcher(), sources={}, generator=generator
    )
    assert again.finished
    assert again.n_new == again.n_planned - first.n_new
    assert again.label == "long"
    whole = rows(store, again.run_id)
    execute(prepare_extension(store, "long", LARGE + 5, {}), store, watcher=Watcher(), sources={}, generator=generator)
    with Store.writer(tmp_path / "direct.duckdb") as other:
        evaluate(other, generator, settings, max_new_tokens=LARGE, label="direct", **SAMPLED)
        same_completions(whole, rows(other, again.run_id))
        beyond = evaluate(other, generator, settings, max_new_tokens=LARGE + 5, label="beyond", **SAMPLED)
        same_completions(rows(store, beyond.run_id), rows(other, beyond.run_id))


@pytest.mark.parametrize("decoding", [{}, SAMPLED], ids=["greedy", "sampled"])
def test_a_run_cut_at_a_cap_is_the_run_at_that_cap(
    store: Store, generator: HuggingFaceGenerator, settings: RunSettings, decoding: dict[str, Any]
) -> None:
    large = evaluate(store, generator, settings, max_new_tokens=LARGE, label="large", **decoding)
    head = find_run(store, "large")
    tokenizer_json = queries.tokenizer(store.connection, head.tokenizer_hash or "")
    assert tokenizer_json is not None
    tokenizer = Tokenizer.from_str(tokenizer_json)
    golds = {r["problem_id"]: r for r in queries.problem_rows(store.connection, head.run_id)}
    whole = rows(store, large.run_id)
    caps = (SMALL, 25, LARGE)
    stored = [
        StoredText(tuple(r["token_ids"]), r["text"], Fraction(golds[key[0]]["gold"]), golds[key[0]]["solution"])
        for key, r in whole.items()
    ]
    verdicts = regrade_at_limits(tokenizer_json, stored, caps, GRADERS)
    for column, cap in enumerate(caps[:-1]):
        run = evaluate(store, generator, settings, max_new_tokens=cap, label=f"cap {cap}", **decoding)
        small = rows(store, run.run_id)
        for key, row in whole.items():
            cut = row["n_tokens"] > cap
            assert small[key]["token_ids"] == row["token_ids"][:cap], key
            assert small[key]["stop_reason"] == ("length" if cut else row["stop_reason"])
            assert small[key]["text"] == (prefix(tokenizer, row["token_ids"], cap) if cut else row["text"])
        for g, grader in enumerate(GRADERS):
            graded = queries.graded(store.connection, run.run_id, grader.name)
            assert [OUTCOMES[code] for code in verdicts[:, column, g]] == [r["outcome"] for r in graded]


def prefix(tokenizer: Tokenizer, token_ids: list[int], cap: int) -> str:
    """Decode the first tokens as `regrade_at_limits` does."""
    return str(tokenizer.decode_batch([list(token_ids[:cap])], skip_special_tokens=True)[0])


def test_every_prefix_decodes_as_the_engine_decodes_it(generator: HuggingFaceGenerator) -> None:
    text = "Zwölf 🍐 kosten 3 € — über ½ 価格.<|im_end|>\\boxed{12}"
    ids = generator.tokenizer(text)["input_ids"]
    tokenizer = Tokenizer.from_str(generator.tokenizer_json() or "")
    caps = list(range(1, len(ids)))
    prefixes = [prefix(tokenizer, ids, cap) for cap in caps]
    assert prefixes == [generator.decode(ids[:cap]) for cap in caps]
    # Characters are cut in the middle, and a later token changes the text before it.
    assert any(not later.startswith(earlier) for earlier, later in pairwise(prefixes))


def test_what_cannot_be_extended_is_refused(
    store: Store, generator: HuggingFaceGenerator, settings: RunSettings, tiny_model: Path
) -> None:
    evaluate(store, generator, settings, label="short", limit=4)
    with pytest.raises(InputError, match="must exceed the token limit of short, 12, got 12"):
        prepare_extension(store, "short", SMALL, {})
    with pytest.raises(InputError, match="--seed cannot be changed"):
        prepare_extension(store, "short", LARGE, {"seed": 3})
    with pytest.raises(ModelUnavailableError, match="fingerprint differs"):
        prepare_extension(store, "short", LARGE, {"model": str(tiny_model)})
    evaluate(store, generator, settings, label="long", limit=4, max_new_tokens=LARGE)
    with pytest.raises(InputError, match="already: long"):
        prepare_extension(store, "short", LARGE, {})


def test_a_replicate_repeats_the_run_on_other_batches(
    store: Store, generator: HuggingFaceGenerator, settings: RunSettings
) -> None:
    run = evaluate(store, generator, settings, label="run")
    prepared = prepare_replicate(store, "run", {})
    assert prepared.spec.replicate == Replicate(run.run_id, {"batch_size": 2})
    again = execute(prepared, store, watcher=Watcher(), sources={}, generator=generator)
    assert again.run_id != run.run_id
    head = find_run(store, "run-batch-size-2")
    assert head.parent_run_id == run.run_id
    assert head.details["replicate_of"]["label"] == "run"
    first, second = rows(store, run.run_id), rows(store, again.run_id)
    assert {r["batch_hash"] for r in first.values()}.isdisjoint(r["batch_hash"] for r in second.values())
    # In float32 the tiny model's tokens do not depend on the batch.
    same_completions(first, second)
    other = prepare_replicate(store, "run", {"dtype": "bfloat16"}).spec.replicate
    assert other == Replicate(run.run_id, {"dtype": "bfloat16"})
    with pytest.raises(InputError, match="another --batch-size than 4"):
        prepare_replicate(store, "run", {"batch_size": 4})
    with pytest.raises(InputError, match="is a replicate itself"):
        prepare_replicate(store, head.label, {})


def test_the_interruption_of_an_extended_run_is_measured_by_repeating_it(
    store: Store, generator: HuggingFaceGenerator, settings: RunSettings
) -> None:
    evaluate(store, generator, settings, label="short")
    for prepared in (
        lambda: prepare_extension(store, "short", LARGE, {"label": "long"}),
        lambda: prepare_replicate(store, "long", {}),
    ):
        execute(prepared(), store, watcher=Watcher(), sources={}, generator=generator)
    (floor,) = noise_floors(store, [find_run(store, "long")])
    assert (floor.changes, floor.n_completions, floor.n_texts, floor.n_flips) == ({}, 12, 0, 0)


def test_the_commands_extend_and_replicate(
    tmp_path: Path, settings: RunSettings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = ["--store", str(tmp_path / "runs.duckdb")]
    given = ["--model", settings.model, "--problems", settings.problems, "--template", "plain", "--dtype", "float32"]
    assert run_command(["run", *given, "--max-new-tokens", "12", "--limit", "5", "--label", "cli", *store]) == 0
    assert run_command(["extend", "cli", "--max-new-tokens", "20", "--batch-size", "2", *store]) == 0
    assert "Raising the limit from 12 to 20 tokens changes the accuracy of cli by" in capsys.readouterr().out
    assert run_command(["extend", "cli", "--max-new-tokens", "12", *store]) == InputError.exit_code
    assert "must exceed the token limit of cli" in capsys.readouterr().err
    assert run_command(["run", "--replicate", "cli", "--batch-size", "3", *store]) == 0
    with Store.reader(tmp_path / "runs.duckdb") as opened:
        assert find_run(opened, "cli-cap20").details["settings"]["batch_size"] == 2
        assert find_run(opened, "cli-batch-size-3").spec["replicate"]["changes"] == {"batch_size": 3}
