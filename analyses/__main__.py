"""``python -m analyses [NAME] [RUN ...]``: run one analysis and write its page, or list them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from cyclopts import App

from analyses.catalogue import ANALYSES, Analysis, find
from analyses.runs.defaults import default_runs, default_trainings
from evalsuite.console import print_table, say
from evalsuite.errors import EvalsuiteError
from evalsuite.findings import Findings
from evalsuite.settings import DEFAULT_STORE
from evalsuite.store.store import Store
from evalsuite.wording import language as languages
from reports.build import build

app = App(
    name="analyses",
    help="Run one analysis and write its page; without a name, list them.",
    result_action="return_value",
)

FINDINGS = Path("data/findings")
SITE = Path("reports/site")


@app.default
def main(
    name: str | None = None,
    *runs: str,
    store: Path = DEFAULT_STORE,
    grader: str | None = None,
    language: Literal["en", "zh"] = "en",
) -> None:
    """Run the analysis `name` on the stored `runs`; some answer for the tutorial's numbers without any.

    Parameters
    ----------
    runs
        Labels or ids, the base first; without any, the finished runs on the problems of the newest one, or all
        trainings. For significance, scores such as 1/5 2/5.
    grader
        Whose verdict counts; each run's primary grader if not given.
    language
        Of the page's own words: en, or zh for Chinese.
    """
    if name is None:
        print_table("Analyses", ("name", "question"), [(a.name, a.question) for a in ANALYSES])
        return
    analysis = find(name)
    with languages.language(language):
        if analysis.takes in ("counts", "nothing") or (not runs and analysis.takes == "runs or nothing"):
            findings = analysis.run(None, runs, grader)
        elif analysis.takes == "trainings":
            findings = _of_trainings(analysis, runs, store, grader)
        else:
            with Store.reader(store) as opened:
                findings = analysis.run(opened, runs or default_runs(opened), grader)
        findings.save(FINDINGS)
        path = build([findings], SITE, title=findings.question, name=name.replace("_", "-"))
    say(findings.sentence)
    sys.stdout.write(f"report: {path.resolve()}\n")


def _of_trainings(analysis: Analysis, names: Sequence[str], store: Path, grader: str | None) -> Findings:
    """Run `analysis` on the trainings of the store; without a name and a store it answers for the tutorial's."""
    if not names and not store.exists():
        return analysis.run(None, (), grader)
    with Store.reader(store) as opened:
        return analysis.run(opened, names or default_trainings(opened), grader)


if __name__ == "__main__":
    try:
        app()
    except EvalsuiteError as error:
        say(f"analyses: {error}")
        sys.exit(error.exit_code)
