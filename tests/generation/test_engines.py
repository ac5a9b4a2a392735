"""Engines are chosen by the name that runs record."""

from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest

from evalsuite.errors import ExtraMissingError, InputError
from evalsuite.generation.engines import ENGINES, engine
from evalsuite.settings import EngineName, RunSettings


def test_every_engine_of_the_settings_is_there_and_calls_itself_so() -> None:
    assert set(ENGINES) == set(get_args(EngineName))
    for name in ENGINES:
        assert engine(name).name == name


def test_an_engine_of_another_version_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"'abacus'.*transformers"):
        engine("abacus")


@pytest.mark.parametrize("name", ["transformers", "vllm"])
def test_a_setting_of_servers_is_refused_by_engines_that_ask_none(name: EngineName) -> None:
    with pytest.raises(InputError, match=rf"--server-url has no effect on the engine {name}: add --engine server"):
        engine(name, RunSettings(engine=name, server_url="http://127.0.0.1:9"))


def test_an_engine_without_its_packages_says_how_to_install_them(tiny_model: Path) -> None:
    if find_spec("vllm") is not None:
        pytest.skip("vLLM is installed")
    model = engine("vllm").locate(str(tiny_model))
    with pytest.raises(ExtraMissingError, match=r"pip install 'evalsuite\[vllm\]'"):
        model.load()
