"""How graders are called where a reader sees them: by the name to type, but for verdicts that came with an import."""

from evalsuite.wording.language import N_, tr

__all__ = ["grader_name"]

NAMES = {"imported": N_("imported verdicts")}
"""Of names that are no rule of ours."""


def grader_name(code: str) -> str:
    """Return what the grader `code` is called.

    Examples
    --------
    >>> grader_name("boxed"), grader_name("imported")
    ('boxed', 'imported verdicts')
    """
    return tr(NAMES[code]) if code in NAMES else code
