"""What intervals and tests are called where a reader sees them; results carry short codes, the same in every language.

A code that stands for a method of this list alone needs no name of its own elsewhere. Codes that are not listed are
shown as they are.
"""

from evalsuite.wording.language import N_, tr

__all__ = ["METHOD_NAMES", "method_name"]

METHOD_NAMES = {
    "fay_lumbard": N_("Fay–Lumbard (agrees with exact McNemar)"),
    "tango": N_("Tango score"),
    "newcombe": N_("Newcombe square-and-add"),
    "bonett_price": N_("Bonett–Price"),
    "agresti_min": N_("Agresti–Min"),
    "wilson": N_("Wilson"),
    "clopper_pearson": N_("Clopper–Pearson (exact)"),
    "jeffreys": N_("Jeffreys"),
    "midp": N_("mid-p"),
    "uniform": N_("uniform prior"),
    "bounded_mean": N_("bounded mean (assumes only the range of the scores)"),
    "anytime": N_("bets that hold at every look"),
    "each_look": N_("a share of the level for each look"),
    "completion_pairs": N_("pairs of completions (for exactly these problems)"),
    "worst_case_fay_lumbard": N_("worst case over truncated completions, Fay–Lumbard"),
    "worst_case_bounded_mean": N_("worst case over truncated completions, bounded mean"),
    "worst_case_clopper_pearson": N_("worst case over truncated completions, Clopper–Pearson"),
    "worst_case_crossed": N_("worst case over truncated completions, over seeds and problems"),
    "t": N_("t over problems"),
    "paired_t": N_("t over problems"),
    "cluster_t_cr2": N_("t over problem templates"),
    "cluster_t": N_("t over problem templates"),
    "seeds_t": N_("t over training seeds"),
    "crossed": N_("over seeds and problems (t and bounded mean)"),
    "bounded": N_("bounded (no variation seen)"),
    "bootstrap_bca": N_("bootstrap, BCa"),
    "bootstrap_percentile": N_("bootstrap, percentile"),
    "beta_bootstrap": N_("bootstrap from a beta distribution"),
    "mcnemar_exact": N_("McNemar, exact conditional"),
    "mcnemar_midp": N_("McNemar, mid-p"),
    "mcnemar_asymptotic": N_("McNemar, asymptotic"),
    "mcnemar_exact_unconditional": N_("McNemar, exact unconditional"),
    "sign_flip": N_("exact sign-flip"),
    "cluster_sign_flip": N_("exact sign-flip over groups of problems"),
    "score_sign_flip": N_("sign flips of problem templates"),
    "permutation": N_("permutations of problems"),
    "within_problem_permutation": N_("within-problem permutation (no problem changed)"),
    "cochran_q": N_("Cochran's Q"),
    "seeds_and_problems": N_("over seeds and problems"),
    "seeds": N_("over seeds alone"),
    "problems": N_("over problems alone"),
}


def method_name(code: str) -> str:
    """Return the name of a method in the current language.

    Examples
    --------
    >>> method_name("cluster_t"), method_name("logrank")
    ('t over problem templates', 'logrank')
    """
    return tr(METHOD_NAMES.get(code, code))
