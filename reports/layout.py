"""Where each table and figure of an analysis stands on its page.

A plan names tables and figures; what no plan names comes last under its own heading, so nothing is lost.
A new kind of page needs new plans here and, at most, a new template block.
"""

from dataclasses import dataclass

__all__ = ["HEADLINE", "REST", "SECTIONS", "SETUP", "TILES", "Plan", "section_of"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A section: its heading, one sentence on how to read it, and the names it shows in this order.

    A name also stands for all that starts with it and an underscore: ``lengths`` takes in ``lengths_by_grader``.
    """

    key: str
    title: str
    lead: str
    names: tuple[str, ...]

    def rank(self, name: str) -> int | None:
        """Return the place of the table or figure `name` in this section, None where it does not belong."""
        for place, own in enumerate(self.names):
            if name == own or name.startswith(f"{own}_"):
                return place
        return None


HEADLINE = "difference"
"""The figure of the first screen."""
TILES = "accuracy"
"""The table whose rows become the large numbers of the first screen."""
SETUP = "setup"
"""The table shown on the first screen as a list: one row a property, one column a run."""

SECTIONS = (
    Plan("numbers", "The numbers",
         "Every number comes with the command that makes it again, at the end of the page.",
         ("power_curve", "needed", "detectable_by_set", "chances_curve", "chances", "tutorial_scores", "components",
          "errors_curve", "standard_errors", "coverage_curve", "calibration")),
    Plan("accuracy", "How accurate is each run?",
         "Each run by itself. Whether they differ is answered by the paired difference, not by overlap.", (TILES,)),
    Plan("real", "Is it real?",
         "Only problems on which the runs disagree can tell them apart. Every method used is listed.",
         ("verdicts", "paired", "tests", "methods", "intervals", "detectable", "power", "equivalence")),
    Plan("cap", "What did the cap do?",
         "A completion that reaches the token cap is cut, often before its answer.",
         ("truncation", "cap_curve", "cap_difference", "cap_reached", "incidence", "lengths", "stop_reasons", "loops",
          "bounds", "rescue", "noise", "cap")),
    Plan("grader", "What did the grader do?",
         "The same completions, read by other rules for finding the answer.", ("graders", "grader", "agreement")),
    Plan("parts", "Where does the difference come from?",
         "The same completions under other settings: what each takes away from the difference, and what is left.",
         ("attribution", "attribution_settings", "attribution_cap")),
    Plan("labels", "What did the labels do?",
         "The comparison again on problems whose labels were checked.", ("label",)),
    Plan("draws", "Would another draw of problems say the same?",
         "Each draw takes other problems from the same set. What moves between draws is chance.", ("draws", "draw")),
)  # fmt: skip

REST = Plan("more", "More tables and figures", "Everything else that the analysis found.", ())


def section_of(name: str) -> Plan:
    """Return the section that shows the table or figure `name`."""
    return next((plan for plan in SECTIONS if plan.rank(name) is not None), REST)
