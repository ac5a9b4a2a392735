"""The answer stands on the first screen, on a desk and on a phone, and paper cuts nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import launched, visit

pytestmark = pytest.mark.browser

ANSWER = ("#a1-question", ".sentence", ".decision")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


def bottom(page: Any, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return float(box["y"] + box["height"])


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [
        (
            1280,
            800,
            (
                *ANSWER,
                ".difference",
                ".tile:nth-child(2)",
                ".notes.cautions",
                ".light:nth-child(3)",
                ".hero .wide svg",
                ".strip",
                ".next li:nth-child(2)",
                ".flips li:nth-child(1)",
            ),
        ),
        (390, 844, (*ANSWER, ".difference", ".tile:nth-child(2)", ".notes.cautions", ".light:nth-child(3)")),
    ],
)
def test_no_scrolling(browser: Any, page: Path, width: int, height: int, shown: tuple[str, ...]) -> None:
    tab = visit(browser, page, opened=False, viewport={"width": width, "height": height}).page
    ends = {selector: bottom(tab, selector) for selector in shown}
    assert {selector: end for selector, end in ends.items() if end > height} == {}
    assert [ends[selector] for selector in ANSWER[:2]] == sorted(ends.values())[:2]
    # Closed, the page is short.
    assert tab.evaluate("document.documentElement.scrollHeight") < 4 * height


def test_paper_is_wide_enough_and_has_several_pages(browser: Any, page: Path) -> None:
    # A4 less the margins of the style sheet, in CSS pixels.
    width = int((210 - 28) / 25.4 * 96)
    tab = visit(browser, page, viewport={"width": width, "height": 1000}).page
    assert len(re.findall(rb"/Type\s*/Page\b", tab.pdf(format="A4"))) == 1
    tab.get_by_label("Print everything").check()
    tab.emulate_media(media="print")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    parts = "[...document.querySelectorAll('table, svg, pre')]"
    cut = f"{parts}.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.id || e.tagName)"
    assert tab.evaluate(cut) == []
    pages = len(re.findall(rb"/Type\s*/Page\b", tab.pdf(format="A4")))
    assert 4 <= pages <= 40
