"""``evalsuite audit``: check a grader by hand."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from evalsuite.cli.options import (
    AS_WRITTEN,
    DEFAULT_STORE,
    SITE,
    Json,
    Language,
    OutFolder,
    Reading,
    StorePath,
)
from evalsuite.cli.value_sources import SOURCES
from evalsuite.errors import InputError
from evalsuite.settings import ReadSettings

if TYPE_CHECKING:
    from evalsuite.documents.audit import GraderAudit
    from evalsuite.store.imports.named_runs import NamedRuns

__all__ = ["audit"]

DRAWS = 50


def audit(
    run: str,
    new: str | None = None,
    /,
    *,
    judged: Annotated[tuple[Path, ...], Parameter(help="A judged sheet; repeat it for several.")] = (),
    n: Annotated[int | None, Parameter(help=f"Completions to judge of each run; {DRAWS} if not given.")] = None,
    seed: int = 0,
    grader: str | None = None,
    alpha: float = 0.05,
    reading: Reading = AS_WRITTEN,
    store: StorePath = DEFAULT_STORE,
    out: OutFolder = SITE,
    name: str = "audit",
    language: Language = "en",
    json: Json = False,
) -> None:
    """Draw completions to judge by hand, or read the judgments back: the grader's errors and the accuracy without them.

    Parameters
    ----------
    run, new
        Label or id of a run, or a file or folder of results, and a second one for the corrected difference.
    seed
        Of the draw.
    grader
        Whose verdicts are judged; the run's primary grader if not given.
    alpha
        Intervals have the level 1 - alpha.
    name
        Name of the page and of the sheet, without ending.

    Examples
    --------
    evalsuite audit smollm2-tutorial --n 50
    """
    from analyses.runs.audit import judge
    from evalsuite.cli.checks import check_page_name
    from evalsuite.cli.named_runs import opened_runs
    from evalsuite.console import print_json
    from evalsuite.documents.audit import of_judged
    from evalsuite.stats.decision import check_level
    from evalsuite.store.audit_sheet import read_sheet

    try:
        check_level(alpha)
    except ValueError as error:
        raise InputError(str(error)) from error
    names = (run,) if new is None else (run, new)
    if not judged:
        check_page_name(name)
        with opened_runs(names, store, reading) as named:
            sheet = _draw(named, names, DRAWS if n is None else n, seed, grader, out / name, language, json=json)
        if not json:
            _say_next(names, sheet, reading, store)
        return
    if n is not None or grader is not None:
        raise InputError("--n and --grader belong to drawing a sample; the sheet says what was drawn")
    rows = [row for path in judged for row in read_sheet(path)]
    with opened_runs(names, store, reading) as named:
        found = of_judged(judge(named.store, named.labels, rows, confidence_level=1 - alpha))
    print_json(found.as_dict()) if json else _print(found)


def _say_next(names: tuple[str, ...], sheet: Path, reading: ReadSettings, store: Path) -> None:
    """Say the command that reads the judgments back, which reads files as this one did, and print the page."""
    from evalsuite.cli.named_runs import typed_again
    from evalsuite.console import print_line, say

    kept = ["--store", str(store)] if SOURCES.get("store") == "cli" else []
    say(shlex.join(["evalsuite", "audit", *names, "--judged", str(sheet), *typed_again(reading), *kept]))
    print_line(str(sheet.with_suffix(".html")))


def _draw(
    named: "NamedRuns", names: tuple[str, ...], n: int, seed: int, grader: str | None, stem: Path, language: str,
    *, json: bool,
) -> Path:  # fmt: skip
    """Write page and sheet, and return the sheet."""
    from analyses.runs.audit import draw
    from evalsuite.console import print_json, say
    from evalsuite.documents.audit import of_sample
    from evalsuite.store.audit_sheet import NEEDED, write_sheet
    from evalsuite.wording import language as languages
    from reports.audit_page import JudgedCard, audit_page

    if n < 1:
        raise InputError(f"--n must be 1 or more, got {n}")
    if len(named.labels) != len(names):
        raise InputError(f"audit needs one run under each name, got {', '.join(named.labels)}")
    sample = draw(named.store, named.labels, n=n, seed=seed, grader=grader)
    page, sheet = stem.with_suffix(".html"), stem.with_suffix(".csv")
    if sheet.exists():
        raise InputError(f"{sheet} is there already and may hold judgments: choose another --name")
    cards = [
        JudgedCard(
            {key: str(getattr(row, key)) for key in NEEDED if key != "judgment"}, row.question, row.gold, row.text,
            row.outcome, row.extracted,
        )
        for row in sample.rows
    ]  # fmt: skip
    write_sheet(sheet, sample.rows)
    with languages.language(language):
        audit_page(page, cards, runs=list(sample.labels.values()))
    document = of_sample(sample, page, sheet)
    if json:
        print_json(document.as_dict())
    else:
        say(f"{document.n_drawn} completions to judge. Open the page, or fill in the column judgment of {sheet}; then:")
    return sheet


def _print(found: "GraderAudit") -> None:
    from evalsuite.console import print_line, print_table
    from evalsuite.wording import numbers

    if found.difference is not None:
        print_line(found.difference.sentence)
    for run in found.runs:
        for sentence in run.sentences:
            print_line(sentence)
    for warning in found.warnings:
        print_line(warning)
    for run in found.runs:
        rows = [[name, s.size, s.right, s.wrong, s.unclear] for name, s in run.strata.items()]
        level = numbers.level(found.confidence_level)
        title = f"{run.label}: {run.n_judged} judged of {run.n_completions}, intervals of {level}%"
        print_table(title, ("verdict of the grader", "completions", "right by hand", "wrong", "not clear"), rows)
