"""OpenRLHF's batch inference: prompt, text, and a reward model's score or none.

`--best_of_n` repeats a prompt, and its repeats become completions. Source: ``openrlhf/cli/batch_inference.py``
(OpenRLHF 0.8 and the commits after it; 0.11 no longer has the command).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignRun, ReadOptions
from evalsuite.store.imports.rollouts import Rollout, notes_of, rollout_rows, survey
from evalsuite.store.imports.values import text

__all__ = ["NAME", "read", "recognise"]

NAME = "openrlhf"
REWARD = "openrlhf/reward"


def recognise(peek_: Peek) -> bool:
    """Return whether a file has its columns and no others, or a folder such files.

    Somebody's own table might be called so too, but not with these columns alone.
    """
    if peek_.is_folder:
        return bool(_files(peek_.files))
    return peek_.suffix == ".jsonl" and peek_.has("input", "output") and peek_.keys <= {"input", "output", "reward"}


def _files(files: Sequence[Path]) -> list[Path]:
    return [file for file in files[:1000] if file.suffix == ".jsonl" and recognise(peek(file))]


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:
    """Return one run a file."""
    return [_run(file, options) for file in (_files(sorted(below(path, "*.jsonl"))) if path.is_dir() else [path])]


def _run(path: Path, options: ReadOptions) -> ForeignRun:
    rewards = survey(_rollouts(path))
    primary = rewards.primary(options)
    left_out = rewards.left_out(options, primary)
    return ForeignRun(
        label=path.stem,
        program="OpenRLHF",
        rows=lambda: rollout_rows(_rollouts(path), rewards, primary, left_out),
        files=(path,),
        primary_grader=primary,
        score_ranges=rewards.ranges(options),
        n_rows=rewards.n_rows,
        notes=notes_of(rewards, left_out),
        unknown=(
            "the right answers", "why a completion ended", "how many tokens it has", "the model and its decoding",
        ),
    )  # fmt: skip


def _rollouts(file: Path) -> Iterator[Rollout]:
    for number, row in json_lines(file):
        with in_row(file, number):
            yield Rollout(
                prompt=text(row.get("input")) or "",
                text=text(row.get("output")),
                rewards={REWARD: row["reward"]} if "reward" in row else {},
            )
