"""Text that would break a page or drive a browser is only text on it."""

import html
import re
from dataclasses import replace
from pathlib import Path

from page_reader import HOSTILE, read

from evalsuite.findings import Caution, Cell, Column, CompletionView, Figure, Findings, ProblemView, Table
from evalsuite.stats.result import Estimate, TestResult
from reports.build import build


def poisoned(text: str) -> Findings:
    """Findings with `text` in every place that takes text."""
    columns = (Column(text, text), Column("hash", text, "hash"), Column("n", text, "count"))
    odd = Table(text, text, columns, ((text, text, text), (text, None, 3)), note=text)
    keys = ("label", "low", "value", "high")
    intervals = Table("difference", text, tuple(Column(k, text) for k in keys), ((text, -0.1, 0.0, 0.1),))
    options: dict[str, Cell] = {"base": text, "new": text}
    setup = Table("setup", text, (Column("what", text), Column("a", text), Column("b", text)), ((text, text, 1),), text)
    completion = CompletionView(text, text, text, text, text, None)
    return Findings(
        name=text,
        question=text,
        estimand=text,
        verdict=None,
        sentence=text,
        label=text,
        notes=(text,),
        cautions=(Caution("unfinished", text),),
        estimates={text: Estimate(0.1, 0.0, 0.2, 0.95, text, 3)},
        tests={text: TestResult(1.0, 0.5, "two-sided", text, 0.1)},
        tables=(odd, intervals, setup),
        figures=(
            Figure("difference", "difference", text, text, "difference", options),
            Figure(text, "difference", text, text, "difference", options),
        ),
        problems=(
            ProblemView(text, text, text, (completion, replace(completion, label="b", outcome="correct")), text),
        ),
        provenance={text: {text: [text, {text: text}]}, "command": [text, text]},
    )


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    plain, hostile = (read(build([poisoned(t)], tmp_path, title=t, name=n)) for t, n in (("word", "a"), (HOSTILE, "b")))
    # Marked hidden characters are the only elements that the text brings along.
    assert sorted(tag for tag in hostile.tags if tag != "span") == sorted(tag for tag in plain.tags if tag != "span")
    assert {key for key, _ in hostile.attributes} == {key for key, _ in plain.attributes}
    assert not [key for key, _ in hostile.attributes if key.startswith("on")]
    assert hostile.tags.count("script") == 2
    assert "img" not in hostile.tags
    assert sum("alert(1)" in part for part in hostile.text) >= 40
    raw = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", raw)
    assert "␀" in raw
    assert "[U+202E]" in raw
    assert "[U+D800]" in raw
    assert "{{ 7*7 }}" in html.unescape(raw)
    for path in (tmp_path / "b").glob("*.svg"):
        assert "<script" not in path.read_text(encoding="utf-8")
    assert all(path.parent == tmp_path / "b" for path in (tmp_path / "b").rglob("*"))


def test_a_line_of_a_megabyte(tmp_path: Path) -> None:
    long = replace(poisoned("x" * 20_000), problems=poisoned("y" * 1_000_000).problems[:1])
    text = build([long], tmp_path, title="t", name="page").read_text(encoding="utf-8")
    assert text.count("x" * 20_000) >= 30
    assert text.count("y" * 900_000) >= 4
