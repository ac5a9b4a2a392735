"""Checks of what users type for levels, margins, training seeds and names of pages."""

import re
from collections.abc import Sequence

from evalsuite.comparison.parse import parse_counts
from evalsuite.errors import InputError
from evalsuite.settings import ComparisonSettings, SeedOptions
from evalsuite.stats.decision import check_level

__all__ = ["check_arms", "check_comparison", "check_page_name", "refuse_mixed_counts"]


def check_arms(names: Sequence[str], arms: SeedOptions) -> bool:
    """Tell whether the runs were given by arm, with --base and --new.

    Raises
    ------
    InputError
        Labels stand both with and without a flag, one arm is missing, or --paired-seeds has nothing to pair.
    """
    if not arms.base and not arms.new:
        if arms.paired_seeds:
            raise InputError("--paired-seeds needs the runs of both arms, given with --base and --new")
        return False
    if names:
        raise InputError(
            f"give the runs either in order ({' '.join(names)}) or with --base and --new, not both: the first form "
            "compares every run with the base, the second takes the runs of an arm as training seeds of one recipe"
        )
    if not arms.base or not arms.new:
        given, missing = ("--new", "--base") if arms.new else ("--base", "--new")
        raise InputError(f"{given} was given without {missing}: a comparison over training seeds needs both arms")
    return True


def check_comparison(settings: ComparisonSettings, *, stored: bool, paired: bool) -> None:
    """Refuse levels out of range, and options that would have no effect.

    Parameters
    ----------
    stored
        Whether stored runs are compared, and not numbers typed in.
    paired
        Whether it is known which problems each run solved.

    Raises
    ------
    InputError
        The message names the option.
    """
    _check_alpha(settings.alpha)
    if settings.margin is not None:
        # How wide the margin of stored runs may be depends on their scores; `check_margin` says so when they are read.
        if not stored or settings.margin <= 0:
            _check_share("margin", settings.margin)
        if not paired:
            raise InputError("--margin has no effect on --counts: equivalence needs to know how the runs pair")
    for name in ("grader", "only_shared", "allow_unfinished", "without_cap", "pair_by", "drop_duplicates"):
        if getattr(settings, name) and not stored:
            raise InputError(f"--{name.replace('_', '-')} needs stored runs; it has no effect on --table and --counts")


def refuse_mixed_counts(names: Sequence[str]) -> None:
    """Refuse scores beside other names, and more or fewer than two of them.

    Raises
    ------
    InputError
        The message says what counts leave open.
    """
    counts = [name for name in names if parse_counts(name)]
    if counts and len(counts) == len(names):
        raise InputError(f"scores are compared two at a time, such as 1/5 2/5, got {' '.join(names)}")
    if counts:
        raise InputError(
            f"{counts[0]} is a score and {next(n for n in names if n not in counts)} is not: a score does not say "
            "which problems were solved. Give scores for both, or the results by problem for both"
        )


def check_page_name(name: str) -> None:
    """Refuse a name that no page can have, before the answer is computed.

    Raises
    ------
    InputError
        It is empty or longer than 100, holds other characters than lower-case letters, digits, ``-`` and ``_``, or is
        ``index``.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,99}", name):
        raise InputError(
            f"--name takes up to 100 lower-case letters, digits, '-' and '_', got {name!r}; the folder is that of --out"
        )
    if name == "index":
        raise InputError("--name index is that of the list of pages; choose another")


def _check_alpha(alpha: float) -> None:
    try:
        check_level(alpha)
    except ValueError as error:
        raise InputError(f"--{error}") from error


def _check_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise InputError(f"--{name} must lie between 0 and 1, such as 0.05 for 5%, got {value:g}")
