"""In what runs differ: their specifications property by property, and how they are graded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalsuite.records import NOT_RECORDED, UNVERIFIED
from evalsuite.store import queries
from evalsuite.store.store import Store, StoredRun
from evalsuite.wording.language import N_, tr
from evalsuite.wording.replicates import changes_text

__all__ = ["PROPERTIES", "Difference", "differences", "grader_differences", "property_name"]

PROPERTIES: dict[str, tuple[str, ...]] = {
    "model": ("weights_fingerprint",),
    "adapter": ("adapter_fingerprint",),
    "prompt_template": ("template", "template_fingerprint"),
    "token_limit": ("decoding", "max_new_tokens"),
    "temperature": ("decoding", "temperature"),
    "top_p": ("decoding", "top_p"),
    "sampling_seed": ("decoding", "seed"),
    "engine": ("engine",),
    "dtype": ("dtype",),
    "replicate": ("replicate",),
}
"""What runs can differ in, with where the specification of a run says it."""
NAMES = {
    "model": N_("model"),
    "adapter": N_("adapter"),
    "prompt_template": N_("prompt template"),
    "token_limit": N_("token limit"),
    "temperature": N_("temperature"),
    "top_p": N_("top-p"),
    "sampling_seed": N_("sampling seed"),
    "engine": N_("engine"),
    "dtype": N_("dtype"),
    "replicate": N_("replicate"),
    "primary_grader": N_("primary grader"),
    "grader_version": N_("grader version"),
}
"""How a property is called on a page; the last two are not of the specification."""
READABLE = {"model": "model", "adapter": "adapter", "prompt_template": "template"}
"""Where the specification names what a fingerprint only identifies."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One property in which runs differ, by its code in `NAMES`, with its value in each run."""

    name: str
    values: tuple[str, ...]


def property_name(code: str) -> str:
    """Return what a page calls the property `code`."""
    return tr(NAMES[code])


def differences(heads: Sequence[StoredRun]) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Return all in which the specifications are known to differ, and the properties that one does not record."""
    found, unknown = [], []
    for code, path in PROPERTIES.items():
        values = [_value(head.spec, path) for head in heads]
        if any(value is _MISSING for value in values):
            unknown.append(code)
        elif len({str(value) for value in values}) > 1:
            readable = [
                head.spec.get(READABLE[code], "") if code in READABLE else value
                for head, value in zip(heads, values, strict=True)
            ]
            texts = tuple(_text(name, value) for name, value in zip(readable, values, strict=True))
            found.append(Difference(code, texts))
    return tuple(found), tuple(unknown)


_MISSING = object()


def _value(spec: dict[str, Any], path: tuple[str, ...]) -> Any:
    """Return the value at `path`; for a pair of keys of one level, both values together."""
    if path[0] == "decoding":
        return spec.get("decoding", {}).get(path[1], _MISSING)
    if path == ("engine",) and (serving := spec.get("serving")):
        return tr(", ").join([spec["engine"], *(str(value) for value in serving.values() if value)])
    values = [_MISSING if (value := spec.get(key, _MISSING)) == NOT_RECORDED else value for key in path]
    return _MISSING if _MISSING in values else values[0] if len(values) == 1 else tuple(values)


def _text(name: Any, value: Any) -> str:
    """Name the value; two weights under one name are told apart by their fingerprint."""
    if value is None:
        return tr("none")
    if isinstance(value, dict):
        return changes_text(value["changes"])
    if isinstance(value, str) and name not in ("", None, value):
        return f"{name} [{value.removeprefix(UNVERIFIED)[:8]}]"
    return str(name if name not in ("", None) else value)


def grader_differences(store: Store, heads: Sequence[StoredRun], grader: str | None) -> list[Difference]:
    """Tell whether other rules, or other versions of one rule, graded the runs."""
    names = [grader or head.primary_grader for head in heads]
    if len(set(names)) > 1:
        return [Difference("primary_grader", tuple(names))]
    of_runs = [queries.grader_versions(store.connection, h.run_id, names[0]) for h in heads]
    versions = tuple(tr(" and ").join(map(str, of_run)) for of_run in of_runs)
    return [Difference("grader_version", versions)] if len(set(versions)) > 1 else []
