"""What counts alone can show: the tutorial's numbers, and the forms in which counts are given."""

from pathlib import Path

import numpy as np
import pytest
from forbidden_words import forbidden_words
from scipy.stats import binomtest, fisher_exact

from analyses.significance import analyse
from evalsuite.cli.app import run_command
from evalsuite.errors import InputError
from evalsuite.findings import Findings


def checked(*counts: str) -> Findings:
    found = analyse(counts)
    words = (found.question, found.sentence, *found.notes, *(t.note for t in found.tables))
    assert not forbidden_words(" ".join(words))
    assert {figure.table for figure in found.figures} <= {table.name for table in found.tables}
    assert len({table.name for table in found.tables}) == len(found.tables)
    return found


def test_the_tutorials_two_looks() -> None:
    found = checked()
    assert found.question == "Is a change such as 1/5 → 2/5, 11/20 → 10/20 more than chance?"
    assert found.table("tests").column("least") == (1.0, 1.0)
    assert found.table("tests").column("largest") == (1.0, 1.0)
    assert found.table("tests").column("unpaired") == (1.0, 1.0)
    assert found.table("tests").column("pairings") == (2, 10)
    assert found.sentence.count("the counts do not distinguish the runs") == 2
    assert "39 to 124 problems" in found.sentence
    # Power at n = 5, 20 and 100 for 20% against 40%, and the chance of a gap of 20 points with equal models.
    power = {row["n"]: (row["least"], row["most"]) for row in found.table("power_by_set").records()}
    assert power[5] == (0, 0)
    assert power[20] == pytest.approx((0.1958, 0.1317), abs=1e-4)
    assert power[100][1] == pytest.approx(0.7045, abs=1e-4)
    equal = found.table("chances_equal").records()[0]
    chances = [equal[f"at{rate}"] for rate in (10, 20, 30, 40, 50)]
    assert chances == pytest.approx([0.1864, 0.2838, 0.3335, 0.3603, 0.3770], abs=1e-4)
    five = found.table("detectable_by_set").records()[0]
    assert five == {"problems": 5, "at10": None, "at20": None, "at30": None, "at50": None}


def test_every_pairing_is_tested() -> None:
    found = checked("4/12", "9/12")
    pairings = found.table("pairings")
    # Both right anywhere from 1 to 4: the overlap that 4 and 9 of 12 allow.
    flips = ((5, 0), (6, 1), (7, 2), (8, 3))
    assert tuple(zip(pairings.column("wins"), pairings.column("losses"), strict=True)) == flips
    pvalues = pairings.numbers("pvalue")
    assert pvalues == pytest.approx([binomtest(b, b + c).pvalue for b, c in flips])
    unpaired = 2 * fisher_exact(np.array([[9, 3], [4, 8]]), alternative="greater").pvalue
    [tests] = found.table("tests").records()
    assert (tests["least"], tests["largest"]) == pytest.approx((pvalues[0], pvalues[3]))
    assert tests["unpaired"] == pytest.approx(unpaired)


@pytest.mark.parametrize(
    ("counts", "verdict", "words"),
    [
        (("20/100", "40/100"), "resolved gain", "the counts distinguish the runs"),
        (("40/100", "20/100"), "resolved loss", "the counts distinguish the runs"),
        (("20/100", "30/100"), None, "whether the counts distinguish the runs depends on the pairing"),
        (("1", "1", "0", "3"), "cannot resolve by design", "(1 won, 0 lost)"),
        (("3/5", "3/5"), "cannot resolve by design", "do not distinguish"),
        (("3/10", "9/12"), None, "95% CI −5 to +79 pp (melded), Fisher's exact test p = 0.091"),
        (("1/5", "10/20"), None, "different numbers of problems, so they cannot be paired"),
    ],
)
def test_forms_and_verdicts(counts: tuple[str, ...], verdict: str | None, words: str) -> None:
    found = checked(*counts)
    assert (found.verdict and found.verdict.kind) == verdict
    assert words in found.sentence


def test_what_is_refused() -> None:
    for counts in (("1/5",), ("a", "b"), ("1", "2"), ("1/5", "2/5", "1/5")):
        with pytest.raises(InputError, match="scores in pairs"):
            analyse(counts)
    with pytest.raises(InputError, match="correct <= total"):
        analyse(("6/5", "1/5"))


def test_the_command_writes_the_page_and_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["analyse", "significance", "1/5", "2/5"]) == 0
    page = tmp_path / "reports" / "site" / "significance.html"
    assert capsys.readouterr().out == f"{page}\n"
    assert "cannot resolve by design" in page.read_text(encoding="utf-8").lower()
    assert 'href="significance.html"' in (page.parent / "index.html").read_text(encoding="utf-8")
    assert run_command(["analyse", "significance", "1/5", "2/5", "--grader", "boxed"]) == 2
    assert "--grader has no effect on significance" in capsys.readouterr().err
