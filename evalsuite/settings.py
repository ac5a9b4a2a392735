"""What a user can set for a run, with defaults. Standard library only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "DEFAULT_STORE",
    "ApiName",
    "ComparisonSettings",
    "Dtype",
    "EngineName",
    "ExtensionSettings",
    "FailIf",
    "LanguageCode",
    "PairBy",
    "ReadSettings",
    "RunSettings",
    "SeedOptions",
]

DEFAULT_STORE = Path("data/runs/evalsuite.duckdb")

LanguageCode = Literal["en", "zh"]
"""Languages of a page's own words."""

EngineName = Literal["transformers", "vllm", "server"]
"""What runs the model; see `evalsuite.generation.engines`."""

ApiName = Literal["chat", "completions"]
"""How a server is asked: with messages, or with the text or the tokens of the prompt."""

Dtype = Literal["auto", "float32", "bfloat16", "float16"]

FailIf = Literal["loss", "gain", "unresolved", "not-gain", "not-equivalent", "not-noninferior"]
"""What makes a comparison fail in CI; the last three fail unless that verdict or claim is shown."""


PairBy = Literal["content", "id", "question"]
"""What makes two problems of different runs one."""


@dataclass(frozen=True, slots=True)
class ComparisonSettings:
    """How stored runs are compared."""

    alpha: float = 0.05
    """Level of the verdicts, over all comparisons of the call together."""

    margin: float | None = None
    """Equivalence margin as a share, such as 0.02; state it before the runs are made."""

    grader: str | None = None
    """Whose verdict counts in every run; each run's primary grader if not given."""

    only_shared: bool = False
    """Compare only the problems that every run has."""

    allow_unfinished: bool = False
    """Use what there is of unfinished runs; the answer says how much is missing."""

    without_cap: bool = False
    """Ask about the accuracy had every completion finished, not about the accuracy at the token limit."""

    pair_by: PairBy | None = None
    """What makes two problems one: content (question and gold answer), the id, or the question alone. If not given, the
    content where every run knows its questions, else the id, and what contradicts itself is refused."""

    drop_duplicates: bool = False
    """Leave out problems that occur more than once in a run, instead of pairing them in order."""


@dataclass(frozen=True, slots=True)
class SeedOptions:
    """Stored runs by arm, one run a training seed."""

    base: tuple[str, ...] = ()
    """A run of the base; repeat it for each training seed. With --new, instead of labels without a flag."""

    new: tuple[str, ...] = ()
    """A run of the new recipe; repeat it for each training seed."""

    paired_seeds: bool = False
    """The runs of both arms share their training seeds, in the order given."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How somebody's files are read, where they do not say it themselves."""

    id: str | None = None
    """Of files: the column that names the problems."""

    correct: str | None = None
    """Of files: the column that says which rows are right."""

    column: tuple[str, ...] = ()
    """Of files: ours=theirs, such as gold=truth; ours= leaves a column unread. May be repeated."""

    group_by: str | None = None
    """Of files: the column whose values are the runs of a long table, such as model."""

    score_range: tuple[float, float] | None = None
    """Of files: LOW HIGH, the lowest and the highest score possible, which makes scores of partial credit readable."""

    max_unpacked: float | None = None
    """Of packed files and Parquet: gigabytes that each may unpack to; 1, or 100 times the file, if not given."""
    tokenizer: str | None = None
    """Of files: what counts the tokens of texts: a tokenizer.json, a folder with one, a hub id, or smollm2 (needs the
    extra models)."""

    task: str | None = None
    """Of files: the only task to read, such as gsm8k, where a folder holds several."""

    step: int | None = None
    """Of files of a training: the only step to read, where each step is a run."""

    cap: int | None = None
    """Of files: the limit of new tokens where they do not say it; texts that reach it count as truncated."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One run: a model under a prompt, a decoding and a problem set."""

    model: str = "smollm2"
    """Hub id, folder with .safetensors files, or smollm2 (needs no hub)."""

    adapter: str | None = None
    """LoRA adapter: hub id or folder."""

    label: str | None = None
    """Name of the run in tables; made from the settings if not given."""

    problems: str = "gsm8k"
    """gsm8k, gsm8k/train, generated[/train][:steps=1-2][:seed=0][:n=1000], gsm8k-platinum, gsm-plus[/testmini],
    gsm-symbolic[/p1|/p2], svamp, asdiv, multiarith, mgsm[/de], aime-2024, aime-2025,
    hf:owner/name[@revision][:config][:split], or a JSONL, Parquet, CSV or TSV file."""

    problems_path: Path | None = None
    """Where GSM8K or the published set lies: a folder with its files, or one file."""

    question_column: str | None = None
    """Of a file or hf: data set; question, problem or prompt if not given."""

    answer_column: str | None = None
    """Column of the right answer, a number or a solution that ends in #### number."""

    id_column: str | None = None
    """Column that names the problems; their numbers if not given."""

    cluster_column: str | None = None
    """Column of what makes problems dependent, such as the template they were made from."""

    allow_changed_data: bool = False
    """Accept a GSM8K whose content is not the known one, or a published set with another number of rows."""

    order: Literal["seed", "file"] = "seed"
    """Take the problems as shuffled by --seed, or as they stand in the file."""

    seed: int = 42
    """Seed of the problem order."""

    limit: int | None = None
    """Evaluate only the first so many problems of the order."""

    draws: int | None = None
    """Evaluate this many seeded subsets of --limit problems each (seeds --seed, --seed + 1, ...)."""

    template: str = "tutorial"
    """tutorial, plain, fewshot-K, gsm8k-fewshot-K, or a template file such as mine.toml."""

    stop: tuple[str, ...] = ()
    """A text that ends a completion, \\n for a line end; may be given several times, or come from a template file."""

    max_new_tokens: int = 300
    """Token limit of a completion."""

    temperature: float = 0.0
    """0 is greedy decoding."""

    top_p: float = 1.0
    """Nucleus of sampling; has no effect on greedy decoding."""

    sampling_seed: int = 0
    """Seed of sampling; has no effect on greedy decoding."""

    completions: int = 1
    """Completions per problem."""

    grader: str = "boxed"
    """Whose verdict is the run's score: boxed, strict, last_number, phrase, tagged, tutorial, or one that mirrors
    another program, such as lm_eval_strict. boxed, strict, last_number and tutorial are always stored."""

    answer_pattern: str | None = None
    """RE2 pattern whose last match, or its first group, is the answer, in place of --grader."""

    engine: EngineName = "transformers"
    """What runs the model: transformers or vllm in this process, or a server that speaks OpenAI's protocol."""

    server_url: str | None = None
    """Where the server listens, such as http://127.0.0.1:8000."""

    api: ApiName = "chat"
    """Of the server: chat sends messages, completions sends the text, or with --tokenizer the tokens, of the prompt."""

    tokenizer: str | None = None
    """Of a served model: hub id, folder or smollm2. Renders chats for --api completions and counts tokens."""

    api_key_env: str = "OPENAI_API_KEY"
    """Environment variable that holds the server's key; it is sent, never stored or shown."""

    concurrency: int = 64
    """Most requests at the server at a time; fewer while it refuses or is late."""

    request_timeout: float = 600.0
    """Seconds after which a request counts as lost."""

    logprobs: bool = False
    """Record the log-probability of every token, where the server gives them."""

    dtype: Dtype = "auto"
    """auto is bfloat16 where the device computes it natively; a server has its own."""

    batch_size: int = 128
    """Most completions decoded together, also by vllm, which a GPU may want more of; of a server, stored together."""

    batch_tokens: int = 65_536
    """Most tokens in a batch: rows times (longest prompt + cap)."""


@dataclass(frozen=True, slots=True)
class ExtensionSettings:
    """How a stored run is continued at a larger token limit; all else is that of the run."""

    max_new_tokens: int
    """The new token limit."""

    label: str | None = None
    """Name of the new run in tables; the run's own with the new token limit if not given."""

    model: str | None = None
    """Where the run's model lies now, if it has moved."""

    adapter: str | None = None
    """Where the run's adapter lies now, if it has moved."""

    server_url: str | None = None
    """Where the run's server listens now, if it has moved."""

    batch_size: int | None = None
    """Most completions decoded together; as the run had it if not given."""

    batch_tokens: int | None = None
    """Most tokens in a batch; as the run had it if not given."""
