"""``evalsuite grade``: mark stored completions again."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from evalsuite.cli.options import AS_WRITTEN, DEFAULT_STORE, Json, Reading, StorePath
from evalsuite.errors import InputError

if TYPE_CHECKING:
    from evalsuite.documents.runs import GraderCounts
    from evalsuite.evaluation.score_graders import ScoreGrader
    from evalsuite.grading.grader import Grader

__all__ = ["grade"]

COLUMNS = ("grader", "version", "graded", "right", "no answer", "mean score")


def grade(
    name: str,
    /,
    *,
    all_graders: Annotated[bool, Parameter(help="Also by the rules of other programs.")] = False,
    grader: str | None = None,
    answer_pattern: str | None = None,
    reading: Reading = AS_WRITTEN,
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Grade the stored completions of a run again; needs no model.

    Parameters
    ----------
    name
        Label or id of the run; or a file or folder of results, whose grades are shown and, without --store, not kept.
    grader
        Only by this one: a name such as boxed, or steps, which scores intermediate steps from 0 to 1.
    answer_pattern
        Only by this RE2 pattern: its last match, or the first group of it, is the answer.

    Examples
    --------
    evalsuite grade smollm2-tutorial --grader steps
    """
    from dataclasses import asdict

    from evalsuite.cli.named_runs import opened_run
    from evalsuite.cli.progress_bar import counted
    from evalsuite.console import print_json, print_table, say
    from evalsuite.documents.results_files import GradedRun, GraderChange
    from evalsuite.documents.runs import GraderCounts
    from evalsuite.evaluation.regrading import grade_run
    from evalsuite.store import queries
    from evalsuite.store.regrades import regrades
    from evalsuite.store.runs import find_run, run_status

    graders = _graders(grader, answer_pattern, all_graders=all_graders)
    with opened_run(name, store, reading, write=True) as (opened, label):
        head = find_run(opened, label)
        n_made = run_status(opened, head.run_id)["n_done"]
        with counted("completions graded", n_made) as watch:
            n_written = grade_run(opened, head, graders, watch)
        changed = regrades(find_run(opened, label).details)
        counts = tuple(GraderCounts(**row) for row in queries.graders(opened.connection, head.run_id))
    if json:
        changes = tuple(GraderChange(**asdict(one)) for one in changed)
        print_json(GradedRun(run_id=head.run_id, n_written=n_written, graders=counts, changes=changes).as_dict())
    else:
        for one in changed:
            say(
                f"{one.grader}, version {one.from_version} to {one.to_version}: {one.n_changed} of {one.n_compared} "
                f"verdicts changed, {one.n_to_right} became right and {one.n_to_wrong} wrong"
            )
        print_table(f"Grades of {head.label}", COLUMNS, [_row(row) for row in counts])


def _graders(
    grader: str | None, answer_pattern: str | None, *, all_graders: bool
) -> "tuple[Grader | ScoreGrader, ...]":
    """Return the graders that were asked for."""
    from evalsuite.evaluation.score_graders import score_grader
    from evalsuite.grading.graders import ALL_GRADERS, GRADERS
    from evalsuite.grading.graders import grader as named
    from evalsuite.grading.own_rules import PATTERN

    if answer_pattern is not None:
        if grader is not None:
            raise InputError("give either --grader or --answer-pattern")
        grader = PATTERN + answer_pattern
    if grader is None:
        return ALL_GRADERS if all_graders else GRADERS
    if all_graders:
        raise InputError("give one grader, or --all-graders")
    return (score_grader(grader) or named(grader),)


def _row(counts: "GraderCounts") -> list[object]:
    """Return the cells of a grader: of one that gives scores there are no right completions to count."""
    from evalsuite.wording.units import Unit

    if counts.mean_score is None or counts.score_range is None:
        return [counts.grader, counts.grader_version, counts.n_graded, counts.n_correct, counts.n_no_answer, "–"]
    unit = Unit((counts.score_range[0], counts.score_range[1]))
    mean = f"{unit.level(counts.mean_score)} {unit.span}"
    return [counts.grader, counts.grader_version, counts.n_graded, "–", "–", mean]
