"""What the commands that write a page print: the answer on stderr and the page's path on stdout, or JSON."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalsuite.documents.report import AnalysisWritten, PageWritten

__all__ = ["print_page"]


def print_page(written: "PageWritten | AnalysisWritten", *, as_json: bool) -> None:
    """Print what is found, what must be read beside it, and where its page lies."""
    from evalsuite.console import print_json, print_line, say
    from evalsuite.documents.report import PageWritten
    from evalsuite.wording.language import tr
    from evalsuite.wording.lights import light_sentence

    if as_json:
        print_json(written.as_dict())
        return
    lights = map(light_sentence, written.lights)
    for text in (written.finding, *lights, *(caution.text for caution in written.cautions), written.sentence):
        if text:
            say(text)
    if isinstance(written, PageWritten) and written.pictures:
        say(tr("To post: {files}", files=", ".join(written.pictures)))
    print_line(written.page)
