"""Stores with planted results, made through the import that users have."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evalsuite.store.imports.results_file import import_file
from evalsuite.store.store import Store


@contextmanager
def store_with(folder: Path, *, base: Sequence[int], new: Sequence[int], completions: int = 1) -> Iterator[Store]:
    """Yield a reader of a store with the runs "base" and "new": right completions of each problem."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "runs.duckdb"
    with Store.writer(path) as store:
        for label, successes in (("base", base), ("new", new)):
            rows = [
                {"problem_id": f"p{i}", "completion_index": k, "correct": k < right, "stop_reason": "stop"}
                for i, right in enumerate(successes)
                for k in range(completions)
            ]
            file = folder / f"{label}.jsonl"
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            import_file(store, file, label=label)
    with Store.reader(path) as store:
        yield store
