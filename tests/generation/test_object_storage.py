"""Shards in an object storage, a real S3 server on loopback: whole or not there, listed in full, refused in words."""

from collections.abc import Iterator

import pytest
from pyarrow import fs
from s3_server import BUCKET, SECRET, S3Server, serving

from evalsuite.errors import InputError, StoreError
from evalsuite.generation.cluster.shards import ShardFolder
from evalsuite.generation.generator import Generated, Request
from evalsuite.records import StopReason

pytestmark = pytest.mark.cluster
LOCATION = f"s3://{BUCKET}/runs/of-mine"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with serving(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def server(running: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    return running


def asked(n: int) -> list[Request]:
    return [Request(f"p/{i}", 0, (1,), 0) for i in range(n)]


def made(n: int) -> list[Generated]:
    return [Generated((1, i), f"text é {i}", StopReason.STOP, "b") for i in range(n)]


def test_a_shard_is_whole_there_or_not_there(server: S3Server) -> None:
    folder = ShardFolder(LOCATION, "r1")
    assert folder.names() == frozenset()
    assert not folder.has("one")
    folder.write("one", asked(3), made(3))
    assert folder.names() == {"one"}
    assert folder.has("one")
    assert list(folder.read("one").values()) == made(3)
    assert ShardFolder(LOCATION, "r2").names() == frozenset()
    files, path = folder._open()
    there = [info.base_name for info in files.get_file_info(fs.FileSelector(path, recursive=True))]
    assert there == ["one.parquet"], "nothing half-written"
    with files.open_output_stream(f"{path}/two.parquet") as stream:
        stream.write(b"PAR1 and no more")
    with pytest.raises(InputError, match=r"two\.parquet cannot be read.*Delete this file"):
        folder.read("two")
    files.delete_file(f"{path}/two.parquet")


def test_more_shards_than_a_list_has_on_a_page(server: S3Server) -> None:
    folder = ShardFolder(LOCATION, "many")
    files, path = folder._open()
    files.create_dir(path, recursive=True)
    for i in range(1050):
        with files.open_output_stream(f"{path}/{i}.parquet") as stream:
            stream.write(b"x")
    assert len(folder.names()) == 1050


def test_what_the_storage_refuses_is_said_and_no_key_with_it(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match=r"cannot write a shard to s3://elsewhere"):
        ShardFolder("s3://elsewhere/x", "r").write("one", asked(1), made(1))
    with pytest.raises(InputError, match="--shards holds a key: leave it out") as refused:
        ShardFolder(f"s3://key:{SECRET}@{BUCKET}/x", "r").names()
    assert SECRET not in str(refused.value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    for attempt in (lambda f: f.names(), lambda f: f.has("one"), lambda f: f.write("one", asked(1), made(1))):
        with pytest.raises(StoreError, match="shard"):
            attempt(ShardFolder(LOCATION, "r1"))
