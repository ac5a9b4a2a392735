"""What the script of a page reads: every completion once, flags by one rule, the same bytes each time, nothing else."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from evalsuite.figures.characters import HIDDEN
from evalsuite.findings import CompletionView, Findings, ProblemView
from evalsuite.wording.language import tr
from reports import browser as module
from reports.browser import Browser, browsers, contents
from reports.build import build
from reports.completion_cards import FILTERS, STATES, cards, filters, numbered, summary
from reports.completion_pages import LIMIT, divide

SCRIPT, SOURCE = module.signed_script(*module.SCRIPTS)


def one(outcome: str, label: str = "base", **changes: Any) -> CompletionView:
    return replace(CompletionView(label, "text", "1", outcome, "stop", 5), **changes)


def held(problem: ProblemView, *labels: str) -> set[str]:
    return set(summary(problem, labels).tags)


def of(*completions: CompletionView) -> ProblemView:
    return ProblemView("p", "q", "1", completions)


def whole(findings: Sequence[Findings], keys: Sequence[str], limit: int = LIMIT) -> dict[str, Any]:
    """Return what the script of a report of one part reads."""
    [found] = contents(findings, keys, divide(findings, name="page", limit=limit))
    return found


def packed(findings: Findings) -> Browser:
    [made] = browsers([findings], ["a"], divide([findings], name="page"))
    return made


def unpacked(island: str) -> dict[str, Any]:
    found = json.loads(gzip.decompress(base64.b64decode(island)))
    assert isinstance(found, dict)
    return found


def test_gained_and_lost_are_measured_against_the_first_run() -> None:
    gained = of(one("incorrect"), one("correct", "new"))
    assert held(gained, "base", "new") == {"flipped", "gained"}
    assert held(gained, "new", "base") == {"flipped", "lost"}
    both = of(one("correct", "a"), one("no_answer", "b"), one("correct", "b"), one("correct", "c"))
    assert held(both, "a", "b", "c") == {"flipped", "lost", "unanswered"}
    assert held(both, "b", "a", "c") == {"flipped", "gained", "unanswered"}
    assert held(of(one("correct"), one("correct", "new")), "base", "new") == {"same-right"}
    # A run that has not come to this problem yet neither gained nor lost it.
    assert held(of(one("correct", "new")), "base", "new") == {"same-right"}


def test_the_other_filters() -> None:
    assert held(of(one("incorrect", stop_reason="length", looped=True)), "base") == {
        "same-wrong",
        "truncated",
        "looped",
    }
    assert held(of(one("incorrect", looped=None)), "base") == {"same-wrong"}
    # Wrong and without answer score alike; only a grader that says right disagrees with them.
    assert "disputed" not in held(of(one("incorrect", verdicts={"a": "no_answer", "b": "incorrect"})), "base")
    assert "disputed" in held(of(one("incorrect", verdicts={"a": "correct"})), "base")
    assert "disputed" in held(of(one("correct", verdicts={"a": "correct", "b": "no_answer"})), "base")


@pytest.mark.parametrize(
    ("outcomes", "sign", "states"),
    [
        (["correct"], "✓", ("right",)),
        (["incorrect"], "✗", ("wrong",)),
        (["no_answer"], "∅", ("unanswered",)),
        (["correct", "correct"], "2/2", ("right",)),
        (["correct", "no_answer"], "1/2", ("some", "unanswered")),
        (["incorrect", "incorrect", "no_answer"], "0/3", ("none", "unanswered")),
    ],
)
def test_what_a_run_made_of_a_problem(outcomes: list[str], sign: str, states: tuple[str, ...]) -> None:
    [mark] = summary(of(*(one(outcome) for outcome in outcomes)), ["base"]).marks
    assert (mark.sign, mark.states, mark.good) == (sign, states, states == ("right",))


def test_completions_of_one_run_are_numbered() -> None:
    problem = of(one("correct"), one("correct", "new"), one("incorrect"))
    assert numbered(problem) == ("#1", "", "#2")
    assert [(c.label, c.number, c.position) for c in cards([problem])[0].completions] == [
        ("base", "#1", 0), ("new", "", 1), ("base", "#2", 0)
    ]  # fmt: skip


def test_only_filters_that_divide_are_offered() -> None:
    found = filters(cards([of(one("correct")), of(one("incorrect"))]))
    assert [(f.tag, f.count) for f in found] == [("same-right", "1"), ("same-wrong", "1")]


def test_every_completion_is_carried_once(huge: Findings) -> None:
    found = whole([huge, huge], ["a1", "a2"])
    first, second = found["answers"]
    assert (first["key"], second["key"]) == ("a1", "a2")
    assert first["problems"] == second["problems"]
    assert len(first["problems"]) == len(first["all"]) == len(huge.problems)
    assert len(set(found["pool"])) == len(found["pool"])
    for row, kind, problem in zip(first["problems"], first["all"], huge.problems, strict=True):
        assert (row["id"], found["pool"][row["question"]], row["gold"]) == (
            problem.problem_id, problem.question, problem.gold
        )  # fmt: skip
        for (run, _, text, extracted, *_), c in zip(row["completions"], problem.completions, strict=True):
            assert (first["runs"][run], found["pool"][text], extracted) == (c.label, c.text, c.extracted)
        wanted = summary(problem, first["runs"])
        tags, of_runs = first["kinds"][kind]
        assert {tag for i, (tag, _) in enumerate(FILTERS) if tags >> i & 1} == set(wanted.tags)
        states = [(run, tuple(s for i, (s, _) in enumerate(STATES) if bits >> i & 1)) for run, bits in of_runs]
        assert states == [(mark.position, mark.states) for mark in wanted.marks]


def test_verdicts_name_their_graders() -> None:
    problem = of(one("correct", verdicts={"b": "no_answer", "a": "correct"}), one("incorrect", "new"))
    [answer] = whole([Findings("n", "q", "e", None, "s", problems=(problem,))], ["a"])["answers"]
    assert answer["graders"] == ["a", "b"]
    [*_, verdicts], [*_, none] = answer["problems"][0]["completions"]
    assert [answer["outcomes"][i][1] for i in verdicts] == [tr("right"), tr("no answer")]
    assert none == []


def test_the_island_holds_any_text_and_nothing_that_ends_it() -> None:
    hostile = "</script><!-- \x00\u202e\u2028 \\ \\\ud800 \U0001f600\udfff é \r\n"
    problem = ProblemView(hostile, hostile, hostile, (one(hostile, hostile, text=hostile, extracted=hostile),), hostile)
    made = packed(Findings("n", "q", "e", None, "s", problems=(problem,)))
    assert re.fullmatch("[A-Za-z0-9+/=]+", made.island)
    found = unpacked(made.island)
    assert found["pool"] == [hostile]
    assert found["answers"][0]["problems"][0]["id"] == hostile
    assert found["answers"][0]["runs"] == [hostile]


def test_the_same_findings_give_the_same_bytes(small: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = packed(small)
    monkeypatch.setattr(module.gzip.time, "time", lambda: 1.0)  # type: ignore[attr-defined]
    assert packed(small) == first


def test_the_policy_names_the_script_that_the_page_runs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, flags=re.DOTALL)
    assert [attributes for attributes, _ in scripts] == [' type="text/plain" id="completions"', ""]
    assert scripts[1][1] == SCRIPT
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}'; style-src" in text


def test_a_page_without_problems_has_no_script(small: Findings, tmp_path: Path) -> None:
    text = build([replace(small, problems=())], tmp_path, title="t", name="page").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "script-src" not in text


def test_the_script_writes_text_as_text_and_asks_for_nothing() -> None:
    assert SCRIPT.isascii()
    forbidden = (
        "innerHTML|outerHTML|insertAdjacent|document\\.write|eval|Function\\(|DOMParser|createContextualFragment|"
        "srcdoc|fetch|XMLHttpRequest|WebSocket|import\\(|localStorage|sessionStorage|cookie|indexedDB|</script|<!--"
    )
    assert re.findall(forbidden, SCRIPT) == []
    for folder in ("templates", "assets"):
        for file in (resources.files("reports") / folder).iterdir():
            assert "innerHTML" not in file.read_text(encoding="utf-8"), file


def test_every_text_of_the_script_is_given_and_used() -> None:
    used = set(re.findall(r"\btexts\.(\w+)", SCRIPT)) | {"given", "flips", "long", "short", "question"}
    assert used == set(module.TEXTS)


def test_the_pattern_of_hidden_characters_is_that_of_the_pages() -> None:
    pattern = module._script_pattern(HIDDEN.pattern)
    as_python = re.compile(re.sub(r"\\u\{([0-9a-f]+)\}", lambda m: re.escape(chr(int(m[1], 16))), pattern))
    for code in (*range(0x3000), *range(0xD700, 0x10000), *range(0xDFFF0, 0xE0100)):
        assert bool(as_python.fullmatch(chr(code))) == bool(HIDDEN.fullmatch(chr(code))), hex(code)
