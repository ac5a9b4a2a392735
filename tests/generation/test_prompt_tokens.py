"""A chat template is somebody else's program: one that never ends is stopped and named."""

from pathlib import Path

import pytest

from evalsuite.errors import InputError
from evalsuite.generation import prompt_tokens
from evalsuite.prompting.templates import template
from evalsuite.records import Problem

FOREVER = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.model
def test_a_chat_template_that_loops_for_ever_is_stopped(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    prompt = template("tutorial").render(Problem("p", "What is 1 + 1?", "#### 2", 2))
    assert "What is 1 + 1?" in prompt_tokens.prompt_text(tokenizer, prompt)
    tokenizer.chat_template = FOREVER
    monkeypatch.setattr(prompt_tokens, "TEMPLATE_SECONDS", 0.2)
    with pytest.raises(InputError, match=r"does not come to an end.*longer than 0.2 s"):
        prompt_tokens.prompt_text(tokenizer, prompt)
