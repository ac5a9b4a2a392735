"""``evalsuite export``: a run as a file."""

from pathlib import Path

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["export"]


def export(name: str, file: Path, /, *, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Write the completions and grades of a run to Parquet, CSV or JSONL.

    Parameters
    ----------
    name
        Label or id of the run.
    file
        Its ending decides the format.

    Examples
    --------
    evalsuite export smollm2-tutorial completions.parquet
    """
    from evalsuite.console import print_json, print_line, say
    from evalsuite.documents.results_files import ResultsExported
    from evalsuite.store.export import export_run
    from evalsuite.store.runs import find_run
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        n_rows = export_run(opened, find_run(opened, name), file)
    if json:
        print_json(ResultsExported(file=str(file), n_rows=n_rows).as_dict())
        return
    say(f"{n_rows} rows")
    print_line(str(file))
