"""What reaches a terminal: data on stdout, words on stderr, and no control character of a model's text."""

import json
import math

import pytest

from evalsuite.console import print_json, print_line, print_nested, print_table, say, visible

HOSTILE = "a\x1b[31m\x9b2J\x07\r\x7f\u202eb\ud800\u2028é\U0001f600−"
CONTROLS = set("\x1b\x9b\x07\r\x7f\u202e\ud800\u2028")


@pytest.mark.parametrize(
    "show",
    [
        print_line,
        say,
        lambda text: print_nested({"text": text, "list": [{"inner": text}]}),
        lambda text: print_table(text, ["column", text], [[text, None]]),
        lambda text: print_json({"text": text, text: [text]}),
    ],
    ids=["line", "say", "nested", "table", "json"],
)
def test_no_control_character_reaches_the_terminal(show, capsys: pytest.CaptureFixture[str]) -> None:
    show(HOSTILE)
    out, err = capsys.readouterr()
    assert out + err
    assert not CONTROLS & set(out + err)
    assert "é" in out + err
    assert "−" in out + err


def test_json_is_whole_and_exact(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": HOSTILE, "n": 0.1 + 0.2, "none": math.nan, "list": [math.inf, (1, "x")]})
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found == {"text": HOSTILE, "n": 0.1 + 0.2, "none": None, "list": [None, [1, "x"]]}
    assert err == ""


def test_words_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("[bold]not mark-up[/bold] " + "long " * 100)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("[bold]not mark-up[/bold]")
    assert err.count("\n") == 1


def test_line_breaks_and_tabs_stay() -> None:
    assert visible("a\n\tb") == "a\n\tb"
    assert visible("\\x1b") == "\\x1b"
