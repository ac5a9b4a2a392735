"""The list of pages: every difference on one axis, the newest first; sorted, searched and filtered in a browser."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from chromium import launched, visit

from evalsuite.findings import Cell, Column, Figure, Findings, Light, Table
from evalsuite.stats.decision import Verdict
from reports import pictures_to_post
from reports.build import build, build_index
from reports.report_list import overview

Made = Callable[..., Findings]


def with_difference(make_findings: Made, name: str, *rows: tuple[Cell, ...], **options: Cell) -> Findings:
    """Return a comparison of stored runs whose first screen has these rows of label, low, value and high."""
    kind = "score_difference" if "lowest" in options else "difference"
    columns = tuple(
        Column(k, k, "text" if k == "label" else kind)
        for k in ("label", "low", "value", "high")  # type: ignore[arg-type]
    )
    figure = Figure("difference", "difference", "D", "d", "difference", {"level": 0.95, "base": "base", **options})
    runs = tuple((label, 40) for label in ("base", "SFT", "GRPO"))
    tiles = Table("accuracy", "A", (Column("label", "Run"), Column("n", "Problems", "count")), runs)
    verdicts = Table(
        "verdicts", "V", (Column("label", "Run"), Column("verdict", "Verdict")),
        tuple((row[0], Verdict("resolved gain" if row[1] > 0 else "unresolved")) for row in rows),  # type: ignore[operator]
    )  # fmt: skip
    return replace(make_findings(2), name=name, tables=(Table("difference", "D", columns, rows), tiles, verdicts),
                   figures=(figure,))  # fmt: skip


def test_each_comparison_has_a_row_with_its_own_verdict_on_one_axis(make_findings: Made, tmp_path: Path) -> None:
    build([with_difference(make_findings, "a", ("GRPO", -0.01, 0.02, 0.05))], tmp_path, title="First page", name="one")
    rows: tuple[tuple[Cell, ...], ...] = (("SFT", 0.1, 0.2, 0.3), ("GRPO", -0.3, -0.2, -0.1))
    several = replace(with_difference(make_findings, "b", *rows), verdict=None)
    build([several], tmp_path, title="Second page", name="two")
    found = overview(tmp_path, tmp_path / "index")
    assert [(row.title, row.named, row.difference, row.limits) for row in found.rows] == [
        ("Second page", "SFT against base", "+20 pp", "+10 to +30 pp"),
        ("Second page", "GRPO against base", "−20 pp", "−30 to −10 pp"),
        ("First page", "GRPO against base", "+2 pp", "−1 to +5 pp"),
    ]
    assert [row.verdict.label for row in found.rows if row.verdict][:2] == ["resolved gain", "unresolved"]
    assert {row.problems for row in found.rows} == {"40"}
    # The axis ends at the largest limit: zero is in the middle of every picture, the ends of that row at its edges.
    places = [[float(x) for x in re.findall(r'x[12]="([\d.]+)"', row.picture)] for row in found.rows]
    assert places == [[75, 75, 98.3, 145], [75, 75, 5, 51.7], [75, 75, 72.7, 86.7]]
    assert found.reach == "30"


def test_counts_have_no_difference_and_scores_keep_their_own_unit(make_findings: Made, tmp_path: Path) -> None:
    given = with_difference(make_findings, "d", ("1/5", -0.5, 0.2, 0.7))
    build([replace(given, provenance={"runs": "assumed"})], tmp_path, title="Counts", name="counts")
    scores = with_difference(make_findings, "e", ("GRPO", -1.0, 2.0, 5.0), lowest=0, highest=10)
    build([scores], tmp_path, title="Scores", name="scores")
    of_scores, of_counts = overview(tmp_path, tmp_path / "index").rows
    assert (of_scores.difference, of_scores.limits, of_scores.picture) == ("+2 points of 0 to 10", "−1 to +5", "")
    assert (of_counts.difference, of_counts.picture) == ("", "")


def test_of_several_intervals_of_one_difference_the_list_shows_that_of_the_verdict(
    make_findings: Made, tmp_path: Path
) -> None:
    seeds = with_difference(
        make_findings, "e", ("over problems alone", 0.0, 0.1, 0.2), ("over seeds and problems", -0.1, 0.1, 0.3)
    )
    build([seeds], tmp_path, title="Seeds", name="seeds")
    assert [row.limits for row in overview(tmp_path, tmp_path / "index").rows] == ["−10 to +30 pp"]


def test_the_list_marks_what_stands_in_the_way(small: Findings, tmp_path: Path) -> None:
    build([small], tmp_path, title="t", name="page")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("verdict warn") == len({caution.kind for caution in small.cautions}) > 0


def test_a_page_of_an_earlier_version_is_left_out_until_it_is_built_again(small: Findings, tmp_path: Path) -> None:
    build([small], tmp_path, title="Old page", name="old")
    card = tmp_path / "index" / "old.json"
    card.write_text('{"file": "old.html", "title": "Old page", "answers": []}', encoding="utf-8")
    build([small], tmp_path, title="New page", name="new")
    assert [row.address for row in overview(tmp_path, tmp_path / "index").rows] == ["new.html"]
    build([small], tmp_path, title="Old page", name="old")
    assert [row.address for row in overview(tmp_path, tmp_path / "index").rows] == ["old.html", "new.html"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [("no", "resolved gain"), ("unknown", "resolved gain at this token limit"), ("yes", "depends on the token limit")],
)
def test_page_list_and_card_give_one_verdict(
    make_findings: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: Any, said: str
) -> None:
    cards = []
    monkeypatch.setattr(pictures_to_post, "card", lambda card, _: cards.append(card))
    found = replace(make_findings(20), verdict=Verdict("resolved gain"), lights=(Light("token limit", changes, "W."),))
    page = build([found], tmp_path, title="t", name="one")
    (row,) = overview(tmp_path, tmp_path / "index").rows
    assert row.verdict is not None
    badges = re.findall(
        r'<span class="verdict (\w+)"><span aria-hidden="true">.</span> ([^<]*)<', page.read_text("utf-8")
    )
    assert badges[0] == (row.verdict.tone, said)
    assert row.verdict.label == said
    assert [(card.verdict, card.tone) for card in cards] == [(f"{row.verdict.sign} {said}", row.verdict.tone)]


def test_a_page_that_stays_as_it_was_keeps_its_day_and_place(small: Findings, tmp_path: Path) -> None:
    for name in ("a", "b"):
        build([small], tmp_path, title=name, name=name)
    card = tmp_path / "index" / "a.json"
    card.write_text(re.sub(r'"written": "[^"]*"', '"written": "2026-01-31"', card.read_text("utf-8")), encoding="utf-8")
    before = build_index(tmp_path).read_bytes()
    assert b"2026-01-31" in before
    os.utime(build([small], tmp_path, title="a", name="a"), (0, 0))
    assert build_index(tmp_path).read_bytes() == before
    build([replace(small, sentence="Another.")], tmp_path, title="a", name="a")
    assert [row.title for row in overview(tmp_path, tmp_path / "index").rows] == ["a", "b"]
    assert b"2026-01-31" not in build_index(tmp_path).read_bytes()


def test_a_list_of_nothing_says_so(tmp_path: Path) -> None:
    assert "There is no page yet." in build_index(tmp_path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def site(make_findings: Made, tmp_path: Path) -> Path:
    """Three pages, made a day apart, of which the second has the tag `paper`."""
    given = (("Beta", 0.05, ["paper"]), ("Alpha", -0.1, []), ("Gamma", 0.2, ["paper", "draft"]))
    for day, (title, value, tags) in enumerate(given):
        found = with_difference(make_findings, title, ("GRPO", value - 0.1, value, value + 0.1))
        page = build([found], tmp_path, title=title, name=title.lower(), tags=tags)
        os.utime(page, (86_400 * (20_000 + day),) * 2)
    return build_index(tmp_path)


def titles(page: Any) -> list[str]:
    return [row.inner_text() for row in page.locator("tbody tr:visible th a").all()]


@pytest.mark.browser
def test_a_reader_sorts_searches_and_filters(browser: Any, site: Path) -> None:
    tab = visit(browser, site)
    assert titles(tab.page) == ["Gamma", "Alpha", "Beta"], "the newest first"
    tab.page.get_by_role("button", name="Difference").click()
    assert titles(tab.page) == ["Gamma", "Beta", "Alpha"]
    tab.page.keyboard.press("Enter")
    assert titles(tab.page) == ["Alpha", "Beta", "Gamma"]
    assert tab.page.locator("th[aria-sort]").inner_text().split()[0] == "Difference"
    tab.page.get_by_role("button", name="Written").click()
    assert titles(tab.page) == ["Gamma", "Alpha", "Beta"]
    tab.page.get_by_role("button", name="Written").click()
    assert titles(tab.page) == ["Beta", "Alpha", "Gamma"]
    tab.page.get_by_label("paper").check()
    assert titles(tab.page) == ["Beta", "Gamma"]
    tab.page.get_by_label("draft").check()
    assert titles(tab.page) == ["Gamma"]
    tab.page.get_by_label("draft").uncheck()
    tab.page.get_by_label("Search").fill("bet")
    assert titles(tab.page) == ["Beta"]
    assert tab.page.get_by_role("status").inner_text() == "1 of 3 rows"
    tab.assert_silent()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_list_bars_nobody(browser: Any, site: Path, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    tab = visit(browser, site, color_scheme=scheme, viewport={"width": width, "height": 800})
    results = axe.Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_without_script_the_list_is_complete(browser: Any, site: Path) -> None:
    tab = visit(browser, site, java_script_enabled=False)
    assert titles(tab.page) == ["Gamma", "Alpha", "Beta"]
    assert tab.page.locator("svg:visible").count() == 3
    assert tab.page.locator(".tag:visible").all_inner_texts() == ["draft", "paper", "paper"]


def test_what_a_verdict_is_survives_the_list(make_findings: Made, tmp_path: Path) -> None:
    verdict = Verdict("resolved gain", 0.02, ("equivalent", "no worse"))
    found = replace(with_difference(make_findings, "a", ("GRPO", 0.01, 0.02, 0.03)), verdict=verdict)
    build([found], tmp_path, title="t", name="one")
    (row,) = overview(tmp_path, tmp_path / "index").rows
    assert row.verdict is not None
    assert row.verdict.label == "resolved gain, equivalent within ±2 pp at this token limit"
    assert asdict(verdict)["margin"] == 0.02
