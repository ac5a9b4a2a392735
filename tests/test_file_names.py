"""Modules of tests are imported by their bare names: two of one name are one, and only one of them runs."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent


def test_no_two_files_of_tests_have_one_name() -> None:
    # Conftests have rules of their own, and what programs ran to write their logs is no test.
    files = (f for f in TESTS.rglob("*.py") if f.name != "conftest.py" and "logs" not in f.parts)
    names = Counter(file.name for file in files)
    assert sum(names.values()) > 200
    assert [name for name, times in names.items() if times > 1] == []
