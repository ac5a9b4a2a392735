"""``evalsuite report``: the comparison of stored runs as a page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from evalsuite.cli.findings_output import print_page
from evalsuite.cli.options import (
    AS_WRITTEN,
    DEFAULT_COMPARISON,
    DEFAULT_STORE,
    NO_ARMS,
    SITE,
    Arms,
    Comparison,
    Json,
    Language,
    OutFolder,
    Reading,
    StorePath,
)
from evalsuite.errors import InputError
from evalsuite.settings import ComparisonSettings, SeedOptions

if TYPE_CHECKING:
    from evalsuite.findings import Findings
    from evalsuite.store.store import Store

__all__ = ["report"]


def report(
    *names: str,
    arms: Arms = NO_ARMS,
    settings: Comparison = DEFAULT_COMPARISON,
    reading: Reading = AS_WRITTEN,
    store: StorePath = DEFAULT_STORE,
    out: OutFolder = SITE,
    name: str = "comparison",
    seed: int = 0,
    form: Annotated[Literal["html", "markdown"], Parameter(name="format")] = "html",
    print_: Annotated[Literal["first", "all"], Parameter(name="print")] = "first",
    language: Language = "en",
    json: Json = False,
) -> None:
    """Compare stored runs and write the answer as one self-contained HTML page, or as Markdown.

    Parameters
    ----------
    names
        The base first: labels or ids of stored runs, or files or folders of results.
    name
        Name of the page's file, without ending.
    seed
        Of the bootstrap, where it needs one.
    print_
        What the page prints: first for the first screen, or all; a switch on the page does the same.
    form
        html, or markdown for Quarto and notebooks; figures, CSV and LaTeX tables lie beside either.

    Examples
    --------
    evalsuite report smollm2-tutorial smollm2-fewshot-4 --name fewshot
    """
    from evalsuite.cli.checks import check_arms, check_comparison, check_page_name
    from evalsuite.cli.named_runs import opened_runs
    from evalsuite.documents.report import of_page
    from evalsuite.wording import language as languages
    from reports.build import build
    from reports.pictures_to_post import posted

    by_arm = check_arms(names, arms)
    if not names and not by_arm:
        raise InputError("report needs two runs or more: labels of stored runs, files or folders of results")
    check_comparison(settings, stored=True, paired=True)
    check_page_name(name)
    with languages.language(language):
        with opened_runs(names, store, reading) as named:
            if len(named.labels) < 2 and not by_arm:
                raise InputError(f"report needs two runs or more, got {', '.join(named.labels)}")
            opened = named.store
            parts = _of_arms(opened, arms, settings) if by_arm else _of_runs(opened, named.labels, settings, seed)
        for findings in parts:
            findings.save(out / name)
        path = build(parts, out, title=parts[0].question, name=name, form=form, print_all=print_ == "all")
    print_page(of_page(path, parts[0], posted(out / name)), as_json=json)


def _of_arms(store: "Store", arms: SeedOptions, settings: ComparisonSettings) -> "list[Findings]":
    from analyses import seed_comparison

    return [seed_comparison.analyse(store, arms, settings)]


def _of_runs(store: "Store", names: Sequence[str], settings: ComparisonSettings, seed: int) -> "list[Findings]":
    """Return the comparison, then the further questions that its page answers."""
    from analyses.model_comparison import analysis as model_comparison
    from analyses.model_comparison.companions import further

    compared = model_comparison.analyse(store, names, settings, seed=seed)
    return [compared, *further(store, names, settings, seed=seed)]
