"""What a replicate changes, in words of the current language; the store holds the record `Replicate`."""

from collections.abc import Mapping

from evalsuite.wording.language import N_, tr

__all__ = ["changes_text"]

WORDS = {
    "dtype": N_("dtype"),
    "batch_size": N_("batch size"),
    "batch_tokens": N_("batch tokens"),
    "concurrency": N_("concurrency"),
}


def changes_text(changes: Mapping[str, int | str]) -> str:
    """Return the changes of a replicate, such as "dtype float32, batch size 12".

    Parameters
    ----------
    changes
        As in `evalsuite.records.Replicate`: empty where a continued run was repeated without interruption.
    """
    known = [f"{tr(word)} {changes[key]}" for key, word in WORDS.items() if key in changes]
    return tr(", ").join(known) if known else tr("no interruption")
