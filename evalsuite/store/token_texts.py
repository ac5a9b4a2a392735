"""Stored texts beside what the stored tokenizer makes of the stored tokens: a text that was changed shows."""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from evalsuite.errors import ExtraMissingError
from evalsuite.extras import load
from evalsuite.records import digest
from evalsuite.store import queries

__all__ = ["wrong_texts"]

N_ROWS = 10_000
ENGINES = ("transformers", "vllm")
"""Servers may decode otherwise than the tokenizer that is stored with their runs."""


def wrong_texts(connection: duckdb.DuckDBPyConnection, not_checked: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each completion whose text is not that of its tokens, with that of its tokens.

    A completion has run_id, problem_id, completion_index and text. What cannot be checked is added to `not_checked`.
    """
    heads = [h for h in queries.run_heads(connection) if h["spec"].get("engine") in ENGINES and h["tokenizer_hash"]]
    known = dict(connection.execute("SELECT tokenizer_hash, content FROM tokenizers").fetchall())
    heads = [h for h in heads if digest(known.get(h["tokenizer_hash"], ""))[:16] == h["tokenizer_hash"]]
    if not heads:
        return
    try:
        tokenizers = load("tokenizers", "Comparing texts with their tokens")
    except ExtraMissingError:
        not_checked.append("texts against their tokens: the package tokenizers is not installed")
        return
    for head in heads:
        tokenizer = tokenizers.Tokenizer.from_str(known[head["tokenizer_hash"]])
        stop = bool((head["spec"].get("decoding") or {}).get("stop"))
        found, n = _of_run(connection, head["run_id"], tokenizer, stop=stop)
        if found and len(found) == n:
            not_checked.append(f"the texts of {head['label']}: its tokenizer does not decode as its engine did")
            continue
        yield from found


def _of_run(
    connection: duckdb.DuckDBPyConnection, run_id: str, tokenizer: Any, *, stop: bool
) -> tuple[Sequence[tuple[dict[str, Any], str]], int]:
    """Return the completions of a run whose text is another, and how many were looked at."""
    result = connection.cursor().execute(
        "SELECT run_id, problem_id, completion_index, text, token_ids FROM completions "
        "WHERE run_id = ? AND text IS NOT NULL AND token_ids IS NOT NULL",
        [run_id],
    )
    names = [column[0] for column in result.description or ()]
    found, n = [], 0
    while rows := result.fetchmany(N_ROWS):
        n += len(rows)
        decoded = tokenizer.decode_batch([row[-1] for row in rows], skip_special_tokens=True)
        for row, text in zip(rows, decoded, strict=True):
            # A stop string and what its last token brought beyond it are cut off.
            if row[3] != text and not (stop and text.startswith(row[3])):
                found.append((dict(zip(names[:-1], row[:-1], strict=True)), text))
    return found, n
