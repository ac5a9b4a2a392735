"""Evaluate language models on word problems and tell real gains from noise.

Nothing is loaded until it is used: ``import evalsuite as es`` costs no more than this file.

Examples
--------
>>> import evalsuite as es
>>> es.compare("11/20", "10/20").verdict.kind
'unresolved'
"""

import sys
from importlib import import_module
from pathlib import Path

__version__ = "0.1.0"

# Read by name on first use, so that neither importing the package nor `evalsuite --help` waits for pandas.
_HOME = {
    "accuracy": "evalsuite.api.accuracy",
    "analyse": "evalsuite.api.analysis",
    "audit": "evalsuite.api.audit",
    "compare": "evalsuite.api.comparison",
    "delete": "evalsuite.api.managing",
    "import_results": "evalsuite.api.managing",
    "open_store": "evalsuite.api.stored",
    "plan": "evalsuite.api.planning",
    "pool": "evalsuite.api.pooled",
    "rename": "evalsuite.api.managing",
    "tag": "evalsuite.api.managing",
    "ComparisonError": "evalsuite.errors",
    "EvalsuiteError": "evalsuite.errors",
    "InputError": "evalsuite.errors",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    """Return a public name from the module that holds it (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'evalsuite' has no attribute {name!r}")
    try:
        return getattr(import_module(_HOME[name]), name)
    except ImportError as error:
        raise _shadowed(error) or error from error


def _shadowed(error: ImportError) -> ImportError | None:
    """Return an error that says so where a file or folder of the user's hides a package of this distribution.

    Python looks first in the folder of the script or notebook, and `analyses` and `reports` are names that people use.
    """
    for package in ("analyses", "reports"):
        module = sys.modules.get(package)
        if module is None or package not in (error.name or "").split("."):
            continue
        place = getattr(module, "__file__", None) or package
        if place.startswith(str(Path(__file__).parent.parent / package)):
            continue
        return ImportError(
            f"{place} hides the package {package!r} of evalsuite. Rename it, or start Python in another folder or "
            "with -P; the command evalsuite works in any folder",
            name=error.name,
        )
    return None


def __dir__() -> list[str]:
    return sorted(__all__)
