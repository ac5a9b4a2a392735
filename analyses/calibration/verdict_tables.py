"""How often what is printed is wrong, as a table of all designs, and the worst of each kind with a figure."""

from collections.abc import Sequence

from analyses.calibration.designs import GROUPS
from analyses.calibration.tables import setting_words
from analyses.calibration.verdicts import DOUBT, CalibratedDesign
from evalsuite.findings import Cell, Column, Figure, Table
from evalsuite.stats.proportion import clopper_pearson
from evalsuite.wording import numbers
from evalsuite.wording.language import tr

__all__ = ["here_table", "verdict_figure", "verdict_sentence", "verdict_table", "worst_table"]


def verdict_table(rows: Sequence[CalibratedDesign]) -> Table:
    """Return one row a design."""
    columns = (
        Column("group", tr("Kind of design")),
        Column("setting", tr("Setting")),
        Column("draws", tr("Draws"), "count"),
        Column("false", tr("Falsely resolved"), "proportion"),
        Column("most", tr("Largest share of errors allowed"), "proportion"),
        Column("coverage", tr("Coverage"), "proportion"),
        Column("least", tr("Least coverage allowed"), "proportion"),
        Column("contradictions", tr("Contradictions"), "count"),
        Column("right", tr("Rightly resolved"), "proportion"),
        Column("rival", tr("Resolved by the rival"), "proportion"),
        Column("rival_name", tr("Rival")),
        Column("keeps", tr("Promise kept")),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            tr(row.group),
            setting_words(row.setting),
            row.n_draws,
            row.false,
            row.most,
            row.coverage,
            1 - row.most,
            row.contradictions,
            row.right,
            row.rival,
            _rival(row),
            _status(row),
        )
        for row in rows
    ]
    note = tr(
        "Draws are empty where all outcomes were enumerated: then the shares are those of the worst law. A method of "
        "just 5% shows more errors than allowed in one of {once} rows. A rival is another test of the same question, "
        "and is none where it is itself too often wrong. The t test takes the degrees of freedom that the sizes of "
        "the groups leave. One look at the end is the ceiling of every decision that may be looked at on the way.",
        once=f"{1 / DOUBT:,.0f}",
    )
    return Table("calibration_verdicts", tr("What is printed, design by design"), columns, tuple(cells), note)


def here_table(rows: Sequence[CalibratedDesign]) -> Table:
    """Return one row for each design in which something is said of the very problems that were asked."""
    columns = (
        Column("group", tr("Kind of design")),
        Column("setting", tr("Setting")),
        Column("draws", tr("Draws"), "count"),
        Column("false", tr("Falsely resolved"), "proportion"),
        Column("most", tr("Largest share of errors allowed"), "proportion"),
        Column("coverage", tr("Coverage"), "proportion"),
        Column("least", tr("Least coverage allowed"), "proportion"),
        Column("right", tr("Rightly resolved"), "proportion"),
        Column("others", tr("Resolved for problems like these"), "proportion"),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            tr(row.group),
            setting_words(row.setting),
            row.n_draws,
            row.here_false,
            row.most,
            row.here_coverage,
            1 - row.most,
            row.here_right,
            row.right,
        )
        for row in rows
        if row.here_false is not None
    ]
    note = tr(
        "The truth is the mean difference of the chances that were drawn for these very problems. It is seldom 0 where "
        "effects differ between problems, so something may be rightly resolved although the mean over all problems "
        "like these is 0."
    )
    return Table("calibration_here", tr("What is printed about exactly these problems"), columns, tuple(cells), note)


def worst_table(rows: Sequence[CalibratedDesign]) -> Table:
    """Return for each kind of design the simulated one that was most often falsely resolved."""
    columns = (
        Column("label", tr("Kind of design")),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Falsely resolved"), "proportion"),
        Column("high", tr("High"), "proportion"),
        Column("setting", tr("Setting")),
    )
    cells: list[tuple[Cell, ...]] = []
    for group in GROUPS:
        members = [row for row in rows if row.group == group and row.n_draws is not None]
        if not members:
            continue
        worst = max(members, key=lambda row: row.false)
        draws = worst.n_draws or 1
        e = clopper_pearson(round(worst.false * draws), draws)
        cells.append((tr(group), e.low, e.value, e.high, setting_words(worst.setting)))
    title = tr("The worst design of each kind")
    return Table("calibration_worst", title, columns, tuple(cells), tr("Clopper–Pearson intervals of the share."))


def verdict_figure() -> Figure:
    """Return the figure of `worst_table`."""
    words = tr(
        "For each kind of design the one that was most often falsely resolved. The worst of several is high by chance "
        "too; what counts is that no interval lies above 5% as a whole."
    )
    return Figure("calibration_worst", "intervals", tr("False verdicts at worst"), words, "calibration_worst")


def verdict_sentence(rows: Sequence[CalibratedDesign]) -> str:
    """Say in how many designs the promise was kept, and what the worst is."""
    broken, here = [row for row in rows if not row.keeps], [row for row in rows if row.here_false is not None]
    text = tr(
        "Whole verdicts: in {kept} of {n} designs, what is printed is wrong in no more than the 5% allowed; "
        "verdict and interval contradict each other in {contradictions} cases.",
        kept=len(rows) - len(broken),
        n=len(rows),
        contradictions=sum(row.contradictions for row in rows),
    )
    if here:
        text += tr(
            " In {n} of the designs this includes what is said of these very problems.",
            n=len(here),
        )
    if not broken:
        return text
    worst = max(broken, key=lambda row: row.errors)
    return text + tr(
        " Too often wrong: {group}, {setting} (errors of the verdict or of an interval in {errors}).",
        group=tr(worst.group),
        setting=setting_words(worst.setting),
        errors=numbers.percent(worst.errors, 0.001),
    )


def _rival(row: CalibratedDesign) -> str | None:
    """Name the rival; where something can be right and none is known, that is said."""
    if row.rival_name is not None:
        return tr(row.rival_name)
    return None if row.right is None else tr("none known")


def _status(row: CalibratedDesign) -> str:
    if row.contradictions:
        return tr("contradiction")
    if not row.keeps:
        return tr("wrong too often")
    return tr("yes, and says that no verdict is possible") if row.no_verdict else tr("yes")
