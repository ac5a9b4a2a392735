"""What the runs of a comparison asked their models, word for word, and what the answers took."""

from fractions import Fraction

from analyses.runs.pairing import PairedRuns
from evalsuite.errors import InputError
from evalsuite.findings import Cell, Column, Table
from evalsuite.prompting.templates import template
from evalsuite.records import Problem, Prompt
from evalsuite.store import queries
from evalsuite.store.store import Store
from evalsuite.wording.language import tr

__all__ = ["cost_table", "prompt_table"]


def prompt_table(store: Store, runs: PairedRuns) -> Table | None:
    """Return the messages of the first problem, once for all runs that asked the same.

    They are rendered again from the name of the run's template and shown only where their hash is the one that was
    stored with the completion. None where no run's prompt is known.
    """
    by_hash: dict[str, tuple[Prompt | None, list[str]]] = {}
    for head, label in zip(runs.heads, runs.labels, strict=True):
        for row in queries.first_prompt(store.connection, head.run_id):
            if row["prompt_hash"] and row["question"] is not None:
                # A template file keeps its name without its suffix, and what it said.
                text = head.details.get("template_text")
                name = str(head.spec.get("template", "")) + ("" if text is None else ".toml")
                prompt = _rendered(name, text, row)
                by_hash.setdefault(row["prompt_hash"], (prompt, []))[1].append(label)
    known = [(prompt, labels) for prompt, labels in by_hash.values() if prompt is not None]
    if not known:
        return None
    rows: list[tuple[Cell, ...]] = []
    for prompt, labels in known:
        rows += [(tr(", ").join(labels), message.role, message.content) for message in prompt.messages]
    columns = (Column("label", tr("Run")), Column("role", tr("Role")), Column("text", tr("Message"), "verbatim"))
    note = tr("Rendered again and compared with the hash that was stored beside the completion.")
    title = tr("The prompt of problem {problem_id}", problem_id=known[0][0].problem_id)
    return Table("prompts", title, columns, tuple(rows), note)


def cost_table(store: Store, runs: PairedRuns) -> Table | None:
    """Return the tokens and the seconds that decoding took; None where no run was decoded by this suite."""
    rows: list[tuple[Cell, ...]] = []
    for head, label in zip(runs.heads, runs.labels, strict=True):
        totals = queries.batch_totals(store.connection, head.run_id)
        if totals["n_rows"] and totals["seconds"]:
            per_completion, speed = totals["n_tokens"] / totals["n_rows"], totals["n_tokens"] / totals["seconds"]
            rows.append((label, totals["n_rows"], totals["n_tokens"], per_completion, totals["seconds"], speed))
    if not rows:
        return None
    columns = (
        Column("label", tr("Run")),
        Column("n", tr("Decoded"), "count"),
        Column("tokens", tr("Tokens"), "tokens"),
        Column("mean", tr("Tokens per completion"), "number"),
        Column("seconds", tr("Seconds"), "number"),
        Column("speed", tr("Tokens per second"), "number"),
    )
    note = tr(
        "Time on the machine that decoded, with whatever else was running there: not a measure of the models. A "
        "run that continues another decodes only what was truncated."
    )
    return Table("cost", tr("What decoding cost"), columns, tuple(rows), note)


def _rendered(name: str, text: str | None, row: dict[str, object]) -> Prompt | None:
    problem = Problem(
        str(row["problem_id"]), str(row["question"]), str(row["solution"] or ""), Fraction(str(row["gold"] or 0))
    )
    try:
        prompt = template(name, text=text).render(problem)
    except InputError:
        # Exemplars from GSM8K train, or a template of another version.
        return None
    return prompt if prompt.prompt_hash == row["prompt_hash"] else None
