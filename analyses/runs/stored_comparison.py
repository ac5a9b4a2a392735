"""Stored runs against their base, as every door shows them: paired, with looks and majority votes, and judged."""

from collections.abc import Sequence

from analyses.runs.against_base import RunComparison, compare_runs
from analyses.runs.looks import with_looks
from analyses.runs.pairing import pair_runs
from analyses.runs.votes import with_votes
from evalsuite.settings import ComparisonSettings
from evalsuite.store.store import Store

__all__ = ["compare_stored"]


def compare_stored(
    store: Store,
    names: Sequence[str],
    settings: ComparisonSettings,
    *,
    all_pairs: bool = False,
    shorten: bool = False,
    family_size: int | None = None,
) -> RunComparison:
    """Compare stored runs with the first of them.

    Parameters
    ----------
    names
        Labels or ids, the base first.
    all_pairs, family_size
        As in `against_base.compare_runs`.
    shorten
        As in `pairing.pair_runs`.

    Raises
    ------
    ComparisonError
        The runs cannot be paired.
    """
    runs = pair_runs(
        store,
        names,
        grader=settings.grader,
        only_shared=settings.only_shared,
        allow_unfinished=settings.allow_unfinished,
        pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates,
        shorten=shorten,
        partial_credit=True,
    )
    runs = with_votes(
        store, with_looks(store, runs, grader=settings.grader, all_pairs=all_pairs), grader=settings.grader
    )
    return compare_runs(
        runs,
        alpha=settings.alpha,
        margin=settings.margin,
        without_cap=settings.without_cap,
        all_pairs=all_pairs,
        family_size=family_size,
    )
