"""Engines are chosen by the name that runs record."""

from typing import get_args

import pytest

from evalsuite.errors import InputError
from evalsuite.generation.engines import ENGINES, engine
from evalsuite.settings import EngineName


def test_every_engine_of_the_settings_is_there_and_calls_itself_so() -> None:
    assert set(ENGINES) == set(get_args(EngineName))
    for name in ENGINES:
        assert engine(name).name == name


def test_an_engine_of_another_version_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"'vllm'.*transformers"):
        engine("vllm")
