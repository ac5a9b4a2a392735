"""The number of threads: measured once, what the user set stays, and a run keeps what it began with."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from evalsuite.evaluation.pipeline import Watcher
from evalsuite.evaluation.run import execute, prepare
from evalsuite.generation import threads
from evalsuite.generation.threads import SET_BY_USER, fastest, seconds_with, settle
from evalsuite.settings import RunSettings
from evalsuite.store import queries
from evalsuite.store.store import Store


@pytest.fixture(autouse=True)
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in SET_BY_USER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(threads, "_settled", [])
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("slower", "expected"), [(0.5, 2), (1.9, 2), (2.1, 1), (30.0, 1)])
def test_one_thread_is_taken_where_it_is_clearly_faster(slower: float, expected: int) -> None:
    assert fastest(2, lambda n: 0.001 * (slower if n == 2 else 1.0)) == expected


def test_a_burst_of_other_work_in_one_round_decides_nothing() -> None:
    times = iter([0.05, 0.001, *[0.0005, 0.001] * 20])
    assert fastest(2, lambda _: next(times)) == 2


def test_a_measurement_stops_where_every_round_takes_long() -> None:
    rounds: list[int] = []
    assert fastest(2, lambda n: rounds.append(n) or (1.0 if n == 2 else 0.1)) == 1
    assert rounds == [2, 1, 2, 1]


@pytest.mark.parametrize("name", SET_BY_USER)
def test_what_the_user_set_stays(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "2")
    monkeypatch.setattr(threads, "seconds_with", lambda n: 1.0 if n == 2 else 0.01)
    assert settle() == 2


def test_a_process_measures_once_and_a_run_keeps_what_it_began_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "seconds_with", lambda n: 1.0 if n == 2 else 0.01)
    assert settle() == 1
    monkeypatch.setattr(threads, "seconds_with", lambda n: 0.01 if n == 2 else 1.0)
    assert settle() == 1, "all arms of an experiment compute alike"
    assert settle(recorded=2) == torch.get_num_threads() == 2


def test_a_run_that_goes_on_computes_with_the_threads_that_it_recorded(tiny_model: Path, tmp_path: Path) -> None:
    settings = RunSettings(
        model=str(tiny_model), problems="generated:n=4", order="file", max_new_tokens=4, batch_size=2
    )
    with Store.writer(tmp_path / "s.duckdb") as store:
        threads._settled[:] = [1]
        execute(prepare(replace(settings, limit=2)), store, watcher=Watcher(), sources={})
        assert queries.run_heads(store.connection)[0]["details"]["engine"]["threads"] == "1"
        threads._settled[:] = [2]
        execute(prepare(settings), store, watcher=Watcher(), sources={})
        assert torch.get_num_threads() == 1
        execute(prepare(replace(settings, max_new_tokens=5)), store, watcher=Watcher(), sources={})
        assert torch.get_num_threads() == 2, "another run is free to choose"


def test_real_products_are_timed() -> None:
    assert 0 < seconds_with(1) < 60
    assert fastest(2) in (1, 2)
