"""What each class of step means, in plain words, and what to change about it."""

from analyses.training_signal.steps import (
    BY_CONSTRUCTION,
    COPIES,
    CUT,
    EITHER,
    FAIL,
    MASKED,
    NO_BOX,
    NO_REWARD,
    NO_SPREAD,
    RESIDUE,
    RIGHT,
    SIGNAL,
    STATIC,
    UNKNOWN,
    UNPAID,
    WITHOUT_SPREAD,
    WRONG,
)
from evalsuite.wording.language import N_

__all__ = ["MEANING"]

MEANING = {
    SIGNAL: (
        N_("Groups differ within, the gradient is not zero and the weights move."),
        N_("Nothing. If the evaluation does not move, there were too few groups with spread, or steps too small."),
    ),
    BY_CONSTRUCTION: (
        N_(
            "The advantages of a group add up to zero, and so does the loss that is displayed wherever completions "
            "weigh the same. Its gradient is not zero: the training works."
        ),
        N_("Nothing. Watch the gradient and the share of groups with spread, not the loss."),
    ),
    STATIC: (
        N_("There is a gradient, but the weights do not move."),
        N_("Check the learning rate and its schedule, which weights are trained, and that they are not bfloat16."),
    ),
    MASKED: (
        N_("Rewards differ, but what differs is masked, so nothing reaches the weights."),
        N_(
            "Raise the token cap or turn mask_truncated_completions off; otherwise look for frozen weights or another "
            "mask."
        ),
    ),
    NO_SPREAD: (
        N_("In every group all rewards are equal, so advantages, loss and gradient are zero."),
        N_("See the cause."),
    ),
    RESIDUE: (
        N_(
            "In every group all rewards are equal, but their mean is rounded, and an optimizer such as Adam turns the "
            "tiny gradient into steps of ordinary size: the weights follow rounding errors."
        ),
        N_("Use rewards and weights that are sums of powers of two, such as 0.25, 0.5 and 1."),
    ),
    WITHOUT_SPREAD: (
        N_(
            "In every group all rewards are equal. What moves the loss is the penalty on leaving the reference model, "
            "an entropy bonus, or rounding."
        ),
        N_("Do not read the loss as progress; get groups with spread as for `no spread`."),
    ),
    NO_REWARD: (
        N_("No reward function gave a value for any completion."),
        N_("Check that the reward functions get the columns they read and do not return None."),
    ),
    UNKNOWN: (
        N_("No completions are stored for the step, so it is not known what it learned from."),
        N_("Record completions: log_completions=True with logging_steps=1."),
    ),
    CUT: (
        N_("Most completions end at the token cap, before their answer."),
        N_("Raise max_completion_length, or ask for shorter answers."),
    ),
    NO_BOX: (
        N_("Completions end by themselves, but none gives its answer in the form that is rewarded."),
        N_("Show the form: an example in the prompt, a short supervised training, or a reward for the form itself."),
    ),
    WRONG: (
        N_("Completions give an answer in the right form, and all are wrong."),
        N_("Check how gold answers are read; if that is right, take easier problems or larger groups."),
    ),
    FAIL: (
        N_("No completion earns more than another, and it is not known why they fail."),
        N_("Read some completions and the reward function; then easier problems or larger groups."),
    ),
    RIGHT: (N_("Every completion is right."), N_("Take harder problems.")),
    EITHER: (
        N_("Each problem is either always solved or never."),
        N_("Take problems of middling difficulty, larger groups or a higher temperature."),
    ),
    UNPAID: (
        N_("Completions that a grader calls right earn no more than wrong ones."),
        N_("Check how the reward finds the answer and how it reads the gold answer."),
    ),
    COPIES: (
        N_("The completions of a group are copies of each other."),
        N_("Raise the temperature, and check that sampling is on."),
    ),
}
"""By class or cause: what it means, and what to change; `tr` translates both where they are shown."""
