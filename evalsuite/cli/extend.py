"""``evalsuite extend``: continue what the token limit cut, and say what that limit cost."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from evalsuite.cli.document import print_document
from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath
from evalsuite.cli.run import require_finished
from evalsuite.cli.value_sources import SOURCES
from evalsuite.settings import ExtensionSettings

if TYPE_CHECKING:
    from analyses.truncation.extension_gain import CapCost

__all__ = ["extend"]


def extend(
    name: str,
    /,
    *,
    settings: Annotated[ExtensionSettings, Parameter(name="*")],
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Continue the completions that the cap cut, as a new run with a larger cap, and say what the old cap cost.

    Parameters
    ----------
    name
        Label or id of a finished run.

    Examples
    --------
    evalsuite extend smollm2-tutorial --max-new-tokens 1000
    """
    from analyses.truncation.extension_gain import cap_cost
    from evalsuite.evaluation.from_stored_run import prepare_extension
    from evalsuite.evaluation.progress import execute_shown
    from evalsuite.store.store import Store

    changes = {key: value for key, value in asdict(settings).items() if value is not None}
    with Store.writer(store, create=False) as opened:
        prepared = prepare_extension(opened, name, changes.pop("max_new_tokens"), changes)
        outcome = execute_shown(prepared, opened, sources=dict(SOURCES))
        require_finished(outcome)
        _print_cost(cap_cost(opened, name, outcome.run_id), as_json=json)


def _print_cost(cost: "CapCost", *, as_json: bool) -> None:
    """Print the sentence, then every completion whose verdict changed."""
    from evalsuite.console import print_line, print_table, say

    if as_json:
        print_document("extend", cost.as_dict())
        return
    print_line(cost.sentence)
    changes = [("gains", change) for change in cost.gains] + [("losses", change) for change in cost.losses]
    if changes:
        rows = [[kind, change.problem_id, change.completion_index] for kind, change in changes]
        print_table("Verdicts that the larger cap changed", ("", "problem", "completion"), rows)
    say(f"The run at {cost.new_cap} tokens is called {cost.child}.")
