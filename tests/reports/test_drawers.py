"""The parts below the first screen: what stands where, and that nothing stands twice."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from evalsuite.findings import Column, Findings, Table
from evalsuite.stats.decision import Verdict
from reports.answer import answer
from reports.build import build
from reports.drawers import Drawer, drawers, unrepeated
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


def opened(small: Findings, *others: Findings) -> tuple[Drawer, ...]:
    views = [answer(one, key=f"a{i}", drawn={}) for i, one in enumerate(unrepeated([small, *others]), start=1)]
    return drawers(views, small.answers)


def test_each_part_has_a_question_and_its_answer_in_one_line(small: Findings) -> None:
    found = opened(small)
    keys = [drawer.key.removeprefix("a1-") for drawer in found]
    assert keys == ["accuracy", "real", "token_limit", "grader", "random_subsets", "more"]
    lines = {key: drawer.line for key, drawer in zip(keys, found, strict=True)}
    assert {key: lines[key] for key in small.answers} == small.answers
    assert all(lines.values())
    # The whole sentence stands with the statistics.
    assert found[1].parts[0].sentence == small.sentence


def test_an_answer_of_its_own_goes_into_the_part_that_asks_the_same(small: Findings) -> None:
    changed = replace(small.table("lengths"), title="Other lengths")
    beside = replace(further(small, "truncation"), tables=(changed,), sentence="A third was cut. More follows.")
    found = {drawer.key: drawer for drawer in opened(small, beside)}
    assert len(found) == 6
    own, second = found["a1-token_limit"].parts
    assert found["a1-token_limit"].line == "A third was cut."
    assert (second.key, second.question, second.sentence) == ("a2-question", beside.question, beside.sentence)
    assert second.under == "Under the assumption that every answer had been finished: unresolved."
    assert own.under == ""
    assert [figure.name for figure in second.figures] == ["lengths"]


def test_what_an_earlier_answer_shows_is_not_shown_again(small: Findings) -> None:
    second = opened(small, further(small, "truncation"))[2].parts[1]
    assert (second.figures, second.tables) == ((), ())
    one, two = unrepeated([small, small])
    assert (one, two.tables, two.figures) == (small, (), ())


def test_every_link_of_a_page_leads_somewhere_and_commands_stand_once(small: Findings, tmp_path: Path) -> None:
    path = build([small, further(small, "truncation")], tmp_path, title="t", name="page")
    page = Ids(path)
    assert [link for link in page.links if link.startswith("#") and link[1:] not in page.ids] == []
    assert {link for link in page.links if link.startswith("#a1")} >= {"#a1-grader", "#a1-token_limit", "#a1-answers"}
    assert len(page.ids) == len(set(page.ids))
    text = path.read_text(encoding="utf-8")
    assert text.count("evalsuite compare base grpo") == 1
    # What the main answer says of the set-up is not said again, and one verdict stands on the page.
    assert text.count('<dl class="setup">') == 1
    assert text.count('<details class="fold analysis">') == 2
    assert text.count('class="verdict open"') == 1


def test_several_new_runs_are_sorted_by_what_was_shown(small: Findings) -> None:
    columns = (Column("label", "Run"), Column("verdict", "Verdict"))
    rows = (
        ("a", Verdict("resolved gain")), ("b", Verdict("unresolved")), ("c", Verdict("resolved gain")),
        ("d", Verdict("equivalent", 0.02)),
    )  # fmt: skip
    several = replace(small, verdict=None, tables=(Table("verdicts", "V", columns, rows),), figures=())
    assert plain_words(several) == (
        "Better than the base: a, c. As good as the base, to within the margin stated in advance: d. "
        "Inconclusive against the base: b."
    )
