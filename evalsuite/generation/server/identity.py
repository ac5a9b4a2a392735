"""What a server says of itself, and the fingerprint made of it. Nothing of it can be checked from here.

A fingerprint over weight files proves that two runs had the same weights. That of a served model is a hash over the
name, the version and the numbers that the server shows: equal ones mean that it said the same, and are marked as
unverified wherever they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalsuite.errors import ModelUnavailableError
from evalsuite.generation.server.connection import Connection
from evalsuite.generation.server.dialects import DIALECTS, OTHER, Dialect
from evalsuite.records import UNVERIFIED, digest

__all__ = ["ServedIdentity", "identify"]

PASSING = ("created", "permission", "loaded", "state", "status")
"""What a server's list says of a model that changes when it is started again."""
LISTED = 20


@dataclass(frozen=True, slots=True)
class ServedIdentity:
    """A model as its server describes it.

    Attributes
    ----------
    model
        The name that requests give.
    dialect, version
        Kind of server, and its version; None where it does not say.
    entry
        What its list of models says of the model; empty where it lists none.
    parent
        What it says of the model that this one is an adapter of; None where it is none.
    """

    model: str
    dialect: Dialect
    version: str | None
    entry: Mapping[str, Any]
    parent: Mapping[str, Any] | None = None

    @property
    def fingerprint(self) -> str:
        """Of the model, or of the one that it is an adapter of."""
        return self._hash(self.entry if self.parent is None else self.parent)

    @property
    def adapter_fingerprint(self) -> str | None:
        """Of the adapter; None where the model is none."""
        return None if self.parent is None else self._hash(self.entry)

    @property
    def context_length(self) -> int | None:
        """Tokens of prompt and completion together; None where the server does not say."""
        for entry in (self.entry, self.entry.get("meta"), self.parent):
            if not isinstance(entry, Mapping):
                continue
            for key in ("max_model_len", "context_length", "max_context_length", "n_ctx"):
                if isinstance(entry.get(key), int) and not isinstance(entry[key], bool) and entry[key] > 0:
                    return int(entry[key])
        return None

    def _hash(self, entry: Mapping[str, Any]) -> str:
        said = {key: value for key, value in entry.items() if key not in PASSING}
        return UNVERIFIED + digest([self.dialect.name, self.version, said or self.model])[:16]


def identify(connection: Connection, model: str) -> ServedIdentity:
    """Ask a server what it is.

    Raises
    ------
    ModelUnavailableError
        It does not answer, wants a key, or serves other models.
    """
    found = connection.get("/v1/models")
    listed = found.get("data") if isinstance(found, dict) else None
    by_name = {
        str(entry["id"]): entry
        for entry in (listed if isinstance(listed, list) else ())
        if isinstance(entry, dict) and entry.get("id") is not None
    }
    if by_name and model not in by_name:
        names = sorted(by_name)
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        raise ModelUnavailableError(
            f"the server at {connection.root} serves no model {model!r}. It serves "
            f"{connection.shown(', '.join(names[:LISTED]))}{more}: give one of these as --model."
        )
    entry = by_name.get(model, {})
    dialect = next((d for d in DIALECTS if d.owned_by == entry.get("owned_by")), OTHER)
    parent = by_name.get(str(entry.get("parent"))) if entry.get("parent") not in (None, model) else None
    return ServedIdentity(model, dialect, _version(connection, dialect), entry, parent)


def _version(connection: Connection, dialect: Dialect) -> str | None:
    said = connection.get(dialect.version_path) if dialect.version_path else None
    if not isinstance(said, dict):
        return None
    return next((connection.shown(str(said[key])) for key in dialect.version_keys if said.get(key)), None)
