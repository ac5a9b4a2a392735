"""No sentence of GSM8K stands in a text file of the project: its problems are read from the user's own copy."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from evalsuite.errors import DataUnavailableError
from evalsuite.problems.gsm8k import gsm8k

ROOT = Path(__file__).parents[2]
FOLDERS = ("analyses", "data/adapters", "data/configs", "data/experiments", "docs", "evalsuite", "reports", "tests")
SUFFIXES = (".csv", ".html", ".json", ".jsonl", ".md", ".py", ".sql", ".toml", ".txt", ".yaml")
LINE_END = re.compile(r"\\[nrt]")
"""As it is written in JSON and in Python: the n is no letter of the next word."""
CALCULATION = re.compile(r"<<[^<>\n]*>>")
"""What GSM8K's solutions write beside each result."""
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SENTENCE_END = re.compile(r"(?<=[.?!])\s+|[\n\"]+")
FEWEST_WORDS = 6
"""Of a sentence that is nobody's in particular."""
WINDOWS = ((10, 0, 0), (8, 1, 4), (6, 3, 2))
"""Words in a row, and at least how many of them are numbers and how many are of letters: fewer stand elsewhere too."""


def runs_of_words(text: str) -> Iterator[str]:
    """Yield what a text has in common with whoever copied it, line ends escaped or not."""
    words = re.sub(r"[\W_]+", " ", LINE_END.sub(" ", text)).lower().split()
    for n, n_numbers, n_letters in WINDOWS:
        for i in range(len(words) - n + 1):
            run = words[i : i + n]
            if sum(map(str.isdecimal, run)) >= n_numbers and sum(map(str.isalpha, run)) >= n_letters:
                yield " ".join(run)


def sentences(text: str) -> Iterator[str]:
    """Yield whole sentences, which may be shorter than any window."""
    for sentence in SENTENCE_END.split(LINE_END.sub("\n", text)):
        words = re.sub(r"[\W_]+", " ", sentence).lower().split()
        if len(words) >= FEWEST_WORDS and sum(map(str.isalpha, words)) >= FEWEST_WORDS:
            yield " ".join(words)


def steps_of_a_solution(text: str) -> set[tuple[str, str]]:
    """Return neighbouring calculations of which the second uses the first's result: a solution, whatever the words are.

    Results of one digit are left out, for they meet by chance.
    """
    numbers = {mark: NUMBER.findall(mark) for mark in CALCULATION.findall(text)}
    return {
        (one, other)
        for one, other in pairwise(CALCULATION.findall(text))
        if numbers[one] and len(numbers[one][-1]) > 1 and numbers[one][-1] in numbers[other][:-1]
    }


def test_no_sentence_of_gsm8k_is_committed() -> None:
    try:
        problems = [p for split in ("train", "test") for p in gsm8k(split).problems]
    except DataUnavailableError as error:
        pytest.skip(f"needs GSM8K: {error}")
    texts = [text for p in problems for text in (p.question, CALCULATION.sub("", p.solution))]
    known = {run for text in texts for run in runs_of_words(text)}
    known |= {sentence for text in texts for sentence in sentences(text)}
    calculated = {pair for p in problems for pair in steps_of_a_solution(p.solution)}
    sites = ROOT / "reports/site"
    for files in (ROOT.glob("*.md"), *((ROOT / folder).rglob("*") for folder in FOLDERS)):
        for file in sorted(files):
            if file.suffix in SUFFIXES and sites not in file.parents and file.stat().st_size < 5e6:
                text = file.read_text("utf-8", "replace")
                taken = next((run for run in (*runs_of_words(text), *sentences(text)) if run in known), None)
                assert taken is None, f"{file.relative_to(ROOT)}: {taken}"
                assert not steps_of_a_solution(text) & calculated, file.relative_to(ROOT)


def test_a_copied_line_is_found_behind_an_escape() -> None:
    """A line of a solution, in a file of JSON: this one is our own."""
    line = "They bring in 9 * 2 = $18 in all."
    assert "they bring in 9 2 18" in set(runs_of_words('["x 20 - 6 - 5 = 9 bags.\\n' + line + '"]'))


def test_a_short_sentence_is_found_as_a_whole() -> None:
    """Shorter than a window of words, in a template: this one is our own."""
    sentence = "How many pears does each neighbour bring?"
    assert "how many pears does each neighbour bring" in set(sentences(f'f"and eats {{n}}. {sentence}",'))
