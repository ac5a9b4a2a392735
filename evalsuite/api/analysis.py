"""``evalsuite.analyse``: answer one of the suite's questions from Python, and write its page."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from analyses.catalogue import Analysis, find
from analyses.runs.defaults import default_runs, default_trainings
from evalsuite.api.arguments import PythonWords, check_alpha, check_pair_by, check_share
from evalsuite.api.display import Result, View, draw_on, frame
from evalsuite.api.stored import OpenStore, reading
from evalsuite.errors import InputError
from evalsuite.findings import Figure, Findings, Table
from evalsuite.settings import DEFAULT_STORE, ComparisonSettings, LanguageCode, PairBy
from evalsuite.stats.decision import Verdict
from evalsuite.store.store import Store
from evalsuite.wording import language as languages
from evalsuite.wording.lights import known_lights, qualified_label
from reports.build import build

__all__ = ["Analysed", "analyse"]


class Analysed(Result):
    """The answer of one analysis: what its page shows, as pandas frames.

    Attributes
    ----------
    findings
        Everything the page is made of.
    language
        Of the sentences and of the page.
    """

    def __init__(self, findings: Findings, language: str = "en") -> None:
        self.findings = findings
        self.language = language

    @property
    def verdict(self) -> Verdict | None:
        """The verdict, None where the analysis decides nothing."""
        return self.findings.verdict

    @property
    def tables(self) -> MappingProxyType[str, pd.DataFrame]:
        """Every table of the page at full precision, by name."""
        return MappingProxyType({table.name: frame(table) for table in self.findings.tables})

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures, for `plot`."""
        return tuple(figure.name for figure in self.findings.figures)

    def to_frame(self, name: str | None = None) -> pd.DataFrame:
        """Return the table `name`, the first one that a figure shows if not given."""
        tables = self.tables
        if name is None:
            return tables[self._main.name] if self._main is not None else pd.DataFrame()
        if name not in tables:
            raise InputError(f"{self.findings.name} has no table {name!r}: choose from {', '.join(tables)}")
        return tables[name]

    def as_dict(self) -> dict[str, Any]:
        """Return the findings as the JSON document that is kept beside a page."""
        with tempfile.TemporaryDirectory() as folder:
            document: dict[str, Any] = json.loads(self.findings.save(Path(folder)).read_text("utf-8", "surrogatepass"))
        return document

    def plot(self, ax: Axes | None = None, *, figure: str | None = None) -> Axes:
        """Draw one figure (the first if not named) on `ax` or on a new figure, and return the axes."""
        known = {one.name: one for one in self.findings.figures}
        if not known:
            raise InputError(f"{self.findings.name} has no figure")
        if figure is not None and figure not in known:
            raise InputError(f"{self.findings.name} has no figure {figure!r}: choose from {', '.join(known)}")
        chosen = known[figure or next(iter(known))]
        with languages.language(self.language):
            return draw_on(ax, chosen, self.findings.table(chosen.table))

    def write_page(self, folder: str | Path, *, name: str | None = None) -> Path:
        """Write the page as one HTML file in `folder`, with its figures and tables beside it, and return its path."""
        with languages.language(self.language):
            title = self.findings.question
            return build([self.findings], Path(folder), title=title, name=name or self.findings.name.replace("_", "-"))

    @property
    def view(self) -> View:
        """What of this result is shown."""
        findings, main = self.findings, self._main
        figure = self._figure
        names = ", ".join(table.name for table in findings.tables)
        return View(
            title=findings.question,
            verdict=_heading(findings),
            finding=findings.finding,
            lights=known_lights(findings.lights),
            sentences=(findings.sentence,),
            table=main or Table("none", "", (), ()),
            cautions=tuple(caution.text for caution in findings.cautions),
            notes=(*findings.notes[:3], f"Tables: {names}. The whole answer: write_page(folder)."),
            picture=figure,
            pictured=None if figure is None else findings.table(figure.table),
        )

    @property
    def _figure(self) -> Figure | None:
        return next(iter(self.findings.figures), None)

    @property
    def _main(self) -> Table | None:
        """The table of the first figure where a reader can take it in, else the first table."""
        tables = self.findings.tables
        figure = self._figure
        if figure is not None and len(self.findings.table(figure.table).rows) <= 12:
            return self.findings.table(figure.table)
        return tables[0] if tables else None


def _heading(findings: Findings) -> str:
    return "" if findings.verdict is None else qualified_label(findings.verdict, findings.lights).capitalize()


def analyse(
    name: str,
    *runs: str,
    store: str | Path | OpenStore | None = None,
    alpha: float = 0.05,
    margin: float | None = None,
    grader: str | None = None,
    only_shared: bool = False,
    allow_unfinished: bool = False,
    without_cap: bool = False,
    pair_by: PairBy | None = None,
    drop_duplicates: bool = False,
    seed: int | None = None,
    language: LanguageCode = "en",
) -> Analysed:
    """Answer the question of the analysis `name`, as ``evalsuite analyse`` does.

    Parameters
    ----------
    runs
        Labels or ids, the base first; without any, the finished runs on the problems of the newest one, or all training
        runs. For ``significance``, scores such as ``"1/5", "2/5"``.
    store
        Path of a store, or what `open_store` returned.
    alpha, margin, grader, only_shared, allow_unfinished, without_cap, pair_by, drop_duplicates
        As in `compare`; one that has no effect on the question is refused.
    seed
        Of the resamples, where the analysis draws any.
    language
        Of the sentences and the page: en, or zh for Chinese.

    Raises
    ------
    InputError
        There is no such analysis (the message lists all), or it needs a store or other runs.

    Examples
    --------
    >>> answer = analyse("significance", "11/20", "10/20")
    >>> answer.tables["accuracy"]["k"].tolist()
    [11, 10]
    """
    with PythonWords(), languages.language(language):
        check_alpha(alpha)
        if margin is not None:
            check_share("margin", margin)
        check_pair_by(pair_by)
        settings = ComparisonSettings(
            alpha, margin, grader, only_shared, allow_unfinished, without_cap, pair_by, drop_duplicates
        )
        analysis = find(name)
        with reading(store) as opened:
            return Analysed(analysis.run(opened, _runs(analysis, opened, runs), settings, seed), language)


def _runs(analysis: Analysis, store: Store | None, runs: Sequence[str]) -> Sequence[str]:
    """Return the runs that are meant: those given, else those of the store that the analysis is for."""
    if analysis.takes == "trainings" and store is not None:
        return runs or default_trainings(store)
    if analysis.takes == "runs" and store is None:
        raise InputError(
            f"{analysis.name} reads stored runs: give the store, such as store={str(DEFAULT_STORE)!r} or what "
            "open_store returned"
        )
    if analysis.takes == "runs" and store is not None:
        return runs or default_runs(store)
    return runs
