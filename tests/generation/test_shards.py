"""Shards: what a worker wrote is read again exactly, a half-written file is none, a damaged one is named."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import InputError, StoreError
from evalsuite.generation.cluster.generator import _taken
from evalsuite.generation.cluster.shards import ShardFolder
from evalsuite.generation.cluster.worker import make_all_possible
from evalsuite.generation.generator import Generated, Request
from evalsuite.records import Decoding, StopReason

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
RESULTS = st.lists(
    st.builds(
        Generated,
        token_ids=st.lists(st.integers(0, 2**31 - 1), max_size=5).map(tuple),
        text=TEXTS,
        stop_reason=st.sampled_from(StopReason),
        batch_hash=st.just("abc"),
        stop_detail=st.none() | TEXTS,
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(results=RESULTS, by_address=st.booleans())
def test_a_shard_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, results: list[Generated], by_address: bool
) -> None:
    path = tmp_path_factory.mktemp("shards")
    folder = ShardFolder(path.as_uri() if by_address else str(path), "r1")
    requests = [Request(f"p\n{i}é", i, (1,), 0) for i in range(len(results))]
    assert folder.names() == frozenset()
    folder.write("one", requests, results)
    assert folder.names() == {"one"}
    keys = [(r.problem_id, r.completion_index) for r in requests]
    assert folder.read("one") == dict(zip(keys, results, strict=True))


def written(tmp_path: Path) -> tuple[ShardFolder, Path]:
    folder = ShardFolder(str(tmp_path), "r1")
    folder.write("one", [Request("p", 0, (1,), 0)], [Generated((1, 2), "t", StopReason.STOP, "b")])
    return folder, tmp_path / "r1" / "one.parquet"


def test_a_file_that_is_not_whole_is_none(tmp_path: Path) -> None:
    folder, file = written(tmp_path)
    file.rename(file.with_name("two.0123.partial"))
    assert folder.names() == frozenset()


@pytest.mark.parametrize("kept", [0, 10, -1])
def test_a_damaged_shard_is_named_with_what_to_do(tmp_path: Path, kept: int) -> None:
    folder, file = written(tmp_path)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"one\.parquet cannot be read.*Delete this file; the same command makes"):
        folder.read("one")


def test_a_shard_of_another_run_is_not_taken_in(tmp_path: Path) -> None:
    _, file = written(tmp_path)
    (tmp_path / "r2").mkdir()
    file.rename(tmp_path / "r2" / file.name)
    with pytest.raises(InputError, match="belongs to run r1"):
        ShardFolder(str(tmp_path), "r2").read("one")


def test_where_nothing_can_be_written_or_found_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    requests, results = [Request("p", 0, (1,), 0)], [Generated((1,), "t", StopReason.STOP, "b")]
    with pytest.raises(StoreError, match="cannot write a shard"):
        ShardFolder(str(tmp_path / "file"), "r").write("one", requests, results)
    with pytest.raises(InputError, match="no folder and no address"):
        ShardFolder("nowhere://bucket", "r").names()


def test_of_a_shard_only_what_is_wanted_is_taken_and_once() -> None:
    wanted = {("p0", 0): Request("p0", 0, (1,), 0), ("p1", 0): Request("p1", 0, (1,), 0)}
    shard = {key: Generated((1,), key[0], StopReason.STOP, "b") for key in (("p0", 0), ("older plan", 0))}
    assert [(r.problem_id, made.text) for r, made in _taken(shard, wanted)] == [("p0", "p0")]
    assert list(wanted) == [("p1", 0)]
    assert _taken(shard, wanted) == []


class Poisoned:
    """Raises for every batch that holds one of the bad problems."""

    def __init__(self, bad: set[str]) -> None:
        self.bad = bad

    def generate(self, requests: list[Request], *_: object) -> list[Generated]:
        if self.bad & {r.problem_id for r in requests}:
            raise ValueError("a token that the model does not have")
        return [Generated((1,), r.problem_id, StopReason.STOP, "b") for r in requests]


@given(bad=st.sets(st.integers(0, 8)))
def test_a_bad_row_takes_no_other_with_it(bad: set[int]) -> None:
    requests = [Request(f"p{i}", 0, (1,), 0) for i in range(9)]
    errors: list[str] = []
    made = make_all_possible(Poisoned({f"p{i}" for i in bad}), requests, Decoding(4), errors)  # type: ignore[arg-type]
    assert [r.problem_id for r, _ in made] == [f"p{i}" for i in range(9) if i not in bad]
    assert all(result.text == request.problem_id for request, result in made)
    assert errors == [f"p{i} (0): ValueError: a token that the model does not have" for i in sorted(bad)]
