"""A logistic model over all properties of the problems at once, beside the tests of one property at a time.

Long questions take more steps and have larger answers, so that three tests, one a property, may all tell of the same
thing. The model asks what a property changes with the others held fixed, and whether the new run changes more on some
problems than on others: the interactions of run and property. It works on the scale of odds, where an even gain in
percentage points is not even near 0% and 100%; that is why it stands beside the tests of equal differences.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analyses.breakdown.subgroups import Way
from evalsuite.findings import Cell, Column, Table
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.gee import Coefficient, JointTest, LogisticModel, NotEstimable, logistic_gee
from evalsuite.stats.multiplicity import holm
from evalsuite.wording import numbers
from evalsuite.wording.language import N_, tr

__all__ = ["OddsModel", "Term", "models", "notes", "sentence", "table"]

STEP: Mapping[str, tuple[float, str]] = {
    "steps": (1.0, N_("one more calculation step")),
    "answer": (1.0, N_("one more digit of the answer")),
    "length": (10.0, N_("ten more words in the question")),
}
"""By `Way.key`: the change of the property that an odds ratio is about, as a number and in words."""

REASONS: Mapping[NotEstimable, str] = {
    "collinear": N_("one property of the problems follows from the others"),
    "too few clusters": N_("there are too few independent problems or templates for its coefficients"),
    "separated": N_("the properties tell right from wrong without error, as where a run has nothing right"),
    "too few events": N_("a run has too few right or too few wrong answers for its coefficients"),
    "not converged": N_("the iterations do not settle"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One odds ratio of a model.

    Attributes
    ----------
    way
        Key of the property, such as ``"steps"``; empty for the new run against the base at the average problem.
    is_interaction
        Whether this is the factor by which the odds ratio of new and base changes with the property.
    coefficient
        Logarithm of the odds ratio.
    adjusted
        Its p-value adjusted by Holm's method for all odds ratios of the page.
    """

    way: str
    is_interaction: bool
    coefficient: Coefficient
    adjusted: float


@dataclass(frozen=True, slots=True)
class OddsModel:
    """The model of one run, or of a new run and the base.

    Attributes
    ----------
    base, new
        Labels of the runs; `new` is None where there is one run alone.
    terms
        Empty where the model cannot be estimated.
    joint
        Test of all interactions together; with one run alone, of all properties together.
    adjusted
        Its p-value adjusted by Holm's method for all models of the page.
    n_problems, n_clusters
        Problems of which every property is known, and independent clusters among them.
    reason
        Why it cannot be estimated; None where it can.
    """

    base: str
    new: str | None
    terms: tuple[Term, ...]
    joint: JointTest
    adjusted: float
    n_problems: int
    n_clusters: int
    reason: NotEstimable | None


def models(scores: Sequence[ScoreMatrix], ways: Sequence[Way], *, alpha: float) -> tuple[OddsModel, ...]:
    """Fit one model for each new run together with the base, or one for a single run.

    Parameters
    ----------
    scores
        Aligned; every run has a completion of every problem.
    ways
        Those with an order are the properties; without any there is no model.
    """
    properties = _properties(ways)
    if properties.empty:
        return ()
    base, *new_runs = scores
    others: Sequence[ScoreMatrix | None] = new_runs or [None]
    fitted = [_model(base, new, properties, alpha) for new in others]
    pvalues = [term.coefficient.pvalue for model in fitted for term in model.terms]
    adjusted = iter(holm(pvalues))
    estimated = [model for model in fitted if model.reason is None]
    joint = iter(holm([model.joint.pvalue for model in estimated]))
    return tuple(
        replace(
            model,
            terms=tuple(replace(term, adjusted=next(adjusted)) for term in model.terms),
            adjusted=next(joint) if model.reason is None else math.nan,
        )
        for model in fitted
    )


def _properties(ways: Sequence[Way]) -> pd.DataFrame:
    """Return one row a problem of which all properties are known and one column a property, centred, in its `STEP`."""
    frame = pd.DataFrame(
        {
            way.key: pd.Series({row: subgroup.x for subgroup in way.subgroups for row in subgroup.rows}, dtype=float)
            / STEP[way.key][0]
            for way in ways
            if way.key in STEP
        }
    ).dropna()
    varying = frame.loc[:, frame.nunique() > 1]
    return varying - varying.mean()


def _model(base: ScoreMatrix, new: ScoreMatrix | None, properties: pd.DataFrame, alpha: float) -> OddsModel:
    keys, rows = list(properties.columns), properties.index.to_numpy()
    runs = [base] if new is None else [base, new]
    one = properties.assign(intercept=1.0, cluster=rows if base.clusters is None else np.array(base.clusters)[rows])
    frame = pd.concat([one.assign(share=run.problem_means[rows], is_new=float(run is new)) for run in runs])
    columns = ["intercept", *keys]
    if new is not None:
        interactions = frame[keys].mul(frame["is_new"], axis=0).add_prefix("new:")
        frame = pd.concat([frame, interactions], axis=1)
        columns += ["is_new", *interactions.columns]
    fitted = logistic_gee(
        frame["share"], frame[columns], frame["cluster"].tolist(), runs=frame["is_new"].tolist(),
        confidence_level=1 - alpha,
    )  # fmt: skip
    tested = [columns.index(key if new is None else f"new:{key}") for key in keys]
    return OddsModel(
        base=base.label,
        new=None if new is None else new.label,
        terms=() if fitted.reason is not None else _terms(fitted, columns),
        joint=fitted.joint_test(tested),
        adjusted=math.nan,
        n_problems=len(rows),
        n_clusters=fitted.n_clusters,
        reason=fitted.reason,
    )


def _terms(fitted: LogisticModel, columns: Sequence[str]) -> tuple[Term, ...]:
    return tuple(
        Term(
            way="" if name == "is_new" else name.removeprefix("new:"),
            is_interaction=name.startswith("new:"),
            coefficient=fitted.coefficient(at),
            adjusted=math.nan,
        )
        for at, name in enumerate(columns)
        if name != "intercept"
    )


def table(fitted: Sequence[OddsModel]) -> Table | None:
    """Return the odds ratios of all models that could be estimated, None without any."""
    estimated = [model for model in fitted if model.reason is None]
    if not estimated:
        return None
    columns = (
        Column("label", tr("Odds ratio")),
        Column("low", tr("Low"), "number"),
        Column("value", tr("Estimate"), "number"),
        Column("high", tr("High"), "number"),
        Column("pvalue", tr("p"), "pvalue"),
        Column("adjusted", tr("Adjusted p"), "pvalue"),
    )
    rows = [row for model in estimated for row in _rows(model)]
    note = tr(
        "Logistic model of the share of right completions of each problem, fitted by generalised estimating equations "
        "({problems} problems, {clusters} independent clusters); bias-reduced sandwich errors, t and F tests. Each "
        "odds ratio is for the change named, with the other properties held fixed; adjusted by Holm's method for all "
        "odds ratios of the table, the joint tests for themselves.",
        problems=numbers.count(estimated[0].n_problems),
        clusters=numbers.count(estimated[0].n_clusters),
    )
    return Table("breakdown_model", tr("All properties of the problems in one model"), columns, tuple(rows), note)


def _rows(model: OddsModel) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for term in model.terms:
        c = term.coefficient
        limits = (math.exp(c.low), math.exp(c.value), math.exp(c.high))
        rows.append((_label(model, term), *limits, c.pvalue, term.adjusted))
    joint = (
        tr("{label}: all properties together", label=model.base)
        if model.new is None
        else tr("{label} against {base}: all changes together", label=model.new, base=model.base)
    )
    return [*rows, (joint, None, None, None, model.joint.pvalue, model.adjusted)]


def _label(model: OddsModel, term: Term) -> str:
    if not term.way:
        return tr("{label} against {base}, average problem", label=model.new, base=model.base)
    change = tr(STEP[term.way][1])
    if term.is_interaction:
        return tr("{label} against {base}, changed by {change}", label=model.new, base=model.base, change=change)
    return tr("{label}: {change}", label=model.base, change=change)


def sentence(fitted: Sequence[OddsModel], *, alpha: float) -> str:
    """Say what the models add to the tests of single properties; empty where none could be estimated."""
    return tr(" ").join(_answer(model, alpha) for model in fitted if model.reason is None)


def notes(fitted: Sequence[OddsModel]) -> tuple[str, ...]:
    """Say which models could not be estimated, and why."""
    return tuple(
        tr(
            "A model of all properties together cannot be estimated for {label}: {reason}.",
            label=model.new or model.base,
            reason=tr(REASONS[model.reason]),
        )
        for model in fitted
        if model.reason is not None
    )


def _answer(model: OddsModel, alpha: float) -> str:
    candidates = [term for term in model.terms if term.is_interaction or model.new is None]
    strongest = min(candidates, key=lambda term: term.coefficient.pvalue)
    c = strongest.coefficient
    values = {
        "label": model.new or model.base,
        "base": model.base,
        "pvalue": numbers.pvalue(model.adjusted),
        "count": str(model.joint.n_tested),
        "change": tr(STEP[strongest.way][1]),
        "factor": numbers.significant(math.exp(c.value)),
        "low": numbers.significant(math.exp(c.low)),
        "high": numbers.significant(math.exp(c.high)),
    }
    if model.new is None:
        if model.adjusted >= alpha:
            return tr(
                "With all properties in one logistic model, the accuracy of {label} does not clearly depend on "
                "them (joint test of {count}: {pvalue}).",
                **values,
            )
        return tr(
            "With all properties in one logistic model, the accuracy of {label} depends on them (joint test of "
            "{count}: {pvalue}). The clearest: with the others held fixed, {change} multiplies the odds of a "
            "right answer by {factor} ({low} to {high}).",
            **values,
        )
    if model.adjusted >= alpha:
        return tr(
            "With all properties in one logistic model, the odds ratio of {label} against {base} does not clearly "
            "depend on them (joint test of {count} interactions: {pvalue}).",
            **values,
        )
    return tr(
        "With all properties in one logistic model, the odds ratio of {label} against {base} depends on the "
        "problem (joint test of {count} interactions: {pvalue}). The clearest: with the others held fixed, "
        "{change} multiplies it by {factor} ({low} to {high}).",
        **values,
    )
