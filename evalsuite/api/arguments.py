"""What all functions of the Python API do with their arguments: check levels, and speak of them by their Python names.

The library below words its advice for the command line; here a flag is a keyword.
"""

import re
from types import TracebackType
from typing import get_args

import numpy as np

from evalsuite.errors import ComparisonError, EvalsuiteError, InputError
from evalsuite.settings import PairBy
from evalsuite.stats.decision import check_level

__all__ = ["PythonWords", "check_alpha", "check_number", "check_pair_by", "check_share"]

RENAMED = {"id": "id_column=", "correct": "correct_column="}
SWITCHES = (
    "replace",
    "with-extensions",
    "only-shared",
    "allow-unfinished",
    "without-cap",
    "paired-seeds",
    "drop-duplicates",
)
VALUED = re.compile(r"(?<![\w-])--pair-by (content|id|question)")
COLUMN = re.compile(r"(?<![\w-])--column ([a-z_]+)=([^\s,;.]*)")
FLAG = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")


class PythonWords:
    """Within its block errors name keywords, not flags; runs that do not pair are a matter of the arguments.

    A class and no generator, whose frames would stand in every traceback.

    Examples
    --------
    >>> with PythonWords():
    ...     raise InputError("compare only the shared ones with --only-shared")
    Traceback (most recent call last):
    evalsuite.errors.InputError: compare only the shared ones with only_shared=True
    """

    def __enter__(self) -> None:
        return

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, EvalsuiteError):
            kind = InputError if isinstance(error, ComparisonError) else type(error)
            # The chain would show the same message twice, once in the words of another program.
            said = VALUED.sub(r'pair_by="\1"', str(error))
            said = COLUMN.sub(r'columns={"\1": "\2"}', said)
            raise kind(FLAG.sub(_keyword, said)) from None


def check_alpha(alpha: float) -> None:
    """Refuse a level that no verdict can have.

    Raises
    ------
    InputError
        It is 1/2 or more, or not above 0.
    """
    check_number("alpha", alpha)
    try:
        check_level(alpha)
    except ValueError as error:
        raise InputError(str(error)) from error


def check_number(name: str, value: object, *, whole: bool = False) -> None:
    """Refuse what is no number, such as text from a form or a file.

    Raises
    ------
    InputError
        It is no number, or no whole one where `whole`.
    """
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise InputError(f"{name} must be a {'whole ' if whole else ''}number, got {value!r:.40}")


def check_pair_by(pair_by: object) -> None:
    """Refuse what problems cannot be paired by.

    Raises
    ------
    InputError
        It is none of the choices.
    """
    if pair_by is not None and pair_by not in get_args(PairBy):
        raise InputError(f"pair_by must be one of {', '.join(get_args(PairBy))}, got {pair_by!r:.40}")


def check_share(name: str, value: float) -> None:
    """Refuse a level, margin or power that is no share.

    Raises
    ------
    InputError
        It does not lie strictly between 0 and 1.
    """
    check_number(name, value)
    if not 0 < value < 1:
        raise InputError(f"{name} must lie between 0 and 1, such as 0.05 for 5%, got {value!r}")


def _keyword(flag: re.Match[str]) -> str:
    name = flag[1].replace("-", "_")
    if name in RENAMED:
        return RENAMED[name]
    return f"{name}=True" if flag[1] in SWITCHES else f"{name}="
