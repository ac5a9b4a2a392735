"""How graders are called where a reader sees them: by the name to type, but for verdicts that came with an import."""

from evalsuite.wording.language import N_, tr

__all__ = ["grader_name"]

NAMES, OF_SCORES = {"imported": N_("imported verdicts")}, {"imported": N_("imported scores")}
"""Of names that are no rule of ours."""


def grader_name(code: str, *, scored: bool = False) -> str:
    """Return what the grader `code` is called; `scored` where it gives scores.

    Examples
    --------
    >>> grader_name("boxed"), grader_name("imported")
    ('boxed', 'imported verdicts')
    """
    names = OF_SCORES if scored else NAMES
    return tr(names[code]) if code in names else code
