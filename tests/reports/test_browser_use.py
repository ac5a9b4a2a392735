"""The browser of all completions in use: filters, search, order, keys, addresses, and how large and fast it is."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import launched, ready, visit

from evalsuite.findings import CompletionView, Findings, ProblemView
from reports.build import build
from reports.completion_cards import summary
from reports.completion_pages import divide

pytestmark = pytest.mark.browser

SECOND = 1000  # milliseconds
ALL = "#a1-answers?show=all"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def many(make_findings: Callable[..., Findings]) -> Findings:
    """Findings on 120 problems: more than one screen of rows."""
    found = make_findings(120)
    problems = tuple(
        replace(
            p, question=f"{p.question} {'Again. ' * (i % 7)}", completions=(p.completions[0], late(p.completions[1]))
        )
        for i, p in enumerate(found.problems)
    )
    return Findings("n", "Q?", "E1", None, "S.", problems=problems)


def late(c: CompletionView) -> CompletionView:
    looped = c.stop_reason == "length"
    return replace(c, looped=looped, verdicts={"boxed": c.outcome, "strict": "incorrect" if looped else c.outcome})


@pytest.fixture(scope="module")
def path(many: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build([many], tmp_path_factory.mktemp("use"), title="t", name="page")


def shown(page: Any) -> tuple[int, int]:
    """Return the number of rows, and the number of problems that the line above them gives."""
    text = page.locator(".live .count").text_content()
    return page.locator(".live .problem").count(), int(re.match(r"(\d+) of 120 problems", text)[1])


def ids(page: Any) -> list[str]:
    """Return the identity of every problem that the filters leave, one after the other, by the keys."""
    return [str(x) for x in page.evaluate(WALK)]


WALK = """() => {
    const live = document.querySelector(".live");
    let more = live.querySelector(".more-rows");
    while (!more.hidden) more.click();
    return Array.from(live.querySelectorAll(".problem"), (row) => {
        if (!row.open) row.querySelector("summary").click();
        return row.querySelector(".identity code").textContent;
    });
}"""


def test_filters_leave_what_the_findings_hold(browser: Any, path: Path, many: Findings) -> None:
    tab = visit(browser, path, ALL)
    ready(tab)
    page = tab.page
    labels = ["base", "GRPO"]
    tags = {p.problem_id: summary(p, labels).tags for p in many.problems}
    assert shown(page) == (50, 120)
    assert page.locator(".fixed").is_hidden()
    page.get_by_role("radio", name="Gained").check()
    gained = [name for name, held in tags.items() if "gained" in held]
    assert ids(page) == gained
    page.get_by_role("checkbox", name="Truncated").check()
    both = [name for name in gained if "truncated" in tags[name]]
    assert 0 < len(both) < len(gained)
    assert ids(page) == both
    assert page.get_by_role("status").text_content() == f"{len(both)} of 120 problems"
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("combobox", name="base").select_option(
        label=page.locator("option[value=wrong]").first.text_content()
    )
    page.get_by_role("combobox", name="GRPO").select_option("unanswered")
    wanted = [p.problem_id for p in many.problems if [c.outcome for c in p.completions] == ["incorrect", "no_answer"]]
    assert ids(page) == wanted
    page.get_by_role("button", name="Show all").click()
    assert shown(page) == (50, 120)
    tab.assert_silent()


def test_a_page_opens_on_what_flipped(browser: Any, path: Path, many: Findings) -> None:
    flipped = [p.problem_id for p in many.problems if "flipped" in summary(p, ["base", "GRPO"]).tags]
    tab = visit(browser, path)
    ready(tab)
    assert tab.page.get_by_role("radio", name="Flipped").is_checked()
    assert ids(tab.page) == flipped
    # What an address says comes first, and one that names a problem shows it whatever it is.
    same = next(i for i, p in enumerate(many.problems, 1) if p.problem_id not in flipped)
    tab = visit(browser, path, f"#a1-answers?open={same}")
    ready(tab)
    assert tab.page.locator(".live .identity code").text_content() == many.problems[same - 1].problem_id
    tab = visit(browser, path, java_script_enabled=False)
    assert tab.page.locator(".fixed .problem .identity code").all_text_contents() == flipped[:20]


def test_search_order_and_address(browser: Any, path: Path, many: Findings) -> None:
    tab = visit(browser, path, ALL)
    ready(tab)
    page = tab.page
    page.get_by_role("searchbox").fill("HALF  as")
    page.locator(".live mark").first.wait_for()
    assert page.locator(".live mark").first.text_content() == "half as"
    page.get_by_role("searchbox").fill("4 / 2 = 12")  # a part of "24 / 2 = 12": in the completions of one problem
    page.locator(".live .hit mark").first.wait_for()
    found = [p.problem_id for p in many.problems if any("4 / 2 = 12" in c.text for c in p.completions)]
    assert ids(page) == found
    page.get_by_role("searchbox").fill("")
    page.locator(".live .count", has_text="120 of 120").wait_for()
    page.get_by_role("combobox", name="Order").select_option("question")
    longest = sorted(many.problems, key=lambda p: -len(p.question))
    assert ids(page) == [p.problem_id for p in longest]
    page.get_by_role("combobox", name="Order").select_option("flips")
    flipped = [p for p in many.problems if "flipped" in summary(p, ["base", "GRPO"]).tags]
    assert ids(page)[: len(flipped)] == [p.problem_id for p in flipped]
    page.get_by_role("checkbox", name="Looped").check()
    page.locator(".live summary").nth(2).click()
    address, identity = page.url, page.locator(".identity code").last.text_content()
    again = visit(browser, path, address[address.index("#") :])
    ready(again)
    assert shown(again.page) == shown(page)
    assert again.page.locator(".live .identity code").text_content() == identity
    assert again.page.get_by_role("combobox", name="Order").input_value() == "flips"
    assert again.page.get_by_role("checkbox", name="Looped").is_checked()
    assert again.page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_keyboard_is_enough(browser: Any, path: Path) -> None:
    tab = visit(browser, path, viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    ready(tab)
    page = tab.page
    press = page.keyboard.press
    focused = "[...document.querySelectorAll('.live .problem')].indexOf(document.activeElement.closest('.problem'))"
    press("j")
    assert page.evaluate(focused) == -1  # no key acts outside this part of the page
    page.locator(".live .lead").click()
    for key, place in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1), ("ArrowUp", 0), ("k", 0)):
        press(key)
        assert page.evaluate(focused) == place, key
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press("Enter")
    press("j")
    assert page.evaluate("[...document.querySelectorAll('.live .problem')].findIndex(p => p.open)") == 1
    assert page.locator(".live .problem[open]").count() == 1
    assert page.locator(".live .completion").count() == 2
    for _ in range(50):
        press("j")
    assert page.evaluate(focused) == 51  # the next rows come by themselves
    press("Escape")
    assert page.locator(".live .problem[open]").count() == 0
    press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("j/?")
    assert page.get_by_role("searchbox").input_value() == "j/?"
    press("Control+a")
    page.keyboard.type("Mira")
    press("Enter")
    assert page.evaluate(focused) == 0  # from the search to what it found
    assert page.locator(".live mark").count() > 0
    page.locator(".live .lead").click()
    press("?")
    assert page.get_by_role("dialog").is_visible()
    press("Escape")
    assert page.get_by_role("dialog").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    tab.assert_silent()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_a_reader_of_completions(browser: Any, path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    tab = visit(browser, path, "#a1-answers?search=Mira&show=flipped&open=1", color_scheme=scheme)
    ready(tab)
    assert tab.page.locator(".live mark").count() > 0
    results = axe.Axe().run(tab.page)
    assert results.violations_count == 0, results.generate_report()
    tab.page.get_by_role("button", name="Keys").click()
    results = axe.Axe().run(tab.page, context="dialog")
    assert results.violations_count == 0, results.generate_report()


def test_several_completions_of_a_run(browser: Any, tmp_path: Path) -> None:
    def problem(name: str, *outcomes: str) -> ProblemView:
        own = [CompletionView("base", f"{name}{i}", "1", o, "stop", 1) for i, o in enumerate(outcomes)]
        return ProblemView(name, f"question {name}", "1", tuple(own))

    problems = (
        problem("a", "correct", "correct"),
        problem("b", "correct", "no_answer"),
        problem("c", "incorrect", "incorrect"),
    )
    page = build([Findings("n", "Q?", "E", None, "S.", problems=problems)], tmp_path, title="t", name="page")
    tab = visit(browser, page)
    ready(tab)
    marks = [re.sub(r"\s+", " ", text) for text in tab.page.locator(".live .marks").all_text_contents()]
    assert [text[:24] for text in marks] == [f"right answer = 1base {k}/2" for k in (2, 1, 0)]
    tab.page.get_by_role("combobox", name="base").select_option("some")
    assert ids(tab.page) == ["b"]
    assert tab.page.locator(".live .run").all_text_contents() == ["base #1", "base #2"]


def realistic(n: int, runs: int) -> Findings:
    """Return findings with as much text, as varied, as small models write on GSM8K: 600 characters a completion."""
    rng = random.Random(5)  # noqa: S311
    names = [
        "Mira",
        "Weng",
        "Betty",
        "Julie",
        "James",
        "Mark",
        "Albert",
        "Ken",
        "Alexis",
        "Tina",
        "Tobias",
        "Randy",
        "Jasper",
        "Joy",
        "Martha",
        "Alice",
        "Bob",
    ]
    things = [
        "jars",
        "pens",
        "books",
        "apples",
        "flowers",
        "sheets",
        "tickets",
        "pages",
        "dollars",
        "miles",
        "hours",
        "eggs",
        "cards",
        "cups",
        "boxes",
    ]
    steps = (
        "First, we need to find out how many {t} {p} has. {p} starts with {a} {t} and gets {b} more.",
        "So {p} has {a} + {b} = {c} {t}.",
        "Each of them costs ${a}, so the total cost is {a} * {b} = {c} dollars.",
        "Then {p} gives away {a} of the {t}, which leaves {c} - {a} = {b} {t}.",
        "To find the number of {t} in a week we multiply {a} by {b}: {a} x {b} = {c}.",
        "Since half of the {t} were sold on Monday, {a} / 2 = {b} {t} are left on Tuesday.",
        "Let x be the number of {t}. We know that {a}x + {b} = {c}.",
        "Therefore, {p} needs {c} more {t} by the end of the month.",
    )

    def text(length: int) -> str:
        made, size, who, thing = [], 0, rng.choice(names), rng.choice(things)
        while size < length:
            numbers = {key: rng.randrange(2, 500) for key in "abc"}
            made.append(rng.choice(steps).format(p=who, t=thing, **numbers))
            size += len(made[-1]) + 1
        return "\n".join(made)

    def completion(label: str) -> CompletionView:
        outcome = rng.choice(("correct", "incorrect", "incorrect", "no_answer"))
        verdicts = {f"grader{k}": rng.choice((outcome, outcome, "incorrect")) for k in range(6)}
        cut = rng.random() < 0.25
        made = text(rng.randrange(200, 900))
        return CompletionView(
            label,
            made,
            "12",
            outcome,
            "length" if cut else "stop",
            len(made) // 4,
            cut and rng.random() < 0.4,
            verdicts,
        )

    labels = [f"run {k}" for k in range(runs)]
    return Findings("n", "Q?", "E", None, "S.", problems=tuple(
        ProblemView(f"gsm8k/test/{i}", text(200), "12", tuple(completion(label) for label in labels)) for i in range(n)
    ))  # fmt: skip


def test_the_whole_test_set_under_four_runs_is_small_and_quick(browser: Any, tmp_path: Path) -> None:
    findings = realistic(1319, 4)
    assert 550 < sum(len(c.text) for p in findings.problems for c in p.completions) / 5276 < 650
    parts = divide([findings], name="page")
    first = findings.problems[: parts[0].end]
    page = build([findings], tmp_path, title="t", name="page")
    # All completions, on the page and on those beside it.
    assert sum(part.end - part.first for part in parts) == 1319
    assert all(file.stat().st_size < 1_000_000 for file in (page, *tmp_path.glob("page/completions-*.html")))
    tab = visit(browser, page, ALL)
    # The bounds on time leave room for a busy machine.
    assert ready(tab) < 15 * SECOND
    assert tab.page.locator(".live .problem").count() == 50
    took = tab.page.evaluate("""() => {
        const search = document.querySelector(".live input[type=search]");
        const started = performance.now();
        search.value = "= 144";
        search.dispatchEvent(new Event("change", { bubbles: true }));
        return [performance.now() - started, document.querySelector(".live .count").textContent];
    }""")
    wanted = sum(any("= 144" in t for t in (p.question, *(c.text for c in p.completions))) for p in first)
    assert took[1] == f"{wanted} of {len(first)} problems in this part"
    assert took[0] < 5 * SECOND
    tab.assert_silent()
