"""A worker of a cluster: loads the model once, decodes batch after batch, and leaves each as a shard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalsuite import __version__
from evalsuite.errors import ModelUnavailableError
from evalsuite.generation.cluster.shards import ShardFolder
from evalsuite.generation.engines import engine
from evalsuite.generation.generator import Generated, Generator, Request, batch_hash
from evalsuite.records import Decoding
from evalsuite.settings import RunSettings

__all__ = ["BatchWorker", "ClusterJob"]


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """What all workers of a run need to know.

    Attributes
    ----------
    fingerprints
        Of weights and adapter, as the run's specification has them: every machine must find the same files.
    dtype
        What the run computes in, resolved.
    version
        Of evalsuite, on the machine that gives out the work.
    """

    settings: RunSettings
    fingerprints: tuple[str, str | None]
    dtype: str
    decoding: Decoding
    folder: ShardFolder
    version: str = __version__


class BatchWorker:
    """Decodes batches by their number; Ray Data calls it, one batch a call.

    Parameters
    ----------
    job
        The run.
    batches
        Where Ray keeps the batches, read once a worker.

    Raises
    ------
    ModelUnavailableError
        This machine has another evalsuite, or another model under the run's name.
    """

    def __init__(self, job: ClusterJob, batches: Any) -> None:
        import ray  # noqa: PLC0415 - the class itself needs no cluster

        self.job = job
        self.batches: Sequence[Sequence[Request]] = ray.get(batches)
        self.generator = _load(job)

    def __call__(self, rows: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Decode the batch of this number and write its shard; one row says its name, empty where all of it failed."""
        number = int(rows["number"][0])
        requests = self.batches[number]
        name = batch_hash(requests)
        errors: list[str] = []
        # A worker that was lost behind its shard has done this batch.
        if not self.job.folder.has(name):
            made = make_all_possible(self.generator, requests, self.job.decoding, errors)
            if made:
                self.job.folder.write(name, [r for r, _ in made], [result for _, result in made])
            else:
                name = ""
        return {"shard": [name], "errors": ["\n".join(errors)]}


def make_all_possible(
    generator: Generator, requests: Sequence[Request], decoding: Decoding, errors: list[str]
) -> list[tuple[Request, Generated]]:
    """Decode a batch; where that fails, decode its halves, so that one bad row takes no other with it.

    Parameters
    ----------
    errors
        Gets one line for every row that could not be made.
    """
    try:
        results = generator.generate(requests, decoding, lambda _: None)
    except Exception as error:
        if len(requests) == 1:
            errors.append(f"{requests[0].problem_id} ({requests[0].completion_index}): {type(error).__name__}: {error}")
            return []
        half = len(requests) // 2
        first = make_all_possible(generator, requests[:half], decoding, errors)
        return first + make_all_possible(generator, requests[half:], decoding, errors)
    return list(zip(requests, results, strict=True))


def _load(job: ClusterJob) -> Generator:
    if job.version != __version__:
        raise ModelUnavailableError(
            f"this machine has evalsuite {__version__}, the one that gives out the work {job.version}: install the same"
        )
    model = engine(job.settings.engine, job.settings).locate(job.settings.model, job.settings.adapter)
    if (model.weights_fingerprint, model.adapter_fingerprint) != job.fingerprints:
        raise ModelUnavailableError(
            f"{job.settings.model} is another model on this machine: its fingerprint is {model.weights_fingerprint} "
            f"(adapter {model.adapter_fingerprint or 'none'}), that of the run {job.fingerprints[0]} "
            f"(adapter {job.fingerprints[1] or 'none'})"
        )
    return model.load(dtype=job.dtype)  # type: ignore[arg-type]  # a resolved dtype is one of its names
