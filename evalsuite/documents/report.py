"""The document of ``evalsuite report``: where the page is, and what it answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evalsuite.documents.document import Document
from evalsuite.findings import Caution, Findings
from evalsuite.stats.decision import Verdict

__all__ = ["PageWritten", "of_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWritten(Document):
    """A page that was written.

    Attributes
    ----------
    page
        Path of its file.
    verdict
        The decision; null with several new runs.
    sentence
        The answer in words.
    cautions
        What must be read before the answer.
    """

    SCHEMA: ClassVar[str] = "evalsuite.report/2"

    page: str
    verdict: Verdict | None
    sentence: str
    cautions: tuple[Caution, ...]


def of_page(path: Path, findings: Findings) -> PageWritten:
    """Return the document of the page at `path` that shows `findings`."""
    return PageWritten(page=str(path), verdict=findings.verdict, sentence=findings.sentence, cautions=findings.cautions)
