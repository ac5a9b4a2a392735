"""``evalsuite archive``: runs and trainings as files that can be passed on."""

from pathlib import Path

from evalsuite.cli.options import DEFAULT_STORE, Json, StorePath

__all__ = ["archive"]


def archive(
    folder: Path,
    runs: list[str],
    /,
    *,
    training: tuple[str, ...] = (),
    without_texts_of: str = "",
    store: StorePath = DEFAULT_STORE,
    json: Json = False,
) -> None:
    """Keep runs and trainings as a folder of Parquet files, from which they can be restored.

    Parameters
    ----------
    folder
        Where the files go; an older archive there is replaced.
    runs
        Labels or ids of runs.
    training
        Label or id of a training; may be given several times.
    without_texts_of
        Data set whose texts may not be passed on, such as gsm8k: verdicts, lengths and reasons of stopping are kept.

    Examples
    --------
    evalsuite archive evidence base-gsm8k grpo-gsm8k --training grpo-seed1 --without-texts-of gsm8k
    """
    from evalsuite.console import print_json, print_line
    from evalsuite.documents.results_files import ArchiveWritten
    from evalsuite.store.archive import write_archive
    from evalsuite.store.store import Store

    with Store.reader(store) as opened:
        write_archive(opened, folder, runs=runs, trainings=training, without_texts_of=without_texts_of)
    if json:
        print_json(ArchiveWritten(folder=str(folder), runs=tuple(runs), trainings=training).as_dict())
    else:
        print_line(str(folder))
