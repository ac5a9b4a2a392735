"""The command line: one short function a command, each calling one library function.

Data goes to stdout, everything else to stderr. Heavy modules are imported inside the command that needs
them, so that help and pure statistics start without them.

Exit codes: 0 done; 1 failure; 2 wrong usage or input; 3 data or model not available; 4 run incomplete, the
same command continues it; 5 store locked or unreadable; 6 the condition of --fail-if came true;
130 interrupted.
"""

import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from evalsuite import __version__
from evalsuite.cli import training
from evalsuite.cli.value_sources import PROJECT_FILE, SOURCES, value_sources
from evalsuite.errors import EvalsuiteError, InputError, RunIncompleteError
from evalsuite.settings import DEFAULT_STORE, ComparisonSettings, ExtensionSettings, FailIf, RunSettings, SeedOptions

__all__ = ["app", "main"]

app = App(
    name="evalsuite",
    version=__version__,
    help="Evaluate language models on word problems, and tell real gains from noise.",
    help_epilogue=f"Values come from flags, EVALSUITE_* variables, {PROJECT_FILE} and the user's config.toml, in this "
    "order. With --debug an error shows its traceback.",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)

DEFAULT_SETTINGS = RunSettings()
DEFAULT_COMPARISON = ComparisonSettings()
NO_ARMS = SeedOptions()
StorePath = Annotated[Path, Parameter(help="The DuckDB file.")]
Json = Annotated[bool, Parameter(negative="", help="Print one JSON document on stdout.")]
Settings = Annotated[RunSettings, Parameter(name="*")]
Arms = Annotated[SeedOptions, Parameter(name="*")]
Extension = Annotated[ExtensionSettings, Parameter(name="*")]


@app.command
def run(
    *,
    settings: Settings = DEFAULT_SETTINGS,
    replicate: str | None = None,
    store: StorePath = DEFAULT_STORE,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Evaluate a model and store every completion; the same command continues a stopped run.

    Parameters
    ----------
    replicate
        Repeat this stored run with another --batch-size or --dtype (by default half the batch size), to measure how
        many verdicts change with the arithmetic alone.
    dry_run
        Say what would be done, without loading the model.
    """
    from evalsuite.cli.output import print_outcome, print_plan
    from evalsuite.evaluation.run import prepare
    from evalsuite.store.store import Store

    if replicate is None:
        prepared = prepare(settings)
    else:
        from evalsuite.evaluation.from_stored_run import prepare_replicate

        given = {key: value for key, value in asdict(settings).items() if SOURCES.get(key.replace("_", "-")) == "cli"}
        with Store.reader(store) as opened:
            prepared = prepare_replicate(opened, replicate, given)
    if dry_run:
        print_plan(prepared, as_json=json)
        return
    from evalsuite.evaluation.progress import execute_shown
    from evalsuite.store.descriptions import describe_run

    with Store.writer(store) as opened:
        outcome = execute_shown(prepared, opened, sources=dict(SOURCES))
        print_outcome(outcome, describe_run(opened, outcome.run_id), as_json=json)
    _require_finished(outcome)


@app.command
def extend(name: str, /, *, settings: Extension, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Continue the completions that the cap cut, as a new run with a larger cap, and say what the old cap cost.

    Parameters
    ----------
    name
        Label or id of a finished run.
    """
    from analyses.truncation.extension_gain import cap_cost
    from evalsuite.cli.output import print_cap_cost
    from evalsuite.evaluation.from_stored_run import prepare_extension
    from evalsuite.evaluation.progress import execute_shown
    from evalsuite.store.store import Store

    changes = {key: value for key, value in asdict(settings).items() if value is not None}
    with Store.writer(store, create=False) as opened:
        prepared = prepare_extension(opened, name, changes.pop("max_new_tokens"), changes)
        outcome = execute_shown(prepared, opened, sources=dict(SOURCES))
        _require_finished(outcome)
        print_cap_cost(cap_cost(opened, name, outcome.run_id).as_dict(), as_json=json)


def _require_finished(outcome: Any) -> None:
    if not outcome.finished:
        raise RunIncompleteError(
            f"{outcome.n_done} of {outcome.n_planned} completions are stored. Continue with the same command:\n"
            f"  evalsuite {shlex.join(sys.argv[1:])}"
        )


@app.command
def runs(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """List the stored runs."""
    from evalsuite.cli.output import print_runs
    from evalsuite.console import print_json
    from evalsuite.store import queries
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        rows = queries.run_overview(opened.connection)
    if json:
        print_json({"schema": "evalsuite.runs/1", "runs": rows})
        return
    print_runs(store, rows)


@app.command
def show(name: str, problem: str | None = None, /, *, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Show a run, or one problem of it with its completions.

    Parameters
    ----------
    name
        Label or id of the run.
    problem
        Id of a problem, such as gsm8k/test/17 or 17.
    """
    from evalsuite.console import print_json, print_nested
    from evalsuite.store.descriptions import describe_problem, describe_run
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        found = describe_run(opened, name) if problem is None else describe_problem(opened, name, problem)
    if json:
        print_json(found)
    else:
        print_nested(found)


@app.command
def grade(name: str, /, *, all_graders: bool = False, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Grade the stored completions of a run again; needs no model.

    Parameters
    ----------
    name
        Label or id of the run.
    all_graders
        Also by the rules of other programs.
    """
    from evalsuite.console import print_json, print_table
    from evalsuite.evaluation.pipeline import grade_run
    from evalsuite.grading.graders import ALL_GRADERS, GRADERS
    from evalsuite.store import queries
    from evalsuite.store.runs import find_run
    from evalsuite.store.store import Store

    with Store.writer(store, create=False) as opened:
        head = find_run(opened, name)
        written = grade_run(opened, head, ALL_GRADERS if all_graders else GRADERS)
        rows = queries.graders(opened.connection, head.run_id)
    if json:
        print_json({"schema": "evalsuite.grade/1", "run_id": head.run_id, "n_written": written, "graders": rows})
        return
    columns = ("grader", "grader_version", "n_graded", "n_correct", "n_no_answer")
    print_table(f"Grades of {head.label}", columns, [[row[c] for c in columns] for row in rows])


@app.command
def accuracy(
    target: str, /, *, grader: str | None = None, store: StorePath = DEFAULT_STORE, json: Json = False
) -> None:
    """Give an accuracy with its intervals.

    Parameters
    ----------
    target
        Counts such as 1/5, which need no store, or the label or id of a run.
    grader
        Whose verdict counts; the run's primary grader if not given.
    """
    from evalsuite.cli.output import print_accuracy
    from evalsuite.comparison.accuracy import accuracy_intervals
    from evalsuite.comparison.parse import parse_counts

    counts = parse_counts(target)
    if counts is not None:
        if grader is not None:
            raise InputError("--grader has no effect on counts; it needs the label of a run")
        found = accuracy_intervals(*counts).as_dict()
    else:
        from analyses.runs.accuracy import accuracy_of_run
        from evalsuite.store.store import Store

        with Store.reader(store) as opened:
            found = accuracy_of_run(opened, target, grader=grader)
    print_accuracy(found, as_json=json)


@app.command(name="import")
def import_(file: Path, /, *, label: str, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Import per-problem results from JSONL, CSV or Parquet.

    Parameters
    ----------
    file
        Columns problem_id and correct; optional completion_index, completion, n_tokens, stop_reason, cap, gold,
        question.
    label
        Name of the run in tables.
    """
    from evalsuite.cli.output import print_import
    from evalsuite.store.imports.results_file import import_file
    from evalsuite.store.store import Store

    with Store.writer(store) as opened:
        report = import_file(opened, file, label=label)
    print_import(report, as_json=json)


@app.command
def export(name: str, file: Path, /, *, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Write the completions and grades of a run to Parquet, CSV or JSONL.

    Parameters
    ----------
    name
        Label or id of the run.
    file
        Its ending decides the format.
    """
    from evalsuite.console import print_json, print_line, say
    from evalsuite.store.export import export_run
    from evalsuite.store.runs import find_run
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        n_rows = export_run(opened, find_run(opened, name), file)
    if json:
        print_json({"schema": "evalsuite.export/1", "file": str(file), "n_rows": n_rows})
        return
    say(f"{n_rows} rows")
    print_line(str(file))


@app.command
def doctor(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Say what works on this machine and what to do about the rest."""
    from evalsuite.cli.doctor import examine
    from evalsuite.console import print_json, print_table

    checks = examine(store)
    if json:
        print_json({"schema": "evalsuite.cli.doctor/1", "checks": [asdict(c) for c in checks]})
    else:
        print_table("evalsuite doctor", ("", "status", "detail", "advice"), [list(asdict(c).values()) for c in checks])
    if any(c.status == "missing" for c in checks):
        raise EvalsuiteError("something that evalsuite needs is missing; see the advice above")


@app.command
def compare(
    *names: str,
    table: Annotated[
        tuple[int, int, int, int] | None, Parameter(help="BOTH WINS LOSSES NEITHER; needs no store.")
    ] = None,
    counts: Annotated[tuple[str, str] | None, Parameter(help="Two scores such as 1/5 2/5; needs no store.")] = None,
    arms: Arms = NO_ARMS,
    gates: Annotated[ComparisonSettings, Parameter(name="*")] = DEFAULT_COMPARISON,
    fail_if: Annotated[tuple[FailIf, ...], Parameter(consume_multiple=True)] = (),
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Say whether a new run is better than a base: stored runs, training seeds of two arms, a paired table, two scores.

    Parameters
    ----------
    names
        Labels or ids of stored runs, the base first.
    fail_if
        Exit with code 6 if the verdict of any comparison is one of these; not-equivalent needs --margin.
    """
    from evalsuite.cli.checks import check_arms, check_comparison
    from evalsuite.cli.fail_if import check_gates
    from evalsuite.cli.output import print_comparison
    from evalsuite.comparison.paired_table import compare_table
    from evalsuite.comparison.parse import paired_table, two_scores
    from evalsuite.comparison.scores_only import compare_counts

    if "not-equivalent" in fail_if and gates.margin is None:
        raise InputError("--fail-if not-equivalent needs --margin: equivalence is judged against a margin")
    by_arm = check_arms(names, arms)
    given = [bool(names), by_arm, table is not None, counts is not None]
    if sum(given) != 1 or len(names) == 1:
        raise InputError(
            "compare needs exactly one of: the labels of two or more stored runs, --base with --new, --table, --counts"
        )
    check_comparison(gates, stored=bool(names) or by_arm, paired=counts is None)
    if table is not None:
        found = compare_table(paired_table(table), alpha=gates.alpha, margin=gates.margin).as_dict()
    elif counts is not None:
        found = compare_counts(*two_scores(*counts), alpha=gates.alpha).as_dict()
    elif by_arm:
        found = _compare_arms(arms, gates, store)
    else:
        found = _compare_stored(names, gates, store)
    print_comparison(found, as_json=json)
    check_gates(found, fail_if)


def _compare_stored(names: tuple[str, ...], gates: ComparisonSettings, store: Path) -> dict[str, Any]:
    from analyses.runs.against_base import compare_runs
    from analyses.runs.pairing import pair_runs
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        runs = pair_runs(
            opened,
            names,
            grader=gates.grader,
            only_shared=gates.only_shared,
            allow_unfinished=gates.allow_unfinished,
        )
        return compare_runs(runs, alpha=gates.alpha, margin=gates.margin, without_cap=gates.without_cap).as_dict()


def _compare_arms(arms: SeedOptions, gates: ComparisonSettings, store: Path) -> dict[str, Any]:
    from analyses.seed_comparison import pair_arms
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        return pair_arms(opened, **asdict(arms), **asdict(gates)).as_dict()


@app.command
def plan(
    *,
    base: float | None = None,
    new: float | None = None,
    n: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    completions: int = 1,
    json: Json = False,
) -> None:
    """Say how many problems a difference needs, or what difference a number of problems can detect.

    Parameters
    ----------
    base, new
        Accuracies such as 0.20 and 0.40.
    n
        Number of problems; asks for the smallest detectable difference instead.
    completions
        Completions per problem.
    """
    from evalsuite.cli.checks import check_plan
    from evalsuite.cli.output import print_planning
    from evalsuite.comparison import planning

    check_plan(base, new, n, power=power, alpha=alpha, completions=completions)
    if n is not None:
        found = planning.plan_for_n(n, power=power, alpha=alpha).as_dict()
    else:
        accuracies = (base or 0.0, new or 0.0)
        found = planning.plan(*accuracies, power=power, alpha=alpha, completions=completions).as_dict()
    print_planning(found, as_json=json)


@app.command
def report(
    *names: str,
    arms: Arms = NO_ARMS,
    gates: Annotated[ComparisonSettings, Parameter(name="*")] = DEFAULT_COMPARISON,
    store: StorePath = DEFAULT_STORE,
    out: Path = Path("reports/site"),
    name: str = "comparison",
    seed: int = 0,
    form: Annotated[Literal["html", "markdown"], Parameter(name="format")] = "html",
    language: Literal["en", "zh"] = "en",
    json: Json = False,
) -> None:
    """Compare stored runs and write the answer as one self-contained HTML page, or as Markdown.

    Parameters
    ----------
    names
        Labels or ids of stored runs, the base first.
    out
        Folder of the page.
    name
        Name of the page's file, without ending.
    seed
        Of the bootstrap, where it needs one.
    form
        html, or markdown for Quarto and notebooks; figures, CSV and LaTeX tables lie beside either.
    language
        Of the page's own words: en, or zh for Chinese.
    """
    from analyses import seed_comparison
    from analyses.model_comparison import analysis as model_comparison
    from analyses.model_comparison.companions import further
    from evalsuite.cli.checks import check_arms, check_comparison
    from evalsuite.console import print_json, print_line, say
    from evalsuite.store.store import Store
    from evalsuite.wording import language as languages
    from reports.build import build

    by_arm = check_arms(names, arms)
    if len(names) < 2 and not by_arm:
        raise InputError(f"report needs the labels of at least two stored runs, got {len(names)}")
    check_comparison(gates, stored=True, paired=True)
    with languages.language(language):
        with Store.reader(store) as opened:
            more: tuple[Any, ...] = ()
            if by_arm:
                findings = seed_comparison.analyse(opened, **asdict(arms), **asdict(gates))
            else:
                findings = model_comparison.analyse(opened, names, seed=seed, **asdict(gates))
                unused = {"margin", "without_cap"}
                more = further(opened, names, seed=seed, **{k: v for k, v in asdict(gates).items() if k not in unused})
        for one in (findings, *more):
            one.save(out / name)
        path = build([findings, *more], out, title=findings.question, name=name, form=form)
    if json:
        document: dict[str, Any] = {"page": str(path), "verdict": findings.verdict, "sentence": findings.sentence}
        document["cautions"] = [asdict(caution) for caution in findings.cautions]
        print_json({"schema": "evalsuite.report/1", **document})
        return
    for text in (*(caution.text for caution in findings.cautions), findings.sentence):
        say(text)
    print_line(str(path))


training.register(app)


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit code; user errors become a message on stderr."""
    debug = "--debug" in arguments
    try:
        app.config = value_sources(app)
        app([a for a in arguments if a != "--debug"], exit_on_error=False, print_error=True)
        sys.stdout.flush()
    except CycloptsError:
        return InputError.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\nevalsuite: interrupted; what was stored is safe\n")
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; what is left to print has nobody to read it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if debug:
            raise
        return _explain(error)
    return 0


def _explain(error: Exception) -> int:
    """Say on stderr what went wrong, and return the exit code."""
    from evalsuite.console import say
    from evalsuite.extras import explain_import

    if isinstance(error, ImportError):
        error = explain_import(error) or error
    if isinstance(error, EvalsuiteError):
        say(f"evalsuite: {error}")
        return error.exit_code
    say(
        f"evalsuite: {type(error).__name__}: {error}\nThis was not foreseen. Nothing that was stored is lost; "
        "--debug shows where it happened."
    )
    return 1
