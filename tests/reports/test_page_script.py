"""The page in use: parts open by their links, squares lead to their problems, sliders move, tables are sorted."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import launched, ready, visit
from PIL import Image
from test_first_screen_parts import with_steps

from evalsuite.findings import Column, Findings, Table
from evalsuite.stats.decision import Verdict
from reports.build import build

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def stepped(small: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build([with_steps(small)], tmp_path_factory.mktemp("steps"), title="t", name="page")


@pytest.mark.parametrize("script", [True, False])
def test_parts_are_closed_and_open_by_keyboard_and_by_link(browser: Any, page: Path, script: bool) -> None:
    tab = visit(browser, page, opened=False, java_script_enabled=script)
    assert tab.page.locator("details.drawer[open]").count() == 0
    assert tab.page.locator(".drawer > summary .line").evaluate_all(
        "lines => lines.every((line) => line.textContent.trim())"
    )
    tab.page.locator(".light a").first.click()
    assert tab.page.locator("details.drawer[open]").count() == 1
    assert tab.page.locator("#a1-grader").is_visible()
    tab.page.locator(".drawer > summary").first.focus()
    tab.page.keyboard.press("Enter")
    assert tab.page.locator("details.drawer[open]").count() == 2
    tab.assert_silent()
    again = visit(browser, page, "#a1-token_limit", opened=False, java_script_enabled=script)
    assert again.page.locator("#a1-token_limit").is_visible()


def test_a_square_leads_to_its_problem_and_the_legend_to_all_of_its_kind(
    browser: Any, page: Path, small: Findings
) -> None:
    tab = visit(browser, page, opened=False)
    ready(tab)
    box = tab.page.locator(".hero .wide svg.squares").bounding_box()
    side = float(tab.page.locator(".hero .wide svg.squares").get_attribute("data-side"))
    scale = box["width"] / float(tab.page.locator(".hero .wide svg.squares").get_attribute("viewBox").split()[2])
    first = int(tab.page.locator(".hero .wide svg.squares path").first.get_attribute("data-places").split()[0])
    tab.page.mouse.click(box["x"] + scale * side / 2, box["y"] + scale * side / 2)
    tab.page.locator(".live .identity").wait_for()
    assert tab.page.locator(".live .identity code").text_content() == small.problems[first].problem_id
    tab.page.locator(".keys-of-squares a").nth(1).click()
    tab.page.locator(".live .count", has_text="3 of 20").wait_for()
    assert tab.page.get_by_role("radio", name="Lost").is_checked()
    tab.page.locator(".flips a[data-open]").first.click()
    tab.page.locator(".live .identity").wait_for()
    tab.assert_silent()


def test_every_look_of_a_square_is_seen(browser: Any, page: Path) -> None:
    tab = visit(browser, page, opened=False, color_scheme="light")
    drawn = tab.page.locator(".hero .wide svg.squares").screenshot()
    seen = {colour for _, colour in Image.open(io.BytesIO(drawn)).convert("RGB").getcolors(1_000_000)}
    won, lost, neither, paper = (0, 114, 178), (213, 94, 0), (138, 133, 120), (254, 253, 251)
    assert {won, lost, neither, paper} <= seen


def test_a_slider_lets_squares_fall_away_and_moves_the_interval(browser: Any, stepped: Path) -> None:
    tab = visit(browser, stepped, opened=False)
    page = tab.page
    moves = "(p) => (p.getAttribute('d') ?? '').split('M').length - 1"
    field = "document.querySelectorAll('.hero .wide path"
    kept = f"() => [...{field}:not(.gone)')].map({moves}).reduce((a, b) => a + b, 0)"
    gone = f"() => [...{field}.gone')].map({moves})[0]"
    ends = "() => ['x1', 'x2'].map((end) => document.querySelector('.strip .reach').getAttribute(end))"
    whole = page.evaluate(ends)
    assert (page.evaluate(kept), page.evaluate(gone)) == (20, 0)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert (page.evaluate(kept), page.evaluate(gone)) == (10, 10)
    assert page.locator(".said").text_content().startswith("The first 10 problems: +10 pp")
    assert page.evaluate(ends) != whole
    page.keyboard.press("End")
    assert (page.evaluate(kept), page.evaluate(gone)) == (20, 0)
    assert page.evaluate(ends) == whole
    tab.assert_silent()
    # Without the script the same numbers stand in a table.
    without = visit(browser, stepped, java_script_enabled=False).page
    assert not without.locator(".sliders").is_visible()
    assert "−20 pp" in without.locator("#a1-table-prefixes").text_content()


def several_runs(small: Findings) -> Findings:
    """Return findings of a base and three new runs."""
    accuracy = Table(
        "accuracy", "A", (Column("label", "Run"), Column("value", "Accuracy", "proportion")),
        (("base", 0.4), ("c", 0.3), ("a", 0.6), ("b", 0.5)),
    )  # fmt: skip
    limits = tuple(Column(key, key, "difference") for key in ("low", "value", "high"))
    rows = (("c", -0.3, -0.1, 0.1), ("a", 0.0, 0.2, 0.4), ("b", -0.1, 0.1, 0.3))
    verdicts = Table(
        "verdicts", "V", (Column("label", "Run"), Column("verdict", "Verdict")),
        tuple((label, Verdict("unresolved")) for label, *_ in rows),
    )  # fmt: skip
    difference = Table("difference", "D", (Column("label", "Run"), *limits), rows)
    return replace(small, verdict=None, tables=(accuracy, difference, verdicts), figures=())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_each_run_is_a_block_that_says_everything(
    browser: Any, small: Findings, tmp_path: Path, script: bool, scheme: str
) -> None:
    path = build([several_runs(small)], tmp_path, title="t", name="page")
    phone = {"width": 390, "height": 844}
    tab = visit(browser, path, opened=False, viewport=phone, color_scheme=scheme, java_script_enabled=script)
    rows = tab.page.locator("#a1-runs tbody tr")
    assert rows.count() == 4
    for row in rows.all():
        box = row.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        cells = [cell.bounding_box() for cell in row.locator("th, td").all() if cell.is_visible()]
        # A block holds its cells, and none lies over another.
        assert all(c["x"] >= box["x"] - 1 and c["x"] + c["width"] <= box["x"] + box["width"] + 1 for c in cells)
        for i, one in enumerate(cells):
            for other in cells[i + 1 :]:
                apart = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
                assert (
                    apart or one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
                )
    assert [text.strip() for text in rows.locator("th").all_text_contents()] == ["base", "a", "b", "c"]
    assert "+20 pp" in rows.nth(1).text_content()
    assert "unresolved" in rows.nth(1).text_content()
    if script:
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing")
        results = axe.Axe().run(tab.page)
        assert results.violations_count == 0, results.generate_report()
        # The rows keep their meaning for those who hear them: the blocks have the roles of a table.
        assert tab.page.get_by_role("row").count() == 5
        assert tab.page.get_by_role("rowheader").count() == 4
    tab.assert_silent()


def test_runs_are_sorted_by_any_column_and_the_base_keeps_its_place(
    browser: Any, small: Findings, tmp_path: Path
) -> None:
    tab = visit(browser, build([several_runs(small)], tmp_path, title="t", name="page"), opened=False)
    page = tab.page

    def order() -> list[str]:
        return [text.strip() for text in page.locator("#a1-runs tbody th").all_text_contents()]

    assert order() == ["base", "a", "b", "c"]
    page.get_by_role("button", name="Difference").click()
    page.get_by_role("button", name="Difference").click()
    assert order() == ["base", "c", "b", "a"]
    assert page.locator("#a1-runs th[aria-sort=ascending]").count() == 1
    page.get_by_role("button", name=re.compile("^Run")).press("Enter")
    assert order() == ["base", "c", "b", "a"]
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    results = axe.Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    tab.assert_silent()
