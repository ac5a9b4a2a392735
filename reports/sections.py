"""Where each table and figure of an analysis stands on its page.

A plan names tables and figures; what no plan names comes last under its own heading, so nothing is lost.
A new kind of page needs new plans here and, at most, a new template block.
"""

from dataclasses import dataclass

from evalsuite.wording.language import N_

__all__ = ["HEADLINE", "REST", "SECTIONS", "SETUP", "TILES", "VERDICTS", "Plan", "section_of"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A section: its heading, one sentence on how to read it (both in English), and the names it shows in this order.

    A name also stands for all that starts with it and an underscore: ``lengths`` takes in ``lengths_by_grader``.
    """

    key: str
    title: str
    lead: str
    names: tuple[str, ...]

    def rank(self, name: str) -> int | None:
        """Return the place of the table or figure `name` in this section, None where it does not belong."""
        for place, member in enumerate(self.names):
            if name == member or name.startswith(f"{member}_"):
                return place
        return None


HEADLINE = "difference"
"""The figure of the first screen."""
TILES = ("arms", "accuracy", "mean_scores")
"""Tables whose rows become the large numbers of the first screen; a page has one of them."""
SETUP = "setup"
"""The table shown on the first screen as a list: one row a property, one column a run."""
VERDICTS = "verdicts"
"""The table with the verdict of each new run, where there are several: columns ``label`` and ``verdict``."""

SECTIONS = (
    Plan("numbers", N_("The numbers"),
         N_("The command that reproduces every number is at the end of the page."),
         ("power_curve", "needed", "detectable_by_set", "chances_curve", "chances", "tutorial", "tutorial_scores",
          "components", "errors_curve", "standard_errors", "calibration_worst", "calibration_verdicts",
          "calibration_here", "coverage_curve", "calibration")),
    Plan("accuracy", N_("How accurate is each run?"),
         N_("Each run on its own. Overlapping intervals do not mean equal runs: the paired difference answers "
            "that."),
         ("accuracy",)),
    Plan("scores", N_("What does each run score on average?"),
         N_("Each run on its own. Overlapping intervals do not mean equal runs: the paired difference answers "
            "that."),
         ("mean_scores",)),
    Plan("real", N_("Could it be chance?"),
         N_("Only problems on which the runs disagree can tell them apart. Every method is listed."),
         (VERDICTS, "paired", "units", "tests", "methods", "intervals", "pairings", "detectable", "power",
          "equivalence", "pairs", "best_run", "pass_curves", "pass_differences", "majority_vote", "variance")),
    Plan("fails", N_("Where does it fail?"),
         N_("Problems grouped by what was known before any score. A group stands out only if the test of "
            "dependence says so."),
         ("breakdown_dependence", "breakdown_steps", "breakdown_answer", "breakdown_length", "breakdown_template",
          "breakdown")),
    Plan("fewer", N_("What would fewer problems have shown?"),
         N_("Counts every possible smaller set of these problems once: nothing is drawn at random."),
         ("prefixes", "outlook_curve", "outlook")),
    Plan("seeds", N_("Would another training seed give the same answer?"),
         N_("Each run of an arm was trained with its own seed. Only more seeds can show how much a recipe's "
            "results vary."),
         ("arms", "seeds")),
    Plan("training", N_("How was it trained?"),
         N_("A step can teach something only if the rewards within a group differ, and the logged loss does not "
            "show that."),
         ("training_classes", "training_tutorial", "training_shares", "training_loss", "training_check",
          "training_gradient", "training_distance", "training_rewards", "training_components", "training_expected",
          "training_sizes", "training_gate", "training_entropy", "training_lengths", "training_displayed",
          "training_steps", "training")),
    Plan("token_limit", N_("What did the token limit do?"),
         N_("A completion that reaches the token limit is truncated, often before its answer."),
         ("truncation", "token_limit_curve", "token_limit_difference", "token_limit_shorter", "token_limit_reached",
          "incidence", "lengths",
          "stop_reasons", "loops", "bounds", "token_limit_gain", "noise", "token_limit")),
    Plan("grader", N_("Does the grader decide it?"),
         N_("The same completions, with other rules for finding the answer."), ("graders", "grader", "agreement")),
    Plan("prompts", N_("What was the prompt, and what did it cost?"),
         N_("The messages as sent, before the model's own chat template, and what decoding cost."),
         ("prompts", "cost")),
    Plan("attribution", N_("Where does the difference come from?"),
         N_("The same completions under other settings: how much of the difference each one explains, and what is "
            "left."),
         ("attribution", "attribution_settings", "attribution_run_on", "attribution_truncated")),
    Plan("labels", N_("What did the labels do?"),
         N_("The comparison repeated on problems whose labels were checked."), ("label",)),
    Plan("random_subsets", N_("Would another random subset of problems give the same answer?"),
         N_("Each random subset takes other problems from the same set, so what changes between them is chance."),
         ("draws", "draw")),
)  # fmt: skip

REST = Plan("more", N_("More tables and figures"), N_("Everything else the analysis found."), ())


def section_of(name: str) -> Plan:
    """Return the section that shows the table or figure `name`."""
    return next((plan for plan in SECTIONS if plan.rank(name) is not None), REST)
