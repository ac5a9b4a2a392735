"""``evalsuite experiment``: the main job, a model before and after training from evaluation to pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from evalsuite.cli.options import SITE, Json, Language, OutFolder, StorePath

if TYPE_CHECKING:
    from evalsuite.jobs.experiment import ExperimentPages

__all__ = ["experiment"]

FILE = Path("data/experiments/main.toml")
STORE = Path("data/runs/main.duckdb")


def experiment(
    file: Annotated[Path, Parameter(help="What is compared with what; see data/experiments.")] = FILE,
    /,
    *,
    limit: Annotated[int | None, Parameter(help="Evaluate at most so many problems of each set.")] = None,
    extend_to: Annotated[int | None, Parameter(help="Continue truncated completions up to this larger limit.")] = None,
    store: StorePath = STORE,
    language: Language = "en",
    out: OutFolder = SITE,
    json: Json = False,
) -> None:
    """Evaluate a model before and after training, compare, and write a page for each problem set.

    What is stored already is not made again, so the same command continues a stopped experiment.

    Examples
    --------
    evalsuite experiment data/experiments/main.toml --limit 16
    """
    from evalsuite.console import print_json
    from evalsuite.documents.report import of_experiment
    from evalsuite.extras import require

    require("models", "An experiment")
    from evalsuite.jobs.experiment import run_experiment
    from evalsuite.jobs.experiment_file import read_experiment

    pages = run_experiment(read_experiment(file), store, limit=limit, extend_to=extend_to, language=language, site=out)
    if json:
        print_json(of_experiment(pages.problem_sets, pages.index).as_dict())
    else:
        _print_pages(pages)


def _print_pages(pages: "ExperimentPages") -> None:
    from evalsuite.console import print_line

    for name, findings, page in pages.problem_sets:
        print_line(f"{name}: {findings.finding or findings.sentence}\n  {page}")
    print_line(f"report: {pages.problem_sets[0].page}")
    print_line(f"all pages: {pages.index}")
