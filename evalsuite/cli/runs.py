"""``evalsuite runs``: what the store holds."""

from collections.abc import Mapping
from typing import Any

from evalsuite.cli.options import DEFAULT_STORE, Json, Language, StorePath
from evalsuite.errors import InputError
from evalsuite.wording import language as languages
from evalsuite.wording.language import N_, tr

__all__ = ["runs"]

COLUMNS = (
    N_("label"), N_("run id"), N_("grader"), N_("right or score"), N_("problems"), N_("completions"), N_("truncated"),
    N_("runs on"), N_("tags"),
)  # fmt: skip


def runs(
    *, tag: str | None = None, store: StorePath = DEFAULT_STORE, language: Language = "en", json: Json = False
) -> None:
    """List the stored runs.

    Parameters
    ----------
    tag
        Only those that have this tag.

    Examples
    --------
    evalsuite runs --store data/runs/main.duckdb
    """
    from evalsuite.console import print_json, print_table
    from evalsuite.documents.runs import of_runs
    from evalsuite.store import queries
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        overview = queries.run_overview(opened.connection)
    if tag is not None:
        known = sorted({word for run in overview for word in run["tags"]})
        if tag not in known:
            raise InputError(f"no run of {store} has the tag {tag!r}. Tags there: {', '.join(known) or 'none'}")
        overview = [run for run in overview if tag in run["tags"]]
    if json:
        print_json(of_runs(overview).as_dict())
        return
    with languages.language(language):
        print_table(tr("Runs of {store}", store=store), [tr(column) for column in COLUMNS], map(_row, overview))


def _row(run: Mapping[str, Any]) -> tuple[str, ...]:
    from evalsuite.wording import numbers
    from evalsuite.wording.grader_names import grader_name

    done, planned = run["n_done"], run["n_planned"]
    completions = numbers.count(done)
    if done != planned:
        completions = tr("{done} of {planned}, unfinished", done=completions, planned=numbers.count(planned))
    return (
        run["label"],
        run["run_id"],
        grader_name(run["primary_grader"]),
        _result(run) if done else "",
        numbers.count(run["n_problems"]),
        completions,
        tr("unknown") if run["n_unknown_stop"] else numbers.count(run["n_truncated"]),
        numbers.count(run["n_run_on"]) if run["n_run_on"] else "",
        ", ".join(run["tags"]),
    )


def _result(run: Mapping[str, Any]) -> str:
    """Return the share of right completions, or the mean score."""
    from evalsuite.wording import numbers
    from evalsuite.wording.units import Unit

    if run["score_range"] is None:
        return numbers.percent(run["n_correct"] / run["n_done"])
    unit = Unit(tuple(run["score_range"]))
    return f"{unit.level(run['mean_score'])} {unit.span}"
