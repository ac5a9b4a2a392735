"""Evaluate language models on word problems and tell real gains from noise.

Nothing is loaded until it is used: ``import evalsuite as es`` costs no more than this file.

Examples
--------
>>> import evalsuite as es
>>> es.compare("11/20", "10/20").verdict.kind
'unresolved'
"""

from importlib import import_module

__version__ = "0.1.0"

# Read by name on first use, so that neither importing the package nor `evalsuite --help` waits for pandas.
_HOME = {
    "accuracy": "evalsuite.api.accuracy",
    "analyse": "evalsuite.api.analysis",
    "compare": "evalsuite.api.comparison",
    "open_store": "evalsuite.api.stored",
    "plan": "evalsuite.api.planning",
    "ComparisonError": "evalsuite.errors",
    "EvalsuiteError": "evalsuite.errors",
    "InputError": "evalsuite.errors",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    """Return a public name from the module that holds it (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'evalsuite' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
