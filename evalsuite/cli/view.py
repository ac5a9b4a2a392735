"""``evalsuite view``: the list of pages, or one page, in the browser."""

from typing import Annotated

from cyclopts import Parameter

from evalsuite.cli.options import SITE, Json, OutFolder

__all__ = ["view"]


def view(
    name: Annotated[str | None, Parameter(help="Name of a page; the list of all pages if not given.")] = None,
    /,
    *,
    out: OutFolder = SITE,
    json: Json = False,
) -> None:
    """Open the list of pages in the browser.

    Examples
    --------
    evalsuite view
    """
    from evalsuite.cli.opening import open_page
    from evalsuite.console import print_json, print_line
    from evalsuite.documents.report import PageOpened
    from evalsuite.errors import InputError
    from reports.build import build_index
    from reports.page_names import INDEX

    names = sorted(path.stem for path in out.glob("*.html") if path.stem != INDEX)
    if not names:
        raise InputError(f"there is no page in {out} yet: evalsuite report BASE NEW writes one, --out names the folder")
    if name is not None and name not in names:
        raise InputError(f"there is no page {name!r} in {out}, only {', '.join(names)}")
    page = (build_index(out) if name is None else out / f"{name}.html").resolve()
    opened = open_page(page)
    if json:
        print_json(PageOpened(page=str(page), opened=opened).as_dict())
    else:
        print_line(str(page))
