"""The parts below the first screen, and the list of pages, which shows every difference on one axis."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from evalsuite.findings import Cell, Column, Figure, Findings, Table
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


def with_difference(make_findings: Callable[..., Findings], name: str, *rows: tuple[Cell, ...]) -> Findings:
    columns = tuple(Column(k, k, "text" if k == "label" else "difference") for k in ("label", "low", "value", "high"))
    figure = Figure("difference", "difference", "D", "d", "difference", {"level": 0.95, "base": "base"})
    table = Table("difference", "D", columns, rows)
    tiles = Table("accuracy", "A", (Column("label", "Run"),), (("base",), ("GRPO",)))
    return replace(make_findings(2), name=name, tables=(table, tiles), figures=(figure,))


def test_the_list_draws_all_differences_with_their_numbers(
    make_findings: Callable[..., Findings], tmp_path: Path
) -> None:
    build([with_difference(make_findings, "a", ("GRPO", -0.01, 0.02, 0.05))], tmp_path, title="First page", name="one")
    # One difference is on its own page; a picture of all begins with two.
    assert "<svg" not in (tmp_path / "index.html").read_text(encoding="utf-8")
    rows: tuple[tuple[Cell, ...], ...] = (("SFT", 0.1, 0.2, 0.3), ("GRPO", -0.3, -0.2, -0.1))
    build([with_difference(make_findings, "b", *rows)], tmp_path, title="Second page", name="two")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 2  # for wide and for narrow screens
    named = re.findall(r'<th scope="row">([^<]*)</th>', text)
    assert named == ["First page", "SFT, Second page", "GRPO, Second page"]
    assert "+20 pp" in text
    page = Ids(tmp_path / "index.html")
    assert len(page.ids) == len(set(page.ids))
    # Differences of counts that were only given, not stored, are not among them.
    given = replace(with_difference(make_findings, "d", ("1/5", -0.5, 0.2, 0.7)), provenance={"runs": "assumed"})
    build([given], tmp_path, title="Counts", name="counts")
    assert (tmp_path / "index.html").read_text(encoding="utf-8").count("<tr>") == 4
    # A page without a title of its own is named by its runs.
    question = with_difference(make_findings, "c", ("GRPO", 0.0, 0.1, 0.2))
    build([question], tmp_path, title=question.question, name="three")
    assert '<th scope="row">GRPO against base</th>' in (tmp_path / "index.html").read_text(encoding="utf-8")
    seeds = with_difference(make_findings, "e", ("over problems alone", 0.0, 0.1, 0.2))
    build([seeds], tmp_path, title=seeds.question, name="three")
    named = '<th scope="row">new run against base: over problems alone</th>'
    assert named in (tmp_path / "index.html").read_text(encoding="utf-8")
    (tmp_path / "three.html").unlink()
    (tmp_path / "two.html").unlink()
    build([with_difference(make_findings, "a", ("GRPO", -0.01, 0.02, 0.05))], tmp_path, title="First page", name="one")
    assert "<svg" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_list_marks_what_stands_in_the_way(small: Findings, tmp_path: Path) -> None:
    build([small], tmp_path, title="t", name="page")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("verdict warn") == len({caution.kind for caution in small.cautions}) > 0


def test_a_page_of_an_earlier_version_is_left_out_until_it_is_built_again(small: Findings, tmp_path: Path) -> None:
    build([small], tmp_path, title="Old page", name="old")
    card = tmp_path / "index" / "old.json"
    card.write_text('{"file": "old.html", "title": "Old page", "answers": []}', encoding="utf-8")
    build([small], tmp_path, title="New page", name="new")
    assert Ids(tmp_path / "index.html").links == ["#content", "new.html"]
    build([small], tmp_path, title="Old page", name="old")
    assert Ids(tmp_path / "index.html").links == ["#content", "new.html", "old.html"]


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
