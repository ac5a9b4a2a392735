"""Before a training is paid for: sample from the model as the training would, and see whether there is a signal.

The completions are stored like those of a training, as its step 0, so that the same analysis reads them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evalsuite.errors import InputError
from evalsuite.evaluation.pipeline import BatchLimits, plan_run
from evalsuite.generation.generator import Generated, Progress
from evalsuite.records import Decoding, Problem, StopReason, digest
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingCompletion, TrainingHead, TrainingStep, add_step, add_training
from evalsuite.training.data import reward_columns
from evalsuite.training.recorder import sampled_completions, training_completions
from evalsuite.training.trainer import PreparedTraining, reward_functions

__all__ = ["ProbeOutcome", "probe"]


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """What the sampled groups show.

    Attributes
    ----------
    n_problems, group_size
        Groups, and completions a group.
    n_correct, n_boxed, n_truncated, n_last_number_correct
        Completions that the grader ``boxed`` calls right, that hold a number in a box, that the token limit truncated,
        and that end on the right number.
    reward_counts
        How many completions of each group have each reward: one row a group, one column a reward that occurs.
    n_informative_groups
        Groups with non-zero reward variance: only these give a gradient.
    """

    training_id: str
    label: str
    n_problems: int
    group_size: int
    n_correct: int
    n_boxed: int
    n_truncated: int
    n_last_number_correct: int
    reward_counts: tuple[tuple[int, ...], ...]
    n_informative_groups: int


def probe(
    prepared: PreparedTraining,
    store: Path,
    *,
    n_problems: int = 100,
    progress: Progress = lambda _: None,
    on_batch: Callable[[int, int], None] = lambda *_: None,
) -> ProbeOutcome:
    """Sample one group for each of the first problems of a GRPO training, and store them.

    Parameters
    ----------
    progress
        Called with the number of tokens made since the last call.
    on_batch
        Called with the completions done and planned.

    Raises
    ------
    InputError
        The configuration is not for GRPO.
    """
    if prepared.head.method != "grpo":
        raise InputError(f"--probe needs a configuration with method 'grpo', got {prepared.head.method!r}")
    problems = prepared.problems[:n_problems]
    size = int(prepared.arguments.num_generations)
    generated = _sample(prepared, problems, size, progress, on_batch)
    columns = reward_columns(
        [p for p in problems for _ in range(size)], [g.text for g in generated], [g.token_ids or () for g in generated]
    )
    truncated = [g.stop_reason is StopReason.LENGTH for g in generated]
    rewards = {name: f(**columns, truncated=truncated) for name, f in reward_functions(prepared.config).items()}
    completions = training_completions(
        0,
        0,
        sampled_completions(columns, truncated),
        rewards,
        prepared.config.rewards,
        size=size,
        scale=prepared.arguments.scale_rewards,
    )
    head = _head(prepared, n_problems)
    with Store.writer(store) as opened:
        add_training(opened, head)
        add_step(opened, head.training_id, [TrainingStep(0)], completions)
    return _outcome(head, size, completions)


def _sample(
    prepared: PreparedTraining,
    problems: Sequence[Problem],
    size: int,
    progress: Progress,
    on_batch: Callable[[int, int], None],
) -> list[Generated]:
    """Return `size` completions of each problem, sampled as the trainer would; those of a problem follow each other."""
    arguments, settings = prepared.arguments, prepared.config.training
    decoding = Decoding(arguments.max_completion_length, arguments.temperature, arguments.top_p, settings.seed)
    generator = prepared.files.load(dtype=settings.dtype)
    _, batches = plan_run(generator, prepared.template, problems, decoding, n_completions=size, limits=BatchLimits())
    generated: dict[tuple[str, int], Generated] = {}
    for batch in batches:
        results = generator.generate(batch, decoding, progress)
        generated |= {(r.problem_id, r.completion_index): g for r, g in zip(batch, results, strict=True)}
        on_batch(len(generated), len(problems) * size)
    return [generated[p.problem_id, index] for p in problems for index in range(size)]


def _head(prepared: PreparedTraining, n_problems: int) -> TrainingHead:
    head = prepared.head
    identity = digest([head.training_id, "probe", n_problems])[:16]
    return replace(head, training_id=identity, label=f"{head.label}-probe{n_problems}", method="probe")


def _outcome(head: TrainingHead, size: int, completions: list[TrainingCompletion]) -> ProbeOutcome:
    groups = [completions[at : at + size] for at in range(0, len(completions), size)]
    totals = [[0.0 if c.reward is None else c.reward for c in group] for group in groups]
    values = sorted({reward for group in totals for reward in group})
    return ProbeOutcome(
        training_id=head.training_id,
        label=head.label,
        n_problems=len(groups),
        group_size=size,
        n_correct=sum(c.outcome == "correct" for c in completions),
        n_boxed=sum(c.box == "number" for c in completions),
        n_truncated=sum(c.stop_reason == "length" for c in completions),
        n_last_number_correct=sum(c.lenient_outcome == "correct" for c in completions),
        reward_counts=tuple(tuple(t.count(value) for value in values) for t in totals),
        n_informative_groups=sum(max(t) != min(t) for t in totals),
    )
