"""What a page shows of a problem whose text or right answer is not stored."""

from evalsuite.wording.language import N_

__all__ = ["NO_GOLD", "NO_TEXT"]

NO_TEXT = N_("(no text is stored)")
NO_GOLD = N_("not recorded")
