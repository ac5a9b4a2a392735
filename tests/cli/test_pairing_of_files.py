"""Pairing as a user meets it: what the commands print and with which code they end."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from evalsuite.cli.app import run_command

ROWS = [{"problem_id": i, "correct": i % 3 == 0} for i in range(30)]


def said(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command([*map(str, arguments)])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def compared(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Return a function that imports two lists of rows and compares them."""

    def run(base: list[dict[str, object]], new: list[dict[str, object]], *flags: object) -> tuple[int, str, str]:
        store = tmp_path / "runs.duckdb"
        for label, rows in (("base", base), ("new", new)):
            file = tmp_path / f"{label}.jsonl"
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            if not store.exists() or label not in said("runs", "--store", store)[1]:
                assert said("import", file, "--label", label, "--store", store)[0] == 0
        return said("compare", "base", "new", "--store", store, *flags)

    return run


@pytest.mark.parametrize(
    ("base", "new", "words"),
    [
        ({"gold": "{i}"}, {"gold": "5{i}"}, "another gold answer"),
        ({"question": "What is {i} + 10?"}, {"question": "How many legs have {i} cows?"}, "another question"),
    ],
)
def test_same_ids_of_other_problems_are_wrong_usage_and_the_way_out_works(compared, base, new, words) -> None:  # type: ignore[no-untyped-def]
    sides = [
        [row | {key: text.format(i=i) for key, text in side.items()} for i, row in enumerate(ROWS)]
        for side in (base, new)
    ]
    code, out, err = compared(*sides)
    assert (code, out) == (2, "")
    assert f"30 of 30 problems with the same id in base and new have {words}" in err
    assert err.count(" against ") == 3
    assert "--pair-by id" in err
    code, out, _ = compared(*sides, "--pair-by", "id")
    assert code == 0
    assert "\nPaired as asked although" in out


def test_ids_and_verdicts_alone_pair_and_say_so_in_print_and_json(compared) -> None:  # type: ignore[no-untyped-def]
    floats = [row | {"problem_id": float(i)} for i, row in enumerate(ROWS)]
    code, out, _ = compared(floats, ROWS)
    assert code == 0
    assert "The pairing rests on ids alone" in out
    document = json.loads(compared(floats, ROWS, "--json")[1])
    assert document["pairing"]["ids_alone"]
    assert document["pairing"]["sentence"] in document["warnings"]


def test_gold_answers_as_10_and_as_10_0_pair(compared) -> None:  # type: ignore[no-untyped-def]
    sides = [[row | {"gold": f"{i}{end}"} for i, row in enumerate(ROWS)] for end in ("", ".0")]
    code, out, _ = compared(*sides)
    assert code == 0
    assert "Checked: gold answers of 30 of 30 are equal." in out


def test_what_to_pair_by_is_one_of_three(compared) -> None:  # type: ignore[no-untyped-def]
    assert compared(ROWS, ROWS[::-1], "--pair-by", "colour")[0] == 2
    code, _, err = said("compare", "--counts", "1/5", "2/5", "--pair-by", "id")
    assert code == 2
    assert "--pair-by needs stored runs" in err
