"""Stores of runs with tokens and a tokenizer, so that a cap can be put where one likes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from evalsuite.grading.graders import GRADERS
from evalsuite.records import Completion, Decoding, Problem, Replicate, RunSpec, StopReason
from evalsuite.store.store import GradedCompletion, Store, StoredRun


@dataclass(frozen=True)
class Run:
    """Whole texts of each problem; a text of more bytes than the cap is cut there. Every byte is a token."""

    texts: Sequence[Sequence[str]]
    cap: int
    weights: str = "w"
    parent: str | None = None
    replicate: Replicate | None = None
    details: dict[str, Any] = field(default_factory=dict)


def byte_tokenizer() -> Tokenizer:
    """Return a tokenizer whose tokens are bytes."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def problem(i: int, template: str | None = None) -> Problem:
    return Problem(f"p/{i}", f"What is {i} + 2?", f"{i} + 2 = {i + 2}\n#### {i + 2}", Fraction(i + 2), template)


def answer(i: int, *, length: int, right: bool = True) -> str:
    """Return a text of `length` characters that ends in a box and does not repeat itself."""
    box = f"\\boxed{{{i + 2 + (not right)}}}"
    words = " ".join(str(k * k) for k in range(length))
    return words[: length - len(box)] + box


@contextmanager
def cut_store(folder: Path, runs: Mapping[str, Run], *, templates: Sequence[str] | None = None) -> Iterator[Store]:
    """Yield a reader of a store with `runs` by label, cut and graded."""
    path = folder / "runs.duckdb"
    tokenizer = byte_tokenizer()
    ids: dict[str, str] = {}
    with Store.writer(path) as store:
        name = store.add_tokenizer(tokenizer.to_str())
        for label, run in runs.items():
            asked = [problem(i, templates[i] if templates else None) for i in range(len(run.texts))]
            spec = RunSpec(
                model="m", weights_fingerprint=run.weights, adapter=None, adapter_fingerprint=None, template="t",
                template_fingerprint="t", decoding=Decoding(max_new_tokens=run.cap), dataset="sums",
                dataset_hash="sums", order="file", engine="bytes", dtype="none", replicate=run.replicate,
            )  # fmt: skip
            ids[label] = spec.run_id
            n = max(len(own) for own in run.texts)
            parent = None if run.parent is None else ids[run.parent]
            store.add_run(
                StoredRun(
                    spec.run_id, label, "generated", spec.as_dict(), "sums", "boxed", n, run.details, parent, name
                ),
                asked,
                [],
            )
            store.add_completions(
                [
                    _cut(tokenizer, spec, p, k, text)
                    for p, own in zip(asked, run.texts, strict=True)
                    for k, text in enumerate(own)
                ]
            )
    with Store.reader(path) as store:
        yield store


def _cut(tokenizer: Tokenizer, spec: RunSpec, p: Problem, index: int, whole: str) -> GradedCompletion:
    cap = spec.decoding.max_new_tokens
    tokens = tuple(tokenizer.encode(whole).ids)
    cut = len(tokens) > cap
    tokens = tokens[:cap]
    text = whole[:cap]  # the texts here are ASCII
    completion = Completion(
        run_id=spec.run_id, problem_id=p.problem_id, completion_index=index, prompt_hash="h", text=text,
        token_ids=tokens, n_tokens=len(tokens), stop_reason=StopReason.LENGTH if cut else StopReason.STOP,
        cap=cap, seed=None, engine=spec.engine, dtype=spec.dtype, batch_hash="b",
    )  # fmt: skip
    return GradedCompletion(completion, tuple(g.grade(text, p.gold, p.solution) for g in GRADERS))
