"""``evalsuite train``: GRPO or SFT as a file says, or a probe of what there would be to learn."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from evalsuite.cli.options import DEFAULT_STORE, DryRun, Json, StorePath

__all__ = ["train"]


def train(
    config: Path,
    *,
    seed: int | None = None,
    probe: bool = False,
    probe_problems: Annotated[int, Parameter(help="Groups to sample for --probe.")] = 100,
    store: StorePath = DEFAULT_STORE,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Train a model with GRPO or SFT as a file says; the same command continues a stopped training.

    Parameters
    ----------
    config
        A TOML file; see data/configs for examples.
    seed
        Instead of the seed in the file; ``{seed}`` in its label and output becomes this one.
    probe
        Train nothing: sample groups from the model as it is, and forecast how many would have a signal.

    Examples
    --------
    evalsuite train --config data/configs/smollm2-grpo.toml --probe
    """
    from evalsuite.extras import require

    # Before the imports below, which would name the first package that is missing and not the extra that brings all.
    require("train", "Training")
    from evalsuite.cli.training_output import TrainingDisplay, print_probe, print_training, print_training_plan
    from evalsuite.training.config import read_config
    from evalsuite.training.trainer import prepare_training

    prepared = prepare_training(read_config(config, seed=seed), str(config))
    if dry_run:
        print_training_plan(prepared, as_json=json)
        return
    display = TrainingDisplay(prepared)
    if probe:
        from evalsuite.training.probe import probe as sample_groups

        outcome = sample_groups(prepared, store, n_problems=probe_problems, on_batch=display.on_batch)
        print_probe(outcome, prepared, as_json=json)
        return
    from evalsuite.training.trainer import train as train_model

    trained = train_model(prepared, store, on_step=display.on_step)
    print_training(trained, store, as_json=json)
