"""Is 1/5 → 2/5 more than chance? Everything that counts alone can say, without any stored run.

Two scores on the same problems do not tell which problems both runs solved, so every pairing that the scores allow is
tested. What an unpaired test says stands beside it, and what such rates would need to be told apart.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from analyses import sample_size
from evalsuite import __version__
from evalsuite.comparison.paired_table import PairedComparison, compare_table
from evalsuite.comparison.parse import paired_table, parse_counts
from evalsuite.comparison.scores_only import CountComparison, Pairing, compare_counts
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.stats.decision import Verdict, VerdictKind, decide
from evalsuite.stats.pairing_scenarios import scenarios
from evalsuite.stats.power import exact_power, probability_of_gap, smallest_attainable_pvalue
from evalsuite.stats.proportion import wilson
from evalsuite.stats.result import Estimate
from evalsuite.stats.unpaired import fisher, melded
from evalsuite.wording import numbers, scores_only
from evalsuite.wording import paired_table as paired_table_words
from evalsuite.wording.language import N_, tr
from evalsuite.wording.verdicts import problems, verdict_label

__all__ = ["NAME", "QUESTION", "TUTORIAL", "analyse"]

NAME = "significance"
QUESTION = N_("Is a change such as {cases} more than chance?")
ESTIMAND = N_(
    "The difference in accuracy between two models on problems like these, with one completion per problem. "
    "Counts alone say nothing about another training seed."
)
TUTORIAL = ("1/5", "2/5", "11/20", "10/20")
SETS = (5, 20, 100, 1319)
DISCORDANCE = (0.1, 0.2, 0.3, 0.4, 0.5)
OPEN: tuple[VerdictKind, ...] = ("unresolved", "cannot resolve by design")


@dataclass(frozen=True, slots=True)
class _Case:
    """Two scores, and what they say over their pairings; None where the runs answered other problems."""

    base: tuple[int, int]
    new: tuple[int, int]
    comparison: CountComparison | PairedComparison | None

    @property
    def label(self) -> str:
        return f"{self.base[0]}/{self.base[1]} → {self.new[0]}/{self.new[1]}"

    @property
    def pairings(self) -> tuple[Pairing, ...]:
        """The pairings shown, from fewest to most discordant problems: all of them, or an even choice of many."""
        if isinstance(self.comparison, CountComparison):
            return self.comparison.pairings
        if self.comparison is None:
            return ()
        t, e = self.comparison.table, self.comparison.difference
        return (
            Pairing(t.wins, t.losses, self.comparison.pvalues["mcnemar_exact"], e.low, e.high, self.comparison.verdict),
        )

    @property
    def rates(self) -> tuple[float, float]:
        return self.base[0] / self.base[1], self.new[0] / self.new[1]


def analyse(counts: Sequence[str] = (), *, alpha: float = 0.05) -> Findings:
    """Answer for counts that somebody has.

    Parameters
    ----------
    counts
        Scores in pairs of base and new, such as ``["1/5", "2/5"]``; or the four counts of a paired table, both right,
        only the new run, only the base, and neither, such as ``["1", "1", "0", "3"]``. Empty takes the tutorial's.

    Raises
    ------
    InputError
        The counts have neither form, or are impossible.
    """
    cases = _cases(counts or TUTORIAL, alpha)
    planned = next((case for case in cases if case.rates[0] != case.rates[1]), None)
    plan = None if planned is None else sample_size.analyse(base=planned.rates[0], new=planned.rates[1], alpha=alpha)
    found = [case.comparison.verdict for case in cases if case.comparison is not None]
    tables = [_accuracies(cases, alpha), _differences(cases, alpha), _tests(cases, alpha), _pairings(cases)]
    power = None if planned is None else _power(planned, alpha)
    tables += [_by_chance(cases), *([] if power is None else [power])]
    return Findings(
        name=NAME,
        question=tr(QUESTION, cases=", ".join(case.label for case in cases)),
        estimand=tr(ESTIMAND),
        verdict=found[0] if len(cases) == len(found) == 1 else None,
        sentence=tr(" ").join(
            [*(_sentence(case, alpha) for case in cases), *([plan.sentence] if plan else []), *_power_words(power)]
        ),
        notes=_notes(cases),
        tables=(*(t for t in tables if t.rows), *(plan.tables if plan else ())),
        figures=(*_figures(alpha), *(plan.figures if plan else ())),
        provenance={
            "command": shlex.join(["evalsuite", "analyse", NAME, *(counts or TUTORIAL)]),
            "analysis": {"evalsuite": __version__, "alpha": alpha},
        },
    )


def _cases(counts: Sequence[str], alpha: float) -> list[_Case]:
    if len(counts) == 4 and all(text.strip().isdecimal() for text in counts):
        both, wins, losses, neither = map(int, counts)
        table = paired_table((both, wins, losses, neither))
        scores = (table.base_correct, table.n), (table.new_correct, table.n)
        return [_Case(*scores, compare_table(table, base_label=tr("base"), new_label=tr("new"), alpha=alpha))]
    scores_found = [parse_counts(text) for text in counts]
    if len(counts) % 2 or None in scores_found:
        raise InputError(
            f"{NAME} needs scores in pairs of base and new, such as 1/5 2/5, or the four counts BOTH WINS LOSSES "
            f"NEITHER of a paired table; got {' '.join(counts)}"
        )
    known = [score for score in scores_found if score is not None]
    return [_case(base, new, alpha) for base, new in zip(known[::2], known[1::2], strict=True)]


def _case(base: tuple[int, int], new: tuple[int, int], alpha: float) -> _Case:
    if base[1] != new[1]:
        return _Case(base, new, None)
    return _Case(base, new, compare_counts(base, new, base_label=tr("base"), new_label=tr("new"), alpha=alpha))


def _accuracies(cases: Sequence[_Case], alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for k, n in dict.fromkeys(score for case in cases for score in (case.base, case.new)):
        e = wilson(k, n, confidence_level=1 - alpha)
        rows.append((f"{k}/{n}", k, n, e.low, e.value, e.high))
    columns = (
        Column("label", tr("Score")),
        Column("k", tr("Solved"), "count"),
        Column("n", tr("Problems"), "count"),
        Column("low", tr("Low"), "proportion"),
        Column("value", tr("Accuracy"), "proportion"),
        Column("high", tr("High"), "proportion"),
    )
    note = tr("Wilson's interval for each score. Overlap does not mean equal: the difference answers that.")
    return Table("accuracy", tr("Each score by itself"), columns, tuple(rows), note)


def _differences(cases: Sequence[_Case], alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for case in cases:
        own = case.pairings
        for pairing in dict.fromkeys((*own[:1], *own[-1:])):
            name = tr("{case}, same problems, {count} discordant", case=case.label, count=pairing.discordant)
            rows.append((name, pairing.low, case.rates[1] - case.rates[0], pairing.high))
        e = melded(case.base, case.new, confidence_level=1 - alpha)
        rows.append((tr("{case}, different problems", case=case.label), e.low, e.value, e.high))
    columns = (
        Column("label", tr("Scores and design")),
        Column("low", tr("Low"), "difference"),
        Column("value", tr("Difference"), "difference"),
        Column("high", tr("High"), "difference"),
    )
    note = tr(
        "Same problems: Fay–Lumbard, for the least and the most discordant pairing that the scores allow. Different "
        "problems: the melded interval, which agrees with Fisher's exact test."
    )
    return Table("difference", tr("Difference in accuracy"), columns, tuple(rows), note)


def _tests(cases: Sequence[_Case], alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for case in cases:
        low, high = _pvalues(case)
        total = case.comparison.n_pairings if isinstance(case.comparison, CountComparison) else len(case.pairings)
        smallest = smallest_attainable_pvalue(case.base[1]) if case.comparison else None
        unpaired = fisher(case.base, case.new).pvalue
        rows.append((case.label, total, low, high, smallest, unpaired, _verdict_words(case, alpha)))
    columns = (
        Column("label", tr("Scores")),
        Column("pairings", tr("Possible pairings"), "count"),
        Column("least", tr("Smallest p of them"), "pvalue"),
        Column("largest", tr("Largest p of them"), "pvalue"),
        Column("attainable", tr("Smallest p of any outcome"), "pvalue"),
        Column("unpaired", tr("p unpaired"), "pvalue"),
        Column("verdict", tr("Verdict")),
    )
    note = tr(
        "Exact McNemar test over every pairing that the scores allow. Unpaired: Fisher's exact test, valid only "
        "if each run had its own problems. Two-sided, α = {alpha}, not adjusted for the number of rows.",
        alpha=f"{alpha:g}",
    )
    return Table("tests", tr("Tests of equal accuracy"), columns, tuple(rows), note)


def _pairings(cases: Sequence[_Case]) -> Table:
    rows = tuple(
        (case.label, p.discordant, p.wins, p.losses, p.pvalue, p.low, p.high, p.verdict)
        for case in cases
        for p in case.pairings
    )
    columns = (
        Column("label", tr("Scores")),
        Column("discordant", tr("Discordant"), "count"),
        Column("wins", tr("Only new right"), "count"),
        Column("losses", tr("Only base right"), "count"),
        Column("pvalue", tr("Exact McNemar p"), "pvalue"),
        Column("low", tr("Low"), "difference"),
        Column("high", tr("High"), "difference"),
        Column("verdict", tr("Verdict"), "verdict"),
    )
    note = tr("Of very many pairings an even choice is shown; the table above counts all.")
    return Table("pairings", tr("Every pairing that the scores allow"), columns, rows, note)


def _by_chance(cases: Sequence[_Case]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for case in cases:
        gap = abs(case.new[0] - case.base[0])
        if case.comparison and gap:
            n = case.base[1]
            rows.append((case.label, gap, *(probability_of_gap(n, rate / 2, rate / 2, gap) for rate in DISCORDANCE)))
    columns = (
        Column("label", tr("Scores")),
        Column("gap", tr("Gap in problems"), "count"),
        *(
            Column(f"at{round(100 * rate)}", tr("{rate}% discordant", rate=f"{100 * rate:g}"), "proportion")
            for rate in DISCORDANCE
        ),
    )
    note = tr("Chance that two equal models show a gap this large or larger in this direction, on the same problems.")
    return Table("chances_equal", tr("What equal models show"), columns, tuple(rows), note)


def _power(case: _Case, alpha: float) -> Table:
    possible, _ = scenarios(*case.rates)
    ends = (possible[0], possible[-1])
    sizes = sorted({*SETS, case.base[1], case.new[1]})
    rows = tuple(
        (n, smallest_attainable_pvalue(n), *(exact_power(n, s.wins, s.losses, alpha=alpha) for s in ends))
        for n in sizes
    )
    columns = (
        Column("n", tr("Problems"), "count"),
        Column("smallest", tr("Smallest p possible"), "pvalue"),
        Column("least", tr("Power, least discordant"), "proportion"),
        Column("most", tr("Power, most discordant"), "proportion"),
    )
    note = tr(
        "Power of the exact McNemar test if the true accuracies were {base} and {new}. These rates are assumed "
        "for planning: power computed at the difference just seen says nothing about that difference.",
        base=f"{100 * case.rates[0]:.3g}%",
        new=f"{100 * case.rates[1]:.3g}%",
    )
    return Table("power_by_set", tr("What 5, 20, 100 or 1,319 problems would tell"), columns, rows, note)


def _power_words(table: Table | None) -> tuple[str, ...]:
    """Say how often the smallest set would tell such rates apart."""
    if table is None:
        return ()
    n, most = int(table.numbers("n")[0]), max(table.numbers("least")[0], table.numbers("most")[0])
    return (
        tr(
            "With {problems}, the exact test would detect such a change at most {chance} of the time.",
            problems=problems(n),
            chance=numbers.chance(most),
        ),
    )


def _figures(alpha: float) -> tuple[Figure, ...]:
    level: dict[str, Cell] = {"level": 1 - alpha}
    return (
        Figure(
            "difference",
            "difference",
            tr("Difference in accuracy, new − base"),
            tr("One row per design. An interval that spans zero is compatible with a gain and with a loss."),
            "difference",
            {**level, "base": tr("base"), "new": tr("new")},
        ),
        Figure(
            "accuracy",
            "intervals",
            tr("Each score by itself"),
            tr("One row per score, with its interval."),
            "accuracy",
            level,
        ),
    )


def _sentence(case: _Case, alpha: float) -> str:
    unpaired = fisher(case.base, case.new).pvalue
    words = tr(
        "If each run had answered its own problems, Fisher's exact test would give {p}.", p=numbers.pvalue(unpaired)
    )
    if case.comparison is not None:
        return tr(" ").join((_lead(case, alpha), _comparison_sentence(case.comparison), words))
    e = melded(case.base, case.new, confidence_level=1 - alpha)
    return tr(" ").join((_lead(case, alpha), _unpaired_words(e, unpaired)))


def _comparison_sentence(comparison: CountComparison | PairedComparison) -> str:
    if isinstance(comparison, CountComparison):
        return scores_only.sentence(comparison)
    return paired_table_words.sentence(comparison)


def _lead(case: _Case, alpha: float) -> str:
    """Answer in one short sentence."""
    verdicts = _verdicts(case, alpha)
    if all(verdict.kind in OPEN for verdict in verdicts):
        return tr("{case}: the counts do not distinguish the runs.", case=case.label)
    if not any(verdict.kind in OPEN for verdict in verdicts):
        return tr("{case}: the counts distinguish the runs.", case=case.label)
    return tr("{case}: whether the counts distinguish the runs depends on the pairing.", case=case.label)


def _verdicts(case: _Case, alpha: float) -> tuple[Verdict, ...]:
    """Return the verdicts of all pairings; without pairing, that of the unpaired test."""
    if case.comparison is not None:
        return tuple(pairing.verdict for pairing in case.pairings)
    test = fisher(case.base, case.new)
    return (decide(test.effect, test.pvalue, smallest_pvalue=0.0, alpha=alpha),)


def _unpaired_words(estimate: Estimate, pvalue: float) -> str:
    error = estimate.nominal_error
    return tr(
        "The runs answered different numbers of problems, so they cannot be paired: difference {value}, {level}% CI "
        "{limits} (melded), Fisher's exact test {pvalue}.",
        value=numbers.points(estimate.value, error),
        level=numbers.level(estimate.confidence_level),
        limits=numbers.points_interval(estimate.low, estimate.high, error),
        pvalue=numbers.pvalue(pvalue),
    )


def _verdict_words(case: _Case, alpha: float) -> str:
    shown = list(dict.fromkeys(verdict_label(verdict) for verdict in _verdicts(case, alpha)))
    return shown[0] if len(shown) == 1 else tr("depends on the pairing: {verdicts}", verdicts=", ".join(shown))


def _pvalues(case: _Case) -> tuple[float | None, float | None]:
    pvalues = [pairing.pvalue for pairing in case.pairings]
    return (min(pvalues), max(pvalues)) if pvalues else (None, None)


def _notes(cases: Sequence[_Case]) -> tuple[str, ...]:
    notes = []
    if any(isinstance(case.comparison, CountComparison) for case in cases):
        notes.append(
            tr(
                "Two scores do not say which problems both runs solved. With the result of each problem, or the "
                "four counts of the paired table, only one row remains."
            )
        )
    if len(cases) > 1:
        notes.append(
            tr(
                "Each pair of scores is judged on its own. With so few problems, chance alone produces a gain in "
                "one look and a loss in the next; picking the better look is not a test."
            )
        )
    return tuple(notes)
