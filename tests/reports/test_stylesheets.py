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


def test_what_a_cell_of_a_table_is_called_has_no_look_of_its_own_elsewhere() -> None:
    """All stylesheets hold on a page with completions, whose texts are set in another font."""
    macros = (ASSETS.parent / "templates" / "macros.html.j2").read_text(encoding="utf-8")
    names = set(re.findall(r'<td[^>]*class="([a-z]+)', macros))
    assert "words" in names
    for file in ASSETS.glob("*.css"):
        alone = set(
            re.findall(r"(?:^|[,}]\s*)\.([a-z-]+)\s*[{,]", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        )
        assert not names & alone, file.name
