"""The page in a browser: accessible in both schemes, silent, safe, readable on a phone, on paper and without script."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import launched, visit

from evalsuite.findings import Column, Findings, Table
from reports.build import build, build_index
from reports.drawers import BY_SQUARES

pytestmark = pytest.mark.browser

ATTACK = (
    "</script></details></main><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>\u202e\x00"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def attacked(small: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose runs, problems and completions carry an attack."""
    problems = tuple(
        replace(
            problem,
            question=ATTACK + problem.question,
            problem_id=ATTACK,
            completions=tuple(
                replace(c, text=ATTACK + c.text, label=ATTACK[:9] + c.label) for c in problem.completions
            ),
        )
        for problem in small.problems
    )
    poisoned = replace(small, question=ATTACK, sentence=ATTACK, notes=(ATTACK,), problems=problems)
    return build([poisoned], tmp_path_factory.mktemp("attacked"), title=ATTACK, name="page")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_a_reader(browser: Any, page: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    closed = axe.Axe().run(visit(browser, page, color_scheme=scheme, opened=False).page)
    assert closed.violations_count == 0, closed.generate_report()
    tab = visit(browser, page, color_scheme=scheme)
    for fold in tab.page.query_selector_all("details.fold:not([open]) > summary"):
        fold.click()
    results = axe.Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_several_answers_bars_nobody(browser: Any, small: Findings, tmp_path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    answers = [small, replace(small, name="truncation", question="What did the token limit do?", problems=())]
    tab = visit(browser, build(answers, tmp_path, title="t", name="page"), color_scheme=scheme)
    for fold in tab.page.query_selector_all("details.fold:not([open]) > summary"):
        fold.click()
    results = axe.Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()


def test_links_to_files_beside_the_page_lead_to_files(browser: Any, page: Path) -> None:
    tab = visit(browser, page)
    paths = [link.get_attribute("href") for link in tab.page.query_selector_all("a.file")]
    assert len(paths) > 10
    assert {Path(path).suffix for path in paths} == {".csv", ".svg"}
    assert [path for path in paths if not (page.parent / path).is_file()] == []


def test_the_index_bars_nobody(browser: Any, page: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    index = build_index(page.parent)
    results = axe.Axe().run(visit(browser, index).page)
    assert results.violations_count == 0, results.generate_report()


def test_a_page_asks_for_nothing_and_says_nothing(browser: Any, page: Path) -> None:
    tab = visit(browser, page)
    tab.page.wait_for_timeout(200)
    tab.assert_silent()


def test_attacks_stay_text(browser: Any, attacked: Path) -> None:
    tab = visit(browser, attacked)
    tab.page.wait_for_timeout(200)
    tab.assert_silent()
    assert tab.page.locator("img, [onload], [onerror]").count() == 0
    assert tab.page.locator("script").count() == 2
    assert tab.page.locator("main").count() == 1
    # The browser opens on those that flipped.
    assert tab.page.locator("main .problem:visible").count() == 10
    assert tab.page.locator("main .fixed .problem").count() == 20
    tab.page.locator(".live .problem > summary").first.click()
    for part in (".fixed", ".live"):
        assert ATTACK[:60] in tab.page.locator(f"{part} .text.question").first.text_content()


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_the_body_never_scrolls_sideways(browser: Any, page: Path, attacked: Path, width: int) -> None:
    for path in (page, attacked):
        tab = visit(browser, path, viewport={"width": width, "height": 800})
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_table_wider_than_a_phone_scrolls_alone(browser: Any, small: Findings, tmp_path: Path) -> None:
    """So does its caption, whose words for screen readers alone stand outside of the flow."""
    columns = tuple(Column(f"c{i}", f"A column with a long name {i}") for i in range(9))
    title = "What the messages were before the model's own chat template was applied to every one of them"
    wide = Table("wide", title, columns, (tuple("some words in a cell" for _ in columns),))
    page = build([replace(small, tables=(*small.tables, wide))], tmp_path, title="Wide", name="page")
    tab = visit(browser, page, viewport={"width": 390, "height": 844})
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_explanations_of_terms_stay_on_a_phone_s_screen(browser: Any, small: Findings, tmp_path: Path) -> None:
    said = "One run is ahead of the other by 3 pp, 95% CI −1 to +7 pp, which is unresolved with 80% power and p = 0.2."
    page = build([replace(small, sentence=said)], tmp_path, title="Terms", name="page")
    shown = visit(browser, page, viewport={"width": 390, "height": 844}).page
    terms = shown.locator(".drawer .term")
    assert terms.count() >= 4
    for i in range(terms.count()):
        terms.nth(i).focus()
        width = "getComputedStyle(document.activeElement, '::after').width"
        assert shown.evaluate(f"parseFloat({width})") > 200
        assert shown.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_phone_gets_the_narrow_figures(browser: Any, page: Path) -> None:
    phone = visit(browser, page, viewport={"width": 375, "height": 800}).page
    desk = visit(browser, page, viewport={"width": 1280, "height": 800}).page
    assert (phone.locator(".narrow svg").first.is_visible(), phone.locator(".wide svg").first.is_visible()) == (
        True,
        False,
    )
    assert (desk.locator(".narrow svg").first.is_visible(), desk.locator(".wide svg").first.is_visible()) == (
        False,
        True,
    )
    # Text of figures is about as large as text of the page on both.
    for tab, kind in ((phone, "narrow"), (desk, "wide")):
        width = f"document.querySelector('figure .{kind} svg').getBoundingClientRect().width"
        scale = tab.evaluate(f"{width} / document.querySelector('figure .{kind} svg').viewBox.baseVal.width")
        assert 11 <= 9.5 * scale <= 15


def test_without_script_nothing_is_missing(browser: Any, page: Path, small: Findings) -> None:
    with_script = visit(browser, page, java_script_enabled=True).page
    without = visit(browser, page, java_script_enabled=False).page
    for part in ("header", ".first", ".drawer > summary", ".drawer .share", ".setup", ".fixed", "footer"):
        assert without.locator(part).all_text_contents() == with_script.locator(part).all_text_contents()
    assert without.locator("figure svg").count() == 2 * (len(small.figures) - len(BY_SQUARES))
    assert without.locator("svg.squares").count() == 2


def test_filters_hide_the_other_problems_without_script(browser: Any, page: Path) -> None:
    tab = visit(browser, page, java_script_enabled=False).page
    assert tab.locator(".problem:visible").count() == 20
    tab.get_by_role("radio", name="Flipped").check()
    assert tab.locator(".problem:visible").count() == 10
    tab.get_by_role("radio", name="Truncated").check()
    assert tab.locator(".problem:visible").count() == 7
    tab.locator(".show-all").check()
    assert tab.locator(".problem:visible").count() == 20


def test_the_keyboard_reaches_the_answer_first(browser: Any, page: Path) -> None:
    tab = visit(browser, page).page
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "content"


def test_paper_shows_closed_completions(browser: Any, page: Path) -> None:
    tab = visit(browser, page).page
    closed = tab.locator(".fixed .problem:not([open]) .completion").first
    assert not closed.is_visible()
    tab.emulate_media(media="print")
    assert not closed.is_visible()
    tab.emulate_media(media="screen")
    tab.get_by_label("Print everything").check()
    tab.emulate_media(media="print")
    assert closed.is_visible()
    assert not tab.locator("nav").is_visible()
    assert tab.pdf(format="A4").startswith(b"%PDF")
