"""A page as a browser's parser sees it, for tests."""

from html.parser import HTMLParser
from pathlib import Path

HOSTILE = (
    "</script></style></title></textarea></svg>--><script>alert(1)</script><img src=x onerror=alert(2)>"
    '<svg onload=alert(3)>" onmouseover=\'alert(4)\' style="position:fixed" {{ 7*7 }} {% raw %} '
    "</details></main>javascript:alert(5) &lt;b&gt; \x00\x08\x1b\u202e\u2066\ud800 $\\frac{1}{2}$"
)


class Reader(HTMLParser):
    """Collects the tags, attributes and text of a page, and checks that elements close in order."""

    VOID = frozenset({"meta", "input", "br", "link"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    assert not reader.open
    return reader
