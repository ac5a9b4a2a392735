"""Train a model with TRL as a configuration says, record everything, and leave an adapter that `evalsuite run` loads.

The same call continues a training that was stopped, from its last checkpoint.
"""

import json
import platform
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
import trl
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from evalsuite import __version__
from evalsuite.errors import InputError
from evalsuite.evaluation.run import run_template
from evalsuite.generation.huggingface import ModelFiles, locate, stop_ids
from evalsuite.problems.problem_set import ProblemSet
from evalsuite.prompting.templates import PromptTemplate
from evalsuite.records import Problem, digest
from evalsuite.settings import RunSettings
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingCompletion, TrainingHead, TrainingStep, add_training
from evalsuite.training.checkpoints import Evaluations, best_checkpoint, last_checkpoint
from evalsuite.training.config import TrainingConfig, check_batches
from evalsuite.training.data import grpo_rows, sft_rows, training_problems
from evalsuite.training.recorder import Recorder, RewardFunction
from evalsuite.training.rewards import REWARDS, make_random_reward
from evalsuite.versions import installed_versions

__all__ = ["PreparedTraining", "TrainingOutcome", "prepare_training", "reward_functions", "train"]

PACKAGES = ("accelerate", "datasets", "peft", "tokenizers", "torch", "transformers", "trl")
OnStep = Callable[[TrainingStep, int, Sequence[TrainingCompletion]], None]


@dataclass(frozen=True, slots=True)
class PreparedTraining:
    """A training whose data, model files and trainer arguments are settled; the model is not loaded yet.

    Attributes
    ----------
    arguments
        TRL's configuration object with every value resolved.
    head
        What is stored of the training; its id is the hash of everything that decides the result.
    """

    config: TrainingConfig
    files: ModelFiles
    template: PromptTemplate
    problem_set: ProblemSet
    problems: tuple[Problem, ...]
    held_out: tuple[Problem, ...]
    arguments: Any
    head: TrainingHead

    @property
    def n_groups(self) -> int:
        """Reward groups that a GRPO training with a fixed number of steps makes; 0 where that is not fixed."""
        per_step = getattr(self.arguments, "per_device_train_batch_size", 0) * getattr(
            self.arguments, "gradient_accumulation_steps", 1
        )
        size = getattr(self.arguments, "num_generations", 0)
        return max(0, self.arguments.max_steps) * per_step // size if size else 0


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What a call of `train` left: the folder with the result, the last step, and the time this call took."""

    training_id: str
    label: str
    folder: Path
    step: int
    seconds: float


def prepare_training(config: TrainingConfig, where: str) -> PreparedTraining:
    """Settle data, model files and the trainer's arguments; refuse what cannot work before a model is loaded.

    Parameters
    ----------
    where
        Name of the configuration in messages.

    Raises
    ------
    InputError, DataUnavailableError, ModelUnavailableError
    """
    settings = config.training
    for name in config.rewards:
        if name not in REWARDS:
            raise InputError(f"{where}: there is no reward {name!r}; choose from {', '.join(REWARDS)}")
    problem_set, problems, held_out = training_problems(settings)
    if settings.method == "grpo":
        check_batches(config.trainer, len(problems), where)
    arguments = _arguments(config, where)
    files = locate(settings.model, settings.adapter)
    template = run_template(RunSettings(template=settings.template))
    resolved = _resolved(config, arguments)
    identity = {
        **resolved,
        "weights": files.weights_fingerprint,
        "adapter": files.adapter_fingerprint,
        "template": template.fingerprint,
        "data": problem_set.dataset_hash,
    }
    details = {
        "versions": {"evalsuite": __version__, "python": platform.python_version(), **installed_versions(PACKAGES)},
        "device": "cuda" if torch.cuda.is_available() and settings.device == "auto" else "cpu",
        "threads": torch.get_num_threads(),
        "model": files.name,
        "weights_fingerprint": files.weights_fingerprint,
        "adapter_fingerprint": files.adapter_fingerprint,
        "dataset": problem_set.name,
        "dataset_hash": problem_set.dataset_hash,
        "n_problems": len(problems),
        "n_held_out": len(held_out),
    }
    stored = {"file": config.as_dict(), settings.method: resolved["trainer"]}
    head = TrainingHead(digest(identity)[:16], settings.label, "trained", settings.method, stored, details)
    return PreparedTraining(config, files, template, problem_set, problems, held_out, arguments, head)


def train(prepared: PreparedTraining, store: Path, *, on_step: OnStep = lambda *_: None) -> TrainingOutcome:
    """Train, or go on with a training that was stopped; the store gets every step and every sampled completion.

    Parameters
    ----------
    on_step
        Called after every step with its numbers, the number of steps planned, and what was sampled for it.

    Raises
    ------
    InputError
        The output folder belongs to another training.
    """
    settings = prepared.config.training
    output = Path(settings.output)
    _claim(output, prepared.head.training_id)
    with Store.writer(store) as opened:
        add_training(opened, prepared.head)
    transformers.set_seed(settings.seed)
    tokenizer: Any = AutoTokenizer.from_pretrained(prepared.files.folder, trust_remote_code=False)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = _model(prepared)
    recorder = Recorder(
        store,
        prepared.head.training_id,
        rewards={n: (f, prepared.config.rewards[n]) for n, f in reward_functions(prepared.config).items()},
        size=getattr(prepared.arguments, "num_generations", 1),
        scale=getattr(prepared.arguments, "scale_rewards", "group"),
        stop_ids=stop_ids(model, tokenizer),
        parameters={name: p for name, p in model.named_parameters() if p.requires_grad},
        on_step=on_step,
    )
    callbacks: list[TrainerCallback] = [recorder]
    if prepared.config.evaluation.evaluate:
        callbacks.append(Evaluations(prepared.config, prepared.problem_set, len(prepared.held_out), store))
    trainer = _trainer(prepared, model, tokenizer, recorder, callbacks)
    started = time.perf_counter()
    trainer.train(resume_from_checkpoint=last_checkpoint(output))
    seconds = time.perf_counter() - started
    recorder.flush(patience=60.0)
    folder = _result(prepared, trainer, tokenizer, store)
    with Store.writer(store) as opened:
        details = {
            **prepared.head.details,
            "seconds_of_last_call": round(seconds, 1),
            "steps": trainer.state.global_step,
        }
        add_training(opened, replace(prepared.head, details=details))
    return TrainingOutcome(prepared.head.training_id, settings.label, folder, trainer.state.global_step, seconds)


def reward_functions(config: TrainingConfig) -> dict[str, RewardFunction]:
    """Return the rewards of a configuration by name; the coin of ``random`` is that of the training's seed."""
    coin = make_random_reward(config.training.seed)
    return {name: coin if name == "random" else REWARDS[name].function for name in config.rewards}


def _arguments(config: TrainingConfig, where: str) -> Any:
    """Return TRL's configuration object: the file's fields and what follows from the rest of the file."""
    settings, evaluation = config.training, config.evaluation
    on_cpu = settings.device == "cpu" or not torch.cuda.is_available()
    kind: Any = GRPOConfig if settings.method == "grpo" else SFTConfig
    given: dict[str, Any] = {
        "activation_checkpointing": False,
        "save_only_model": False,
        "save_total_limit": None if evaluation.keep == "best" else 2,
        **config.trainer,
        "output_dir": str(Path(settings.output) / "checkpoints"),
        "seed": settings.seed,
        "use_cpu": on_cpu,
        # The weights have the dtype that the file names; nothing is cast on the way.
        "bf16": False,
        "fp16": False,
        "report_to": "none",
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": evaluation.save_every,
        "eval_strategy": "no",
        "disable_tqdm": True,
    }
    if settings.method == "grpo":
        given |= {"reward_weights": list(config.rewards.values()), "remove_unused_columns": False}
    try:
        return kind(**given)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: TRL {trl.__version__} refuses [{settings.method}]: {error}") from error


def _resolved(config: TrainingConfig, arguments: Any) -> dict[str, Any]:
    """Return all that decides the result, as JSON values; where files lie does not."""
    file = config.as_dict()
    for name in ("output", "label"):
        file["training"].pop(name)
    trainer = {k: v for k, v in arguments.to_dict().items() if isinstance(v, str | int | float | bool | None | list)}
    for name in ("output_dir", "logging_dir", "run_name", "hub_token", "push_to_hub_token"):
        trainer.pop(name, None)
    return {"file": file, "trainer": trainer}


def _claim(output: Path, training_id: str) -> None:
    """Mark the folder as this training's; a folder of another one is never continued or overwritten."""
    mark = output / "training-id"
    if mark.is_file():
        found = mark.read_text(encoding="utf-8").strip()
        if found != training_id:
            raise InputError(
                f"training.output {output} holds training {found}, and this configuration is training {training_id}: "
                "name another folder, or delete that one"
            )
        return
    output.mkdir(parents=True, exist_ok=True)
    mark.write_text(training_id + "\n", encoding="utf-8")


def _model(prepared: PreparedTraining) -> Any:
    settings, lora = prepared.config.training, prepared.config.lora
    model: Any = AutoModelForCausalLM.from_pretrained(
        prepared.files.folder, dtype=getattr(torch, settings.dtype), use_safetensors=True, trust_remote_code=False
    )
    if prepared.files.adapter_folder is not None:
        return peft.PeftModel.from_pretrained(model, str(prepared.files.adapter_folder), is_trainable=True)
    if lora is None:
        return model
    return peft.get_peft_model(
        model,
        peft.LoraConfig(
            task_type="CAUSAL_LM",
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules=list(lora.target_modules),
        ),
    )


def _trainer(
    prepared: PreparedTraining, model: Any, tokenizer: Any, recorder: Recorder, callbacks: list[TrainerCallback]
) -> Any:
    common = {"model": model, "args": prepared.arguments, "processing_class": tokenizer, "callbacks": callbacks}
    if prepared.config.training.method == "sft":
        rows = Dataset.from_list(sft_rows(prepared.template, prepared.problems))
        trainer: Any = SFTTrainer(train_dataset=rows, **common)
    else:
        rows = Dataset.from_list(grpo_rows(prepared.template, prepared.problems))
        trainer = GRPOTrainer(reward_funcs=recorder.functions, train_dataset=rows, **common)
    for printing in (transformers.PrinterCallback, transformers.ProgressCallback):
        trainer.remove_callback(printing)
    return trainer


def _make_portable(adapter: Path, model: str) -> None:
    """Name the base model as the configuration does, not by its folder on this machine; drop an empty model card."""
    file = adapter / "adapter_config.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    document["base_model_name_or_path"] = model
    file.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (adapter / "README.md").unlink(missing_ok=True)


def _result(prepared: PreparedTraining, trainer: Any, tokenizer: Any, store: Path) -> Path:
    """Save what was trained, the last checkpoint's or the best one's weights, where `evalsuite run` can take it."""
    output = Path(prepared.config.training.output)
    is_adapter = prepared.config.lora is not None or prepared.config.training.adapter is not None
    folder = output / ("adapter" if is_adapter else "model")
    temporary = output / f".{folder.name}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    if prepared.config.evaluation.keep == "best":
        chosen = best_checkpoint(prepared.config, output / "checkpoints", store)
        wanted = ("*.safetensors", "*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt")
        temporary.mkdir(parents=True)
        for file in sorted({f for pattern in wanted for f in chosen.glob(pattern)}):
            if file.name != "trainer_state.json":
                shutil.copy2(file, temporary / file.name)
    else:
        trainer.model.save_pretrained(temporary)
        if not is_adapter:
            tokenizer.save_pretrained(temporary)
    if is_adapter:
        _make_portable(temporary, prepared.config.training.model)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    return folder
