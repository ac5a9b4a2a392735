"""Pictures: the same bytes each time, without matplotlib unless a heat map or a PNG needs it; errors that say why."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from evalsuite.findings import Figure, Findings
from evalsuite.wording.language import language
from reports.answer import jobs
from reports.build import build
from reports.drawing import pictures

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["en", "zh"])
def test_pictures_are_the_same_each_time(small: Findings, name: str) -> None:
    wanted = jobs(small, "a1")
    with language(name):
        drawn = pictures(wanted)
        assert pictures(wanted) == drawn
    assert set(drawn) == {key for key, _, _ in wanted}
    assert all(picture.raster is None for picture in drawn.values())


def test_a_figure_that_cannot_be_drawn_is_an_error(small: Findings) -> None:
    wanted = jobs(small, "a1")
    key, figure, table = wanted[-1]
    wanted[-1] = (key, Figure(figure.name, "no such kind", "t", "d", table.name), table)
    with pytest.raises(ValueError, match="no such kind"):
        pictures(wanted)


def test_figures_without_rows_are_not_drawn(small: Findings) -> None:
    empty = replace(small, tables=tuple(replace(table, rows=()) for table in small.tables))
    assert jobs(empty, "a1") == []
    assert pictures([]) == {}


def test_a_page_of_two_runs_loads_no_library_of_numbers(small: Findings, tmp_path: Path) -> None:
    file = small.save(tmp_path)
    code = (
        "import sys; from pathlib import Path\n"
        "from evalsuite.findings import Findings; from reports.build import build\n"
        f"build([Findings.load(Path({str(file)!r}))], Path({str(tmp_path)!r}), title='t', name='page'); "
        "print([m for m in ('matplotlib', 'seaborn', 'pandas', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert (tmp_path / "page" / "card.png").is_file()


def test_png_files_are_there_where_they_are_asked_for(small: Findings, tmp_path: Path) -> None:
    one = replace(small, figures=small.figures[:1])
    build([one], tmp_path, title="t", name="page", png=True)
    drawn = tmp_path / "page" / "model_comparison-difference.png"
    assert drawn.read_bytes().startswith(b"\x89PNG")
    assert f'href="page/{drawn.name}"' in (tmp_path / "page.html").read_text(encoding="utf-8")
    build([one], tmp_path, title="t", name="page")
    assert not drawn.exists()
