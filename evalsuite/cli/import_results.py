"""``evalsuite import``: results that another program made."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from evalsuite.cli.options import AS_WRITTEN, DEFAULT_STORE, Json, Reading, StorePath
from evalsuite.errors import InputError

__all__ = ["import_results"]


def import_results(
    *paths: Path,
    label: str | None = None,
    form: Annotated[str | None, Parameter(name="format")] = None,
    reading: Reading = AS_WRITTEN,
    replace: bool = False,
    dry_run: Annotated[bool, Parameter(help="Show the first rows as they would be stored, and store nothing.")] = False,
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Import results by problem: files and folders of other programs, and your own tables.

    Parameters
    ----------
    paths
        Files or folders; - reads standard input. A table needs a column that names the problems, and verdicts, scores
        (--score-range), or texts with right answers to grade them by.
    label
        Name of the run in tables; the file's or the model's if not given. Several runs are called LABEL/NAME.
    form
        Name of the format, where it is not to be recognised: table, or that of a program.
    replace
        Let a run take the place of an imported one of the same label with other content.

    Examples
    --------
    evalsuite import results.jsonl --label theirs
    """
    from evalsuite.cli.import_output import print_preview, print_reports
    from evalsuite.cli.named_runs import options_of
    from evalsuite.cli.progress_bar import counted
    from evalsuite.console import print_json
    from evalsuite.documents.results_files import of_import, of_preview
    from evalsuite.store.imports.results_file import read_path
    from evalsuite.store.imports.standard_input import as_files
    from evalsuite.store.imports.store_results import store_runs
    from evalsuite.store.store import Store

    if not paths:
        raise InputError("import needs files or folders, such as `evalsuite import results.jsonl`; - is standard input")
    options = options_of(reading)
    with as_files(paths) as files:
        runs = [run for file in files for run in read_path(file, options, form)]
        if dry_run:
            preview = of_preview(runs)
            print_json(preview.as_dict()) if json else print_preview(preview)
            return
        known = [run.n_rows for run in runs if run.n_rows is not None]
        total = sum(known) if len(known) == len(runs) else None
        with Store.writer(store) as opened, counted("rows", total) as watch:
            reports = store_runs(opened, runs, label=label, replace=replace, watch=watch)
    if json:
        print_json(of_import(reports).as_dict())
    else:
        print_reports(reports, store)
