"""Open a page in the reader's browser."""

from pathlib import Path

__all__ = ["open_page"]


def open_page(page: Path) -> bool:
    """Open the page in the browser that the system or the variable BROWSER names; say so where there is none."""
    import webbrowser

    from evalsuite.console import say

    address = page.resolve().as_uri()
    if webbrowser.open(address):
        return True
    say(f"No browser could be started here (BROWSER names one). The page is {address}")
    return False
