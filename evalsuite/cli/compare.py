"""``evalsuite compare``: is a new run better than a base?"""

from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from evalsuite.cli.options import (
    AS_WRITTEN,
    DEFAULT_COMPARISON,
    DEFAULT_STORE,
    NO_ARMS,
    Arms,
    Comparison,
    FailConditions,
    Json,
    Language,
    Reading,
    StorePath,
)
from evalsuite.errors import InputError
from evalsuite.settings import ComparisonSettings, ReadSettings, SeedOptions

if TYPE_CHECKING:
    from evalsuite.cli.comparison_output import Compared

__all__ = ["compare"]


def compare(
    *names: str,
    table: Annotated[
        tuple[int, int, int, int] | None, Parameter(help="BOTH WINS LOSSES NEITHER; needs no store.")
    ] = None,
    counts: Annotated[tuple[str, str] | None, Parameter(help="Two scores such as 1/5 2/5; needs no store.")] = None,
    all_pairs: Annotated[
        bool, Parameter(help="Compare every pair of three or more stored runs, as one family.")
    ] = False,
    pool: Annotated[
        tuple[tuple[str, str], ...], Parameter(help="BASE NEW of one problem set; repeat it for each set.")
    ] = (),
    arms: Arms = NO_ARMS,
    settings: Comparison = DEFAULT_COMPARISON,
    fail_if: FailConditions = (),
    reading: Reading = AS_WRITTEN,
    summary: Literal["github"] | None = None,
    store: StorePath = DEFAULT_STORE,
    language: Language = "en",
    json: Json = False,
) -> None:
    """Say whether a new run is better than a base: runs, files, training seeds of two arms, a paired table, two scores.

    Parameters
    ----------
    names
        The base first: labels or ids of stored runs, files or folders of results (which need no store, and are kept in
        one only where --store names it), or two scores such as 45/100 52/100; of a run beside a score only its score
        counts. Folders of several tasks are compared task by task.
    fail_if
        Exit with code 6 if the verdict of any comparison is one of these, such as loss,unresolved; not-equivalent
        and not-noninferior (not shown worse by less than the margin) need --margin. With --all-pairs every pair
        counts, the run that stands first as its base.
    summary
        github: also add the comparison as Markdown to the job summary that GITHUB_STEP_SUMMARY names; without that
        variable, print it as Markdown.

    Examples
    --------
    evalsuite compare smollm2-tutorial smollm2-fewshot-4 --fail-if loss
    """
    from evalsuite.cli.checks import check_arms, check_comparison, refuse_mixed_counts
    from evalsuite.cli.comparison_output import judged
    from evalsuite.cli.fail_if import check_verdicts
    from evalsuite.comparison.parse import parse_counts
    from evalsuite.wording import language as languages

    against_margin = [condition for condition in fail_if if condition in ("not-equivalent", "not-noninferior")]
    if against_margin and settings.margin is None:
        raise InputError(f"--fail-if {against_margin[0]} needs --margin: the claim is judged against a margin")
    if json and summary is not None and not environ.get("GITHUB_STEP_SUMMARY"):
        raise InputError("--summary github would print Markdown after the JSON: set GITHUB_STEP_SUMMARY to a file")
    by_arm = check_arms(names, arms)
    given = [bool(names), by_arm, table is not None, counts is not None, bool(pool)]
    if sum(given) == 1 and len(names) == 2 and any(parse_counts(name) for name in names):
        base, new = (name if parse_counts(name) else _score_of(name, settings, store, reading) for name in names)
        counts = (base, new)
        names = ()
    refuse_mixed_counts(names)
    if sum(given) != 1:
        raise InputError(
            "compare needs exactly one of: two or more runs (labels, files or folders), two scores such as 1/5 2/5, "
            "--base with --new, --pool, --table, --counts"
        )
    if len(pool) == 1:
        raise InputError(f"--pool needs two problem sets or more; for one: evalsuite compare {' '.join(pool[0])}")
    if all_pairs and len(names) < 3:
        raise InputError(f"--all-pairs needs the labels of three or more stored runs, got {len(names)}")
    check_comparison(settings, stored=bool(names or pool) or by_arm, paired=counts is None)
    with languages.language(language):
        if table is not None:
            compared = _compare_table(table, settings)
        elif counts is not None:
            compared = _compare_scores(counts, settings)
        elif pool:
            compared = _compare_pool(pool, settings, store, reading)
        elif by_arm:
            compared = _compare_arms(arms, settings, store, reading)
        else:
            compared = _compare_runs(names, settings, store, reading, all_pairs=all_pairs)
        _show(compared, json=json, summary=summary)
    check_verdicts(judged(compared), fail_if)


def _show(compared: "Compared", *, json: bool, summary: Literal["github"] | None) -> None:
    """Print the comparison; a summary that has no file of its own takes its place on stdout."""
    from evalsuite.cli.comparison_output import print_comparison
    from evalsuite.console import print_json

    if json:
        # First, so that a summary that cannot be written costs no result.
        print_json(compared.as_dict())
    if summary is not None:
        from evalsuite.cli.job_summary import write_summary

        if write_summary(compared):
            return
    if not json:
        print_comparison(compared)


def _compare_table(table: tuple[int, int, int, int], settings: ComparisonSettings) -> "Compared":
    from evalsuite.comparison.paired_table import compare_table
    from evalsuite.comparison.parse import paired_table
    from evalsuite.documents.two_runs import of_paired_table

    return of_paired_table(compare_table(paired_table(table), alpha=settings.alpha, margin=settings.margin))


def _score_of(name: str, settings: ComparisonSettings, store: Path, reading: ReadSettings) -> str:
    """Return how many problems a run solved, to stand beside a score that does not say which."""
    from evalsuite.cli.named_runs import opened_runs
    from evalsuite.console import say
    from evalsuite.store.runs import find_run, score_matrix

    with opened_runs([name], store, reading) as named:
        if len(named.labels) != 1:
            raise InputError(f"{name} holds {len(named.labels)} runs, {', '.join(named.labels)}: name one of them")
        scores = score_matrix(named.store, find_run(named.store, named.labels[0]), grader=settings.grader)
    n_missing = int((~scores.present).sum())
    if scores.present.shape[1] > 1 or n_missing:
        raise InputError(
            f"{name} holds {'several completions a problem' if not n_missing else f'{n_missing} missing results'}, and "
            "a score beside it has one for each problem. Give the results by problem for both"
        )
    score = f"{int(scores.correct.sum())}/{scores.n_problems}"
    say(f"{name}: {score} right. Which problems these are is left out, as the other score does not say it.")
    return score


def _compare_scores(counts: tuple[str, str], settings: ComparisonSettings) -> "Compared":
    from evalsuite.comparison.parse import two_scores
    from evalsuite.comparison.scores_only import compare_counts
    from evalsuite.documents.scores_only import of_scores

    return of_scores(compare_counts(*two_scores(*counts), alpha=settings.alpha))


def _compare_runs(
    names: tuple[str, ...], settings: ComparisonSettings, store: Path, reading: ReadSettings, *, all_pairs: bool
) -> "Compared":
    from analyses.model_comparison.lights import with_lights
    from analyses.runs.by_task import compare_tasks
    from analyses.runs.stored_comparison import compare_stored
    from evalsuite.cli.named_runs import opened_runs
    from evalsuite.documents.several_tasks import of_tasks
    from evalsuite.documents.stored_runs import of_stored_runs

    with opened_runs(names, store, reading, tasks="one" if all_pairs else "each") as named:
        if len(named.labels) < 2:
            raise InputError(f"compare needs two runs or more, got {', '.join(named.labels)}")
        if named.tasks:
            by_task = compare_tasks(named.store, named.tasks, settings)
            return of_tasks({t: with_lights(named.store, runs, settings.grader) for t, runs in by_task.items()})
        compared = compare_stored(named.store, named.labels, settings, all_pairs=all_pairs)
        return of_stored_runs(with_lights(named.store, compared, settings.grader))


def _compare_pool(
    pairs: tuple[tuple[str, str], ...], settings: ComparisonSettings, store: Path, reading: ReadSettings
) -> "Compared":
    from analyses.model_comparison.lights_of_sets import with_lights_of_sets
    from analyses.runs.pooled import compare_pool
    from evalsuite.cli.named_runs import opened_runs
    from evalsuite.documents.pooled import of_pooled

    names = tuple(name for pair in pairs for name in pair)
    with opened_runs(names, store, reading) as named:
        if len(named.labels) != len(names):
            raise InputError(f"--pool needs one run under each name, got {', '.join(named.labels)}")
        labels = list(zip(named.labels[::2], named.labels[1::2], strict=True))
        return of_pooled(with_lights_of_sets(named.store, compare_pool(named.store, labels, settings), settings))


def _compare_arms(arms: SeedOptions, settings: ComparisonSettings, store: Path, reading: ReadSettings) -> "Compared":
    from analyses.seed_comparison.analysis import pair_arms
    from analyses.seed_comparison.first_screen import with_lights
    from evalsuite.cli.named_runs import by_arm_labels, opened_runs
    from evalsuite.documents.training_seeds import of_training_seeds

    with opened_runs([*arms.base, *arms.new], store, reading) as named:
        paired = pair_arms(named.store, by_arm_labels(arms, named), settings)
        return of_training_seeds(with_lights(named.store, paired, settings))
