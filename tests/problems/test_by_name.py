"""From a name to a problem set."""

import json
from pathlib import Path

import pytest

from evalsuite.errors import DataUnavailableError, InputError
from evalsuite.problems.by_name import GENERATED_SIZE, resolve
from evalsuite.problems.gsm8k import DATASET_HASHES


def test_gsm8k_names(gsm8k_folder: Path) -> None:
    assert resolve("gsm8k", path=gsm8k_folder).dataset_hash == DATASET_HASHES["test"]
    assert resolve("gsm8k/test", path=gsm8k_folder).name == "gsm8k/test"
    assert resolve("gsm8k/train", path=gsm8k_folder).dataset_hash == DATASET_HASHES["train"]


def test_allow_changed_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"question": "q", "answer": "#### 1"}\n')
    with pytest.raises(DataUnavailableError):
        resolve("gsm8k", path=tmp_path)
    assert len(resolve("gsm8k", path=tmp_path, allow_changed=True).problems) == 1


def test_generated_defaults_and_options() -> None:
    everything = resolve("generated")
    assert len(everything.problems) == GENERATED_SIZE
    assert everything.name == "generated/test:seed=0"
    assert everything.problems[:20] == resolve("generated:n=20").problems
    some = resolve("generated/train:steps=1-2:seed=3:n=40")
    assert some.name == "generated/train:steps=1-2:seed=3:n=40"
    assert len(some.problems) == 40
    assert {p.n_steps for p in some.problems} <= {1, 2}
    assert resolve("generated/train:n=40:seed=3:steps=1-2") == some, "the order of options does not matter"
    assert resolve("generated:steps=2:n=10").name == "generated/test:steps=2-2:seed=0:n=10"


def test_seeds_and_splits_differ() -> None:
    names = ["generated:n=30", "generated:n=30:seed=1", "generated/train:n=30", "generated/test-operands:n=30"]
    assert len({resolve(name).dataset_hash for name in names}) == len(names)


def test_a_file(tmp_path: Path) -> None:
    for name in ("own.jsonl", "own.txt", "a:b.jsonl"):
        (tmp_path / name).write_text(json.dumps({"question": "q", "answer": 1}))
        assert resolve(str(tmp_path / name)).name == Path(name).stem


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gsm8k/dev", "gsm8k has the splits train, test, got 'dev'"),
        ("gsm8k:n=5", "gsm8k takes no options, got 'n=5'"),
        ("generated/dev", "generated has the splits .*, got 'dev'"),
        ("generated:size=5", "generated has the options steps, seed and n, got 'size'"),
        ("generated:n=many", "generated option n needs a whole number, got 'many'"),
        ("generated:steps=1-b", "generated option steps needs a whole number, got '1-b'"),
        ("generated:n=0", "generated/test: .*0"),
        ("generated:steps=3-1", "generated/test: .*3"),
        ("math500", "unknown problem set 'math500': use gsm8k"),
        ("", "unknown problem set ''"),
    ],
)
def test_names_that_mean_nothing(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        resolve(name)


def test_a_jsonl_file_that_is_not_there() -> None:
    with pytest.raises(DataUnavailableError, match=r"none\.jsonl"):
        resolve("none.jsonl")
