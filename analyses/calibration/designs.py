"""Every design in which two or more runs can be compared, with base accuracies from floor to ceiling.

The setting of a design is written in parts, so that a page can say each of them in its language.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from analyses.calibration import decisions
from analyses.calibration import simulated_runs as runs
from analyses.calibration import simulated_scores as scores
from analyses.calibration.decisions import Decide
from analyses.calibration.simulated_runs import Draw
from evalsuite.wording.language import N_
from evalsuite.wording.numbers import MINUS

__all__ = ["DESIGNS", "GROUPS", "PARTS", "Design"]

GROUPS = (
    N_("one completion"),
    N_("several completions"),
    N_("different numbers of completions"),
    N_("missing completions"),
    N_("problem templates"),
    N_("several new runs"),
    N_("training seeds"),
    N_("equivalence"),
    N_("non-inferiority"),
    N_("without the token limit"),
    N_("a growing pair"),
    N_("the best of several"),
    N_("mean scores"),
)
PARTS = (
    N_("n={v1}"),
    N_("K={v1}"),
    N_("K={v1} against {v2}"),
    N_("K={v1} to {v2}"),
    N_("accuracy {v1}"),
    N_("skewed effects"),
    N_("effects on the floor"),
    N_("effects on the ceiling"),
    N_("chances near both ends"),
    N_("effects of both signs"),
    N_("effects of ±{v1}"),
    N_("gain of {v1}"),
    N_("scores of {v1} to {v2}"),
    N_("{v1} missing"),
    N_("{v1} equal templates"),
    N_("{v1} templates of geometric sizes"),
    N_("margin {v1} for each"),
    N_("{v1} templates and one has half of the problems"),
    N_("known to one run"),
    N_("{v1} new runs"),
    N_("{v1} against {v2} seeds"),
    N_("unequal spread"),
    N_("margin {v1}"),
    N_("true difference {v1}"),
    N_("true difference −{v1}"),
    N_("from {v1} of the problems"),
    N_("base cut in {v1}"),
    N_("new cut in {v1}"),
    N_("{v1} looks"),
    N_("best against base"),
    N_("which may be best"),
    N_("all outcomes"),
    N_("these very problems"),
)
"""What the parts of a setting say, with their numbers as fields."""
UNEVEN: dict[str, Callable[[int, int], Draw]] = {
    "effects on the floor": lambda n, k: runs.uneven(n, k, 20.0, 0.3, 0.01, mirrored=True),
    "effects on the ceiling": lambda n, k: runs.uneven(n, k, 20.0, 0.3, 0.01),
    "chances near both ends": lambda n, k: runs.uneven(n, k, 0.2, 0.2, 0.05),
}
"""By the words for them: few problems lose all, or gain all that they lack, and the others make up for it."""
LOOKS = (20, 50, 100, 200, 500, 1319)


@dataclass(frozen=True, slots=True)
class Design:
    """A design with what is decided in it.

    Attributes
    ----------
    group, setting
        Names, the second in parts separated by commas.
    draw, decide
        Runs with a known truth, and what is printed for them.
    can_be_right
        Whether something true can be resolved or claimed, so that there is power to report.
    slow
        Divides the number of draws, where one takes long.
    """

    group: str
    setting: str
    draw: Draw
    decide: Decide = decisions.one_pair
    can_be_right: bool = False
    slow: int = 1


def _single() -> Iterator[Design]:
    group = GROUPS[0]
    for accuracy in (0.005, 0.01, 0.1, 0.5, 0.9, 0.99):
        yield Design(group, f"n=200, accuracy {accuracy}", runs.equal(200, 1, 1, accuracy))
    for n in (20, 1319):
        yield Design(group, f"n={n}, accuracy 0.5", runs.equal(n, 1, 1, 0.5))
    for setting, draw_of in UNEVEN.items():
        yield Design(group, f"n=200, {setting}", draw_of(200, 1))
    yield Design(group, "n=100, skewed effects", runs.skewed(100, 1))
    yield Design(group, "n=200, gain of 10%", runs.equal(200, 1, 1, None, 0.1), can_be_right=True)


def _several_completions() -> Iterator[Design]:
    group = GROUPS[1]
    for accuracy in (0.005, 0.01, 0.5, 0.99):
        for n in (5, 20, 100):
            yield Design(group, f"n={n}, K=8, accuracy {accuracy}", runs.equal(n, 8, 8, accuracy))
    for n in (15, 30, 100):
        yield Design(group, f"n={n}, K=64, skewed effects", runs.skewed(n, 64))
    for setting, draw_of in UNEVEN.items():
        for n, k in ((20, 8), (100, 4), (20, 64)):
            yield Design(group, f"n={n}, K={k}, {setting}", draw_of(n, k))
    yield Design(group, "n=20, K=32, effects of both signs", runs.opposite(20, 32))
    yield Design(group, "n=100, K=4, effects of both signs", runs.opposite(100, 4))
    yield Design(group, "n=20, K=8, gain of 20%", runs.equal(20, 8, 8, None, 0.2), can_be_right=True)
    yield Design(group, "n=100, K=8, gain of 7%", runs.equal(100, 8, 8, None, 0.07), can_be_right=True)
    yield Design(group, "n=1319, K=4, gain of 2%", runs.equal(1319, 4, 4, None, 0.02), can_be_right=True, slow=2)


def _unequal_completions() -> Iterator[Design]:
    group = GROUPS[2]
    for accuracy in (0.1, 0.5):
        for n in (10, 30, 100):
            yield Design(group, f"n={n}, K=1 against 8, accuracy {accuracy}", runs.equal(n, 1, 8, accuracy))
    for accuracy in (0.005, 0.99):
        yield Design(group, f"n=100, K=2 against 16, accuracy {accuracy}", runs.equal(100, 2, 16, accuracy))
    for accuracy in (0.1, 0.9):
        yield Design(group, f"n=50, K=1 to 8, accuracy {accuracy}", runs.mixed_completions(50, accuracy))
    yield Design(group, "n=100, K=1 against 8, gain of 20%", runs.equal(100, 1, 8, None, 0.2), can_be_right=True)


def _missing() -> Iterator[Design]:
    yield Design(GROUPS[3], "n=100, K=1, 10% missing", runs.missing(100, 1, 0.1))
    yield Design(GROUPS[3], "n=40, K=4, 30% missing", runs.missing(40, 4, 0.3))
    yield Design(GROUPS[3], "n=20, K=8, 5% missing", runs.missing(20, 8, 0.05))
    yield Design(GROUPS[3], "n=20, K=8, 60% missing", runs.missing(20, 8, 0.6))


def _templates() -> Iterator[Design]:
    group, effect = GROUPS[4], "effects of ±0.3"
    for g in (3, 8, 12, 29, 30, 100):
        yield Design(group, f"{g} equal templates, {effect}", runs.templates(np.full(g, 5), spread=0.3))
    for g in (3, 8, 12, 23, 30, 100):
        sizes = runs.geometric(g)
        yield Design(group, f"{g} templates of geometric sizes, {effect}", runs.templates(sizes, spread=0.3))
    for g in (30, 78):
        sizes = runs.half_in_one(g)
        setting = f"{g} templates and one has half of the problems, {effect}"
        yield Design(group, setting, runs.templates(sizes, spread=0.3))
    for g in (30, 100):
        draw = runs.templates(np.full(g, 5), spread=0.3, rare=0.1)
        yield Design(group, f"{g} equal templates, skewed effects", draw)
    for g, accuracy in ((12, 0.02), (100, 0.02), (100, 0.98)):
        for sizes, kind in ((np.full(g, 5), "equal templates"), (runs.geometric(g), "templates of geometric sizes")):
            draw = runs.templates(sizes, spread=0.015, rare=0.2, accuracy=(accuracy, accuracy))
            yield Design(group, f"{g} {kind}, accuracy {accuracy}, skewed effects", draw)
    yield Design(group, "30 equal templates, K=4", runs.templates(np.full(30, 5), spread=0.0, k=4))
    draw = runs.templates(np.full(12, 5), spread=0.3, one_knows=True)
    yield Design(group, f"12 equal templates, known to one run, {effect}", draw)
    draw = runs.templates(np.full(30, 10), spread=0.1, gain=0.2)
    yield Design(group, "30 equal templates, gain of 20%", draw, can_be_right=True)


def _several_runs() -> Iterator[Design]:
    group, decide = GROUPS[5], decisions.several_runs
    yield Design(group, "n=50, K=1, 4 new runs", runs.several(50, 1, 4), decide, slow=2)
    yield Design(group, "n=30, K=4, 4 new runs", runs.several(30, 4, 4), decide, slow=2)
    for n, k in ((100, 1), (30, 8)):
        draw = runs.several(n, k, 4, (-0.1,) * 4)
        setting = f"n={n}, K={k}, 4 new runs, margin 0.1 for each, true difference −0.1"
        yield Design(group, setting, draw, decisions.several_no_worse(0.1), slow=2)
    draw = runs.several(100, 1, 3, (0.2,))
    yield Design(group, "n=100, K=1, 3 new runs, gain of 20%", draw, decide, can_be_right=True, slow=2)


def _seeds() -> Iterator[Design]:
    group, decide = GROUPS[6], decisions.training_seeds
    yield Design(group, "n=100, 3 against 3 seeds", runs.seeds(100, 3, 3, 0.1, 0.1), decide, slow=6)
    yield Design(group, "n=100, 2 against 5 seeds, unequal spread", runs.seeds(100, 2, 5, 0.3, 0.02), decide, slow=6)
    yield Design(group, "n=20, 5 against 5 seeds", runs.seeds(20, 5, 5, 0.02, 0.02), decide, slow=6)
    yield Design(group, "n=200, 1 against 4 seeds", runs.seeds(200, 1, 4, 0.0, 0.1), decide, slow=6)
    draw = runs.seeds(200, 5, 5, 0.03, 0.03, 0.1)
    yield Design(group, "n=200, 5 against 5 seeds, gain of 10%", draw, decide, can_be_right=True, slow=6)
    draw = runs.seeds(50, 3, 3, 0.1, 0.1, missing=0.1)
    yield Design(group, "n=50, 3 against 3 seeds, 10% missing", draw, decide, slow=6)
    draw = runs.seeds(50, 2, 5, 0.1, 0.02, missing=0.3)
    yield Design(group, "n=50, 2 against 5 seeds, unequal spread, 30% missing", draw, decide, slow=6)


def _written(value: float) -> str:
    return str(value).replace("-", MINUS)


def _margins() -> Iterator[Design]:
    for group, decide, sign in ((GROUPS[7], decisions.within, 1), (GROUPS[8], decisions.no_worse_than, -1)):
        at = "true difference 0.1" if sign > 0 else "true difference −0.1"
        for n, k, rare in ((100, 1, 0.1), (30, 8, 0.1), (15, 64, 0.15)):
            setting = f"n={n}, K={k}, margin 0.1, {at}, from {rare:.0%} of the problems"
            yield Design(group, setting, runs.shifted(n, k, sign * 0.1, rare), decide(0.1))
        draw = runs.templates(np.full(12, 5), spread=0.0, gain=sign * 0.2)
        yield Design(
            group, f"12 equal templates, margin 0.2, true difference {_written(sign * 0.2)}", draw, decide(0.2)
        )
        draw = runs.equal(400, 1, 1, 0.9)
        yield Design(group, "n=400, K=1, margin 0.1, accuracy 0.9", draw, decide(0.1), can_be_right=True)
        draw = runs.equal(100, 8, 8, 0.5)
        yield Design(group, "n=100, K=8, margin 0.1, accuracy 0.5", draw, decide(0.1), can_be_right=True)
    for true in (0.1, 0.0):
        setting = f"n=200, 4 against 4 seeds, margin 0.1, true difference {_written(true)}"
        draw = runs.seeds(200, 4, 4, 0.03, 0.03, true)
        yield Design(GROUPS[7], setting, draw, decisions.seeds_within(0.1), can_be_right=true == 0, slow=6)
    for true in (-0.1, 0.0):
        setting = f"n=200, 2 against 5 seeds, unequal spread, margin 0.1, true difference {_written(true)}"
        draw = runs.seeds(200, 2, 5, 0.1, 0.02, true)
        yield Design(GROUPS[8], setting, draw, decisions.seeds_no_worse(0.1), can_be_right=true == 0, slow=6)


def _cuts() -> Iterator[Design]:
    group, decide = GROUPS[9], decisions.without_cap
    for n, cut in ((100, 0.1), (200, 0.2)):
        setting = f"n={n}, K=1, accuracy 0.5, base cut in {cut:.0%}"
        yield Design(group, setting, runs.cut_runs(n, 1, 0.5, cut, 0.0), decide)
    setting = "n=128, K=1, accuracy 0.046, base cut in 4.6%, new cut in 30%"
    yield Design(group, setting, runs.cut_runs(128, 1, 0.046, 0.046, 0.3), decide)
    yield Design(group, "n=50, K=4, accuracy 0.9, new cut in 20%", runs.cut_runs(50, 4, 0.9, 0.0, 0.2), decide)
    for sizes, kind in (
        (np.full(12, 5), "12 equal templates"),
        (runs.geometric(30), "30 templates of geometric sizes"),
    ):
        draw = runs.cut_runs(0, 1, 0.5, 0.1, 0.0, sizes, 0.3)
        yield Design(group, f"{kind}, effects of ±0.3, base cut in 10%", draw, decide)
    draw = runs.cut_runs(0, 4, 0.5, 0.1, 0.1, np.full(30, 3), 0.3)
    setting = "30 equal templates, K=4, effects of ±0.3, base cut in 10%, new cut in 10%"
    yield Design(group, setting, draw, decide)


def _growing() -> Iterator[Design]:
    group, decide = GROUPS[10], decisions.growing
    setting = f"n=1319, K=1, {len(LOOKS)} looks"
    yield Design(group, f"{setting}, accuracy 0.9", runs.equal(1319, 1, 1, 0.9), decide(LOOKS))
    yield Design(group, "n=200, K=4, 10 looks, accuracy 0.5", runs.equal(200, 4, 4, 0.5), decide(range(20, 201, 20)))
    draw = runs.templates(np.full(40, 5), spread=0.3)
    yield Design(group, "40 equal templates, 4 looks, effects of ±0.3", draw, decide((50, 100, 150, 200)))
    draw, at = runs.shifted(1319, 1, -0.05, 0.1), "margin 0.05, true difference −0.05, from 10% of the problems"
    yield Design(group, f"{setting}, {at}", draw, decisions.growing_no_worse(LOOKS, 0.05))
    draw = runs.cut_runs(400, 1, 0.5, 0.1, 0.0)
    cut = decisions.growing((100, 200, 400), without_cap=True)
    yield Design(group, "n=400, K=1, 3 looks, accuracy 0.5, base cut in 10%", draw, cut)
    draw = runs.seeds(100, 5, 5, 0.05, 0.05)
    yield Design(group, "n=100, 5 against 5 seeds, 3 looks", draw, decisions.growing_seeds((3, 4, 5)), slow=6)
    draw = runs.equal(1319, 1, 1, None, 0.05)
    yield Design(group, f"{setting}, gain of 5%", draw, decide(LOOKS), can_be_right=True)


def _best() -> Iterator[Design]:
    group = GROUPS[11]
    for n_runs in (5, 20):
        draw = runs.several(100, 1, n_runs)
        yield Design(group, f"n=100, K=1, {n_runs} new runs, best against base", draw, decisions.picked)
    draw = runs.several(100, 4, 5, (0.15,))
    yield Design(group, "n=100, K=4, 5 new runs, which may be best", draw, decisions.best_run, can_be_right=True)
    setting = "n=100, K=4, 5 new runs, best against base, gain of 15%"
    yield Design(group, setting, draw, decisions.picked, can_be_right=True)


def _scores() -> Iterator[Design]:
    group, ten = GROUPS[12], "scores of 0 to 10"
    yield Design(group, f"n=20, K=1, {ten}", scores.alike(20, 1, 1))
    yield Design(group, f"n=100, K=4, {ten}", scores.alike(100, 4, 4))
    yield Design(group, f"n=50, K=1 against 8, {ten}", scores.alike(50, 1, 8))
    for n, k, rare in ((15, 8, 0.05), (30, 1, 0.05), (100, 1, 0.02), (100, 4, 0.1)):
        setting = f"n={n}, K={k}, {ten}, skewed effects, from {rare:.0%} of the problems"
        yield Design(group, setting, scores.few_lose_all(n, k, rare))
        setting = f"n={n}, K={k}, {ten}, effects on the floor, from {rare:.0%} of the problems"
        yield Design(group, setting, scores.few_lose_all(n, k, rare, mirrored=True))
    for g in (8, 30):
        draw = scores.in_templates(np.full(g, 5), spread=0.3)
        yield Design(group, f"{g} equal templates, {ten}, effects of ±3", draw)
        draw = scores.in_templates(runs.geometric(g), spread=0.3)
        yield Design(group, f"{g} templates of geometric sizes, {ten}, effects of ±3", draw)
    draw = scores.few_lose_all(60, 2, 0.1, shift=-0.1)
    setting = f"n=60, K=2, {ten}, margin 1, true difference −1, from 10% of the problems"
    yield Design(group, setting, draw, decisions.no_worse_than(1.0))
    draw = scores.few_lose_all(60, 2, 0.1, shift=0.1)
    setting = f"n=60, K=2, {ten}, margin 1, true difference 1, from 10% of the problems"
    yield Design(group, setting, draw, decisions.within(1.0))
    yield Design(group, f"n=100, K=2, {ten}, gain of 1", scores.alike(100, 2, 2, gain=0.1), can_be_right=True)
    draw = scores.alike(150, 1, 1)
    yield Design(group, f"n=150, K=1, {ten}, margin 1", draw, decisions.within(1.0), can_be_right=True)
    grown = decisions.growing((20, 50, 100, 200))
    setting = f"n=200, K=1, {ten}, 4 looks, skewed effects, from 5% of the problems"
    yield Design(group, setting, scores.few_lose_all(200, 1, 0.05), grown)


DESIGNS: tuple[Design, ...] = (
    *_single(),
    *_several_completions(),
    *_unequal_completions(),
    *_missing(),
    *_templates(),
    *_several_runs(),
    *_seeds(),
    *_margins(),
    *_cuts(),
    *_growing(),
    *_best(),
    *_scores(),
)
