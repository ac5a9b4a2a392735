"""A training run as it goes, one line a step, and what is said at its end."""

import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from evalsuite.console import print_json, print_line, say
from evalsuite.documents.training import TrainingProbe, TrainingResult, of_training_plan
from evalsuite.stats.next_groups import next_groups
from evalsuite.stats.result import Estimate
from evalsuite.stats.reward_groups import forecast
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
            informative = sum(len(set(rewards)) > 1 for rewards in groups.values())
            n = len(sampled)
            parts += [
                f"{sum(c.outcome == 'correct' for c in sampled)}/{n} right",
                f"{sum(c.box == 'number' for c in sampled)}/{n} boxed",
                f"{sum(c.stop_reason == 'length' for c in sampled)}/{n} truncated",
                f"{informative}/{len(groups)} groups with non-zero reward variance",
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
        print_json(of_training_plan(head).as_dict())
        return
    print_line(
        f"{head.label} ({head.training_id}): {head.method} of {prepared.files.name} on {len(prepared.problems)} "
        f"problems of {prepared.problem_set.name}, {len(prepared.held_out)} held out; nothing was loaded"
    )


def print_training(outcome: TrainingOutcome, store: Path, *, as_json: bool) -> None:
    """Print what a training run left, and what can be done with it."""
    if as_json:
        print_json(_training_document(outcome).as_dict())
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
    """Print what a probe found, and what a training run can expect."""
    n = outcome.n_problems * outcome.group_size
    sizes = sorted({g for g in (2, 4, 8, 16) if g < outcome.group_size} | {outcome.group_size})
    shares = {g: forecast(outcome.reward_counts, g) for g in sizes}
    if as_json:
        print_json(_probe_document(outcome, shares).as_dict())
        return
    print_line(
        f"{outcome.n_problems} problems with {outcome.group_size} completions each, sampled as the training run would:"
    )
    for name, k in (
        ("boxed and right", outcome.n_correct),
        ("a number in a box", outcome.n_boxed),
        ("last number right", outcome.n_last_number_correct),
        ("truncated", outcome.n_truncated),
    ):
        print_line(f"  {name}: {k} of {n} ({numbers.percent(k / n)})")
    print_line(f"  groups with non-zero reward variance: {outcome.n_informative_groups} of {outcome.n_problems}")
    for size, share in shares.items():
        print_line(
            f"  expected share of groups with zero reward variance, groups of {size}: {numbers.percent(share.value)} "
            f"({numbers.interval(share.low, share.high)})"
        )
    planned = prepared.n_groups
    if planned:
        expected = next_groups(outcome.n_informative_groups, outcome.n_problems, planned)
        print_line(
            f"  groups with non-zero reward variance to expect among the {planned} of the training run: about "
            f"{expected.expected:.0f}; chance of none: {numbers.chance(expected.chance_of_none)}"
        )
    print_line(_advice(outcome))


def _training_document(outcome: TrainingOutcome) -> TrainingResult:
    return TrainingResult(
        training_id=outcome.training_id,
        label=outcome.label,
        folder=str(outcome.folder),
        step=outcome.step,
        seconds=outcome.seconds,
    )


def _probe_document(outcome: ProbeOutcome, zero_variance_share: Mapping[int, Estimate]) -> TrainingProbe:
    return TrainingProbe(
        training_id=outcome.training_id,
        label=outcome.label,
        n_problems=outcome.n_problems,
        group_size=outcome.group_size,
        n_correct=outcome.n_correct,
        n_boxed=outcome.n_boxed,
        n_truncated=outcome.n_truncated,
        n_last_number_correct=outcome.n_last_number_correct,
        reward_counts=outcome.reward_counts,
        n_informative_groups=outcome.n_informative_groups,
        zero_variance_share={str(size): share for size, share in zero_variance_share.items()},
    )


def _advice(outcome: ProbeOutcome) -> str:
    n = outcome.n_problems * outcome.group_size
    share = outcome.n_informative_groups / outcome.n_problems
    if share >= 0.5:
        return "At least half of the groups have non-zero reward variance: there is a signal to train on."
    if outcome.n_truncated > n / 2:
        return "Few groups have non-zero reward variance, and most completions are truncated: raise the token limit."
    if outcome.n_boxed < n / 10:
        return (
            "Few groups have non-zero reward variance, and few completions hold a box: show the format first (few-shot "
            "prompt or SFT)."
        )
    if outcome.n_correct > n / 2:
        return "Few groups have non-zero reward variance because most are all right: take harder problems."
    return "Few groups have non-zero reward variance because most are all wrong: easier problems or larger groups help."


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
