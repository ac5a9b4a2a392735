"""What help says, and that what it says is true: an example of each command, one line for the variables, no twins."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from evalsuite.cli.app import COMMANDS, app, example, run_command
from evalsuite.cli.value_sources import value_sources

EACH = pytest.mark.parametrize("name", COMMANDS)


@EACH
def test_help_has_one_example_one_line_on_variables_and_no_twins(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([name, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert f"Example: {example(COMMANDS[name])}" in text
    assert f"EVALSUITE_{name.upper().replace('-', '_')}_OPTION" in text
    assert text.count("EVALSUITE_") == 2
    assert not re.findall(r"--(?:no|empty)-[a-z-]+|env var|default: (?:None|False|\(\))", text)


@EACH
def test_the_example_is_one_that_the_command_takes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    app.config = value_sources(app)
    program, *words = shlex.split(example(COMMANDS[name]))
    command, _, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    assert program == "evalsuite"
    assert command is COMMANDS[name]


@pytest.mark.parametrize(
    "words",
    [
        "compare --fail-if loss a b",
        "compare a --fail-if loss b",
        "compare a b --fail-if loss",
        "compare --alpha 0.1 a b --only-shared",
        "compare --only-shared a b",
        "report --out x a --margin 0.1 b",
        "analyse --seed 1 breakdown a b",
        "analyse breakdown a --grader boxed b",
        "archive --training t folder a b",
        "archive folder a --training t b",
        "grade --all-graders a",
    ],
)
def test_options_may_stand_before_between_and_after_names(words: str) -> None:
    app.config = ()
    _, bound, _ = app.parse_args(words.split(), exit_on_error=False, print_error=False)
    last = bound.args[-1]
    names = last if isinstance(last, list) else [name for name in bound.args if name in ("a", "b")]
    assert names == [word for word in words.split() if word in ("a", "b")]


@pytest.mark.parametrize("words", ["--fail-if loss,gain", "--fail-if loss --fail-if gain", "--fail-if=loss,gain"])
def test_conditions_are_given_by_commas_or_again(words: str) -> None:
    app.config = ()
    _, bound, _ = app.parse_args(["compare", *words.split(), "a", "b"], exit_on_error=False, print_error=False)
    assert (bound.args, bound.arguments["fail_if"]) == (("a", "b"), ("loss", "gain"))


def test_a_list_of_arms_repeats_its_flag() -> None:
    app.config = ()
    words = ["compare", "--base", "a", "--new", "b", "--new", "c", "--paired-seeds"]
    _, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    assert (bound.arguments["arms"].base, bound.arguments["arms"].new) == (("a",), ("b", "c"))


def test_a_variable_reaches_a_command_with_a_hyphen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("EVALSUITE_IMPORT_TRAINING_LABEL", "theirs")
    assert run_command(["import-training", "nowhere"]) != 0
    assert "--label" not in capsys.readouterr().err


def test_a_flag_takes_back_what_a_file_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    Path("evalsuite.toml").write_text("[plan]\njson = true\nn = 5\n")
    assert run_command(["plan"]) == 0
    assert capsys.readouterr().out.startswith("{")
    assert run_command(["plan", "--json=false"]) == 0
    assert "Smallest detectable difference" in capsys.readouterr().out


def test_the_command_alone_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([]) == 0
    text = capsys.readouterr().out
    assert all(re.search(rf"│ {name} ", text) for name in COMMANDS)


@pytest.mark.parametrize("start", [["-P", "-m", "evalsuite"], ["-c", "from evalsuite.cli.app import main; main()"]])
def test_a_folder_of_the_users_own_does_not_shadow_ours(tmp_path: Path, start: list[str]) -> None:
    for name in ("analyses", "reports"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise SystemExit('the {name} of the user')\n")
    if start[0] == "-c":
        # As the console script starts: its own folder comes first on the path, and the current one is not there.
        start = ["-P", *start]
    command = [sys.executable, *start, "analyse", "significance", "1/5", "2/5", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert '"schema": "evalsuite.analyse/1"' in done.stdout
    assert (tmp_path / "reports" / "site" / "significance.html").is_file()


def test_python_says_what_hides_a_package_of_ours(tmp_path: Path) -> None:
    (tmp_path / "analyses.py").write_text("")
    program = "import evalsuite as es; es.compare([1, 0], [0, 1])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1
    assert "analyses.py hides the package 'analyses' of evalsuite" in done.stderr.splitlines()[-1]
