"""The rivals are what scipy and statsmodels say they are, and stand in the table wherever something can be right."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analyses.calibration import simulated_runs as runs
from analyses.calibration.designs import DESIGNS
from analyses.calibration.rivals import t_of_several, welch
from analyses.calibration.verdict_tables import verdict_table
from analyses.calibration.verdicts import simulated


@pytest.mark.parametrize("gain", [0.0, 0.08])
def test_welch_is_that_of_scipy(gain: float) -> None:
    rng, found = np.random.default_rng(2), set()
    for _ in range(20):
        drawn = runs.seeds(40, 3, 5, 0.1, 0.02, gain)(rng)
        arms = [[run.problem_means.mean() for run in arm] for arm in (drawn.base, drawn.new)]
        theirs = stats.ttest_ind(arms[1], arms[0], equal_var=False)
        ours = welch(drawn.base, drawn.new)
        assert ours is not None
        assert ours.resolves == (theirs.pvalue < 0.05)
        inside = theirs.confidence_interval(0.9)
        claim = welch(drawn.base, drawn.new, -0.2, 0.2)
        assert claim is not None
        assert claim.resolves == (inside.low > -0.2 and inside.high < 0.2)
        found |= {ours.resolves, claim.resolves}
    assert found == {True, False}
    assert welch(drawn.base[:1], drawn.new) is None


def test_t_of_several_runs_is_adjusted_by_holm() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        drawn = runs.several(60, 1, 3, (0.25, 0.2))(rng)
        differences = [run.problem_means - drawn.base[0].problem_means for run in drawn.new]
        for margin, alternative in ((None, "two-sided"), (0.1, "greater")):
            pvalues = [stats.ttest_1samp(d, -(margin or 0.0), alternative=alternative).pvalue for d in differences]
            expected = multipletests(pvalues, 0.05, method="holm")[0].tolist()
            assert [r.resolves for r in t_of_several(drawn.base[0], drawn.new, margin)] == expected


def test_a_rival_or_its_lack_is_named_wherever_something_can_be_right() -> None:
    chosen = [
        next(d for d in DESIGNS if d.group == group and d.can_be_right)
        for group in ("training seeds", "several new runs", "a growing pair", "the best of several")
    ]
    table = verdict_table(list(simulated(chosen, n_draws=1, seed=0)))
    assert table.column("rival_name") == (
        "Welch's t test over runs",
        "t tests with Holm's adjustment",
        "one look at the end",
        "none known",
    )
    assert [cell is None for cell in table.column("rival")] == [False, False, False, True]
