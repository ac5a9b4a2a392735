"""Every table and figure names its analysis and the hash of its inputs, and two processes write the same bytes."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from evalsuite.findings import Findings
from reports.analysis_id import analysis_id, commands

BUILD = """
import sys
from pathlib import Path
from evalsuite.findings import Findings
from reports.build import build
build([Findings.load(Path(sys.argv[1]))], Path(sys.argv[2]), title="A title", name="page")
"""


def test_the_id_follows_the_inputs_and_not_the_place_of_the_store(small: Findings) -> None:
    own = analysis_id(small)
    assert re.fullmatch(r"model_comparison-[0-9a-f]{12}", own)
    elsewhere = replace(small, provenance={**small.provenance, "command": "evalsuite report --store elsewhere"})
    assert analysis_id(elsewhere) == own
    assert analysis_id(replace(small, sentence="Other words.")) == own
    assert analysis_id(replace(small, provenance={**small.provenance, "seeds": [0, 1, 3]})) != own
    assert analysis_id(replace(small, name="other")).startswith("other-")


def test_every_table_and_figure_carries_the_id(small: Findings, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    own = f'data-analysis="{analysis_id(small)}"'
    assert re.findall(r"<(?:table|figure|article class=\"answer\")[^>]*>", text)
    assert [tag for tag in re.findall(r"<(?:table|figure)\b[^>]*>", text) if own not in tag] == []
    # In words it stands once, with how the page was made.
    assert text.count(f"<code>{analysis_id(small)}</code>") == 1


def test_commands_of_the_runs_come_before_that_of_the_analysis(small: Findings) -> None:
    runs = {"base": {"command": "evalsuite run"}, "new": {"run_id": "7"}}
    assert commands(replace(small, provenance={"command": "evalsuite report", "runs": runs})) == (
        "evalsuite run",
        "evalsuite report",
    )
    assert commands(replace(small, provenance={"command": ["a", "b"], "runs": "unknown"})) == ("a", "b")


def test_another_process_writes_the_same_bytes(small: Findings, page: Path, tmp_path: Path) -> None:
    saved, site = small.save(tmp_path / "kept"), tmp_path / "site"
    own = os.environ.get("PYTHONHASHSEED", "random")
    environment = {**os.environ, "PYTHONHASHSEED": "2" if own == "1" else "1"}
    subprocess.run([sys.executable, "-c", BUILD, str(saved), str(site)], check=True, env=environment)
    assert (site / "page.html").read_bytes() == page.read_bytes()
    names = sorted(path.name for path in page.with_suffix("").iterdir())
    assert names == sorted(path.name for path in (site / "page").iterdir())
    for name in names:
        assert (site / "page" / name).read_bytes() == (page.with_suffix("") / name).read_bytes(), name
