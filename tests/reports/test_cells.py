"""Numbers on pages: rounded once, with the digits that their uncertainty supports, and text that cannot harm."""

import pytest
from jinja2 import StrictUndefined
from markupsafe import Markup

from evalsuite.findings import Cell, Column, Kind, Table
from reports.cells import cell, count, finalize, plain, records, visible_html


@pytest.mark.parametrize(
    ("value", "kind", "error", "text"),
    [
        (0.4, "proportion", 0.11, "40%"),
        (0.46323, "proportion", 0.005, "46.3%"),
        (-0.4507, "difference", 0.3, "−45 pp"),
        (0.2, "difference", 0.3, "+20 pp"),
        (0.0498, "pvalue", None, "0.0498"),
        (3e-7, "pvalue", None, "< 0.0001"),
        (1.0, "pvalue", None, "1"),
        (1319, "count", None, "1,319"),
        (141.52, "tokens", None, "141.5"),
        (0.000123456, "number", None, "0.0001235"),
        (True, "count", None, "yes"),
        (False, "text", None, "no"),
        (None, "proportion", 0.1, "–"),
        ("1/2", "proportion", 0.1, "1/2"),
        (12345678901234567890, "text", None, "12345678901234567890"),
        (0.1, "text", None, "0.1"),
        ("ab" * 32, "hash", None, "ab" * 32),
    ],
)
def test_cells(value: Cell, kind: Kind, error: float | None, text: str) -> None:
    assert cell(value, kind, error) == text


def shown(*rows: tuple[Cell, ...]) -> dict[str, str]:
    """Return the first of the rows as a page shows it, in the company of the others."""
    return records(proportions(*rows))[0]


def proportions(*rows: tuple[Cell, ...]) -> Table:
    kinds: tuple[Kind, ...] = ("text", "count", "difference", "difference", "difference")
    keys = ("label", "n", "low", "value", "high")
    return Table("t", "T", tuple(Column(key, key, kind) for key, kind in zip(keys, kinds, strict=True)), rows)


def test_digits_follow_the_interval_of_the_row_then_its_problems_then_the_other_rows() -> None:
    wide = ("a", None, -0.2, 0.0333, 0.3)
    narrow = ("a", None, 0.0301, 0.0333, 0.0365)
    counted = ("a", 100, None, 0.0333, None)
    bare = ("a", None, None, 0.0333, None)
    assert shown(wide)["value"] == "+3 pp"
    assert shown(narrow)["value"] == "+3.3 pp"
    assert shown(counted)["value"] == "+3 pp"
    assert shown(bare)["value"] == "+3.3 pp"
    assert shown(bare, wide)["value"] == "+3 pp"


def test_a_limit_that_is_not_zero_is_not_written_as_zero() -> None:
    texts = shown(("a", None, 0.0004, 0.02, 0.0409))
    assert (texts["low"], texts["value"], texts["high"]) == ("+0.04 pp", "+2 pp", "+4 pp")
    assert shown(("a", None, 0.0, 0.0, 0.0))["low"] == "0.0 pp"


def test_counts() -> None:
    assert (count(0), count(1234567), count(2.5)) == ("0", "1,234,567", "2.5")
    assert (plain(None), plain(0.1 + 0.2)) == ("–", "0.30000000000000004")


def test_shown_text_is_escaped_and_hidden_characters_are_marked() -> None:
    text = visible_html('<b onclick="x">\x00\u202e&')
    assert isinstance(text, Markup)
    assert text == (
        '&lt;b onclick=&#34;x&#34;&gt;<span class="hidden-character">␀</span>'
        '<span class="hidden-character">[U+202E]</span>&amp;'
    )


def test_finalize_leaves_markup_numbers_and_undefined_alone() -> None:
    assert finalize("a\x00") == "a␀"
    assert finalize(Markup("<b>\x00")) == Markup("<b>\x00")
    assert finalize(3) == 3
    missing = StrictUndefined(name="x")
    assert finalize(missing) is missing
