"""Scores with partial credit among staged grades: a grader that gave one gives scores, and every score has a range.

The range is what the files or the user say, never what the values happen to span: an interval of a mean score needs
what a score not seen could have been.
"""

from dataclasses import replace

from evalsuite.errors import InputError
from evalsuite.store.imports import values
from evalsuite.store.imports.incoming import ask
from evalsuite.store.imports.results import ForeignRun
from evalsuite.store.store import Store

__all__ = ["with_scores"]


def with_scores(store: Store, run: ForeignRun, primary: str) -> tuple[ForeignRun, dict[str, tuple[float, float]]]:
    """Give the staged scores their range and outcome; return the run with notes, and the range of each such grader.

    Of a grader that gave a score somewhere, right and wrong are the scores 1 and 0. Its outcome says no more than
    whether the score is the highest, as of `Grade.scored`.

    Raises
    ------
    InputError
        The primary grader's scores have no range, or lie outside of it. Other graders are left out with a note.
    """
    found = ask(
        store,
        """SELECT grader, min(coalesce(score, if(outcome = 'correct', 1, 0))) AS lowest,
                  max(coalesce(score, if(outcome = 'correct', 1, 0))) AS highest,
                  min(position) FILTER (outcome IS NULL)
           FROM incoming_grades GROUP BY grader HAVING count(score) > 0 ORDER BY grader""",
    )
    ranges, notes = {}, []
    for grader, lowest, highest, position in found:
        limits = run.score_ranges.get(grader)
        if limits is not None and limits[0] <= lowest and highest <= limits[1]:
            ranges[grader] = (float(limits[0]), float(limits[1]))
            continue
        problem = _problem(grader, lowest, highest, position, limits)
        if grader == primary:
            raise InputError(problem)
        notes.append(f"{grader} left out: scores from {lowest:g} to {highest:g}, whose range is not known")
        store.connection.execute("DELETE FROM incoming_grades WHERE grader = ?", [grader])
    for grader, (low, high) in ranges.items():
        store.connection.execute(
            """UPDATE incoming_grades SET score = coalesce(score, if(outcome = 'correct', 1, 0)), score_low = $low,
                      score_high = $high WHERE grader = $grader""",
            {"low": low, "high": high, "grader": grader},
        )
        store.connection.execute(
            "UPDATE incoming_grades SET outcome = if(score = score_high, 'correct', 'incorrect') WHERE grader = ?",
            [grader],
        )
    return replace(run, notes=(*run.notes, *notes)), ranges


def _problem(
    grader: str, lowest: float, highest: float, position: int | None, limits: tuple[float, float] | None
) -> str:
    seen = f"scores by {grader} go from {lowest:g} to {highest:g}"
    if position is not None:
        seen += f", the first that is no verdict in row {position}"
    if limits is not None and limits != (0.0, 1.0):
        return f"{seen}, outside of --score-range {limits[0]:g} {limits[1]:g}"
    low, high = values.usual_range([lowest, highest])
    return (
        f"{seen}. If these are scores, give the lowest and the highest that is possible, such as --score-range {low:g} "
        f"{high:g}. "
        "It is not taken from the file: an interval needs what a score not seen could have been. Else name a column "
        "of verdicts with --correct COLUMN"
    )
