"""The one convention of ``--json``: a document on stdout that names its command and version."""

from collections.abc import Mapping
from typing import Any

__all__ = ["print_document"]


def print_document(command: str, document: Mapping[str, Any], *, version: int = 1) -> None:
    """Print `document` with ``"schema": "evalsuite.<command>/<version>"`` as its first key."""
    from evalsuite.console import print_json

    print_json({"schema": f"evalsuite.{command}/{version}", **{k: v for k, v in document.items() if k != "schema"}})
