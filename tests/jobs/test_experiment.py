"""The README's first command, with tiny models in place of the real one."""

import json
import os
import shlex
import signal
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from evalsuite.cli.app import run_command
from evalsuite.documents.report import ExperimentWritten
from evalsuite.errors import InputError, ModelUnavailableError
from evalsuite.evaluation.progress import RunDisplay
from evalsuite.findings import Findings
from evalsuite.jobs import experiment as jobs
from evalsuite.jobs.experiment import run_experiment
from evalsuite.jobs.experiment_file import read_experiment
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.wording.verdicts import verdict_label

EXPERIMENTS = Path(__file__).resolve().parents[2] / "data" / "experiments"
EVIDENCE = EXPERIMENTS.parent / "adapters" / "smollm2-grpo" / "evidence"
EXPERIMENT = """
title = "Tiny before and after"
training = "{training}"
max_new_tokens = 8
[[arms]]
label = "base"
model = "{base}"
[[arms]]
label = "new"
model = "{new}"
[[sets]]
name = "kinds"
problems = "generated:n=40"
[[sets]]
name = "numbers"
problems = "generated/test-operands:n=40"
limit = 4
"""


@pytest.fixture
def experiment(tmp_path: Path, make_tiny_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "experiment.toml"
    path.write_text(
        EXPERIMENT.format(base=make_tiny_model(1), new=make_tiny_model(2), training=EVIDENCE), encoding="utf-8"
    )
    return path


def test_it_evaluates_compares_reports_and_does_nothing_twice(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "main.duckdb"
    assert run_command(["experiment", str(experiment), "--limit", "6", "--store", str(store)]) == 0
    pages = [tmp_path / "reports" / "site" / f"main-{name}.html" for name in ("kinds", "numbers")]
    text = pages[0].read_text(encoding="utf-8")
    findings = Findings.load(tmp_path / "data" / "findings" / "main-kinds" / "model_comparison.json")
    assert f"report: {pages[0]}" in capsys.readouterr().out.splitlines()
    assert "What did the token limit do?" in text
    assert "How was it trained?" in text
    assert findings.verdict is not None
    assert findings.question == "Does new solve more problems than base? (kinds)"
    assert list(findings.provenance["runs"]) == ["base (kinds)", "new (kinds)"]
    assert findings.table("accuracy").column("label") == ("base", "new")
    assert '<dt dir="auto">base</dt>' in text
    assert verdict_label(findings.verdict) in text
    index = (tmp_path / "reports" / "site" / "index.html").read_text(encoding="utf-8")
    assert all(page.name in index for page in pages)

    again = ["--limit", "12", "--extend-to", "16", "--store", str(store), "--json"]
    assert run_command(["experiment", str(experiment), *again]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document.keys() == {"schema", *(field.name for field in fields(ExperimentWritten))}
    assert document["schema"] == ExperimentWritten.SCHEMA
    assert [(one["name"], one["page"]) for one in document["problem_sets"]] == [
        ("kinds", str(pages[0])), ("numbers", str(pages[1]))
    ]  # fmt: skip
    with Store.reader(store) as opened:
        heads = queries.run_heads(opened.connection)
        status = queries.progress(opened.connection)
        rows = {
            h["label"]: queries.batch_totals(opened.connection, h["run_id"])["n_rows"]
            for h in heads
            if not h["parent_run_id"]
        }
    assert all(status[h["run_id"]]["n_done"] == status[h["run_id"]]["n_planned"] for h in heads)
    # Twelve rows were decoded a run, four where the experiment says so: nothing was decoded again.
    assert rows == {"base (kinds)": 12, "new (kinds)": 12, "base (numbers)": 4, "new (numbers)": 4}
    assert sum(h["parent_run_id"] is not None for h in heads) >= 1


def test_sigterm_ends_it_with_143_and_the_same_command_continues(
    experiment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["experiment", str(experiment), "--limit", "2", "--store", str(tmp_path / "main.duckdb")]
    with monkeypatch.context() as patch:
        patch.setattr(RunDisplay, "_on_batch", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        assert run_command(command) == 143
    said = capsys.readouterr().err
    assert f"Continue with the same command:\n  evalsuite {shlex.join(command)}" in said
    with Store.reader(tmp_path / "main.duckdb") as opened:
        ((n_before,),) = opened.connection.execute("SELECT count(*) FROM completions").fetchall()
    assert n_before == 2, "the batch that was made is stored"
    assert run_command(command) == 0
    with Store.reader(tmp_path / "main.duckdb") as opened:
        assert opened.connection.execute("SELECT count(*) FROM completions").fetchall() == [(8,)]


def test_a_third_arm_is_compared_with_the_base_and_with_the_stage_before_it(
    experiment: Path, tmp_path: Path, make_tiny_model: Callable[..., Path]
) -> None:
    text = experiment.read_text(encoding="utf-8")
    arm = f'[[arms]]\nlabel = "new + more"\nmodel = "{make_tiny_model(3)}"\n'
    arms, kinds, _ = text.split("[[sets]]")
    experiment.write_text(f"{arms}{arm}[[sets]]{kinds}", encoding="utf-8")
    pages = run_experiment(read_experiment(experiment), tmp_path / "s.duckdb", limit=6)
    saved = tmp_path / "data" / "findings" / "main-kinds"
    stage = Findings.load(saved / "model_comparison_2.json")
    assert stage.question == "Does new + more solve more problems than new? (kinds)"
    assert list(stage.provenance["runs"]) == ["new (kinds)", "new + more (kinds)"]
    assert Findings.load(saved / "model_comparison.json").table("accuracy").column("label") == (
        "base", "new", "new + more"
    )  # fmt: skip
    steps = [list(Findings.load(saved / f"attribution{n}.json").provenance["runs"]) for n in ("", "_2")]
    assert steps == [["base (kinds)", "new (kinds)"], ["new (kinds)", "new + more (kinds)"]]
    page = pages.problem_sets[0].page.read_text(encoding="utf-8")
    assert stage.question in page
    assert page.count('<script type="text/plain" id="completions">') == 1


def test_the_first_set_has_its_page_before_the_others_are_begun(
    experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate, pages = jobs._evaluate, []

    def watched(*arguments: Any) -> list[list[str]]:
        pages.append(sorted(path.name for path in (tmp_path / "site").glob("*.html")))
        return evaluate(*arguments)

    monkeypatch.setattr(jobs, "_evaluate", watched)
    run_experiment(read_experiment(experiment), tmp_path / "s.duckdb", limit=2, site=tmp_path / "site")
    assert pages == [[], ["index.html", "main-kinds.html"]]


def test_the_main_job_shows_the_warm_start_beside_what_was_trained_from_it() -> None:
    found = read_experiment(EXPERIMENTS / "main.toml")
    assert [arm.label for arm in found.arms] == ["base", "SFT", "SFT + GRPO"]


def test_what_cannot_be_had_is_left_out_and_said(
    experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVALSUITE_GSM8K", str(tmp_path / "nowhere"))
    text = experiment.read_text(encoding="utf-8")
    experiment.write_text(text.replace('"generated:n=40"', '"gsm8k"'), encoding="utf-8")
    pages = run_experiment(read_experiment(experiment), tmp_path / "s.duckdb", limit=2)
    assert [one.page.name for one in pages.problem_sets] == ["main-numbers.html"]
    assert "kinds is left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "new"', 'label = "base"', "need different names"),
        ('title = "Tiny before and after"', "", "needs title"),
        ("max_new_tokens = 8", 'max_new_tokens = "8"', "max_new_tokens must be int"),
        ("limit = 4", "limti = 4", "unknown key 'limti'"),
        ('"generated:n=40"', '"nothing"', "unknown problem set"),
    ],
)
def test_a_wrong_experiment_is_refused(experiment: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    experiment.write_text(experiment.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        run_experiment(read_experiment(experiment), tmp_path / "s.duckdb", limit=2)


@pytest.mark.parametrize("path", sorted(EXPERIMENTS.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_experiment_is_read(path: Path) -> None:
    found = read_experiment(path)
    runs = found.runs(found.sets[0])
    assert len({(r.model, r.adapter) for r in runs}) == len(found.arms)
    assert len({(r.template, r.max_new_tokens, r.problems) for r in runs}) == 1


@pytest.fixture
def tiny_qwen(tmp_path: Path) -> Callable[[int], Path]:
    """Make a seeded random Qwen2 with Qwen's own tokenizer class and chat mark-up, small enough to run."""

    def make(seed: int) -> Path:
        import torch
        from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

        folder = tmp_path / f"qwen{seed}"
        letters = sorted({chr(i) for i in range(33, 127)} | {"Ġ", "Ċ"})
        vocabulary = {
            token: number for number, token in enumerate([*letters, "<|endoftext|>", "<|im_start|>", "<|im_end|>"])
        }
        tokenizer = Qwen2Tokenizer(
            vocab=vocabulary, merges=[], eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token="<|endoftext|>",
            extra_special_tokens=["<|im_start|>"],
        )  # fmt: skip
        tokenizer.chat_template = (
            "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
        )
        torch.manual_seed(seed)
        config = Qwen2Config(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=4096, eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
        )  # fmt: skip
        Qwen2ForCausalLM(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


def test_the_tutorials_comparison_runs_on_gsm8k_with_qwen2(
    tiny_qwen: Callable[[int], Path], gsm8k_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped experiment, all but its weights: random ones of the same architecture stand in."""
    monkeypatch.setenv("EVALSUITE_GSM8K", str(gsm8k_folder))
    text = (EXPERIMENTS / "qwen-banghua.toml").read_text(encoding="utf-8")
    for name, seed in (('"Qwen/Qwen2.5-0.5B-Instruct"', 1), ('"banghua/Qwen2.5-0.5B-GRPO"', 2)):
        assert name in text
        text = text.replace(name, f'"{tiny_qwen(seed)}"')
    text = text.replace("\n[[arms]]", "\nmax_new_tokens = 6\n[[arms]]", 1)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "qwen.toml"
    path.write_text(text, encoding="utf-8")
    (one,) = run_experiment(read_experiment(path), tmp_path / "s.duckdb", limit=4).problem_sets
    found = Findings.load(tmp_path / "data" / "findings" / "main-gsm8k" / "model_comparison.json")
    assert "Qwen2.5-0.5B-GRPO" in found.question
    assert one.page.is_file()


def test_without_the_hub_the_tutorials_comparison_says_what_is_missing(
    tmp_path: Path, gsm8k_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALSUITE_GSM8K", str(gsm8k_folder))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    with pytest.raises(ModelUnavailableError, match=r"Qwen/Qwen2\.5-0\.5B-Instruct.*Ways out"):
        run_experiment(read_experiment(EXPERIMENTS / "qwen-banghua.toml"), tmp_path / "s.duckdb", limit=2)
