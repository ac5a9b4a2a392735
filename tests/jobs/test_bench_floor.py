"""The share of the floor is arithmetic, and the kinds of operations are told apart."""

import pytest
import torch

from evalsuite.jobs import bench_floor
from evalsuite.jobs.bench_floor import floor, matrix_rate, time_shares
from evalsuite.jobs.stopwatch import seconds


def test_the_share_is_the_time_of_the_products_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_floor, "matrix_rate", lambda *_: 5e9)
    model = torch.nn.Linear(999, 1000)
    model.device = torch.device("cpu")  # type: ignore[assignment]
    found = floor(model, "float32", 200.0, lambda: torch.ones(3) + 1)
    assert found.parameters == 10**6
    assert found.share_of_floor == pytest.approx(2 * 10**6 * 200 / 5e9)


def test_the_rate_is_that_of_a_product_timed_by_hand() -> None:
    left = torch.randn(1024, 1024)
    rate = matrix_rate(torch.float32, torch.device("cpu"))
    by_hand = 2 * 1024**3 / seconds(lambda: left @ left, 10)
    assert by_hand / 8 < rate < by_hand * 8, "of the same size, whatever else the machine does"


@pytest.mark.parametrize("kind", ["matrix_products", "attention", "other"])
def test_each_kind_of_operation_is_counted_as_itself(kind: str) -> None:
    states = torch.randn(8, 4, 64, 32)
    square = torch.randn(400, 400)
    work = {
        "matrix_products": lambda: square @ square,
        "attention": lambda: torch.nn.functional.scaled_dot_product_attention(states, states, states),
        "other": lambda: torch.randn(200_000).sort(),
    }[kind]
    with torch.inference_mode():
        found = time_shares(lambda: [work() for _ in range(5)])
    assert found.matrix_products + found.attention + found.other == pytest.approx(1)
    assert getattr(found, kind) > 0.6
