"""``evalsuite show``: a run, or one problem of it."""

from evalsuite.cli.options import AS_WRITTEN, DEFAULT_STORE, Json, Reading, StorePath

__all__ = ["show"]


def show(
    name: str,
    problem: str | None = None,
    /,
    *,
    reading: Reading = AS_WRITTEN,
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Show a run, or one problem of it with its completions.

    Parameters
    ----------
    name
        Label or id of the run, or a file or folder of results, which needs no store.
    problem
        Id of a problem, such as gsm8k/test/17 or 17.

    Examples
    --------
    evalsuite show smollm2-tutorial 17
    """
    from evalsuite.cli.named_runs import opened_run
    from evalsuite.console import print_json, print_nested
    from evalsuite.documents.runs import of_problem, of_run
    from evalsuite.store.descriptions import describe_problem, describe_run

    with opened_run(name, store, reading) as (opened, label):
        document = (
            of_run(describe_run(opened, label))
            if problem is None
            else of_problem(describe_problem(opened, label, problem))
        )
    if json:
        print_json(document.as_dict())
    else:
        print_nested(document.values())
