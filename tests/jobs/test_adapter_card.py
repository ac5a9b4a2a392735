"""The shipped adapter: its card says what its evidence says, and its files are what they claim to be."""

import json
from pathlib import Path

import duckdb
import pytest
from safetensors import safe_open

from evalsuite.cli.adapter_card import FOLDER
from evalsuite.errors import EvalsuiteError
from evalsuite.generation.weights import fingerprint
from evalsuite.jobs.adapter_card import card, check_card, write_card

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = ROOT / FOLDER
SFT = ADAPTER.with_name("smollm2-sft")


def test_the_card_is_written_from_the_evidence() -> None:
    assert (ADAPTER / "README.md").read_text(encoding="utf-8") == card(ADAPTER)


def test_writing_the_card_makes_it_current(tmp_path: Path) -> None:
    (tmp_path / "evidence").symlink_to(ADAPTER / "evidence")
    with pytest.raises(EvalsuiteError, match="does not say what the evidence says"):
        check_card(tmp_path)
    assert write_card(tmp_path) == check_card(tmp_path) == tmp_path / "README.md"


def test_a_changed_verdict_in_the_evidence_makes_the_card_stale(tmp_path: Path) -> None:
    copy = tmp_path / "evidence"
    copy.mkdir()
    for file in (ADAPTER / "evidence").glob("*.parquet"):
        (copy / file.name).write_bytes(file.read_bytes())
    (tmp_path / "README.md").write_bytes((ADAPTER / "README.md").read_bytes())
    assert check_card(tmp_path).is_file()
    grades = copy / "grades.parquet"
    duckdb.execute(f"CREATE TABLE g AS SELECT * FROM read_parquet('{grades}')")
    duckdb.execute("UPDATE g SET outcome = 'correct' WHERE grader = 'boxed' AND run_id = (SELECT min(run_id) FROM g)")
    duckdb.execute(f"COPY g TO '{grades}' (FORMAT parquet)")
    duckdb.execute("DROP TABLE g")
    with pytest.raises(EvalsuiteError, match="does not say what the evidence says"):
        check_card(tmp_path)


def test_the_evidence_names_no_place_of_a_machine_and_holds_no_text_of_gsm8k() -> None:
    total = 0
    for file in sorted((ADAPTER / "evidence").glob("*.parquet")):
        total += file.stat().st_size
        for row in duckdb.sql(f"SELECT * FROM read_parquet('{file}')").fetchall():
            text = str(row)
            assert not any(f"/{place}/" in text for place in ("root", "home", "tmp", "work", "Users")), text[:300]
    assert total < 10_000_000
    problems = ADAPTER / "evidence" / "problems.parquet"
    texts = duckdb.sql(
        "SELECT count(question), count(solution), count(gold) "
        f"FROM read_parquet('{problems}') WHERE problem_id LIKE 'gsm8k%'"
    ).fetchall()
    assert texts == [(0, 0, 0)]


@pytest.mark.parametrize("folder", [ADAPTER, SFT], ids=lambda f: f.name)
def test_the_adapter_is_small_and_names_its_base_as_a_user_would(folder: Path) -> None:
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == "smollm2"
    file = folder / "adapter_model.safetensors"
    assert file.stat().st_size < 10_000_000
    with safe_open(str(file), framework="np") as tensors:
        names = list(tensors.keys())
    # 30 layers, three kinds of matrices, two factors each.
    assert len(names) == 30 * 3 * 2
    assert fingerprint(folder)
