"""Random comparisons of every design, and what no printed answer may do: contradict itself, or speak badly."""

import re
from collections.abc import Iterator

import numpy as np

from evalsuite.comparison.pair import TwoRunComparison, adjust_family, compare_pair
from evalsuite.comparison.paired_table import compare_table
from evalsuite.comparison.problem_means import MeanComparison
from evalsuite.documents.two_runs import of_two_runs
from evalsuite.scores import ScoreMatrix
from evalsuite.stats.paired import PairedTable
from evalsuite.stats.power import smallest_attainable_pvalue
from evalsuite.wording import numbers, two_runs

BAD_WORDS = re.compile(
    r"(?<!to )(?<!and )(?<![,.])\b1 (problems|(problem )?templates|completions|discordant problems|runs|seeds)\b|"
    r"100% CI|\bnan\b|\binf\b|(?<!\d)[+−]?0 to [+−]?0 pp|  |\.\."
)
LIMITS = re.compile(r"CI ([+−]?[\d.,]+) to ([+−]?[\d.,]+)")
LEVELS = (0.001, 0.01, 0.05, 0.2)
ALPHAS = (1e-9, 0.001, 0.01, 0.03125, 0.05, 0.05, 0.125, 0.2, 0.49)
MARGINS = (None, None, 0.001, 0.03, 0.3, 0.9)


def random_run(
    rng: np.random.Generator, label: str, n: int, most: int, clusters: tuple[str, ...] | None
) -> ScoreMatrix:
    """Return a run with up to `most` completions per problem, some truncated and, rarely, problems without any."""
    fewest = rng.integers(1, most + 1)
    made = rng.integers(fewest, most + 1, n)
    if n > 1 and rng.random() < 0.08:
        made[rng.integers(1, n) :] = 0
    present = np.arange(most)[None, :] < made[:, None]
    kind = rng.random()
    if kind < 0.15:
        chance = np.full(n, rng.choice([0.0, 1.0]))
    elif kind < 0.3:
        chance = np.where(rng.random(n) < rng.choice([0.02, 0.1]), 0.0, rng.choice([0.9, 1.0]))
    else:
        chance = rng.beta(*rng.choice([0.1, 0.3, 1.0, 3.0], 2), n)
    correct = (rng.random((n, most)) < chance[:, None]) & present
    truncated = (rng.random((n, most)) < rng.choice([0.0, 0.2])) & present
    keys = tuple(map(str, range(n)))
    return ScoreMatrix(label, keys, keys, correct, present, truncated, clusters=clusters)


def random_clusters(rng: np.random.Generator, n: int) -> tuple[str, ...] | None:
    if rng.random() < 0.75:
        return None
    groups = int(rng.integers(1, n + 1))
    weights = np.full(groups, 1 / groups) if rng.random() < 0.5 else rng.dirichlet(np.full(groups, 0.5))
    return tuple(map(str, rng.choice(groups, n, p=weights)))


def random_comparisons(seed: int) -> Iterator[TwoRunComparison]:
    """Yield the comparisons of one random design: each alone, and where there are several as a family too."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8) if rng.random() < 0.3 else rng.integers(1, 60))
    most = int(rng.choice([1, 1, 1, 1, 1, 2, 8]))
    alpha, margin = float(rng.choice(ALPHAS)), MARGINS[rng.integers(len(MARGINS))]
    clusters = random_clusters(rng, n)
    base = random_run(rng, "base", n, most, clusters)
    count = int(rng.choice([1, 1, 2, 3]))
    others = [
        random_run(rng, f"new-{i}", n, int(rng.choice([1, most, most])), clusters if rng.random() < 0.5 else None)
        for i in range(count)
    ]
    if rng.random() < 0.1:
        others[0] = ScoreMatrix(
            "copy", base.keys, base.problem_ids, base.correct, base.present, base.truncated, clusters=clusters
        )
    without_cap = bool(rng.random() < 0.25)
    looks = tuple(range(int(rng.integers(2, 9)))) if rng.random() < 0.2 else ()
    compared = [
        compare_pair(base, new, alpha, margin, without_cap=without_cap, family_size=count, looks=looks)
        for new in others
        if ((base.attempts > 0) & (new.attempts > 0)).any()
    ]
    if count == 1:
        yield from compared
    else:
        yield from adjust_family(compared)


def misprinted(said: str, kind: str, pvalue: float | None, alpha: float, *, alone: bool = True) -> str:
    """Return in what the printed interval or p-value belies the verdict; empty where it does not."""
    shown = LIMITS.search(said)
    above, below = (shown is not None and shown[i].startswith(sign) for i, sign in ((1, "+"), (2, "−")))
    found = {
        "prints an interval that does not leave out zero": shown is not None
        and ((kind == "resolved gain" and not above) or (kind == "resolved loss" and not below)),
        "prints an interval that leaves out zero": alone and not kind.startswith("resolved") and (above or below),
    }
    if pvalue is not None and (number := re.fullmatch(r"p = ([\d.]+)", numbers.pvalue(pvalue))) and alpha in LEVELS:
        found["prints a p-value on the other side of the level"] = (float(number[1]) < alpha) != (pvalue < alpha)
    return "; ".join(f"{name}: {said}" for name, wrong in found.items() if wrong)


def contradiction(c: TwoRunComparison, *, words: bool = True) -> str:
    """Return in what a comparison contradicts itself or speaks badly; empty where it does not.

    Without `words` neither sentence nor planning is made, which take most of the time.
    """
    low, high, kind, claims = c.difference.low, c.difference.high, c.verdict.kind, c.verdict.claims
    excluded, resolved, alone = low > 0 or high < 0, kind.startswith("resolved"), c.adjusted_pvalue is None
    inside = c.equivalence_interval if c.without_cap is None else c.difference
    found = {
        "the value lies outside of its interval": not low <= c.difference.value <= high,
        "resolved, and the interval includes zero": resolved and not excluded,
        "zero is excluded and nothing is resolved": alone and excluded and not resolved,
        "the sign of the verdict is not that of the interval": (kind == "resolved gain" and low <= 0)
        or (kind == "resolved loss" and high >= 0),
        "equivalent, and the claim is missing": kind == "equivalent" and "equivalent" not in claims,
        "impossible by design, and resolved for others": kind
        in ("cannot resolve by design", "too few independent groups")
        and alone
        and excluded,
        "problems needed with which no test reaches the level": words
        and c.n_needed is not None
        and c.n_needed < 1000
        and smallest_attainable_pvalue(c.n_needed) >= c.alpha / c.family_size,
    }
    here = c.on_these_problems if isinstance(c, MeanComparison) else None
    if here is not None:
        apart = here.difference.low > 0 or here.difference.high < 0
        found |= {
            "of these problems resolved, and the interval includes zero": here.resolved and not apart,
            "zero is excluded on these problems, and nothing is resolved": here.adjusted_pvalue is None
            and apart != here.resolved,
        }
    if inside is not None and c.margin is not None:
        # A limit on the margin itself differs from it by rounding alone.
        edge = min(abs(inside.low + c.margin), abs(inside.high - c.margin)) < 1e-9
        # Of the worst case only the wider interval of level 1 - alpha is printed: what lies inside it must be claimed.
        narrow = not edge and c.without_cap is None
        within, unharmed = -c.margin < inside.low and inside.high < c.margin, -c.margin < inside.low
        found |= {
            "equivalent, and the interval is not inside": narrow and "equivalent" in claims and not within,
            "inside, and not equivalent": not edge and alone and within and "equivalent" not in claims,
            "no worse, and the interval reaches the margin": narrow and "no worse" in claims and not unharmed,
            "above the margin, and not shown no worse": not edge and alone and unharmed and "no worse" not in claims,
        }
    said = two_runs.sentence(c) if words else ""
    bad = BAD_WORDS.search(said)
    if bad:
        return f"says {bad[0]!r}: {said}"
    if words:
        pvalue = c.verdict_pvalue if alone else c.adjusted_pvalue
        at_cap = "" if c.without_cap is not None else said
        found |= {misprinted(at_cap, kind, pvalue, c.alpha, alone=alone): True, _of_document(c): True}
    return "; ".join(name for name, wrong in found.items() if wrong and name)


def _of_document(c: TwoRunComparison) -> str:
    """Return in what the JSON document differs from the comparison."""
    told, e = of_two_runs(c).as_dict(), c.difference
    first = [tuple(next(iter(told["intervals"].values()))), next(iter(told["pvalues"].values()))]
    wrong = {
        "the document has another verdict": (told["verdict"]["kind"], told["verdict"]["claims"])
        != (c.verdict.kind, list(c.verdict.claims)),
        "the document has another interval": (told["difference"]["low"], told["difference"]["high"]) != (e.low, e.high),
        "another method stands first in the document": first != [(e.low, e.high), c.verdict_pvalue],
        "the document has another sentence": told["sentence"] != two_runs.sentence(c),
    }
    return "; ".join(name for name, differs in wrong.items() if differs)


def random_tables(seed: int) -> Iterator[TwoRunComparison]:
    """Yield comparisons of random paired tables, the cheapest design, alone or as a family."""
    rng = np.random.default_rng(seed)
    alpha, margin = float(rng.choice(ALPHAS)), MARGINS[rng.integers(len(MARGINS))]
    count, n = int(rng.choice([1, 1, 2])), int(rng.integers(1, 80))
    tables = [PairedTable(*rng.multinomial(n, rng.dirichlet(rng.choice([0.2, 1.0], 4))).tolist()) for _ in range(count)]
    compared = [compare_table(table, alpha=alpha, margin=margin, family_size=count) for table in tables]
    yield from compared if count == 1 else adjust_family(compared)
