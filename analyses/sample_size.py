"""How many problems does a gain need, and what can a number of problems show?"""

from collections.abc import Sequence
from pathlib import Path

from analyses.runs.pairing import pair_runs
from evalsuite import __version__
from evalsuite.comparison.planning import plan, plan_for_n
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Figure, Findings, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.pairing_scenarios import scenarios
from evalsuite.stats.power import exact_power
from evalsuite.store.store import Store
from evalsuite.wording import planning
from evalsuite.wording.language import N_, tr

__all__ = ["NAME", "QUESTION", "analyse", "scores_of_runs"]

NAME = "sample_size"
QUESTION = N_("How many problems does it take to detect a gain from {base:.0%} to {new:.0%}?")
PAIRINGS = (N_("nested"), N_("independent"), N_("worst"))
SIZES = (5, 10, 15, 20, 30, 40, 50, 65, 80, 100, 130, 160, 200, 300)
SETS = (5, 20, 100, 200, 500, 1319)


def analyse(*, base: float = 0.20, new: float = 0.40, power: float = 0.8, alpha: float = 0.05) -> Findings:
    """Answer for two accuracies; the defaults are the tutorial's. Needs no run.

    Parameters
    ----------
    base, new
        Accuracies as shares, not equal.
    """
    planned = plan(base, new, power=power, alpha=alpha)
    needed = Table(
        "needed",
        tr("Problems needed"),
        (
            Column("pairing", tr("How the runs pair")),
            Column("discordant", tr("Discordant"), "proportion"),
            Column("exact", tr("Exact McNemar"), "count"),
            Column("midp", tr("Mid-p"), "count"),
            Column("connor", tr("Connor's formula"), "count"),
        ),
        tuple((_pairing(s.scenario.name), s.scenario.discordant, s.exact, s.midp, s.connor) for s in planned.scenarios),
        tr("For {power} power at α = {alpha}, one completion per problem.", power=f"{power:.0%}", alpha=f"{alpha:g}"),
    )
    possible, _ = scenarios(base, new)
    curve = Table(
        "power_curve",
        tr("Power by number of problems"),
        (
            Column("label", tr("How the runs pair")),
            Column("x", tr("Problems"), "count"),
            Column("y", tr("Power"), "proportion"),
        ),
        tuple((_pairing(s.name), n, exact_power(n, s.wins, s.losses, alpha=alpha)) for s in possible for n in SIZES),
    )
    return Findings(
        name=NAME,
        question=tr(QUESTION, base=base, new=new),
        estimand=tr(
            "Power of the exact McNemar test to detect a true gain from {base} to {new} on such problems.",
            base=f"{base:g}",
            new=f"{new:g}",
        ),
        verdict=None,
        sentence=planning.sample_size(planned),
        tables=(needed, curve, _detectable(power, alpha)),
        figures=(
            Figure(
                "power_curve",
                "curves",
                tr("Power by number of problems"),
                tr("Power rises from 0 at five problems, and faster the less often the runs disagree."),
                "power_curve",
                {
                    "x_title": tr("problems"),
                    "y_title": tr("power"),
                    "reference": power,
                    "reference_title": tr("{power} power", power=f"{power:.0%}"),
                },
            ),
        ),
        provenance={
            "command": f"evalsuite plan --base {base:g} --new {new:g} --power {power:g} --alpha {alpha:g}",
            "analysis": {"evalsuite": __version__},
        },
    )


def scores_of_runs(store: Path, names: Sequence[str], *, grader: str | None) -> tuple[ScoreMatrix, ...]:
    """Return the scores of one stored run, or of two on the problems that both have, for a plan of others like them.

    Raises
    ------
    InputError
        There are more than two.
    """
    if len(names) > 2:
        raise InputError(f"--like takes one or two runs, got {len(names)}")
    with Store.reader(store) as opened:
        return pair_runs(opened, names, grader=grader, only_shared=True, partial_credit=True).scores


def _pairing(name: str) -> str:
    """Return the name of a scenario in the current language."""
    word, _, correlation = name.partition(" ")
    return tr("correlation {value}", value=correlation) if correlation else tr(word)


def _detectable(power: float, alpha: float) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for n in SETS:
        found = {d.discordant: d for d in plan_for_n(n, power=power, alpha=alpha).detectable}
        rows.append((n, *(found[rate].exact for rate in (0.1, 0.2, 0.3, 0.5))))
    columns = (
        Column("problems", tr("Problems"), "count"),
        *(Column(f"at{rate}", tr("{rate}% discordant", rate=rate), "difference") for rate in (10, 20, 30, 50)),
    )
    note = tr("Smallest true difference that the exact McNemar test detects; empty where it detects none.")
    return Table("detectable_by_set", tr("What a number of problems can show"), columns, tuple(rows), note)
