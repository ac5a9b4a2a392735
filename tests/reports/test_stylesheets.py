"""The stylesheets: what is written twice is written once too often, and the second time may undo what lies between."""

import re
from collections import Counter
from pathlib import Path

import pytest

ASSETS = Path(__file__).parents[2] / "reports" / "assets"


@pytest.mark.parametrize("file", sorted(ASSETS.glob("*.css")), ids=lambda file: file.name)
def test_no_rule_stands_twice(file: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    rules = Counter(line.strip() for line in text.splitlines() if re.search(r"\{.+\}", line))
    assert rules
    assert [rule for rule, times in rules.items() if times > 1] == []
