"""Configurations: what is read, and what is refused in words before anything is loaded."""

import json
from pathlib import Path

import pytest
from tiny_training import configured

from evalsuite.errors import InputError
from evalsuite.training.config import check_batches, read_config
from evalsuite.training.output_folder import write_result

GRPO = """
[training]
method = "grpo"
label = "run-{seed}"
problems = "generated/train:steps=1-1:n=40"
output = "out-{seed}"
seed = 3
[rewards]
boxed = 1
[grpo]
num_generations = 4
per_device_train_batch_size = 4
"""
CONFIGS = Path(__file__).resolve().parents[2] / "data" / "configs"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_seed_fills_label_and_output(tmp_path: Path) -> None:
    path = written(tmp_path, GRPO)
    assert read_config(path).training.label == "run-3"
    other = read_config(path, seed=8).training
    assert (other.seed, other.label, other.output) == (8, "run-8", "out-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('method = "grpo"', 'method = "ppo"', "method is one of grpo, sft, got 'ppo'"),
        ("seed = 3", 'seed = "3"', "seed must be int, got '3'"),
        ("seed = 3", "sede = 3", "unknown key 'sede'"),
        ("[rewards]", "[reward]", "unknown table or key 'reward'"),
        ("boxed = 1", 'boxed = "much"', "weight of reward 'boxed' must be a number"),
        ("boxed = 1", "", "must name at least one reward"),
        ("generated/train:", "generated:", "a test set"),
        ("generated/train:steps=1-1:n=40", "gsm8k", "a test set"),
        ("num_generations = 4", "output_dir = 'x'", "follows from the other tables"),
        ("seed = 3", "held_out = -1", "held_out must be at least 0, got -1"),
        ("[rewards]", "[evaluation]\nevaluate = true\n[rewards]", "needs training.held_out"),
        ("[rewards]", "[lora]\nrank = 0\n[rewards]", "lora.rank must be at least 1, got 0"),
        ("[rewards]", "[lora]\ntarget_modules = 'q_proj'\n[rewards]", "must be a list of texts"),
        ("seed = 3", 'adapter = "a"\n[lora]\nrank = 2', "give one of the two"),
        ("[grpo]", "[sft]", r"\[sft\] does not go with method 'grpo'"),
        ("[training]", "[training", "cannot read the configuration"),
        ('label = "run-{seed}"', "", "needs label"),
    ],
)
def test_what_cannot_work_is_refused_in_words(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GRPO
    with pytest.raises(InputError, match=message):
        read_config(written(tmp_path, GRPO.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("trainer", "n_problems", "message"),
    [
        ({"num_generations": 8, "per_device_train_batch_size": 1, "gradient_accumulation_steps": 4}, 10,
         r"4 completions are made at a time .* no multiple of num_generations 8.*not prompts: use 8"),
        ({"num_generations": 1}, 10, "num_generations must be at least 2, got 1"),
        ({"num_generations": 4, "per_device_train_batch_size": 16}, 3, "4 prompts are needed .* only 3 problems"),
        ({"generation_batch_size": 8, "steps_per_generation": 2}, 10, "not both"),
        ({"generation_batch_size": 12, "per_device_train_batch_size": 8, "num_generations": 4}, 10, "no multiple of p"),
        ({"per_device_train_batch_size": 0}, 10, "at least 1"),
    ],
)  # fmt: skip
def test_impossible_batches_are_refused_with_a_way_out(trainer: dict[str, int], n_problems: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_batches(trainer, n_problems, "x.toml")


def test_the_refusal_agrees_with_trl() -> None:
    """Every combination that TRL's own configuration accepts passes, and the others do not."""
    trl = pytest.importorskip("trl.trainer.grpo_config")
    checked = 0
    for size in (1, 2, 3, 4):
        for batch in (1, 2, 4, 6):
            for accumulation in (1, 2, 3):
                fields = {"num_generations": size, "per_device_train_batch_size": batch,
                          "gradient_accumulation_steps": accumulation}  # fmt: skip
                try:
                    trl.GRPOConfig(
                        output_dir="unused",
                        use_cpu=True,
                        bf16=False,
                        report_to="none",
                        activation_checkpointing=False,
                        **fields,
                    )
                    accepted = True
                except ValueError:
                    accepted = False
                try:
                    check_batches(fields, 1000, "x")
                    ours = True
                except InputError:
                    ours = False
                assert ours == accepted, fields
                checked += accepted
    assert 10 < checked < 48


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_configuration_is_read(path: Path) -> None:
    config = read_config(path)
    assert config.training.label
    if config.training.method == "grpo":
        check_batches(config.trainer, config.training.limit or 1000, path.name)


def test_a_result_has_the_same_bytes_whichever_process_wrote_it(tmp_path: Path) -> None:
    config = read_config(configured(tmp_path, tmp_path / "model"))
    found = []
    for number, modules in enumerate((["v_proj", "q_proj"], ["q_proj", "v_proj"])):
        checkpoint = tmp_path / str(number)
        checkpoint.mkdir()
        (checkpoint / "adapter_config.json").write_text(json.dumps({"target_modules": modules}))
        (checkpoint / "adapter_model.safetensors").write_bytes(b"weights")
        write_result(config, checkpoint)
        found.append((tmp_path / "out" / "adapter" / "adapter_config.json").read_bytes())
    assert found[0] == found[1]
