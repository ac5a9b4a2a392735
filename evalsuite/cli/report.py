"""``evalsuite report``: the comparison of stored runs as a page."""

from collections.abc import Sequence
from pathlib import Path
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
    Png,
    Reading,
    StorePath,
)
from evalsuite.errors import InputError
from evalsuite.settings import ComparisonSettings, SeedOptions

if TYPE_CHECKING:
    from evalsuite.cli.page_place import PagePlace
    from evalsuite.documents.report import PageWritten
    from evalsuite.findings import Findings
    from evalsuite.store.store import Store

__all__ = ["report"]


def report(
    *names: str,
    arms: Arms = NO_ARMS,
    settings: Comparison = DEFAULT_COMPARISON,
    reading: Reading = AS_WRITTEN,
    store: StorePath = DEFAULT_STORE,
    title: str | None = None,
    name: str | None = None,
    out: OutFolder = SITE,
    output: Path | None = None,
    open: Annotated[bool, Parameter(help="Show the page in the browser.")] = False,  # noqa: A002 - what the flag is called
    seed: int = 0,
    all_pairs: Annotated[bool, Parameter(help="Show every pair of three or more runs, as one family.")] = False,
    form: Annotated[Literal["html", "markdown"] | None, Parameter(name="format")] = None,
    print_: Annotated[Literal["first", "all"], Parameter(name="print")] = "first",
    png: Png = False,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Compare stored runs and write the answer as one self-contained HTML page, or as Markdown.

    Parameters
    ----------
    names
        The base first: labels or ids of stored runs, or files or folders of results. Folders of several tasks give a
        page for each task.
    title
        Heading of the page; the question it answers if not given.
    name
        Any text, from which the name of the page's file is made; the title if not given. Where another comparison has
        that name, the next free number is added.
    output
        The very file, such as out/page.html or out/page.md, in place of --name and --out.
    seed
        Of the bootstrap, where it needs one.
    print_
        What the page prints: first for the first screen, or all; a switch on the page does the same.
    form
        html, or markdown for Quarto and notebooks; figures, CSV and LaTeX tables lie beside either.

    Examples
    --------
    evalsuite report smollm2-tutorial smollm2-fewshot-4 --name "Four examples"
    """
    from evalsuite.cli.checks import check_comparison
    from evalsuite.cli.named_runs import by_arm_labels, opened_runs
    from evalsuite.cli.opening import open_page
    from evalsuite.cli.page_place import page_place
    from evalsuite.cli.stages import stages
    from evalsuite.cli.task_pages import print_task_pages, task_pages
    from evalsuite.store.descriptions import tags_of
    from evalsuite.wording import language as languages

    by_arm = _check_asked(names, arms, all_pairs=all_pairs)
    check_comparison(settings, stored=True, paired=True)
    place = page_place(title=title, name=name, out=out, output=output, form=form)
    tasks: Literal["one", "each"] = "one" if all_pairs or by_arm else "each"
    with languages.language(language), stages() as doing:
        doing("Reading the runs")
        with opened_runs(names or (*arms.base, *arms.new), store, reading, tasks=tasks) as named:
            opened = named.store

            def analysed(labels: Sequence[str]) -> "list[Findings]":
                return _of_runs(opened, labels, settings, seed, all_pairs)

            def write(parts: "list[Findings]", where: "PagePlace", task: str = "") -> "PageWritten":
                doing(f"Drawing {sum(len(findings.figures) for findings in parts)} figures and writing the page")
                heading = f"{title or parts[0].question}{f' ({task})' if task else ''}"
                tags = tags_of(opened, named.labels)
                return _write(parts, where, heading, tags=tags, print_all=print_ == "all", png=png)

            if named.tasks:
                doing(f"Comparing {len(named.tasks)} tasks")
                several = task_pages(named, settings, place, analysed=analysed, write=write)
                shown = Path(several.index)
            else:
                _check_labels(named.labels, all_pairs=all_pairs)
                doing(f"Comparing {len(named.labels)} runs")
                parts = _of_arms(opened, by_arm_labels(arms, named), settings) if by_arm else analysed(named.labels)
                single = write(parts, place)
                shown = Path(single.page)
        if named.tasks:
            print_task_pages(several, as_json=json)
        else:
            print_page(single, as_json=json)
    if open:
        open_page(shown)


def _write(
    parts: "list[Findings]", place: "PagePlace", heading: str, *, tags: Sequence[str], print_all: bool, png: bool
) -> "PageWritten":
    """Write a page where it loses no other, and what it shows beside it."""
    from evalsuite.documents.report import of_page
    from reports.build import build
    from reports.pictures_to_post import posted

    chosen = place.free(parts[0])
    for findings in parts:
        findings.save(place.folder / chosen)
    path = build(
        parts, place.folder, title=heading, name=chosen, form=place.form, tags=tags, print_all=print_all, png=png
    )
    return of_page(path, parts[0], posted(path.with_suffix("")))


def _check_asked(names: Sequence[str], arms: Arms, *, all_pairs: bool) -> bool:
    """Return whether the runs are given as arms."""
    from evalsuite.cli.checks import check_arms

    by_arm = check_arms(names, arms)
    if not names and not by_arm:
        raise InputError("report needs two runs or more: labels of stored runs, files or folders of results")
    if all_pairs and by_arm:
        raise InputError("--all-pairs has no effect on --base and --new: it takes three or more runs by name")
    return by_arm


def _check_labels(labels: Sequence[str], *, all_pairs: bool) -> None:
    if len(labels) < 2:
        raise InputError(f"report needs two runs or more, got {', '.join(labels)}")
    if all_pairs and len(labels) < 3:
        raise InputError(f"--all-pairs needs three or more runs, got {len(labels)}")


def _of_arms(store: "Store", arms: SeedOptions, settings: ComparisonSettings) -> "list[Findings]":
    from analyses.seed_comparison import analysis as seed_comparison

    return [seed_comparison.analyse(store, arms, settings)]


def _of_runs(
    store: "Store", names: Sequence[str], settings: ComparisonSettings, seed: int, all_pairs: bool
) -> "list[Findings]":
    """Return the comparison, then the further questions that its page answers."""
    from analyses.model_comparison import analysis as model_comparison
    from analyses.model_comparison.companions import further

    compared = model_comparison.analyse(store, names, settings, seed=seed, all_pairs=all_pairs)
    return [compared, *further(store, names, settings, seed=seed)]
