"""Every verdict that the statistics know has words on a page."""

from typing import get_args

import pytest

from evalsuite.findings import Findings
from evalsuite.stats.decision import Verdict, VerdictKind
from reports.verdicts import PLAIN, SEVERAL, plain_words


@pytest.mark.parametrize("kind", get_args(VerdictKind))
def test_a_verdict_has_words_for_one_new_run_and_for_several(kind: VerdictKind) -> None:
    margin = 0.02 if kind == "equivalent" else None
    findings = Findings(
        name="a", question="b?", estimand="c", sentence="d.", verdict=Verdict(kind, margin=margin), provenance={}
    )
    assert plain_words(findings) == PLAIN[kind]
    # Arms of training seeds are always two.
    assert kind in SEVERAL or kind == "one training seed"
