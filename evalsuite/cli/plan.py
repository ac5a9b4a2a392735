"""``evalsuite plan``: how many problems, or what difference."""

from pathlib import Path
from typing import TYPE_CHECKING

from evalsuite.cli.options import DEFAULT_STORE, Json, Language, StorePath
from evalsuite.errors import InputError
from evalsuite.wording import language as languages
from evalsuite.wording.language import N_, tr

if TYPE_CHECKING:
    from evalsuite.documents.planning import ProblemsForMargin, ProblemsForScores, ProblemsNeeded, SmallestDifference
    from evalsuite.scores import ScoreMatrix

__all__ = ["plan"]

SCENARIOS = (
    N_("nested"), N_("independent"), N_("worst"), N_("as in these runs"), N_("all problems alike"), N_("few problems"),
)  # fmt: skip
"""Names of what is planned for, apart from those by their correlation."""
NOTE = N_(
    "exact, midp and connor are for one completion a problem; miller is for completions = {completions}, with "
    "{share} of a score's variance between completions of one problem, and a normal formula that is too "
    'small below about 30 problems. "none": beyond 5,000 problems, where connor is as good.'
)
BY_MEANS = N_(
    "bounded_mean is the test that decides with several completions a problem or with templates: completions = "
    "{completions}, {size}."
)
CLAIMS = N_(
    'Level and test are those of the verdict: completions = {completions}, {size}. "none": the true difference rules '
    "the claim out."
)


def plan(
    *,
    base: float | None = None,
    new: float | None = None,
    n: int | None = None,
    margin: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    completions: int = 1,
    template_size: int = 1,
    template_correlation: float | None = None,
    difference: float | None = None,
    score_range: tuple[float, float] | None = None,
    sd: float | None = None,
    like: tuple[str, ...] = (),
    grader: str | None = None,
    store: StorePath = DEFAULT_STORE,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Say how many problems a difference or a claim needs, or what difference a number of problems can detect.

    Parameters
    ----------
    base
        Accuracy of the base, such as 0.20.
    new
        Accuracy hoped for, such as 0.40.
    n
        Number of problems; asks for the smallest detectable difference instead, or with --margin for the chance of
        each claim.
    margin
        Margin as a share, such as 0.02, or in the unit of scores: plans the claims "no worse than" and "equivalent
        within" it for an accuracy of --base in both runs (or --new in the new one).
    power
        Probability to detect the difference, or to make the claim.
    alpha
        Level of the two-sided test, and of each one-sided test against a margin.
    completions
        Completions per problem.
    template_size
        Problems a template, where problems come under templates.
    template_correlation
        Correlation of the differences of two problems of one template; 0.1 if not given.
    difference
        For scores with partial credit: the true difference of mean scores to detect, in their unit, as --margin is.
    score_range
        Lowest and highest score possible, such as 0 10.
    sd
        Standard deviation of the differences of problems, where no run like these is stored.
    like
        A stored run with scores, or two (give the flag twice), whose scores tell how differences are spread.
    grader
        Whose scores of the runs of --like count; the primary grader of each if not given.
    store
        The DuckDB file with the runs of --like.

    Examples
    --------
    evalsuite plan --base 0.20 --new 0.40
    """
    from evalsuite.comparison.plan_request import PlanRequest, ScorePlanRequest
    from evalsuite.console import print_json
    from evalsuite.documents.planning import of_plan, of_scores

    if difference is not None or score_range is not None or sd is not None or like:
        _refuse_accuracies(base, new, completions, template_size, template_correlation)
        runs = _runs(like, store, grader)
        answer = ScorePlanRequest(
            score_range=score_range, deviation=sd, like=runs,
            difference=difference, margin=margin, n=n, power=power, alpha=alpha,
        ).answer()  # fmt: skip
        with languages.language(language):
            found = of_scores(answer)
            print_json(found.as_dict()) if json else _print_scores(found)
        return
    request = PlanRequest(
        base=base,
        new=new,
        n=n,
        margin=margin,
        power=power,
        alpha=alpha,
        completions=completions,
        template_size=template_size,
        template_correlation=template_correlation,
    )
    with languages.language(language):
        planned = of_plan(request.answer())
        print_json(planned.as_dict()) if json else _print_plan(planned)


def _print_plan(planned: "ProblemsNeeded | ProblemsForMargin | SmallestDifference") -> None:
    from evalsuite.documents.planning import ProblemsForMargin, ProblemsNeeded

    if isinstance(planned, ProblemsNeeded):
        _print_needed(planned)
    elif isinstance(planned, ProblemsForMargin):
        _print_claims(planned)
    else:
        _print_smallest(planned)


def _runs(like: tuple[str, ...], store: Path, grader: str | None) -> "tuple[ScoreMatrix, ...]":
    if not like:
        return ()
    # Only here: the store is heavy, and plans need none.
    from analyses.sample_size import scores_of_runs

    return scores_of_runs(store, like, grader=grader)


def _refuse_accuracies(
    base: float | None, new: float | None, completions: int, template_size: int, template_correlation: float | None
) -> None:
    """Refuse what only a plan for accuracies takes."""
    given = {
        "--base": base is not None, "--new": new is not None, "--completions": completions > 1,
        "--template-size": template_size > 1, "--template-correlation": template_correlation is not None,
    }  # fmt: skip
    for name, is_given in given.items():
        if is_given:
            raise InputError(f"{name} is of accuracies and has no effect on a plan for scores")


def _print_scores(plan: "ProblemsForScores") -> None:
    from evalsuite.console import print_line, print_table
    from evalsuite.wording import numbers
    from evalsuite.wording.units import Unit

    unit = Unit(plan.score_range)
    print_line(plan.sentence)
    n_problems = "" if plan.n_problems is None else numbers.count(plan.n_problems)
    columns, rows = [tr("spread"), tr("sd of differences")], []
    if plan.margin is not None:
        columns += [tr("no worse"), tr("equivalent")]
        if plan.n_problems is not None:
            columns += [tr("no worse, n = {n}", n=n_problems), tr("equivalent, n = {n}", n=n_problems)]
    else:
        columns.append(tr("problems") if plan.n_problems is None else tr("smallest difference"))
    for s in plan.scenarios:
        row = [_scenario(s.name), unit.size(s.deviation, s.deviation / 20)]
        if s.no_worse is not None and s.equivalent is not None:
            row += [_n(s.no_worse.n), _n(s.equivalent.n)]
            row += [numbers.chance(c.power) for c in (s.no_worse, s.equivalent) if c.power is not None]
        elif plan.n_problems is not None:
            row.append(tr("none") if s.detectable is None else unit.size(s.detectable, s.detectable / 20))
        else:
            row.append(_n(s.n))
        rows.append(row)
    print_table(tr("Mean scores, by how the differences of problems are spread"), columns, rows)


def _print_needed(plan: "ProblemsNeeded") -> None:
    from evalsuite.console import print_line, print_table
    from evalsuite.wording import numbers

    print_line(plan.sentence)
    methods = ["exact", "midp", "connor", "miller"]
    by_means = plan.completions > 1 or plan.template_size > 1
    if by_means:
        methods.append("bounded_mean")
    rows = [
        [
            _scenario(s.name),
            _correlation(s.correlation),
            numbers.percent(s.discordant),
            *(_n(getattr(s.n, m)) for m in methods),
        ]
        for s in plan.scenarios
    ]
    print_table(tr("Problems needed"), (tr("pairing"), tr("correlation"), tr("discordant"), *methods), rows)
    print_line(tr(NOTE, completions=plan.completions, share=f"{plan.within_problem_variance_share:.2f}"))
    if by_means:
        print_line(tr(BY_MEANS, completions=plan.completions, size=_size(plan)))


def _print_claims(plan: "ProblemsForMargin") -> None:
    from evalsuite.console import print_line, print_table
    from evalsuite.wording import numbers

    print_line(plan.sentence)
    rows = []
    for s in plan.scenarios:
        row = [
            _scenario(s.name),
            _correlation(s.correlation),
            numbers.percent(s.discordant),
            _n(s.no_worse.n),
            _n(s.equivalent.n),
        ]
        if s.no_worse.power is not None and s.equivalent.power is not None:
            row += [numbers.chance(s.no_worse.power), numbers.chance(s.equivalent.power)]
        rows.append(row)
    n_problems = "" if plan.n_problems is None else numbers.count(plan.n_problems)
    columns = [tr("pairing"), tr("correlation"), tr("discordant"), tr("no worse"), tr("equivalent")]
    if plan.n_problems is not None:
        columns += [tr("no worse, n = {n}", n=n_problems), tr("equivalent, n = {n}", n=n_problems)]
    print_table(tr("Problems needed within a margin of {margin} pp", margin=numbers.stated(plan.margin)), columns, rows)
    print_line(tr(CLAIMS, completions=plan.completions, size=_size(plan)))


def _scenario(name: str) -> str:
    """Return how a scenario is called: its code, or the correlation that it stands for."""
    word, _, correlation = name.partition("correlation ")
    return tr("correlation {r}", r=correlation) if correlation and not word else tr(name)


def _correlation(correlation: float | None) -> str:
    from evalsuite.wording import numbers

    return "–" if correlation is None else numbers.number(correlation)


def _n(needed: int | None) -> str:
    from evalsuite.wording import numbers

    return tr("none") if needed is None else numbers.count(needed)


def _size(plan: "ProblemsNeeded | ProblemsForMargin") -> str:
    if plan.template_size == 1:
        return tr("independent problems")
    correlation = f"{plan.template_correlation:g}"
    return tr(
        "{n} problems a template, whose differences have a correlation of {correlation}",
        n=plan.template_size, correlation=correlation,
    )  # fmt: skip


def _print_smallest(plan: "SmallestDifference") -> None:
    from evalsuite.console import print_line, print_table
    from evalsuite.wording import numbers

    print_line(plan.sentence)
    rows = [
        [
            numbers.percent(d.discordant),
            *(tr("none") if size is None else numbers.size(size, size / 50) for size in (d.exact, d.midp, d.connor)),
        ]
        for d in plan.minimum_detectable_difference
    ]
    print_table(tr("Smallest detectable difference"), (tr("discordant"), "exact", "midp", "connor"), rows)
