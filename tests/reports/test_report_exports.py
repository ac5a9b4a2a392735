"""Markdown and LaTeX hold the page's tables, and no text from outside can leave its cell."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.findings import Column, Figure, Findings, Table
from reports import latex, markdown
from reports.answer import table_view
from reports.build import build
from reports.cells import rows

HOSTILE = (
    "a|b \\| \\\\ ``` `x` *y* _z_ <script>alert(1)</script> [l](javascript:x) ![i](y) $e$ ^s^ ~t~ @cite {r} # h\n\n"
    "# H\n\\end{tabular}\\input{/etc/passwd}% & { } [x] https://x.y www.z.y a@b.c :::warn &amp; \u202e\x00"
)


def hostile_table(text: str) -> Table:
    columns = (Column("label", text), Column("value", text, "number"))
    return Table("hostile", text, columns, ((text, 1.5), (f"[1]{text}", None), (f"*{text}", 2.0)), text)


def bare_findings(text: str) -> Findings:
    return Findings(text, text, text, None, text, notes=(text,), tables=(hostile_table(text),), provenance={"k": text})


LATEX_COMMANDS = {
    r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", r"\textless{}": "<",
    r"\textgreater{}": ">", r"\textbar{}": "|", r"\textquotedbl{}": '"', r"\textasciigrave{}": "`", "{[}": "[",
    "{*}": "*", r"\{": "{", r"\}": "}", r"\#": "#", r"\$": "$", r"\%": "%", r"\&": "&", r"\_": "_",
}  # fmt: skip


def printed(source: str) -> str:
    """What LaTeX prints for `source`; fails at anything that would not be printed as it is."""
    text, at = "", 0
    while at < len(source):
        command = next((c for c in LATEX_COMMANDS if source.startswith(c, at)), None)
        if command is None:
            assert source[at] not in '\\{}#$%&_~^<>|"`[*', source[at:]
            text, at = text + source[at], at + 1
        else:
            text, at = text + LATEX_COMMANDS[command], at + len(command)
    return text


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_latex_prints_every_ascii_text_as_it_is(text: str) -> None:
    assert printed(latex.escape(text)) == " ".join(text.split())


def test_latex_of_a_hostile_table_has_its_rows_and_cells_and_nothing_more() -> None:
    source = latex.latex([bare_findings(HOSTILE)])
    body = [line for line in source.splitlines() if line.endswith(r" \\")]
    assert len(body) == 4
    for line in body:
        left, right = re.split(r"(?<!\\) & ", line.removesuffix(r" \\"))
        printed(left)
        printed(right)
    assert source.count(r"\begin{") == source.count(r"\end{") == 2
    assert r"\input{" not in source
    for line in source.splitlines():
        assert not re.search(r"(?<!\\)%", line) or line.startswith(("%", r"\resizebox"))


def test_latex_holds_the_numbers_of_the_page(small: Findings) -> None:
    source = latex.latex([small])
    assert r"\toprule" in source
    for table in small.tables:
        assert rf"\label{{tab:model-comparison-{table.name}}}" in source
        keys = [column.key for column in table.columns]
        for texts in rows(table):
            cells = [text for key, text in zip(keys, texts, strict=True) if key not in ("low", "high")]
            assert all(latex.escape(cell) in source for cell in cells)
            if not {"low", "high"} & set(keys):
                assert " & ".join(map(latex.escape, texts)) + r" \\" in source
    long = Table("long", "L", (Column("x", "X"),), tuple((str(i),) for i in range(latex.LONGEST + 1)))
    assert "tab:" not in latex.latex([replace(small, tables=(long,))])


def test_both_limits_stand_in_one_column_with_their_level() -> None:
    columns = (Column("label", "Run"), *(Column(k, k, "difference") for k in ("low", "value", "high")))
    table = Table("difference", "D", columns, (("GRPO", -0.0912, 0.07, 0.2234), ("SFT", None, 0.1, None)))
    figure = Figure("difference", "difference", "D", "d", "difference", {"level": 0.9})
    source = latex.latex([replace(bare_findings("a"), tables=(table,), figures=(figure,))])
    assert r"\begin{tabular}{lrr}" in source
    assert r"Run & value & 90\% CI \\" in source
    assert r"GRPO & +7 pp & \ensuremath{-}9 to +22 pp \\" in source
    assert r"SFT & +10 pp & -- \\" in source


def test_a_long_text_has_a_column_that_breaks_lines() -> None:
    table = Table("t", "T", (Column("a", "A"), Column("b", "B")), (("x", "word " * 20),))
    assert r"\begin{tabular}{lp{0.50\linewidth}}" in latex.latex([replace(bare_findings("a"), tables=(table,))])


ENGINES = [name for name in ("lualatex", "xelatex", "pdflatex") if shutil.which(name)]


@pytest.mark.skipif(not ENGINES, reason="no TeX engine is installed (lualatex, xelatex or pdflatex)")
@pytest.mark.parametrize("engine", ENGINES)
def test_the_tables_are_set_by_a_tex_engine(small: Findings, tmp_path: Path, engine: str) -> None:
    text = '50% of {a_b} \\ c # & ~ ^ $ < > | " ` [ * − ± ≤ ≥ α Δ – ≈ × κ 10⁻¹⁷'
    hostile = replace(bare_findings("x"), tables=(hostile_table(text),))
    head = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{booktabs,graphicx}\\begin{document}\n"
    (tmp_path / "paper.tex").write_text(f"{head}{latex.latex([small, hostile])}\\end{{document}}\n", encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "paper.pdf").stat().st_size > 1000
    # A hash of 64 letters may reach a little out of its cell, no table off the paper.
    beyond = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", done.stdout)]
    assert max(beyond, default=0.0) < 40


def unescaped(text: str, character: str) -> int:
    """How often `character` stands without an odd number of backslashes before it."""
    return sum(
        (len(text[:i]) - len(text[:i].rstrip("\\"))) % 2 == 0 for i, found in enumerate(text) if found == character
    )


def test_markdown_of_a_hostile_table_has_its_rows_and_cells_and_nothing_more() -> None:
    plain, hostile = (markdown.table_lines(table_view(hostile_table(t), key="t")) for t in ("word", HOSTILE))
    assert len(hostile) == len(plain) == 5
    for line in (hostile[0], *hostile[2:]):
        assert unescaped(line, "|") == 3
        for character in "<>`*_[]{}#$^~@":
            assert unescaped(line, character) == 0, character
        assert not re.search(r"(?<!\\)://|\bwww\.", line)
        assert "␀" in line
        assert "\u202e" not in line


@pytest.mark.parametrize("text", ["- a", "+ a", "1. a", "12) a", "=== a", "# a", "> a", "```", "***", "| a |", "    a"])
def test_a_text_begins_no_block(text: str) -> None:
    assert not re.match(r"[-+=#>`*|]|\d+[.)]| {4}|\t", markdown.escape(text))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_markdown_shows_every_ascii_text_as_it_is(text: str) -> None:
    # CommonMark 0.31, section 2.4: a backslash before ASCII punctuation shows the character.
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.escape(text)) == " ".join(text.split())


def test_a_document_is_complete_and_its_links_lead_to_files(small: Findings, tmp_path: Path) -> None:
    fenced = replace(small, provenance={**small.provenance, "note": "```\n# out"})
    path = build([fenced], tmp_path, title=small.question, name="page", form="markdown")
    text = path.read_text(encoding="utf-8")
    assert path.name == "page.md"
    assert [line for line in text.splitlines() if line.startswith("# ")] == [f"# {markdown.escape(small.question)}"]
    for part in (small.sentence, small.estimand, *small.notes, *(table.title for table in small.tables)):
        assert markdown.escape(part) in text
    links = re.findall(r"!\[.*\]\(([^)]*)\)", text)
    assert len(links) == len(small.figures)
    assert all((tmp_path / link).is_file() and link.endswith(".svg") for link in links)
    assert (tmp_path / "page" / "tables.tex").read_text(encoding="utf-8") == latex.latex([fenced])
    assert "````json" in text
    assert not (tmp_path / "page.html").exists()


def test_a_long_table_is_a_link_to_its_file(tmp_path: Path) -> None:
    long = Table("training_steps_1", "Steps", (Column("step", "Step", "count"),), tuple((i,) for i in range(80)))
    path = build(
        [replace(bare_findings("q"), name="n", tables=(long,))], tmp_path, title="t", name="p", form="markdown"
    )
    text = path.read_text(encoding="utf-8")
    assert "**Steps**: 80 rows in [p/n-training_steps_1.csv](p/n-training_steps_1.csv)" in text
    assert "| 79 |" not in text
    assert (tmp_path / "p" / "n-training_steps_1.csv").is_file()


def test_the_title_of_one_question_stands_once(tmp_path: Path) -> None:
    same = build([bare_findings("q"), bare_findings("r")], tmp_path, title="q", name="same", form="markdown")
    headings = [line for line in same.read_text(encoding="utf-8").splitlines() if re.fullmatch("#+ [qr]", line)]
    assert headings == ["# q", "## r"]
    two = build([bare_findings("q"), bare_findings("q")], tmp_path, title="t", name="two", form="markdown")
    assert [line for line in two.read_text(encoding="utf-8").splitlines() if line == "## q"] == ["## q", "## q"]
