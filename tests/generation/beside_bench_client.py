"""The engine server beside vLLM's own bench client, on one server, in turn: PYTHON_OF_VLLM [N_PROBLEMS [CAP [ROUNDS]]].

    python tests/generation/real_server.py requirements vllm        # what belongs into the environment of vLLM
    python -m tests.generation.beside_bench_client vllm-env/bin/python

Both send the same prompts with greedy decoding and one token limit, 16 at a time, which is what the server decodes
together. The client counts from its first request to its last answer; of a run counts the same and that it grades and
stores. A round of each warms the server up and does not count.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from transformers import AutoTokenizer

from evalsuite.generation.prompt_tokens import prompt_text
from evalsuite.problems.by_name import resolve
from evalsuite.prompting.templates import template
from tests.generation.real_server import NAME, running

AT_A_TIME = 16
PROBLEMS = "generated:steps=1-2"
# What `vllm bench serve` calls; the command itself looks for a distribution of another name than that for processors.
CLIENT = """
import argparse
from vllm.benchmarks.serve import add_cli_args, main
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""


def main(python: str, n: int = 96, cap: int = 64, rounds: int = 3) -> None:
    """Print completions a second of both, and their ratio."""
    with tempfile.TemporaryDirectory() as name, running("vllm", python) as (url, folder):
        prompts = Path(name) / "prompts.jsonl"
        tokenizer = AutoTokenizer.from_pretrained(folder)
        used = template("tutorial")
        with prompts.open("w") as file:
            for problem in resolve(f"{PROBLEMS}:n={n}").problems:
                text = prompt_text(tokenizer, used.render(problem))
                file.write(json.dumps({"prompt": text, "output_tokens": cap}) + "\n")
        theirs, ours = [], []
        for k in range(rounds + 1):
            theirs.append(_client(python, url, folder, prompts, n, cap, Path(name) / f"{k}.json"))
            ours.append(_run(url, folder, n, cap, Path(name) / f"{k}.duckdb"))
            sys.stdout.write(f"round {k}: client {theirs[-1]:.2f}, run {ours[-1]:.2f} completions/s\n")
            sys.stdout.flush()
        ratios = [own / other for own, other in zip(ours[1:], theirs[1:], strict=True)]
        sys.stdout.write(
            f"evalsuite run over the bench client: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})\n"
        )


def _client(python: str, url: str, folder: Path, prompts: Path, n: int, cap: int, result: Path) -> float:
    words = [
        python, "-c", CLIENT, "--backend", "openai", "--base-url", url,
        "--endpoint", "/v1/completions", "--model", NAME, "--tokenizer", str(folder), "--dataset-name", "custom",
        "--dataset-path", str(prompts), "--custom-output-len", str(cap), "--skip-chat-template",
        "--num-prompts", str(n),
        "--max-concurrency", str(AT_A_TIME), "--temperature", "0", "--save-result", "--result-dir", str(result.parent),
        "--result-filename", result.name,
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    said = json.loads(result.read_text())
    return float(said["completed"] / said["duration"])


def _run(url: str, folder: Path, n: int, cap: int, store: Path) -> float:
    words = [
        sys.executable, "-m", "evalsuite", "run", "--engine", "server", "--server-url", url, "--model", NAME,
        "--api", "completions", "--tokenizer", str(folder), "--concurrency", str(AT_A_TIME), "--problems",
        f"{PROBLEMS}:n={n}", "--max-new-tokens", str(cap), "--store", str(store), "--json",
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    said = json.loads(done.stdout)
    return float(said["session"]["n_new"] / said["session"]["seconds"])


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
