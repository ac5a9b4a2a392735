"""Faults of arguments: absurd numbers, odd names, and paths of everything but what is wanted.

Whatever is given, a command does its work or says in words what is wrong, and the store that it read is as it was.
"""

import os
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from fault_tools import ENDINGS, Fault, command, need, need_equal, run

from analyses.catalogue import ANALYSES
from evalsuite.store.verify import verify

__all__ = ["FAULTS"]

NUMBERS = (
    "nan", "inf", "-inf", "-1", "0", "1", "3", "0.5", "1e308", "-1e308", "1e-320", "-0.0", "99999999999999999999",
    "9" * 400, "0x10", "1_000", "", "abc", "½", "٣", "1e5", "2.5", " 3 ", "2147483648", "9223372036854775807", "1e999",
)  # fmt: skip
NAMES = (
    "w", "v", "", " ", "nobody", "../x", "a/b", "/", "..", ".", "x" * 10_000, "\x1b[31mred", "a\nb", "\r", "😀",
    "\u202e", "-x", "'", '"', "$(id)", "%s%n", "{0}", "{{ 7*7 }}", "<script>", "é", "\udcff", "boxed", "pattern:(",
    "os:system",
    "a=b", "=", "ours=", "COM1", "x.html", "~", "*", "[a]",
)  # fmt: skip
CONFIGS = (
    "", "[training", "a = 1", '[training]\nmethod = "grpo"', "[training]\nmethod = 3", '[[arms]]\nlabel = ""', "\0",
    'model = "x"\n[grpo]\nmax_steps = -1', "x = " + "[" * 5000, '[training]\nmethod = "sft"\nlabel = "a/b"\nmodel = ""',
    'title = "t"\n[[arms]]\nlabel = "a"\nmodel = "nowhere"\n[[sets]]\nproblems = "generated"', "é = 1",
)  # fmt: skip
NUMBER, NAME, PATH, PAIR = "number", "name", "path", "two numbers"
SHARED = {
    "--alpha": NUMBER, "--margin": NUMBER, "--grader": NAME, "--score-range": PAIR, "--max-unpacked": NUMBER,
    "--id": NAME, "--correct": NAME, "--column": NAME, "--group-by": NAME, "--tokenizer": PATH, "--cap": NUMBER,
    "--store": PATH, "--out": PATH, "--language": NAME,
}  # fmt: skip
FLAGS = {
    "report": SHARED | {"--title": NAME, "--name": NAME, "--output": PATH, "--base": NAME, "--new": NAME},
    "analyse": SHARED | {"--seed": NUMBER},
    "train": {"--config": PATH, "--seed": NUMBER, "--probe-problems": NUMBER, "--store": PATH},
    "experiment": {"--limit": NUMBER, "--extend-to": NUMBER, "--store": PATH, "--out": PATH, "--language": NAME},
    "import-training": {"--label": NAME, "--store": PATH},
    "plan": {
        "--base": NUMBER, "--new": NUMBER, "--n": NUMBER, "--margin": NUMBER, "--power": NUMBER, "--alpha": NUMBER,
        "--completions": NUMBER, "--template-size": NUMBER, "--template-correlation": NUMBER, "--difference": NUMBER,
        "--score-range": PAIR, "--sd": NUMBER, "--like": NAME, "--grader": NAME, "--store": PATH,
    },
    "view": {"--out": PATH},
}  # fmt: skip
SECONDS = 240
"""After which a command that has not ended is one that never does."""


@cache
def _scratch() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


@cache
def _stored() -> Path:
    """Return a store of two runs that no fault changes."""
    path = Path(_scratch().name) / "s.duckdb"
    for weights in ("w", "v"):
        run(path, 12, weights=weights, seconds=0)
    return path


def _odd_paths(folder: Path) -> list[str]:
    """Make things that are not what a command wants, and return their paths."""
    (folder / "folder").mkdir()
    (folder / "table.csv").write_text("problem_id,correct\n1,true\n2,false\n")
    (folder / "empty").touch()
    (folder / "binary").write_bytes(bytes(range(256)) * 40)
    (folder / "dangling").symlink_to(folder / "nothing")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "index.html").write_text("somebody else's")
    for number, text in enumerate(CONFIGS):
        (folder / f"{number}.toml").write_text(text, "utf-8")
    names = (
        "folder", "table.csv", "empty", "binary", "dangling", "loop", "table.csv/x", "no/such/thing", "folder/new.html",
        "a\nb.duckdb", "é 😀.duckdb", "x" * 300, "folder/..", "s.duckdb", "s.duckdb/x",
    )  # fmt: skip
    configs = [str(folder / f"{number}.toml") for number in range(len(CONFIGS))]
    others = ["", ".", "/", "/dev/null", "/dev/full", "/proc/self/mem", "/proc/nothing/x", "x" * 10_000, "\udcff", "-"]
    return [*(str(folder / name) for name in names), *others, *configs]


def _words(rng: np.random.Generator, folder: Path, paths: list[str]) -> list[str]:
    def odd(kind: str) -> list[str]:
        values = {NUMBER: NUMBERS, NAME: NAMES, PATH: paths, PAIR: NUMBERS}[kind]
        return [str(values[int(rng.integers(0, len(values)))]) for _ in range(2 if kind == PAIR else 1)]

    name = str(rng.choice(list(FLAGS)))
    start: dict[str, list[str]] = {
        "report": ["w", "v"],
        "analyse": [str(rng.choice([a.name for a in ANALYSES])), "w", "v"],
        "train": ["--config", str(folder / "3.toml"), "--dry-run"],
        "experiment": odd(PATH),
        "import-training": odd(PATH),
        "plan": ["--base", "0.4", "--new", "0.5"],
        "view": odd(NAME) if rng.random() < 0.5 else [],
    }
    words = start[name]
    if name in ("report", "analyse") and rng.random() < 0.3:
        words[-1] = odd(str(rng.choice([NAME, PATH])))[0]
    given: dict[str, list[str]] = {}
    if name not in ("view", "plan"):
        given["--store"] = [str(folder / "s.duckdb")]
    if name in ("report", "analyse", "experiment", "view"):
        given["--out"] = [str(folder / "site")]
    if name == "import-training":
        given["--label"] = ["t"]
    for flag in rng.choice(list(FLAGS[name]), min(len(FLAGS[name]), int(rng.integers(1, 4))), replace=False):
        given[str(flag)] = odd(FLAGS[name][str(flag)])
    return [name, *words, *(word for flag, values in given.items() for word in (flag, *values))]


def hostile_arguments(rng: np.random.Generator, folder: Path) -> None:
    """Whatever a command is given, it ends in words and with an exit code that is documented, and nothing is lost."""
    shutil.copy(_stored(), folder / "s.duckdb")
    paths = _odd_paths(folder)
    os.environ["BROWSER"] = "true"
    for _ in range(6):
        words = _words(rng, folder, paths)
        status, said = command(words, signal_after=None, limit=SECONDS, folder=folder)
        need(status in ENDINGS, f"{words}: exit code {status}\n{said[-2000:]}"[:6000])
        need((folder / "table.csv").read_text().startswith("problem_id"), f"{words} changed a table that was there")
        need((folder / "binary").stat().st_size == 10_240, f"{words} changed a file that was there")
        need((folder / "index.html").read_text() == "somebody else's", f"{words} changed a page that was there")
    need(not verify(folder / "s.duckdb").faults, "the store is not sound")
    need_equal(folder / "s.duckdb", _stored())


FAULTS: dict[str, Fault] = {"hostile arguments": hostile_arguments}
