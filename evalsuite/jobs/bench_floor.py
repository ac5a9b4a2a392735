"""How near decoding comes to the arithmetic that it cannot do without, and what takes the rest of the time.

The floor is two operations for every parameter and token, at the rate at which this machine multiplies large matrices
in the number format of the run. What a prompt costs, guesses that were wrong, attention, and all that is no product
of matrices lie above it.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from evalsuite.documents.machine import DecodingFloor, TimeShares
from evalsuite.jobs.stopwatch import seconds

__all__ = ["floor", "matrix_rate", "time_shares"]

SIZE = 2048
REPEAT = 5
PRODUCTS = ("mm", "linear", "matmul", "gemm")
ATTENTION = ("attention", "flash", "fmha")


def floor(model: Any, dtype: str, tokens_per_second: float, decode: Callable[[], object]) -> DecodingFloor:
    """Return the share of the floor, and where the time of `decode` goes.

    Parameters
    ----------
    model
        With its own layers: its parameters are counted.
    dtype
        Number format of the run, by PyTorch's name.
    tokens_per_second
        Of the run.
    decode
        Work of the run that is profiled.
    """
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    rate = matrix_rate(getattr(torch, dtype), model.device)
    return DecodingFloor(
        tokens_per_second=tokens_per_second,
        parameters=n_parameters,
        matrix_operations_per_second=rate,
        share_of_floor=2 * n_parameters * tokens_per_second / rate,
        time=time_shares(decode),
    )


def matrix_rate(dtype: torch.dtype, device: torch.device) -> float:
    """Return how many operations a second large products of matrices make, additions and multiplications."""
    left, right = (torch.randn(SIZE, SIZE, device=device).to(dtype) for _ in range(2))

    def product() -> None:
        out = left @ right
        out[0, 0].item()  # a GPU is waited for

    product()
    return float(2 * SIZE**3 / seconds(product, REPEAT))


def time_shares(work: Callable[[], object]) -> TimeShares:
    """Return the shares of the time of all operations of `work` by their kind; the time between them is not in it."""
    has_gpu = torch.cuda.is_available()
    activities = [ProfilerActivity.CPU, *[ProfilerActivity.CUDA] * has_gpu]
    with profile(activities=activities) as profiler:
        work()
    spent = {"products": 0.0, "attention": 0.0, "other": 0.0}
    for event in profiler.key_averages():
        name = event.key.lower()
        is_attention = any(part in name for part in ATTENTION)
        kind = "attention" if is_attention else "products" if any(part in name for part in PRODUCTS) else "other"
        spent[kind] += event.self_device_time_total if has_gpu else event.self_cpu_time_total
    total = sum(spent.values())
    return TimeShares(*(spent[kind] / total for kind in ("products", "attention", "other")))
