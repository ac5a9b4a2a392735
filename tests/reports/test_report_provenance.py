"""The provenance as a page shows it: keys of the suite in the language of the page, names as they are."""

from typing import Any

from evalsuite.wording.language import language
from reports.provenance import KEYS, translated_provenance

FOUND: dict[str, Any] = {
    "command": "evalsuite report seed new",
    "analysis": {
        "seed": 0,
        "graders": {"boxed": "version 2"},
        "versions": {"numpy": "2.4"},
        "lenient": ["boxed", "seed"],
    },
    "runs": {
        "seed": {
            "run_id": "3f",
            "source": "generated",
            "scores": {"problems": 5},
            "specification": {"model": "imported"},
        },
        "margin (runs)": {"source": "elsewhere", "graders": {"source": "version 1", "order": "unversioned"}},
    },
    "trainings": {"graders": {"configuration": {"grpo": {"seed": 1}}, "details": {"threads": 2, "other": None}}},
}


def test_in_english_everything_is_as_it_was_saved_but_the_command() -> None:
    assert translated_provenance(FOUND) == {key: value for key, value in FOUND.items() if key != "command"}


def test_in_chinese_keys_are_translated_and_names_are_not() -> None:
    with language("zh"):
        found = translated_provenance(FOUND)
    assert found == {
        "分析": {"种子": 0, "评分器": {"boxed": "第 2 版"}, "版本": {"numpy": "2.4"}, "宽松评分器": ["boxed", "seed"]},
        "运行": {
            "seed": {"运行编号": "3f", "来源": "生成", "得分": {"题目": 5}, "规格": {"模型": "imported"}},
            "margin (runs)": {"来源": "elsewhere", "评分器": {"source": "第 1 版", "order": "unversioned"}},
        },
        "训练": {"graders": {"配置": {"grpo": {"seed": 1}}, "细节": {"线程": 2, "other": None}}},
    }


def test_no_two_keys_have_one_translation() -> None:
    with language("zh"):
        assert len(set(translated_provenance(dict.fromkeys(KEYS)))) == len(KEYS) - 1  # the command is left out


def test_constructed_runs_are_a_word_and_not_a_mapping() -> None:
    with language("zh"):
        assert translated_provenance({"analysis": {"runs": "constructed"}, "seeds": [1]}) == {
            "分析": {"运行": "构造"},
            "seeds": [1],
        }
