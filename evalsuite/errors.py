"""Errors that a user can act on, each with the exit code of the command line.

A message says what is wrong, why, and what to do next. Programming mistakes stay ordinary
`ValueError` and `TypeError`; only conditions that a user or their machine causes live here.
"""

__all__ = [
    "ComparisonError",
    "DataUnavailableError",
    "EngineStoppedError",
    "EvalsuiteError",
    "ExtraMissingError",
    "GateNotMetError",
    "InputError",
    "ModelUnavailableError",
    "PairingError",
    "RunIncompleteError",
    "StoreError",
    "StoreLockedError",
    "StoreTooNewError",
]


class EvalsuiteError(Exception):
    """Base of every error whose message is meant for the user."""

    exit_code: int = 1


class InputError(EvalsuiteError):
    """An argument, a configuration value or an input file is not usable as given."""

    exit_code = 2


class DataUnavailableError(EvalsuiteError):
    """A data set is not to be had here, or is not the one it claims to be."""

    exit_code = 3


class ModelUnavailableError(EvalsuiteError):
    """Weights, adapter or tokenizer cannot be loaded here."""

    exit_code = 3


class ExtraMissingError(EvalsuiteError):
    """A package is missing that only an extra of this distribution installs."""

    exit_code = 3


class EngineStoppedError(EvalsuiteError):
    """An engine can make no more completions; what it made is stored. The message says why and what to do."""

    exit_code = 4


class RunIncompleteError(EvalsuiteError):
    """A run stopped before all its completions were made; the same command resumes it."""

    exit_code = 4


class StoreError(EvalsuiteError):
    """The DuckDB file is foreign, unreadable, from a newer version, or cannot be written."""

    exit_code = 5


class StoreTooNewError(StoreError):
    """The DuckDB file was made by a newer DuckDB: it is sound, but not to be read here."""


class StoreLockedError(StoreError):
    """Another process holds the DuckDB file, or the output folder of a training."""


class ComparisonError(EvalsuiteError):
    """Runs cannot be compared yet: unfinished, ungraded, or without a problem in common."""


class PairingError(ComparisonError):
    """The runs given do not pair: other problems under the same ids, or problems that not every run has."""

    exit_code = 2


class GateNotMetError(EvalsuiteError):
    """A condition given with ``--fail-if`` came true."""

    exit_code = 6
