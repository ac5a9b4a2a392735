"""Which versions of packages are installed, as runs and analyses record them."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

__all__ = ["installed_versions"]


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the version of each package that is installed; others are left out."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
