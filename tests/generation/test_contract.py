"""Every engine keeps the contract: the embedded one, the server engine before a tiny server, and before a real one.

The last is tested where EVALSUITE_TEST_SERVER gives its address, as the session ``engine-server`` does.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import EngineContract, Subject
from http_server import TinyServer

from evalsuite.generation.engines import engine
from evalsuite.settings import RunSettings


@pytest.fixture(scope="module")
def ending_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the tiny model with more end tokens, so that some completions end and some are cut."""
    folder = tmp_path_factory.mktemp("ends") / "model"
    shutil.copytree(tiny_model, folder)
    file = folder / "generation_config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, "eos_token_id": [config["eos_token_id"], *range(7, 384, 24)]}))
    return folder


@pytest.fixture(scope="module")
def server(ending_model: Path) -> Iterator[TinyServer]:
    with TinyServer(ending_model) as running:
        yield running


def served(url: str, model: str, **more: object) -> Subject:
    settings = RunSettings(engine="server", server_url=url, model=model, **more)  # type: ignore[arg-type]
    generator = engine("server", settings).locate(model).load()
    continues = settings.api == "completions" and settings.tokenizer is not None
    return Subject(generator, continues=continues)


class TestTransformers(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, ending_model: Path) -> Subject:
        settings = RunSettings(model=str(ending_model), dtype="float32")
        return Subject(engine("transformers", settings).locate(str(ending_model)).load(dtype="float32"))


class TestServerChat(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, server: TinyServer) -> Subject:
        return served(server.url, "tiny")


class TestServerTokens(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, server: TinyServer, ending_model: Path) -> Subject:
        return served(server.url, "tiny", api="completions", tokenizer=str(ending_model))


@pytest.mark.skipif("EVALSUITE_TEST_SERVER" not in os.environ, reason="needs a server: nox -s engine-server")
class TestRealServerChat(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Subject:
        return real()


@pytest.mark.skipif("EVALSUITE_TEST_SERVER" not in os.environ, reason="needs a server: nox -s engine-server")
class TestRealServerTokens(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Subject:
        if "tokens" not in os.environ["EVALSUITE_TEST_SERVER_CAN"]:
            pytest.skip("this server takes no tokens as a prompt")
        return real(api="completions", tokenizer=os.environ["EVALSUITE_TEST_TOKENIZER"])


def real(**more: object) -> Subject:
    """Return the real server as a subject: its arithmetic may depend on what else it is asked."""
    can = os.environ.get("EVALSUITE_TEST_SERVER_CAN", "").split(",")
    subject = served(os.environ["EVALSUITE_TEST_SERVER"], os.environ["EVALSUITE_TEST_MODEL"], **more)
    return Subject(
        subject.generator,
        exact=False,
        honours_seeds="seeds" in can,
        tells_tokens="tokens" in can,
        continues=subject.continues,
    )
