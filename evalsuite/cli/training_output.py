"""A training as it goes, one line a step, and what is said at its end."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evalsuite.cli.document import print_document
from evalsuite.console import print_line, say
from evalsuite.stats.reward_groups import forecast, informative_groups
from evalsuite.store.trainings import TrainingCompletion, TrainingStep
from evalsuite.training.probe import ProbeOutcome
from evalsuite.training.trainer import PreparedTraining, TrainingOutcome
from evalsuite.wording import numbers

__all__ = ["TrainingDisplay", "print_probe", "print_training", "print_training_plan"]

PLAIN_INTERVAL_SECONDS = 30.0


class TrainingDisplay:
    """Says on stderr what happens; one line a step, and at most one every half minute while a probe samples."""

    def __init__(self, prepared: PreparedTraining) -> None:
        head = prepared.head
        adapter = f" + {prepared.files.adapter_name}" if prepared.files.adapter_name else ""
        say(
            f"{head.method}: {prepared.files.name}{adapter} on {len(prepared.problems)} problems of "
            f"{prepared.problem_set.name}, label {head.label}, "
            f"seed {prepared.config.training.seed}, {head.details['device']}"
        )
        self.started = self.said = time.monotonic()
        self.first_step: int | None = None

    def on_step(self, step: TrainingStep, planned: int, sampled: Sequence[TrainingCompletion]) -> None:
        """Say how a step went."""
        if self.first_step is None:
            self.first_step = step.step - 1
        elapsed = time.monotonic() - self.started
        left = (planned - step.step) * elapsed / (step.step - self.first_step)
        parts = [f"step {step.step}/{planned}", f"loss {_shown(step.loss)}", f"gradient {_shown(step.grad_norm)}"]
        if sampled:
            groups: dict[int, list[float | None]] = {}
            for c in sampled:
                groups.setdefault(c.group_index, []).append(c.reward)
            spread = sum(len(set(rewards)) > 1 for rewards in groups.values())
            n = len(sampled)
            parts += [
                f"{sum(c.outcome == 'correct' for c in sampled)}/{n} right",
                f"{sum(c.box == 'number' for c in sampled)}/{n} boxed",
                f"{sum(c.stop_reason == 'length' for c in sampled)}/{n} cut",
                f"{spread}/{len(groups)} groups with spread",
            ]
        parts.append(f"about {max(left, 0) / 60:.0f} min left")
        say(", ".join(parts))

    def on_batch(self, done: int, planned: int) -> None:
        """Say how far a probe is."""
        now = time.monotonic()
        if now - self.said >= PLAIN_INTERVAL_SECONDS or done == planned:
            self.said = now
            say(f"{done}/{planned} completions")


def print_training_plan(prepared: PreparedTraining, *, as_json: bool) -> None:
    """Print what would be trained."""
    head = prepared.head
    if as_json:
        plan = {"training_id": head.training_id, "label": head.label, "config": head.config, "details": head.details}
        print_document("train-plan", plan)
        return
    print_line(
        f"{head.label} ({head.training_id}): {head.method} of {prepared.files.name} on {len(prepared.problems)} "
        f"problems of {prepared.problem_set.name}, {len(prepared.held_out)} held out; nothing was loaded"
    )


def print_training(outcome: TrainingOutcome, store: Path, *, as_json: bool) -> None:
    """Print what a training left, and what can be done with it."""
    if as_json:
        print_document("train", asdict(outcome))
        return
    flag = "--adapter" if outcome.folder.name == "adapter" else "--model"
    say(
        f"{outcome.label}: step {outcome.step}, {outcome.seconds:.0f} s. "
        f"Evaluate it: evalsuite run {flag} {outcome.folder}"
    )
    command = shlex.join(["evalsuite", "analyse", "training_signal", outcome.label, "--store", str(store)])
    say(f"Was there a signal? {command}")
    print_line(str(outcome.folder))


def print_probe(outcome: ProbeOutcome, prepared: PreparedTraining, *, as_json: bool) -> None:
    """Print what a probe found, and what a training can expect."""
    n = outcome.n_problems * outcome.size
    sizes = sorted({g for g in (2, 4, 8, 16) if g < outcome.size} | {outcome.size})
    shares = {g: forecast(outcome.reward_counts, g) for g in sizes}
    if as_json:
        print_document(
            "train-probe",
            {**asdict(outcome), "share_without_spread": {n: asdict(share) for n, share in shares.items()}},
        )
        return
    print_line(
        f"{outcome.n_problems} problems with {outcome.size} completions each, as the training would sample them:"
    )
    for name, k in (
        ("boxed and right", outcome.n_right),
        ("a number in a box", outcome.n_boxed),
        ("last number right", outcome.n_lenient),
        ("cut by the cap", outcome.n_cut),
    ):
        print_line(f"  {name}: {k} of {n} ({numbers.percent(k / n)})")
    print_line(f"  groups with spread in their reward: {outcome.n_with_spread} of {outcome.n_problems}")
    for size, share in shares.items():
        print_line(
            f"  share of groups without spread, groups of {size}: {numbers.percent(share.value)} "
            f"({numbers.interval(share.low, share.high)})"
        )
    planned = prepared.n_groups
    if planned:
        expected = informative_groups(shares[outcome.size].value, planned)
        print_line(
            f"  of {planned} groups that the training would make, about {expected.expected:.0f} would have spread; "
            f"chance that none has: {numbers.chance(expected.chance_of_none)}"
        )
    print_line(_advice(outcome))


def _advice(outcome: ProbeOutcome) -> str:
    n = outcome.n_problems * outcome.size
    share = outcome.n_with_spread / outcome.n_problems
    if share >= 0.5:
        return "At least half of the groups have spread: there is a signal to train on."
    if outcome.n_cut > n / 2:
        return "Few groups have spread, and most completions were cut: raise max_completion_length first."
    if outcome.n_boxed < n / 10:
        return "Few groups have spread, and few completions hold a box: show the format first (few-shot prompt or SFT)."
    if outcome.n_right > n / 2:
        return "Few groups have spread because most are all right: take harder problems."
    return "Few groups have spread because most are all wrong: take easier problems, or larger groups."


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
