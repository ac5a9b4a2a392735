"""Scores with partial credit given in Python: lists, frames and files give one answer."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evalsuite as es
from evalsuite.errors import InputError

RNG = np.random.default_rng(1)
BASE = RNG.choice([0, 2.5, 5, 10], 30)
NEW = np.clip(BASE + RNG.choice([0, 2.5], 30), 0, 10)


def frame(scores: np.ndarray, name: str = "score") -> pd.DataFrame:
    return pd.DataFrame({"id": range(30), name: scores})


def test_every_form_of_the_same_scores_has_one_answer(tmp_path: Path) -> None:
    files = []
    for name, scores in (("base", BASE), ("new", NEW)):
        files.append(tmp_path / f"{name}.csv")
        frame(scores).rename(columns={"id": "problem_id"}).to_csv(files[-1], index=False)
    given = [
        es.compare(list(BASE), NEW, score_range=(0, 10)),
        es.compare(pd.Series(BASE), pd.Series(NEW), score_range=(0, 10)),
        es.compare(frame(BASE), frame(NEW), score_range=(0, 10)),
        es.compare(frame(BASE, "mark"), frame(NEW, "mark"), correct_column="mark", score_range=(0, 10)),
        es.compare(*files, score_range=(0, 10)),
    ]
    first = given[0].as_dict()["comparisons"][0]
    assert first["design"] == "mean scores"
    for result in given[1:]:
        assert result.as_dict()["comparisons"][0] == first


def test_a_frame_of_scores_alone_has_scores_from_0_to_1() -> None:
    found = es.compare(frame(BASE / 10), frame(NEW / 10))
    assert found.as_dict()["score_range"] == [0, 1]
    assert list(found.to_frame().columns[3:5]) == ["base_mean_score", "new_mean_score"]
    with pytest.raises(InputError, match=r"lie outside of 0 to 1.*as score_range=, such as \(0, 10\)"):
        es.compare(frame(BASE), frame(NEW))


def test_what_is_shown_has_the_unit_of_the_scores() -> None:
    result = es.compare(BASE, NEW, score_range=(0, 10), margin=2)
    assert "Mean score" in repr(result)
    assert "points of 0 to 10" in repr(result)
    assert "accuracy" not in repr(result).lower()
    assert "pp" not in result.plot().get_xlabel()
    assert "mean score" in result._repr_html_()
    accuracy = es.accuracy(BASE, score_range=(0, 10))
    assert accuracy.value == pytest.approx(BASE.mean())
    assert "mean score" in repr(accuracy)
    assert list(accuracy.to_frame().columns[:2]) == ["label", "mean_score"]


def test_what_cannot_be_scores_is_refused() -> None:
    for score_range in ((1, 0), (0, float("inf")), 3, (0, 1, 2)):
        with pytest.raises(InputError, match=r"must be the lowest and the highest score possible"):
            es.compare(BASE, NEW, score_range=score_range)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"has 1 missing values"):
        es.compare([0.5, float("nan")], [0.5, 1], score_range=(0, 1))
    with pytest.raises(InputError, match=r"as score_range=, such as \(0, 1\)"):
        es.compare([0.5, 1], [0.5, 1])
    with pytest.raises(InputError, match=r"has no effect on counts"):
        es.compare("1/5", "2/5", score_range=(0, 1))


def test_a_frame_of_two_models_is_refused_and_not_taken_for_two_completions() -> None:
    frame = pd.DataFrame({"model": ["A", "A", "B", "B"], "id": ["p", "q", "p", "q"], "correct": [1, 0, 1, 1]})
    with pytest.raises(InputError, match=r"2 models in column 'model': A, B.*frame\[frame\['model'\] == 'A'\]"):
        es.accuracy(frame)
    assert es.accuracy(frame[frame["model"] == "A"]).as_dict()["n_problems"] == 2


def test_levels_of_an_index_are_columns_and_tables_of_other_libraries_are_frames() -> None:
    frame = pd.DataFrame({"id": ["p", "q", "r"], "correct": [1, 0, 1]})
    plain = es.compare(frame, frame.assign(correct=1)).as_dict()

    class Table:
        """As Arrow, polars and the datasets library have it."""

        def to_pandas(self) -> pd.DataFrame:
            return frame

    assert es.compare(frame.set_index("id"), frame.assign(correct=1)).as_dict() == plain
    assert es.compare(Table(), frame.assign(correct=1)).as_dict() == plain
