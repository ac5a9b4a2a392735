"""What did the smaller token limit cost? A run against itself continued at a larger one.

Only completions that the smaller limit truncated can differ.
"""

from dataclasses import dataclass

from analyses.runs.against_base import compare_runs
from analyses.runs.pairing import pair_runs
from evalsuite.comparison.pair import TwoRunComparison
from evalsuite.errors import InputError
from evalsuite.store import queries
from evalsuite.store.runs import run_status
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["Change", "TokenLimitGain", "extension_of", "token_limit_gain"]


@dataclass(frozen=True, slots=True)
class Change:
    """A completion whose verdict the larger token limit changed: what was read before and after."""

    problem_id: str
    completion_index: int
    before: str
    after: str
    read_before: str | None
    read_after: str | None
    n_tokens: int | None


@dataclass(frozen=True, slots=True)
class TokenLimitGain:
    """The paired cost of the smaller token limit.

    Attributes
    ----------
    parent, child
        Labels of the run and of the run that continues it.
    base_token_limit, new_token_limit
        Token limits.
    comparison
        The run at the larger limit against the run at the smaller one.
    gains, losses
        Completions that became right, and that were right when truncated and became wrong.
    n_continued, n_still_truncated
        Completions that the smaller limit had truncated, and that the larger one truncated again.
    """

    parent: str
    child: str
    base_token_limit: int
    new_token_limit: int
    comparison: TwoRunComparison
    gains: tuple[Change, ...]
    losses: tuple[Change, ...]
    n_continued: int
    n_still_truncated: int

    @property
    def pvalue(self) -> float:
        """Two-sided p-value of the cost: exact McNemar, or that of the bounded mean."""
        return self.comparison.verdict_pvalue

    @property
    def sentence(self) -> str:
        """The cost in words."""
        e = self.comparison.difference
        error = e.nominal_error
        still = (
            tr(
                " {n_still_truncated} are truncated again at {new_token_limit}.",
                n_still_truncated=numbers.count(self.n_still_truncated),
                new_token_limit=self.new_token_limit,
            )
            if self.n_still_truncated
            else ""
        )
        return tr(
            "Raising the limit from {base_token_limit} to {new_token_limit} tokens changes the accuracy of "
            "{parent} by {value}, {level}% CI {limits} (of {n_continued} completions continued, {n_gains} gained "
            "and {n_losses} lost; {pvalue}).{still}",
            base_token_limit=self.base_token_limit,
            new_token_limit=self.new_token_limit,
            parent=self.parent,
            value=numbers.points(e.value, error),
            level=numbers.level(e.confidence_level),
            limits=numbers.points_interval(e.low, e.high, error),
            n_gains=len(self.gains),
            n_losses=len(self.losses),
            n_continued=numbers.count(self.n_continued),
            pvalue=numbers.pvalue(self.pvalue),
            still=still,
        )


def extension_of(store: Store, head: StoredRun) -> str | None:
    """Return the label of the finished run at the largest token limit that continues `head`, None without one."""
    extensions = [
        (int(row["spec"]["decoding"]["max_new_tokens"]), str(row["label"]))
        for row in queries.run_heads(store.connection)
        if row["parent_run_id"] == head.run_id and "extended_from" in row["details"]
        if _finished(run_status(store, row["run_id"]))
    ]
    return max(extensions)[1] if extensions else None


def _finished(status: dict[str, int]) -> bool:
    return status["n_done"] >= status["n_planned"]


def token_limit_gain(
    store: Store, parent: str, child: str, *, grader: str | None = None, alpha: float = 0.05
) -> TokenLimitGain:
    """Compare the run `child` with the run `parent` that it continues at a larger token limit.

    Raises
    ------
    InputError
        `child` does not continue `parent`.
    """
    runs = pair_runs(store, [parent, child], grader=grader, only_shared=True)
    smaller, larger = runs.heads
    if larger.parent_run_id != smaller.run_id or "extended_from" not in larger.details:
        raise InputError(f"run {larger.label} does not extend run {smaller.label}")
    before, after = (
        {(r["problem_id"], r["completion_index"]): r
         for r in queries.graded(store.connection, head.run_id, grader or head.primary_grader)}
        for head in runs.heads
    )  # fmt: skip
    gains: list[Change] = []
    losses: list[Change] = []
    for key, row in before.items():
        other = after[key]
        was, now = row["outcome"] == "correct", other["outcome"] == "correct"
        if was != now:
            (gains if now else losses).append(
                Change(*key, row["outcome"], other["outcome"], row["extracted"], other["extracted"], other["n_tokens"])
            )
    truncated = [key for key, row in before.items() if row["stop_reason"] == "length"]
    return TokenLimitGain(
        parent=smaller.label,
        child=larger.label,
        base_token_limit=smaller.spec["decoding"]["max_new_tokens"],
        new_token_limit=larger.spec["decoding"]["max_new_tokens"],
        comparison=compare_runs(runs, alpha=alpha).comparisons[0],
        gains=tuple(gains),
        losses=tuple(losses),
        n_continued=len(truncated),
        n_still_truncated=sum(after[key]["stop_reason"] == "length" for key in truncated),
    )
