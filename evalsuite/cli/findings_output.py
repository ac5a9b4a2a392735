"""What the commands that write a page print: the answer on stderr and the page's path on stdout, or JSON."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalsuite.cli.document import print_document

if TYPE_CHECKING:
    from evalsuite.findings import Findings

__all__ = ["answer_document", "print_page"]


def print_page(command: str, findings: "Findings", page: Path, *, as_json: bool) -> None:
    """Print the answer and where its page lies."""
    from evalsuite.console import print_line, say

    if as_json:
        print_document(command, answer_document(findings, page))
        return
    for text in (*(caution.text for caution in findings.cautions), findings.sentence):
        say(text)
    print_line(str(page))


def answer_document(findings: "Findings", page: Path) -> dict[str, Any]:
    """Return question, verdict, sentence, cautions and page as plain JSON values."""
    return {
        "question": findings.question,
        "verdict": None if findings.verdict is None else asdict(findings.verdict),
        "sentence": findings.sentence,
        "cautions": [asdict(caution) for caution in findings.cautions],
        "page": str(page),
    }
