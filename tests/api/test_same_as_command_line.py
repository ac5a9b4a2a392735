"""One answer, whatever the runs were given as: arrays, Series, frames, files and stored runs, and the command line."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import command, imported, printed, results_file
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import evalsuite as es
from evalsuite.comparison.pair import compare_pair
from evalsuite.documents.two_runs import of_two_runs
from evalsuite.scores import ScoreMatrix

Scores = NDArray[np.int64]


@st.composite
def runs(draw: st.DrawFn) -> list[Scores]:
    """Draw two or three runs on the same problems with the same number of completions."""
    n, k, seed = draw(st.integers(1, 30)), draw(st.sampled_from([1, 1, 3])), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 2, (n, k))
    others = [
        np.where(rng.random((n, k)) < 0.3, rng.integers(0, 2, (n, k)), base) for _ in range(draw(st.integers(1, 2)))
    ]
    return [base, *others]


def long(scores: Scores, ids: list[str], order: Any) -> pd.DataFrame:
    """Return one row a completion, in the order of problems given."""
    rows = [{"problem_id": ids[i], "completion_index": k, "correct": s} for i in order for k, s in enumerate(scores[i])]
    return pd.DataFrame(rows)


@given(
    runs=runs(), alpha=st.sampled_from([0.05, 0.2]), margin=st.sampled_from([None, 0.1]), seed=st.integers(0, 2**32 - 1)
)
@settings(max_examples=15, deadline=None)
def test_every_way_to_give_runs_has_the_answer_of_the_command_line(
    runs: list[Scores], alpha: float, margin: float | None, seed: int
) -> None:
    ids = [f"gsm8k/test/{i}" for i in range(len(runs[0]))]
    labels = ["base", "new"] if len(runs) == 2 else ["base", "new 1", "new 2"]
    options: dict[str, Any] = {"alpha": alpha, "margin": margin}
    flags = ["--alpha", alpha, *([] if margin is None else ["--margin", margin])]
    with tempfile.TemporaryDirectory() as folder:
        files = [results_file(Path(folder) / f"{n}.csv", s.tolist(), ids) for n, s in zip(labels, runs, strict=True)]
        store = imported(Path(folder) / "runs.duckdb", *files)
        expected = command("compare", *labels, "--store", store, *flags)

        shuffled = [np.random.default_rng([seed, i]).permutation(len(ids)) for i in range(len(runs))]
        shuffled[0] = np.arange(len(ids))
        frames = [long(s, ids, order) for s, order in zip(runs, shuffled, strict=True)]
        series = [frame.set_index("problem_id")["correct"].rename(None) for frame in frames]
        given_as: list[tuple[Any, list[Any], dict[str, Any]]] = [
            (runs[0], runs[1:], {}),
            (frames[0], frames[1:], {}),
            (series[0], series[1:], {}),
            (files[0], files[1:], {}),
            (labels[0], labels[1:], {"store": store}),
            (str(files[0]), frames[1:], {"labels": labels}),
            (labels[0], frames[1:], {"store": store, "labels": labels}),
        ]
        for base, others, more in given_as:
            result = es.compare(base, others if len(others) > 1 else others[0], **options, **more)
            document = printed(result.as_dict())
            if document["pairing"]["by"] != "id":
                # Positions and an index are something else than ids, and said to be.
                assert document["pairing"]["ids_alone"]
                document |= {key: expected[key] for key in ("pairing", "warnings")}
            assert document == expected


def test_stop_reasons_bound_the_difference_from_a_file_and_from_a_frame(tmp_path: Path) -> None:
    paths = []
    for name, right in (("base", [1, 0, 0, 1, 0]), ("new", [1, 1, 0, 1, 1])):
        rows = pd.DataFrame({"problem_id": list("abcde"), "correct": right, "stop_reason": ["stop"] * 4 + ["length"]})
        paths.append(tmp_path / f"{name}.csv")
        rows.to_csv(paths[-1], index=False)
    store = imported(tmp_path / "runs.duckdb", *paths)
    for flags, options in (([], {}), (["--without-cap"], {"without_cap": True})):
        expected = command("compare", "base", "new", "--store", store, *flags)
        assert expected["bounds_without_cap"] is not None
        frames = [pd.read_csv(path) for path in paths]
        assert printed(es.compare(*paths, **options).as_dict()) == expected
        assert printed(es.compare(*frames, **options).as_dict()) == expected


@pytest.mark.parametrize(("base", "new"), [("1/5", "2/5"), ("45/100", "62/100"), ("11/20", "10/20")])
def test_counts(base: str, new: str) -> None:
    expected = command("compare", "--counts", base, new)
    pairs = [tuple(map(int, text.split("/"))) for text in (base, new)]
    assert printed(es.compare(base, new).as_dict()) == expected
    assert printed(es.compare(*pairs).as_dict()) == expected


def test_only_shared_problems(tmp_path: Path) -> None:
    files = [
        results_file(tmp_path / "base.csv", [[1], [0], [1], [0]], list("abcd")),
        results_file(tmp_path / "new.csv", [[1], [1], [1]], list("bcd")),
    ]
    store = imported(tmp_path / "runs.duckdb", *files)
    expected = command("compare", "base", "new", "--store", store, "--only-shared")
    frames = [pd.read_csv(file) for file in files]
    assert printed(es.compare(*files, only_shared=True).as_dict()) == expected
    result = es.compare(*frames, only_shared=True)
    assert printed(result.as_dict()) == expected
    assert "Left out: 1 of base" in str(result)


def test_accuracy(tmp_path: Path) -> None:
    for k in (1, 3):
        scores = np.random.default_rng(k).integers(0, 2, (25, k))
        ids = [f"p{i}" for i in range(25)]
        file = results_file(tmp_path / f"run{k}.csv", scores.tolist(), ids)
        store = imported(tmp_path / "runs.duckdb", file)
        expected = command("accuracy", f"run{k}", "--store", store)
        assert printed(es.accuracy(f"run{k}", store=store).as_dict()) == expected
        assert printed(es.accuracy(file).as_dict()) == expected
        from_scores = printed(es.accuracy(scores).as_dict())
        assert from_scores == {key: expected[key] for key in from_scores}
        assert printed(es.accuracy(long(scores, ids, range(25))).as_dict()) == from_scores
    assert printed(es.accuracy("11/20").as_dict()) == command("accuracy", "11/20")


def test_plan() -> None:
    expected = command("plan", "--base", 0.2, "--new", 0.3, "--completions", 4)
    assert printed(es.plan(0.2, 0.3, completions=4).as_dict()) == expected
    expected = command("plan", "--base", 0.3, "--margin", 0.05, "--n", 500, "--completions", 2, "--template-size", 5)
    assert printed(es.plan(0.3, margin=0.05, n=500, completions=2, template_size=5).as_dict()) == expected
    assert printed(es.plan(n=128, power=0.9).as_dict()) == command("plan", "--n", 128, "--power", 0.9)


def test_clusters_are_one_thing_as_array_series_and_column() -> None:
    rng = np.random.default_rng(3)
    base, new = rng.integers(0, 2, 40), rng.integers(0, 2, 40)
    ids, templates = [f"p{i}" for i in range(40)], [f"t{i % 12}" for i in range(40)]
    matrices = [
        ScoreMatrix(
            label, tuple(ids), tuple(ids), s.astype(bool)[:, None], np.ones((40, 1), bool), np.zeros((40, 1), bool),
            truncation_known=False, clusters=tuple(templates),
        )
        for label, s in (("base", base), ("new", new))
    ]  # fmt: skip
    expected = printed(of_two_runs(compare_pair(*matrices)).as_dict())
    del expected["lights"]  # which say of given scores what is not known of them
    frame = pd.DataFrame({"problem_id": ids, "correct": base, "template": templates})
    other = pd.DataFrame({"problem_id": ids, "correct": new})
    by_id = pd.Series(templates, index=ids).sample(frac=1, random_state=0)
    for result in (
        es.compare(base, new, clusters=templates),
        es.compare(frame, other, clusters="template"),
        es.compare(frame, other, clusters=np.array(templates)),
        es.compare(frame, other.sample(frac=1, random_state=1), clusters=by_id),
    ):
        document = printed(result.as_dict())
        assert {key: document[key] for key in expected} == expected
        assert document["n_clusters"] == 12


def test_a_paired_table() -> None:
    result = es.compare(table=(450, 80, 50, 739), margin=0.02)
    assert printed(result.as_dict()) == command("compare", "--table", 450, 80, 50, 739, "--margin", 0.02)
    assert result.to_frame()[["wins", "losses", "verdict"]].iloc[0].tolist() == [80, 50, "resolved gain"]
    assert result.plot().get_xlabel()
    assert "new answered 530 of 1,319" in str(result)


def test_training_seeds_from_a_store_and_from_arrays(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    scores = {name: rng.integers(0, 2, (40, 1)) for name in ("sft", "sft2", "grpo1", "grpo2")}
    ids = [f"q{i}" for i in range(40)]
    files = [results_file(tmp_path / f"{name}.csv", s.tolist(), ids) for name, s in scores.items()]
    store = imported(tmp_path / "runs.duckdb", *files)
    arms = ["--base", "sft", "--base", "sft2", "--new", "grpo1", "--new", "grpo2"]
    for paired in (False, True):
        flags = ["--paired-seeds"] if paired else []
        expected = command("compare", *arms, *flags, "--store", store)
        stored = es.compare(["sft", "sft2"], ["grpo1", "grpo2"], training_seeds=True, paired_seeds=paired, store=store)
        assert printed(stored.as_dict()) == expected
        arrays = [s[:, 0] for s in scores.values()]
        labels = list(scores)
        plain = es.compare(arrays[:2], arrays[2:], training_seeds=True, paired_seeds=paired, labels=labels)
        assert printed(plain.as_dict()["intervals"]) == expected["intervals"]
        assert plain.verdict == stored.verdict
    frame = stored.to_frame()
    assert frame["varies"].tolist()[-3:] == ["seeds_and_problems", "seeds", "problems"]
    assert stored.plot().get_xlabel()
    assert "over training seeds" in stored._repr_html_()
