"""The finding of several new runs, as a heading: names keep their letters in every language."""

from evalsuite.comparison.paired_table import compare_table
from evalsuite.findings import Light
from evalsuite.stats.paired import PairedTable
from evalsuite.wording.first_screen import several_finding
from evalsuite.wording.language import language

TABLE = PairedTable(both=30, wins=30, losses=4, neither=36)
TURNED = (Light("grader", "yes", ""),)


def test_a_heading_begins_with_a_capital_and_a_name_does_not() -> None:
    runs = [compare_table(TABLE, new_label=label) for label in ("grpo", "sft")]
    assert several_finding(runs, [TURNED, TURNED]) == "Of grpo, sft it depends on the grader"
    with language("zh"):
        assert several_finding(runs, [TURNED, TURNED]).startswith("grpo")
    assert several_finding(runs, [(), ()]) == "All 2 new runs beat base"
    assert several_finding(runs, [(), TURNED]) == "1 of 2 new runs beats base: grpo; of sft it depends on the grader"
