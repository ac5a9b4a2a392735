"""What each kind of step and each cause is called, what it means, and what to change about it."""

from dataclasses import dataclass

from analyses.training_signal.causes import Cause
from analyses.training_signal.steps import StepKind
from evalsuite.wording.language import N_, tr

__all__ = ["ADVICE", "Advice", "step_name"]


@dataclass(frozen=True, slots=True)
class Advice:
    """English texts, translated by `tr` where they are shown."""

    name: str
    meaning: str
    change: str


ADVICE: dict[StepKind | Cause, Advice] = {
    StepKind.NOT_FINITE: Advice(
        N_("loss or gradient not a number"),
        N_(
            "The loss or the gradient is NaN or infinite, so the weights are spoilt or the step was left out, whatever "
            "the rewards are."
        ),
        N_(
            "Start again from before the first such step with a lower learning rate, max_grad_norm set, and bfloat16 "
            "or float32 instead of float16; look for empty or fully masked completions, and reload the weights."
        ),
    ),
    StepKind.HIDDEN: Advice(
        N_("loss 0, but gradient not a number"),
        N_(
            "The gradient is NaN or infinite. The loss of 0 beside it is none: the trainer leaves a loss that is not a "
            "number out of its log (logging_nan_inf_filter) and writes 0."
        ),
        N_(
            "Set logging_nan_inf_filter=False to see the loss. Start again from before the first such step with a "
            "lower learning rate, max_grad_norm set, and bfloat16 or float32 instead of float16."
        ),
    ),
    StepKind.SIGNAL: Advice(
        N_("signal present"),
        N_("Groups differ within, the gradient is not zero and the weights move."),
        N_(
            "Nothing. If the evaluation does not improve, there were too few groups whose rewards vary, or the "
            "steps were too small."
        ),
    ),
    StepKind.BY_CONSTRUCTION: Advice(
        N_("non-zero reward variance, loss 0 by construction"),
        N_(
            "The advantages of a group add up to zero, and so does the loss that is logged wherever completions "
            "weigh the same. Its gradient is not zero: the training works."
        ),
        N_("Nothing. Watch the gradient and the share of groups whose rewards vary, not the loss."),
    ),
    StepKind.STATIC: Advice(
        N_("weights do not move"),
        N_("There is a gradient, but the weights do not move."),
        N_("Check the learning rate and its schedule, which weights are trained, and that they are not bfloat16."),
    ),
    StepKind.MASKED: Advice(
        N_("non-zero reward variance, but masked"),
        N_("Rewards differ, but what differs is masked, so nothing reaches the weights."),
        N_(
            "Raise the token limit or turn mask_truncated_completions off; otherwise look for frozen weights or "
            "another mask."
        ),
    ),
    StepKind.ZERO_VARIANCE: Advice(
        N_("zero reward variance"),
        N_("In every group all rewards are equal, so advantages, loss and gradient are zero."),
        N_("See the cause."),
    ),
    StepKind.RESIDUAL: Advice(
        N_("floating-point residual"),
        N_(
            "In every group all rewards are equal, but their mean is rounded, and an optimizer such as Adam turns the "
            "tiny gradient into steps of ordinary size: the weights follow rounding errors."
        ),
        N_("Use rewards and weights that are sums of powers of two, such as 0.25, 0.5 and 1."),
    ),
    StepKind.LOSS_WITHOUT_VARIANCE: Advice(
        N_("non-zero loss at zero reward variance"),
        N_(
            "In every group all rewards are equal. What moves the loss is the penalty for leaving the reference "
            "model, an entropy bonus, or rounding."
        ),
        N_("Do not read the loss as progress; get groups whose rewards vary, as for `zero reward variance`."),
    ),
    StepKind.NO_REWARD: Advice(
        N_("no reward"),
        N_("No reward function gave a value for any completion."),
        N_("Check that the reward functions get the columns they read and do not return None."),
    ),
    StepKind.UNKNOWN: Advice(
        N_("not recorded"),
        N_("No completions are stored for the step, so it is not known what it learned from."),
        N_("Record completions: log_completions=True with logging_steps=1."),
    ),
    Cause.TRUNCATED: Advice(
        N_("all fail, truncated"),
        N_("Most completions end at the token limit, before their answer."),
        N_("Raise max_completion_length, or ask for shorter answers."),
    ),
    Cause.NO_BOX: Advice(
        N_("all fail, no box"),
        N_("Completions end by themselves, but none gives its answer in the form that is rewarded."),
        N_("Show the form: an example in the prompt, a short supervised training, or a reward for the form itself."),
    ),
    Cause.WRONG: Advice(
        N_("boxes, but wrong"),
        N_("Completions give an answer in the right form, and all are wrong."),
        N_("Check how gold answers are read; if that is right, take easier problems or larger groups."),
    ),
    Cause.FAIL: Advice(
        N_("all fail"),
        N_("No completion earns more than another, and it is not known why they fail."),
        N_("Read some completions and the reward function; then easier problems or larger groups."),
    ),
    Cause.RIGHT: Advice(N_("all right"), N_("Every completion is right."), N_("Take harder problems.")),
    Cause.EITHER: Advice(
        N_("all right or all wrong"),
        N_("Each problem is either always solved or never."),
        N_("Take problems of middling difficulty, larger groups or a higher temperature."),
    ),
    Cause.UNPAID: Advice(
        N_("right, but no reward"),
        N_("Completions that a grader calls right earn no more than wrong ones."),
        N_("Check how the reward finds the answer and how it reads the gold answer."),
    ),
    Cause.FORM: Advice(
        N_("only a part of the reward is earned"),
        N_("Every completion earns the same part of the reward, such as that for its form, and none earns the rest."),
        N_(
            "Read some completions. If their answers are right, check how the reward for the answer reads them and the "
            "gold answer; if not, take easier problems or larger groups."
        ),
    ),
    Cause.CANCEL: Advice(
        N_("rewards cancel each other"),
        N_("Single rewards differ within the groups, but what one gives another takes, so that their sums are equal."),
        N_("Change the weights of the rewards or leave one out, so that better completions have a larger sum."),
    ),
    Cause.AT_RANDOM: Advice(
        N_("reward drawn at random"),
        N_("Rewards differ within groups, but a coin decides them: the weights follow noise, as a control should."),
        N_("Nothing in a control: compare other trainings with it. Otherwise take a reward that reads the answer."),
    ),
    Cause.COPIES: Advice(
        N_("duplicate texts"),
        N_("The completions of a group are copies of each other."),
        N_("Raise the temperature, and check that sampling is on."),
    ),
}


def step_name(kind: StepKind, cause: Cause | None) -> str:
    """Return what a step is called, with its cause where there is one, in the current language."""
    if cause is None:
        return tr(ADVICE[kind].name)
    return tr("{kind}: {cause}", kind=tr(ADVICE[kind].name), cause=tr(ADVICE[cause].name))
