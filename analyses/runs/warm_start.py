"""Whether a new run was trained on top of another training, whose gain a comparison with the base then includes."""

from collections.abc import Sequence
from pathlib import Path

from evalsuite.findings import Caution
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.store.trainings import TrainingHead, training_heads
from evalsuite.wording.language import tr

__all__ = ["warm_start_cautions", "warm_start_run"]


def warm_start_cautions(store: Store, heads: Sequence[StoredRun], labels: Sequence[str]) -> tuple[Caution, ...]:
    """Say of each new run whose training began with an adapter that no run compared here has.

    Parameters
    ----------
    heads, labels
        The base first, and the names to show.
    """
    shown = {head.spec.get("adapter_fingerprint") for head in heads}
    found = []
    for head, label in list(zip(heads, labels, strict=True))[1:]:
        training = _training_of(store, head)
        if training is None or training.details.get("adapter_fingerprint") in {None, *shown}:
            continue
        began = str(training.config.get("file", {}).get("training", {}).get("adapter"))
        text = tr(
            "{label} was trained from the adapter {began}, not from the base: the difference is the work of both "
            "trainings.",
            label=label, began=began,
        )  # fmt: skip
        beside = warm_start_run(store, head)
        if beside is not None:
            text = tr(" ").join((text, tr("What the last one did, only a comparison with {run} can tell.", run=beside)))
        found.append(Caution("warm start", text))
    return tuple(found)


def warm_start_run(store: Store, head: StoredRun) -> str | None:
    """Return the label of the run, on the same problems, of the adapter that the training of `head` began with."""
    training = _training_of(store, head)
    if training is None:
        return None
    for row in queries.run_heads(store.connection):
        spec = row["spec"]
        same = all(spec.get(key) == head.spec.get(key) for key in ("dataset_hash", "decoding", "template"))
        began = training.details.get("adapter_fingerprint")
        if same and began is not None and spec.get("adapter_fingerprint") == began:
            return str(row["label"])
    return None


def _training_of(store: Store, head: StoredRun) -> TrainingHead | None:
    """Return the stored training whose output the adapter of a run is; None where there is none."""
    adapter = head.spec.get("adapter")
    if not adapter:
        return None
    for training in training_heads(store):
        output = training.config.get("file", {}).get("training", {}).get("output")
        if output and Path(str(output)) in Path(str(adapter)).parents:
            return training
    return None
