"""GSM8K is read from where it lies, is proven to be GSM8K, and says what to do where it is not."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.problems import gsm8k as module
from evalsuite.problems.gsm8k import DATASET_HASHES, difference_from_known, gsm8k

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def known_rows(gsm8k_folder: Path) -> Rows:
    with (gsm8k_folder / "test.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def changed(known_rows: Rows, tmp_path: Path) -> Callable[[Callable[[Rows], Rows]], Path]:
    """Return a function that writes test.jsonl after a change of its rows and returns the folder."""

    def write(change: Callable[[Rows], Rows]) -> Path:
        rows = change([dict(row) for row in known_rows])
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / "test.jsonl").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory from which no GSM8K is reachable: no variable, no shared folder, no hub."""
    monkeypatch.delenv("EVALSUITE_GSM8K", raising=False)
    below = tmp_path / "project"
    below.mkdir()
    monkeypatch.chdir(below)
    return below


@pytest.mark.parametrize(("split", "size"), [("test", 1319), ("train", 7473)])
def test_published_sizes_and_known_hash(gsm8k_folder: Path, split: Any, size: int) -> None:
    found = gsm8k(split, path=gsm8k_folder)
    assert len(found.problems) == size  # Cobbe et al. (2021), section 2
    assert found.dataset_hash == DATASET_HASHES[split]
    assert found.problems[-1].problem_id == f"gsm8k/{split}/{size - 1}"


def test_hash_is_that_of_question_and_answer_in_order(known_rows: Rows) -> None:
    text = json.dumps([[r["question"], r["answer"]] for r in known_rows], ensure_ascii=False, separators=(",", ":"))
    assert DATASET_HASHES["test"] == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_gold_is_exact_for_every_row(gsm8k_folder: Path, known_rows: Rows) -> None:
    # Another way to the answer: the text after the last marker, commas out, as a whole number.
    expected = [Fraction(int(r["answer"].rsplit("####", 1)[1].strip().replace(",", ""))) for r in known_rows]
    found = gsm8k("test", path=gsm8k_folder / "test.jsonl").problems
    assert [p.gold for p in found] == expected
    with_comma = [i for i, r in enumerate(known_rows) if "," in r["answer"].rsplit("####", 1)[1]]
    assert with_comma, "the test set has answers with thousands commas"
    assert all(found[i].gold >= 1000 for i in with_comma)


def test_steps_are_counted(gsm8k_folder: Path, known_rows: Rows) -> None:
    found = gsm8k("test", path=gsm8k_folder).problems
    assert [p.n_steps for p in found] == [r["answer"].count("<<") or None for r in known_rows]


def test_altered_answer_is_refused_with_its_row(changed: Any) -> None:
    def alter(rows: Rows) -> Rows:
        rows[17]["answer"] = rows[17]["answer"].rsplit("####", 1)[0] + "#### 123456"
        return rows

    folder = changed(alter)
    with pytest.raises(DataUnavailableError, match=r"1 changed or unknown rows, at index 17\b") as caught:
        gsm8k("test", path=folder)
    assert "1 known rows absent, which belong at index 17." in str(caught.value)
    assert "--allow-changed-data" in str(caught.value)
    accepted = gsm8k("test", path=folder, allow_changed=True)
    assert accepted.problems[17].gold == 123456
    assert accepted.dataset_hash != DATASET_HASHES["test"]


def test_dropped_row_is_refused_with_its_row(changed: Any) -> None:
    folder = changed(lambda rows: rows[:5] + rows[6:])
    with pytest.raises(DataUnavailableError, match=r"1318 rows instead of 1319; 1 known rows absent.*index 5\b"):
        gsm8k("test", path=folder)
    assert len(gsm8k("test", path=folder, allow_changed=True).problems) == 1318


def test_other_order_is_refused(changed: Any) -> None:
    folder = changed(lambda rows: [rows[1], rows[0], *rows[2:]])
    with pytest.raises(DataUnavailableError, match="the known rows in another order or repeated"):
        gsm8k("test", path=folder)
    assert gsm8k("test", path=folder, allow_changed=True).dataset_hash != DATASET_HASHES["test"]


def test_repeated_row_is_refused_even_when_changes_are_allowed(changed: Any) -> None:
    folder = changed(lambda rows: [*rows, rows[3]])
    with pytest.raises(DataUnavailableError, match=r"1320 rows instead of 1319; the known rows in another order"):
        gsm8k("test", path=folder)
    with pytest.raises(InputError, match="'gsm8k/test/3' and 'gsm8k/test/1319'"):
        gsm8k("test", path=folder, allow_changed=True)


def test_long_lists_of_rows_are_cut(known_rows: Rows) -> None:
    pairs = [(r["question"].upper(), r["answer"]) for r in known_rows]
    assert "at index 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...; 1319 known" in difference_from_known("test", pairs)
    same = [(r["question"], r["answer"]) for r in known_rows]
    assert difference_from_known("test", same) == "the rows are the known ones"


def test_changed_row_may_have_a_broken_calculation_but_not_a_broken_answer(changed: Any) -> None:
    def break_calculation(rows: Rows) -> Rows:
        rows[0]["answer"] = "It is <<3+4>>7.\n#### 7"
        rows[1]["answer"] = "nobody knows"
        return rows

    folder = changed(break_calculation)
    with pytest.raises(InputError, match="GSM8K test row 1 has no readable final answer"):
        gsm8k("test", path=folder, allow_changed=True)
    rows = [json.loads(line) for line in (folder / "test.jsonl").read_text(encoding="utf-8").split("\n") if line]
    rows[1]["answer"] = "#### 1"
    changed(lambda _: rows)
    assert gsm8k("test", path=folder, allow_changed=True).problems[0].n_steps is None


def test_unicode_line_separators_inside_a_text_are_no_line_ends(changed: Any) -> None:
    def separate(rows: Rows) -> Rows:
        rows[2]["question"] = "One\u2028two\u0085three\x0bfour?"
        return rows

    assert gsm8k("test", path=changed(separate), allow_changed=True).problems[2].question == (
        "One\u2028two\u0085three\x0bfour?"
    )


def test_sources_in_their_order(gsm8k_folder: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = nowhere.parent / "shared" / "data" / "gsm8k"
    shared.mkdir(parents=True)
    shutil.copy(gsm8k_folder / "test.jsonl", shared)
    assert gsm8k("test").source == str(Path("../shared/data/gsm8k/test.jsonl"))
    named = nowhere / "named"
    shutil.copytree(shared, named)
    monkeypatch.setenv("EVALSUITE_GSM8K", str(named))
    assert gsm8k("test").source == str(named / "test.jsonl")
    given = nowhere / "given.jsonl"
    shutil.copy(gsm8k_folder / "test.jsonl", given)
    assert gsm8k("test", path=given).source == str(given)


def test_the_hub_comes_last(
    gsm8k_folder: Path, nowhere: Path, known_rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def load_dataset(*args: str, **kwargs: str) -> Rows:
        asked.append({"args": args, **kwargs})
        return known_rows

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    assert gsm8k("test").source == f"openai/gsm8k@{module.REVISION[:8]}"
    assert asked == [{"args": ("openai/gsm8k", "main"), "split": "test", "revision": module.REVISION}]


def test_nothing_reachable_names_the_ways_out_quickly(nowhere: Path) -> None:
    started = time.perf_counter()
    with pytest.raises(DataUnavailableError) as caught:
        gsm8k("test")
    assert time.perf_counter() - started < 10, "offline must not wait for a network"
    assert caught.value.exit_code == 3
    for word in ("HF_HUB_OFFLINE", "EVALSUITE_GSM8K", "--problems-path", "--problems generated"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"no json\n", b'{"question": "q"}\n', b"[1]\n", b'"text"\n', b"\xff\xfe\n", b"17\n"]
)
def test_unreadable_file_names_itself(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "test.jsonl"
    file.write_bytes(content)
    with pytest.raises(DataUnavailableError, match=r"cannot read GSM8K test from .*test\.jsonl.*keys question"):
        gsm8k("test", path=tmp_path)


def test_missing_and_empty_files(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="No such file"):
        gsm8k("test", path=tmp_path)
    (tmp_path / "test.jsonl").touch()
    with pytest.raises(DataUnavailableError, match="0 rows instead of 1319"):
        gsm8k("test", path=tmp_path)
    with pytest.raises(InputError, match="holds no problems"):
        gsm8k("test", path=tmp_path, allow_changed=True)
