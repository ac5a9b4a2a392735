"""From a name to a folder, and the fingerprint of what is in it."""

import json
import os
import pickle
import shutil
import time
from pathlib import Path

import pytest
from safetensors import safe_open

from evalsuite.errors import ModelUnavailableError
from evalsuite.generation.huggingface import load, locate
from evalsuite.generation.weights import cache_folder, fingerprint, resolve_folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def flip_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def test_one_byte_of_the_weights_is_another_model_at_the_same_path(model: Path) -> None:
    before = fingerprint(model)
    flip_byte(model / "model.safetensors")
    assert fingerprint(model) != before
    flip_byte(model / "model.safetensors")
    assert fingerprint(model) == before


def test_a_byte_is_seen_even_when_size_and_modification_time_are_put_back(model: Path) -> None:
    before, file = fingerprint(model), model / "model.safetensors"
    stat = file.stat()
    flip_byte(file)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert fingerprint(model) != before


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"])
def test_settings_that_decide_the_text_belong_to_the_identity(model: Path, name: str) -> None:
    before = fingerprint(model)
    (model / name).write_text((model / name).read_text() + " ")
    assert fingerprint(model) != before


def test_chat_template_and_shards_belong_to_the_identity(model: Path) -> None:
    seen = {fingerprint(model)}
    for name in ("chat_template.jinja", "model-00002-of-00002.safetensors", "model.safetensors.index.json"):
        (model / name).write_text(f"something new in {name}")
        seen.add(fingerprint(model))
    assert len(seen) == 4


SHARDS = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}


@pytest.mark.parametrize(
    ("expected", "weights"),
    [
        ("c7f45c2ab34199d1", {"model.safetensors": "weights", "README.md": "x"}),
        (
            "92142037cbe8c2a0",
            {
                "model.safetensors.index.json": json.dumps({"metadata": {}, "weight_map": SHARDS}),
                SHARDS["a"]: "1",
                SHARDS["b"]: "2",
            },
        ),
    ],
)
def test_the_fingerprints_of_stored_runs_stay(tmp_path: Path, expected: str, weights: dict[str, str]) -> None:
    (tmp_path / "m").mkdir()
    for name, content in {"config.json": "{}", "tokenizer.json": "{}", **weights}.items():
        (tmp_path / "m" / name).write_text(content)
    assert fingerprint(tmp_path / "m") == expected


@pytest.fixture
def in_subfolder(model: Path) -> Path:
    """The model with its weights below the folder, where only the index names them, and another file beside it."""
    (model / "weights").mkdir()
    (model / "model.safetensors").rename(model / "weights/part.safetensors")
    with safe_open(model / "weights/part.safetensors", "pt") as weights:
        index = {"metadata": {}, "weight_map": dict.fromkeys(weights.keys(), "weights/part.safetensors")}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    (model / "decoy.safetensors").write_bytes(b"")
    return model


def test_weights_in_a_subfolder_belong_to_the_identity(in_subfolder: Path, tmp_path: Path) -> None:
    before = locate(str(in_subfolder)).weights_fingerprint
    assert load(locate(str(in_subfolder)), dtype="float32").describe(), "transformers reads them there"
    flip_byte(in_subfolder / "weights/part.safetensors")
    changed = locate(str(in_subfolder)).weights_fingerprint
    assert changed != before
    # Through a link, of a file or of the folder, the content counts as well.
    (in_subfolder / "weights").rename(tmp_path / "elsewhere")
    (in_subfolder / "weights").symlink_to(tmp_path / "elsewhere")
    assert locate(str(in_subfolder)).weights_fingerprint == changed
    flip_byte(tmp_path / "elsewhere/part.safetensors")
    assert locate(str(in_subfolder)).weights_fingerprint == before


@pytest.mark.parametrize("name", ["../other.safetensors", "/etc/passwd", "weights/../../other.safetensors"])
@pytest.mark.parametrize("file", ["model.safetensors.index.json", "config.json"])
def test_weights_outside_the_folder_are_refused(model: Path, name: str, file: str) -> None:
    named = {"weight_map": {"a": name}} if "index" in file else {"transformers_weights": name}
    (model / file).write_text(json.dumps(named))
    with pytest.raises(ModelUnavailableError, match="names a file outside of it"):
        locate(str(model))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"weight_map": []}',
        '{"weight_map": {"a": 1}}',
        f'{{"weight_map": {{"a": "{"n" * 5000}"}}}}',
    ],
)
def test_an_index_that_is_none_names_nothing(model: Path, content: str) -> None:
    (model / "model.safetensors.index.json").write_text(content)
    assert len(fingerprint(model)) == 16


@pytest.mark.parametrize(
    ("names", "value", "named"),
    [
        ("config.json", {"transformers_weights": "deep/own.safetensors"}, "deep/own.safetensors"),
        ("tokenizer_config.json", {"fast_tokenizer_files": ["tokenizer.4.0.0.json"]}, "tokenizer.4.0.0.json"),
        ("config.json", {}, "additional_chat_templates/default.jinja"),
    ],
)
def test_other_files_that_transformers_is_led_to(model: Path, names: str, value: dict[str, object], named: str) -> None:
    (model / names).write_text(json.dumps({**json.loads((model / names).read_text()), **value}))
    seen = {fingerprint(model)}
    (model / named).parent.mkdir(exist_ok=True)
    for content in ("one", "two"):
        (model / named).write_text(content)
        seen.add(fingerprint(model))
    assert len(seen) == 3


def test_files_that_decide_nothing_do_not(model: Path) -> None:
    before = fingerprint(model)
    (model / "README.md").write_text("a card")
    (model / "training_args.bin").write_bytes(b"x")
    (model / "checkpoint-5").mkdir()
    assert fingerprint(model) == before


def test_a_copy_is_the_same_model(model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy", copy_function=shutil.copyfile)
    assert fingerprint(Path(copy)) == fingerprint(model)


def test_a_swap_of_names_is_seen(model: Path, tmp_path: Path) -> None:
    (model / "a.safetensors").write_text("1")
    (model / "b.safetensors").write_text("2")
    before = fingerprint(model)
    (model / "a.safetensors").write_text("2")
    (model / "b.safetensors").write_text("1")
    assert fingerprint(model) != before


def test_the_second_time_nothing_is_read(model: Path, own_cache: Path) -> None:
    before = fingerprint(model)
    known = own_cache / "file-hashes.json"
    hashes = json.loads(known.read_text())
    weights = next(key for key in hashes if "model.safetensors" in key)
    assert str((model / "model.safetensors").stat().st_size) in weights
    known.write_text(json.dumps({**hashes, weights: "remembered"}))
    assert fingerprint(model) != before, "the remembered hash was not used"


def test_a_damaged_or_unwritable_cache_only_costs_time(
    model: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(model)
    for content in ("{", "[]", ""):
        (own_cache / "file-hashes.json").write_text(content)
        assert fingerprint(model) == before
    (own_cache / "a-file").touch()
    monkeypatch.setenv("EVALSUITE_CACHE", str(own_cache / "a-file" / "below"))
    assert fingerprint(model) == before


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    assert cache_folder() == own_cache
    monkeypatch.setenv("EVALSUITE_CACHE", "")
    assert cache_folder().name == "evalsuite"


def test_a_folder_is_itself(tiny_model: Path) -> None:
    assert resolve_folder(str(tiny_model), what="model") == tiny_model


@pytest.mark.parametrize("name", ["./none", "/none/such", "~/none-such", "gpt2", "a/b/c", ""])
def test_names_that_can_be_neither_folder_nor_hub_id(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelUnavailableError, match=r"is neither a folder nor a hub id|holds no \.safetensors"):
        resolve_folder(name, what="model")


@pytest.mark.parametrize("name", ["nobody/no-such-model", "bad name/with space", "-x/..y"])
def test_a_hub_id_that_is_not_to_be_had_names_the_ways_out(name: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ModelUnavailableError) as caught:
        resolve_folder(name, what="model")
    assert time.perf_counter() - started < 5, "offline must not wait for a network"
    assert caught.value.exit_code == 3
    for word in (name, "HF_HUB_OFFLINE", "smollm2", ".safetensors"):
        assert word in str(caught.value)


def test_pickled_weights_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "code-was-run"),)

    folder = tmp_path / "pickled"
    shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelUnavailableError, match=r"holds no \.safetensors file.*save_pretrained"):
        resolve_folder(str(folder), what="model")
    assert not (tmp_path / "code-was-run").exists()
