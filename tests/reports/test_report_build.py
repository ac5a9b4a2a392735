"""A page shows everything its findings hold, the same bytes each time, and nothing in them can act."""

import csv
import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from forbidden_words import forbidden_words
from jinja2 import UndefinedError
from page_reader import HOSTILE, read

from evalsuite.findings import Caution, Column, CompletionView, Figure, Findings, ProblemView, Table
from evalsuite.stats.decision import Verdict
from evalsuite.wording.method_names import method_name
from evalsuite.wording.verdicts import verdict_label
from reports import build as building
from reports.answer import answer
from reports.build import build, build_index
from reports.cells import rows
from reports.completion_cards import CARDS, FILTERS, LONG_TEXT, cards, filters, split
from reports.drawers import BY_SQUARES
from reports.sections import HEADLINE, REST, SECTIONS, SETUP, TILES, section_of
from reports.verdicts import LEGEND, verdict_view


def test_everything_in_the_findings_is_on_the_page(small: Findings, page: Path) -> None:
    text = " ".join("".join(read(page).text).split())
    wanted = [
        small.question,
        small.estimand,
        small.sentence,
        verdict_label(small.verdict) if small.verdict else "",
        *small.notes,
        "A title",
        small.finding,
        *(light.text for light in small.lights),
        *(part for step in small.steps for part in (step.text, step.command)),
        *small.answers.values(),
    ]
    for table in small.tables:
        # Those of the set-up stand in a list, under their values.
        wanted += [table.note] if table.name == SETUP else [table.title, table.note, *(c.title for c in table.columns)]
        wanted += [value for texts in rows(table) for value in texts]
    for figure in small.figures:
        # The field of squares shows what some figures show; they lie beside the page.
        wanted += [] if figure.name in BY_SQUARES else [figure.title, figure.description]
    for problem in small.problems:
        wanted += [problem.problem_id, problem.question, problem.gold, " ".join(problem.solution.split())]
        for c in problem.completions:
            wanted += [c.label, c.extracted or "none", str(c.n_tokens), " ".join(c.text.split())]
    for name, estimate in small.estimates.items():
        wanted += [name, method_name(estimate.method)]
    for name, test in small.tests.items():
        wanted += [name, method_name(test.method), test.alternative]
    wanted += [
        "evalsuite compare base grpo",
        "0f3c" * 10,
        "0, 1, 2",
        "Qwen2.5-0.5B-Instruct",
        "max_new_tokens",
        "2.4.0",
    ]
    assert [part for part in wanted if part not in text] == []


def test_each_table_stands_once_and_each_id_is_unique(small: Findings, tmp_path: Path) -> None:
    few = replace(small, figures=small.figures[:2])
    page = read(build([few, few], tmp_path, title="t", name="page"))
    ids = [value for key, value in page.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    for table in small.tables:
        assert ids.count(f"a1-table-{table.name}") == (table.name != SETUP)
    targets = [v for k, v in page.attributes if k == "aria-labelledby"] + [
        value[1:] for key, value in page.attributes if key == "href" and value.startswith("#")
    ]
    assert {one for target in targets for one in target.split()} <= set(ids)


def test_order_of_the_page(small: Findings) -> None:
    view = answer(small, key="a")
    assert view.headline is not None
    assert view.headline.name == HEADLINE
    keys = [part.key.removeprefix("a-") for part in view.sections]
    assert keys == ["accuracy", "real", "token_limit", "grader", "random_subsets", REST.key]
    assert keys[:-1] == [plan.key for plan in SECTIONS if plan.key in keys]
    real = view.sections[1]
    assert [figure.name for figure in real.figures] == ["paired", "methods"]
    assert [tile.value for tile in view.tiles] == ["40%", "60%"]
    assert view.tiles[1].counts == "12 of 20 problems"
    assert view.tiles[1].interval.startswith("95% CI ")
    assert [p.name for p in view.setup if p.differs] == ["weights"]
    assert view.setup[0].values == (("", "20"),)


def test_what_verdicts_mean_stands_once_among_the_terms_of_a_page_and_once_in_the_list(
    small: Findings, tmp_path: Path
) -> None:
    undecided = replace(small, name="truncation", verdict=None)
    page = build([undecided, small, replace(small, name="breakdown")], tmp_path, title="t", name="page")
    without = build([undecided], tmp_path, title="t", name="without")
    decided = build([small], tmp_path / "decided", title="t", name="page")
    for path, n in ((page, 0), (without, 0), (tmp_path / "index.html", 0), (decided.with_name("index.html"), 1)):
        text = html.unescape(path.read_text(encoding="utf-8"))
        assert [text.count(meaning) for _, meaning in LEGEND] == [n] * len(LEGEND)
    words = html.unescape(page.read_text(encoding="utf-8")).partition('id="words"')[2]
    assert [words.count(f"<dt>{name}</dt>") for name in ("resolved", "unresolved", "equivalent", "not identified")] == [
        1
    ] * 4


def test_tiles_give_counts_only_where_there_are_any() -> None:
    columns = (Column("label", "Run"), Column("k", "Solved", "count"), Column("n", "Problems", "count"))
    columns += (Column("value", "Accuracy", "proportion"),)
    view = answer(bare(tables=(Table("accuracy", "A", columns, (("a", 8, 20, 0.4), ("b", None, 20, 0.45))),)), key="a")
    assert [(tile.counts, tile.interval) for tile in view.tiles] == [("8 of 20 problems", ""), ("20 problems", "")]


def test_unknown_names_come_last_and_kin_stay_together() -> None:
    assert section_of("lengths_by_run").key == "token_limit"
    assert {section_of(name).key for name in TILES} == {"accuracy", "scores", "seeds"}
    assert section_of("accuracy_of_graders").key == "accuracy"
    assert section_of("lengthsome") is REST
    assert section_of("") is REST


@pytest.mark.parametrize(
    ("verdict", "label", "tone"),
    [
        (Verdict("resolved gain"), "resolved gain", "gain"),
        (Verdict("resolved loss"), "resolved loss", "loss"),
        (Verdict("equivalent", 0.02), "equivalent within ±2 pp", "equal"),
        (Verdict("unresolved"), "unresolved", "open"),
        (Verdict("cannot resolve by design"), "cannot resolve by design", "open"),
        (Verdict("one training seed"), "cannot resolve: one training seed", "open"),
        (Verdict("not identified"), "not identified", "open"),
    ],
)
def test_verdicts_have_a_sign_besides_the_colour(verdict: Verdict, label: str, tone: str) -> None:
    view = verdict_view(verdict)
    assert view is not None
    assert (view.label, view.tone) == (label, tone)
    # The legend of the page has the same words.
    names = [name for names, _ in LEGEND for name in names.split(", ")]
    assert any(label.startswith(name) for name in names)


def test_each_tone_has_its_sign() -> None:
    decided = (Verdict("resolved gain"), Verdict("resolved loss"), Verdict("equivalent", 0.02), Verdict("unresolved"))
    assert len({verdict_view(verdict).sign for verdict in decided}) == 4  # type: ignore[union-attr]
    assert verdict_view(None) is None
    signal = verdict_view(None, "signal present")
    assert signal is not None
    assert (signal.label, signal.tone) == ("signal present", "open")


def test_cautions_make_a_banner(small: Findings, page: Path, tmp_path: Path) -> None:
    loud = page.read_text(encoding="utf-8")
    assert "Read this first" in loud
    assert loud.index(small.cautions[0].text) < loud.index("<figure")
    quiet = build([bare(notes=("One seed.",))], tmp_path, title="t", name="quiet").read_text(encoding="utf-8")
    assert "Read this first" not in quiet
    assert "One seed." in quiet
    none = build([bare()], tmp_path, title="t", name="none").read_text(encoding="utf-8")
    assert "<aside" not in none


def test_the_first_screen_says_the_verdict_in_plain_words_and_marks_what_is_in_the_way(page: Path) -> None:
    cautions = (Caution("confounded", "Model and prompt."), Caution("confounded", "Grader."))
    view = answer(bare(verdict=Verdict("unresolved"), cautions=cautions, notes=("Not unfinished.",)), key="a")
    assert view.plain == "Inconclusive: the difference could be chance."
    assert (view.marks, view.cautions, view.notes) == (
        ("confounded",), ("Model and prompt.", "Grader."), ("Not unfinished.",),
    )  # fmt: skip
    for verdict in (Verdict("resolved gain"), Verdict("resolved loss"), Verdict("equivalent", 0.02),
                    Verdict("cannot resolve by design"), Verdict("one training seed"),
                    Verdict("not identified")):  # fmt: skip
        plain = answer(bare(verdict=verdict), key="a").plain
        assert plain != view.plain
        assert plain
        assert forbidden_words(plain) == ()
    assert answer(bare(), key="a").plain == ""
    text = page.read_text(encoding="utf-8")
    order = [
        'class="sentence"',
        "unfinished</span>",
        "Read this first",
        'class="light no"',
        'class="squares"',
        "<figure",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert text.index("<details") < text.index('class="measured"') < text.index("<strong>Limits</strong>")


def test_several_runs_have_their_verdicts_on_the_tiles() -> None:
    columns = (Column("label", "Run"), Column("value", "Accuracy", "proportion"))
    accuracy = Table("accuracy", "A", columns, (("base", 0.4), ("one", 0.5), ("two", 0.3)))
    decided = (Column("label", "Run"), Column("verdict", "Verdict"))
    verdicts = Table("verdicts", "V", decided, (("one", Verdict("resolved gain")), ("two", Verdict("unresolved"))))
    tiles = answer(bare(tables=(accuracy, verdicts)), key="a").tiles
    assert [None if tile.verdict is None else tile.verdict.tone for tile in tiles] == [None, "gain", "open"]


def test_a_page_of_one_question_says_it_once(tmp_path: Path) -> None:
    text = build([bare()], tmp_path, title="Q?", name="page").read_text(encoding="utf-8")
    assert text.count("Q?") == 2  # the title of the window and the heading
    assert "<h1" in text


def test_a_long_sentence_keeps_its_first_part_large() -> None:
    text = "GRPO solved 40.5% of them, e.g. 3 of 7. " + "The rest follows. " * 30
    view = answer(bare(sentence=text.strip()), key="a")
    assert view.sentence == "GRPO solved 40.5% of them, e.g. 3 of 7."
    assert f"{view.sentence} {view.more}" == text.strip()


def bare(**changes: object) -> Findings:
    values: dict[str, object] = {"name": "x", "question": "Q?", "estimand": "E1", "verdict": None, "sentence": "S."}
    return Findings(**(values | changes))  # type: ignore[arg-type]


def test_findings_with_nothing_but_a_sentence(tmp_path: Path) -> None:
    page = read(build([bare()], tmp_path, title="t", name="page"))
    assert "S." in "".join(page.text)
    assert not {"figure", "table", "fieldset", "aside"} & set(page.tags)


def test_a_figure_without_rows_keeps_its_words(tmp_path: Path) -> None:
    empty = Table(
        "lengths", "Lengths", (Column("label", "Run"), Column("tokens", "Tokens"), Column("share", "Share")), ()
    )
    figure = Figure("lengths", "lengths", "Lengths", "Not recorded.", "lengths")
    page = read(build([bare(tables=(empty,), figures=(figure,))], tmp_path, title="t", name="page"))
    assert "Not recorded." in "".join(page.text)
    assert "svg" not in page.tags


def test_errors_name_the_figure_and_the_name(small: Findings, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="figure 'f' needs table 'none', there are"):
        answer(bare(figures=(Figure("f", "flow", "t", "d", "none"),)), key="a")
    for name in ("", "A", "../x", "a/b", ".a"):
        with pytest.raises(ValueError, match="name holds up to 100 lower-case letters"):
            build([small], tmp_path, title="t", name=name)
    with pytest.raises(ValueError, match="at least one Findings"):
        build([], tmp_path, title="t", name="a")
    assert list(tmp_path.iterdir()) == []


def test_an_undefined_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        building.environment().get_template("report.html.j2").render(title="t", style="")
    with pytest.raises(UndefinedError):
        building.environment().from_string("{{ view.missing }}").render(view=object())


def test_rebuilding_gives_the_same_bytes_everywhere(small: Findings, page: Path, tmp_path: Path) -> None:
    build([Findings.load(small.save(tmp_path / "kept"))], tmp_path / "site", title="A title", name="page")
    files = [sorted(p.relative_to(folder) for p in folder.rglob("*")) for folder in (page.parent, tmp_path / "site")]
    assert files[0] == files[1]
    for name in files[0]:
        if (page.parent / name).is_file():
            assert (page.parent / name).read_bytes() == (tmp_path / "site" / name).read_bytes(), name


def test_files_beside_the_page(small: Findings, page: Path, tmp_path: Path) -> None:
    folder = page.with_suffix("")
    assert {path.name for path in folder.iterdir()} == {f"model_comparison-{t.name}.csv" for t in small.tables} | {
        f"model_comparison-{f.name}.{suffix}" for f in small.figures for suffix in ("svg",)
    } | {"tables.tex", "card.png", "badge.svg"}
    with (folder / "model_comparison-methods.csv").open(encoding="utf-8", newline="") as file:
        keys, *rows = csv.reader(file)
    methods = small.table("methods")
    assert keys == [column.key for column in methods.columns]
    assert rows == [["" if value is None else str(value) for value in cells] for cells in methods.rows]


def test_a_later_build_leaves_nothing_stale_and_takes_nothing_else(small: Findings, tmp_path: Path) -> None:
    build([bare(tables=small.tables)], tmp_path, title="t", name="page")
    (tmp_path / "page" / "mine.txt").write_text("mine")
    build([bare(tables=small.tables[:1])], tmp_path, title="t", name="page")
    assert {path.name for path in (tmp_path / "page").iterdir()} == {"x-accuracy.csv", "tables.tex", "mine.txt"}


def test_tables_and_figures_of_one_name_are_refused(small: Findings) -> None:
    with pytest.raises(ValueError, match="tables of 'x' need different names"):
        answer(bare(tables=small.tables[:1] * 2), key="a")
    with pytest.raises(ValueError, match="figures of 'x' need different names"):
        answer(bare(tables=small.tables, figures=small.figures[:1] * 2), key="a")


def test_a_failed_write_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = build([bare()], tmp_path, title="t", name="page")
    before = path.read_bytes()

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="disk full"):
        build([bare(sentence="Other.")], tmp_path, title="t", name="page")
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_policy_forbids_everything_but_inline_style_and_one_script(page: Path) -> None:
    found = read(page)
    policy = next(value for key, value in found.attributes if key == "content" and "default-src" in value)
    assert policy.split("; ")[1].startswith("script-src 'sha256-")
    assert [part for part in policy.split("; ") if "script-src" not in part] == [
        "default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "base-uri 'none'", "form-action 'none'",
    ]  # fmt: skip
    assert found.tags.count("h1") == 1
    assert ("lang", "en") in found.attributes
    assert {"main", "header", "footer", "nav"} <= set(found.tags)
    # Nothing is loaded; links lead within the page or to the files beside it.
    assert not [value for key, value in found.attributes if key in ("src", "action")]
    links = [value for key, value in found.attributes if key == "href"]
    assert [link for link in links if not re.fullmatch(r"#[\w-]+|index\.html|page/[\w-]+\.(csv|svg|png)", link)] == []


def test_own_words_claim_no_more_than_data_can(page: Path) -> None:
    text = re.sub(r"<(style|script).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert forbidden_words(text) == ()


def test_long_completions_lose_nothing() -> None:
    text = "".join(f"word{i} " for i in range(1000))
    head, rest = split(text)
    assert head + rest == text
    assert len(head) <= LONG_TEXT
    assert head.endswith(" ")
    assert split("x" * 5000) == ("x" * LONG_TEXT, "x" * (5000 - LONG_TEXT))
    assert split("short") == ("short", "")


def test_problem_tags_and_filters(make_findings: Callable[..., Findings]) -> None:
    found = cards(make_findings(20).problems)
    # Those that flipped come first, each kind in the order of the problems.
    order = [p.problem_id for p in make_findings(20).problems]
    assert [card.flip is None for card in found] == [False] * 10 + [True] * 10
    for own in (found[:10], found[10:]):
        places = [order.index(card.problem_id) for card in own]
        assert places == sorted(places)
    assert [i for i, card in enumerate(found) if card.opened] == [i for i, c in enumerate(found) if c.flip][:3]
    assert {f.tag: int(f.count) for f in filters(found)} == {
        "flipped": 10, "gained": 7, "lost": 3, "same-right": 5, "same-wrong": 5, "truncated": 7, "unanswered": 7,
    }  # fmt: skip
    assert filters(found[:1]) == ()
    several = ProblemView(
        "p", "q", "1", tuple(CompletionView(r, "t", "1", o, "stop", 1) for r, o in
                             (("a", "correct"), ("a", "incorrect"), ("b", "correct"), ("b", "correct"))),
    )  # fmt: skip
    assert cards([several])[0].flip == "more often b right"
    styles = (Path(building.__file__).parent / "assets" / "problems.css").read_text(encoding="utf-8")
    assert all(f".show-{tag}:checked" in styles and f".is-{tag}" in styles for tag, _ in FILTERS)


def test_the_whole_test_set_stays_small(huge: Findings, tmp_path: Path) -> None:
    path = build([huge], tmp_path, title="t", name="page")
    assert path.stat().st_size < 1_000_000
    assert path.read_text(encoding="utf-8").count('<details class="problem') == CARDS


def test_every_page_is_in_the_list_with_its_answer(small: Findings, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build([small], site, title="First <report>", name="first")
    build([bare(sentence=HOSTILE)], site, title=HOSTILE, name="second", tags=[HOSTILE])
    found = read(site / "index.html")
    links = [value for key, value in found.attributes if key == "href"]
    assert links == ["#content", "second.html", "first.html"], "the newest first"
    assert "First <report>" in "".join(found.text)
    assert found.tags.count("script") == 1
    before = (site / "index.html").read_bytes()
    assert build_index(site).read_bytes() == before
    build([small], site, title="First <report>", name="first")
    assert (site / "index.html").read_bytes() == before
    build([replace(small, notes=())], site, title="First <report>", name="first")
    links = [value for key, value in read(site / "index.html").attributes if key == "href"]
    assert links == ["#content", "first.html", "second.html"]
    (site / "second.html").unlink()
    links = [value for key, value in read(build_index(site)).attributes if key == "href"]
    assert links == ["#content", "first.html"]
    with pytest.raises(ValueError, match="list of pages"):
        build([small], site, title="t", name="index")


def test_saved_findings_are_what_a_page_needs(small: Findings, tmp_path: Path) -> None:
    assert Findings.load(small.save(tmp_path)) == replace(small, provenance=json.loads(json.dumps(small.provenance)))


def test_the_numbers_of_a_curve_leave_out_what_stays_level_and_the_file_does_not(
    small: Findings, tmp_path: Path
) -> None:
    columns = (Column("label", "Run"), Column("x", "Tokens", "tokens"), Column("y", "Share", "proportion"))
    shares = [0.0] * 8 + [0.5] + [1.0] * 7
    rows = tuple((run, 10 * place, share) for run in ("base", "GRPO") for place, share in enumerate(shares))
    curve = Table("curve", "A curve", columns, rows)
    figure = Figure("curve", "curves", "A curve", "It rises once.", "curve", {})
    found = replace(small, tables=(*small.tables, curve), figures=(*small.figures, figure))
    page = build([found], tmp_path, title="t", name="page").read_text(encoding="utf-8")
    table = page.partition('id="a1-table-curve"')[2].partition("</table>")[0]
    shown = re.findall(r"<th scope=\"row\">(\w+)</th><td>(\d+)</td>", table)
    assert [int(x) for run, x in shown if run == "base"] == [0, 70, 80, 90, 150]
    assert "the file has them" in page
    files = [file.read_text(encoding="utf-8") for file in (tmp_path / "page").glob("*curve*.csv")]
    assert max(len(text.splitlines()) for text in files) == 1 + len(rows)
