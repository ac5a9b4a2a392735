"""Real trainings with TRL of a tiny random model: one or two steps on a handful of prompts, seconds each."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PROMPTS = ("Mara packs 12 boxes.", "A train drives 240 km.", "She keeps 15 pears.", "How many pears?")
# Tokens that end a completion, besides the tokenizer's own: a random model would hardly ever choose just one.
ENDS = tuple(range(40, 110))
SETTINGS: dict[str, Any] = {
    "use_cpu": True, "bf16": False, "gradient_checkpointing": False, "report_to": "none", "disable_tqdm": True,
    "per_device_train_batch_size": 8, "gradient_accumulation_steps": 1, "num_generations": 4, "max_steps": 2,
    "max_completion_length": 12, "learning_rate": 1e-3, "logging_steps": 1, "save_strategy": "no", "seed": 3,
    "lr_scheduler_type": "constant", "shuffle_dataset": False,
}  # fmt: skip

Reward = Callable[..., list[float | None]]


def of_texts(function: Callable[[str, int], float | None], name: str = "reward") -> Reward:
    """Return a reward function from a function of a completion's text and its place in the batch."""

    def reward(completions: Sequence[Any], **_: Any) -> list[float | None]:
        texts = [c if isinstance(c, str) else c[-1]["content"] for c in completions]
        return [function(text, place) for place, text in enumerate(texts)]

    reward.__name__ = name
    return reward


def trainer(
    model: Path,
    output: Path,
    rewards: Sequence[Reward],
    *,
    ends: Sequence[int] = ENDS,
    callback: Any = None,
    **settings: Any,
) -> Any:
    """Return a GRPOTrainer of the tiny model in the folder `model`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from datasets import Dataset
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from trl import GRPOConfig, GRPOTrainer

        tokenizer = AutoTokenizer.from_pretrained(model)
        loaded = AutoModelForCausalLM.from_pretrained(model)
        loaded.generation_config.eos_token_id = [tokenizer.eos_token_id, *ends]
        rows = [
            {"prompt": [{"role": "user", "content": text}], "problem_id": f"p{i}", "gold": "12", "solution": "#### 12"}
            for i, text in enumerate(PROMPTS)
        ]
        return GRPOTrainer(
            model=loaded,
            args=GRPOConfig(output_dir=str(output), **{**SETTINGS, **settings}),
            processing_class=tokenizer,
            train_dataset=Dataset.from_list(rows),
            reward_funcs=list(rewards),
            callbacks=[callback] if callback else None,
        )


def train(made: Any) -> list[Mapping[str, Any]]:
    """Train and return the log."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.train()
    return list(made.state.log_history)
