r"""Read the one number that a short text states, exactly.

For an answer that has already been cut out of a completion, such as the content of a box. Text with two
numbers, an inequality or a calculation states no number here. Nothing is ever rounded: the result is a
`Fraction`. Work is bounded by `MAX_LENGTH` and `MAX_DIGITS`, so no text can make it slow.

What counts as one number:

- integers and decimals, of any script's decimal digits: ``72``, ``72.00``, ``.5``, ``٧٢``, ``７２``;
- digits grouped by commas or by spaces in threes, or in the Indian way: ``1,450``, ``1 450``, ``1,00,000``.
  ``3,5`` could be a list or a decimal and is no number;
- fractions and mixed numbers: ``3/4``, ``\frac{3}{4}``, ``2 1/2``, ``2½``;
- powers of ten: ``1.5e3``, ``1.5 \times 10^{3}``, and ``1.5 million``;
- one sign, one currency sign, one percent sign, and a unit after the number: ``-$18``, ``18 dollars per day``, ``18m``,
  ``18元``. The percent sign is a unit: ``72%`` is 72, as in the gold answers of GSM8K. A single letter stuck to the
  number is a unit where it cannot be a variable or a magnitude: ``18m``, but neither ``5k`` nor ``5x``;
- what stands after the last equals sign, or after a label without digits: ``x = 18``, ``Total: $18``;
- LaTeX and Markdown dress, quotes and signs of rounding: ``\text{72}``, ``\$1{,}450``, ``72\%``, ``$72$``, ``**72**``,
  ``\textcolor{red}{72}``, ``"72"``, ``\approx 72``.
"""

import re
import unicodedata
from fractions import Fraction

__all__ = ["MAX_DIGITS", "MAX_LENGTH", "parse_number"]

MAX_LENGTH = 200
"""Characters that a text may have; a longer one states no number."""

MAX_DIGITS = 60
"""Digits that an integer, or the part before or after a decimal point, may have."""

_MAX_UNIT = 60
_PLAIN = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}")

# Dress that is dropped, dress that becomes a space, and braces round what is kept.
_DROPPED = re.compile(
    r"\\(?:left|right|displaystyle|bf|rm|textstyle|normalsize|approx|sim|thickapprox|simeq|[bB]ig[lr]?|tiny|small|large|Large|LARGE|huge|Huge"
    r"|therefore|[rR]ightarrow|implies|to|checkmark)(?![a-zA-Z])"
    r"|\\!|\\[()\[\]{}]|\*\*|__|\^\{?\\circ\}?|\\(?:text)?degree(?![a-zA-Z])"
    r"|\\(?:text)?color\s*(?:\[\w{1,10}\]\s*)?\{[a-zA-Z!0-9.,]{1,30}\}"
    r"|\\f?colorbox\s*\{[a-zA-Z!0-9]{1,30}\}(?:\{[a-zA-Z!0-9]{1,30}\})?(?=\s*\{)|\\[vh]?phantom\s*\{[^{}]{0,30}\}"
    r"|\\[hv](?:space|skip)\*?\s*\{[^{}]{0,20}\}|\\\\(?=\s*$)"
)
_SPACES = re.compile(r"\\[,;:> ]|\\q?quad(?![a-zA-Z])|[~\s]")
_COMMA = re.compile(r"\{,\}|\\text\s?\{,\}|(?<=\d),\\!(?=\d)|(?<=\d)\\!(?=\d{3}(?!\d))")
_WRAPPED = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:bf|it|rm|sf|tt|normal|bb)|mbox|hbox|boxed|fbox|bm|boldsymbol|underline|emph"
    r"|mathrm|operatorname|pmb|overline|framebox|ensuremath)\s*\{([^{}]*)\}"
)
_PART = r"\s*([+-]?)\s*([0-9][0-9,]{0,60}(?:\.[0-9]{1,60})?|\.[0-9]{1,60})\s*([^{}\d\\+*/=-]{0,30})"
_FRACTION = re.compile(
    rf"([+-]?)\s*\\(?:[dtc]?frac|[sn]frac|nicefrac)\s*(?:\{{{_PART}\}}|([0-9]))\s*(?:\{{{_PART}\}}|([0-9])(?![0-9]))"
)
_OVER = re.compile(r"\{?\s*([+-]?[0-9]{1,60})\s*\\over(?![a-zA-Z])\s*([0-9]{1,60})\s*\}?")
_BRACED = re.compile(r"\{\s*(\{[^{}]*\})\s*\}")
_BARE_BRACES = re.compile(r"(?<![\w}^])\{([0-9]{1,60})\}(?!\w)")
_UNIT_PART = r"([^{}\d\\]{1,30}(?:\^\{?[23]\}?)?)"
# What stands over a unit is a number with one of its own, perhaps.
_PER_UNIT = re.compile(r"\\[dtc]?frac\s*\{([^{}\\]{0,20}\d[^{}\\]{0,30})\}\s*\{\s*([^\W\d_]{2,30})\s*\}")
# A product of units, one perhaps with a negative power, as in km \cdot h^{-1}.
_UNIT_PRODUCT = re.compile(r"(?<=[^\W\d_])\s*(?:\\cdot(?![a-zA-Z])|·)\s*(?=[^\W\d_])")
_INVERSE = re.compile(r"(?<=[^\W\d_])\s?\^\s?(?:\{\s?-[123]\s?\}|-[123](?!\d))")
_SYMBOLS = {"dollar": "$", "textdollar": "$", "pounds": "£", "textsterling": "£", "euro": "€", "texteuro": "€",
            "yen": "¥", "textyen": "¥"}  # fmt: skip
_SYMBOL = re.compile(rf"\\({'|'.join(_SYMBOLS)})(?![a-zA-Z])(?:\{{\}})?")
# A number and a unit as the package siunitx writes them.
_SIUNITX = re.compile(r"\\(?:SI|qty|num)\s*(?:\[[^\[\]]{0,30}\])?\{([^{}]{0,60})\}(?:\s*\{[^{}]{0,60}\})?")
_UNIT_FRACTION = re.compile(rf"\\[dtc]?frac\s*\{{{_UNIT_PART}\}}\s*\{{{_UNIT_PART}\}}")
# A label has no digit, so that of "3 more than: 15" nothing is dropped.
_LABEL = re.compile(r"[^\W\d_][^\d:：=<>]{0,60}[:：]\s*")
_ABOUT = re.compile(
    r"(?:about|approximately|approx\.|roughly|around|exactly|(?:a )?total of|约|大约|共|一共|总共|总计"
    r"|(?:最终|最后)?答案(?:是|为|就是))\s*(?=\S)",
    re.IGNORECASE,
)
# A sentence in place of the number: the verb right before it says that this is it, which "less than 18" does not.
_SENTENCE = re.compile(
    r"[^\W\d_](?:[^\W\d_]|[ '’,-]){0,80}"
    r" (?:is|are|was|were|has|have|had|makes?|made|earns?|earned|gets?|got|costs?|pays?|paid|needs?|equals|spends?"
    r"|spent)"
    r"(?: a total of| about| exactly| now)? (?=[-+$€£¥]?\ ?[-+]?[0-9.])",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"([+-]) ?\( ?([0-9][^()]*)\)")
_QUOTES = "\"'`´‘’“”„«»「」『』"
_TIMES_TEN = re.compile(r"\s*(?:\\times|\\cdot|×|\*|·)\s*10\s*\^\s*(?:\{\s*([+-]?[0-9]{1,2})\s*\}|([0-9])(?![0-9]))")

_CURRENCY = r"(?:US\s?\$|USD|EUR|GBP|INR|Rs\.?|[$€£¥₹¢₽₩₺₫₪฿])"
_GROUPED = (
    rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,3}}(?:[\ '’][0-9]{{3}})+|[0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}}"
    rf"|[0-9]{{1,{MAX_DIGITS}}})"
)
_NUMBER = re.compile(
    rf"""
    (?P<sign>[+-]?)\ ?(?:{_CURRENCY}\ ?(?P<sign2>[+-]?)\ ?)?
    (?:
        (?:(?P<whole>[0-9]{{1,9}})\ )?(?P<over>[0-9]{{1,{MAX_DIGITS}}})\ ?/\ ?(?P<under>[0-9]{{1,{MAX_DIGITS}}})
      | (?P<integer>{_GROUPED})(?:\.(?P<decimals>[0-9]{{1,{MAX_DIGITS}}}))?
      | \.(?P<only>[0-9]{{1,{MAX_DIGITS}}})
    )
    (?:[eE](?P<exponent>[+-]?[0-9]{{1,2}})(?![0-9a-zA-Z]))?
    """,
    re.VERBOSE,
)
_MAGNITUDE = re.compile(r"[ -]?(hundred|thousand|million|billion|trillion)s?\b", re.IGNORECASE)
_MAGNITUDES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}

# A unit begins with a space, two letters, a slash, a sign of Chinese or Japanese, or one of the letters that stand for
# a unit alone: any other letter stuck to the number would be a variable or a shorthand for thousands. Its only digits
# are the powers of a length.
_UNIT = re.compile(
    rf"\ ?%?(?:\ ?{_CURRENCY})?(?!\ [xyz](?![^\W\d_]))"
    rf"(?:(?:\ (?:\(\ ?)?|/\ ?)[^\W\d_]|[\ \-]?[^\W\d_]{{2}}|[\u2e80-\ud7ff]|[mgshLlCFcpdJWVN](?![^\W\d_]))?"
    rf"(?:(?<=[^\W\d_])(?:[^\W\d_]|[ \-'’()./,]|\^\{{?[23]\}}?|[²³]"
    rf"|(?:(?<=[cmdk]m)|(?<= m)|(?<=ft)|(?<=in))[23]\b){{0,{_MAX_UNIT}}})?[.,;!]{{0,3}}"
)


def parse_number(text: str) -> Fraction | None:
    r"""Return the number that `text` states, or None if it does not state exactly one.

    Parameters
    ----------
    text
        A short text; one with more than `MAX_LENGTH` characters gives None.

    Examples
    --------
    >>> parse_number(r"\$1{,}450.50")
    Fraction(2901, 2)
    >>> parse_number(r"\text{72 dollars}")
    Fraction(72, 1)
    >>> parse_number("3 more than 15") is None
    True
    """
    if len(text) > MAX_LENGTH:
        return None
    # Most answers are plain integers.
    if _PLAIN.fullmatch(text):
        return Fraction(int(text))
    plain = _undress(_ascii(text))
    exponent = 0
    match = _NUMBER.match(plain)
    if match is None:
        return None
    rest = plain[match.end() :]
    power = _TIMES_TEN.match(rest)
    if power is not None:
        exponent += int(power[1] or power[2])
        rest = rest[power.end() :]
    magnitude = _MAGNITUDE.match(rest)
    if magnitude is not None:
        exponent += _MAGNITUDES[magnitude[1].lower()]
        rest = rest[magnitude.end() :]
    if not _UNIT.fullmatch(rest):
        return None
    value = _value(match)
    return value if value is None or not exponent else value * Fraction(10) ** exponent


def _ascii(text: str) -> str:
    """Write the digits, signs, separators and fractions of other scripts in ASCII."""
    if text.isascii():
        return text
    return "".join([char if char.isascii() else _ascii_char(char) for char in text])


_SIGNS = {
    **dict.fromkeys("−﹣－‐‑–", "-"),
    **dict.fromkeys("＋﹢", "+"),
    **dict.fromkeys("٫．", "."),
    **dict.fromkeys("٬，", ","),
    **dict.fromkeys("％﹪٪", "%"),
    **dict.fromkeys("／⁄∕", "/"),
    **dict.fromkeys("＄﹩", "$"),
    "￥": "¥",
    "￡": "£",
    "＝": "=",
}


def _ascii_char(char: str) -> str:
    if char in _SIGNS:
        return _SIGNS[char]
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    kind, _, parts = unicodedata.decomposition(char).partition(" ")
    if kind == "<fraction>":
        return " " + "".join("/" if part == "2044" else chr(int(part, 16)) for part in parts.split())
    return " " if char.isspace() else char


def _undress(text: str) -> str:
    """Return `text` without LaTeX and Markdown dress, right of its last equals sign, in single spaces."""
    if "\\" in text or "*" in text or "_" in text or "^" in text or "~" in text or "{" in text:
        text = _SIUNITX.sub(r" \1 ", _SYMBOL.sub(_symbol, _COMMA.sub(",", text)))
        for _ in range(4):
            # Each pass opens one level of nesting.
            text, opened = _WRAPPED.subn(r" \1 ", _BRACED.sub(r"\1", text))
            text, fractions = _FRACTION.subn(_slashed, text)
            if not opened and not fractions:
                break
        text = _SPACES.sub(" ", _DROPPED.sub("", text))
        text = text.replace(r"\$", "$").replace(r"\%", "%")
        text = _PER_UNIT.sub(r" \1 per \2 ", _OVER.sub(r" \1/\2 ", _UNIT_FRACTION.sub(r" \1/\2 ", text)))
        text = _INVERSE.sub("", _UNIT_PRODUCT.sub(" ", text))
        text = _BARE_BRACES.sub(r"\1", _FRACTION.sub(_slashed, text))
    text = " ".join(text[text.rfind("=") + 1 :].replace("°", "").replace("℃", " C").replace("℉", " F").split()).strip(
        " ≈≃~→⇒∴&" + _QUOTES
    )
    if len(text) > 2 and text[0] == text[-1] == "_":
        text = text[1:-1]
    label = _LABEL.match(text) or _SENTENCE.match(text) or _ABOUT.match(text)
    text = text if label is None else text[label.end() :].lstrip()
    if len(text) > 1 and text[0] == text[-1] == "$":
        text = text[1:-1]
    while len(text) > 1 and (text[0], text[-1]) in {("(", ")"), ("{", "}"), ("[", "]"), ("*", "*"), ("`", "`")}:
        text = text[1:-1].strip()
    signed = _SIGNED.fullmatch(text)
    return text if signed is None else signed[1] + signed[2].strip()


def _symbol(match: re.Match[str]) -> str:
    """Return the sign of a currency for its command."""
    return _SYMBOLS[match[1]]


def _slashed(match: re.Match[str]) -> str:
    r"""Write a ``\frac`` of two numbers with a slash, its sign before it and its unit behind it."""
    sign, sign_over, over, unit, digit, sign_under, under, unit_under, digit_under = match.groups()
    value = _decimal(over or digit)
    divisor = _decimal(under or digit_under)
    if value is None or not divisor or (sign and sign_over):
        return " ? "
    value /= divisor
    minus = [sign, sign_over, sign_under].count("-") % 2
    if (unit_under or "").strip():
        unit = f"{unit or ''} per {unit_under}"
    whole = sign if sign == "+" else ""
    return f" {'-' if minus else whole}{value.numerator}/{value.denominator} {unit or ''} "


def _decimal(text: str) -> Fraction | None:
    """Return the value of a decimal with commas between groups of three, None where the commas stand elsewhere."""
    return Fraction(text.replace(",", "")) if re.fullmatch(_GROUPED + r"(?:\.[0-9]+)?|\.[0-9]+", text) else None


def _value(match: re.Match[str]) -> Fraction | None:
    """Return the value of a match of `_NUMBER`, or None for two signs or a zero below a fraction bar."""
    if match["sign"] and match["sign2"]:
        return None
    power = int(match["exponent"] or 0)
    if match["under"] is not None:
        under = int(match["under"])
        if under == 0 or power:
            return None
        value = int(match["whole"] or 0) + Fraction(int(match["over"]), under)
    else:
        decimals = match["only"] or match["decimals"] or ""
        digits = re.sub("[ ,'’]", "", match["integer"] or "")
        if len(digits) > MAX_DIGITS:
            return None
        value = Fraction(int(digits + decimals), 10 ** len(decimals)) * Fraction(10) ** power
    return -value if "-" in (match["sign"], match["sign2"]) else value
