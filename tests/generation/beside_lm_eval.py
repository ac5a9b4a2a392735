"""GSM8K by ``evalsuite run`` and by lm-evaluation-harness, whole processes in turn: the same prompts, limit and dtype.

    python tests/generation/beside_lm_eval.py PYTHON [LIMIT] [BATCH_SIZE ...]

PYTHON is the interpreter of an environment with ``lm-eval[hf]``, of the same PyTorch. Prints the seconds of each batch
size of lm-eval, then two rounds of ours and its fastest. Needs GSM8K and a quiet machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evalsuite.evaluation.pipeline import BatchLimits, plan_run
from evalsuite.evaluation.run import prepare
from evalsuite.generation.huggingface import load, locate
from evalsuite.prompting.templates import template
from evalsuite.settings import RunSettings

ROUNDS = 2
TASK = """task: same_prompts
dataset_path: json
dataset_kwargs:
  data_files: {{test: {prompts}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "0"
generation_kwargs: {{until: [], max_gen_toks: {limit}, do_sample: false}}
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
"""


def write_inputs(folder: Path, limit: int) -> None:
    """Write the model as a folder, the prompts as they are sent, and a task that asks them."""
    prepared = prepare(RunSettings(limit=limit))
    generator = load(locate(prepared.settings.model), dtype="float32")
    generator.model.save_pretrained(folder / "model")
    generator.tokenizer.save_pretrained(folder / "model")
    problems = [prepared.problem_set.problems[row] for row in prepared.order.rows]
    decoding, limits = prepared.spec.decoding, BatchLimits(limit)
    _, plan = plan_run(
        generator, template(prepared.settings.template), problems, decoding, n_completions=1, limits=limits
    )
    prompts = [generator.tokenizer.decode(list(request.token_ids)) for batch in plan for request in batch]
    rows = "".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts)
    (folder / "prompts.jsonl").write_text(rows, encoding="utf-8")
    task = TASK.format(prompts=folder / "prompts.jsonl", limit=decoding.max_new_tokens)
    (folder / "same_prompts.yaml").write_text(task, encoding="utf-8")


def seconds(*command: str, **environment: str) -> float:
    """Return the wall time of a process that ends well."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    return time.perf_counter() - started


def theirs(python: str, folder: Path, batch_size: int) -> float:
    """Run lm-eval."""
    return seconds(
        python, "-m", "lm_eval", "--model", "hf", "--device", "cpu", "--tasks", "same_prompts",
        "--model_args", f"pretrained={folder / 'model'},dtype=bfloat16", "--include_path", str(folder),
        "--batch_size", str(batch_size), HF_HUB_OFFLINE="1", HF_DATASETS_CACHE=str(folder / "cache"), PYTHONPATH="",
    )  # fmt: skip


def ours(folder: Path, limit: int) -> float:
    """Run evalsuite, with loading, grading and storing."""
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        store = str(Path(fresh) / "runs.duckdb")
        return seconds(
            sys.executable, "-m", "evalsuite", "run", "--limit", str(limit), "--dtype", "bfloat16", "--store", store
        )


def main(python: str, limit: int = 64, *batch_sizes: int) -> None:
    """Print the times and their ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_inputs(folder, limit)
        tried = {size: theirs(python, folder, size) for size in batch_sizes or (16, 32, 64)}
        print("lm-eval:", *(f"batch size {size} {took:.0f} s" for size, took in tried.items()))  # noqa: T201
        best = min(tried, key=lambda size: tried[size])
        for _ in range(ROUNDS):
            mine, other = ours(folder, limit), theirs(python, folder, best)
            print(f"evalsuite {mine:.0f} s, lm-eval at {best} {other:.0f} s: {other / mine:.2f} times as long")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
