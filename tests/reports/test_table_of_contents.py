"""The list of parts beside a page leads everywhere."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from evalsuite.findings import Column, Findings, Table
from evalsuite.stats.decision import Verdict
from reports.answer import answer
from reports.build import build
from reports.table_of_contents import contents
from reports.verdicts import plain_words


class Ids(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(found["id"] or "")
        if tag == "a":
            self.links.append(found.get("href") or "")


def further(small: Findings, name: str) -> Findings:
    figures = tuple(f for f in small.figures if f.name == "lengths")
    tables = tuple(t for t in small.tables if t.name == "lengths")
    return replace(
        small, name=name, question="What did the token limit do?", tables=tables, figures=figures, problems=()
    )


def test_one_answer_lists_its_sections(small: Findings) -> None:
    view = answer(small, key="a1")
    links = contents([view])
    assert [link.key for link in links] == [part.key for part in view.sections] + ["a1-answers", "provenance"]
    assert not any(link.parts for link in links)


def test_several_answers_list_the_first_in_full_and_further_ones_by_their_short_title(small: Findings) -> None:
    views = [answer(small, key="a1"), answer(further(small, "truncation"), key="a2")]
    first, second, provenance = contents(views)
    assert (first.title, first.key) == (small.question, "a1-question")
    assert len(first.parts) == len(views[0].sections) + 1
    assert (second.title, second.key, second.parts) == ("What did the token limit do?", "a2-question", ())
    assert provenance.key == "provenance"


def test_every_link_of_a_page_leads_somewhere_and_commands_stand_once(small: Findings, tmp_path: Path) -> None:
    path = build([small, further(small, "truncation")], tmp_path, title="t", name="page")
    page = Ids(path)
    assert [link for link in page.links if link.startswith("#") and link[1:] not in page.ids] == []
    assert len(page.ids) == len(set(page.ids))
    text = path.read_text(encoding="utf-8")
    assert text.count("evalsuite compare base grpo") == 1
    # What the main answer says of the set-up is not said again.
    assert text.count('<dl class="setup">') == 1
    assert text.count('<details class="fold analysis">') == 2


def test_several_new_runs_are_sorted_by_what_was_shown(small: Findings) -> None:
    columns = (Column("label", "Run"), Column("verdict", "Verdict"))
    rows = (
        ("a", Verdict("resolved gain")), ("b", Verdict("unresolved")), ("c", Verdict("resolved gain")),
        ("d", Verdict("equivalent", 0.02)),
    )  # fmt: skip
    several = replace(small, verdict=None, tables=(Table("verdicts", "V", columns, rows),), figures=())
    assert plain_words(several) == (
        "Better than the base: a, c. As good as the base, within the margin that was stated before: d. "
        "Not told apart from the base: b."
    )
