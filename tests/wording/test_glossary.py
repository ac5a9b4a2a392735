"""Terms are explained once, where they first stand, in both languages, and never inside another word or a command."""

import pytest

from evalsuite.comparison.paired_table import compare_table
from evalsuite.stats.paired import PairedTable
from evalsuite.wording import paired_table
from evalsuite.wording.glossary import GLOSSARY, glossary, tokens
from evalsuite.wording.language import language
from reports.glossary import explained


def terms(text: str) -> list[str]:
    return [token.text for token in tokens(text) if token.meaning]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+5 pp (95% CI +1 to +9 pp), p < 0.05", ["pp", "95% CI", "p <"]),
        ("CI and 95% CI", ["CI"]),
        ("unresolved is not resolved", ["unresolved", "resolved"]),
        ("an app, powerful CIs, κs", []),
        ("", []),
    ],
)
def test_a_term_is_explained_once_and_only_as_a_word(text: str, found: list[str]) -> None:
    assert terms(text) == found
    assert "".join(token.text for token in tokens(text)) == text


def test_a_verdict_has_its_terms_explained_in_both_languages() -> None:
    compared = compare_table(PairedTable(both=30, wins=20, losses=4, neither=46))
    names = {"en": ["pp", "95% CI", "Fay–Lumbard", "Resolved gain"], "zh": ["个百分点", "置信区间", "Fay–Lumbard"]}
    for code, wanted in names.items():
        with language(code):
            sentence = paired_table.sentence(compared)
            assert set(wanted) <= set(terms(sentence)), sentence
            assert "".join(token.text for token in tokens(sentence)) == sentence


def test_the_table_has_every_term_in_the_language_of_the_page() -> None:
    assert len(glossary()) == len(GLOSSARY) > 15
    with language("zh"):
        assert dict(glossary())["p 值"].startswith("同样好的运行")


def test_an_explained_text_stays_what_it_is() -> None:
    text = "<b>5 pp</b> `--margin 0.02 pp` and p < 0.05 \u202e"
    html = str(explained(text))
    assert "<b>" not in html
    assert html.count('tabindex="0"') == 2, "a command is no prose"
    assert "<code>--margin 0.02 pp</code>" in html
    assert "\u202e" not in html
