"""The contract of the command line: streams, exit codes, JSON, sources of values. No model is loaded here."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from scripted import ScriptedGenerator, run_scripted

from evalsuite.cli import machine
from evalsuite.cli.app import run_command

JSON_KEYS = {
    "schema", "n_problems", "table", "base", "new", "difference", "pvalues", "intervals", "probability_new_better",
    "evalue", "smallest_attainable_pvalue", "verdict", "sentence", "minimum_detectable_difference", "n_needed",
}  # fmt: skip


class Answer(NamedTuple):
    """What a command gave: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Answer]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return a function that runs one command in an empty folder, without the user's configuration."""
    for name in [name for name in os.environ if name.startswith("EVALSUITE_") and name != "EVALSUITE_CACHE"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        code = run_command([str(a) for a in arguments])
        return Answer(code, *capsys.readouterr())

    return call


@pytest.fixture
def store(cli: Cli, tmp_path: Path) -> Path:
    """Return a store with the imported runs base, new (5 wins, no loss) and other (unfinished: none)."""
    for label, right in (("base", range(10)), ("new", range(15)), ("loss", range(2))):
        rows = [
            {
                "problem_id": f"p{i}",
                "correct": i in right,
                "question": f"{i}?",
                "gold": i,
                "completion": f"\\boxed{{{i}}}",
            }
            for i in range(20)
        ]
        file = tmp_path / f"{label}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert cli("import", file, "--label", label, "--store", tmp_path / "s.duckdb").code == 0
    return tmp_path / "s.duckdb"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("bogus", "Unknown command 'bogus'. The commands are run, extend,"),
        ("comapre a b", "Unknown command 'comapre'. Did you mean compare? The commands are run, extend,"),
        ("compare a b --fail-fi loss", "Unknown option: --fail-fi. Did you mean --fail-if?"),
        ("compare --table 1 1 0 3 --fail-if loss,maybe", "'maybe' is not one of loss, gain, unresolved,"),
        ("compare --table 1 1 0 3 --fail-if", "--fail-if requires an argument"),
        ("compare --no-only-shared a b", "Unknown option: --no-only-shared"),
        ("compare --empty-base a b", "Unknown option: --empty-base"),
        (
            "analyse truncaton",
            "there is no analysis 'truncaton'. Did you mean truncation? Choose from model_",
        ),
        ("analyse sample_size a", "sample_size takes no runs, got a"),
        ("analyse significance --seed 1", "--seed has no effect on significance"),
        ("analyse truncation a", "there is no store at data/runs/evalsuite.duckdb"),
        ("experiment nothing.toml", "nothing.toml"),
        ("run --bogus 1", "--bogus"),
        ("accuracy", "accuracy needs counts such as 1/5"),
        ("accuracy 9/5", "got 9/5"),
        ("accuracy 0/0", "got 0/0"),
        ("compare", "compare needs exactly one of"),
        ("compare a", "neither a file nor a folder 'a'"),
        ("compare a b --counts 1/5 2/5", "compare needs exactly one of"),
        ("compare --counts 1/5 2/6", "base attempted 5 problems and new 6"),
        ("compare --counts 1/5 x", "the new score must look like 1/5, got 'x'"),
        ("compare --counts 1/5 2/5 --margin 0.1", "--margin has no effect on --counts"),
        ("compare --table 1 1 0 3 --only-shared", "--only-shared needs stored runs"),
        ("compare --table 1 1 0 3 --alpha 2", "--alpha must be at least 1e-12 and below 0.5"),
        ("compare --table 1 1 0 3 --margin 2", "--margin must lie between 0 and 1"),
        ("compare --table 0 0 0 0", "BOTH WINS LOSSES NEITHER"),
        ("compare --table 1 -1 0 3", "none negative"),
        ("compare --table 1 1 0 3 --fail-if maybe", "maybe"),
        ("plan", "either --base and --new, or --n"),
        ("plan --base 0.2", "either --base and --new, or --n"),
        ("plan --base 0.2 --n 5", "either --base and --new, or --n"),
        ("plan --n 0", "must be at least 1"),
        ("plan --n 5.5", "--n needs a whole number, got 5.5"),
        ("doctor a", "doctor takes no further argument, got a. See `evalsuite doctor --help`."),
        ("compare --table 1 2 3", "--table takes 4 values, got 3."),
        ("compare 1/5 2/5 3/5", "two at a time"),
        ("--json runs", "options follow it"),
        ("report a b --output page.pdf", "--output ends in .html, or in .md for Markdown, got page.pdf"),
        ("report a b --output x.html --name x", "--output names the very file"),
        ("report a b --output x.html --out site", "--output names the very file"),
        ("report a b --output x.html --format markdown", "--output ends in .html, or in .md"),
        ("report a b --output My.html", "--output my.html"),
        ("view", "there is no page in reports/site yet"),
        ("analyse truncation a --margin 0.1 --store x", "no store at x"),
        ("analyse sample_size --only-shared", "--only-shared has no effect on sample_size"),
        ("analyse sample_size --alpha 0.5", "--alpha"),
        ("plan --base 20 --new 40", "--base must lie between 0 and 1, such as 0.2 for 20%, got 20"),
        ("plan --base 0.2 --new 0.2", "must differ"),
        ("plan --n 5 --power 1", "--power must lie between --alpha, 0.05, and 1, got 1"),
        ("plan --n 5 --completions 4", "--completions has no effect on --n"),
        ("report a", "neither a file nor a folder 'a'"),
        ("runs", "no store at data/runs/evalsuite.duckdb"),
        ("import", "import needs files or folders"),
    ],
)
def test_wrong_usage_is_exit_code_2_with_words_on_stderr_only(cli: Cli, command: str, message: str) -> None:
    answer = cli(*command.split())
    assert answer.code == 2
    assert answer.out == ""
    assert message in answer.err


def test_what_is_not_there_is_exit_code_3(cli: Cli) -> None:
    assert cli("import", "nothing.csv", "--label", "x", "--store", "s.duckdb").code == 3


def test_a_store_that_cannot_be_read_is_exit_code_5(cli: Cli) -> None:
    Path("s.duckdb").write_text("no database")
    answer = cli("runs", "--store", "s.duckdb")
    assert (answer.code, answer.out) == (5, "")
    assert "cannot open s.duckdb as a store" in answer.err


def test_a_fault_is_exit_code_1_and_shows_its_traceback_only_when_asked(cli: Cli, monkeypatch) -> None:
    def broken(store: Path) -> None:
        raise LookupError("it broke")

    monkeypatch.setattr(machine, "examine", broken)
    answer = cli("doctor")
    assert answer.code == 1
    assert "LookupError: it broke" in answer.err
    assert "--debug" in answer.err
    assert "Traceback" not in answer.err
    with pytest.raises(LookupError):
        cli("doctor", "--debug")


def test_an_interruption_is_exit_code_130(cli: Cli, monkeypatch) -> None:
    def interrupted(store: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(machine, "examine", interrupted)
    answer = cli("doctor")
    assert answer.code == 130
    assert "what was stored is safe" in answer.err


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "2>&-"])
def test_closed_streams_are_no_fault(store: Path, closed: str) -> None:
    for words in ("--help", f"compare base new --store {store}", f"runs --store {store} --json"):
        shell = f"{sys.executable} -m evalsuite {words} {closed}"
        done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("as_json", [False, True])
def test_an_encoding_that_lacks_a_character_gets_its_escape(store: Path, as_json: bool) -> None:
    words = ["compare", "base", "new", "--store", str(store), *["--json"] * as_json]
    done = subprocess.run(
        [sys.executable, "-m", "evalsuite", *words],
        capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode("ascii")
    assert r"\u2013" in text
    assert not as_json or json.loads(text)["schema"]


def test_compare_prints_one_document_with_every_promised_key(cli: Cli, store: Path) -> None:
    for answer in (
        cli("compare", "--table", 1, 1, 0, 3, "--json"),
        cli("compare", "base", "new", "--store", store, "--json"),
    ):
        assert answer.code == 0
        found = answer.json()
        assert set(found) >= JSON_KEYS
        assert set(found["table"]) == {"both", "wins", "losses", "neither"}
        for side in ("base", "new"):
            assert {"correct", "accuracy", "interval"} <= set(found[side])
            assert set(found[side]["interval"]) == {"low", "high", "method"}
        assert set(found["difference"]) == {"value", "low", "high", "method", "confidence_level", "n_problems"}
        assert set(found["pvalues"]) == {
            "mcnemar_exact", "mcnemar_midp", "mcnemar_asymptotic", "mcnemar_exact_unconditional"
        }  # fmt: skip
        assert set(found["intervals"]) == {"fay_lumbard", "tango", "newcombe", "bonett_price", "agresti_min"}
    assert found["table"] == {"both": 10, "wins": 5, "losses": 0, "neither": 5}


def test_every_command_prints_one_json_document(cli: Cli, store: Path, tmp_path: Path) -> None:
    at = ("--store", store, "--json")
    commands: list[tuple[object, ...]] = [
        ("runs", *at),
        ("show", "base", *at),
        ("show", "base", "p3", *at),
        ("grade", "base", *at),
        ("accuracy", "base", *at),
        ("accuracy", "1/5", "--json"),
        ("import", tmp_path / "base.jsonl", "--label", "again", *at),
        ("export", "base", tmp_path / "out.csv", *at),
        ("compare", "base", "new", "loss", *at),
        ("compare", "--counts", "1/5", "2/5", "--json"),
        ("plan", "--base", 0.2, "--new", 0.4, "--json"),
        ("plan", "--n", 5, "--json"),
        ("doctor", *at),
        ("report", "base", "new", *at),
        ("analyse", "--json"),
        ("analyse", "model-comparison", "base", "new", "--seed", 1, *at),
        ("trainings", *at),
        ("archive", tmp_path / "kept", "base", *at),
        ("restore", tmp_path / "kept", *at),
    ]
    for command in commands:
        answer = cli(*command)
        assert answer.code == 0, (command, answer.err)
        assert re.fullmatch(rf"evalsuite\.{command[0]}(-[a-z]+)?/\d", answer.json()["schema"]), command


def test_an_analysis_writes_where_it_is_told_and_says_what_it_found(cli: Cli, store: Path, tmp_path: Path) -> None:
    answer = cli("analyse", "model_comparison", "base", "new", "--store", store, "--out", tmp_path / "site", "--json")
    document = answer.json()
    said = {"verdict", "final_verdict", "finding", "lights", "sentence", "cautions"}
    assert set(document) == {"schema", "question", "page", *said}
    assert document["page"] == str(tmp_path / "site" / "model-comparison.html")
    assert Path(document["page"]).is_file()
    assert Path("data/findings/model_comparison.json").is_file()
    plain = cli("analyse", "model_comparison", "base", "new", "--store", store, "--out", tmp_path / "site")
    assert (plain.out, document["sentence"] in plain.err) == (f"{document['page']}\n", True)


def test_data_goes_to_stdout_and_everything_else_to_stderr(cli: Cli, store: Path, tmp_path: Path) -> None:
    answer = cli("import", tmp_path / "base.jsonl", "--label", "third", "--store", store)
    assert len(answer.out.split()) == 1
    assert "20 completions of 20 problems (all new), 10 right" in answer.err
    assert "no stop reason" in answer.err
    target = tmp_path / "x.csv"
    answer = cli("export", "base", target, "--store", store)
    assert answer.out == f"{target}\n"
    assert answer.err == "20 rows\n"


@pytest.mark.parametrize(
    ("new", "condition", "code"),
    [
        ("new", "loss", 0), ("new", "unresolved", 6), ("new", "not-gain", 6), ("new", "gain", 0),
        ("loss", "loss", 6), ("loss", "unresolved", 6), ("loss", "not-gain", 6),
    ],
)  # fmt: skip
def test_fail_if_gives_exit_code_6_after_the_answer(cli: Cli, store: Path, new: str, condition: str, code: int) -> None:
    answer = cli("compare", "base", new, "--store", store, "--json", "--fail-if", condition)
    assert answer.code == code
    assert set(answer.json()) >= JSON_KEYS
    assert (f"--fail-if {condition}" in answer.err) == (code == 6)


def test_an_unfinished_run_is_refused_unless_allowed(cli: Cli, tmp_path: Path) -> None:
    from evalsuite.evaluation.pipeline import Watcher
    from evalsuite.store.store import Store

    path, batches = tmp_path / "u.duckdb", []
    stop = Watcher(on_batch=batches.append, should_stop=lambda: len(batches) == 2)
    with Store.writer(path) as opened:
        run_scripted(opened, ScriptedGenerator(), n_problems=30, label="whole", weights="w1")
        run_scripted(opened, ScriptedGenerator(), n_problems=30, label="part", weights="w2", watcher=stop)
    answer = cli("compare", "whole", "part", "--store", path)
    assert answer.code == 1
    assert "part is unfinished: 16 of 30 completions" in answer.err
    allowed = cli("compare", "whole", "part", "--store", path, "--allow-unfinished")
    assert allowed.code == 0
    assert "part is unfinished: 16 of 30 completions" in allowed.out
    assert "unfinished" in cli("runs", "--store", path).out


def test_model_output_never_drives_the_terminal(cli: Cli, tmp_path: Path) -> None:
    hostile = "\x1b[2J\x9b31m\u202e'; DROP TABLE runs; --"
    row = {"problem_id": f"p{hostile}", "correct": 1, "completion": hostile, "question": hostile, "gold": 1}
    (tmp_path / "r.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "q.jsonl").write_text(json.dumps({**row, "problem_id": f"q{hostile}", "question": "?"}) + "\n")
    at = ("--store", tmp_path / "s.duckdb")
    seen = [
        cli("import", tmp_path / "r.jsonl", "--label", f"r{hostile}", *at),
        cli("import", tmp_path / "q.jsonl", "--label", "q", *at),
        cli("runs", *at),
        cli("show", f"r{hostile}", *at),
        cli("show", f"r{hostile}", f"p{hostile}", *at),
        cli("show", f"r{hostile}", f"p{hostile}", *at, "--json"),
        cli("compare", "q", f"r{hostile}", *at),
        cli("accuracy", f"r{hostile}", *at),
        cli("show", f"x{hostile}", *at),
    ]
    assert [answer.code for answer in seen] == [0, 0, 0, 0, 0, 0, 2, 0, 2]
    for answer in seen:
        assert not set("\x1b\x9b\u202e") & set(answer.out + answer.err)
    assert seen[5].json()["completions"][0]["text"] == hostile


def test_values_come_from_flag_then_environment_then_project_then_user(cli: Cli, monkeypatch, tmp_path: Path) -> None:
    def limit(*flags: object) -> int:
        answer = cli("plan", "--json", *flags)
        assert answer.code == 0, answer.err
        return int(answer.json()["n_problems"] if "n_problems" in answer.json() else answer.json()["n"])

    user = tmp_path / "config" / "evalsuite" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("[plan]\nn = 11\n")
    assert limit() == 11
    (tmp_path / "evalsuite.toml").write_text("[plan]\nn = 12\n")  # in the folder above
    assert limit() == 12
    Path("evalsuite.toml").write_text("[plan]\nn = 13\n")
    assert limit() == 13
    monkeypatch.setenv("EVALSUITE_N", "14")
    assert limit() == 14
    monkeypatch.setenv("EVALSUITE_PLAN_N", "15")
    assert limit() == 15
    assert limit("--n", 16) == 16


def test_a_store_may_be_named_for_all_commands(cli: Cli, store: Path, tmp_path: Path) -> None:
    Path("evalsuite.toml").write_text(f'store = "{store}"\n[compare]\nalpha = 0.2\n')
    assert "base" in cli("runs").out
    found = cli("compare", "base", "new", "--json").json()
    assert found["alpha"] == 0.2
    Path("evalsuite.toml").write_text(f'store = "nowhere"\n[runs]\nstore = "{store}"\n')
    assert cli("runs").code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[run]\nbogus = 3\n", "bogus"),
        ("[runn]\nlimit = 3\n", "unknown key 'runn'"),
        ("limit = 3\n", "unknown key 'limit'"),
        ('[run]\nlimit = "five"\n', "five"),
        ("[run\nlimit = 3\n", "evalsuite.toml cannot be read as TOML: Expected ']'"),
        ("[run]\nlimit = 2.5\n", "--limit needs a whole number, got 2.5 (from "),
    ],
)
def test_a_key_or_value_that_is_not_known_is_exit_code_2(cli: Cli, content: str, message: str) -> None:
    Path("evalsuite.toml").write_text(content)
    answer = cli("run", "--dry-run", "--problems", "generated", "--model", "/nowhere")
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


def test_a_settings_file_that_is_a_folder_is_said(cli: Cli) -> None:
    Path("evalsuite.toml").mkdir()
    answer = cli("plan", "--n", "5")
    assert answer.code == 2
    assert "evalsuite.toml cannot be read as TOML: Is a directory" in answer.err
    assert cli("--help").code == 0


def test_a_place_that_cannot_be_written_is_named(cli: Cli, store: Path) -> None:
    Path("file").write_text("")
    answer = cli("report", "base", "new", "--store", store, "--out", "file")
    assert answer.code == 1
    assert "cannot use file: Not a directory" in answer.err


def test_an_analysis_takes_the_settings_that_its_command_prints(cli: Cli, store: Path) -> None:
    words = ["breakdown", "base", "new", "--store", str(store), "--alpha", "0.1", "--only-shared", "--seed", "3"]
    assert cli("analyse", *words).code == 0
    kept = json.loads(Path("data/findings/breakdown.json").read_text())
    assert kept["provenance"]["command"] == f"evalsuite analyse {' '.join(words)}"


@pytest.mark.parametrize(("base", "new"), [("0", "0.5"), ("0.5", "1"), ("0", "1")])
def test_plan_at_the_ends_of_the_scale(cli: Cli, base: str, new: str) -> None:
    answer = cli("plan", "--base", base, "--new", new)
    assert answer.code == 0
    assert "nested" in answer.out


@pytest.mark.parametrize("command", [("extend", "nothing", "--max-new-tokens", "5"), ("grade", "nothing")])
def test_commands_on_a_missing_store_do_not_make_one(cli: Cli, tmp_path: Path, command: tuple[str, ...]) -> None:
    answer = cli(*command, "--store", tmp_path / "none.duckdb")
    assert answer.code == 2
    assert "there is no store" in answer.err
    assert not (tmp_path / "none.duckdb").exists()


def test_equivalence_gate_needs_a_margin(cli: Cli) -> None:
    answer = cli("compare", "--table", "600", "5", "5", "619", "--fail-if", "not-equivalent")
    assert (answer.code, answer.out) == (2, "")
    margin = ("--margin", "0.05")
    assert cli("compare", "--table", "600", "5", "5", "619", *margin, "--fail-if", "not-equivalent").code == 0
    assert cli("compare", "--table", "3", "1", "1", "3", *margin, "--fail-if", "not-equivalent").code == 6


@pytest.mark.parametrize(
    ("cells", "condition", "code"),
    [
        # The interval of level 90% lies inside the margin, and a gain is resolved: both are claimed.
        ("4950 80 50 4920", "not-equivalent", 0),
        ("4950 80 50 4920", "not-noninferior", 0),
        ("900 140 40 239", "not-noninferior", 0),
        ("900 140 40 239", "not-equivalent", 6),
        ("10 2 2 6", "not-noninferior", 6),
    ],
)
def test_gates_against_a_margin_read_the_claim(cells: str, condition: str, code: int) -> None:
    assert run_command(f"compare --table {cells} --margin 0.02 --fail-if {condition}".split()) == code
