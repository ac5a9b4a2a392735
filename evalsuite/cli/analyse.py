"""``evalsuite analyse``: one question about stored runs, training runs or counts, answered by a page."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from evalsuite.cli.findings_output import print_page
from evalsuite.cli.options import (
    AS_WRITTEN,
    DEFAULT_COMPARISON,
    DEFAULT_STORE,
    SITE,
    Comparison,
    Json,
    Language,
    OutFolder,
    Png,
    Reading,
    StorePath,
)

__all__ = ["analyse"]

FINDINGS = Path("data/findings")


def analyse(
    name: str | None = None,
    /,
    *runs: str,
    settings: Comparison = DEFAULT_COMPARISON,
    reading: Reading = AS_WRITTEN,
    store: StorePath = DEFAULT_STORE,
    seed: Annotated[int | None, Parameter(help="Of the resamples, where the analysis draws any.")] = None,
    language: Language = "en",
    out: OutFolder = SITE,
    png: Png = False,
    json: Json = False,
) -> None:
    """Answer one question and write its page; without a name, list the questions.

    An option that has no effect on the question is refused.

    Parameters
    ----------
    name
        Name of the analysis, such as truncation or training_signal.
    runs
        Labels or ids, or files or folders of results or of trainings, the base first; without any, the finished runs
        on the problems of the newest one, or all trainings. For significance, scores such as 1/5 2/5; for calibration,
        how many draws of each design.

    Examples
    --------
    evalsuite analyse significance 1/5 2/5
    """
    from analyses.catalogue import answer, find
    from evalsuite.cli.checks import check_comparison
    from evalsuite.cli.named_runs import opened_runs, opened_trainings
    from evalsuite.cli.page_place import PagePlace
    from evalsuite.documents.report import of_analysis
    from evalsuite.store.imports.named_runs import has_files
    from evalsuite.wording import language as languages
    from reports.build import build

    if name is None:
        _list(as_json=json)
        return
    analysis = find(name)
    check_comparison(settings, stored=True, paired=True)
    with languages.language(language):
        if analysis.takes.startswith("runs") and has_files(runs, store):
            with opened_runs(runs, store, reading) as named:
                findings = analysis.run(named.store, named.labels, settings, seed)
        elif analysis.takes == "trainings" and has_files(runs, store):
            with opened_trainings(runs, store) as (opened, labels):
                findings = analysis.run(opened, labels, settings, seed)
        else:
            findings = answer(analysis, runs, store=store, settings=settings, seed=seed)
        findings.save(FINDINGS)
        chosen = PagePlace(out, analysis.name.replace("_", "-"), "html", exact=False).free(findings)
        page = build([findings], out, title=findings.question, name=chosen, png=png)
        print_page(of_analysis(page.resolve(), findings), as_json=json)


def _list(*, as_json: bool) -> None:
    from analyses.catalogue import ANALYSES
    from evalsuite.console import print_json, print_table
    from evalsuite.documents.report import AnalysesList, AnalysisEntry

    if as_json:
        entries = tuple(AnalysisEntry(analysis.name, analysis.question) for analysis in ANALYSES)
        print_json(AnalysesList(analyses=entries).as_dict())
    else:
        print_table("Analyses", ("name", "question"), [(a.name, a.question) for a in ANALYSES])
