"""Problems on several pages: which are where, nothing lost, and how a reader comes from one page to the other."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import Tab, launched, ready, visit
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.findings import CompletionView, Findings, ProblemView
from reports.browser import browsers, contents
from reports.build import build
from reports.completion_cards import CARDS, CARRIED, carried, summary
from reports.completion_pages import LIMIT, ROW, divide

LABELS = ["base", "GRPO"]
N = 120


def of(*problems: ProblemView) -> Findings:
    return Findings("n", "Q?", "E", None, "S.", problems=problems)


def asked(name: str, *texts: str) -> ProblemView:
    return ProblemView(
        name, name, "1", tuple(CompletionView("base", text, "1", "correct", "stop", 1) for text in texts)
    )


def places(findings: list[Findings], limit: int) -> list[tuple[int, int]]:
    return [(part.first, part.end) for part in divide(findings, name="page", limit=limit)]


def test_a_part_holds_what_fits_and_no_problem_is_divided() -> None:
    one = of(*(asked(letter, letter * 10) for letter in "abcde"))
    each = 1 + 10 + ROW
    assert places([one], 5 * each) == [(0, 5)]
    assert places([one], 5 * each - 1) == [(0, 4), (4, 5)]
    assert places([one], 2 * each) == [(0, 2), (2, 4), (4, 5)]
    assert places([one], 1) == [(i, i + 1) for i in range(5)]  # a problem too large for a page has one of its own
    assert places([of()], 1) == []


def test_a_text_counts_once_a_part_and_by_its_bytes() -> None:
    same = of(*(asked("q", "t" * 10) for _ in range(5)))
    assert places([same], 11 + 5 * ROW) == [(0, 5)]
    assert places([same], 11 + 3 * ROW) == [(0, 3), (3, 5)]
    assert places([same], 3 * ROW) == [(0, 2), (2, 4), (4, 5)]  # each part has the text anew
    # The same texts in two answers take their rows twice, their bytes once.
    assert places([same, same], 11 + 4 * ROW) == [(0, 2), (2, 4), (4, 5)]
    wide = of(asked("a", "\u4e2d" * 10), asked("b", "x" * 30))
    assert places([wide], 31 + ROW) == [(0, 1), (1, 2)]
    assert places([wide], 30 + ROW) == [(0, 1), (1, 2)]
    assert places([wide], 2 * (31 + ROW)) == [(0, 2)]
    assert places([wide], 2 * (31 + ROW) - 1) == [(0, 1), (1, 2)]


problems = st.lists(
    st.builds(lambda q, texts: asked(q, *texts), st.text(max_size=4), st.lists(st.text(max_size=8), max_size=3)),
    max_size=8,
)


@given(st.lists(problems, min_size=1, max_size=2), st.integers(1, 300))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_every_problem_stands_on_one_page(lists: list[list[ProblemView]], limit: int) -> None:
    findings = [of(*own) for own in lists]
    parts = divide(findings, name="page", limit=limit)
    pages = list(contents(findings, ["a1", "a2"][: len(findings)], parts))
    for key, one in zip(("a1", "a2"), findings, strict=False):
        found = [
            (row["id"], page["pool"][row["question"]], [page["pool"][c[2]] for c in row["completions"]])
            for page in pages for answer in page["answers"] if answer["key"] == key for row in answer["problems"]
        ]  # fmt: skip
        assert found == [(p.problem_id, p.question, [c.text for c in p.completions]) for p in one.problems]
    for page, part in zip(pages, parts, strict=True):
        texts = sum(len(text.encode("utf-8", "backslashreplace")) for text in page["pool"])
        rows = sum(ROW * len(row["completions"]) for answer in page["answers"] for row in answer["problems"])
        assert texts + rows <= limit or part.end - part.first == 1
    assert [(first, end) for _, first, end in (pages[0]["pages"] if pages else [])] == [(p.first, p.end) for p in parts]


def test_the_addresses_of_the_pages_lead_to_each_other(tmp_path: Path) -> None:
    findings = [of(*(asked(letter, letter * 10) for letter in "abc"))]
    parts = divide(findings, name="page", limit=1)
    for part, found in zip(parts, contents(findings, ["a1"], parts), strict=True):
        here = tmp_path / part.file
        led = [(here.parent / address).resolve() for address, _, _ in found["pages"]]
        assert led == [(tmp_path / other.file).resolve() for other in parts]
    assert len(list(browsers(findings, ["a1"], parts))) == 3
    assert len({made.source for made in browsers(findings, ["a1"], parts)}) == 1


@pytest.fixture(scope="module")
def many(make_findings: Callable[..., Findings]) -> Findings:
    return replace(make_findings(N), tables=(), figures=())


@pytest.fixture(scope="module")
def path(many: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a report of three parts: 48, 48 and 24 problems."""
    limit = next(
        limit for limit in range(30_000, 60_000, 250)
        if [end for _, end in places([many], limit)][1:] == [2 * places([many], limit)[0][1], N]
    )  # fmt: skip
    return build([many], tmp_path_factory.mktemp("parts"), title="Two & more", name="page", limit=limit)


def files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_a_rebuild_has_the_same_bytes_and_leaves_no_old_page(many: Findings, tmp_path: Path) -> None:
    first = build([many], tmp_path / "a", title="t", name="page", limit=30_000)
    before = files(tmp_path / "a")
    assert {"page.html", "page/completions-2.html", "page/completions-3.html"} <= set(before)
    build([many], tmp_path / "a", title="t", name="page", limit=30_000)
    assert files(tmp_path / "a") == before
    build([many], tmp_path / "a", title="t", name="page", limit=50_000)
    assert [f.name for f in (tmp_path / "a" / "page").glob("*.html")] == ["completions-2.html"]
    build([many], tmp_path / "a", title="t", name="page")
    assert list((tmp_path / "a" / "page").glob("*.html")) == []
    assert "completions-2.html" not in first.read_text(encoding="utf-8")
    index = json.loads((tmp_path / "a" / "index" / "page.json").read_text(encoding="utf-8"))
    assert index["file"] == "page.html"


def test_a_small_report_has_no_pager(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert 'class="pager"' not in text
    assert "completions-2" not in text
    assert LIMIT == 4_000_000


pytestmark: list[pytest.MarkDecorator] = []
in_browser = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


def second(path: Path) -> Path:
    return path.with_suffix("") / "completions-2.html"


def silent(tab: Tab) -> None:
    """Assert that a tab that went from page to page did nothing else."""
    assert [url for url in tab.requests if not url.startswith("file://")] == []
    assert all(url.split("#")[0].endswith(".html") for url in tab.requests)
    assert (tab.errors, tab.dialogs) == ([], [])


def settled(tab: Tab, path: Path) -> None:
    tab.page.wait_for_url(re.compile(re.escape(path.as_uri())))
    ready(tab)


def bounds(path: Path) -> list[tuple[int, int]]:
    """Return the numbers of the first and last problem of each part, as the page links to them."""
    text = path.read_text(encoding="utf-8")
    return [(int(a), int(b)) for a, b in re.findall(r"(\d+) to (\d+)<span", text)]


@in_browser
def test_all_problems_are_on_the_pages_and_counted(browser: Any, path: Path, many: Findings) -> None:
    tags = [summary(problem, LABELS).tags for problem in many.problems]
    gained = sum("gained" in held for held in tags)
    seen: list[str] = []
    pages = [path, *sorted(path.with_suffix("").glob("completions-*.html"))]
    assert bounds(path) == bounds(pages[1]) == bounds(pages[2])
    for number, (file, (first, last)) in enumerate(zip(pages, bounds(path), strict=True), start=1):
        tab = visit(browser, file, "#a1-answers?show=gained")
        ready(tab)
        page = tab.page
        assert f"Part {number} of 3: problems {first} to {last} of {N}." in page.locator(".place").text_content()
        here = sum("gained" in held for held in tags[first - 1 : last])
        held = f"{here} of {last - first + 1} problems in this part, {gained} of {N} in all parts"
        assert page.get_by_role("status").text_content() == held
        assert page.locator(".live label", has_text="Gained").locator(".amount").text_content() == f"{here} of {gained}"
        amounts = [sum("gained" in held for held in tags[a - 1 : b]) for a, b in bounds(path)]
        shown = page.locator(".pager .amount").all_text_contents()
        assert shown == [f" ({amount})" for amount in amounts]
        assert page.locator(".live .problem").count() == here
        page.get_by_role("button", name="Show all").click()
        assert page.locator(".pager .amount").all_text_contents() == ["", "", ""]
        seen += page.evaluate(IDS)
        tab.assert_silent()
    assert seen == [problem.problem_id for problem in many.problems]


IDS = """() => Array.from(document.querySelectorAll(".live .problem"), (row) => {
    if (!row.open) row.querySelector("summary").click();
    return row.querySelector(".identity code").textContent;
})"""


@in_browser
def test_links_and_keys_lead_through_the_parts_and_keep_the_view(browser: Any, path: Path) -> None:
    tab = visit(
        browser, path, "#a1-answers?show=flipped&order=question&search=Mira", viewport={"width": 360, "height": 800}
    )
    ready(tab)
    page, press = tab.page, tab.page.keyboard.press
    last = page.locator(".live .problem").count() - 1
    assert page.get_by_role("status").text_content().endswith("problems in this part")  # the search knows no other
    page.locator(".live summary").nth(last).focus()
    press("j")
    focused = "document.activeElement.textContent"
    assert page.evaluate(focused) == "Next part: problems {} to {}".format(*bounds(path)[1])
    press("ArrowUp")
    assert page.evaluate(
        "document.activeElement.closest('.problem') === document.querySelector('.live .problems').lastChild"
    )
    press("ArrowDown")
    press("Enter")
    settled(tab, second(path))
    assert page.get_by_role("radio", name="Flipped").is_checked()
    assert page.get_by_role("combobox", name="Order").input_value() == "question"
    assert page.get_by_role("searchbox").input_value() == "Mira"
    press("j")  # without a click: the part of the page has the focus
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    press("k")
    assert page.evaluate("document.activeElement.rel") == "prev"
    press("Enter")
    settled(tab, path)
    assert page.get_by_role("radio", name="Flipped").is_checked()
    page.locator(".pager a").last.click()
    settled(tab, second(path).with_stem("completions-3"))
    assert page.locator(".onward").count() == 0
    page.get_by_role("link", name="Back to the report").click()
    settled(tab, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    silent(tab)


@in_browser
def test_an_address_finds_its_problem_on_whatever_page(browser: Any, path: Path, many: Findings) -> None:
    (_, _), (first, _), (_, last) = bounds(path)
    pages = [path, second(path), second(path).with_stem("completions-3")]
    for at, number, file in ((1, 1, path), (0, first, pages[1]), (1, first, pages[1]), (1, last, pages[2])):
        tab = visit(browser, pages[at], f"#a1-answers?order=flips&open={number}")
        settled(tab, file)
        tab.page.locator(".live .identity").wait_for()
        assert tab.page.locator(".live .identity code").text_content() == many.problems[number - 1].problem_id
        assert tab.page.url == f"{file.as_uri()}#a1-answers?order=flips&open={number}"
        silent(tab)
        tab.page.context.close()


@in_browser
def test_pages_of_two_builds_do_not_send_a_reader_to_and_fro(browser: Any, many: Findings, tmp_path: Path) -> None:
    build([many], tmp_path, title="t", name="page", limit=50_000)
    main, old = tmp_path / "page.html", second(tmp_path / "page.html").read_bytes()
    (_, larger), _ = bounds(main)
    build([many], tmp_path, title="t", name="page", limit=30_000)
    assert bounds(main)[0][1] < larger
    second(main).write_bytes(old)  # holds this problem on the main page, which holds it on this page
    tab = visit(browser, main, f"#a1-answers?open={larger}")
    settled(tab, second(main))
    assert len(tab.requests) == 2
    silent(tab)


@in_browser
@pytest.mark.parametrize("number", ["0", "-3", "1e99", "NaN", str(N + 1), "1.5", "javascript:alert(1)"])
def test_an_address_of_no_problem_leads_nowhere(browser: Any, path: Path, number: str) -> None:
    tab = visit(browser, path, f"#a1-answers?open={number}")
    ready(tab)
    assert tab.page.locator(".live .problem[open]").count() == 0
    tab.assert_silent()
    tab.page.context.close()


@in_browser
def test_without_script_every_page_has_its_first_problems_and_says_where_the_rest_is(browser: Any, path: Path) -> None:
    for file, (first, last) in zip((path, second(path)), bounds(path), strict=False):
        tab = visit(browser, file, java_script_enabled=False)
        assert tab.page.locator(".fixed .problem").count() == CARDS
        words = tab.page.locator(".place").inner_text()
        assert words.endswith("The other parts are separate pages in the folder page next to the report.")
        assert f"problems {first} to {last} of {N}" in words
        assert "all problems of this part" in tab.page.locator(".fixed .lead").inner_text()
        tab.page.locator(".pager a").last.click()
        tab.page.wait_for_url(re.compile("completions-3.html"))
        assert tab.page.locator(".fixed .problem").count() == CARDS
        silent(tab)


@in_browser
@pytest.mark.parametrize(("scheme", "script"), [("light", True), ("dark", True), ("light", False)])
def test_nothing_bars_a_reader_of_a_further_page(browser: Any, path: Path, scheme: str, script: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    address = f"#a1-answers?show=flipped&open={bounds(path)[1][0]}" if script else ""
    tab = visit(browser, second(path), address, color_scheme=scheme, viewport={"width": 360, "height": 800})
    ready(tab)
    if not script:  # axe needs the script, so the page is put back as it was before it
        tab.page.evaluate("document.querySelector('.live').remove(); document.querySelector('.fixed').hidden = false")
    results = axe.Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360
    if script:
        tab.page.goto(path.as_uri(), timeout=120_000)
        ready(tab)
        results = axe.Axe().run(tab.page, context=".browser")
        assert results.violations_count == 0, results.generate_report()


def test_of_a_text_without_end_a_page_carries_the_beginning_and_the_end(tmp_path: Path) -> None:
    text = "begun " + "и так далее " * 500_000 + " ended 18"
    page = build([of(asked("p 1", text, "short"))], tmp_path, title="T", name="page")
    assert page.stat().st_size < 2_000_000
    (carried_one,) = carried(of(asked("p 1", text, "short"))).problems
    long, short = (c.text for c in carried_one.completions)
    assert short == "short"
    assert len(long) < CARRIED + 300
    assert long.startswith("begun ")
    assert long.endswith(" ended 18")
    assert f"{len(text) - CARRIED:,} of {len(text):,} characters are left out" in long
    assert "evalsuite show RUN p 1 --json" in long
    one = of(asked("p 1", "short"))
    assert carried(one) is one
