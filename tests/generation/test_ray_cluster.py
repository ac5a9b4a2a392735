"""Runs on a real Ray cluster of two nodes on this machine: what it makes, and what is lost when parts of it die."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from s3_server import BUCKET, serving

from evalsuite.cli.app import run_command
from evalsuite.generation.cluster.shards import ShardFolder
from evalsuite.store.store import Store

ray = pytest.importorskip("ray", reason="Ray is not installed: `nox -s cluster` runs these tests")
pytestmark = pytest.mark.cluster

N_PROBLEMS, BATCH_SIZE = 40, 4


@pytest.fixture
def object_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a folder in an S3 server; what is needed to reach it is in the environment of nodes started later."""
    (tmp_path / "s3").mkdir()
    with serving(tmp_path / "s3") as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        yield f"s3://{BUCKET}/runs"


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes of one CPU each, as processes of their own."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1)
        yield cluster
    finally:
        cluster.shutdown()


def flags(model: Path, store: Path) -> list[str]:
    problems = f"generated:n={N_PROBLEMS}"
    return ["run", "--model", str(model), "--problems", problems, "--max-new-tokens", "96", "--dtype", "float32",
            "--batch-size", str(BATCH_SIZE), "--label", "tiny", "--store", str(store)]  # fmt: skip


def start(arguments: list[str], cluster: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "evalsuite", *arguments, "--cluster", cluster.address, "--workers", "2", "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_shards(store: Path, n: int, process: subprocess.Popen[str]) -> None:
    wait_until(lambda: len(list(store.parent.glob(f"{store.name}.shards/*/*.parquet"))) >= n, process)


def wait_until(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 240
    while not there():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no shards"
        time.sleep(0.05)


def texts(path: Path) -> list[Any]:
    with Store.reader(path) as store:
        return store.connection.execute(
            "SELECT run_id, problem_id, completion_index, text, token_ids, stop_reason, outcome "
            "FROM completions JOIN grades USING (run_id, problem_id, completion_index) ORDER BY ALL"
        ).fetchall()


def rows_decoded(path: Path) -> int:
    with Store.reader(path) as store:
        ((n_rows,),) = store.connection.execute("SELECT sum(n_rows) FROM batches").fetchall()
    return int(n_rows)


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=400)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return json.loads(out)


def test_a_cluster_makes_the_run_that_one_machine_makes(tiny_model: Path, tmp_path: Path, two_nodes: Any) -> None:
    assert run_command(flags(tiny_model, tmp_path / "here.duckdb")) == 0
    made = finish(start(flags(tiny_model, tmp_path / "there.duckdb"), two_nodes))
    assert made["session"]["n_new"] == N_PROBLEMS
    assert texts(tmp_path / "there.duckdb") == texts(tmp_path / "here.duckdb")
    again = finish(start(flags(tiny_model, tmp_path / "there.duckdb"), two_nodes))
    assert again["session"]["n_new"] == 0


def test_a_node_that_dies_costs_time_and_nothing_else(tiny_model: Path, tmp_path: Path, two_nodes: Any) -> None:
    assert run_command(flags(tiny_model, tmp_path / "here.duckdb")) == 0
    store = tmp_path / "there.duckdb"
    process = start(flags(tiny_model, store), two_nodes)
    wait_for_shards(store, 2, process)
    two_nodes.remove_node(next(iter(two_nodes.worker_nodes)), allow_graceful=False)
    two_nodes.add_node(num_cpus=1)
    finish(process)
    assert texts(store) == texts(tmp_path / "here.duckdb")
    assert rows_decoded(store) == N_PROBLEMS, "nothing is stored twice"


def test_shards_in_an_object_storage_make_the_same_run_though_a_node_dies(
    tiny_model: Path, tmp_path: Path, object_storage: str, two_nodes: Any
) -> None:
    assert run_command(flags(tiny_model, tmp_path / "here.duckdb")) == 0
    store = tmp_path / "there.duckdb"
    process = start([*flags(tiny_model, store), "--shards", object_storage], two_nodes)
    run_id = texts(tmp_path / "here.duckdb")[0][0]
    wait_until(lambda: len(ShardFolder(object_storage, run_id).names()) >= 2, process)
    two_nodes.remove_node(next(iter(two_nodes.worker_nodes)), allow_graceful=False)
    two_nodes.add_node(num_cpus=1)
    finish(process)
    assert texts(store) == texts(tmp_path / "here.duckdb")
    assert rows_decoded(store) == N_PROBLEMS, "nothing is stored twice"
    assert not list(tmp_path.glob("*.shards")), "all shards are in the storage"


def test_a_killed_driver_loses_no_batch_that_a_worker_made(tiny_model: Path, tmp_path: Path, two_nodes: Any) -> None:
    assert run_command(flags(tiny_model, tmp_path / "here.duckdb")) == 0
    store = tmp_path / "there.duckdb"
    process = start(flags(tiny_model, store), two_nodes)
    wait_for_shards(store, 3, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    made = {path: path.stat().st_mtime_ns for path in store.parent.glob(f"{store.name}.shards/*/*.parquet")}
    finish(start(flags(tiny_model, store), two_nodes))
    assert texts(store) == texts(tmp_path / "here.duckdb")
    assert len(made) >= 3
    assert {path: path.stat().st_mtime_ns for path in made} == made, "no shard is made again"


def test_a_cluster_that_is_not_there_is_said(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_gcs_rpc_server_connect_timeout_s", "1")
    assert run_command([*flags(tiny_model, tmp_path / "s.duckdb"), "--cluster", "auto"]) == 2
    error = capsys.readouterr().err
    assert "no Ray cluster answers at 'auto'" in error
    assert "ray start --head" in error
