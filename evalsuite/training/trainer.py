"""Train a model with TRL as a configuration says, record everything, and leave an adapter that `evalsuite run` loads.

The same call continues a training that was stopped, from its last checkpoint.
"""

import copy
import platform
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
from evalsuite.generation.prompt_tokens import prompt_text
from evalsuite.problems.problem_set import ProblemSet
from evalsuite.prompting.templates import PromptTemplate
from evalsuite.records import Problem, digest
from evalsuite.settings import RunSettings
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingCompletion, TrainingHead, TrainingStep, add_training, training_heads
from evalsuite.training.checkpoints import FOLDER, Checkpoint, Evaluations, last_checkpoint, set_aside_past_plan
from evalsuite.training.config import TrainingConfig, check_batches
from evalsuite.training.data import grpo_rows, sft_rows, training_problems
from evalsuite.training.output_folder import claimed, result_folder, write_result
from evalsuite.training.recorder import Recorder, RewardFunction
from evalsuite.training.rewards import REWARDS, make_random_reward
from evalsuite.training.waiting_rows import FILE, WaitingRows, patient_writer
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

    Of a training that has made its steps only what is missing is made: rows that wait, evaluations, the result.

    Parameters
    ----------
    on_step
        Called after every step with its numbers, the number of steps planned, and what was sampled for it.

    Raises
    ------
    InputError
        The output folder belongs to another training.
    StoreLockedError
        Another process trains into the folder, or holds the store for very long.
    """
    config, training_id = prepared.config, prepared.head.training_id
    output = Path(config.training.output)
    with claimed(output, training_id):
        set_aside_past_plan(output)
        evaluations = _evaluations(prepared, store)
        waiting = WaitingRows(output / FILE, store, training_id)
        seconds, last = 0.0, last_checkpoint(output)
        if last is None or not last.is_last:
            seconds = _go_on(prepared, store, waiting, evaluations, on_step, last)
            last = last_checkpoint(output)
        if last is None:
            raise InputError(f"the training {config.training.label} made no step: check its batches and max_steps")
        chooser = evaluations if config.evaluation.keep == "best" else None
        if chooser is None:
            write_result(config, last.folder)
        with patient_writer(store) as opened:
            waiting.write(opened)
            if evaluations is not None:
                evaluations.catch_up(opened)
            if chooser is not None:
                write_result(config, chooser.best(opened).folder)
            add_training(opened, _finished_head(opened, prepared.head, last.step, seconds))
    return TrainingOutcome(training_id, config.training.label, result_folder(config), last.step, seconds)


def _go_on(
    prepared: PreparedTraining,
    store: Path,
    waiting: WaitingRows,
    evaluations: Evaluations | None,
    on_step: OnStep,
    last: Checkpoint | None,
) -> float:
    """Make the steps behind the checkpoint `last`, or all; return how many seconds that took."""
    with Store.writer(store) as opened:
        add_training(opened, prepared.head)
        waiting.write(opened)
    transformers.set_seed(prepared.config.training.seed)
    tokenizer: Any = AutoTokenizer.from_pretrained(prepared.files.folder, trust_remote_code=False)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    prompt_text(tokenizer, prepared.template.render(prepared.problems[0]))  # refuses a template that never ends
    model = _model(prepared)
    recorder = Recorder(
        waiting,
        rewards={n: (f, prepared.config.rewards[n]) for n, f in reward_functions(prepared.config).items()},
        size=getattr(prepared.arguments, "num_generations", 1),
        scale=getattr(prepared.arguments, "scale_rewards", "group"),
        stop_ids=stop_ids(model, tokenizer),
        parameters={name: p for name, p in model.named_parameters() if p.requires_grad},
        on_step=on_step,
    )
    callbacks: list[TrainerCallback] = [recorder]
    if evaluations is not None:
        callbacks.append(evaluations)
    trainer = _trainer(prepared, model, tokenizer, recorder, callbacks)
    started = time.perf_counter()
    trainer.train(resume_from_checkpoint=None if last is None else str(last.folder))
    return time.perf_counter() - started


def _evaluations(prepared: PreparedTraining, store: Path) -> Evaluations | None:
    config = prepared.config
    if not config.evaluation.evaluate:
        return None
    n_kept = None if config.evaluation.keep == "best" else prepared.arguments.save_total_limit
    return Evaluations(config, prepared.problem_set, len(prepared.held_out), store, n_kept=n_kept or None)


def _finished_head(store: Store, head: TrainingHead, step: int, seconds: float) -> TrainingHead:
    """Return the head with what is known at the end; a call that trained nothing leaves what the others recorded."""
    stored = next((h for h in training_heads(store) if h.training_id == head.training_id), head)
    details = {**(head if seconds else stored).details, "steps": step}
    return replace(head, details=details | ({"seconds_of_last_call": round(seconds, 1)} if seconds else {}))


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
        "output_dir": str(Path(settings.output) / FOLDER),
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


def _model(prepared: PreparedTraining) -> Any:
    settings, lora = prepared.config.training, prepared.config.lora
    model: Any = AutoModelForCausalLM.from_pretrained(
        prepared.files.folder, dtype=getattr(torch, settings.dtype), use_safetensors=True, trust_remote_code=False
    )
    if prepared.files.adapter_folder is not None:
        adapted: Any = peft.PeftModel.from_pretrained(model, str(prepared.files.adapter_folder), is_trainable=True)
    elif lora is None:
        return model
    else:
        layers = peft.LoraConfig(
            task_type="CAUSAL_LM",
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules=list(lora.target_modules),
        )
        adapted = peft.get_peft_model(model, layers)
    for config in adapted.peft_config.values():
        # A set in peft: checkpoints would name the layers in another order, and so be other files, in every process.
        if isinstance(config.target_modules, set):
            config.target_modules = sorted(config.target_modules)
    return adapted


def _trainer(
    prepared: PreparedTraining, model: Any, tokenizer: Any, recorder: Recorder, callbacks: list[TrainerCallback]
) -> Any:
    arguments = copy.copy(prepared.arguments)
    if prepared.config.evaluation.evaluate:
        arguments.save_total_limit = None  # the evaluations delete what is evaluated
    common = {"model": model, "args": arguments, "processing_class": tokenizer, "callbacks": callbacks}
    if prepared.config.training.method == "sft":
        rows = Dataset.from_list(sft_rows(prepared.template, prepared.problems))
        trainer: Any = SFTTrainer(train_dataset=rows, **common)
    else:
        rows = Dataset.from_list(grpo_rows(prepared.template, prepared.problems))
        trainer = GRPOTrainer(reward_funcs=recorder.functions, train_dataset=rows, **common)
    for printing in (transformers.PrinterCallback, transformers.ProgressCallback):
        trainer.remove_callback(printing)
    return trainer
