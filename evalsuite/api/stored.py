"""A store opened from Python: its runs, completions and grades as pandas frames."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from evalsuite.api.arguments import PythonWords
from evalsuite.api.display import table_html
from evalsuite.errors import InputError
from evalsuite.store import queries
from evalsuite.store.runs import find_run
from evalsuite.store.store import Store

__all__ = ["OpenStore", "open_store", "reading"]

OVERVIEW = ("label", "primary_grader", "n_problems", "n_done", "n_planned", "n_correct", "n_truncated")
"""Columns of the list of runs that a person reads first."""


class OpenStore:
    """A store that is open for reading, until `close` or the end of its ``with`` block.

    While it is open no other process can write to the file.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self.store.path

    def runs(self) -> pd.DataFrame:
        """Return one row a run, oldest first.

        Columns: label, run_id, source, primary_grader, n_problems, n_planned, n_done, n_correct (by the primary
        grader), n_truncated, n_unknown_stop, n_run_on, n_completions, dataset_hash, parent_run_id, created_at, spec,
        details, tags.
        """
        columns = [
            "label", "run_id", "source", "primary_grader", "n_problems", "n_planned", "n_done", "n_correct",
            "n_truncated", "n_unknown_stop", "n_run_on", "n_completions", "dataset_hash", "parent_run_id", "created_at",
            "spec", "details", "tags",
        ]  # fmt: skip
        return pd.DataFrame(queries.run_overview(self.store.connection), columns=columns)

    def completions(self, run: str) -> pd.DataFrame:
        """Return one row a completion of `run` (label or id), in the order of its problems.

        Columns: problem_id, completion_index, text, n_tokens, stop_reason, cap, seed, token_ids, prompt_hash, engine,
        dtype, batch_hash.

        Raises
        ------
        InputError
            There is no such run; the message lists the labels there are.
        """
        columns = [
            "problem_id", "completion_index", "text", "n_tokens", "stop_reason", "cap", "seed", "token_ids",
            "prompt_hash", "engine", "dtype", "batch_hash",
        ]  # fmt: skip
        return pd.DataFrame(queries.stored_completions(self.store.connection, self._run_id(run)), columns=columns)

    def grades(self, run: str, *, grader: str | None = None) -> pd.DataFrame:
        """Return one row a completion and grader of `run` (label or id), in the order of its problems.

        Columns: problem_id, completion_index, grader, grader_version, outcome, extracted, score, score_range (both
        missing for verdicts), correct. The rows of one grader can be given to `evalsuite.compare`.

        Parameters
        ----------
        grader
            Only the verdicts of this grader.

        Raises
        ------
        InputError
            There is no such run, or this grader has not graded it; the message lists what there is.
        """
        columns = [
            "problem_id",
            "completion_index",
            "grader",
            "grader_version",
            "outcome",
            "extracted",
            "score",
            "score_range",
        ]
        frame = pd.DataFrame(queries.grades(self.store.connection, self._run_id(run)), columns=columns)
        frame["correct"] = frame["outcome"] == "correct"
        if grader is None:
            return frame
        graders = sorted(set(frame["grader"]))
        if grader not in graders:
            raise InputError(f"run {run!r} has no verdicts of a grader {grader!r}: choose from {', '.join(graders)}")
        return frame[frame["grader"] == grader].reset_index(drop=True)

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.__exit__(kind, error, trace)

    def __repr__(self) -> str:
        return f"<store {self.path}>"

    def _repr_html_(self) -> str:
        frame = self.runs()[list(OVERVIEW)]
        rows = [[str(cell) for cell in row] for row in frame.itertuples(index=False)]
        return table_html(f"Runs of {self.path}", OVERVIEW, rows, numeric=OVERVIEW[2:])

    def _run_id(self, run: str) -> str:
        with PythonWords():
            return find_run(self.store, run).run_id


def open_store(path: str | Path) -> OpenStore:
    """Open the store at `path` for reading.

    Raises
    ------
    InputError, StoreError
        There is no file, another process writes to it, or it is no store.

    Examples
    --------
    >>> with open_store("runs.duckdb") as store:  # doctest: +SKIP
    ...     store.runs()[["label", "n_problems", "n_correct"]]
    """
    with PythonWords():
        return OpenStore(Store.reader(Path(path)))


@contextmanager
def reading(store: str | Path | OpenStore | None) -> Iterator[Store | None]:
    """Yield the store that a caller named: opened and closed here where it is a path, as it is where it is open."""
    if store is None or isinstance(store, OpenStore):
        yield None if store is None else store.store
    else:
        with Store.reader(Path(store)) as opened:
            yield opened
