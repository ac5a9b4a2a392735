"""Arms of training seeds from a store: findings and the command line, with planted seeds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forbidden_words import forbidden_words

from analyses.catalogue import find
from analyses.seed_comparison import analysis as seed_comparison
from analyses.seed_comparison.analysis import analyse, pair_arms
from evalsuite.cli.app import run_command
from evalsuite.errors import ComparisonError, InputError
from evalsuite.findings import Findings
from evalsuite.settings import ComparisonSettings, SeedOptions
from evalsuite.store.imports.results_file import import_file
from evalsuite.store.store import Store

N = 300
EASE = np.random.default_rng(1).beta(1, 1.5, N)
# The share of what a problem has left to gain, by run; the seeds of "wild" disagree.
SHIFTS = {"sft": 0, "sft-b": 0, "sft-c": 0, "grpo-1": 0.3, "grpo-2": 0.31, "grpo-3": 0.29, "wild-1": 0, "wild-2": 0.4}


def scores(label: str) -> Any:
    rng = np.random.default_rng(list(SHIFTS).index(label))
    return rng.random(N) < EASE + SHIFTS[label] * (1 - EASE)


@pytest.fixture
def arms(store: Store, plant: Any) -> Callable[..., Store]:
    """Return a function that gives a store with these runs of SHIFTS, each with its own weights."""

    def planted(*labels: str) -> Store:
        for label in labels:
            plant(label, scores(label), weights_fingerprint=label, model=label)
        return store

    return planted


GRPO = ("grpo-1", "grpo-2", "grpo-3")


def test_a_planted_gain_is_in_sentence_tables_and_figures(arms: Callable[..., Store], tmp_path: Path) -> None:
    found = analyse(arms("sft", *GRPO), SeedOptions(("sft",), GRPO), ComparisonSettings(margin=0.02))
    assert found.verdict.kind == "resolved gain"
    assert found.question == "Does the training recipe of grpo beat sft?"
    assert found.estimand.startswith("Accuracy of the training recipe")
    rows = {row["label"]: row for row in found.table("difference").records()}
    assert list(rows) == [
        *(f"{name} against sft" for name in GRPO),
        "all seeds, over problems", "all seeds, over seeds", "all seeds, over both",
    ]  # fmt: skip
    last, both = found.estimates["difference_seeds_and_problems"], rows["all seeds, over both"]
    assert (both["low"], both["value"], both["high"]) == (last.low, last.value, last.high)
    assert last.value == pytest.approx(np.mean([scores(name).mean() for name in GRPO]) - scores("sft").mean())
    assert last.low < min(rows[label]["low"] for label in ("all seeds, over problems", "all seeds, over seeds"))
    assert found.table("tests").column("method")[-1] == "equivalence within ±2 pp (two one-sided)"
    assert found.table("seeds_spread").column("n") == (3,)
    assert found.table("seeds_needed").column("size")[0] == 0.01
    names = {table.name for table in found.tables}
    assert {figure.table for figure in found.figures} <= names
    assert forbidden_words(" ".join([found.sentence, *found.notes])) == ()
    assert found.cautions == ()
    assert Findings.load(found.save(tmp_path)) == found
    command = found.provenance["command"]
    assert "--base sft --new grpo-1 --new grpo-2 --new grpo-3" in command
    assert "--margin 0.02" in command
    assert "--alpha" not in command


def test_no_effect_stays_quiet(arms: Callable[..., Store]) -> None:
    found = analyse(arms("sft", "sft-b", "sft-c"), SeedOptions(("sft",), ("sft-b", "sft-c")))
    assert found.verdict.kind == "unresolved"
    assert forbidden_words(" ".join([found.sentence, *found.notes])) == ()


def test_a_gain_of_the_checkpoints_is_not_one_of_the_recipe(arms: Callable[..., Store]) -> None:
    found = analyse(arms("sft", "wild-1", "wild-2"), SeedOptions(("sft",), ("wild-1", "wild-2")))
    assert found.estimates["difference_problems"].low > 0
    assert found.verdict.kind == "unresolved"
    assert any("which seed was trained matters" in note for note in found.notes)


def test_one_seed_says_so(arms: Callable[..., Store]) -> None:
    found = analyse(arms("sft", "grpo-1"), SeedOptions(("sft",), ("grpo-1",)))
    assert found.verdict.kind == "one training seed"
    assert found.estimand.startswith("Accuracy of these two checkpoints")
    assert "One training seed in each arm cannot settle this" in found.sentence
    assert [len(t.rows) for t in found.tables if t.name == "difference"] == [1]
    assert not {"tests", "seeds_spread", "seeds_needed"} & {t.name for t in found.tables}


def test_what_differs_beside_the_weights_is_named(store: Store, plant: Any) -> None:
    plant("a", scores("sft"), weights_fingerprint="a")
    plant("b-1", scores("grpo-1"), weights_fingerprint="b1", template="other")
    plant("b-2", scores("grpo-2"), weights_fingerprint="b2", template="other", decoding={"max_new_tokens": 128})
    first, second = analyse(store, SeedOptions(("a",), ("b-1", "b-2"))).cautions
    assert first.kind == "confounded"
    assert first.text.startswith(
        "Confounded: besides their weights the arms also differ in prompt template, token limit"
    )
    assert second.kind == "mixed arm"
    assert second.text.startswith("Runs of one arm differ in token limit too")


def test_arms_are_named_without_what_all_labels_end_with_and_found_again_with_it(store: Store, plant: Any) -> None:
    labels = ("sft (kinds)", "grpo-1 (kinds)", "grpo-2 (kinds)")
    for label in labels:
        plant(label, scores(label.split()[0]), weights_fingerprint=label)
    found = analyse(store, SeedOptions(labels[:1], labels[1:]))
    assert found.question == "Does the training recipe of grpo beat sft? (kinds)"
    assert "--base 'sft (kinds)' --new 'grpo-1 (kinds)' --new 'grpo-2 (kinds)'" in found.provenance["command"]
    assert pair_arms(store, SeedOptions(labels[:1], labels[1:])).comparison.base_label == "sft (kinds)"


def test_two_runs_of_the_same_weights_are_not_two_seeds(store: Store, plant: Any) -> None:
    plant("a", scores("sft"), weights_fingerprint="a")
    plant("b", scores("grpo-1"), weights_fingerprint="b")
    plant("b-again", scores("grpo-1"), weights_fingerprint="b", replicate={"of": "b", "changes": {"batch_size": 1}})
    with pytest.raises(ComparisonError, match="b and b-again are runs of the same weights"):
        pair_arms(store, SeedOptions(("a",), ("b", "b-again")))
    with pytest.raises(ComparisonError, match="compared with itself"):
        pair_arms(store, SeedOptions(("a",), ("b", "a")))


def test_pairing_needs_equal_arms(arms: Callable[..., Store]) -> None:
    store = arms("sft", "sft-b", *GRPO[:2])
    for base, new in ((("sft",), GRPO), (("sft",), ("grpo-1",))):
        with pytest.raises(InputError, match="--paired-seeds needs the same number of runs"):
            pair_arms(store, SeedOptions(base, new, paired_seeds=True))
    with pytest.raises(InputError, match="got 1 base and 0 new"):
        pair_arms(store, SeedOptions(("sft",)))
    assert pair_arms(store, SeedOptions(("sft", "sft-b"), GRPO[:2], paired_seeds=True)).comparison.paired


def test_the_catalogue_takes_the_base_first(arms: Callable[..., Store]) -> None:
    store = arms("sft", *GRPO[:2])
    analysis = find(seed_comparison.NAME)
    assert analysis.run(store, ["sft", *GRPO[:2]]) == analyse(store, SeedOptions(("sft",), GRPO[:2]))
    with pytest.raises(InputError, match="the label of the base"):
        analysis.run(store, ["sft"])


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with all runs, imported from files."""
    folder = tmp_path_factory.mktemp("imported")
    with Store.writer(folder / "seeds.duckdb") as store:
        for label in SHIFTS:
            file = folder / f"{label}.jsonl"
            rows = [{"problem_id": f"p{i}", "correct": bool(right)} for i, right in enumerate(scores(label))]
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
            import_file(store, file, label=label)
    return folder / "seeds.duckdb"


@pytest.fixture
def imported(stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the store of imported runs, in an empty folder without the user's configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return stored


def flags(*runs: str) -> list[str]:
    return [part for label in runs for part in ("--base" if label.startswith("sft") else "--new", label)]


def test_compare_by_arm_prints_one_document_and_keeps_the_gates(
    imported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--store", str(imported)]
    assert run_command(["compare", *flags("sft", *GRPO), *at, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"]["kind"] == "resolved gain"
    assert found["base"]["label"] == "sft"
    assert tuple(found["new"]["runs"]) == GRPO
    assert tuple(seed["label"] for seed in found["seeds"]) == GRPO
    low, high = found["intervals"]["seeds_and_problems"]
    assert low < found["intervals"]["problems"][0] < found["difference"]["value"] < high
    assert any("taken on trust" in warning for warning in found["warnings"])
    assert run_command(["compare", *flags("sft", *GRPO), *at, "--fail-if", "gain"]) == 6
    printed = capsys.readouterr().out
    assert "Each training seed" in printed
    assert "grpo-3" in printed
    both = ["sft", "sft-b", "sft-c", *GRPO]
    assert run_command(["compare", *flags(*both), "--paired-seeds", *at, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["paired_seeds"] is True
    assert [seed["against"] for seed in found["seeds"]] == ["sft", "sft-b", "sft-c"]


def test_the_positional_form_is_as_it_was(imported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["compare", "sft", *GRPO, "--store", str(imported), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["comparisons"]) == 3
    assert "seeds" not in found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "sft", "--base", "sft", "--new", "grpo-1"], "either in order (sft) or with --base and --new"),
        (["compare", "--base", "sft"], "--base was given without --new"),
        (["report", "--new", "grpo-1"], "--new was given without --base"),
        (["compare", "sft", "grpo-1", "--paired-seeds"], "--paired-seeds needs the runs of both arms"),
        (["compare", "--base", "sft", "--new", "grpo-1", "--counts", "1/5", "2/5"], "exactly one of"),
        (["compare", "--base", "sft", "--new", "nobody"], "nobody"),
        (["compare", *flags("sft", "grpo-1"), "--alpha", "2"], "--alpha must be at least 1e-12 and below 0.5"),
    ],
)
def test_wrong_usage_is_said_in_words(
    imported: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run_command([*arguments, "--store", str(imported)]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_report_by_arm_writes_the_page(imported: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ["report", *flags("sft", *GRPO), "--store", str(imported), "--out", str(tmp_path / "out"), "--json"]
    assert run_command(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"]["kind"] == "resolved gain"
    page = Path(found["page"]).read_text()
    assert "Would another training seed give the same answer?" in page
    assert "grpo-2 against sft" in page


def test_one_seed_has_one_verdict_in_json_page_list_and_gate(
    imported: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    at = [*flags("sft", "grpo-1"), "--store", str(imported)]
    assert run_command(["compare", *at, "--json", "--fail-if", "unresolved"]) == 6
    assert json.loads(capsys.readouterr().out)["verdict"]["kind"] == "one training seed"
    for gate, code in (("not-gain", 6), ("gain", 0), ("loss", 0)):
        assert run_command(["compare", *at, "--fail-if", gate]) == code
    capsys.readouterr()
    assert run_command(["report", *at, "--out", str(tmp_path / "site"), "--name", "seeds", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"]["kind"] == "one training seed"
    assert found["cautions"] == []
    for page in ("seeds.html", "index.html"):
        assert "cannot resolve: one training seed</span>" in (tmp_path / "site" / page).read_text(encoding="utf-8")
    text = (tmp_path / "site" / "seeds.html").read_text(encoding="utf-8")
    assert "one training seed is not enough to tell</h1>" in text
    assert "no number of problems can say what another seed of the same recipe would give" in text
    assert "so few problems" not in text
