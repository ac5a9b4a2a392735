"""Two runs that are one: how many texts changed, and what must be read first where hardly any did.

Texts are compared as they are, completion by completion, by a hash that the database computes; where there are none,
verdicts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from evalsuite.findings import Caution
from evalsuite.scores import ScoreMatrix
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording.language import tr

__all__ = ["ChangedTexts", "compare_texts", "same_verdicts"]

NEARLY = 0.05
"""Share of changed texts up to which two runs are nearly one."""
SHORT = 20
"""Characters below which texts such as a bare answer are often equal by themselves."""
FEW = 10
"""Problems below which the verdicts of two runs are easily equal by chance."""
ARITHMETIC = {"token_limit", "engine", "dtype", "replicate"}
"""Properties that are varied to see how little changes: equal texts are an answer there, not a mistake."""


@dataclass(frozen=True, slots=True)
class ChangedTexts:
    """How many texts of a new run differ from those of the base.

    Attributes
    ----------
    label
        Of the new run.
    n_compared
        Completions that have a text in both runs.
    n_changed
        Those whose texts differ.
    """

    label: str
    n_compared: int
    n_changed: int


@dataclass(frozen=True, slots=True, eq=False)
class _Texts:
    """Hash and presence of each text, (n_problems, n_completions), and the median length in characters."""

    hashes: NDArray[np.uint64]
    there: NDArray[np.bool_]
    length: float


def compare_texts(
    store: Store,
    heads: Sequence[StoredRun],
    runs: Sequence[ScoreMatrix],
    differing: Callable[[StoredRun, StoredRun], set[str]],
) -> tuple[tuple[ChangedTexts | None, ...], tuple[Caution, ...]]:
    """Return how many texts of each new run changed, None where there are none, and what that must be read with.

    Parameters
    ----------
    runs
        Aligned, the base first.
    differing
        Returns the properties, by their codes, in which two runs are known to differ.
    """
    texts = [_texts(store, head, run) for head, run in zip(heads, runs, strict=True)]
    cautions = []
    changed: list[ChangedTexts | None] = []
    for first, second in combinations(range(len(runs)), 2):
        found = _changed(texts[first], texts[second], runs[second].label)
        if first == 0:
            changed.append(found)
        names = differing(heads[first], heads[second])
        if names and names <= ARITHMETIC:
            continue
        if found is None:
            # Of runs with texts these decide, also where no completion has one in both.
            no_texts = not texts[first].there.any() and not texts[second].there.any()
            cautions += _same_verdicts(runs[first], runs[second]) if no_texts else []
            continue
        short = min(texts[first].length, texts[second].length) < SHORT
        greedy = all(head.spec.get("decoding", {}).get("temperature") == 0 for head in (heads[first], heads[second]))
        caution = _caution(found, runs[first].label, short=short, adapter=names == {"adapter"} and greedy)
        cautions += [] if caution is None else [caution]
    cautions += [c for own, run in zip(texts, runs, strict=True) if (c := _identical(own, run.label)) is not None]
    return tuple(changed), tuple(cautions)


def _texts(store: Store, head: StoredRun, run: ScoreMatrix) -> _Texts:
    found = queries.text_hashes(store.connection, head.run_id)
    row_of = {name: row for row, name in enumerate(run.problem_ids)} if found else {}
    rows = [row for row in found if row[0] in row_of]
    shape = (run.n_problems, max((index for _, index, _, _ in rows), default=0) + 1)
    hashes, there = np.zeros(shape, dtype=np.uint64), np.zeros(shape, dtype=np.bool_)
    if rows:
        names, indices, values, lengths = zip(*rows, strict=True)
        at = np.array([row_of[name] for name in names]), np.array(indices)
        hashes[at], there[at] = np.array(values, dtype=np.uint64), True
    return _Texts(hashes, there, float(np.median(lengths)) if rows else 0.0)


def _changed(first: _Texts, second: _Texts, label: str) -> ChangedTexts | None:
    k = min(first.there.shape[1], second.there.shape[1])
    both = first.there[:, :k] & second.there[:, :k]
    n = int(both.sum())
    if not n:
        return None
    return ChangedTexts(label, n, int((both & (first.hashes[:, :k] != second.hashes[:, :k])).sum()))


def _caution(found: ChangedTexts, base: str, *, short: bool, adapter: bool) -> Caution | None:
    if found.n_changed == 0 and adapter:
        text = tr(
            "The adapter of {new} changes none of the {n} texts of {base} under greedy decoding: either its "
            "weights do nothing, or it was not used.",
            new=found.label,
            base=base,
            n=f"{found.n_compared:,}",
        )
        return Caution("no effect", text)
    if found.n_changed == 0:
        text = tr(
            "All {n} texts of {new} are those of {base}: these may be one run under two names.",
            new=found.label,
            base=base,
            n=f"{found.n_compared:,}",
        )
        return Caution("same texts", text)
    if found.n_changed <= NEARLY * found.n_compared and not short:
        text = tr(
            "Only {k} of {n} texts of {new} differ from those of {base}: these may be almost the same run.",
            new=found.label,
            base=base,
            k=f"{found.n_changed:,}",
            n=f"{found.n_compared:,}",
        )
        return Caution("same texts", text)
    return None


def same_verdicts(runs: Sequence[ScoreMatrix]) -> tuple[Caution, ...]:
    """Return the cautions that two of `runs`, which have no texts, have the same verdicts, right and wrong ones."""
    return tuple(c for first, second in combinations(runs, 2) for c in _same_verdicts(first, second))


def _same_verdicts(base: ScoreMatrix, new: ScoreMatrix) -> list[Caution]:
    values = [run.correct if run.scores is None else run.scores for run in (base, new)]
    there = base.present
    if base.n_problems < FEW or not np.array_equal(there, new.present):
        return []
    if not np.array_equal(values[0][there], values[1][there]) or np.unique(values[0][there]).size < 2:
        return []
    text = tr(
        "All {n} verdicts of {new} are those of {base}, and there are no texts to compare: these may be one run under "
        "two names.",
        base=base.label,
        new=new.label,
        n=f"{int(there.sum()):,}",
    )
    return [Caution("same texts", text)]


def _identical(texts: _Texts, label: str) -> Caution | None:
    """Return the caution that the completions of a problem are one text, in all or nearly all problems."""
    several = texts.there.sum(axis=1) > 1
    n = int(several.sum())
    if not n:
        return None
    hashes, there = texts.hashes[several], texts.there[several]
    first = hashes[np.arange(n), there.argmax(axis=1)]
    same = int((~there | (hashes == first[:, None])).all(axis=1).sum())
    if same < n and (same < (1 - NEARLY) * n or texts.length < SHORT):
        return None
    text = tr(
        "For {same} of {n} problems, all {k} completions of {label} are the same text, which says no more than "
        "one would. Was the temperature 0?",
        k=int(there.sum(axis=1).max()),
        label=label,
        same=f"{same:,}",
        n=f"{n:,}",
    )
    return Caution("identical completions", text)
