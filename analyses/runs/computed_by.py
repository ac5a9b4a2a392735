"""What made the texts of stored runs: engines, number formats and devices that differ, and what servers said."""

from collections.abc import Sequence

from analyses.runs.same_texts import ChangedTexts
from evalsuite.findings import Caution
from evalsuite.records import UNVERIFIED
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["engine_cautions", "served_notes"]


def engine_cautions(
    heads: Sequence[StoredRun], runs: Sequence[ScoreMatrix], changed: Sequence[ChangedTexts | None]
) -> tuple[Caution, ...]:
    """Return the caution that runs were computed by different engines, number formats or devices.

    A replicate differs from its run in one of these on purpose, runs that do not say are not held to differ, and where
    every text is the same it made no difference.
    """
    if all(texts is not None and texts.n_changed == 0 for texts in changed):
        return ()
    made = [computed_by(head) for head in heads if head.spec.get("replicate") is None]
    if len(made) < len(heads) or not all(made):
        return ()
    differing = [i for i in range(3) if len({one[i] for one in made if one and one[i]}) > 1]
    if not differing:
        return ()
    listed = tr("; ").join(
        f"{label}: {tr(', ').join(one[i] for i in differing if one and one[i])}"
        for label, one in zip((run.label for run in runs), made, strict=True)
    )
    text = tr(
        "The runs were not computed in the same way ({listed}), which alone makes texts and verdicts differ. "
        "`evalsuite analyse engines` says by how much if the model is the same.",
        listed=listed,
    )
    return (Caution("engine", text),)


def computed_by(head: StoredRun) -> tuple[str, str, str] | None:
    """Return engine, number format and device of a run, each empty where not recorded; None of an imported run."""
    if head.source != "generated" or "engine" not in head.spec:
        return None
    details = head.details.get("engine", {})
    engine = str(head.spec["engine"])
    if "server" in details:
        engine = f"{engine} {details['server']} {details.get('server_version', '')}".strip()
    dtype = "" if "serving" in head.spec else str(head.spec["dtype"])
    return engine, dtype, str(details.get("device", ""))


def served_notes(store: Store, heads: Sequence[StoredRun], runs: Sequence[ScoreMatrix]) -> tuple[str, ...]:
    """Say of each run that a server made what nobody can check, and where the server contradicts itself."""
    notes = []
    for head, run in zip(heads, runs, strict=True):
        if not str(head.spec.get("weights_fingerprint", "")).startswith(UNVERIFIED):
            continue
        said = queries.served_totals(store.connection, head.run_id)
        notes.append(
            tr(
                "The weights of {label} are unverified: its fingerprint is made of what the server says of itself.",
                label=run.label,
            )
        )
        if said["n_not_believed"]:
            notes.append(
                tr(
                    "The server of {label} says that {share} of its completions ({n}) ended by themselves, "
                    "although they have as many tokens as the limit allows: they count as truncated.",
                    label=run.label,
                    share=numbers.percent(said["n_not_believed"] / said["n_rows"]),
                    n=numbers.count(said["n_not_believed"]),
                )
            )
        if said["n_cut_early"]:
            notes.append(
                tr(
                    "The server of {label} cut {n} completions before the token limit, at a limit of its own.",
                    label=run.label,
                    n=numbers.count(said["n_cut_early"]),
                )
            )
        if len(said["system_fingerprints"]) > 1:
            notes.append(
                tr(
                    "The server of {label} changed while it was asked: it named itself {names}.",
                    label=run.label,
                    names=tr(", ").join(said["system_fingerprints"]),
                )
            )
    return tuple(notes)
