"""A comparison as Markdown for the summary of a CI job: what must be read first, the sentence, the numbers."""

import os
from collections.abc import Sequence
from pathlib import Path

from evalsuite.cli.comparison_output import Compared, TwoRuns, bounds_sentence, method_rows, shown_first
from evalsuite.console import print_line, say
from evalsuite.documents.pooled import SeveralSetsComparison
from evalsuite.documents.scores_only import ScoresOnlyComparison
from evalsuite.documents.several_tasks import SeveralTasksComparison
from evalsuite.documents.stored_runs import StoredRunsComparison
from evalsuite.documents.training_seeds import TrainingSeedsComparison
from evalsuite.errors import DataUnavailableError
from evalsuite.findings import Light
from evalsuite.wording import numbers
from evalsuite.wording.lights import light_sentence
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
    found, lights = shown_first(compared)
    first = [*([f"### {escape(found)}", ""] if found else []), *_lights(lights)]
    if isinstance(compared, ScoresOnlyComparison):
        return document([_scores(compared)], (), ())
    if isinstance(compared, StoredRunsComparison):
        cautions = [caution.text for caution in compared.cautions]
        best = () if compared.best is None else compared.best.sentences
        told_beside = (*best, compared.family, *compared.warnings, compared.differences_between_runs)
        notes = [note for note in told_beside if note and note not in cautions]
        several = len(compared.comparisons) > 1
        return document([_two(one, headed=several) for one in compared.comparisons], cautions, notes, first)
    if isinstance(compared, TrainingSeedsComparison):
        cautions = [caution.text for caution in compared.cautions]
        notes = [note for note in compared.warnings if note not in cautions]
        return document([_two(compared, headed=False)], cautions, notes, first)
    if isinstance(compared, SeveralSetsComparison):
        cautions = [caution.text for caution in compared.cautions]
        told_beside = (*compared.sentences[1:], compared.family, *compared.warnings)
        notes = [note for note in told_beside if note and note not in cautions]
        return document([_two(one) for one in (compared.together, *compared.sets)], cautions, notes, first)
    if isinstance(compared, SeveralTasksComparison):
        of_tasks = [task.compared for task in compared.tasks]
        cautions = list(dict.fromkeys(caution.text for one in of_tasks for caution in one.cautions))
        notes = list(dict.fromkeys(note for one in of_tasks for note in one.warnings if note not in cautions))
        return document([_two(c) for one in of_tasks for c in one.comparisons], cautions, [compared.family, *notes])
    return document([_two(compared, headed=False)], (), (), first)


def _lights(lights: Sequence[Light]) -> list[str]:
    """Return a list of what would change the verdict; nothing without lights."""
    lines = [f"- {escape(light_sentence(light))}" for light in lights]
    return [*lines, ""] if lines else []


def document(
    parts: Sequence[list[str]], cautions: Sequence[str], notes: Sequence[str], first: Sequence[str] = ()
) -> str:
    """Return the Markdown of what is found `first`, cautions, answers and notes, in this order."""
    lines = list(first)
    for text in cautions:
        lines += ["> [!WARNING]", f"> {escape(text)}", ""]
    for part in parts:
        lines += part
    lines += [f"- {escape(note)}" for note in notes]
    return "\n".join(lines).rstrip("\n") + "\n\n"


def _two(compared: TwoRuns | TrainingSeedsComparison, *, headed: bool = True) -> list[str]:
    """Return the lines of one comparison, with its verdict as a heading where nothing stands above it."""
    title = f"{compared.new.label} against {compared.base.label}: {compared.final_verdict.label}"
    texts = [text for text in (compared.sentence, bounds_sentence(compared.bounds_without_cap)) if text]
    told = [line for text in texts for line in (escape(text), "")]
    heading = [f"### {escape(title)}", ""] if headed else []
    return [*heading, *told, *_table(("", "method", "value"), method_rows(compared)), ""]


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
