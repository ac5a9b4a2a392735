"""A real browser for tests: one launch, and pages that record what they do besides showing themselves."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Tab:
    """An open page and what it did besides showing itself."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def assert_silent(self) -> None:
        assert [url for url in self.requests if not url.startswith("file://")] == []
        assert len(self.requests) == 1
        assert self.errors == []
        assert self.dialogs == []


@contextmanager
def launched() -> Iterator[Any]:
    """Start Chromium, or skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


OPEN = "for (const part of document.querySelectorAll('details.drawer')) part.open = true"
"""Opens the parts of a page that lie below its first screen."""


def visit(browser: Any, path: Path, address: str = "", *, opened: bool = True, **options: Any) -> Tab:
    """Open the page at `path`, with all of its parts unless not `opened`.

    `address` is what follows the name of the file: the page opens the part it names by itself.
    """
    tab = Tab(browser.new_context(**options).new_page())
    tab.page.on("request", lambda request: tab.requests.append(request.url))
    tab.page.on("console", lambda message: tab.errors.append(message.text))
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.page.on("dialog", lambda dialog: (tab.dialogs.append(dialog.message), dialog.dismiss()))
    tab.page.goto(path.as_uri() + address, timeout=120_000)
    if opened and not address:
        tab.page.evaluate(OPEN)
    return tab


def ready(tab: Tab) -> float:
    """Wait until the completions can be read, and return the milliseconds that it took after the page was loaded."""
    tab.page.locator(".live").last.wait_for(state="attached")
    took = "performance.getEntriesByName('completions-ready')[0].startTime"
    return float(tab.page.evaluate(f"{took} - performance.getEntriesByType('navigation')[0].loadEventStart"))
