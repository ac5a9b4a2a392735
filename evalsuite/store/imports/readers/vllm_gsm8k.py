"""vLLM's own GSM8K script (``tests/evals/gsm8k/gsm8k_eval.py``): it saves a summary only, so there is nothing to pair.

Recognised to say what to do instead. Source: the script at vllm-project/vllm, commit 03e0960.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from evalsuite.errors import InputError
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import json_object
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignRun, ReadOptions

__all__ = ["NAME", "read", "recognise"]

NAME = "vllm-gsm8k"


def recognise(peek_: Peek) -> bool:
    """Return whether a JSON file has the summary's keys, or a folder holds such files and nothing else."""
    if peek_.is_folder:
        data = [file for file in peek_.files[:100] if file.suffix in (".json", ".jsonl", ".csv", ".parquet")]
        return bool(data) and all(recognise(peek(file)) for file in data)
    return peek_.has("accuracy", "invalid_rate", "num_questions")


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Refuse the file with the counts that it holds and the program that keeps the answers."""
    _refuse(min(below(path, "*.json")) if path.is_dir() else path)


def _refuse(path: Path) -> NoReturn:
    said = json_object(path)
    total, accuracy = said.get("num_questions"), said.get("accuracy")
    counts = "RIGHT/TOTAL RIGHT/TOTAL"
    if isinstance(total, int) and isinstance(accuracy, int | float):
        counts = f"{round(accuracy * total)}/{total} RIGHT/TOTAL"
    raise InputError(
        f"{path} is a summary of vLLM's GSM8K script, which keeps no answers, so problems cannot be paired. Compare "
        f"the counts with `evalsuite compare {counts}`, or let lm_eval ask the same server and keep its answers: "
        "`lm_eval --model local-completions --model_args base_url=http://localhost:8000/v1/completions,model=MODEL "
        "--tasks gsm8k --log_samples --output_path OUT`, then `evalsuite import OUT`"
    )
