"""Tokens of texts whose files do not say how many they have, and what was truncated where the limit is known.

A text that is cut into tokens again need not give those that the model made, and a stop string is gone from it. So a
text that reaches the limit is taken for truncated, one that stays clearly below it for ended; what lies between is not
decided.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from evalsuite.records import StopReason
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow

__all__ = ["counted"]

DETAIL = "counted"
"""Stands beside a stop reason that follows from a count: nobody recorded it."""
BETWEEN = 0.02
"""Share of the limit within which a counted text below it may be one that reached it."""
LEFT_OPEN = (
    "why a completion ended",
    "why completions ended",
    "how many tokens a completion has",
    "how many tokens it has",
)


def counted(run: ForeignRun, options: ReadOptions) -> ForeignRun:
    """Return the run with tokens counted and the limit given, as far as the files do not say them."""
    if options.count is None and options.cap is None:
        return run
    counting = _Counting(run, options.count, options.cap)
    unknown = tuple(words for words in run.unknown if options.count is None or words not in LEFT_OPEN)
    return replace(run, rows=counting.rows, unknown=unknown, noticed=counting.notes)


@dataclass(slots=True)
class _Counting:
    run: ForeignRun
    count: Callable[[str], int] | None
    cap: int | None
    n: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterator[ResultRow]:
        self.n.clear()
        for row in self.run.rows():
            yield self._with_tokens(row) if row.missing is None else row

    def notes(self) -> Sequence[str]:
        before = tuple(self.run.noticed()) if self.run.noticed else ()
        found = []
        if self.n["counted"]:
            found.append(f"tokens of {self.n['counted']} texts counted with --tokenizer")
        if self.n["limited"]:
            cut, open_ones = self.n["cut"], self.n["open"]
            words = f"{cut} of {self.n['limited']} texts reach the limit of tokens and are taken for truncated"
            found.append(words + (f", {open_ones} lie just below it and stay undecided" if open_ones else ""))
        elif self.n["counted"]:
            found.append("no limit of tokens is known, so what was truncated stays unknown: give it with --cap")
        return (*before, *found)

    def _with_tokens(self, row: ResultRow) -> ResultRow:
        cap = self.cap if row.cap is None else row.cap
        n_tokens, exact = row.n_tokens, row.n_tokens is not None
        if n_tokens is None and row.completion is not None and self.count is not None:
            n_tokens = self.count(row.completion)
            self.n["counted"] += 1
        row = replace(row, cap=cap, n_tokens=n_tokens)
        if row.stop_reason is not StopReason.UNKNOWN or n_tokens is None or cap is None:
            return row
        self.n["limited"] += 1
        if n_tokens >= cap:
            self.n["cut"] += 1
            return replace(row, stop_reason=StopReason.LENGTH, stop_detail=DETAIL)
        if not exact and n_tokens >= cap - max(2, BETWEEN * cap):
            self.n["open"] += 1
            return row
        return replace(row, stop_reason=StopReason.STOP, stop_detail=DETAIL)
