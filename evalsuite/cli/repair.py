"""``evalsuite repair``: mend a store, after a copy."""

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["repair"]


def repair(store: StorePath = DEFAULT_STORE, *, json: Json = False) -> None:
    """Mend what `verify` finds wrong with a store and say what is lost; the store as it was is kept beside it.

    Examples
    --------
    evalsuite repair data/runs/main.duckdb
    """
    from evalsuite.console import print_json, print_line
    from evalsuite.documents.store_files import StoreRepaired
    from evalsuite.errors import StoreError
    from evalsuite.evaluation.score_graders import SCORE_GRADERS
    from evalsuite.grading.graders import ALL_GRADERS
    from evalsuite.store.repair import repair as mend

    done = mend(store, (*ALL_GRADERS, *SCORE_GRADERS))
    copy = "" if done.copy is None else str(done.copy)
    if json:
        document = StoreRepaired(
            store=str(store), copy=copy, mended=done.mended, lost=done.lost, remaining=done.remaining
        )
        print_json(document.as_dict())
    elif done.copy is None:
        print_line(f"{store} is sound; nothing was changed")
    else:
        print_line(f"as it was: {copy}")
        for name, sentences in (("mended", done.mended), ("lost", done.lost), ("still wrong", done.remaining)):
            for sentence in sentences:
                print_line(f"{name}: {sentence}")
    if done.remaining:
        raise StoreError(f"{store} is still not sound: take a copy of it that is, or import and run again.")
