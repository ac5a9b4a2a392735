"""What sampling adds to a decoding step: processor time beside a greedy step of a random model of SmolLM2's shape.

    python tests/generation/sampling_cost.py [VOCABULARY] [N_ROWS] [ROUNDS]

The logits that tokens are chosen from are made: `peaked` as a trained model's, a few tokens far above the others, and
`flat`, normal ones without any that stands out, which no trained model gives.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from evalsuite.generation.token_choice import token_choice
from evalsuite.records import Decoding

N_PROMPT = 200
KINDS = {
    "greedy": Decoding(temperature=0.0),
    "temperature 0.7": Decoding(temperature=0.7),
    "temperature 0.7, top-p 0.95": Decoding(temperature=0.7, top_p=0.95),
}


def forward(vocabulary: int, n_rows: int) -> Callable[[], object]:
    """Return what runs the model for one more token of every row behind a prompt."""
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, tie_word_embeddings=True,
    )  # fmt: skip
    model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).eval()
    ids = torch.randint(0, vocabulary, (n_rows, N_PROMPT))
    cache = model(input_ids=ids, use_cache=True, logits_to_keep=1).past_key_values

    def step() -> None:
        model(input_ids=ids[:, -1:], past_key_values=cache, use_cache=True, logits_to_keep=1).logits[:, -1].float()
        cache.crop(-1)

    return step


def made_logits(vocabulary: int, n_rows: int) -> dict[str, torch.Tensor]:
    rng = torch.Generator().manual_seed(1)
    flat = 2.5 * torch.randn(n_rows, vocabulary, generator=rng)
    likely = torch.randint(0, vocabulary, (n_rows, 30), generator=rng)
    heights = torch.linspace(22, 8, 30) - 3 * torch.rand(n_rows, 30, generator=rng)
    return {"peaked": flat.scatter(1, likely, heights), "flat": flat}


def milliseconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def main(vocabulary: int = 150_000, n_rows: int = 32, rounds: int = 5) -> None:
    """Print a line a kind of logits and of decoding; rounds go through all of them in turn."""
    torch.manual_seed(0)
    with torch.inference_mode():
        step, logits = forward(vocabulary, n_rows), made_logits(vocabulary, n_rows)
        step()
        model_times: list[float] = []
        times: dict[tuple[str, str], list[float]] = {}
        for position in range(rounds):
            model_times.append(milliseconds(step))
            for shape, values in logits.items():
                for name, decoding in KINDS.items():
                    choose, seeds = token_choice(decoding), range(n_rows)
                    spent = milliseconds(lambda: choose(values, seeds, [position] * n_rows))  # noqa: B023
                    times.setdefault((shape, name), []).append(spent)
    model = statistics.median(model_times)
    sys.stdout.write(f"model: {model:.1f} ms a step of {n_rows} rows, {model / n_rows:.1f} ms a token\n")
    for (shape, name), spent in times.items():
        greedy = model + statistics.median(times[shape, "greedy"])
        chosen = statistics.median(spent)
        sys.stdout.write(f"{shape}, {name}: {chosen:.1f} ms, {(model + chosen) / greedy - 1:+.1%} of a greedy step\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
