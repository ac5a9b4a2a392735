"""What is marked in a completion: the answer that was read, other words, where it ran on and where it was cut off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import launched, ready, visit

from evalsuite.findings import CompletionView, Findings, ProblemView
from reports.build import build
from reports.marked_text import answer_place, marked

TEXTS = (
    ("So 540 * 1 = 540.", "540", "540"),
    ("It is \\boxed{540}, not 541. Check: 540", "540", "\\boxed{540}"),
    ("1,440 dollars", "1440", "1,440"),
    ("$1440.00 in all", "1440", "1440.00"),
    ("half is 0.50", "0.5", "0.50"),
    ("14400 and 11440 and 1440.5", "1440", None),
    ("minus −3 degrees", "−3", "−3"),
    ("x = a|b (c)", "a|b (c)", "a|b (c)"),
    ("\U0001f600 the answer is 7", "7", "7"),
    ("nothing", None, None),
    ("nothing", "7", None),
)
"""Texts, what was read in them, and what is marked."""
RUN_ON = "\U0001f600 The answer is 12.\n\nQuestion: and 13? The answer is 12."
AT = RUN_ON.index("\n\nQuestion")


@pytest.mark.parametrize(("text", "extracted", "found"), TEXTS)
def test_the_answer_that_was_read_is_found(text: str, extracted: str | None, found: str | None) -> None:
    place = answer_place(text, extracted)
    if found is None:
        assert place is None
    else:
        assert place is not None
        assert text[slice(*place)] == found.removeprefix("\\boxed{").removesuffix("}")
        assert ("boxed" in found) == text[: place[0]].endswith("boxed{")


def test_pieces_keep_the_whole_text_as_text() -> None:
    text = "<b>12</b> & 13 = 12"
    assert marked(text, answer_place(text, "12"), None) == (
        '&lt;b&gt;12&lt;/b&gt; &amp; 13 = <mark class="answer-read">12</mark>'
    )
    # A text in two parts has the same marks.
    place = answer_place(RUN_ON, "12", AT)
    assert place is not None
    whole, parts = marked(RUN_ON, place, AT), [marked(RUN_ON[:20], place, AT), marked(RUN_ON[20:], place, AT, first=20)]
    seams = ('</mark><mark class="answer-read">', '</span><span class="ran-on" data-words="">')
    joined = "".join(parts)
    for seam in seams:
        joined = joined.replace(seam, "")
    assert joined == whole
    assert whole.count("graded up to here") == 1
    assert place[0] < AT, "what runs on is not the answer"


def problem(name: str, base: CompletionView, new: CompletionView, question: str = "Q") -> ProblemView:
    return ProblemView(name, question, "12", (base, new))


def view(label: str, text: str, extracted: str | None, **more: Any) -> CompletionView:
    outcome = "correct" if label == "new" else "incorrect"
    return CompletionView(label, text, extracted, outcome, more.pop("stop_reason", "stop"), 9, **more)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problems = [problem(f"t{i}", view("base", t, e), view("new", "other", "9")) for i, (t, e, _) in enumerate(TEXTS)]
    problems += [
        problem("words", view("base", "Mira has 3 red jars and 4 blue ones", "3"),
                view("new", "Mira has 3 jars and 9 blue ones", "9")),
        problem("ends", view("base", RUN_ON, "12", runs_on_at=AT),
                view("new", "12 and so", "12", stop_reason="length")),
        problem("unasked", view("base", "a", None), view("new", "b", None), question=""),
    ]  # fmt: skip
    found = Findings("n", "Q?", "E", None, "S.", problems=tuple(problems))
    return build([found], tmp_path_factory.mktemp("marked"), title="t", name="page")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


MARKS = """scope => Array.from(document.querySelectorAll(`${scope} .problem .completion.run-0`), (one) => {
    const text = one.querySelector(".text");
    return [text.textContent, Array.from(text.querySelectorAll(".answer-read"), (mark) => {
        const range = document.createRange();
        range.setStart(text, 0);
        range.setEndBefore(mark);
        return [range.toString(), mark.textContent];
    })];
})"""


@pytest.mark.browser
def test_the_script_marks_the_same_places_as_the_page_without_it(browser: Any, path: Path) -> None:
    plain = visit(browser, path, java_script_enabled=False)
    texts = [text for text, _, _ in TEXTS]
    without = plain.page.locator(".fixed .problem .completion.run-0 .text")
    assert without.all_text_contents()[: len(texts)] == texts
    tab = visit(browser, path, "#a1-answers?show=all")
    ready(tab)
    found = []
    for row in tab.page.locator(".live .problem").all():
        row.locator("summary").click()
        found += tab.page.evaluate(MARKS, ".live")
    assert found == tab.page.evaluate(MARKS, ".fixed")
    assert sum(bool(marks) for _, marks in found) == sum(e is not None for _, _, e in TEXTS) + 2
    tab.assert_silent()


@pytest.mark.browser
def test_words_that_differ_run_ons_and_cuts_are_marked(browser: Any, path: Path) -> None:
    n = len(TEXTS)
    tab = visit(browser, path, f"#a1-answers?open={n + 1}")
    ready(tab)
    page = tab.page
    assert page.locator(".live .run-0 .differs").all_text_contents() == ["red", "4"]
    assert page.locator(".live .run-1 .differs").all_text_contents() == ["9"]
    assert page.locator(".live .signs", has_text="Underlined").count() == 1
    page.get_by_role("searchbox").fill("jars")
    page.locator(".live mark:not(.answer-read)").first.wait_for()
    assert page.locator(".live .differs").count() == 0, "one kind of mark at a time"
    tab = visit(browser, path, f"#a1-answers?open={n + 2}")
    ready(tab)
    for scope in (".live", ".fixed"):
        assert tab.page.locator(f"{scope} .ran-on").text_content() == RUN_ON[AT:], scope
        assert tab.page.locator(f"{scope} .run-1 .cut").count() == 1
        assert tab.page.locator(f"{scope} .run-0 .cut").count() == 0
    words = "getComputedStyle(document.querySelector('.live .ran-on'), '::before').content"
    assert "graded up to here" in tab.page.evaluate(words)
    assert tab.page.locator(".live .differs").count() == 0, "texts that are not alike are not compared"


@pytest.mark.browser
def test_a_problem_without_a_question_is_known_by_its_id(browser: Any, path: Path) -> None:
    tab = visit(browser, path, "#a1-answers?show=all")
    ready(tab)
    assert tab.page.locator(".live .stem").last.text_content() == "unasked"
    tab.page.locator(".live summary").last.click()
    assert tab.page.locator(".live .text.question").text_content() == "(no question recorded)"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_bar_nobody(browser: Any, path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for place in (len(TEXTS) + 1, len(TEXTS) + 2):
        tab = visit(browser, path, f"#a1-answers?open={place}", color_scheme=scheme)
        ready(tab)
        results = axe.Axe().run(tab.page)
        assert results.violations_count == 0, results.generate_report()
