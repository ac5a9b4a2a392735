"""What the base install does without the packages of the extras, and what it says where one is needed.

The nox session ``light`` runs this file in an environment that really lacks them. Elsewhere a finder that refuses them
stands first in every process that is started here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

import evalsuite as package
from evalsuite.extras import EXTRAS, load
from evalsuite.extras import require as require_extra

MODULES = sorted({module for modules in EXTRAS.values() for module in modules} | {"pyarrow", "safetensors"})
REFUSE = f"""
import sys
class Refuse:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {MODULES!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Refuse)
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two models on the same 60 problems, a training configuration, and the refusing start-up file."""
    folder = tmp_path_factory.mktemp("light")
    (folder / "sitecustomize.py").write_text(REFUSE)
    for label, right in (("base", 20), ("new", 40)):
        rows = [
            {
                "problem_id": f"q{i}",
                "question": f"What is {i} + {i}?",
                "gold": str(2 * i),
                "correct": i < right,
                "completion": f"It is {2 * i if i < right else i}.",
                "n_tokens": 10 + i,
                "stop_reason": "stop" if i % 9 else "length",
                "cap": 300,
            }
            for i in range(60)
        ]
        (folder / f"{label}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def python(folder: Path) -> Run:
    """Return a function that runs Python in the folder, without the packages of the extras."""
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    # Settings of whoever runs the tests, such as where GSM8K lies, are none of a new installation.
    plain = {key: value for key, value in os.environ.items() if not key.startswith("EVALSUITE_")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=plain | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def evalsuite(python: Run) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return python("-m", "evalsuite", *arguments)

    return run


@pytest.fixture(scope="module")
def stored(evalsuite: Run, folder: Path) -> Path:
    store = folder / "runs.duckdb"
    for label in ("base", "new"):
        done = evalsuite("import", f"{label}.jsonl", "--label", label, "--store", str(store))
        assert done.returncode == 0, done.stderr
    return store


def test_the_packages_of_the_extras_are_really_absent(python: Run) -> None:
    for module in MODULES:
        done = python("-c", f"import {module}")
        assert f"ModuleNotFoundError: No module named '{module}'" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "run --help",
        "compare --table 10 5 2 3",
        "compare --counts 1/5 2/5 --json",
        "plan --base 0.2 --new 0.4",
        "accuracy 1/5",
        "doctor",
        "compare base new --store runs.duckdb",
        "accuracy new --store runs.duckdb",
        "runs --store runs.duckdb",
        "show base --store runs.duckdb",
        "grade base --all-graders --store runs.duckdb",
        "export base base.parquet --store runs.duckdb",
        "archive archive base new --store runs.duckdb",
        "restore archive --store restored.duckdb",
        "analyse",
        "analyse significance 1/5 2/5",
        "bench --statistics-only",
        "analyse truncation base --store runs.duckdb",
        "analyse grader_agreement base --store runs.duckdb",
    ],
)
def test_the_base_suffices(evalsuite: Run, stored: Path, command: str) -> None:
    done = evalsuite(*command.split())
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


def test_the_base_writes_a_page_with_figures(evalsuite: Run, stored: Path, folder: Path) -> None:
    done = evalsuite("report", "base", "new", "--store", str(stored), "--out", "site")
    assert done.returncode == 0, done.stderr
    page = (folder / "site" / "comparison.html").read_text()
    assert "resolved gain" in page.lower()
    assert "<svg" in page


API = """
import sys
import evalsuite as es
assert not {"numpy", "pandas", "duckdb", "scipy"} & set(sys.modules)
print("resolved gain" in str(es.compare("base.jsonl", "new.jsonl").verdict))
with es.open_store("runs.duckdb") as store:
    print(sorted(store.runs()["label"]), len(store.completions("base")), len(store.grades("new")) >= 60)
print(es.accuracy("11/20").as_dict()["accuracy"], bool(es.plan(n=1319)))
"""


@pytest.mark.skipif(not hasattr(package, "compare"), reason="this version has no Python API")
def test_the_python_api_needs_no_extra(python: Run, stored: Path) -> None:
    done = python("-c", API)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["True", "['base', 'new'] 60 True", "0.55 True"]


RESOLVE = """
from pathlib import Path
from evalsuite.errors import DataUnavailableError
from evalsuite.problems.by_name import resolve
from evalsuite.training import rewards
print(len(resolve("generated:n=7").problems), len(resolve("problems.jsonl").problems))
print(resolve("gsm8k", path=Path("test.jsonl"), allow_changed=True).problems[0].gold)
print(rewards.boxed_reward([r"\\boxed{4}"], gold=["4"]))
try:
    resolve("gsm8k")
except DataUnavailableError as error:
    print(error)
"""


def test_problems_and_rewards_need_no_extra_but_the_hub_does(python: Run, folder: Path) -> None:
    (folder / "test.jsonl").write_text(json.dumps({"question": "2 + 2?", "answer": "2+2=<<2+2=4>>4\n#### 4"}) + "\n")
    (folder / "problems.jsonl").write_text(json.dumps({"question": "2 + 2?", "answer": "4"}) + "\n")
    done = python("-c", RESOLVE)
    assert done.returncode == 0, done.stderr
    sizes, gold, reward, message = done.stdout.splitlines()
    assert (sizes, gold, reward) == ("7 1", "4", "[1.0]")
    assert "GSM8K is not available here" in message
    assert "pip install 'evalsuite[models]'" in message


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("run --model smollm2 --problems generated --limit 2", "models"),
        ("run --model smollm2 --problems generated --limit 2 --dry-run", "models"),
        ("run --engine server --server-url http://127.0.0.1:9 --model m --problems generated", "server"),
        ("run --engine vllm --model smollm2 --problems generated --limit 2", "vllm"),
        ("run --replicate base --store runs.duckdb", "models"),
        ("extend base --max-new-tokens 500 --store runs.duckdb", "models"),
        ("experiment", "models"),
        ("bench --problems generated --limit 2", "models"),
        ("train --config grpo.toml", "train"),
        ("train grpo.toml --probe", "train"),
    ],
)
def test_a_command_that_needs_an_extra_says_which_and_how(
    evalsuite: Run, stored: Path, command: str, extra: str
) -> None:
    before = stored.read_bytes()
    done = evalsuite(*command.split())
    assert (done.returncode, done.stdout) == (3, "")
    assert f"needs the extra '{extra}'" in done.stderr
    assert f"pip install 'evalsuite[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert stored.read_bytes() == before


def test_the_doctor_names_the_extras_that_are_missing(evalsuite: Run) -> None:
    done = evalsuite("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    for extra in EXTRAS:
        assert checks[f"extra {extra}"]["status"] == "optional"
        assert f"pip install 'evalsuite[{extra}]'" in checks[f"extra {extra}"]["advice"]


def test_a_module_that_is_there_and_does_not_load_is_another_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gguf.py").write_text("import a_library_that_gguf_needs\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "gguf", raising=False)
    with pytest.raises(ModuleNotFoundError, match="a_library_that_gguf_needs"):
        load("gguf", "This test")


@pytest.mark.skipif(find_spec("trl") is None, reason="the extras are not installed")
def test_extras_that_are_there_are_not_asked_for() -> None:
    require_extra("models", "This test")
    require_extra("train", "This test")
    assert load("gguf", "This test").__name__ == "gguf"
