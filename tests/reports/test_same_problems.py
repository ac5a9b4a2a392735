"""Completions that two answers of a page show stand on it once, with what the graders of both say."""

from collections.abc import Callable
from dataclasses import replace

from evalsuite.findings import Findings
from reports.same_problems import gathered


def judged(findings: Findings, **verdicts: str) -> Findings:
    problems = tuple(
        replace(p, completions=tuple(replace(c, verdicts=verdicts) for c in p.completions)) for p in findings.problems
    )
    return replace(findings, problems=problems)


def test_the_first_takes_in_the_verdicts_of_the_others(make_findings: Callable[..., Findings]) -> None:
    found = make_findings(6)
    main, other = judged(found, strict="correct"), judged(found, strict="incorrect", boxed="incorrect")
    first, second = gathered([main, replace(other, problems=other.problems[3:1:-1])])
    assert second.problems == ()
    assert [[dict(c.verdicts) for c in p.completions] for p in first.problems] == [
        [{"strict": "correct"} | ({"boxed": "incorrect"} if place in (2, 3) else {})] * 2 for place in range(6)
    ]


def test_what_the_first_does_not_show_stays(make_findings: Callable[..., Findings]) -> None:
    found = make_findings(6)
    more = make_findings(7)
    relabelled = make_findings(6, new="another")
    empty = replace(found, problems=())
    assert gathered([found, more, relabelled, empty]) == [found, more, relabelled, empty]
    assert gathered([empty, found]) == [empty, found]
