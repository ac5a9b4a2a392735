"""The shipped evidence on a page: a gain of two trainings is not read as that of the last, and names are as shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyses.model_comparison import analysis as model_comparison
from evalsuite.store.manage import rename_run
from evalsuite.store.restore import read_archive
from evalsuite.store.store import Store
from reports.build import build

EVIDENCE = Path(__file__).parents[3] / "data" / "adapters" / "smollm2-grpo" / "evidence"
NAMES = {"base-numbers": "base (new numbers)", "sft-numbers": "SFT (new numbers)",
         "grpo-seed1-numbers": "SFT + GRPO (new numbers)"}  # fmt: skip


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.writer(tmp_path_factory.mktemp("evidence") / "e.duckdb") as store:
        read_archive(store, EVIDENCE)
        for old, new in NAMES.items():
            rename_run(store, old, new)
        yield store


def test_against_the_base_alone_the_warm_start_is_named_with_what_to_compare_instead(
    restored: Store, tmp_path: Path
) -> None:
    found = model_comparison.analyse(restored, ("base (new numbers)", "SFT + GRPO (new numbers)"))
    (caution,) = (caution.text for caution in found.cautions if caution.kind == "warm start")
    assert caution.startswith(
        "SFT + GRPO was trained from the adapter data/trainings/sft-seed1/adapter, not from the base"
    )
    assert "a comparison with SFT (new numbers) can tell" in caution
    assert found.steps[0].text == "See what the last training did by itself:"
    assert found.steps[0].command.startswith("evalsuite report 'SFT (new numbers)' 'SFT + GRPO (new numbers)' --store ")
    html = build([found], tmp_path, title=found.question, name="two").read_text(encoding="utf-8")
    screen = html[html.index('class="first"') : html.index('class="drawers"')]
    assert "two trainings in one" in screen
    assert caution in screen
    # What all names have in parentheses is said once, in the question, and commands keep the names as they are.
    assert "SFT + GRPO solved 17 more of 230 problems; on other problems that could be chance" in screen
    assert "Does SFT + GRPO solve more problems than base? (new numbers)" in screen
    assert "grpo-seed1-numbers" not in html


def test_with_the_warm_start_beside_it_no_caution_is_needed_and_the_last_step_has_its_command(
    restored: Store, tmp_path: Path
) -> None:
    found = model_comparison.analyse(restored, tuple(NAMES.values()))
    assert [caution for caution in found.cautions if caution.kind == "warm start"] == []
    assert found.steps[0].command.startswith("evalsuite report 'SFT (new numbers)' 'SFT + GRPO (new numbers)'")
    html = build([found], tmp_path, title="t", name="three").read_text(encoding="utf-8")
    rows = html[html.index('id="a1-runs"') :]
    assert [rows.index(f"<bdi>{name}</bdi>") for name in ("base", "SFT", "SFT + GRPO")] == sorted(
        rows.index(f"<bdi>{name}</bdi>") for name in ("base", "SFT", "SFT + GRPO")
    )
    against_warm_start = model_comparison.analyse(restored, ("SFT (new numbers)", "SFT + GRPO (new numbers)"))
    assert "fewer of 230 problems" in against_warm_start.finding
    assert all("last training" not in step.text for step in against_warm_start.steps)


def test_texts_that_are_not_stored_are_asked_for_nowhere(restored: Store, tmp_path: Path) -> None:
    """The evidence has no text of GSM8K: neither a judgment by hand nor a longer answer can start from it."""
    found = model_comparison.analyse(restored, ("base-gsm8k", "grpo-seed1-gsm8k"))
    assert found.finding.endswith("whether that is a real change depends on the grader")
    assert [step.command for step in found.steps[:2]] == ["", ""]
    assert "in the store that has their texts" in found.steps[0].text
    html = build([found], tmp_path, title="t", name="gsm8k").read_text(encoding="utf-8")
    flips = html[html.index('class="flips"') : html.index('class="drawers"')]
    assert "no text is stored" not in flips
    assert "not recorded" not in flips
    assert flips.count("gsm8k/test/") == 5
