"""The terms of statistics that pages use, each explained in one or two sentences where it stands.

All of them stand in a part of the page of their own; what is said here is what a statistician would accept and an
engineer can use.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evalsuite.wording.language import N_, current_language, tr

__all__ = ["GLOSSARY", "Term", "Token", "glossary", "tokens"]


@dataclass(frozen=True, slots=True)
class Term:
    """A term, the ways in which English texts write it, what Chinese texts write, and what it means."""

    name: str
    forms: tuple[str, ...]
    chinese: tuple[str, ...]
    meaning: str


GLOSSARY = (
    Term(N_("confidence interval (CI)"), ("95% CI", "90% CI", "99% CI", "CI"), ("置信区间",), N_(
        "A range from a method that captures the true value in the stated share of cases, such as 95%. A difference "
        "whose interval contains zero could be chance.")),
    Term(N_("p-value"), ("p-values", "p-value", "p <", "p =", "p >"), ("p 值", "p <", "p =", "p >"), N_(
        "How often equally good runs would show a difference at least this large. It is not the probability that the "
        "runs are equal.")),
    Term(N_("pp (percentage points)"), ("pp",), ("个百分点",), N_(
        "The unit of a difference of percentages: from 40% to 45% is +5 pp.")),
    Term(N_("power"), ("80% power", "90% power", "power"), ("检验功效",), N_(
        "The probability of a resolved verdict if there really is a difference of the stated size.")),
    Term(N_("resolved"), ("Resolved gain", "Resolved loss", "resolved gain", "resolved loss", "resolved"),
         ("已确认提升", "已确认下降"), N_(
        "Statistically significant at the chosen level α: chance alone would rarely produce such a difference.")),
    Term(N_("unresolved"), ("Unresolved", "unresolved"), ("未能判定",), N_(
        "Not significant: both a gain and a loss are compatible with the data. That is not evidence of equality.")),
    Term(N_("equivalent"), ("Also equivalent", "equivalent", "Equivalence"), ("等价",), N_(
        "The whole interval lies within a margin that was stated before the runs were made.")),
    Term(N_("cannot resolve by design"), ("Cannot resolve by design", "cannot resolve by design"), ("设计上无法判定",),
         N_(
        "So few problems that no possible outcome would have been significant.")),
    Term(N_("not identified"), ("Not identified", "not identified"), ("不可识别",), N_(
        "Completions cut off by the token limit could reverse the sign of the difference, whatever the number of "
        "problems.")),
    Term(N_("McNemar's test"), ("Exact McNemar", "McNemar's test", "McNemar"), ("McNemar",), N_(
        "Compares two runs on the same problems by the problems that only one of them solved. Exact: it needs no large "
        "numbers.")),
    Term(N_("mid-p"), ("mid-p",), ("mid-p",), N_(
        "A less cautious version of an exact p-value, which can exceed its level slightly.")),
    Term(N_("Fay–Lumbard, Tango"), ("Fay–Lumbard", "Tango"), ("Fay–Lumbard", "Tango"), N_(
        "Two intervals for the difference of two accuracies on the same problems. The first always agrees with the "
        "exact McNemar test; the second is shorter and approximate.")),
    Term(N_("Holm's method"), ("Holm's adjustment", "Holm's method", "Holm"), ("Holm 法", "Holm"), N_(
        "Adjusts p-values for the number of comparisons, so that the chance of any false verdict among them stays "
        "below the level.")),
    Term(N_("bounded-mean test"), ("Bounded-mean test", "bounded mean"), ("有界均值检验", "有界均值"), N_(
        "Compares means and assumes only the range of the scores. It stays valid where a few problems change by much, "
        "and is cautious for that.")),
    Term(N_("sign flips"), ("sign-flip test", "sign flips"), ("符号翻转",), N_(
        "Asks how often the observed differences would add up to as much if each had a random sign.")),
    Term(N_("disagreement rate"), ("disagreement rate", "answered differently"), ("不一致率",), N_(
        "The share of problems that only one of the two runs solved. Only these tell the runs apart.")),
    Term(N_("problem template"), ("problem templates", "problem template"), ("题目模板",), N_(
        "Generated problems that differ only in their names and numbers. They are not independent, so the template "
        "counts as one.")),
    Term(N_("token limit"), ("token limit",), ("token 上限",), N_(
        "The largest number of tokens a completion may have (max_new_tokens). One that reaches it is truncated.")),
    Term(N_("training seed"), ("training seeds", "training seed"), ("训练种子",), N_(
        "Trainings of one recipe with other seeds give other models. Only several of them can show what the recipe "
        "does.")),
    Term(N_("pass@k, pass^k"), ("pass@k", "pass^k"), ("pass@k", "pass^k"), N_(
        "The share of problems of which at least one, or all, of k completions are right.")),
    Term(N_("κ (kappa)"), ("κ",), ("κ",), N_(
        "Agreement beyond what chance would give: 1 is perfect, 0 is chance.")),
)  # fmt: skip
"""Every term, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text, with the meaning of the term that it is; empty where it is none."""

    text: str
    meaning: str = ""


def glossary() -> tuple[tuple[str, str], ...]:
    """Return every term with its meaning, in the current language."""
    return tuple((tr(term.name), tr(term.meaning)) for term in GLOSSARY)


def tokens(text: str, explained: set[str] | None = None) -> Iterator[Token]:
    """Divide a text into terms and what lies between them; each term is explained once, where it first stands.

    Parameters
    ----------
    explained
        Names of the terms that were explained before; those that are explained here are added.

    Examples
    --------
    >>> [token.text for token in tokens("It takes 5 pp, then 3 pp.") if token.meaning]
    ['pp']
    """
    english = current_language() == "en"
    by_form = {form: term for term in GLOSSARY for form in (term.forms if english else term.chinese)}
    # The longest form first, so that "p-values" is not read as something shorter.
    forms = sorted(by_form, key=len, reverse=True)
    edge = r"(?<![\w`]){}(?![\w`])" if english else "{}"
    pattern = "|".join(edge.format(re.escape(form)) for form in forms)
    explained = set() if explained is None else explained
    at = 0
    for match in re.finditer(pattern, text):
        term = by_form[match.group()]
        if term.name in explained:
            continue
        explained.add(term.name)
        yield Token(text[at : match.start()])
        yield Token(match.group(), tr(term.meaning))
        at = match.end()
    yield Token(text[at:])
