"""The page in Chinese: no fixed English text is left, and every number is that of the English page."""

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from stores import store_with

from analyses.model_comparison import analysis as model_comparison
from evalsuite.cli.app import run_command
from evalsuite.findings import Findings
from evalsuite.settings import ComparisonSettings
from evalsuite.stats.decision import Verdict
from evalsuite.wording.language import language
from reports.build import build

BASE = (0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0)
NEW = (1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1)
LATIN = {"CSV", "PNG", "SVG",
    # names of methods and of people, units, labels and codes of estimands
    "Agresti", "Bonett", "Lumbard", "McNemar", "Fay", "Min", "Newcombe", "Price", "Tango", "BCa", "Wilson", "Tab",
    "Holm", "kappa", "pass",
    "mid", "top", "token", "evalsuite", "export", "extend", "base", "new",
    # values that are stored as they are
    "imported",
}  # fmt: skip
CODES = r"\b[a-z]+(?:_[a-z]+)+\b|\bp\d+\b|[A-Za-z]+(?=\u2026)"
"""Names with underscores, ids of problems, and the stump of a word that was cut for want of room."""
VOID = {"meta", "input", "br", "link", "rect", "path", "use"}
READ_ALOUD = ("aria-label", "placeholder", "title", "alt")


class Visible(HTMLParser):
    """Collects what a reader sees or hears: texts outside style, script, code and the tree of stored values."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note whether the element is hidden or code, and take its spoken attributes."""
        found = dict(attrs)
        classes = (found.get("class") or "").split()
        code = tag in {"style", "script", "code"} or "tree" in classes or "made-by" in classes
        if tag not in VOID:
            self.open.append(code)
        if not any(self.open):
            self.texts += [text for key in READ_ALOUD if (text := found.get(key))]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Skip elements without content."""

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Take the text of an element that is shown."""
        if data.strip() and not any(self.open):
            self.texts.append(" ".join(data.split()))


def visible(page: Path) -> list[str]:
    reader = Visible()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader.texts


def figures(texts: list[str]) -> list[str]:
    """Return all numbers in order."""
    return [number.rstrip(",.") for text in texts for number in re.findall(r"\d[\d,.]*", text)]


def written(findings: Findings, folder: Path) -> Path:
    return build([findings], folder, title=findings.question, name="page")


@dataclass(frozen=True)
class Pages:
    """The same comparison in English and in Chinese, the Chinese page again, and the one that the command writes."""

    english: Findings
    chinese: Findings
    folder: Path

    def page(self, name: str) -> Path:
        return self.folder / name / "page.html"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder = tmp_path_factory.mktemp("pages")
    found: dict[str, Findings] = {}
    with store_with(folder / "store", base=BASE, new=NEW) as store:
        path = store.path
        for name in ("en", "zh"):
            with language(name):
                found[name] = model_comparison.analyse(store, ["base", "new"], ComparisonSettings(margin=0.02))
                written(found[name], folder / name)
    with language("zh"):
        written(found["zh"], folder / "again")
    options = ["--store", str(path), "--out", str(folder / "command"), "--name", "page", "--language", "zh"]
    assert run_command(["report", "base", "new", *options]) == 0
    return Pages(found["en"], found["zh"], folder)


def test_the_page_says_its_language(pages: Pages) -> None:
    assert '<html lang="en">' in pages.page("en").read_text(encoding="utf-8")
    for name in ("zh", "command"):
        assert '<html lang="zh-Hans">' in pages.page(name).read_text(encoding="utf-8")
    assert "evalsuite report base new" in pages.page("command").read_text(encoding="utf-8")
    assert "--language zh" in pages.page("command").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["zh", "command"])
def test_no_fixed_english_text_is_left(pages: Pages, name: str) -> None:
    left = {}
    for text in visible(pages.page(name)):
        words = set(re.findall(r"[A-Za-z]{3,}", re.sub(CODES, "", text))) - LATIN
        if words:
            left[text] = words
    assert left == {}


def test_the_numbers_are_those_of_the_english_page_in_the_same_order(pages: Pages) -> None:
    english, chinese = figures(visible(pages.page("en"))), figures(visible(pages.page("zh")))
    assert len(english) > 300
    assert chinese == english


def test_findings_keep_codes_and_full_precision(pages: Pages) -> None:
    english, chinese = pages.english, pages.chinese
    assert chinese.verdict == english.verdict == Verdict("unresolved", 0.02, ("no worse",))
    assert chinese.estimates == english.estimates
    assert chinese.tests == english.tests
    for one, other in zip(english.tables, chinese.tables, strict=True):
        assert (one.name, [c.key for c in one.columns]) == (other.name, [c.key for c in other.columns])
        numbers = [[cell for cell in row if not isinstance(cell, str)] for row in one.rows]
        assert numbers == [[cell for cell in row if not isinstance(cell, str)] for row in other.rows]
    assert [(f.name, f.kind, f.table) for f in english.figures] == [(f.name, f.kind, f.table) for f in chinese.figures]


def test_built_again_the_chinese_page_has_the_same_bytes(pages: Pages) -> None:
    one, again = (pages.page(name).parent for name in ("zh", "again"))
    names = ["page.html", *(f"page/{path.name}" for path in sorted((one / "page").iterdir()))]
    assert len(names) > 15
    assert [name for name in names if (one / name).read_bytes() != (again / name).read_bytes()] == []


def test_the_english_page_is_the_same_after_a_chinese_one(pages: Pages, tmp_path: Path) -> None:
    findings = replace(pages.english, figures=())
    before = written(findings, tmp_path / "before").read_bytes()
    with language("zh"):
        assert written(findings, tmp_path / "between").read_bytes() != before
    assert written(findings, tmp_path / "after").read_bytes() == before
    assert not re.search("[\u3000-\u9fff]", pages.page("en").read_text(encoding="utf-8"))
