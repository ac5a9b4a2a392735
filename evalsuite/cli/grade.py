"""``evalsuite grade``: mark stored completions again."""

from dataclasses import astuple
from typing import Annotated

from cyclopts import Parameter

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["grade"]

COLUMNS = ("grader", "grader_version", "n_graded", "n_correct", "n_no_answer")


def grade(
    name: str,
    /,
    *,
    all_graders: Annotated[bool, Parameter(help="Also by the rules of other programs.")] = False,
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Grade the stored completions of a run again; needs no model.

    Parameters
    ----------
    name
        Label or id of the run.

    Examples
    --------
    evalsuite grade smollm2-tutorial --all-graders
    """
    from evalsuite.console import print_json, print_table
    from evalsuite.documents.results_files import GradedRun
    from evalsuite.documents.runs import GraderCounts
    from evalsuite.evaluation.pipeline import grade_run
    from evalsuite.grading.graders import ALL_GRADERS, GRADERS
    from evalsuite.store import queries
    from evalsuite.store.runs import find_run
    from evalsuite.store.store import Store

    with Store.writer(store, create=False) as opened:
        head = find_run(opened, name)
        n_written = grade_run(opened, head, ALL_GRADERS if all_graders else GRADERS)
        counts = tuple(GraderCounts(**row) for row in queries.graders(opened.connection, head.run_id))
    if json:
        print_json(GradedRun(run_id=head.run_id, n_written=n_written, graders=counts).as_dict())
    else:
        print_table(f"Grades of {head.label}", COLUMNS, [astuple(row) for row in counts])
