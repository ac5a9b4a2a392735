from typing import TYPE_CHECKING

# Marked as for type checkers although a stub is nothing else: mypy then reads these last, and the cycle from the
# package through its highest layer back to the package does not decide in which order it infers types.
if TYPE_CHECKING:
    from evalsuite.api.accuracy import accuracy as accuracy
    from evalsuite.api.analysis import analyse as analyse
    from evalsuite.api.audit import audit as audit
    from evalsuite.api.comparison import compare as compare
    from evalsuite.api.managing import delete as delete
    from evalsuite.api.managing import import_results as import_results
    from evalsuite.api.managing import rename as rename
    from evalsuite.api.managing import tag as tag
    from evalsuite.api.planning import plan as plan
    from evalsuite.api.pooled import pool as pool
    from evalsuite.api.stored import open_store as open_store
    from evalsuite.errors import ComparisonError as ComparisonError
    from evalsuite.errors import EvalsuiteError as EvalsuiteError
    from evalsuite.errors import InputError as InputError

__version__: str
