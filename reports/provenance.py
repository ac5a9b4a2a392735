"""The provenance of an answer as a reader sees it: the keys that are ours in the current language, names as they are.

In English a key is its code, as in the saved findings. Labels of runs, names of graders and packages, and the settings
of a training, which are those of its libraries, stay as they are in every language.
"""

import re
from collections.abc import Mapping
from typing import Any

from evalsuite.wording.language import N_, tr

__all__ = ["KEYS", "beyond", "translated_provenance"]

KEYS = (
    N_("adapter"),
    N_("adapter_fingerprint"),
    N_("alpha"),
    N_("analysis"),
    N_("attention"),
    N_("command"),
    N_("commit"),
    N_("configuration"),
    N_("data_source"),
    N_("dataset"),
    N_("dataset_hash"),
    N_("decoding"),
    N_("details"),
    N_("device"),
    N_("dtype"),
    N_("engine"),
    N_("family_size"),
    N_("folder"),
    N_("graders"),
    N_("hash"),
    N_("label_counts"),
    N_("labels"),
    N_("lenient"),
    N_("margin"),
    N_("max_new_tokens"),
    N_("model"),
    N_("n_held_out"),
    N_("n_problems"),
    N_("order"),
    N_("paired_seeds"),
    N_("problems"),
    N_("random numbers"),
    N_("replicate"),
    N_("run_id"),
    N_("runs"),
    N_("scores"),
    N_("seconds_of_last_call"),
    N_("seed"),
    N_("source"),
    N_("specification"),
    N_("steps"),
    N_("temperature"),
    N_("template"),
    N_("template_fingerprint"),
    N_("threads"),
    N_("top_p"),
    N_("trained"),
    N_("training_id"),
    N_("trainings"),
    N_("versions"),
    N_("warnings"),
    N_("weights_fingerprint"),
)
"""Keys that the suite chose; others are names."""
NAMED = {"graders", "runs", "trainings", "versions"}
"""Keys whose value has names for keys: labels, graders, packages."""
FOREIGN = {"configuration"}
"""Keys whose value comes from elsewhere: the settings of a training."""
WORDS = {
    "data_source": (N_("made from templates by seed"),),
    "random numbers": (N_("none"),),
    "runs": (N_("assumed"), N_("constructed")),
    "source": (N_("generated"), N_("imported")),
}
"""Words of the suite that stand as values, by their key."""
VERSION = re.compile(r"version (.+)")


def translated_provenance(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mapping with keys and words in the current language; commands, which stand elsewhere, are left out.

    Examples
    --------
    >>> translated_provenance({"command": "evalsuite", "runs": {"seed": {"run_id": "3f", "command": "x"}}})
    {'runs': {'seed': {'run_id': '3f', 'command': 'x'}}}
    """
    return {_key(key): _within(key, inner) for key, inner in value.items() if key != "command"}


def beyond(value: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `value` is not `said` already at the same place.

    Examples
    --------
    >>> beyond({"runs": {"a": 1, "b": 2}, "seed": 0, "alpha": 0.1}, {"runs": {"a": 1}, "seed": 0, "alpha": 0.05})
    {'runs': {'b': 2}, 'alpha': 0.1}
    """
    left: dict[str, Any] = {}
    for key, inner in value.items():
        known = said.get(key)
        if isinstance(inner, Mapping) and isinstance(known, Mapping):
            if further := beyond(inner, known):
                left[key] = further
        elif key not in said or inner != known:
            left[key] = inner
    return left


def _key(key: str) -> str:
    return tr(key) if key in KEYS else key


def _within(key: str, value: Any) -> Any:
    """Return the value of `key`."""
    if key in FOREIGN:
        return value
    if isinstance(value, Mapping):
        if key in NAMED:
            return {name: _named(key, inner) for name, inner in value.items()}
        return {_key(name): _within(name, inner) for name, inner in value.items()}
    return tr(value) if value in WORDS.get(key, ()) else value


def _named(kind: str, value: Any) -> Any:
    """Return what stands behind a name: of a run its properties, of a grader its version."""
    if kind == "graders" and isinstance(value, str) and (version := VERSION.fullmatch(value)):
        return tr("version {number}", number=version[1])
    return _within("", value)
