"""An engine that answers from a script, for tests of what the pipeline does when it is killed.

Its texts follow from the problem and the completion index alone and cost nothing, so that a whole run takes
a fraction of a second. Run as a program it evaluates arithmetic problems into a store:

    python scripted.py STORE LOG N_PROBLEMS N_COMPLETIONS BATCH_SIZE [SECONDS_PER_BATCH]

Every completion made is appended to LOG. Without arguments it serves: every line of stdin is such a list of
arguments, run in a process of its own; stdout gives that process's id and, once it has ended, its status.
"""

import os
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from evalsuite.evaluation.pipeline import BatchDone, BatchLimits, Watcher, evaluate, plan_run
from evalsuite.generation.generator import Generated, Progress, Request, batch_hash
from evalsuite.grading.graders import GRADERS
from evalsuite.prompting.templates import template
from evalsuite.records import Decoding, Problem, Prompt, RunSpec, StopReason
from evalsuite.store.store import Store, StoredRun

SAMPLING = Decoding(max_new_tokens=8, temperature=1.0, seed=3)


class ScriptedGenerator:
    """Boxes the problem's number, or the next one for every third completion; cuts every fifth."""

    engine = "scripted"
    dtype = "none"
    context_length = None

    def __init__(self, log: Path | None = None, seconds_per_batch: float = 0.0) -> None:
        self.log = log
        self.seconds_per_batch = seconds_per_batch
        self.made: list[tuple[str, int]] = []

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        return tuple(prompt.messages[-1].content.encode())

    def generate(self, requests: Sequence[Request], decoding: Decoding, progress: Progress) -> list[Generated]:
        time.sleep(self.seconds_per_batch)
        keys = [(r.problem_id, r.completion_index) for r in requests]
        self.made += keys
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as log:
                log.write("".join(f"{problem_id} {index}\n" for problem_id, index in keys))
        progress(len(requests))
        identity = batch_hash(requests)
        return [self._complete(r, decoding, identity) for r in requests]

    def tokenizer_json(self) -> str | None:
        return None

    def describe(self) -> dict[str, str]:
        return {"device": "none"}

    def _complete(self, request: Request, decoding: Decoding, identity: str) -> Generated:
        number = int(request.problem_id.rsplit("/", 1)[1])
        answer = number + (request.seed % 3 == 0)
        cut = request.seed % 5 == 0
        text = f"It is \\boxed{{{answer}}}" + ("" if cut else ".")
        reason = StopReason.LENGTH if cut else StopReason.STOP
        return Generated(tuple(text.encode())[: decoding.max_new_tokens], text, reason, identity)


def arithmetic(n: int) -> list[Problem]:
    """Return n problems; problem k asks for k."""
    return [
        Problem(f"sum/{k}", f"What is {k} + 0?{' ' * (k % 7)}", f"{k} + 0 = {k}\n#### {k}", Fraction(k))
        for k in range(n)
    ]


def run_scripted(
    store: Store,
    generator: ScriptedGenerator,
    *,
    n_problems: int,
    n_completions: int = 1,
    batch_size: int = 8,
    watcher: Watcher | None = None,
    label: str = "scripted",
    weights: str = "w",
    window: int | None = None,
) -> BatchDone:
    """Evaluate as `run.execute` does, with the scripted engine in place of a model."""
    problems = arithmetic(n_problems)
    prompt = template("plain")
    spec = RunSpec(
        model="scripted", weights_fingerprint=weights, adapter=None, adapter_fingerprint=None, template=prompt.name,
        template_fingerprint=prompt.fingerprint, decoding=SAMPLING, dataset="sums", dataset_hash="sums",
        order="file", engine=generator.engine, dtype=generator.dtype,
    )  # fmt: skip
    prompts, batches = plan_run(
        generator,
        prompt,
        problems,
        SAMPLING,
        n_completions=n_completions,
        limits=BatchLimits(batch_size, window=window),
    )  # fmt: skip
    head = StoredRun(spec.run_id, label, "generated", spec.as_dict(), "sums", "boxed", n_completions, details={})
    store.add_run(head, problems, [(0, [p.problem_id for p in problems[:3]])])
    return evaluate(
        store, spec, generator, problems, prompts, batches, GRADERS,
        primary_grader="boxed", watcher=watcher or Watcher(), window=window,
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    """Evaluate into a store, as the module's docstring says."""
    path, log = map(Path, arguments[:2])
    n_problems, n_completions, batch_size = map(int, arguments[2:5])
    seconds = float(arguments[5]) if len(arguments) > 5 else 0.0
    with Store.writer(path, lock_wait=5) as store:
        run_scripted(
            store, ScriptedGenerator(log, seconds),
            n_problems=n_problems, n_completions=n_completions, batch_size=batch_size,
        )  # fmt: skip


def serve() -> None:
    """Run one process a line of stdin; a fork is ready at once, where a new interpreter takes a second."""
    import pandas  # noqa: F401, ICN001  # DuckDB imports it with the first bound value

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            main(line.split())
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:]) if len(sys.argv) > 1 else serve()
