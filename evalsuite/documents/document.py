"""What every JSON document has in common: its schema first, then its fields, in plain JSON values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

__all__ = ["Document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A JSON document; its fields are its keys, in this order and at full precision."""

    SCHEMA: ClassVar[str]
    """``evalsuite.<command>/<n>``; the number rises when a key changes its name or meaning."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values, the schema first."""
        return {"schema": self.SCHEMA, **self.values()}

    def values(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
