r"""Where a completion runs on: it has answered, and goes on with a turn that nobody asked for.

A base model that knows no end token answers, then writes the next question of an imagined worksheet and answers that
one too. Whatever grader reads the end of the text then reads the answer to somebody else's question. What counts as an
invented turn:

- a chat marker that opens the turn of a user, ``<|im_start|>user``, ``[INST]``, ``<start_of_turn>user``, wherever it
  stands behind text, or what is left of it where special tokens are not decoded: a line that says ``user`` alone; a
  marker that ends a turn, ``<|im_end|>``, ``</s>``, where a number stands before it;
- a line that begins ``Human:`` or ``User:`` behind text;
- a line that begins as the questions of the prompt did, behind an answer (`marks`, of a template of the user's own);
- a line that labels a task behind an answer, ``Question:``, ``Q1.``, ``### Problem``, ``Example 2:``, ``第二题：``, or
  announces another, "Here is another problem".

How much of an answer has to stand before such a line depends on how likely the line is the model's own heading. A
question or problem needs a calculation, a conclusion ("So there are 18 left") or nothing but one short line with a
number; an example or a task without a number needs a box, a ``####`` line or "the answer is". Where the model itself
began with ``Question 1``, further numbers are its own steps, unless a box, a ``####`` line or closed tags stand before
them.
"""

import math
import re
from functools import lru_cache

__all__ = ["run_on_at"]

_ROLE = r"(?:user|human|prompter|system)"
# One alternative for each first character, which makes the search fast.
_CHAT_USER = re.compile(
    r"<(?=[|_]?[a-zA-Z]|｜|</?[sS])(?i:[|_]?(?:im_start|start_header_id|header_start|start_of_turn|start_of_role|turn_start"
    rf"|role_start|start|turn|im_user|extra_id_1)\|?>\s{{0,3}}{_ROLE}|[|_](?:user|human|prompter|prompt|im_user)[|]?>"
    r"|｜User｜>|</?SYS>>)|\[(?i:INST\]|UNUSED_TOKEN_146\]\s?user)"
)
_CHAT_END = re.compile(
    r"<(?:\|(?:(?:im_end|endoftext|eot_id|eom_id|end_of_text|begin_of_text|end|return|assistant)\|>|im_start\|>\s*assistant)"
    r"|end_of_turn>|turn\|>|｜(?:end|begin)▁of▁sentence｜>|/s>|eos>|bos>)"
    r"|\n[ \t]{0,4}assistant[ \t]{0,4}(?![^\n])"
)
_TURN = r"(?:human|user|用户|人类)"
_USER_LINE = re.compile(
    r"\n[ \t>]{0,8}+(?=[#*\w<])(?:"
    rf"(?i:[#*]{{0,6}}+[ \t]{{0,2}}+{_TURN}[ \t]?[*]{{0,2}}[ \t]?[:：]"
    rf"|[#*]{{1,6}}+[ \t]{{0,2}}+{_TURN}[*]{{0,2}}[ \t]*$|<{_TURN}>)"
    rf"|(?:user|human)[ \t]{{0,4}}$)|user$(?<=[0-9.!?)}}$*]user)",
    re.MULTILINE,
)

_OTHER = r"(?:next|new|another|bonus|similar|extra|additional|下一|另一|新的?|类似的?|另外一)"
_KIND = r"(?:follow-?up|practice|sample|related|math(?:ematics|s)?|word)"
# What a model seldom writes over its own solution, and what it may.
_TASK = (
    r"(?:question|problem|instruction|input|prompt|问题|题目|例题|习题|练习题?"
    # The other languages of MGSM, and some more.
    r"|frage|aufgabe|pregunta|problema|problème|問題|質問|задача|вопрос|swali|ప్రశ్న|โจทย์|คำถาม|প্রশ্ন"
    r"|질문|문제|pergunta|domanda)"
)
_MAYBE = r"(?:example|exercise|task|challenge|puzzle|quiz|query|例子?|示例|任务|题)"
_NUMBER = r"(?:[#№]|no\.?|number)?[ \t]?(?P<n{}>[0-9]{{1,4}}|one|two|three|four|five|[一二三四五六七八九十]{{1,3}})"
# What follows begins with one of these letters, or one of a script that is not Latin.
_HEAD = (
    r"\n(?!\n)[ \t>]{0,8}+[#*_【\[(]{0,6}+[ \t]{0,2}+(?:[0-9]{1,3}[.)]\ [*]{0,2})?+"
    r"(?=[a-fhil-tw-yA-FHIL-TW-Y<\u0400-\u0e7f\u3040-\ud7ff])"
)
_CLOSE = r"[*_】]{0,3}[ \t]?[*_】]{0,3}"
_COUNT = r"[0-9]{1,4}|one|two|three|four|five|[一二三四五六七八九十]{1,3}"
_LINE = re.compile(
    rf"""{_HEAD}(?:
    (?:(?:the\ )?(?P<other>{_OTHER})[个道]?\ ?)?(?:{_KIND}\ ){{0,2}}(?:(?P<task>{_TASK})|(?P<maybe>{_MAYBE}))
    (?:
        # Question:   **Problem**   【题目】   Question - Tom   [Question] Tom   Next question is: Tom
        [ \t]?(?:[*_]{{0,3}}(?:\ is)?[ \t]?[:：]|{_CLOSE}[ \t]*$|[】\])]|[ \t][-–—][ \t])
        # Question 2:   ## Problem 2 (Hats)   Problem 2. Tom   Problem 2 Tom   例2：
      | [ \t]{{0,2}}(?:[\#№]|no\.?|number)?[ \t]?\(?(?P<n1>{_COUNT}|(?-i:[IVX]{{2,4}}(?!\w)))[ \t]?{_CLOSE}
        (?:[:：.)】（(]|[ \t][-–—]|[ \t]*$|[ \t]+(?-i:[A-Z]))
    )
    # 第二题：
  | 第[ \t]?(?P<n2>[0-9]{{1,3}}|[一二三四五六七八九十]{{1,3}})[ \t]?[个道]?(?:问题|题目?|例题?){_CLOSE}
    [ \t]?(?:[:：.、)】]|$)
    # Q:   Q1.   问：
  | Q[ \t]?(?P<n3>[0-9]{{0,4}})[*]{{0,2}}[ \t]?[:：.)](?![0-9]) | 问[:：] | <(?:question|problem)>
    # Here is another problem   Let's try one more question   Now, try this one
  | (?:(?:now|okay|ok),?\ )?(?:here(?:['’]s|\ is|\ are)|let(?:['’]s|\ us)|can\ you|could\ you|try|consider)
    \ [^\n]{{0,40}}?\b(?:another|(?:a|some)\ (?:new|similar|different|more)|one\ more|(?P<this>this))\ [^\n]{{0,30}}?
    \b(?:problem|question|one|example|exercise)s?\b
    # Your turn:   Now you try it yourself
  | (?:now\ )?(?:it(?:['’]s|\ is)\ )?your\ turn{_CLOSE}[ \t]*(?:[:：.!,]|$)
  | (?:now\ )?(?:you\ )?try\ (?:it|this(?:\ one)?)\ (?:yourself|on\ your\ own)\b
  | (?:再来|再做|再看)一[道个]?题
  | (?:接下来|下面|以下|现在)(?:是|看|来看|我们来?看|请看)?(?:下一|另一|一个新的?)[道个]?(?:类似的?)?(?:题目?|问题|例子)
    )""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)

# An answer in its final form, one that is stated, and text that comes to a number. Every alternative begins with a
# letter or mark of its own, which makes the search fast.
_FINAL = re.compile(r"\\boxed\s*\{[^{}\n]*[0-9]|\n\#{4}[^\n]*[0-9]|</(?i:(?:final_)?answer|solution)>")
_WORD = r"(?<![^\W\d_].)(?i:ns(?:wer)?)\b[^\n]{0,40}[0-9]"
_STATED = re.compile(rf"a{_WORD}|A{_WORD}|答[^\n答]{{0,40}}[0-9]")
_SO = r"\s?(?:[sS](?i:o)|[tT](?i:herefore|hus)|[hH](?i:ence))\b[^\n]{0,80}[0-9]"
_CALCULATED = re.compile(
    r"=[ \t$€£¥\\(*{]{0,8}[0-9]|因此[^\n]{0,40}[0-9]|所以[^\n]{0,40}[0-9]|一共[^\n]{0,40}[0-9]|总共[^\n]{0,40}[0-9]"
    rf"|\n(?=\s?[sStThH]){_SO}|\.{_SO}|,{_SO}|;{_SO}|!{_SO}"
)
_ONE_LINE = re.compile(
    r"\s*+(?!(?:let|first|step|given|we|to|i|here|sure|okay|the\ (?:question|problem)|this|question|problem|q)\b)"
    r"[^\n]{0,120}[0-9][^\n:：?？]{0,60}\n",
    re.IGNORECASE,
)
_FIRST = re.compile(
    rf"{_HEAD}(?i:{_TASK}|{_MAYBE}|sub-?question|q)[ \t#]{{0,3}}(?:1|(?i:one)|一)(?![0-9])|第[ \t]?[1一]"
)
_DIGIT = re.compile(r"\d")


def run_on_at(text: str, marks: tuple[str, ...] = ()) -> int | None:
    r"""Return where the first invented turn begins, None where the completion does not run on.

    Parameters
    ----------
    text
        A completion, special tokens decoded or not.
    marks
        Regular expressions of what the questions of the prompt began with; see `prompting.turn_marks`.

    Returns
    -------
    int or None
        Number of characters before the turn, at least 1. Time is linear in the text.

    Examples
    --------
    >>> run_on_at("9 * 2 = 18\n#### 18\n\nQuestion: Tom has 3 hats.")
    20
    >>> run_on_at("Question: how many pears?\nAnswer: 20 - 11 = 9") is None
    True
    """
    # Marks at the beginning of a line are found behind its line feed.
    lines = "\n" + text
    start = len(lines) - len(lines.lstrip())
    places = [_behind(start, lines, _CHAT_USER), _behind(start, lines, _USER_LINE), _chat_end(lines)]
    places.append(_task(lines, marks))
    found = min((place for place in places if place is not None), default=None)
    return None if found is None else found - (lines[found] != "\n")


def _behind(start: int, text: str, mark: re.Pattern[str]) -> int | None:
    match = next((match for match in mark.finditer(text) if match.start() > start), None)
    return None if match is None else match.start()


def _chat_end(text: str) -> int | None:
    digit = _DIGIT.search(text)
    match = None if digit is None else _CHAT_END.search(text, digit.end())
    return None if match is None else match.start()


def _task(text: str, marks: tuple[str, ...]) -> int | None:
    final, stated, calculated = (_end(rule.search(text)) for rule in (_FINAL, _STATED, _CALCULATED))
    line = _end(_ONE_LINE.match(text))
    said = min(final, stated)
    weak = min(said, calculated, line)
    if weak == math.inf:
        return None
    asked = _asked_again(text, marks, weak, final)
    for match in _LINE.finditer(text, max(0, int(weak) - 1)):
        number = match["n1"] or match["n2"] or match["n3"]
        if number and _divides_its_work(text, int(weak)):
            needed = final
        elif match["this"] or (match["maybe"] and not match["other"] and not (number and _after_blank(text, match))):
            needed = said
        else:
            needed = weak
        if match.start() >= needed - 1:
            return match.start() if asked is None else min(match.start(), asked)
    return asked


@lru_cache(maxsize=1)
def _divides_its_work(text: str, weak: int) -> bool:
    """Return whether the model began with a ``Question 1`` of its own."""
    return _FIRST.search(text, 0, weak) is not None


def _asked_again(text: str, marks: tuple[str, ...], weak: float, final: float) -> int | None:
    """Return where a line behind an answer begins as the questions of the prompt did."""
    if not marks:
        return None
    rule = _line_of(marks)
    # A model that repeats its question before it answers, perhaps in several parts, has to come to its final answer.
    needed = weak if rule.search(text, 0, int(weak)) is None else final
    return next((match.start() for match in rule.finditer(text) if match.start() >= needed - 1), None)


@lru_cache(maxsize=64)
def _line_of(marks: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\n[ \t]{{0,8}}(?:{'|'.join(marks)})", re.IGNORECASE)


def _after_blank(text: str, match: re.Match[str]) -> bool:
    return text[max(0, match.start() - 2) : match.start()].rstrip("\r").endswith("\n")


def _end(match: re.Match[str] | None) -> float:
    """Return where a match ends; infinity where there is none."""
    return math.inf if match is None else match.end()
