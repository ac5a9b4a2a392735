"""The card of the shipped adapter: every number of it out of the stored runs beside it.

The plan of the experiment stands in PLAN.md, the evidence in ``evidence``
(an archive of runs and trainings); the card is README.md in the same folder and is the same, byte for byte, each time.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyses.runs.pairing import pair_runs
from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair, verdict_pvalue
from evalsuite.errors import EvalsuiteError
from evalsuite.files import write_whole
from evalsuite.store import queries
from evalsuite.store.restore import read_archive
from evalsuite.store.runs import find_run, run_status
from evalsuite.store.store import Store
from evalsuite.store.trainings import TrainingCompletion, find_training, training_completions, training_heads
from evalsuite.wording import numbers
from evalsuite.wording.two_runs import sentence
from evalsuite.wording.verdicts import verdict_label

__all__ = ["card", "check_card", "write_card"]

ENDPOINTS = (
    ("base-kinds", "grpo-seed1-kinds", "SFT + GRPO against base, new kinds of problems"),
    ("sft-kinds", "grpo-seed1-kinds", "SFT + GRPO against SFT, new kinds of problems"),
    ("random-seed1-kinds", "grpo-seed1-kinds", "SFT + GRPO against a random reward, new kinds of problems"),
    ("base-gsm8k", "grpo-seed1-gsm8k", "SFT + GRPO against base, GSM8K"),
)
"""The confirmatory ones of the plan: base run, new run, name."""
FURTHER = (
    ("base-numbers", "grpo-seed1-numbers", "SFT + GRPO against base, new numbers"),
    ("sft-numbers", "grpo-seed1-numbers", "SFT + GRPO against SFT, new numbers"),
)
SETS = {"kinds": "new kinds of problems", "numbers": "new numbers", "gsm8k": "GSM8K"}
REPORTED, LENIENT = "boxed", "last_number"


@dataclass(frozen=True, slots=True)
class _Endpoint:
    name: str
    compared: TwoRunComparison
    pvalue: float
    adjusted: float | None


def write_card(folder: Path) -> Path:
    """Write ``<folder>/README.md`` from the evidence and return its path."""
    path = folder / "README.md"
    write_whole(path, card(folder))
    return path


def check_card(folder: Path) -> Path:
    """Return the path of the card.

    Raises
    ------
    EvalsuiteError
        The card is not what the evidence says.
    """
    path = folder / "README.md"
    if not path.is_file() or path.read_text(encoding="utf-8") != card(folder):
        raise EvalsuiteError(f"{path} does not say what the evidence says: run evalsuite adapter-card {folder}")
    return path


def card(folder: Path) -> str:
    """Return the text of the card from the archive in ``<folder>/evidence``."""
    with tempfile.TemporaryDirectory() as scratch, Store.writer(Path(scratch) / "evidence.duckdb") as store:
        read_archive(store, folder / "evidence")
        stored = {h["label"] for h in queries.run_heads(store.connection)}
        confirmatory = _endpoints(store, [e for e in ENDPOINTS if {e[0], e[1]} <= stored], REPORTED, adjust=True)
        missing = [name for base, new, name in ENDPOINTS if not {base, new} <= stored]
        described = [e for e in (*ENDPOINTS, *FURTHER) if {e[0], e[1]} <= stored]
        further = [e for e in FURTHER if {e[0], e[1]} <= stored]
        parts = [
            _heading(store),
            _answer(confirmatory, missing),
            _sharing(store, described),
            _table_of_endpoints("Confirmatory endpoints (grader `boxed`, cap 300, Holm over them)", confirmatory),
            _table_of_endpoints("New numbers (grader `boxed`, descriptive)", _endpoints(store, further, REPORTED)),
            _table_of_endpoints(
                "Solving apart from the format (grader `last_number`, descriptive)",
                _endpoints(store, described, LENIENT),
            ),
            _arms(store, sorted(stored)),
            _trainings(store),
            _limits(store),
        ]
    return "\n\n".join(parts) + "\n"


def _endpoints(
    store: Store, rows: Sequence[tuple[str, str, str]], grader: str, *, adjust: bool = False
) -> list[_Endpoint]:
    pairs = [pair_runs(store, [base, new], grader=grader).scores for base, new, _ in rows]
    compared = [compare_pair(base, new) for base, new in pairs]
    if adjust:
        compared = list(adjust_family(compared))
    return [_Endpoint(row[2], c, verdict_pvalue(c), c.adjusted_pvalue) for row, c in zip(rows, compared, strict=True)]


def _heading(store: Store) -> str:
    head = find_training(store, "grpo-seed1")
    return (
        "# SmolLM2-135M-Instruct, SFT and GRPO on generated word problems\n\n"
        f"A LoRA adapter for {head.details['model']}, trained on two CPU cores. It is shipped as a case to test "
        "`evalsuite` on, not as a good model. Every number below is written by `evalsuite adapter-card` "
        "from the stored runs in `evidence`; what was to be measured was written down before in [PLAN.md](PLAN.md).\n\n"
        '    evalsuite run --model smollm2 --adapter data/adapters/smollm2-grpo --problems "generated:steps=1-2"'
    )


def _answer(endpoints: Sequence[_Endpoint], missing: Sequence[str]) -> str:
    lines = [f"- {e.name}: **{verdict_label(e.compared.verdict)}**. {sentence(e.compared)}" for e in endpoints]
    lines += [f"- {name}: not measured." for name in missing]
    return "## What it shows\n\n" + "\n".join(lines)


def _sharing(store: Store, rows: Sequence[tuple[str, str, str]]) -> str:
    """Say how much of each difference is there without asking for a box, and how much is not."""
    lines = [
        "## Format or solving?",
        "",
        "The grader `last_number` asks for no box and for no clean end. What it sees of a difference is solving; what "
        "only `boxed` sees is format and stopping.",
        "",
        "| comparison | boxed | of it solving | of it format and stopping |",
        "|---|---|---|---|",
    ]
    strict, lenient = (_endpoints(store, rows, grader) for grader in (REPORTED, LENIENT))
    for boxed, free in zip(strict, lenient, strict=True):
        whole, solving = boxed.compared.difference.value, free.compared.difference.value
        lines.append(
            f"| {boxed.name} | {numbers.points(whole)} | {numbers.points(solving)} | "
            f"{numbers.points(whole - solving)} |"
        )
    return "\n".join(lines)


def _table_of_endpoints(title: str, endpoints: Sequence[_Endpoint]) -> str:
    lines = [
        f"## {title}",
        "",
        "| comparison | base | new | difference | 95% interval | p | adjusted p | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for e in endpoints:
        difference = e.compared.difference
        lines.append(
            f"| {e.name} | {numbers.percent(e.compared.base.value)} | "
            f"{numbers.percent(e.compared.new.value)} | {numbers.points(difference.value)} | "
            f"{numbers.points_interval(difference.low, difference.high)} | {numbers.pvalue(e.pvalue)} | "
            f"{'' if e.adjusted is None else numbers.pvalue(e.adjusted)} | {verdict_label(e.compared.verdict)} |"
        )
    return "\n".join(lines)


def _arms(store: Store, labels: Sequence[str]) -> str:
    lines = [
        "## Every run",
        "",
        "The gain of a format shows in the column *in a box*, that of stopping in *cut*, that of solving in "
        "*last number right*.",
        "",
        "| run | problems | boxed right | in a box | last number right | cut | tokens, mean |",
        "|---|---|---|---|---|---|---|",
    ]
    for label in labels:
        head = find_run(store, label)
        verdicts = {g["grader"]: g for g in queries.graders(store.connection, head.run_id)}
        status = run_status(store, head.run_id)
        lengths = [r["n_tokens"] for r in queries.stored_lengths(store.connection, head.run_id)]
        n = verdicts[REPORTED]["n_graded"]
        lines.append(
            f"| {label} | {n} | {_share(verdicts[REPORTED]['n_correct'], n)} | "
            f"{_share(n - verdicts[REPORTED]['n_no_answer'], n)} | {_share(verdicts[LENIENT]['n_correct'], n)} | "
            f"{_share(status['n_truncated'], n)} | {sum(lengths) / n:.0f} |"
        )
    return "\n".join(lines)


def _share(k: int, n: int) -> str:
    return f"{k} ({numbers.percent(k / n)})"


def _trainings(store: Store) -> str:
    lines = [
        "## How it was trained",
        "",
        "| training | method | steps | problems | seed | minutes | groups with spread | right, first and last third |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for head in training_heads(store):
        file = head.config["file"]["training"]
        rows = training_completions(store, head.training_id)
        lines.append(
            f"| {head.label} | {head.method} | {head.details.get('steps', '')} | {file['problems']} | {file['seed']} | "
            f"{head.details.get('seconds_of_last_call', 0) / 60:.0f} | {_spread(rows)} | {_thirds(rows)} |"
        )
    versions = find_training(store, "grpo-seed1").details["versions"]
    named = ", ".join(f"{name} {versions[name]}" for name in ("torch", "transformers", "trl", "peft", "python"))
    lines += [
        "",
        f"Versions: {named}. Configurations: `smollm2-sft.toml`, `smollm2-grpo.toml` and `smollm2-random.toml` of "
        "`data/configs`; every resolved value is stored with the trainings in `evidence`. Each step and each sampled "
        "completion is there too: `evalsuite restore data/adapters/smollm2-grpo/evidence`, then "
        "`evalsuite analyse training_signal grpo-seed1`.",
    ]
    return "\n".join(lines)


def _spread(rows: Sequence[TrainingCompletion]) -> str:
    groups: dict[tuple[int, int], set[float | None]] = {}
    for c in rows:
        groups.setdefault((c.step, c.group_index), set()).add(c.reward)
    return f"{sum(len(rewards) > 1 for rewards in groups.values())} of {len(groups)}" if groups else ""


def _thirds(rows: Sequence[TrainingCompletion]) -> str:
    if not rows:
        return ""
    steps = sorted({c.step for c in rows})
    third = max(1, len(steps) // 3)
    shares = []
    for chosen in (set(steps[:third]), set(steps[-third:])):
        own = [c for c in rows if c.step in chosen]
        shares.append(f"{sum(c.outcome == 'correct' for c in own)} of {len(own)}")
    return ", ".join(shares)


def _limits(store: Store) -> str:
    seeds = [h.label for h in training_heads(store) if h.label.startswith("grpo-seed")]
    many = len(seeds) > 1
    lines = [
        "## Limits",
        "",
        (
            f"- {len(seeds)} seeds of GRPO from one SFT adapter ({', '.join(seeds)}): the spread of the SFT is unknown."
            if many
            else "- One training seed, where the plan had three: the time did not suffice. The noise of the training "
            "seed is unknown, so every statement is about this checkpoint and none about the recipe."
        ),
        "- Nine templates of held-out problems are few groups; the intervals over them are wide for that reason.",
        "- The weights are 4-bit ones, de-quantised; the original checkpoint may behave otherwise.",
        "- The runs were made before the base model's folder was replaced by its name in `adapter_config.json`, so "
        "their fingerprint of the adapter is another one; the weights are the same bytes.",
        "- GSM8K texts are not part of this repository: its runs keep verdicts, lengths and reasons of stopping only.",
    ]
    return "\n".join(lines)
