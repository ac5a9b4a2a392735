"""What all functions of the Python API do with their arguments: check levels, and speak of them by their Python names.

The library below words its advice for the command line; here a flag is a keyword.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from evalsuite.errors import ComparisonError, EvalsuiteError, InputError

__all__ = ["check_share", "python_words"]

SWITCHES = ("only-shared", "allow-unfinished", "without-cap")
FLAG = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")


@contextmanager
def python_words() -> Iterator[None]:
    """Name keywords, not flags, in the errors raised within; runs that do not pair are a matter of the arguments.

    Examples
    --------
    >>> with python_words():
    ...     raise InputError("compare only the shared ones with --only-shared")
    Traceback (most recent call last):
    evalsuite.errors.InputError: compare only the shared ones with only_shared=True
    """
    try:
        yield
    except EvalsuiteError as error:
        kind = InputError if isinstance(error, ComparisonError) else type(error)
        # The chain would show the same message twice, once in the words of another program.
        raise kind(FLAG.sub(_keyword, str(error))) from None


def check_share(name: str, value: float) -> None:
    """Refuse a level, margin or power that is no share.

    Raises
    ------
    InputError
        It does not lie strictly between 0 and 1.
    """
    if not 0 < value < 1:
        raise InputError(f"{name} must lie between 0 and 1, such as 0.05 for 5%, got {value!r}")


def _keyword(flag: re.Match[str]) -> str:
    name = flag[1].replace("-", "_")
    return f"{name}=True" if flag[1] in SWITCHES else f"{name}="
