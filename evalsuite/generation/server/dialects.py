"""What kinds of server understand beyond OpenAI's protocol.

A model's folder may hold settings of sampling (top-k, a repetition penalty) that servers apply unless told otherwise,
so they are told where they understand it. A server of an unknown kind gets the protocol's own words alone, since some
refuse what they do not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DIALECTS", "OTHER", "Dialect"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of server.

    Attributes
    ----------
    name
        As it is recorded.
    owned_by
        What its list of models says of the owner; by this it is known.
    version_path, version_keys
        Where it says its version, and under which of these keys.
    neutral
        Parameters that switch off whatever the model's folder says of sampling.
    token_ids
        Parameters that ask for the tokens of the completion.
    goes_on
        Parameters that make a chat go on behind the last message; None where it cannot.
    takes_arguments
        Whether arguments of the chat template can be given.
    """

    name: str
    owned_by: str = ""
    version_path: str = ""
    version_keys: tuple[str, ...] = ("version",)
    neutral: Mapping[str, Any] = field(default_factory=dict)
    token_ids: Mapping[str, Any] = field(default_factory=dict)
    goes_on: Mapping[str, Any] | None = None
    takes_arguments: bool = False


_GOES_ON = {"add_generation_prompt": False, "continue_final_message": True}
OTHER = Dialect("other")
DIALECTS = (
    Dialect(
        "vllm",
        owned_by="vllm",
        version_path="/version",
        neutral={"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},
        token_ids={"return_token_ids": True},
        goes_on=_GOES_ON,
        takes_arguments=True,
    ),
    Dialect(
        "sglang",
        owned_by="sglang",
        version_path="/get_server_info",
        neutral={"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},
        goes_on=_GOES_ON,
        takes_arguments=True,
    ),
    Dialect(
        "llama.cpp",
        owned_by="llamacpp",
        version_path="/props",
        version_keys=("build_info",),
        # Its cache of prompts makes a text depend on what was asked before.
        neutral={"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0, "cache_prompt": False},
        # The tokens stand in what it says beyond the protocol, which it says only when it is asked to be verbose.
        token_ids={"return_tokens": True, "verbose": True},
        takes_arguments=True,
    ),
)
"""Servers that are known; one that is not is `OTHER`."""
