"""Where does the gain come from: ending after the answer, stopping in time, writing it as the grader wants, or solving?

Running on
    A completion may answer and then go on with a question that nobody asked. What a grader reads there is no answer to
    the question, so this comes first: its part is what the difference loses when every completion ends before its first
    invented turn. It is exactly 0 under the graders of this suite, which read no further; under a rule of another
    program it can be all of the difference. Such a completion has stopped, whether or not the token limit ended it.

The completions that are left are scored under two switches, each off and on.

Format
    Off: the grader as reported. On: a lenient one, for which a completion is right when the reported grader or any of
    `boxed`, `strict` and `last_number` finds the right number as its final answer. Turning it on can only turn wrong
    into right.
Stopping
    Off: the completions as reported, some of them truncated by the token limit. On: each truncated completion is
    replaced by its longer version from a run with a larger limit (`stored_texts.continued`); all others stay.

With D(setting) the paired difference in accuracy, new minus base, the share of a switch is what it takes away from
the difference when it is turned on, averaged over the two orders:

    format   = 1/2 [D(off, off) - D(on, off)] + 1/2 [D(off, on) - D(on, on)]
    stopping = 1/2 [D(off, off) - D(off, on)] + 1/2 [D(on, off) - D(on, on)]
    solving  = D(on, on)

Together with running on they add up to the reported difference exactly. Each share is a mean over problems, so its
interval resamples problems. `last_number` also credits a truncated completion whose last number happens to be right;
such luck lies in the difference between the orders and is shared between format and stopping.

Where no longer run is stored, the second switch cannot be turned. The difference is then split in two, what is left
under the lenient grader is solving and stopping together, and the bounds of Manski say how far it could move.
"""

from collections.abc import Sequence

from analyses.attribution.parts import LENIENT, PartName, Parts, Switched, known, parts_of, switch
from analyses.attribution.tables import tables
from analyses.runs.pairing import PairedRuns, confounded, pair_runs, treatment
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from evalsuite.comparison.pair import worst_case
from evalsuite.errors import InputError
from evalsuite.findings import Figure, Findings
from evalsuite.settings import ComparisonSettings
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr
from evalsuite.wording.verdicts import interval_text

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "attribution"
QUESTION = N_("Where does the difference between {new} and {base} come from?")
ESTIMAND = N_(
    "For problems like these: the paired difference in accuracy, split into what the grader's format explains, "
    "what the token limit explains, and what is left."
)
SHORT_NAMES: dict[PartName, str] = {
    "run_on": N_("running on"),
    "format": N_("format"),
    "stopping": N_("stopping"),
    "solving": N_("solving"),
    "solving_and_stopping": N_("solving and stopping together"),
}
"""Names of the parts within a sentence."""
DEFAULTS = ComparisonSettings()


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    settings: ComparisonSettings = DEFAULTS,
    *,
    seed: int = 0,
) -> Findings:
    """Split the difference between two stored runs into format, stopping and solving.

    Parameters
    ----------
    names
        Base and new run. Longer runs of either are found in the store by themselves.
    settings
        The grader whose difference is split, `only_shared`, and ``1 - alpha``, the level of the intervals.
    seed
        Of the resamples of problems; recorded.

    Raises
    ------
    InputError
        Other than two names, or runs without texts or gold answers.
    """
    if store is None or len(names) != 2:
        given = f"{len(names)}: {', '.join(names)}" if names else "none"
        raise InputError(f"attribution needs a store and two runs, base and new; got {given}")
    alpha = settings.alpha
    runs = pair_runs(
        store, names, grader=settings.grader, only_shared=settings.only_shared, pair_by=settings.pair_by,
        drop_duplicates=settings.drop_duplicates, shorten=True,
    )  # fmt: skip
    switched = switch(store, runs, settings.grader, alpha)
    parts = parts_of(switched, runs, alpha=alpha)
    base, new = runs.labels
    return Findings(
        name=NAME,
        question=tr(QUESTION, new=new, base=base),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=_sentence(parts, new, base, alpha),
        notes=_notes(runs, switched, alpha),
        cautions=(*runs.cautions, *confounded(runs)),
        estimates=dict((*parts.shares.items(), (parts.rest_name, parts.rest), ("difference", parts.total))),
        tables=tables(runs, switched, parts),
        figures=(
            Figure(
                "attribution",
                "difference",
                tr("Parts of the difference"),
                tr("One row per part; the parts add up to the reported difference in the last row."),
                "attribution",
                {"base": base, "new": new, "level": 1 - alpha},
            ),
        ),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, names, store.path, settings=settings, seed=seed),
            settings={"seed": seed, "alpha": alpha, "lenient": list(LENIENT)},
        ),
    )


def _sentence(parts: Parts, new: str, base: str, alpha: float) -> str:
    listed = [
        tr("{size} is {part}", size=interval_text(e), part=tr(SHORT_NAMES[name]))
        for name, e in (*parts.shares.items(), (parts.rest_name, parts.rest))
    ]
    text = tr(
        "The difference between {new} and {base}, {total}, splits into {parts} and {last}.",
        new=new,
        base=base,
        total=interval_text(parts.total),
        parts=tr(", ").join(listed[:-1]),
        last=listed[-1],
    )
    return tr(" ").join((text, _conclusion(parts, alpha)))


def _conclusion(parts: Parts, alpha: float) -> str:
    sign = 1 if parts.total.value > 0 else -1
    kind = tr("gain") if sign > 0 else tr("loss")
    if parts.total_pvalue >= alpha or parts.total.value == 0:
        return tr(
            "The reported difference itself is unresolved, so the parts suggest where to look; they do not "
            "show what happened."
        )
    along = [tr(SHORT_NAMES[name]) for name, e in parts.shares.items() if sign * (e.low if sign > 0 else e.high) > 0]
    rest = tr(SHORT_NAMES[parts.rest_name])
    if sign * (parts.rest.low if sign > 0 else parts.rest.high) > 0:
        also = tr(" beside a part that is {parts}", parts=tr(" and ").join(along)) if along else ""
        return tr("A {kind} in {rest} is resolved{also}.", kind=kind, rest=rest, also=also)
    if along:
        return tr(
            "The {kind} is a matter of {parts}; a {kind} in {rest} is not resolved.",
            kind=kind,
            parts=tr(" and ").join(along),
            rest=rest,
        )
    return tr("The {kind} is resolved as a whole, but the data do not show which part it comes from.", kind=kind)


def _notes(runs: PairedRuns, switched: Switched, alpha: float) -> tuple[str, ...]:
    notes = [*runs.warnings, *(() if confounded(runs) else (treatment(runs),))]
    if switched.reason:
        notes.append(switched.reason)
    if switched.reading_on is not None:
        notes.append(
            tr(
                "If the grader had read on into the invented questions, the difference would have been {size}.",
                size=numbers.points(switched.reading_on.effect.value),
            )
        )
    any_truncated = any(run.n_truncated for run in switched.finished)
    if switched.reason and any_truncated and known(runs):
        bounds = worst_case(*switched.switches[1].scores, alpha=alpha)
        notes.append(
            tr(
                "Had every completion finished, the difference under the lenient grader would be somewhere from "
                "{lowest} to {highest}.",
                lowest=numbers.points(bounds.lowest),
                highest=numbers.points(bounds.highest),
            )
        )
    if not switched.reason and (still := sum(run.n_still_truncated for run in switched.finished)):
        notes.append(
            tr(
                "{still} completions are truncated at the larger token limit too: stopping is its share up to that "
                "limit.",
                still=still,
            )
        )
    if other := sum(run.n_other_text for run in switched.finished):
        notes.append(
            tr(
                "{other} longer completions do not begin with the truncated text, so they carry some numerical "
                "nondeterminism.",
                other=other,
            )
        )
    notes.append(
        tr(
            "The lenient grader credits any right final number, lucky ones "
            "too; solving means this, not right reasoning."
        )
    )
    return tuple(notes)
