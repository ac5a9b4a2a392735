"""``evalsuite extend``: continue what the token limit cut, and say what that limit cost."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath
from evalsuite.cli.run import require_finished
from evalsuite.cli.value_sources import SOURCES
from evalsuite.settings import ExtensionSettings

if TYPE_CHECKING:
    from evalsuite.documents.extension import ExtensionGain

__all__ = ["extend"]


def extend(
    name: str,
    /,
    *,
    settings: Annotated[ExtensionSettings, Parameter(name="*")],
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Continue truncated completions as a new run at a larger token limit, and say what the smaller one cost.

    Parameters
    ----------
    name
        Label or id of a finished run.

    Examples
    --------
    evalsuite extend smollm2-tutorial --max-new-tokens 1000
    """
    from evalsuite.extras import require

    require("models", "Continuing a run")
    from analyses.truncation.extension_gain import token_limit_gain
    from evalsuite.console import print_json
    from evalsuite.documents.extension import of_extension
    from evalsuite.evaluation.from_stored_run import prepare_extension
    from evalsuite.evaluation.progress import execute_shown
    from evalsuite.store.store import Store

    changes = {key: value for key, value in asdict(settings).items() if value is not None}
    with Store.writer(store, create=False) as opened:
        prepared = prepare_extension(opened, name, changes.pop("max_new_tokens"), changes)
        outcome = execute_shown(prepared, opened, sources=dict(SOURCES))
        require_finished(outcome)
        gain = of_extension(token_limit_gain(opened, name, outcome.run_id))
    print_json(gain.as_dict()) if json else _print_gain(gain)


def _print_gain(gain: "ExtensionGain") -> None:
    """Print the sentence, then every completion whose verdict changed."""
    from evalsuite.console import print_line, print_table, say

    print_line(gain.sentence)
    rows = [[kind, *place] for kind, places in (("gains", gain.gains), ("losses", gain.losses)) for place in places]
    if rows:
        print_table("Verdicts that the larger token limit changed", ("", "problem", "completion"), rows)
    say(f"The run at {gain.new_token_limit} tokens is called {gain.child}.")
