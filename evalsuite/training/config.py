"""The configuration of a training: one TOML file, read strictly and checked before anything is loaded.

``[training]`` says what is trained on what, ``[lora]`` the adapter, ``[rewards]`` the weights of the rewards,
``[grpo]`` and ``[sft]`` are TRL's own fields, by their own names, and ``[evaluation]`` what is measured on the way.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from evalsuite.errors import InputError
from evalsuite.strict_toml import read_table, read_toml

__all__ = ["EvaluationSettings", "LoraSettings", "TrainingConfig", "TrainingSettings", "check_batches", "read_config"]

Method = Literal["grpo", "sft"]
Keep = Literal["last", "best"]

RESERVED = ("output_dir", "seed", "use_cpu", "bf16", "fp16", "reward_weights", "report_to", "logging_steps",
            "save_steps", "save_strategy", "eval_strategy", "remove_unused_columns", "disable_tqdm")  # fmt: skip
"""TRL fields that follow from the rest of the file, or that the recording of a training needs as they are."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What is trained, on what, and where the result lies."""

    method: Method
    """grpo or sft."""

    label: str
    """Name of the training and of the runs that measure it."""

    problems: str
    """A problem set as for `evalsuite run`; never the one it will be tested on."""

    output: str
    """Folder of checkpoints and of the result, in its folder ``adapter`` or ``model``."""

    model: str = "smollm2"
    """Hub id, folder with .safetensors files, or smollm2."""

    adapter: str | None = None
    """LoRA adapter to go on with: hub id or folder."""

    template: str = "tutorial"
    """Prompt template, as for `evalsuite run`."""

    limit: int | None = None
    """Train on only the first so many problems behind the held-out ones."""

    held_out: int = 0
    """The first so many problems of the set are never trained on; `[evaluation]` measures on them."""

    seed: int = 0
    """Of weights, sampling and the order of the problems."""

    dtype: Literal["float32", "bfloat16"] = "float32"
    """Of the weights. With bfloat16 and a LoRA adapter, the adapter itself stays in float32."""

    device: Literal["auto", "cpu"] = "auto"
    """cpu, or auto: a GPU where there is one."""


@dataclass(frozen=True, slots=True)
class LoraSettings:
    """The adapter; without this table all weights are trained."""

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    target_modules: tuple[str, ...] = ("q_proj", "v_proj")


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """Greedy evaluation of every checkpoint on the held-out problems, stored as ordinary runs."""

    save_every: int = 10
    """Steps between checkpoints."""

    evaluate: bool = False
    """Whether each checkpoint is evaluated on the held-out problems."""

    keep: Keep = "last"
    """Which checkpoint becomes the result: the last, or the one with the most held-out problems right."""

    max_new_tokens: int = 300
    """Token limit of these evaluations."""


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """A whole configuration file.

    Attributes
    ----------
    rewards
        Weight of each reward by its name in `evalsuite.training.rewards`; for grpo only.
    trainer
        Fields of TRL's GRPOConfig or SFTConfig, by their own names.
    """

    training: TrainingSettings
    lora: LoraSettings | None = None
    rewards: Mapping[str, float] = field(default_factory=dict)
    trainer: Mapping[str, Any] = field(default_factory=dict)
    evaluation: EvaluationSettings = EvaluationSettings()

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self)


def read_config(path: Path, *, seed: int | None = None) -> TrainingConfig:
    """Read a configuration file and refuse what cannot work.

    Parameters
    ----------
    seed
        Replaces the seed of the file. ``{seed}`` in its label and output stands for the seed in use.

    Raises
    ------
    InputError
        The file is no TOML, holds an unknown key or a value of the wrong type, or its batches do not add up.
    """
    document = read_toml(path, tables=("training", "lora", "rewards", "grpo", "sft", "evaluation"))
    table = dict(document.get("training", {}))
    table |= {} if seed is None else {"seed": seed}
    for name in ("label", "output"):
        if isinstance(table.get(name), str):
            table[name] = table[name].replace("{seed}", str(table.get("seed", 0)))
    settings = read_table(TrainingSettings, table, f"{path}: [training]")
    config = TrainingConfig(
        training=settings,
        lora=read_table(LoraSettings, document["lora"], f"{path}: [lora]") if "lora" in document else None,
        rewards=_rewards(document.get("rewards", {}), settings.method, path),
        trainer=_trainer(document, settings.method, path),
        evaluation=read_table(EvaluationSettings, document.get("evaluation", {}), f"{path}: [evaluation]"),
    )
    _check(config, path)
    return config


def check_batches(trainer: Mapping[str, Any], n_problems: int, where: str) -> None:
    """Refuse group and batch sizes with which GRPO could not make a single step.

    Parameters
    ----------
    trainer
        Fields of GRPOConfig; absent ones have TRL's defaults.
    n_problems
        Problems to train on.

    Raises
    ------
    InputError
        With the numbers and a way out.
    """
    size = int(trainer.get("num_generations", 8))
    device_batch = int(trainer.get("per_device_train_batch_size", 8))
    accumulation = int(trainer.get("gradient_accumulation_steps", 1))
    if trainer.get("generation_batch_size") is not None and trainer.get("steps_per_generation") is not None:
        raise InputError(f"{where}: give generation_batch_size or steps_per_generation, not both")
    steps = trainer.get("steps_per_generation")
    batch = trainer.get("generation_batch_size") or device_batch * int(accumulation if steps is None else steps)
    if size < 2:
        raise InputError(
            f"{where}: num_generations must be at least 2, got {size}: one completion has no group to beat"
        )
    if min(device_batch, accumulation, batch) < 1:
        raise InputError(f"{where}: batch sizes must be at least 1, got {device_batch=}, {accumulation=}, {batch=}")
    if batch % device_batch:
        raise InputError(
            f"{where}: generation_batch_size {batch} is no multiple of per_device_train_batch_size {device_batch}"
        )
    if batch % size:
        raise InputError(
            f"{where}: {batch} completions are made at a time (per_device_train_batch_size {device_batch} times "
            f"{batch // device_batch} steps), which is no multiple of num_generations {size}. In TRL since 0.15 the "
            f"batch size counts completions, not prompts: use {size * max(1, round(batch / size))}, for instance."
        )
    if n_problems < batch // size:
        raise InputError(
            f"{where}: {batch // size} prompts are needed at a time ({batch} completions in groups of {size}), but "
            f"there are only {n_problems} problems to train on: TRL would make no step at all. Lower the batch "
            "or raise the number of problems."
        )


def _check(config: TrainingConfig, path: Path) -> None:
    settings = config.training
    for name, value, least in (
        ("training.limit", settings.limit, 1),
        ("training.held_out", settings.held_out, 0),
        ("evaluation.save_every", config.evaluation.save_every, 1),
        ("evaluation.max_new_tokens", config.evaluation.max_new_tokens, 1),
        ("lora.rank", None if config.lora is None else config.lora.rank, 1),
    ):
        if value is not None and value < least:
            raise InputError(f"{path}: {name} must be at least {least}, got {value}")
    if settings.adapter is not None and config.lora is not None:
        raise InputError(
            f"{path}: training.adapter goes on with an adapter, [lora] makes a new one: give one of the two"
        )
    if (config.evaluation.evaluate or config.evaluation.keep == "best") and settings.held_out == 0:
        raise InputError(f"{path}: evaluation needs training.held_out problems that are never trained on, got 0")
    if config.evaluation.keep == "best" and not config.evaluation.evaluate:
        raise InputError(f"{path}: evaluation.keep = 'best' needs evaluation.evaluate = true")
    if settings.problems.startswith(("gsm8k", "generated")) and "train" not in settings.problems.partition(":")[0]:
        raise InputError(
            f"{path}: training.problems is {settings.problems!r}, a test set. Train on a train split, such as "
            "gsm8k/train or generated/train: what a model was trained on can no longer test it."
        )


def _rewards(table: Mapping[str, Any], method: Method, path: Path) -> dict[str, float]:
    if method == "sft":
        if table:
            raise InputError(f"{path}: [rewards] is for method 'grpo', got method 'sft'")
        return {}
    if not table:
        raise InputError(f"{path}: [rewards] must name at least one reward and its weight, such as boxed = 1.0")
    for name, weight in table.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise InputError(f"{path}: the weight of reward {name!r} must be a number, got {weight!r}")
    return {name: float(weight) for name, weight in table.items()}


def _trainer(document: Mapping[str, Any], method: Method, path: Path) -> dict[str, Any]:
    other = "sft" if method == "grpo" else "grpo"
    if other in document:
        raise InputError(f"{path}: [{other}] does not go with method {method!r}")
    table = dict(document.get(method, {}))
    for name in RESERVED:
        if name in table:
            raise InputError(
                f"{path}: [{method}] {name} follows from the other tables (training.seed, training.dtype, "
                "evaluation.save_every, ...) and cannot be set"
            )
    return table
