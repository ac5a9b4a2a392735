"""Two engines on stores where their disagreement was planted, and where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words
from planted import Planted, boxed, planted

from analyses import engines
from analyses.catalogue import find
from analyses.runs.pairing import pair_runs
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.store.store import Store

N = 100


@contextmanager
def two_engines(folder: Path, one: list[list[str]], other: list[list[str]], *, tokens: bool = True) -> Iterator[Store]:
    """Yield a reader of runs `a` by transformers and `b` by a server, which tells tokens or does not."""
    with planted(folder, {"a": Planted(one, weights="w"), "b": Planted(other, weights="v")}):
        pass
    with Store.writer(folder / "runs.duckdb") as store:
        for label, spec in (
            ("a", '"engine": "transformers", "dtype": "bfloat16", "weights_fingerprint": "w"'),
            ("b", '"engine": "server", "dtype": "not recorded", "weights_fingerprint": "unverified:v", '
             '"serving": {"api": "chat", "tokenizer_fingerprint": null}'),
        ):  # fmt: skip
            store.connection.execute(
                "UPDATE runs SET spec = json_merge_patch(spec, ?) WHERE label = ?", ["{" + spec + "}", label]
            )
        if not tokens:
            store.connection.execute(
                "UPDATE completions SET token_ids = NULL WHERE run_id = (SELECT run_id FROM runs WHERE label = 'b')"
            )
    with Store.reader(folder / "runs.duckdb") as store:
        yield store


def checked(found: Findings) -> Findings:
    assert not forbidden_words(" ".join((found.sentence, *found.notes, *(t.note for t in found.tables))))
    return found


def texts(right: np.ndarray) -> list[list[str]]:
    return [[boxed(i, right=bool(r))] for i, r in enumerate(right)]


def test_a_planted_difference_is_seen(tmp_path: Path) -> None:
    right = np.arange(N) < 60
    worse = right & (np.arange(N) >= 20)  # 20 right answers are lost, none is won
    with two_engines(tmp_path, texts(right), texts(worse)) as store:
        found = checked(engines.analyse(store, ("a", "b")))
    table = found.table("engines")
    for label in ("text", "tokens", "verdict"):
        assert table.record(label=label)["equal"] == 80
        assert table.record(label=label)["value"] == pytest.approx(0.8)
    assert found.verdict.kind == "resolved loss"
    assert found.estimates["difference_b"].high < 0
    assert found.estimates["verdicts"].low < 0.8 < found.estimates["verdicts"].high < 0.9
    assert any("the first that does is number" in note for note in found.notes)
    assert "unverified" in " ".join(found.notes)


def test_no_difference_is_seen_where_there_is_none(tmp_path: Path) -> None:
    right = np.arange(N) < 60
    with two_engines(tmp_path, texts(right), texts(right)) as store:
        found = checked(engines.analyse(store, ("a", "b")))
    assert {found.table("engines").record(label=label)["equal"] for label in ("text", "tokens", "verdict")} == {N}
    assert found.estimates["texts"].value == 1
    assert found.estimates["texts"].low > 0.95
    assert found.verdict.kind in ("unresolved", "cannot resolve by design")
    assert found.estimates["difference_b"].value == 0
    assert found.cautions == ()


def test_differences_that_cancel_are_disagreement_but_no_difference_in_accuracy(tmp_path: Path) -> None:
    right = np.arange(N) < 50
    swapped = right.copy()
    swapped[45:50], swapped[50:55] = False, True
    with two_engines(tmp_path, texts(right), texts(swapped)) as store:
        found = checked(engines.analyse(store, ("a", "b")))
    assert found.table("engines").record(label="verdict")["equal"] == 90
    assert found.estimates["difference_b"].value == 0
    assert found.verdict.kind == "unresolved"


def test_what_a_server_does_not_tell_is_not_compared(tmp_path: Path) -> None:
    right = np.arange(N) < 60
    with two_engines(tmp_path, texts(right), texts(right), tokens=False) as store:
        found = checked(engines.analyse(store, ("a", "b")))
    row = found.table("engines").record(label="tokens")
    assert (row["n"], row["value"]) == (0, None)
    assert "Not recorded by both runs, so not compared: tokens." in found.notes
    assert "tokens" not in found.estimates


def test_a_comparison_of_different_engines_says_so_first(tmp_path: Path) -> None:
    right = np.arange(N) < 60
    with two_engines(tmp_path, texts(right), texts(right & (np.arange(N) >= 20))) as store:
        runs = pair_runs(store, ["a", "b"])
    (caution,) = [c for c in runs.cautions if c.kind == "engine"]
    assert "a: transformers; b: server" in caution.text
    assert runs.unknown == ("dtype",), "what the server does not say is neither equal nor different"


def test_other_than_two_runs_are_refused() -> None:
    with pytest.raises(InputError, match="needs a store and two runs of one model; got none"):
        engines.analyse(None)
    assert find("engines").takes == "runs"
