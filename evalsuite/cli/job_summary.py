"""A comparison as Markdown for the summary of a CI job: what must be read first, the sentence, the numbers."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from evalsuite.cli.comparison_output import Compared, TwoRuns, bounds_sentence, unit_of
from evalsuite.console import print_line, say
from evalsuite.documents.pooled import SeveralSetsComparison
from evalsuite.documents.scores_only import ScoresOnlyComparison
from evalsuite.documents.several_tasks import SeveralTasksComparison
from evalsuite.documents.stored_runs import StoredRunsComparison
from evalsuite.documents.training_seeds import TrainingSeedsComparison
from evalsuite.errors import DataUnavailableError
from evalsuite.wording import numbers
from evalsuite.wording.verdicts import verdict_label
from reports.markdown import escape

__all__ = ["comparison_markdown", "document", "write_summary"]

GITHUB = "GITHUB_STEP_SUMMARY"


def write_summary(compared: Compared) -> bool:
    """Append the summary to the file that GitHub names in its environment; print it where there is none.

    Returns
    -------
    bool
        Whether it was printed, so that nothing else belongs on stdout.

    Raises
    ------
    DataUnavailableError
        The file cannot be written.
    """
    text = comparison_markdown(compared)
    named = os.environ.get(GITHUB)
    if not named:
        print_line(text.rstrip("\n"))
        return True
    try:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataUnavailableError(f"cannot write the summary to {named}, which {GITHUB} names: {error}") from error
    say(f"Summary added to {named}")
    return False


def comparison_markdown(compared: Compared) -> str:
    """Return the Markdown of a comparison; labels and texts cannot become markup."""
    if isinstance(compared, ScoresOnlyComparison):
        return document([_scores(compared)], (), ())
    if isinstance(compared, StoredRunsComparison):
        cautions = [caution.text for caution in compared.cautions]
        best = () if compared.best is None else compared.best.sentences
        told = (*best, compared.family, *compared.warnings, compared.differences_between_runs)
        notes = [note for note in told if note and note not in cautions]
        return document([_two(comparison) for comparison in compared.comparisons], cautions, notes)
    if isinstance(compared, TrainingSeedsComparison):
        cautions = [caution.text for caution in compared.cautions]
        return document([_two(compared)], cautions, [note for note in compared.warnings if note not in cautions])
    if isinstance(compared, SeveralSetsComparison):
        cautions = [caution.text for caution in compared.cautions]
        told = (*compared.sentences[1:], compared.family, *compared.warnings)
        notes = [note for note in told if note and note not in cautions]
        return document([_two(one) for one in (compared.together, *compared.sets)], cautions, notes)
    if isinstance(compared, SeveralTasksComparison):
        of_tasks = [task.compared for task in compared.tasks]
        cautions = list(dict.fromkeys(caution.text for one in of_tasks for caution in one.cautions))
        notes = list(dict.fromkeys(note for one in of_tasks for note in one.warnings if note not in cautions))
        return document([_two(c) for one in of_tasks for c in one.comparisons], cautions, [compared.family, *notes])
    return document([_two(compared)], (), ())


def document(parts: Sequence[list[str]], cautions: Sequence[str], notes: Sequence[str]) -> str:
    """Return the Markdown of cautions, answers and notes, in this order."""
    lines: list[str] = []
    for text in cautions:
        lines += ["> [!WARNING]", f"> {escape(text)}", ""]
    for part in parts:
        lines += part
    lines += [f"- {escape(note)}" for note in notes]
    return "\n".join(lines).rstrip("\n") + "\n\n"


def _two(compared: TwoRuns | TrainingSeedsComparison) -> list[str]:
    title = f"{compared.new.label} against {compared.base.label}: {verdict_label(compared.verdict)}"
    rows = [("p", name, numbers.pvalue(p)) for name, p in compared.pvalues.items()]
    intervals: Mapping[str, tuple[float, float]] = compared.intervals
    rows += [("interval", name, unit_of(compared).limits(*limits)) for name, limits in intervals.items()]
    texts = [text for text in (compared.sentence, bounds_sentence(compared.bounds_without_cap)) if text]
    told = [line for text in texts for line in (escape(text), "")]
    return [f"### {escape(title)}", "", *told, *_table(("", "method", "value"), rows), ""]


def _scores(compared: ScoresOnlyComparison) -> list[str]:
    rows = [
        (str(p.wins), str(p.losses), numbers.pvalue(p.pvalue), numbers.points_interval(p.low, p.high))
        for p in compared.pairings
    ]
    return [
        "### Pairings that the scores allow", "", escape(compared.sentence), "",
        *_table(("wins", "losses", "exact McNemar", "interval"), rows), "",
    ]  # fmt: skip


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *([escape(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]
