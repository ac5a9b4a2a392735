"""The command line: one short function a command, each calling one library function.

Data goes to stdout, everything else to stderr. Heavy modules are imported inside the command that needs
them, so that help and pure statistics start without them.

Exit codes: 0 done; 1 failure; 2 wrong usage or input; 3 data or model not available; 4 run incomplete, the
same command continues it; 5 store locked or unreadable; 6 the condition of --fail-if came true;
130 interrupted.
"""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Env, Toml

from evalsuite import __version__
from evalsuite.errors import EvalsuiteError, InputError, RunIncompleteError
from evalsuite.settings import DEFAULT_STORE, ComparisonSettings, FailIf, RunSettings

__all__ = ["app", "main"]

PROJECT_FILE = "evalsuite.toml"
SOURCES: dict[str, str] = {}


def _user_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "evalsuite" / "config.toml"


def _record_sources(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:  # noqa: ARG001
    """Remember where each given value came from: flag, environment variable or file."""
    for argument in arguments:
        if argument.tokens:
            token = argument.tokens[0]
            SOURCES[argument.name.lstrip("-")] = token.keyword or "" if token.source == "env" else token.source


app = App(
    name="evalsuite",
    version=__version__,
    help="Evaluate language models on word problems, and tell real gains from noise.",
    config=[
        Env("EVALSUITE_"),
        Env("EVALSUITE_", command=False, show=False),
        Toml(PROJECT_FILE, search_parents=True),
        Toml(_user_file()),
        _record_sources,
    ],
    result_action="return_value",
)

DEFAULT_SETTINGS = RunSettings()
DEFAULT_COMPARISON = ComparisonSettings()
StorePath = Annotated[Path, Parameter(help="The DuckDB file.")]
Json = Annotated[bool, Parameter(negative="", help="Print one JSON document on stdout.")]
Settings = Annotated[RunSettings, Parameter(name="*")]


@app.command
def run(
    *,
    settings: Settings = DEFAULT_SETTINGS,
    store: StorePath = DEFAULT_STORE,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Evaluate a model and store every completion; the same command continues a stopped run.

    Parameters
    ----------
    dry_run
        Say what would be done, without loading the model.
    """
    from evalsuite.run import execute, prepare

    prepared = prepare(settings)
    if dry_run:
        from evalsuite.printing import print_plan

        print_plan(prepared, as_json=json)
        return
    from evalsuite.console import say
    from evalsuite.display import RunDisplay
    from evalsuite.generation.huggingface import load
    from evalsuite.printing import print_outcome
    from evalsuite.store.show import describe_run
    from evalsuite.store.store import Store

    with Store.writer(store) as opened:
        spec = prepared.spec
        say(f"{spec.model}, template {spec.template}, {prepared.problem_set.name}, cap {spec.decoding.max_new_tokens}")
        generator = load(prepared.files, dtype=settings.dtype)
        n_planned = len(prepared.order.rows) * settings.completions
        with RunDisplay(n_planned, spec.decoding.max_new_tokens) as display:
            outcome = execute(prepared, opened, watcher=display.watcher, sources=dict(SOURCES), generator=generator)
        print_outcome(outcome, describe_run(opened, outcome.run_id), as_json=json)
    if not outcome.finished:
        raise RunIncompleteError(
            f"{outcome.n_done} of {outcome.n_planned} completions are stored. Continue with the same command:\n"
            f"  evalsuite {' '.join(sys.argv[1:])}"
        )


@app.command
def runs(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """List the stored runs."""
    from evalsuite.console import print_json
    from evalsuite.printing import print_runs
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
    from evalsuite.store.show import describe_problem, describe_run
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        found = describe_run(opened, name) if problem is None else describe_problem(opened, name, problem)
    if json:
        print_json(found)
    else:
        print_nested(found)


@app.command
def grade(name: str, /, *, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Grade the stored completions of a run again; needs no model.

    Parameters
    ----------
    name
        Label or id of the run.
    """
    from evalsuite.console import print_json, print_table
    from evalsuite.evaluate import grade_run
    from evalsuite.grading.graders import GRADERS
    from evalsuite.store import queries
    from evalsuite.store.read import find_run
    from evalsuite.store.store import Store

    with Store.writer(store) as opened:
        head = find_run(opened, name)
        written = grade_run(opened, head, GRADERS)
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
    from evalsuite.arguments import parse_counts
    from evalsuite.comparison import accuracy_intervals
    from evalsuite.printing import print_accuracy

    counts = parse_counts(target)
    if counts is not None:
        found = accuracy_intervals(*counts).as_dict()
    else:
        from analyses.accuracy import accuracy_of_run
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
    from evalsuite.console import print_json, say
    from evalsuite.store.importing import import_file
    from evalsuite.store.store import Store

    with Store.writer(store) as opened:
        report = import_file(opened, file, label=label)
    if json:
        print_json(report)
        return
    say(f"{report.label}: {report.n_completions} completions of {report.n_problems} problems, {report.n_new} new")
    if report.unknown_stop:
        say(f"{report.unknown_stop} completions have no stop reason: whether the cap cut them is unknown")
    if report.ignored_columns:
        say(f"not read: {', '.join(report.ignored_columns)}")
    sys.stdout.write(f"{report.run_id}\n")


@app.command
def export(name: str, file: Path, /, *, store: StorePath = DEFAULT_STORE) -> None:
    """Write the completions and grades of a run to Parquet, CSV or JSONL.

    Parameters
    ----------
    name
        Label or id of the run.
    file
        Its ending decides the format.
    """
    from evalsuite.console import say
    from evalsuite.store.exporting import export_run
    from evalsuite.store.read import find_run
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        n_rows = export_run(opened, find_run(opened, name), file)
    say(f"{n_rows} rows")
    sys.stdout.write(f"{file}\n")


@app.command
def doctor(*, store: StorePath = DEFAULT_STORE, json: Json = False) -> None:
    """Say what works on this machine and what to do about the rest."""
    from evalsuite.console import print_json, print_table
    from evalsuite.doctor import examine

    checks = examine(store)
    if json:
        print_json({"schema": "evalsuite.doctor/1", "checks": [asdict(c) for c in checks]})
    else:
        print_table("evalsuite doctor", ("", "status", "found", "advice"), [list(asdict(c).values()) for c in checks])
    if any(c.status == "missing" for c in checks):
        raise EvalsuiteError("something that evalsuite needs is missing; see the advice above")


@app.command
def compare(
    *names: str,
    table: Annotated[
        tuple[int, int, int, int] | None, Parameter(help="BOTH WINS LOSSES NEITHER; needs no store.")
    ] = None,
    counts: Annotated[tuple[str, str] | None, Parameter(help="Two scores such as 1/5 2/5; needs no store.")] = None,
    gates: Annotated[ComparisonSettings, Parameter(name="*")] = DEFAULT_COMPARISON,
    fail_if: Annotated[tuple[FailIf, ...], Parameter(consume_multiple=True)] = (),
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Say whether a new run is better than a base: two or more stored runs, a paired table, or two scores.

    Parameters
    ----------
    names
        Labels or ids of stored runs, the base first.
    fail_if
        Exit with code 6 if the verdict of any comparison is one of these (loss, gain, unresolved, not-gain).
    """
    from evalsuite.comparison import compare_counts, compare_table
    from evalsuite.gates import check_gates
    from evalsuite.printing import print_comparison

    given = [bool(names), table is not None, counts is not None]
    if sum(given) != 1:
        raise InputError("compare needs one of: the labels of stored runs, --table, or --counts")
    if table is not None:
        from evalsuite.arguments import paired_table

        found = compare_table(paired_table(table), alpha=gates.alpha, margin=gates.margin).as_dict()
    elif counts is not None:
        from evalsuite.arguments import two_scores

        found = compare_counts(*two_scores(*counts), alpha=gates.alpha).as_dict()
    else:
        found = _compare_stored(names, gates, store)
    print_comparison(found, as_json=json)
    check_gates(found, fail_if)


def _compare_stored(names: tuple[str, ...], gates: ComparisonSettings, store: Path) -> dict[str, Any]:
    from analyses.pairing import pair_runs
    from analyses.run_comparison import compare_runs
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
    from evalsuite import planning
    from evalsuite.printing import print_planning

    if (n is None) == (base is None or new is None):
        raise InputError("plan needs either --base and --new, or --n")
    if n is not None:
        found = planning.plan_for_n(n, power=power, alpha=alpha).as_dict()
    else:
        accuracies = (base or 0.0, new or 0.0)
        found = planning.plan(*accuracies, power=power, alpha=alpha, completions=completions).as_dict()
    print_planning(found, as_json=json)


@app.command
def report(
    *names: str,
    gates: Annotated[ComparisonSettings, Parameter(name="*")] = DEFAULT_COMPARISON,
    store: StorePath = DEFAULT_STORE,
    out: Path = Path("reports/site"),
    name: str = "comparison",
    seed: int = 0,
) -> None:
    """Compare stored runs and write the answer as one self-contained HTML page.

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
    """
    from analyses.model_comparison import analyse
    from evalsuite.console import say
    from evalsuite.store.store import Store
    from reports.build import build

    if len(names) < 2:
        raise InputError(f"report needs the labels of at least two stored runs, got {len(names)}")
    with Store.reader(store) as opened:
        findings = analyse(opened, names, seed=seed, **asdict(gates))
    findings.save(out / name)
    path = build([findings], out, title=findings.question, name=name)
    say(findings.sentence)
    sys.stdout.write(f"{path}\n")


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command and return its exit code; user errors become a message on stderr."""
    debug = "--debug" in arguments
    try:
        app([a for a in arguments if a != "--debug"], exit_on_error=False, print_error=True)
    except CycloptsError:
        return InputError.exit_code
    except EvalsuiteError as error:
        if debug:
            raise
        from evalsuite.console import say

        say(f"evalsuite: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\nevalsuite: interrupted; what was stored is safe\n")
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; what is left to print has nobody to read it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
