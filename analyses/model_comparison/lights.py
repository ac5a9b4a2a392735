"""Whether a verdict would change: with another grader, without the token limit, with another seed, without gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analyses.model_comparison import by_grader
from analyses.model_comparison.by_grader import GraderEffect
from analyses.runs.against_base import RunComparison
from analyses.runs.pairing import PairedRuns
from analyses.runs.stored_texts import continued, read_texts, rule_of
from evalsuite.comparison.missing import MissingBounds
from evalsuite.comparison.pair import TwoRunComparison, compare_pair
from evalsuite.errors import InputError
from evalsuite.findings import Light
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.decision import Verdict, VerdictKind
from evalsuite.stats.worst_case import WorstCase
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.grader_names import grader_name
from evalsuite.wording.language import tr
from evalsuite.wording.lights import cannot_turn, missing_stays, missing_turns, stays_open

__all__ = [
    "DECIDED",
    "TRAINED",
    "Changes",
    "another_seed",
    "by_graders",
    "by_run",
    "could_turn",
    "cut_off",
    "graders_of",
    "lights_of",
    "missing_light",
    "with_lights",
    "with_lights_given",
]

DECIDED: tuple[VerdictKind, ...] = ("resolved gain", "resolved loss")
OPEN: tuple[VerdictKind, ...] = ("unresolved", "cannot resolve by design", "too few independent groups")
"""Verdicts that only a resolved difference would change, where there is no margin."""
TRAINED = {"model", "adapter"}
"""Properties of a run that a training makes."""
Changes = tuple[str, str] | tuple[str, str, bool]
"""Whether one verdict changes, as a `Light` says it, why, and whether anything is recorded that could tell."""


def with_lights(store: Store, compared: RunComparison, grader: str | None) -> RunComparison:
    """Return the comparison of stored runs with its lights, reading what every grader said.

    Parameters
    ----------
    grader
        Whose verdict counts; None takes each run's primary grader.
    """
    against = compared.against_base
    effects = by_grader.effects(by_grader.stored_scores(store, compared.runs), alpha=compared.comparisons[0].alpha)
    lights = lights_of(store, against, effects, graders_of(compared.runs, grader))
    return replace(compared, lights=(*lights, *_pair_lights(compared)))


def with_lights_given(compared: RunComparison, graders: Sequence[str]) -> RunComparison:
    """Return the comparison of scores that were given as such with its lights; no other grader has read them."""
    lights = lights_of(None, compared.against_base, (), graders)
    return replace(compared, lights=(*lights, *_pair_lights(compared)))


def graders_of(runs: PairedRuns, grader: str | None) -> list[str]:
    """Return whose verdict counts in each stored run."""
    return [grader or head.primary_grader for head in runs.heads]


def lights_of(
    store: Store | None, compared: RunComparison, effects: Sequence[GraderEffect], reported: Sequence[str]
) -> tuple[tuple[Light, ...], ...]:
    """Say of each comparison with the base whether its verdict would change under other assumptions.

    Parameters
    ----------
    store
        Of the runs; None for scores that were given as such.
    effects
        The comparison under every grader.
    reported
        Whose verdict counts, of each run.
    """
    seed = another_seed(compared.runs, several=len(compared.comparisons) > 1)
    found = []
    for at, c in enumerate(compared.comparisons):
        own = {e.grader: e.verdict for e in effects if e.label == c.new_label}
        about: dict[str, Changes | None] = {
            "grader": by_graders(c.verdict, own, reported, scored=compared.runs.scores[0].score_range is not None),
            "token limit": _without_limit(store, compared, at, reported),
            "training seed": seed,
            "missing results": missing_light(compared.missing[at] if compared.missing else None, c.verdict),
        }
        found.append(tuple(Light(name, *changes) for name, changes in about.items() if changes))  # type: ignore[arg-type]
    return tuple(found)


def _pair_lights(compared: RunComparison) -> tuple[tuple[Light, ...], ...]:
    """Return what missing results say of each two new runs, where all pairs are compared: nothing else is read."""
    of_pairs = list(zip(compared.comparisons, compared.missing or [None] * len(compared.comparisons), strict=True))
    known = [missing_light(bounds, c.verdict) for c, bounds in of_pairs[len(compared.runs.scores) - 1 :]]
    return tuple((Light("missing results", *changes),) if changes else () for changes in known)


def by_run(found: Sequence[tuple[Light, ...]], labels: Sequence[str]) -> dict[str, tuple[Light, ...]]:
    """Return the lights of each of several new runs by its label; those of one are those of the page."""
    return dict(zip(labels, found, strict=True)) if len(found) > 1 else {}


def by_graders(
    verdict: Verdict, found: Mapping[str, Verdict], reported: Sequence[str], *, scored: bool = False
) -> Changes:
    """Say whose verdict counts and whether another grader decides otherwise.

    Parameters
    ----------
    found
        The verdict under each grader that has read every answer.
    reported
        Whose verdict counts, of each run.
    scored
        Whether that is a score.
    """
    shared = len(set(reported)) == 1
    reference = _kind(found.get(reported[0], verdict) if shared else verdict)
    whose = [grader_name(name, scored=scored) for name in dict.fromkeys(reported)]
    counted = tr("Graded by {names}", names=tr(" and ").join(whose))
    others = [name for name in found if not shared or name != reported[0]]
    if not others:
        return "unknown", tr("{graded}; no other grader has read all of these answers.", graded=counted)
    against = [name for name in others if _kind(found[name]) != reference]
    if not against and len(others) == 1:
        return "no", tr("{graded}; {name} says the same.", graded=counted, name=grader_name(others[0]))
    if not against:
        return "no", tr("{graded}; the other {n} graders say the same.", graded=counted, n=len(others))
    named = tr(", ").join(grader_name(name) for name in against[:3])
    more = tr(" and {n} more", n=len(against) - 3) if len(against) > 3 else ""
    names = named + more
    if len(others) == 1:
        return "yes", tr("{graded}; {names} says otherwise.", graded=counted, names=names)
    return "yes", tr("{graded}; {k} of {n} others say otherwise: {names}.", graded=counted, k=len(against),
                     n=len(others), names=names)  # fmt: skip


def cut_off(
    scores: Sequence[ScoreMatrix],
    verdict: Verdict,
    bounds: WorstCase | None,
    *,
    allowed: bool,
    margin: float | None = None,
) -> Changes | None:
    """Say whether what the token limit cut off could turn the verdict; None where only a longer run can tell.

    Parameters
    ----------
    bounds
        The difference however the truncated completions would have ended; None where that is not known.
    allowed
        Whether the verdict is that of the worst case already.
    margin
        That which the verdict was asked to judge by, None without.
    """
    if allowed:
        return "no", tr("The verdict already allows for every way the truncated answers could have ended.")
    if not all(run.truncation_known for run in scores):
        recorded = any(run.truncation_known for run in scores)
        return "unknown", tr("It is not recorded which answers the token limit cut off."), recorded
    n_cut = sum(int(run.truncated.sum()) for run in scores)
    if not n_cut:
        return "no", tr("No answer was cut off.")
    gain = verdict.kind == "resolved gain" and bounds is not None and bounds.low > 0
    loss = verdict.kind == "resolved loss" and bounds is not None and bounds.high < 0
    if gain or loss:
        return "no", cannot_turn(n_cut)
    # A claim against a margin may be reached without a resolved difference.
    if verdict.kind in OPEN and margin is None and bounds is not None and not bounds.can_resolve:
        return "no", stays_open(n_cut)
    return None


def could_turn(scores: Sequence[ScoreMatrix]) -> Changes:
    """Say how many answers were cut off, where nothing tells what they would have said."""
    share = sum(int(run.truncated.sum()) for run in scores) / sum(int(run.present.sum()) for run in scores)
    shown = numbers.percent(share, 0.01 if share >= 0.01 else 0.001)
    if scores[0].score_range is not None:
        return "unknown", tr("{share} of the answers were cut off; what they would have scored is not known.",
                             share=shown)  # fmt: skip
    return "unknown", tr("{share} of the answers were cut off, enough to change the verdict.", share=shown)


def _kind(verdict: Verdict) -> str:
    """Return gain, loss or open: what another assumption has to agree on."""
    return verdict.kind if verdict.kind in DECIDED else "open"


def _without_limit(store: Store | None, compared: RunComparison, at: int, reported: Sequence[str]) -> Changes:
    c, bounds = compared.comparisons[at], compared.bounds[at]
    scores = compared.runs.scores[0], compared.runs.scores[at + 1]
    known = cut_off(scores, c.verdict, bounds, allowed=c.without_cap is not None, margin=c.margin)
    if known is not None:
        return known
    finished = None if store is None else _finished(store, compared, at, reported)
    if finished is None:
        return could_turn(scores)
    if _kind(finished.verdict) == _kind(c.verdict):
        return "no", tr("The answers that were cut off were finished in a longer run, and the verdict stays.")
    return "yes", tr("The answers that were cut off were finished in a longer run, and the verdict changes.")


def _finished(store: Store, compared: RunComparison, at: int, reported: Sequence[str]) -> TwoRunComparison | None:
    """Return the comparison with every truncated completion finished; None where a longer run does not have them."""
    c, places = compared.comparisons[at], (0, at + 1)
    heads = [compared.runs.heads[i] for i in places]
    parents = {row["parent_run_id"] for row in queries.run_heads(store.connection)}
    if not parents & {head.run_id for head in heads}:
        return None
    scores = []
    for head, i in zip(heads, places, strict=True):
        run = compared.runs.scores[i]
        try:
            rule, texts = rule_of(head, reported[i]), read_texts(store, head, run)
        except InputError:
            return None
        longer = continued(store, head, texts)
        if not longer.complete or longer.n_still_truncated:
            return None
        scores.append(longer.texts.scores([rule]))
    return compare_pair(scores[0], scores[1], c.alpha, c.margin)


def another_seed(runs: PairedRuns, *, several: bool) -> Changes:
    """Say what is known of other training seeds; `several` where there are several new runs."""
    if not TRAINED & ({d.name for d in runs.differences} | set(runs.unknown)):
        return "no", tr("The runs share their weights: no training stands between them.")
    if not TRAINED & {d.name for d in runs.differences}:
        return "unknown", tr("It is not recorded how the runs were trained.")
    return "unknown", tr("Each new run was trained once.") if several else tr("The new run was trained once.")


def missing_light(bounds: MissingBounds | None, verdict: Verdict) -> Changes | None:
    """Say whether missing results could turn the verdict; None where nothing is missing."""
    if bounds is None:
        return None
    n, others = bounds.n_base + bounds.n_new, bounds.other_verdicts(verdict)
    return ("yes", missing_turns(n, others)) if others else ("no", missing_stays(n))
