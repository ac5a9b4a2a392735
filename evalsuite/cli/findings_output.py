"""What the commands that write a page print: the answer on stderr and the page's path on stdout, or JSON."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalsuite.documents.report import AnalysisWritten, PageWritten

__all__ = ["print_page"]


def print_page(written: "PageWritten | AnalysisWritten", *, as_json: bool) -> None:
    """Print what must be read first, the answer, and where its page lies."""
    from evalsuite.console import print_json, print_line, say

    if as_json:
        print_json(written.as_dict())
        return
    for text in (*(caution.text for caution in written.cautions), written.sentence):
        say(text)
    if pictures := getattr(written, "pictures", ()):
        say(f"To post: {', '.join(pictures)}")
    print_line(written.page)
