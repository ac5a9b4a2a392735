"""The revised labels: read from JSONL and Parquet, checked, and joined by question."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from pyarrow import Table, parquet

from evalsuite.errors import DataUnavailableError
from evalsuite.problems.platinum import PUBLISHED, platinum, question_key

ROWS = [
    {"question": "How many  figs?\n", "answer": "6 * 3 = 18\n#### 18", "cleaning_status": "consensus"},
    {"question": "How many pears?", "answer": "#### 1,450", "cleaning_status": "revised"},
    {"question": "How many plums?", "answer": "#### 3", "cleaning_status": "verified"},
]


def write(file: Path, rows: list[dict[str, str]]) -> Path:
    if file.suffix == ".parquet":
        parquet.write_table(Table.from_pylist(rows), file)
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_the_published_counts_add_up() -> None:
    # Vendrow et al. (2025), arXiv:2502.03461, and the data set's page.
    assert PUBLISHED.flagged == 219
    assert PUBLISHED.original - PUBLISHED.removed == PUBLISHED.kept == 1209


@pytest.mark.parametrize("name", ["labels.jsonl", "labels.parquet"])
def test_read(tmp_path: Path, name: str) -> None:
    labels = platinum(path=write(tmp_path / name, ROWS), allow_changed=True)
    assert labels.golds == {
        "How many figs?": Fraction(18), "How many pears?": Fraction(1450), "How many plums?": Fraction(3),
    }  # fmt: skip
    assert labels.status_counts == {"consensus": 1, "verified": 1, "revised": 1}
    assert not labels.as_published
    assert question_key(" How many\tfigs? ") in labels.golds


def test_the_environment_names_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"question": f"q{i}", "answer": "#### 1", "cleaning_status": status}
        for i, status in enumerate(["consensus"] * 1100 + ["verified"] * 99 + ["revised"] * 10)
    ]
    monkeypatch.setenv("EVALSUITE_GSM8K_PLATINUM", str(write(tmp_path / "labels.jsonl", rows)))
    labels = platinum()
    assert labels.as_published
    assert labels.source.endswith("labels.jsonl")


def test_without_the_labels_the_message_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVALSUITE_GSM8K_PLATINUM", raising=False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", _unreachable)
    with pytest.raises(DataUnavailableError, match="Set EVALSUITE_GSM8K_PLATINUM to a JSONL or Parquet file"):
        platinum()


def test_the_hub_is_asked_for_the_pinned_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def download(name: str, **options: str) -> str:
        asked.update(options, name=name)
        return str(tmp_path)

    monkeypatch.delenv("EVALSUITE_GSM8K_PLATINUM", raising=False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    with pytest.raises(DataUnavailableError, match="not in the cache"):
        platinum(allow_changed=True)
    (tmp_path / "main").mkdir()
    write(tmp_path / "main" / "test-00000-of-00001.parquet", ROWS)
    labels = platinum(allow_changed=True)
    assert len(labels.golds) == 3
    assert labels.source == "madrylab/gsm8k-platinum@e7624924"
    assert asked == {
        "name": "madrylab/gsm8k-platinum", "repo_type": "dataset", "allow_patterns": "main/test-*.parquet",
        "revision": "e762492455a1cf7967de89f05b6bef72fc713b66",
    }  # fmt: skip


def _unreachable(*_: object, **__: object) -> None:
    raise ConnectionError("no network")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cleaning_status": "rejected"}, "row 2 has cleaning_status 'rejected', known are consensus, verified"),
        ({"answer": "none"}, "row 2 has no readable final answer"),
        ({"question": "How many figs?"}, "row 2 repeats a question: 'How many figs\\?'"),
        ({"answer": 3}, "row 2 needs a text under answer"),
    ],
)
def test_damaged_rows_are_named(tmp_path: Path, change: dict[str, str], message: str) -> None:
    file = write(tmp_path / "labels.jsonl", [ROWS[0], ROWS[1] | change])
    with pytest.raises(DataUnavailableError, match=message):
        platinum(path=file, allow_changed=True)


def test_another_number_of_problems_is_another_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="holds 3 problems, GSM8K-Platinum has 1209"):
        platinum(path=write(tmp_path / "labels.jsonl", ROWS))


@pytest.mark.parametrize(
    ("name", "text"), [("a.jsonl", "[1]\n"), ("a.jsonl", "{"), ("a.parquet", "no"), ("b.jsonl", "")]
)
def test_unreadable_files(tmp_path: Path, name: str, text: str) -> None:
    if name.startswith("a"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataUnavailableError, match="cannot read GSM8K-Platinum"):
        platinum(path=tmp_path / name)
