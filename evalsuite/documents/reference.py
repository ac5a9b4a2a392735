"""What every JSON document says, as Markdown, from the documents themselves: their fields, types and descriptions."""

import inspect
import re
import textwrap
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from evalsuite.documents.accuracy import AccuracyOfCounts, AccuracyOfRun, MeanScoreOfRun, SeveralAccuracies
from evalsuite.documents.audit import AuditSample, GraderAudit
from evalsuite.documents.document import Document
from evalsuite.documents.extension import ExtensionGain
from evalsuite.documents.machine import Benchmark, MachineExamination
from evalsuite.documents.managing import RunRenamed, RunsDeleted, RunTags
from evalsuite.documents.mean_scores import MeanScoresComparison
from evalsuite.documents.planning import ProblemsForMargin, ProblemsForScores, ProblemsNeeded, SmallestDifference
from evalsuite.documents.pooled import SeveralSetsComparison
from evalsuite.documents.prompt import PromptShown
from evalsuite.documents.report import (
    AnalysesList,
    AnalysisWritten,
    ExperimentWritten,
    PageOpened,
    PageWritten,
    TaskPagesWritten,
)
from evalsuite.documents.results_files import (
    ArchiveRestored,
    ArchiveWritten,
    GradedRun,
    ImportedResults,
    ImportPreview,
    ResultsExported,
)
from evalsuite.documents.runs import ProblemDescription, RunDescription, RunPlan, RunResult, StoredRuns
from evalsuite.documents.scores_only import ScoresOnlyComparison
from evalsuite.documents.several_tasks import SeveralTasksComparison
from evalsuite.documents.store_files import StoreRepaired, StoresMerged, StoreVerified
from evalsuite.documents.stored_runs import StoredRunsComparison
from evalsuite.documents.training import (
    AdapterCard,
    ImportedTraining,
    TrainingPlan,
    TrainingProbe,
    TrainingResult,
    TrainingRuns,
)
from evalsuite.documents.training_seeds import TrainingSeedsComparison
from evalsuite.documents.two_runs import PairedTableComparison, ProblemMeansComparison
from evalsuite.findings import Findings

__all__ = ["DOCUMENTS", "descriptions", "reference"]

DOCUMENTS: tuple[tuple[str, type[Document]], ...] = (
    ("evalsuite compare --table", PairedTableComparison),
    ("evalsuite compare --counts", ScoresOnlyComparison),
    ("evalsuite compare BASE NEW", StoredRunsComparison),
    ("evalsuite compare BASE NEW", ProblemMeansComparison),
    ("evalsuite compare BASE NEW", MeanScoresComparison),
    ("evalsuite compare --base --new", TrainingSeedsComparison),
    ("evalsuite compare --pool", SeveralSetsComparison),
    ("evalsuite compare FOLDER FOLDER", SeveralTasksComparison),
    ("evalsuite accuracy 1/5", AccuracyOfCounts),
    ("evalsuite accuracy RUN", AccuracyOfRun),
    ("evalsuite accuracy RUN RUN", SeveralAccuracies),
    ("evalsuite audit RUN", AuditSample),
    ("evalsuite audit RUN --judged", GraderAudit),
    ("evalsuite accuracy RUN", MeanScoreOfRun),
    ("evalsuite plan --base --new", ProblemsNeeded),
    ("evalsuite plan --n", SmallestDifference),
    ("evalsuite plan --base --margin", ProblemsForMargin),
    ("evalsuite plan --score-range --sd", ProblemsForScores),
    ("evalsuite run", RunResult),
    ("evalsuite run --dry-run", RunPlan),
    ("evalsuite extend", ExtensionGain),
    ("evalsuite runs", StoredRuns),
    ("evalsuite show RUN", RunDescription),
    ("evalsuite show RUN PROBLEM", ProblemDescription),
    ("evalsuite rename", RunRenamed),
    ("evalsuite tag", RunTags),
    ("evalsuite delete", RunsDeleted),
    ("evalsuite show-prompt", PromptShown),
    ("evalsuite grade", GradedRun),
    ("evalsuite import", ImportedResults),
    ("evalsuite import --dry-run", ImportPreview),
    ("evalsuite export", ResultsExported),
    ("evalsuite archive", ArchiveWritten),
    ("evalsuite restore", ArchiveRestored),
    ("evalsuite merge", StoresMerged),
    ("evalsuite verify", StoreVerified),
    ("evalsuite repair", StoreRepaired),
    ("evalsuite train", TrainingResult),
    ("evalsuite train --dry-run", TrainingPlan),
    ("evalsuite train --probe", TrainingProbe),
    ("evalsuite trainings", TrainingRuns),
    ("evalsuite import-training", ImportedTraining),
    ("evalsuite adapter-card", AdapterCard),
    ("evalsuite doctor", MachineExamination),
    ("evalsuite bench", Benchmark),
    ("evalsuite report", PageWritten),
    ("evalsuite report (several tasks)", TaskPagesWritten),
    ("evalsuite view", PageOpened),
    ("evalsuite analyse", AnalysesList),
    ("evalsuite analyse NAME", AnalysisWritten),
    ("evalsuite experiment", ExperimentWritten),
)
"""Each document with the command that prints it; add a line here with a new document."""

FINDINGS_FILE = """Saved as a file by `evalsuite analyse`, `report` and `experiment`, as `{schema}`. Keys stand in
alphabetical order; a number that is not finite is an object such as `{{"float": "nan"}}`."""

HEAD = """# JSON documents

Every document that a command prints with `--json`, or that an analysis saves, is one JSON object. Its first key,
`schema`, says `evalsuite.<command>/<n>`; the number rises when a key changes its name or its meaning, and new keys may
come without that. Shares, differences and limits lie between -1 and 1 and are never percent; numbers have full
precision. `null` says that the quantity does not exist or is not known.

This page is written by `python -m evalsuite.documents` from the documents' own types; a test keeps it current.
"""
TYPES = {Any: "any value", float: "number", int: "whole number", str: "text", bool: "true or false", type(None): "null"}


def reference() -> str:
    """Return the whole page."""
    parts = [HEAD]
    shared: dict[str, type] = {}
    for command, document in DOCUMENTS:
        shared |= {part.__name__: part for part in _parts(document)}
        from_command = f"{_lead(document)} Printed by `{command}` as `{document.SCHEMA}`."
        parts.append(f"## {_title(document)}\n\n{from_command}\n\n{_table(document)}")
    shared |= {part.__name__: part for part in _parts(Findings)}
    saved = f"{_lead(Findings)} {' '.join(FINDINGS_FILE.format(schema=Findings.SCHEMA).split())}"
    parts.append(f"## {_title(Findings)}\n\n{saved}\n\n{_table(Findings)}")
    parts.append("## Parts\n\nObjects that stand inside these documents.")
    parts += [f"### {_title(part)}\n\n{_lead(part)}\n\n{_table(part)}" for _, part in sorted(shared.items())]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def descriptions(record: type) -> dict[str, str]:
    """Return what the ``Attributes`` section of a record says of each field.

    Raises
    ------
    ValueError
        A field is not described.
    """
    described: dict[str, str] = {}
    # A record that extends another describes only what it adds.
    for ancestor in reversed(record.__mro__):
        _, _, section = inspect.cleandoc(ancestor.__doc__ or "").partition("Attributes\n----------\n")
        for names, text in re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?|\n(?=    ))+)", section, re.MULTILINE):
            described |= dict.fromkeys(names.split(", "), " ".join(textwrap.dedent(text).split()))
    missing = [field.name for field in fields(record) if field.name not in described]
    if missing:
        raise ValueError(f"{record.__name__} describes no {', '.join(missing)} under Attributes")
    return described


def _lead(record: type) -> str:
    first = inspect.cleandoc(record.__doc__ or "").split("\n\n")[0]
    return " ".join(first.split())


def _table(record: type) -> str:
    hints, words = get_type_hints(record), descriptions(record)
    rows = [f"| `{f.name}` | {_type(hints[f.name])} | {words[f.name]} |" for f in fields(record)]
    return "\n".join(("| key | value | meaning |", "|---|---|---|", *rows))


def _type(hint: Any) -> str:
    """Say in words what a value is."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in TYPES:
        return TYPES[hint]
    if is_dataclass(hint):
        return f"[{_title(hint)}](#{_title(hint).lower().replace(' ', '-')})"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(map(_type, inner))
    if origin is tuple and inner[-1] is not Ellipsis:
        return f"[{', '.join(map(_type, inner))}]"
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "object" if inner[1] is Any else f"object of {_type(inner[1])} by name"
    raise TypeError(f"no words for the type {hint}")


def _title(record: Any) -> str:
    """Return the name of a record in words: ``PairedTable`` is ``Paired table``."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", record.__name__).lower()
    return words[0].upper() + words[1:]


def _parts(record: type) -> Iterator[type]:
    """Yield the records inside a document, at any depth."""
    pending = list(get_type_hints(record).values())
    while pending:
        hint = pending.pop()
        if is_dataclass(hint) and isinstance(hint, type):
            if not issubclass(hint, Document):
                yield hint
            pending += get_type_hints(hint).values()
        else:
            pending += [inner for inner in get_args(hint) if get_origin(hint) is not Literal]
