"""Where a page is to lie, from what was typed: a title, any text as a name, a folder or the very file."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evalsuite.errors import InputError

if TYPE_CHECKING:
    from evalsuite.findings import Findings

__all__ = ["PagePlace", "page_place"]

Form = Literal["html", "markdown"]
ENDINGS: dict[str, Form] = {".html": "html", ".md": "markdown"}
DEFAULT_NAME = "comparison"


@dataclass(frozen=True, slots=True)
class PagePlace:
    """The folder and the wanted name of a page; `exact` where the very file was named."""

    folder: Path
    name: str
    form: Form
    exact: bool

    def free(self, findings: "Findings") -> str:
        """Return the name under which no other comparison's page is lost; say where it is not the one wanted.

        Raises
        ------
        InputError
            The very file was named, and it is there with something else.
        """
        from evalsuite.console import say
        from reports.page_names import free_name, is_taken

        if self.exact and is_taken(self.folder, self.name, findings):
            raise InputError(
                f"{self.folder / self.name}, page or folder, is there already and is not of this comparison: name "
                "another file, or delete it first"
            )
        found = free_name(self.folder, self.name, findings)
        if found != self.name:
            say(f"{self.name} is the page of another comparison and stays; this one is {found}")
        return found


def page_place(*, title: str | None, name: str | None, out: Path, output: Path | None, form: Form | None) -> PagePlace:
    """Return where the page is to lie.

    Raises
    ------
    InputError
        An option contradicts ``--output``, or that is no name of a page.
    OSError
        The folder cannot be made.
    """
    from evalsuite.cli.value_sources import SOURCES
    from reports.page_names import file_name

    if output is None:
        _make(out)
        text = name if name and name.strip() else title
        return PagePlace(out, file_name(text) if text else DEFAULT_NAME, form or "html", exact=False)
    if name is not None or SOURCES.get("out") == "cli":
        raise InputError("--output names the very file; --name and --out go without it")
    ending = ENDINGS.get(output.suffix)
    if ending is None or form not in (None, ending):
        raise InputError(f"--output ends in .html, or in .md for Markdown, got {output}")
    if file_name(output.stem) != output.stem:
        proposed = output.with_name(file_name(output.stem) + output.suffix)
        raise InputError(f"the name of a page has lower-case letters, digits, '-' and '_': --output {proposed}")
    _make(output.parent)
    return PagePlace(output.parent, output.stem, ending, exact=True)


def _make(folder: Path) -> None:
    """Make the folder now: a place that cannot be written is known before anything is computed."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    folder.mkdir(parents=True, exist_ok=True)
