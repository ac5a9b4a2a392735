"""``evalsuite verify``: whether a store holds what it says."""

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["verify"]


def verify(store: StorePath = DEFAULT_STORE, *, json: Json = False) -> None:
    """Examine a store: its bytes, references, hashes, plans, tokenizers, and grades made again.

    Exit code 0 says that it is sound, 5 that something is wrong.

    Examples
    --------
    evalsuite verify data/runs/main.duckdb
    """
    from evalsuite.console import print_json, print_line
    from evalsuite.documents.store_files import StoreVerified
    from evalsuite.errors import StoreError
    from evalsuite.evaluation.score_graders import SCORE_GRADERS
    from evalsuite.grading.graders import ALL_GRADERS
    from evalsuite.store.verify import verify as examine

    found = examine(store, (*ALL_GRADERS, *SCORE_GRADERS))
    if json:
        document = StoreVerified(
            store=str(store), sound=not found.faults, faults=found.faults, not_checked=found.not_checked
        )
        print_json(document.as_dict())
    else:
        for fault in found.faults:
            print_line(f"wrong: {fault}")
        for sentence in found.not_checked:
            print_line(f"not checked: {sentence}")
    if found.faults:
        raise StoreError(f"{store} is not sound. `evalsuite repair {store}` mends what can be mended, after a copy.")
    if not json:
        print_line(f"{store} is sound")
