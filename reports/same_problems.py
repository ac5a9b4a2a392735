"""Problems that several answers of a page show, once: the first to show them takes in the verdicts of the others."""

from collections.abc import Sequence
from dataclasses import replace

from evalsuite.findings import Findings, ProblemView

__all__ = ["gathered"]


def gathered(findings: Sequence[Findings]) -> list[Findings]:
    """Return `findings` where problems whose completions an earlier one shows stand there alone, with all verdicts."""
    kept: list[Findings] = []
    for one in findings:
        for place, earlier in enumerate(kept):
            joined = _joined(earlier.problems, one.problems) if one.problems else None
            if joined is not None:
                kept[place] = replace(earlier, problems=joined)
                one = replace(one, problems=())
        kept.append(one)
    return kept


def _joined(shown: Sequence[ProblemView], others: Sequence[ProblemView]) -> tuple[ProblemView, ...] | None:
    """Return `shown` with the verdicts of `others`; None where these have a completion that is not shown."""
    by_id = {problem.problem_id: problem for problem in others}
    if len(by_id) < len(others) or not set(by_id) <= {problem.problem_id for problem in shown}:
        return None
    joined = []
    for problem in shown:
        other = by_id.get(problem.problem_id)
        if other is None:
            joined.append(problem)
            continue
        texts = [[(c.label, c.text) for c in each.completions] for each in (problem, other)]
        if texts[0] != texts[1]:
            return None
        completions = tuple(
            replace(c, verdicts={**further.verdicts, **c.verdicts})
            for c, further in zip(problem.completions, other.completions, strict=True)
        )
        joined.append(replace(problem, completions=completions))
    return tuple(joined)
