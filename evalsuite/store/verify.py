"""Whether a store holds what it says: bytes, references, hashes, plans, tokenizers, and grades made again."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import duckdb

from evalsuite.errors import EvalsuiteError, InputError, StoreError, StoreTooNewError
from evalsuite.grading.answer_part import runs_on_at
from evalsuite.grading.grader import Grader
from evalsuite.grading.graders import ALL_GRADERS, with_marks
from evalsuite.prompting.templates import SUFFIX, template
from evalsuite.prompting.turn_marks import TEMPLATE_TEXT
from evalsuite.records import Grade, Problem, RunSpec, content_hash, digest
from evalsuite.store import queries
from evalsuite.store.blocks import find_damage, is_database, unreadable
from evalsuite.store.join import check_references, joined_tables
from evalsuite.store.row_checks import contradictions
from evalsuite.store.rows import fetch_rows
from evalsuite.store.store import Store
from evalsuite.store.token_texts import wrong_texts
from evalsuite.store.unfinished import has_unfinished

__all__ = ["AnyGrader", "Examination", "regraded", "verify", "verify_open"]

UNFINISHED = "an import that was killed left rows without their run; the next command that writes takes them out"
N_ROWS = 10_000
"""Rows that are held at a time."""


class AnyGrader(Protocol):
    """What a grader of verdicts and one of scores have in common."""

    @property
    def name(self) -> str:
        """Key of the grades in the store."""

    @property
    def version(self) -> int:
        """Raised whenever a grade changes."""

    def grade(self, completion: str, gold: Fraction, solution: str, /) -> Grade:
        """Return the grade of one completion."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What an examination found, one sentence each.

    Attributes
    ----------
    faults
        What is wrong; empty for a sound store.
    not_checked
        What could not be checked here.
    """

    faults: tuple[str, ...]
    not_checked: tuple[str, ...] = ()


def verify(path: Path, graders: Sequence[AnyGrader] = ALL_GRADERS) -> Examination:
    """Examine the store at `path`.

    Parameters
    ----------
    graders
        Those whose grades are made again.

    Raises
    ------
    InputError
        There is no such file.
    StoreError
        It is no database, was made by a newer DuckDB, or cannot be read at all by whoever asks.
    """
    try:
        with ExitStack() as afterwards, Store.reader(path) as store:
            # Closed after the connection: closing any handle of a file ends the lock that this process has on it.
            file = afterwards.enter_context(store.file.open("rb"))
            if find_damage(file) and (faults := unreadable(store.file)):
                return Examination(tuple(faults))
            return verify_open(store, graders)
    except StoreError as error:
        if isinstance(error, StoreTooNewError) or not is_database(path):
            raise
        return Examination((str(error),))


def verify_open(store: Store, graders: Sequence[AnyGrader] = ALL_GRADERS) -> Examination:
    """Examine what an open store holds."""
    faults = check_references(store.connection, "", joined_tables(store.connection))
    if faults and has_unfinished(store.connection):
        faults = [UNFINISHED]
    not_checked: list[str] = []
    for check in (contradictions, _problems, _tokenizers, _run_ids, _run_ons):
        faults += check(store.connection)
    wrong = [row["problem_id"] for row, _ in wrong_texts(store.connection, not_checked)]
    faults += [_some("texts that are not those of their tokens", wrong)] if wrong else []
    faults += _grades(store.connection, graders)
    not_checked += _other_versions(store.connection, graders)
    for head in queries.run_heads(store.connection):
        faults += _prompts(store, head, not_checked)
    return Examination(tuple(faults), tuple(not_checked))


def regraded(
    connection: duckdb.DuckDBPyConnection, graders: Sequence[AnyGrader]
) -> Iterator[tuple[dict[str, Any], Grade]]:
    """Yield each stored grade of this version of a grader that says otherwise when it is made again, with the new one.

    Grades of other versions, of graders that are not given, and of completions without text are left alone.
    """
    by_name = {g.name: g for g in graders}
    marks = queries.turn_marks(connection)
    result = connection.cursor().execute(
        """
        SELECT run_id, problem_id, completion_index, grader, grader_version, outcome, extracted, score, score_range,
               text, gold, solution
        FROM grades JOIN completions USING (run_id, problem_id, completion_index) JOIN runs USING (run_id)
        JOIN problems USING (dataset_hash, problem_id)
        WHERE text IS NOT NULL AND gold IS NOT NULL
        """
    )
    names = [column[0] for column in result.description or ()]
    while rows := result.fetchmany(N_ROWS):
        for values in rows:
            row = dict(zip(names, values, strict=True))
            grader = by_name.get(row["grader"])
            if grader is None or grader.version != row["grader_version"]:
                continue
            if isinstance(grader, Grader):
                grader = with_marks(grader, marks.get(row["run_id"], ()))
            grade = grader.grade(row["text"], Fraction(row["gold"]), row["solution"] or f"#### {row['gold']}")
            stored = (row["outcome"], row["extracted"], row["score"], tuple(row["score_range"] or ()))
            if (grade.outcome.value, grade.extracted, grade.score, tuple(grade.score_range or ())) != stored:
                yield row, grade


def _problems(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT problem_id, question, gold, content_hash FROM problems "
        "WHERE question IS NOT NULL AND gold IS NOT NULL AND content_hash IS NOT NULL"
    ).fetchall()
    wrong = [p for p, question, gold, known in rows if content_hash(question, Fraction(gold)) != known]
    return [_some("problems whose text is not the one of their hash", wrong)] if wrong else []


def _tokenizers(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute("SELECT tokenizer_hash, content FROM tokenizers").fetchall()
    wrong = [known for known, content in rows if digest(content)[:16] != known]
    return [_some("tokenizers that are not those of their hash", wrong)] if wrong else []


def _run_ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    wrong = []
    for head in queries.run_heads(connection):
        if head["source"] != "generated":
            continue
        try:
            same = RunSpec.from_dict(head["spec"]).run_id == head["run_id"]
        except (KeyError, TypeError):
            same = False
        if not same:
            wrong.append(head["label"])
    return [_some("runs whose specification is not the one of their id", wrong)] if wrong else []


def _run_ons(connection: duckdb.DuckDBPyConnection) -> list[str]:
    result = connection.cursor().execute(
        "SELECT run_id, text, runs_on_at FROM completions LEFT JOIN run_ons "
        "USING (run_id, problem_id, completion_index) WHERE text IS NOT NULL"
    )
    wrong, marks = 0, queries.turn_marks(connection)
    while rows := result.fetchmany(N_ROWS):
        wrong += sum(runs_on_at(text, marks.get(run_id, ())) != known for run_id, text, known in rows)
    return [f"{wrong} notes of where a completion runs on are not what its text says"] if wrong else []


def _grades(connection: duckdb.DuckDBPyConnection, graders: Sequence[AnyGrader]) -> list[str]:
    wrong = Counter(row["grader"] for row, _ in regraded(connection, graders))
    return [f"{n} grades of {name} are not what {name} says of the stored text" for name, n in sorted(wrong.items())]


def _other_versions(connection: duckdb.DuckDBPyConnection, graders: Sequence[AnyGrader]) -> list[str]:
    """Say which grades of completions with a text were not made again."""
    rows = connection.execute(
        "SELECT grader, grader_version, count(*) FROM grades JOIN completions "
        "USING (run_id, problem_id, completion_index) WHERE text IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    version = {grader.name: grader.version for grader in graders}
    return [
        f"{n} grades by version {old} of {name}, which is at {version[name]}: `evalsuite grade` makes them again"
        for name, old, n in rows
        if version.get(name, old) != old
    ]


def _prompts(store: Store, head: dict[str, Any], not_checked: list[str]) -> list[str]:
    """Make the prompts of a run again and compare their hashes."""
    if head["source"] != "generated":
        return []
    spec = head["spec"]
    try:
        text = head["details"].get(TEMPLATE_TEXT)
        # A template file keeps its name without its suffix, and what it said.
        prompt_template = template(spec["template"] + ("" if text is None else SUFFIX), text=text)
        if prompt_template.fingerprint != spec["template_fingerprint"]:
            raise InputError("its template has changed since")
        render: Callable[[Problem], Any] = prompt_template.render
    except (EvalsuiteError, KeyError) as error:
        not_checked.append(f"the prompts of {head['label']}: {error}")
        return []
    rows = fetch_rows(
        store.connection,
        "SELECT DISTINCT problem_id, question, solution, gold, template_id, n_steps, prompt_hash FROM completions "
        "JOIN runs USING (run_id) JOIN problems USING (dataset_hash, problem_id) WHERE run_id = $run_id "
        "AND question IS NOT NULL AND gold IS NOT NULL",
        {"run_id": head["run_id"]},
    )
    wrong = []
    for row in rows:
        known = row.pop("prompt_hash")
        if render(Problem(**{**row, "gold": Fraction(row["gold"])})).prompt_hash != known:
            wrong.append(row["problem_id"])
    return [f"{head['label']}: {_some('prompts that are not those of their hash', wrong)}"] if wrong else []


def _some(words: str, names: list[str]) -> str:
    more = ", ..." if len(names) > 3 else ""
    return f"{len(names)} {words}: {', '.join(names[:3])}{more}"
