"""What ``evalsuite import`` says: what was recognised, what was read as what, what stays open, what to type next."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalsuite.console import print_line, print_table, say
from evalsuite.documents.results_files import ImportPreview
from evalsuite.store.imports.store_results import ImportReport
from evalsuite.wording import numbers
from evalsuite.wording.import_notes import import_note
from evalsuite.wording.language import tr
from evalsuite.wording.verdicts import problems

__all__ = ["print_preview", "print_reports", "say_read"]

CELL = 60


def print_reports(reports: Sequence[ImportReport], store: Path) -> None:
    """Say what came and what it leaves open, on stderr; the ids of the runs are the answer."""
    for report in reports:
        n_new = "all new" if report.n_new == report.n_completions else f"{report.n_new} new"
        say(
            f"{report.label}: {report.n_completions} completions of {report.n_problems} problems ({n_new}), "
            + (
                f"{report.n_correct} right by {report.primary_grader}"
                if report.score_range is None
                else f"scores by {report.primary_grader}"
            )
        )
        _say_notes(report)
    comparable = len(reports) > 1 and len({report.dataset for report in reports}) == 1
    command = ["evalsuite", "compare" if comparable else "accuracy", *(report.label for report in reports)]
    say(f"Next: {shlex.join([*command, '--store', str(store)])}")
    for report in reports:
        print_line(report.run_id)


def say_read(reports: Sequence[ImportReport], notes: Sequence[str] = ()) -> None:
    """Say in one line a run what was read from files, and what was not, on stderr, before the answer."""
    for report in reports:
        read = tr(
            "{label}: {program}, {n} completions of {problems}",
            label=report.label, program=report.program, n=numbers.count(report.n_completions),
            problems=problems(report.n_problems),
        )  # fmt: skip
        missing = tr("{n} without a result", n=numbers.count(report.n_missing)) if report.n_missing else ""
        say(tr(", ").join(part for part in (read, missing, _by(report)) if part))
        if report.notes:
            say(f"  {tr('; ').join(map(import_note, report.notes))}")
        if report.graded_here:
            say(f"  {_graded_here(report)}")
    for note in map(import_note, notes):
        say(note[:1].upper() + note[1:])


def _by(report: ImportReport) -> str:
    if report.score_range is None:
        return tr("verdicts by {grader}", grader=report.primary_grader)
    low, high = report.score_range
    return tr(
        "scores within {low} to {high} by {grader}", low=f"{low:g}", high=f"{high:g}", grader=report.primary_grader
    )


def _say_notes(report: ImportReport) -> None:
    say(f"  Recognised: {report.program}.")
    if report.notes:
        say(f"  Read: {'; '.join(report.notes)}.")
    if report.score_range is not None:
        low, high = report.score_range
        say(f"  Scores lie within {low:g} to {high:g}; they are compared by their mean.")
    if report.graded_here:
        say(f"  {_graded_here(report)}")
    elif report.regraded:
        say("  Texts and gold answers are there, so this suite's graders have graded them too; see --grader.")
    if report.n_missing:
        reasons = ", ".join(f"{n} {reason}" for reason, n in report.missing_reasons.items())
        say(f"  {report.n_missing} completions have no result ({reasons}); answers show what they leave open.")
    if report.unknown_stop:
        say(
            f"  {report.unknown_stop} completions have no stop reason: whether they were truncated is unknown. Where "
            "there are texts, --tokenizer NAME --cap LIMIT finds out."
        )
    if report.unreadable_gold:
        say(f"  {report.unreadable_gold} problems have a gold answer that is no number; these are not graded here.")
    if report.percent_gold:
        say(f"  {report.percent_gold} gold answers have a percent sign, read as a unit: 50% is 50.")
    if report.unknown:
        say(f"  The files do not say: {', '.join(report.unknown)}.")
    if report.ignored_columns:
        say(f"  Columns not read: {', '.join(report.ignored_columns)}.")


def _graded_here(report: ImportReport) -> str:
    return tr(
        "There are texts and no verdicts, so they were graded here, shown by {grader}; --grader chooses among "
        "{graders}.",
        grader=report.primary_grader, graders=", ".join(report.graders),
    )  # fmt: skip


def print_preview(preview: ImportPreview) -> None:
    """Print the first rows of each run as they would be stored."""
    for run in preview.runs:
        say(f"{run.label}: {run.program}{'; ' if run.notes else ''}{'; '.join(run.notes)}")
        if run.ignored_columns:
            say(f"  Columns not read: {', '.join(run.ignored_columns)}.")
        columns = list(dict.fromkeys(key for row in run.first_rows for key in row))
        rows = [[_cell(row.get(column)) for column in columns] for row in run.first_rows]
        print_table(f"{run.label}: the first rows as they would be stored", columns, rows)
    say("Nothing was stored. Without --dry-run the same command does.")


def _cell(value: Any) -> str:
    text = "" if value is None else str(value).replace("\n", "\\n")
    return text if len(text) <= CELL else f"{text[: CELL - 3]}..."
