"""The documents of ``evalsuite doctor`` and ``evalsuite bench``: what works on this machine, and how fast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from evalsuite.documents.document import Document

__all__ = [
    "Benchmark",
    "Check",
    "DecodingFloor",
    "GenerationSpeed",
    "MachineExamination",
    "StatisticsSpeed",
    "TimeShares",
]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination.

    Attributes
    ----------
    name, status
        What was examined, and how it stands: ``optional`` is missing and not always needed.
    detail, advice
        What there is, and what to do about it; the advice may be empty.
    """

    name: str
    status: Literal["ok", "optional", "conflict", "missing"]
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineExamination(Document):
    """What works on this machine.

    Attributes
    ----------
    checks
        Most important first.
    """

    SCHEMA: ClassVar[str] = "evalsuite.doctor/1"

    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class StatisticsSpeed:
    """Times of the statistics, and their ratios to scipy's bootstrap of the same data.

    Attributes
    ----------
    full_comparison_1319x8_seconds
        A whole comparison of 1,319 problems with 8 completions each.
    exact_bootstrap_seconds, scipy_bca_over_exact_bootstrap
        The exact bootstrap of a paired table, and how many times as long scipy takes.
    problems_resampled_whole_k8_seconds, scipy_bca_over_problems_resampled_whole_k8
        The bootstrap over problems with 8 completions, and how many times as long scipy takes.
    templates_resampled_whole_k8_seconds, scipy_bca_without_templates_over_templates_resampled_whole_k8
        The bootstrap over problem templates, and how many times as long scipy takes, which knows no templates.
    compare_from_counts_process_seconds
        The command `evalsuite compare --counts` with the start of Python.
    same_interval
        Both intervals of the same data, ``evalsuite`` and ``scipy``, as ``[low, high]``.
    """

    full_comparison_1319x8_seconds: float
    exact_bootstrap_seconds: float
    scipy_bca_over_exact_bootstrap: float
    problems_resampled_whole_k8_seconds: float
    scipy_bca_over_problems_resampled_whole_k8: float
    templates_resampled_whole_k8_seconds: float
    scipy_bca_without_templates_over_templates_resampled_whole_k8: float
    compare_from_counts_process_seconds: float
    same_interval: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class SizeSpeed:
    """Time and memory of commands on many made-up results, by command, each with the start of Python.

    Attributes
    ----------
    n_rows, n_texts
        Verdicts that are imported and compared, and texts that are imported and graded.
    cpu_seconds
        Seconds of the processor, user and system together.
    rows_per_cpu_second
        Rows, of a comparison those of both files, in a second of the processor.
    peak_memory_mb
        Most memory that the process held, in millions of bytes.
    """

    n_rows: int
    n_texts: int
    cpu_seconds: Mapping[str, float]
    rows_per_cpu_second: Mapping[str, float]
    peak_memory_mb: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ProblemsPerMinute:
    """Speed of generation.

    Attributes
    ----------
    loop, loop_float32
        One problem at a time, in the number format of the run and in float32.
    raw_batches, evalsuite_run
        Plain batches, and a run with grading and storage: one entry a round.
    """

    loop: float
    loop_float32: float
    raw_batches: tuple[float, ...]
    evalsuite_run: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class UsefulRowSteps:
    """Share of the row-steps that made a token of a completion: work that the load of the machine does not move.

    A row-step is one row in one pass of the model that makes the next token of every row; the rows of a batch that have
    ended make none. Guessed tokens are counted apart.

    Attributes
    ----------
    raw_batches, evalsuite_run
        Plain batches, and a run; null where every completion ended with its first token.
    """

    raw_batches: float | None
    evalsuite_run: float | None


@dataclass(frozen=True, slots=True)
class GuessedTokens:
    """Tokens that a run guessed from what was written before, so that one pass of the model makes several.

    Attributes
    ----------
    tried, right
        Guesses that the model was run over, and those that it would have written.
    """

    tried: int
    right: int


@dataclass(frozen=True, slots=True)
class TimeShares:
    """Shares of the time of all operations in decoding, which sum to 1; the time between operations is not in them.

    Attributes
    ----------
    matrix_products, attention, other
        By kind of operation.
    """

    matrix_products: float
    attention: float
    other: float


@dataclass(frozen=True, slots=True)
class DecodingFloor:
    """How near a run comes to the arithmetic that it cannot do without: two operations a parameter and token.

    Attributes
    ----------
    tokens_per_second
        Of the run, in its fastest round, with grading and storage.
    parameters
        Of the model.
    matrix_operations_per_second
        What this machine reaches with large matrices in the run's number format.
    share_of_floor
        Tokens per second × 2 × parameters ÷ that rate: 1 would be a machine that does nothing else.
    time
        Where the time goes, in one batch of at most 64 tokens a completion.
    """

    tokens_per_second: float
    parameters: int
    matrix_operations_per_second: float
    share_of_floor: float
    time: TimeShares


@dataclass(frozen=True, slots=True)
class RunAgainstRaw:
    """Problems on which a run gives something else than plain batches, which sum in another order.

    Attributes
    ----------
    texts, outcomes
        With another text, and with another outcome of the grader.
    """

    texts: int
    outcomes: int


@dataclass(frozen=True, slots=True)
class GenerationSpeed:
    """Speed of generation, side by side in one process.

    Attributes
    ----------
    problems
        Problems of the batches.
    dtype
        Number format of the run.
    raw_batch_size
        Of the plain batches: the fastest of those tried.
    problems_per_minute
        By way of decoding.
    run_over_loop, run_over_loop_float32
        The run's median speed over that of each loop.
    run_over_raw
        The run's speed over that of plain batches, by round.
    differences
        Of the first round.
    useful_row_steps
        Shares of the work of decoding that made tokens.
    guessed_tokens
        Of the first round.
    floor
        What the run would take if it did nothing but the products that it cannot do without.
    peak_memory_gib
        Largest resident memory of the process.
    engine
        Engine, libraries and device.
    """

    problems: int
    dtype: str
    raw_batch_size: int
    problems_per_minute: ProblemsPerMinute
    run_over_loop: float
    run_over_loop_float32: float
    run_over_raw: tuple[float, ...]
    differences: RunAgainstRaw
    useful_row_steps: UsefulRowSteps
    guessed_tokens: GuessedTokens
    floor: DecodingFloor
    peak_memory_gib: float
    engine: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark(Document):
    """Speed, measured side by side in one process.

    Attributes
    ----------
    statistics
        Of the statistics.
    generation
        Of generation; null where no model was loaded.
    size
        Of commands on many results; null where that was not asked for, and then alone.
    """

    SCHEMA: ClassVar[str] = "evalsuite.bench/1"

    statistics: StatisticsSpeed | None
    generation: GenerationSpeed | None
    size: SizeSpeed | None = None
