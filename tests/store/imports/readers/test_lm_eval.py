"""Samples of lm-evaluation-harness: made from its source (`logger`, `evaluator.py`), and logs that it really wrote."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from harness_logs import by_problem, read, verdicts, write_json, write_lines

from evalsuite.errors import InputError
from evalsuite.store.imports.formats import reader_for
from evalsuite.store.imports.results import ForeignRun

DATE = "2026-01-12T10-11-12.123456"
STRICT, FLEXIBLE = "lm-eval/strict-match", "lm-eval/flexible-extract"


def sample(
    doc_id: int,
    filter_name: str | None,
    right: float,
    texts: list[str] | None = None,
    doc: str | None = None,
    **other: Any,
) -> dict[str, Any]:
    """Return a row; `other` replaces or adds members."""
    question = doc or f"What is {doc_id} + 1?"
    row = {
        "doc_id": doc_id,
        "doc": {"question": question, "answer": f"{doc_id} + 1\n#### {doc_id + 1}"},
        "target": f"{doc_id} + 1\n#### {doc_id + 1}",
        "arguments": {
            "gen_args_0": {"arg_0": f"Question: {question}", "arg_1": {"until": ["Question:"], "do_sample": False}}
        },
        "resps": [texts or [f"so {doc_id + 1}"]],
        "filtered_resps": [str(doc_id + 1) if right else "[invalid]"],
        "filter": filter_name,
        "metrics": ["exact_match"],
        "doc_hash": f"{doc_id:064}",
        "prompt_hash": f"{doc_id:064}",
        "target_hash": f"{doc_id:064}",
        "exact_match": right,
    }
    return {key: value for key, value in (row | other).items() if value is not None}


def two_filters(n: int = 4) -> list[dict[str, Any]]:
    """Return rows as the program orders them: all documents by one filter, then all by the other."""
    strict = [sample(i, "strict-match", float(i == 0)) for i in range(n)]
    return strict + [sample(i, "flexible-extract", float(i < 3)) for i in range(n)]


def folder(path: Path, rows: list[dict[str, Any]], task: str = "gsm8k", **results: Any) -> Path:
    write_lines(path / f"samples_{task}_{DATE}.jsonl", rows)
    said = {
        "results": {task: {"alias": task}},
        "configs": {task: {"num_fewshot": 5}},
        "n-shot": {task: 5},
        "config": {"model": "hf", "model_args": "pretrained=me/base,dtype=float32", "random_seed": 0},
        "lm_eval_version": "0.4.9",
        "chat_template": "{{ messages }}",
    }
    write_json(path / f"results_{DATE}.json", said | results)
    return path


def test_a_filter_that_finds_no_answer_says_so(tmp_path: Path) -> None:
    run = only(folder(tmp_path / "base", two_filters()))
    found = [(row.grades[STRICT].no_answer, row.grades[STRICT].extracted) for row in run.rows()]
    assert found == [(False, "1"), (True, None), (True, None), (True, None)]


def only(path: Path) -> ForeignRun:
    (run,) = read(path, "lm-eval")
    return run


def test_two_filters_are_two_graders_of_one_completion(tmp_path: Path) -> None:
    run = only(folder(tmp_path / "base", two_filters()))
    assert run.primary_grader == STRICT
    assert list(verdicts(run, STRICT).values()) == [True, False, False, False]
    assert list(verdicts(run, FLEXIBLE).values()) == [True, True, True, False]
    row = by_problem(run)["2"]
    assert (row.completion, row.question, row.gold) == ("so 3", "What is 2 + 1?", "2 + 1\n#### 3")
    assert (row.grades[FLEXIBLE].extracted, row.grades[STRICT].extracted) == ("3", None)
    assert run.unknown == ("why a completion ended", "how many tokens a completion has")


def test_rows_that_alternate_give_the_same(tmp_path: Path) -> None:
    blocks, n = two_filters(), 4
    alternating = [row for i in range(n) for row in (blocks[i], blocks[n + i])]
    assert verdicts(only(folder(tmp_path / "a", blocks)), FLEXIBLE) == verdicts(
        only(folder(tmp_path / "b", alternating)), FLEXIBLE
    )


def test_model_prompt_and_decoding_are_known(tmp_path: Path) -> None:
    run = only(folder(tmp_path, two_filters()))
    assert (run.label, run.program) == ("base", "lm-evaluation-harness 0.4.9")
    assert run.spec["model"] == "me/base"
    assert run.spec["template"] == "lm-eval gsm8k, 5 shots, chat template"
    assert run.spec["dtype"] == "float32"
    assert run.spec["decoding"] == {"max_new_tokens": 256, "temperature": 0.0}
    assert any("default of 256" in note for note in run.notes)
    assert {row.cap for row in run.rows()} == {256}


@pytest.mark.parametrize(
    ("settings", "args", "cap"),
    [
        ({"max_gen_toks": 400}, "pretrained=a", 400),
        ({"max_new_tokens": 300}, "pretrained=a", 300),
        ({}, "pretrained=a,max_gen_toks=512", 512),
        ({}, {"pretrained": "a", "max_gen_toks": 77}, 77),
    ],
)
def test_the_limit_is_found_where_it_was_set(tmp_path: Path, settings: dict[str, int], args: Any, cap: int) -> None:
    rows = two_filters()
    for row in rows:
        row["arguments"]["gen_args_0"]["arg_1"] |= settings
    run = only(folder(tmp_path, rows, config={"model": "vllm", "model_args": args}))
    assert {row.cap for row in run.rows()} == {cap}
    assert not any("default" in note for note in run.notes)


def test_the_limit_of_an_unknown_engine_is_not_guessed(tmp_path: Path) -> None:
    run = only(folder(tmp_path, two_filters(), config={"model": "my-engine", "model_args": "model=a"}))
    assert {row.cap for row in run.rows()} == {None}


def test_an_adapter_names_the_run(tmp_path: Path) -> None:
    args = "pretrained=me/base,peft=runs/grpo-a"
    run = only(folder(tmp_path, two_filters(), config={"model": "hf", "model_args": args}, model_name="me/base"))
    assert (run.label, run.spec["adapter"]) == ("grpo-a", "runs/grpo-a")


def test_repeats_are_completions_and_votes_grade_none(tmp_path: Path) -> None:
    texts = ["The answer is 1.", "The answer is 2.", "The answer is 1."]
    rows = [sample(0, name, 1.0, texts) for name in ("score-first", "maj@64", "maj@8")]
    run = only(folder(tmp_path, rows, "gsm8k_cot_self_consistency"))
    found = list(run.rows())
    assert [(row.completion_index, row.completion, dict(row.grades)) for row in found] == [
        (i, t, {}) for i, t in enumerate(texts)
    ]
    assert run.primary_grader is None
    assert run.n_rows == 3


def test_rows_written_again_are_one(tmp_path: Path) -> None:
    rows = two_filters()
    run = only(folder(tmp_path, rows + rows[1:3]))
    assert len(verdicts(run)) == 4
    assert any("2 of 4 doc_id occur again" in note and "0 of them with another text" in note for note in run.notes)


def test_a_document_evaluated_again_keeps_its_first_text(tmp_path: Path) -> None:
    again = sample(1, "strict-match", 1.0, ["another"])
    run = only(folder(tmp_path, [*two_filters(), again]))
    assert by_problem(run)["1"].completion == "so 2"
    assert not verdicts(run)["1", 0]
    assert any("1 of them with another text" in note for note in run.notes)


def test_two_whole_passes_are_two_completions(tmp_path: Path) -> None:
    first = [sample(i, "none", 1.0, [f"a{i}"]) for i in range(3)]
    second = [sample(i, "none", float(i == 0), [f"b{i}"]) for i in range(3)]
    run = only(folder(tmp_path, first + second))
    assert verdicts(run) == {
        ("0", 0): True,
        ("1", 0): True,
        ("2", 0): True,
        ("0", 1): True,
        ("1", 1): False,
        ("2", 1): False,
    }


def test_two_prompts_in_one_file_are_refused(tmp_path: Path) -> None:
    rows = [*two_filters(), sample(0, "strict-match", 1.0, prompt_hash="f" * 64)]
    with pytest.raises(InputError, match="another prompt before, so this file holds two evaluations"):
        read(folder(tmp_path, rows), "lm-eval")


def test_one_doc_id_of_two_devices_is_two_problems(tmp_path: Path) -> None:
    rows = [
        sample(0, "none", 1.0, doc="What is 1 + 1?"),
        sample(0, "none", 0.0, doc="What is 2 + 2?", prompt_hash="b" * 64),
    ]
    run = only(folder(tmp_path, rows))
    assert sorted(verdicts(run).values()) == [False, True]
    assert {row.question for row in run.rows()} == {"What is 1 + 1?", "What is 2 + 2?"}


def test_old_rows_name_no_filter(tmp_path: Path) -> None:
    scores = {
        "exact_match,strict-match": 0.25,
        "exact_match_stderr,strict-match": 0.1,
        "exact_match,flexible-extract": 0.75,
    }
    rows = list(two_filters())
    for row in rows:
        for key in ("filter", "metrics", "doc_hash", "prompt_hash", "target_hash"):
            del row[key]
        row["arguments"] = [["Question: ...", {"until": []}]]
    file = tmp_path / "pretrained__base_gsm8k.jsonl"
    file.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    write_json(
        tmp_path / "results.json",
        {"results": {"gsm8k": scores}, "config": {"model": "hf", "model_args": ""}, "git_hash": ""},
    )
    run = only(tmp_path)
    assert run.spec["dataset"] == "gsm8k"
    assert list(verdicts(run, STRICT).values()) == [True, False, False, False]
    assert list(verdicts(run, FLEXIBLE).values()) == [True, True, True, False]
    assert not any("the mean of the rows" in note for note in run.notes)


def test_a_mean_that_is_not_the_published_one_is_said(tmp_path: Path) -> None:
    run = only(
        folder(
            tmp_path,
            two_filters(),
            results={"gsm8k": {"exact_match,strict-match": 0.5, "exact_match,flexible-extract": 0.75}},
        )
    )
    assert [note for note in run.notes if "the mean" in note] == [
        f"{STRICT}: the mean of the rows is 0.2500, results_{DATE}.json says 0.5000"
    ]


def test_choices_by_likelihood_are_verdicts_without_texts(tmp_path: Path) -> None:
    choice = {
        "arguments": {f"gen_args_{i}": {"arg_0": "Question", "arg_1": f" {i} pears"} for i in range(2)},
        "resps": [[["-7.1", "False"]], [["-6.4", "False"]]],
        "filtered_resps": [["-7.1", "False"], ["-6.4", "False"]],
        "metrics": ["acc", "acc_norm"],
        "exact_match": None,
        "target": "1",
    }
    rows = [sample(i, "none", 1.0, acc=float(i < 2), acc_norm=1.0, **choice) for i in range(3)]
    run = only(folder(tmp_path, rows, "arc"))
    assert list(verdicts(run, "lm-eval/none").values()) == [True, True, False]
    assert list(verdicts(run, "lm-eval/none/acc_norm").values()) == [True, True, True]
    assert {row.completion for row in run.rows()} == {None}
    assert {row.gold for row in run.rows()} == {"1 pears"}
    assert any("log-likelihoods" in note for note in run.notes)


def test_perplexities_are_refused(tmp_path: Path) -> None:
    other = {
        "resps": [["-1234.5"]],
        "arguments": {"gen_args_0": {"arg_0": "text"}},
        "metrics": ["word_perplexity"],
        "exact_match": None,
    }
    rows = [sample(i, "none", 1.0, word_perplexity=[-12.0, 3], **other) for i in range(2)]
    for row in rows:
        row["resps"] = [[-1234.5]]
    with pytest.raises(InputError, match="gives no verdict for single problems"):
        read(folder(tmp_path, rows, "wikitext"), "lm-eval")


def test_graded_scores_are_no_verdicts(tmp_path: Path) -> None:
    rows = [sample(i, "none", 1.0, metrics=["f1"], f1=[1.0, 0.5, 0.0][i], exact_match=None) for i in range(3)]
    (run,) = read(folder(tmp_path, rows), "lm-eval", score_range=(0.0, 1.0))
    assert [row.grades["lm-eval/none"].score for row in run.rows()] == [1.0, 0.5, 0.0]
    assert [row.grades["lm-eval/none"].correct for row in run.rows()] == [None] * 3
    assert run.score_ranges == {"lm-eval/none": (0.0, 1.0)}


def test_predictions_alone_are_texts(tmp_path: Path) -> None:
    run = only(
        folder(tmp_path, [sample(i, "none", 1.0, metrics=["bypass"], bypass=999, exact_match=None) for i in range(2)])
    )
    assert run.primary_grader is None
    assert [row.completion for row in run.rows()] == ["so 1", "so 2"]


def test_results_without_samples_name_the_option(tmp_path: Path) -> None:
    folder(tmp_path, two_filters())
    (tmp_path / f"samples_gsm8k_{DATE}.jsonl").unlink()
    for path in (tmp_path, tmp_path / f"results_{DATE}.json"):
        with pytest.raises(InputError, match="--log_samples"):
            read(path, "lm-eval")


def test_a_folder_gives_a_run_for_each_model_and_task(tmp_path: Path) -> None:
    folder(tmp_path / "a", two_filters(), config={"model": "hf", "model_args": "pretrained=me/base"})
    folder(tmp_path / "a", two_filters(), "gsm8k_platinum", config={"model": "hf", "model_args": "pretrained=me/base"})
    folder(tmp_path / "b", two_filters(), config={"model": "hf", "model_args": "pretrained=me/grpo"})
    write_json(
        tmp_path / "a" / f"results_{DATE}.json",
        {"results": {"gsm8k": {}, "gsm8k_platinum": {}}, "n-shot": {}, "model_name": "me/base"},
    )
    runs = read(tmp_path, "lm-eval")
    assert [run.label for run in runs] == ["base gsm8k", "base gsm8k_platinum", "grpo"]


def test_models_of_one_name_are_told_apart_by_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder(tmp_path / name, two_filters())
    assert [run.label for run in read(tmp_path, "lm-eval")] == ["base one", "base two"]


def test_the_newest_of_two_evaluations_counts(tmp_path: Path) -> None:
    folder(tmp_path, two_filters())
    write_lines(tmp_path / "samples_gsm8k_2026-02-01T00-00-00.000000.jsonl", [sample(0, "none", 1.0)])
    run = only(tmp_path)
    assert len(verdicts(run)) == 1
    assert any("earlier evaluation" in note and DATE in note for note in run.notes)


def test_a_results_file_leads_to_its_samples(tmp_path: Path) -> None:
    folder(tmp_path, two_filters())
    assert verdicts(only(tmp_path / f"results_{DATE}.json")) == verdicts(only(tmp_path))


def test_packed_samples(tmp_path: Path) -> None:
    folder(tmp_path, two_filters())
    plain = tmp_path / f"samples_gsm8k_{DATE}.jsonl"
    expected = verdicts(only(plain))
    packed = plain.with_name(plain.name + ".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert verdicts(only(packed)) == expected
    assert verdicts(only(tmp_path)) == expected


def test_a_half_written_last_line_is_said(tmp_path: Path) -> None:
    file = write_lines(tmp_path / f"samples_gsm8k_{DATE}.jsonl", two_filters(), end='{"doc_id": 4, "doc": {"ques')
    with pytest.raises(InputError, match="line 9, the last, is cut off"):
        read(file, "lm-eval")


def test_other_programs_results_are_not_taken(tmp_path: Path) -> None:
    write_json(tmp_path / f"results_{DATE}.json", {"results": {}, "config_general": {}, "versions": {}})
    assert reader_for(tmp_path).NAME == "lighteval"
