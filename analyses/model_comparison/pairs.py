"""All pairs of three or more runs: one row a pair with its verdict, and the matrix of differences."""

from analyses.runs.against_base import RunComparison
from evalsuite.findings import Cell, Column, Table
from evalsuite.wording import numbers
from evalsuite.wording.language import tr
from evalsuite.wording.units import Unit

__all__ = ["pair_tables"]


def pair_tables(compared: RunComparison) -> tuple[Table, ...]:
    """Return the pairs and their matrix; nothing where only comparisons with the base were asked for."""
    return (_pairs(compared), _matrix(compared)) if compared.all_pairs else ()


def _pairs(compared: RunComparison) -> Table:
    first, kind = compared.comparisons[0], Unit(compared.runs.scores[0].score_range).difference_kind
    columns = (
        Column("new", tr("Run")),
        Column("base", tr("Against")),
        Column("low", tr("Low"), kind),
        Column("value", tr("Difference"), kind),
        Column("high", tr("High"), kind),
        Column("pvalue", tr("p, adjusted for all pairs"), "pvalue"),
        Column("verdict", tr("Verdict"), "verdict"),
    )
    rows: list[tuple[Cell, ...]] = []
    for c in compared.comparisons:
        pvalue = c.verdict_pvalue if c.adjusted_pvalue is None else c.adjusted_pvalue
        e = c.difference
        rows.append((c.new_label, c.base_label, e.low, e.value, e.high, pvalue, c.verdict))
    note = tr(
        "Verdicts and p-values are adjusted for all {n} pairs by Holm's method; each {level}% interval is for its "
        "own pair.",
        n=numbers.count(len(rows)), level=numbers.level(first.difference.confidence_level),
    )  # fmt: skip
    return Table("pairs", tr("Every pair of runs"), columns, tuple(rows), note)


def _matrix(compared: RunComparison) -> Table:
    labels, kind = compared.runs.labels, Unit(compared.runs.scores[0].score_range).difference_kind
    found = {(c.new_label, c.base_label): c for c in compared.comparisons}

    def cells(label: str) -> tuple[Cell, ...]:
        row: list[Cell] = []
        for other in labels:
            c, sign = found.get((label, other)), 1
            if c is None:
                c, sign = found.get((other, label)), -1
            row.append(None if c is None else sign * c.difference.value)
        resolved = [
            other
            for other in labels
            for c in (found.get((label, other)), found.get((other, label)))
            if c is not None and c.verdict.kind in ("resolved gain", "resolved loss")
        ]
        return (label, *row, tr(", ").join(resolved))

    columns = (
        Column("label", tr("Run")),
        *(Column(f"to_{i}", label, kind) for i, label in enumerate(labels)),
        Column("resolved", tr("Resolved against")),
    )
    note = tr("Row minus column; empty where a run would be compared with itself.")
    return Table("pairs_matrix", tr("Row minus column"), columns, tuple(map(cells, labels)), note)
