"""A comparison as pictures beside its page: a card to post and, of two runs, a badge for a README."""

from pathlib import Path

from evalsuite.figures.card import Card, badge, card
from evalsuite.figures.card_of_runs import CardRow, card_of_runs
from evalsuite.files import write_whole
from evalsuite.findings import Findings
from evalsuite.wording.language import tr
from reports import cells as form
from reports.completion_cards import run_labels
from reports.headline import headline_range
from reports.sections import TILES
from reports.squares import changes, field_blocks, legend
from reports.strip import Axis, axis
from reports.table_of_runs import RunRow, table_of_runs
from reports.verdicts import verdict_view

__all__ = ["BADGE", "CARD", "posted", "write_pictures"]

CARD, BADGE = "card.png", "badge.svg"


def posted(folder: Path) -> tuple[Path, ...]:
    """Return the pictures that lie in `folder`, beside a page of that name."""
    return tuple(path for path in (folder / CARD, folder / BADGE) if path.is_file())


def write_pictures(findings: Findings, folder: Path) -> None:
    """Write ``card.png`` and ``badge.svg`` into `folder`, where `findings` compare two runs problem by problem.

    Of several new runs the card has the table, and there is no badge. There is no card in a language that no installed
    font writes.
    """
    runs, _ = table_of_runs(findings)
    if runs:
        line = axis([number for run in runs for number in run.estimate or ()])
        rows = [_row(run, line) for run in runs]
        caption = tr("Every run, and its difference from {base}", base=runs[0].label)
        heading = findings.finding or findings.sentence
        _write(folder / CARD, card_of_runs(heading, rows, line.place(0.0), caption))
        return
    changed, found = changes(findings.problems), headline_range(findings)
    verdict = verdict_view(findings.verdict, findings.label, findings.lights)
    if not changed or found is None or verdict is None:
        return
    base, new = run_labels(findings.problems)
    said = Card(
        heading=findings.finding or findings.sentence,
        difference=found.words,
        limits=found.limits,
        scores=_scores(findings),
        verdict=f"{verdict.sign} {verdict.label}",
        tone=verdict.tone,
        legend=tuple((one.look, f"{one.count} {one.words}") for one in legend(findings.problems, changed)),
    )
    _write(folder / CARD, card(said, field_blocks(changed)))
    left = tr("{new} − {base}", new=new, base=base)
    right = tr("{value} ({limits})", value=found.words, limits=found.limits.partition(" CI ")[2] or found.limits)
    write_whole(folder / BADGE, badge(left, right, tone=verdict.tone))


def _write(path: Path, drawn: bytes | None) -> None:
    if drawn is not None:
        write_whole(path, drawn)


def _row(run: RunRow, line: Axis) -> CardRow:
    verdict = run.verdict
    return CardRow(
        label=run.label,
        score=run.accuracy,
        difference=run.difference,
        limits=run.limits,
        verdict="" if verdict is None else f"{verdict.sign} {verdict.label}",
        tone="" if verdict is None else verdict.tone,
        places=None if run.estimate is None else tuple(map(line.place, run.estimate)),
    )


def _scores(findings: Findings) -> tuple[tuple[str, str], ...]:
    for table in findings.tables:
        if table.name in TILES and {"label", "value"} <= {column.key for column in table.columns}:
            rows = form.records(table)
            return tuple(
                (row["label"], row["value"] + (tr(" ({k} of {n})", k=row["k"], n=row["n"]) if "k" in row else ""))
                for row in (rows[0], rows[-1])
            )
    return tuple((label, "") for label in run_labels(findings.problems))
