"""Where does it fail? Accuracy and paired difference by kind of problem, without seeing gains that are chance.

Two questions are kept apart. Whether a difference depends on the kind of problem is answered by one test a way of
sorting (`stats.heterogeneity`), adjusted for the number of ways. In which subgroup a difference is resolved by itself
is answered by the paired test of each, adjusted for all subgroups of the page. A logistic model (`model`) takes the
properties of the problems together, so that a claim about long questions is not one about many steps. Picking the
subgroup with the best p-value, or calling a subgroup special because its own test rejects and another one's does not,
answers neither.
"""

from collections.abc import Sequence

import numpy as np

from analyses.breakdown import model, tables
from analyses.breakdown.effects import Dependence, SubgroupEffect, dependences, effects
from analyses.breakdown.subgroups import Way, answered_by_all, ways_of_sorting
from analyses.runs.pairing import PairedRuns, pair_runs
from analyses.runs.provenance import provenance
from analyses.runs.reproduce import analysis_command
from evalsuite.errors import InputError
from evalsuite.findings import Findings
from evalsuite.settings import ComparisonSettings, PairBy
from evalsuite.store.store import Store
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = ["NAME", "QUESTION", "analyse"]

NAME = "breakdown"
QUESTION = N_("Where does it fail?")
ESTIMAND = N_(
    "Accuracy and paired difference on problems like these, of each kind, at the token limit and grader stated. A "
    "template's own row is about problems made from that template alone."
)
MOST_NAMED = 6


def analyse(
    store: Store | None,
    names: Sequence[str] = (),
    *,
    seed: int = 0,
    alpha: float = 0.05,
    grader: str | None = None,
    only_shared: bool = False,
    allow_unfinished: bool = False,
    pair_by: PairBy | None = None,
    drop_duplicates: bool = False,
) -> Findings:
    """Break the accuracy of stored runs, and their differences from the first one, down by kind of problem.

    Parameters
    ----------
    names
        Labels or ids; the first is the base, and one is enough.
    seed
        Of the permutations and sign flips of the heterogeneity tests; recorded.
    alpha
        Level of the sentence over each family of tests; intervals have level ``1 - alpha`` each.
    grader, only_shared, allow_unfinished, pair_by, drop_duplicates
        As in `pairing.pair_runs`.

    Returns
    -------
    Findings
        Without tables where nothing is recorded that sorts these problems.

    Raises
    ------
    InputError
        There is no store or no run is named.
    ComparisonError
        The runs cannot be paired, or no problem has a completion in all of them.
    """
    if store is None or not names:
        raise InputError(f"{NAME} needs a store and the label of at least one run")
    runs = pair_runs(
        store, names, grader=grader, only_shared=only_shared, allow_unfinished=allow_unfinished, pair_by=pair_by,
        drop_duplicates=drop_duplicates, shorten=True,
    )  # fmt: skip
    scores = answered_by_all(runs.scores)
    ways = ways_of_sorting(store, runs, scores)
    differences = effects(scores, ways, alpha=alpha)
    tests = dependences(scores, ways, rng=np.random.default_rng(seed))
    fitted = model.models(scores, ways, alpha=alpha)
    odds = model.table(fitted)
    settings = ComparisonSettings(
        alpha=alpha, grader=grader, only_shared=only_shared, allow_unfinished=allow_unfinished, pair_by=pair_by,
        drop_duplicates=drop_duplicates,
    )  # fmt: skip
    sentences = (_sentence(differences, tests, alpha), model.sentence(fitted, alpha=alpha))
    return Findings(
        name=NAME,
        question=tr(QUESTION),
        estimand=tr(ESTIMAND),
        verdict=None,
        sentence=tr(" ").join(filter(None, sentences)),
        notes=(*runs.warnings, *_notes(runs, ways, differences, tests), *model.notes(fitted)),
        cautions=runs.cautions,
        tests={f"{t.quantity}_by_{t.way.key}_{t.label}": t.test for t in tests},
        tables=(*tables.tables(scores, ways, differences, tests, alpha=alpha), *([odds] if odds else [])),
        figures=tables.figures(scores, ways, alpha=alpha),
        provenance=provenance(
            store,
            runs,
            command=analysis_command(NAME, names, store.path, settings=settings, seed=seed),
            settings={"alpha": alpha, "seed": seed, "family_size": len(differences)},
        ),
    )


def _sentence(differences: Sequence[SubgroupEffect], tests: Sequence[Dependence], alpha: float) -> str:
    if not tests:
        return tr(
            "Not answered: these problems have neither steps, answers, questions nor templates on record that would "
            "sort them."
        )
    labels = list(dict.fromkeys(effect.label for effect in differences))
    sentences = [
        _depends([t for t in tests if t.quantity == "difference" and t.label == label], alpha) for label in labels
    ]
    apart = any(t.adjusted < alpha for t in tests if t.quantity == "difference")
    sentences += [_resolved(differences, alpha, apart=apart, several=len(labels) > 1)] if differences else []
    for label in dict.fromkeys(t.label for t in tests):
        sentences.append(_depends([t for t in tests if t.quantity == "accuracy" and t.label == label], alpha))
    return tr(" ").join(sentences)


def _depends(tests: Sequence[Dependence], alpha: float) -> str:
    """Say of one difference, or one accuracy, on which ways of sorting it depends."""
    rejected = [t for t in tests if t.adjusted < alpha]
    first = (rejected or list(tests))[0]
    smallest = min(t.adjusted for t in tests)
    values = {"label": first.label, "pvalue": numbers.pvalue(smallest)}
    is_difference = first.quantity == "difference"
    if not rejected:
        tried = (
            tr("1 grouping tried, {pvalue}", pvalue=numbers.pvalue(smallest))
            if len(tests) == 1
            else tr("{n} groupings tried, smallest adjusted {pvalue}", n=len(tests), pvalue=numbers.pvalue(smallest))
        )
        if is_difference:
            return tr(
                "No subgroup stands out: the difference of {label} does not clearly depend on the kind of problem "
                "({tried}).",
                label=first.label,
                tried=tried,
            )
        return tr(
            "The accuracy of {label} does not clearly depend on the kind of problem ({tried}).",
            label=first.label,
            tried=tried,
        )
    write = numbers.points if is_difference else numbers.percent
    values |= {
        "ways": tr(", ").join(t.way.title for t in rejected),
        "lowest": f"{write(first.lowest[1], 0.01)} ({first.lowest[0]})",
        "highest": f"{write(first.highest[1], 0.01)} ({first.highest[0]})",
    }
    if is_difference:
        return tr(
            "The difference of {label} depends on: {ways} (smallest adjusted {pvalue}). Across the first, it "
            "ranges from {lowest} to {highest}.",
            **values,
        )
    return tr(
        "The accuracy of {label} depends on: {ways} (smallest adjusted {pvalue}). Across the first, it ranges "
        "from {lowest} to {highest}.",
        **values,
    )


def _resolved(differences: Sequence[SubgroupEffect], alpha: float, *, apart: bool, several: bool) -> str:
    """Say in which subgroups a difference is resolved by itself; `apart` tells whether subgroups differ."""
    resolved = sorted((e for e in differences if e.adjusted < alpha), key=lambda e: e.adjusted)
    if not resolved:
        return tr(
            "After Holm's adjustment for all {total} subgroups, none shows a resolved difference on its own.",
            total=len(differences),
        )
    named = [
        f"{e.subgroup.label}{f', {e.label}' if several else ''} ({numbers.points(e.difference.value, 0.01)})"
        for e in resolved
    ]
    text = tr(
        "After Holm's adjustment for all {total} subgroups, a difference is resolved on its own in {count}: {named}.",
        total=len(differences),
        count=len(resolved),
        named="; ".join(named[:MOST_NAMED]) + ("; ..." if len(named) > MOST_NAMED else ""),
    )
    return text if apart else tr(" ").join((text, tr("This does not show that they differ from the others.")))


def _notes(
    runs: PairedRuns, ways: Sequence[Way], differences: Sequence[SubgroupEffect], tests: Sequence[Dependence]
) -> tuple[str, ...]:
    if not ways:
        return ()
    notes = []
    n_tests = {quantity: sum(t.quantity == quantity for t in tests) for quantity in ("difference", "accuracy")}
    if differences:
        notes.append(
            tr(
                "Multiplicity: p-values of single subgroups are adjusted by Holm's method for all {total} differences, "
                "tests of dependence for the {n_difference} on differences and the {n_accuracy} on accuracies. Each "
                "interval holds by itself.",
                total=len(differences),
                n_difference=n_tests["difference"],
                n_accuracy=n_tests["accuracy"],
            )
        )
    else:
        notes.append(
            tr(
                "Multiplicity: tests of dependence are adjusted by Holm's method for all {n_accuracy}. Each interval "
                "holds by itself.",
                n_accuracy=n_tests["accuracy"],
            )
        )
    notes.append(
        tr(
            "The lowest and highest subgroups were picked after looking at the data, so their distance is "
            "exaggerated. Unresolved does not mean equal: small subgroups have wide intervals."
        )
    )
    notes += [
        tr(
            "{count} problems are not grouped by {way}, which is not recorded for them.",
            count=way.n_unknown,
            way=way.title,
        )
        for way in ways
        if way.n_unknown
    ]
    if runs.scores[0].clusters is not None:
        notes.append(
            tr(
                "Problems of one template are dependent: templates are the independent units, except inside a "
                "template's own row."
            )
        )
    return tuple(notes)
