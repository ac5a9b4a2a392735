"""The part of a completion that answers the question: outside the thinking, before any invented turn."""

import re
from functools import lru_cache

from evalsuite.grading.run_on import run_on_at

__all__ = ["answer_part", "has_thinking", "runs_on_at", "spoken_part"]

_OPEN = (
    r"(?i:\|?(?:start_|longcat_|seed:)?think(?:ing)?(?:_start|_on)?\s?\|?>|\|begin_of_thought\|>|unused94>thought"
    r"|\|channel\|>analysis(?:<\|message\|>)?)"
)
_CLOSE = (
    r"(?i:\|?/(?:longcat_|seed:)?think(?:ing)?\s?\|?>|\|?(?:end_think(?:ing)?|think_end)\|?>|/think_on>|\|end_of_thought\|>"
    r"|unused95>|\|channel\|>final<\|message\|>)"
)
# Prompts ask for these tags, and some models answer inside them: they hold thinking only where they are closed and
# something follows. The marks above are a model's own, and what they open is thinking to the end.
_SOFT = r"(?P<end>/?)(?P<soft>(?i:thoughts?|reasoning|reflection|scratchpad|analysis))>"
# One alternative for each first character, which makes the search fast.
_TAG = re.compile(
    rf"<(?=[|]?[/a-zA-Z])(?:{_OPEN}|{_SOFT}|{_CLOSE})|\[(?i:/?THINK\])|◁/?think▷|analysis(?=[A-Z'\"])|assistantfinal"
)
_OPENS = re.compile(rf"<{_OPEN}|\[(?i:THINK\])|◁think▷|analysis")


def answer_part(completion: str, marks: tuple[str, ...] = ()) -> str:
    r"""Return what a grader may read.

    Thinking is left out: a guess in it is not the answer. Where a prompt has opened it, the text up to the first end
    mark is thinking. Thinking that is never closed lasts to the end, so nothing has been answered. An invented turn and
    what follows it is somebody else's question, also where it begins with one of the `marks` of the prompt's questions.
    Time is linear in the text.

    Examples
    --------
    >>> answer_part(r"<think>Is it 17?</think>It is \boxed{18}." + "\n\nHuman: and 2 + 2?")
    'It is \\boxed{18}.\n\n'
    >>> answer_part("<think>Is it 18?")
    ''
    """
    said, place = _said_until(completion, marks)
    return said if place is None else said[:place]


def runs_on_at(completion: str, marks: tuple[str, ...] = ()) -> int | None:
    r"""Return where in the completion the first invented turn begins, outside any thinking; None where there is none.

    Examples
    --------
    >>> runs_on_at("<think>Question: why?</think>9 * 2 = 18\n\nQuestion: and 3?")
    41
    """
    said, place = _said_until(completion, marks)
    if place is None:
        return None
    found = completion.rfind(said[place:])
    return place + len(completion) - len(said) if found < 0 else found


@lru_cache(maxsize=1)
def _said_until(completion: str, marks: tuple[str, ...]) -> tuple[str, int | None]:
    """Return what is said outside of thinking, and where in it an invented turn begins.

    All graders ask it of one completion before they go to the next.
    """
    said = spoken_part(completion)
    return said, run_on_at(said, marks)


def has_thinking(completion: str) -> bool:
    """Return whether the completion holds a mark of thinking, closed or not."""
    return _TAG.search(completion) is not None


def spoken_part(text: str) -> str:
    """Return the completion without its thinking, invented turns included."""
    parts: list[str] = []
    begin = 0
    opened: int | None = None
    soft: tuple[str, int] | None = None
    for tag in _TAG.finditer(text):
        if tag["soft"] is not None:
            name = tag["soft"].lower()
            if not tag["end"]:
                soft = (name, tag.start()) if opened is None and soft is None else soft
            elif soft is not None and soft[0] == name and text[tag.end() : tag.end() + 200].strip():
                parts.append(text[begin : soft[1]])
                begin, soft = tag.end(), None
            continue
        if _OPENS.fullmatch(tag[0]):
            # Without its special tokens a channel leaves its bare name, which means something only at the beginning.
            if tag[0] != "analysis" or not text[: tag.start()].strip():
                opened = tag.start() if opened is None else opened
            continue
        if opened is not None:
            parts.append(text[begin:opened])
        elif parts or tag[0] == "assistantfinal":
            continue
        begin, opened, soft = tag.end(), None, None
    parts.append(text[begin:] if opened is None else text[begin:opened])
    return "".join(parts)
