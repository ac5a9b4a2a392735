"""Options that several commands share. Only light imports: every command's help needs this module."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

from cyclopts import Parameter, Token

from evalsuite.settings import DEFAULT_STORE, ComparisonSettings, FailIf, LanguageCode, ReadSettings, SeedOptions

__all__ = [
    "AS_WRITTEN",
    "DEFAULT_COMPARISON",
    "DEFAULT_STORE",
    "NO_ARMS",
    "SITE",
    "Arms",
    "Comparison",
    "DryRun",
    "FailConditions",
    "Json",
    "Language",
    "OutFolder",
    "Png",
    "Reading",
    "StorePath",
]

SITE = Path("reports/site")
DEFAULT_COMPARISON = ComparisonSettings()
NO_ARMS = SeedOptions()
AS_WRITTEN = ReadSettings()

StorePath = Annotated[Path, Parameter(help="The DuckDB file.")]
Json = Annotated[bool, Parameter(help="Print one JSON document on stdout.")]
DryRun = Annotated[bool, Parameter(help="Say what would be done, without loading the model.")]
OutFolder = Annotated[Path, Parameter(help="Folder of the page.")]
Png = Annotated[bool, Parameter(help="Put every figure beside the page as PNG too, not only as SVG.")]
Language = Annotated[LanguageCode, Parameter(help="Of what is said: en, or zh for Chinese.")]
Arms = Annotated[SeedOptions, Parameter(name="*", consume_multiple=True)]
Comparison = Annotated[ComparisonSettings, Parameter(name="*")]
Reading = Annotated[ReadSettings, Parameter(name="*")]


def _conditions(type_: Any, tokens: Sequence[Token]) -> tuple[FailIf, ...]:  # noqa: ARG001
    """Read ``loss,gain``: one value a flag, so that the labels of runs may follow it."""
    conditions: list[FailIf] = []
    for word in (word.strip() for token in tokens for word in token.value.split(",")):
        known = next((condition for condition in get_args(FailIf) if condition == word), None)
        if known is None:
            raise ValueError(f"{word!r} is not one of {', '.join(get_args(FailIf))}")
        conditions.append(known)
    return tuple(conditions)


FailConditions = Annotated[tuple[FailIf, ...], Parameter(converter=_conditions, n_tokens=1)]
