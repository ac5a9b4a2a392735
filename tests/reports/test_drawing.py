"""Pictures are the same whether one process draws them or several, and errors come back from either."""

import threading
from dataclasses import replace

import pytest

from evalsuite.findings import Figure, Findings
from evalsuite.wording.language import language
from reports import drawing as module
from reports.answer import jobs
from reports.drawing import pictures


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two processes draw, however many this machine has."""
    monkeypatch.setattr(module, "_processes", lambda: 2)


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_processes", lambda: 1)


@pytest.mark.parametrize("name", ["en", "zh"])
@pytest.mark.usefixtures("two")
def test_several_processes_draw_the_same_bytes_as_one(
    small: Findings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    wanted = jobs(small, "a1")
    assert len(wanted) > module.FEW
    with language(name):
        several = pictures(wanted)
        alone(monkeypatch)
        assert pictures(wanted) == several
    assert set(several) == {key for key, _, _ in wanted}


@pytest.mark.usefixtures("two")
def test_a_figure_that_cannot_be_drawn_is_an_error_in_either(small: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = jobs(small, "a1")
    key, figure, table = wanted[-1]
    wanted[-1] = (key, Figure(figure.name, "no such kind", "t", "d", table.name), table)
    with pytest.raises(ValueError, match="no such kind"):
        pictures(wanted)
    alone(monkeypatch)
    with pytest.raises(ValueError, match="no such kind"):
        pictures(wanted)


def test_nothing_is_forked_beside_another_thread() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert module._processes() == 1
    finally:
        done.set()
        thread.join()


def test_figures_without_rows_are_not_drawn(small: Findings) -> None:
    empty = replace(small, tables=tuple(replace(table, rows=()) for table in small.tables))
    assert jobs(empty, "a1") == []
    assert pictures([]) == {}
