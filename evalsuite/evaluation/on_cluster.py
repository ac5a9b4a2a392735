"""A prepared run on the machines of a Ray cluster: the generator to execute it with."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from evalsuite.errors import InputError
from evalsuite.evaluation.run import PreparedRun
from evalsuite.generation.cluster.generator import ClusterGenerator, connect, disconnect
from evalsuite.generation.cluster.shards import ShardFolder
from evalsuite.generation.cluster.worker import ClusterJob
from evalsuite.generation.huggingface import ModelFiles

__all__ = ["cluster_generator"]


@contextmanager
def cluster_generator(
    prepared: PreparedRun, address: str, *, shards: str | None, n_workers: int | None, store: Path
) -> Iterator[ClusterGenerator]:
    """Connect to the cluster, give what executes the run there, and disconnect.

    Ray writes what happens to its nodes to stdout, at any time; until it is left, stdout is stderr.

    Parameters
    ----------
    shards
        A folder or address that every machine reaches; ``STORE.shards`` beside the store if not given.

    Raises
    ------
    InputError
        The run's engine is none for clusters, or the cluster cannot be had.
    """
    model, spec = prepared.model, prepared.spec
    if not isinstance(model, ModelFiles):
        raise InputError(f"--cluster works with the engines transformers and vllm, not with {spec.engine}")
    location = str(store.with_name(f"{store.name}.shards").absolute()) if shards is None else shards
    if "://" not in location:
        location = str(Path(location).expanduser().absolute())
    job = ClusterJob(
        settings=prepared.settings,
        fingerprints=(spec.weights_fingerprint, spec.adapter_fingerprint),
        dtype=spec.dtype,
        decoding=spec.decoding,
        folder=ShardFolder(location, spec.run_id),
    )
    with redirect_stdout(sys.stderr):
        try:
            yield ClusterGenerator(model, job, connect(address, n_workers))
        finally:
            disconnect()
