"""Text from models and files in a real browser: nothing runs, nothing is asked for, nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import Tab, launched, ready, visit

from evalsuite.figures.characters import HIDDEN, visible
from evalsuite.findings import Column, CompletionView, Findings, ProblemView, Table
from reports.build import build
from reports.completion_cards import carried

pytestmark = pytest.mark.browser

MARK = "window.__pwned=1;alert(1)"
LONG = 1_000_000
ATTACKS = (
    f"<script>{MARK}</script><img src=x onerror='{MARK}'><svg/onload={MARK}><iframe srcdoc='<script>{MARK}</script>'>",
    f"</script></style></title></textarea></details></dialog></main><script>{MARK}</script>",
    f"<!-- <script> --!> <!--<script>{MARK}</script>--> ]]> <![CDATA[<script>{MARK}</script>]]>",
    f"\" onmouseover='{MARK}' autofocus onfocus={MARK} x=\" ' style='position:fixed;inset:0' javascript:{MARK}",
    "<style>*{display:none!important}</style><link rel=stylesheet href=https://invalid.invalid/x.css>@import 'x.css';",
    "<meta http-equiv=refresh content='0;url=https://invalid.invalid/'><base href=https://invalid.invalid/>",
    "<form id=completions><input name=attributes></form><a id=a1-answers name=texts href=#></a><p class=fixed>",
    "\x00\x01\x08\x1b[31m\x7f\x85 before \u202eafter\u202c \u2066x\u2069 \ud800 \udfff\ud800 \U000e0041 \u2028 end",
    "**bold** [link](javascript:alert(1)) ![i](https://invalid.invalid/i.png) $\\frac12$ {{ 7*7 }} ${7*7} %s {n}",
    " \t leading and trailing \r\n\n lines \n ",
    "constructor __proto__ toString \\ \\u0041 &lt;b&gt; &amp; \U0001f600 e\u0301 \u05e2\u05d1\u05e8\u05d9\u05ea",
)
LINES = ("<b>" * (LONG // 3), "a" * (LONG // 10), "\u202e\x00" * 2_000)
"""Lines without an end: one megabyte as a completion of the base, shorter ones of the new run and as a question."""

READ = """place => {
    const row = document.querySelectorAll(".live .problem")[place];
    row.querySelector("summary").click();
    for (const button of row.querySelectorAll("button")) button.click();
    const texts = (selector) => Array.from(row.querySelectorAll(selector), (found) => found.textContent);
    return {
        buttons: texts("button").length, id: texts(".identity code")[0], gold: texts(".identity .answer")[0],
        texts: texts(".text"), runs: texts(".run"), outcome: texts(".outcome")[0], facts: texts("dd"),
    };
}"""
"""Opens a problem with all its text and returns what is shown."""

SEARCH = """query => {
    const search = document.querySelector(".live input[type=search]");
    search.value = query;
    search.dispatchEvent(new Event("change", { bubbles: true }));
    return [document.querySelector(".live .count").textContent, document.querySelector(".live mark").textContent];
}"""


def view(attack: str, text: str | None = None) -> ProblemView:
    """Return a problem with `attack` in every place."""
    base = CompletionView(attack, text or attack, attack, attack, attack, None, True, {attack: attack, "g": "correct"})
    new = replace(base, label=f"new {attack[:300]}", extracted=None, outcome="correct", stop_reason="length")
    return ProblemView(attack, attack, attack, (base, new), attack)


def hostile() -> Findings:
    attack = "".join(ATTACKS)
    names = tuple(Column(f"{i}{one}", one) for i, one in enumerate(ATTACKS))
    hidden = "x".join(c for c in map(chr, range(0x110000)) if HIDDEN.match(c))
    base, new = view("line").completions
    lines = (replace(base, text=LINES[0]), replace(new, text=LINES[1]))
    problems = (
        *(view(one) for one in ATTACKS),
        replace(view("line"), question=LINES[2], completions=lines),
        view("hidden", hidden),
    )
    # Every problem has the same two runs, or else each would bring two of its own.
    labels = (attack, f"new {attack}")
    problems = tuple(
        replace(p, completions=tuple(replace(c, label=one) for c, one in zip(p.completions, labels, strict=True)))
        for p in problems
    )
    return Findings(
        name=attack, question=attack, estimand=attack, verdict=None, label=attack, sentence=attack, notes=ATTACKS,
        tables=(Table(attack, attack, names, (ATTACKS,), attack),), problems=problems, provenance={attack: attack},
    )  # fmt: skip


@pytest.fixture(scope="module")
def findings() -> Findings:
    return hostile()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def path(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build([findings], tmp_path_factory.mktemp("hostile"), title=ATTACKS[0], name="page")


@contextmanager
def opened(browser: Any, path: Path, address: str = "#a1-answers?show=all") -> Iterator[Tab]:
    tab = visit(browser, path, address, offline=True)
    ready(tab)
    yield tab
    tab.page.context.close()


def assert_unharmed(tab: Tab) -> None:
    tab.assert_silent()
    assert tab.page.evaluate("window.__pwned") is None
    assert tab.page.locator("script").count() == 2
    assert tab.page.locator("img, iframe, link, base, form, [onload], [onerror], [onmouseover], [onfocus]").count() == 0
    assert tab.page.locator("body style, a[href^=javascript], [style*=fixed]").count() == 0
    assert tab.page.locator("main").count() == tab.page.locator(".live").count() == 1


def test_every_text_is_shown_as_it_is(browser: Any, path: Path, findings: Findings) -> None:
    with opened(browser, path) as tab:
        assert tab.page.locator(".live .problem").count() == len(findings.problems)
        # Of a text without end the page carries the beginning and the end.
        for place, problem in enumerate(carried(findings).problems):
            shown = tab.page.evaluate(READ, place)
            texts = (problem.question, problem.solution, *(c.text for c in problem.completions))
            assert shown["buttons"] == 0
            assert shown["id"] == visible(problem.problem_id)
            assert shown["gold"] == visible(problem.gold)
            assert shown["texts"] == [visible(text) for text in texts], place
            assert shown["runs"] == [visible(c.label) for c in problem.completions]
            base = problem.completions[0]
            assert visible(base.outcome) in shown["outcome"]
            assert shown["facts"][0] == visible(base.extracted or "")
            assert shown["facts"][1].startswith(visible(base.stop_reason))
            assert visible(next(iter(base.verdicts))) in shown["facts"][3]
        assert_unharmed(tab)


def test_further_pages_show_every_text_as_it_is(browser: Any, findings: Findings, tmp_path: Path) -> None:
    short = replace(findings, problems=findings.problems[: len(ATTACKS)])
    report = build([short], tmp_path, title=ATTACKS[0], name="page", limit=1_000)
    pages = [report, *sorted(report.with_suffix("").glob("completions-*.html"))]
    assert len(pages) >= 3
    left = list(short.problems)
    for page in pages:
        with opened(browser, page) as tab:
            for place in range(tab.page.locator(".live .problem").count()):
                problem = left.pop(0)
                shown = tab.page.evaluate(READ, place)
                assert shown["id"] == visible(problem.problem_id)
                texts = (problem.question, problem.solution, *(c.text for c in problem.completions))
                assert shown["texts"] == [visible(text) for text in texts]
            assert_unharmed(tab)
    assert left == []


def test_searching_stays_harmless(browser: Any, path: Path) -> None:
    with opened(browser, path) as tab:
        for attack in ATTACKS[:4]:
            count, marked = tab.page.evaluate(SEARCH, attack[:150])
            assert count.startswith("1 of")
            assert marked == visible(attack[:150]).strip()
        assert_unharmed(tab)


@pytest.mark.parametrize(
    "address",
    [
        f"#a1-answers?search={ATTACKS[0]}&order=constructor&show=__proto__&and=toString&run1=valueOf&open=2",
        "#a1-answers?open=99999999999&run99=right&search=%00%ED%A0%80%E2%80%AE&order=<script>",
        "#constructor?search=x",
        "#a1-answers?moved=<script>&show=javascript:alert(1)&open=%3Cscript%3E",
    ],
)
def test_addresses_stay_harmless(browser: Any, path: Path, address: str) -> None:
    with opened(browser, path, address.replace(" ", "%20")) as tab:
        # An address that names no part of the page opens none.
        tab.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        tab.page.locator(".live .lead").first.evaluate("lead => lead.closest('section').focus()")
        tab.page.keyboard.press("j")
        tab.page.keyboard.press("?")
        assert tab.page.get_by_role("dialog").is_visible()
        assert_unharmed(tab)


def test_without_script_the_cards_are_harmless_too(browser: Any, path: Path) -> None:
    tab = visit(browser, path, offline=True, java_script_enabled=False)
    held, n = tab.page.locator(".fixed .problem").count(), len(hostile().problems)
    # The longest texts leave no room for all cards.
    assert 3 <= held < n
    assert tab.page.locator(".fixed .lead").text_content().strip().startswith(f"{held} of {n} problems")
    assert tab.page.locator("script").count() == 2
    tab.assert_silent()


def test_the_policy_stops_a_script_that_got_in(browser: Any, path: Path, tmp_path: Path) -> None:
    # What if a text were not escaped? The page's own script runs, the other does not, and no picture is fetched.
    text = path.read_text(encoding="utf-8")
    broken = tmp_path / "broken.html"
    broken.write_text(text.replace("</main>", f"{ATTACKS[0]}</main>", 1), encoding="utf-8")
    with opened(browser, broken) as tab:
        assert tab.page.locator("main script").count() == 1
        assert tab.page.evaluate("window.__pwned") is None
        assert tab.dialogs == []
        assert any("Content Security Policy" in error for error in tab.errors)
