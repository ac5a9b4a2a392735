"""The command line: the list of commands, and how one of them is run.

Data goes to stdout, everything else to stderr. A command is one function in a file of its own, which imports heavy
modules inside, so that help and pure statistics start without them.

Exit codes: 0 done; 1 failure; 2 wrong usage or input; 3 data, model or extra not available; 4 run incomplete, the
same command continues it; 5 store locked or unreadable; 6 the condition of --fail-if came true;
130 interrupted; 143 terminated by SIGTERM, 129 by SIGHUP.
"""

import inspect
import os
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress

from cyclopts import App, CycloptsError, Parameter

from evalsuite import __version__
from evalsuite.cli.accuracy import accuracy
from evalsuite.cli.adapter_card import adapter_card
from evalsuite.cli.analyse import analyse
from evalsuite.cli.archive import archive
from evalsuite.cli.audit import audit
from evalsuite.cli.bench import bench
from evalsuite.cli.compare import compare
from evalsuite.cli.delete import delete
from evalsuite.cli.doctor import doctor
from evalsuite.cli.experiment import experiment
from evalsuite.cli.export import export
from evalsuite.cli.extend import extend
from evalsuite.cli.grade import grade
from evalsuite.cli.import_results import import_results
from evalsuite.cli.import_training import import_training
from evalsuite.cli.merge import merge
from evalsuite.cli.plan import plan
from evalsuite.cli.rename import rename
from evalsuite.cli.repair import repair
from evalsuite.cli.report import report
from evalsuite.cli.restore import restore
from evalsuite.cli.run import run
from evalsuite.cli.runs import runs
from evalsuite.cli.show import show
from evalsuite.cli.show_prompt import show_prompt
from evalsuite.cli.start import INTERRUPTED, main
from evalsuite.cli.tag import tag
from evalsuite.cli.train import train
from evalsuite.cli.trainings import trainings
from evalsuite.cli.usage import usage_message
from evalsuite.cli.value_sources import PROJECT_FILE, value_sources
from evalsuite.cli.verify import verify
from evalsuite.cli.view import view
from evalsuite.errors import EvalsuiteError, InputError
from evalsuite.files import why_not
from evalsuite.termination import Terminated, Termination

__all__ = ["COMMANDS", "app", "example", "main", "run_command"]

STANDARD_INPUT = "/dev/stdin"
COMMANDS: dict[str, Callable[..., None]] = {
    "run": run,
    "extend": extend,
    "runs": runs,
    "show": show,
    "rename": rename,
    "tag": tag,
    "delete": delete,
    "show-prompt": show_prompt,
    "grade": grade,
    "accuracy": accuracy,
    "audit": audit,
    "compare": compare,
    "plan": plan,
    "report": report,
    "view": view,
    "analyse": analyse,
    "experiment": experiment,
    "import": import_results,
    "export": export,
    "archive": archive,
    "restore": restore,
    "merge": merge,
    "verify": verify,
    "repair": repair,
    "train": train,
    "trainings": trainings,
    "import-training": import_training,
    "adapter-card": adapter_card,
    "doctor": doctor,
    "bench": bench,
}


QUERY_INTERRUPTED = "Query interrupted"
"""What DuckDB raises, as a RuntimeError, for a signal that came while it worked."""
CONTINUED = frozenset({"run", "extend", "train", "experiment", "grade"})
"""Commands that keep what they have made when they are stopped."""


def _shown_default(value: object) -> str | None:
    """Return the default as help shows it: none for what is off or empty unless it is given."""
    return None if value is None or value is False or value in ((), "") else str(value)


app = App(
    name="evalsuite",
    version=__version__,
    help="Evaluate language models on word problems, and tell real gains from noise.",
    help_epilogue="`evalsuite COMMAND --help` explains a command. With --debug an error shows its traceback.",
    # No --no-FLAG and --empty-LIST twins: `--json=false` takes back what a file or a variable has set.
    default_parameter=Parameter(negative=(), show_default=_shown_default),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


def example(command: Callable[..., None]) -> str:
    """Return the example in the docstring of a command."""
    return (inspect.getdoc(command) or "").partition("Examples\n--------\n")[2].strip()


def _epilogue(name: str, command: Callable[..., None]) -> str:
    variables = name.upper().replace("-", "_")
    return (
        f"Example: `{example(command)}`\n\n"
        f"Each option may also come from EVALSUITE_{variables}_OPTION or EVALSUITE_OPTION (with _ for -), from the "
        f"table [{name}] of {PROJECT_FILE}, or from the user's config.toml; a flag comes first, then this order."
    )


for _name, _command in COMMANDS.items():
    app.command(_command, name=_name, help_epilogue=_epilogue(_name, _command))


def run_command(arguments: list[str], termination: Termination | None = None) -> int:
    """Run one command and return its exit code; user errors become a message on stderr.

    Parameters
    ----------
    termination
        What turns signals into exceptions already; None does it for the time of the command.
    """
    if termination is not None:
        return _run_command(arguments, termination)
    with Termination() as own:
        return _run_command(arguments, own)


def _run_command(arguments: list[str], termination: Termination) -> int:
    debug = "--debug" in arguments
    try:
        app.config = value_sources(app)
        # A hyphen alone is standard input, as everywhere; the parser would take it for an option.
        words = [STANDARD_INPUT if a == "-" else a for a in arguments if a != "--debug"]
        app(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        return _stopped(arguments, stop.number if isinstance(stop, Terminated) else termination.arrived)
    except BrokenPipeError:
        # The reader of our output has gone; what is left to print has nobody to read it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except SystemExit as stopped:
        # rich, which prints help and tables, leaves so where the reader of its output has gone.
        if not isinstance(stopped.__context__, BrokenPipeError):
            raise
    except Exception as error:
        if isinstance(error, RuntimeError) and QUERY_INTERRUPTED in str(error):
            return _stopped(arguments, termination.arrived)
        if debug and not isinstance(error, CycloptsError):
            raise
        return _explain(error)
    return 0


def _stopped(arguments: list[str], number: int | None) -> int:
    """Say that a signal has ended the command, None for Ctrl-C, and return the exit code."""
    with suppress(OSError):
        word = "interrupted" if number is None else "terminated"
        sys.stderr.write(f"\nevalsuite: {word}; what was stored is safe. {_again(arguments)}\n")
    return INTERRUPTED if number is None else 128 + number


def _again(arguments: list[str]) -> str:
    """Return how to go on with a command that keeps what it has made, or how to begin any other again."""
    how = "Continue with" if CONTINUED.intersection(arguments[:1]) else "Begin again with"
    return f"{how} the same command:\n  evalsuite {shlex.join(arguments)}"


def _explain(error: Exception) -> int:
    """Say on stderr what went wrong, and return the exit code."""
    from evalsuite.console import say
    from evalsuite.extras import explain_import

    if isinstance(error, ImportError):
        error = explain_import(error) or error
    if isinstance(error, CycloptsError):
        say(f"evalsuite: {usage_message(error, list(COMMANDS))}")
        return InputError.exit_code
    if isinstance(error, EvalsuiteError):
        say(f"evalsuite: {error}")
        return error.exit_code
    if isinstance(error, OSError) and error.strerror is not None:
        file = "a file" if error.filename is None else error.filename
        say(f"evalsuite: cannot use {file}: {why_not(error)}")
        return 1
    if isinstance(error, MemoryError):
        say(f"evalsuite: this needs more memory than there is. {error}")
        return 1
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        say("evalsuite: an argument or a text holds a byte that is no UTF-8, or half of a surrogate pair. Mend it.")
        return InputError.exit_code
    say(
        f"evalsuite: {type(error).__name__}: {error}\nThis was not foreseen. Nothing that was stored is lost; "
        "--debug shows where it happened."
    )
    return 1
