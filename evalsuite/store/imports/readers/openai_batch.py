"""Output of OpenAI's Batch API, ``vllm run-batch`` and Anthropic's message batches: one line a request.

Chat completions, completions and responses are read; choices are completions. The answer lines hold no question: the
file of requests is looked for beside them. Source: the reference of the Batch API, and vLLM's
``entrypoints/openai/run_batch.py``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalsuite.errors import InputError
from evalsuite.store.imports.folder import below
from evalsuite.store.imports.json_files import in_row, json_lines
from evalsuite.store.imports.peek import Peek, peek
from evalsuite.store.imports.results import ForeignRun, ReadOptions, ResultRow
from evalsuite.store.imports.values import UnreadableValueError, identity, stop, text, whole

__all__ = ["NAME", "read", "recognise"]

NAME = "openai-batch"
KEYS = ("custom_id", "response")
ANTHROPIC = ("custom_id", "result")
GOLD = ("gold", "answer", "solution", "target", "label", "expected_answer", "ground_truth")
INCOMPLETE = {"max_output_tokens": "length"}


@dataclass(frozen=True, slots=True)
class _Request:
    question: str | None = None
    cap: int | None = None
    gold: str | None = None


def recognise(peek_: Peek) -> bool:
    """Return whether a file has answers to requests, or a folder such files."""
    if not peek_.is_folder:
        return _is_output(peek_)
    return bool(_outputs(peek_.files))


def _is_output(look: Peek) -> bool:
    answer = look.first.get("result") if look.has(*ANTHROPIC) else None
    return look.has(*KEYS) or (isinstance(answer, Mapping) and "type" in answer)


def read(path: Path, options: ReadOptions) -> Sequence[ForeignRun]:  # noqa: ARG001
    """Return one run for each model that answered.

    Files of one folder are shards of one batch, unless two of them answer the same request: then each is a run.
    """
    if not path.is_dir():
        return _runs(path, [path], path.stem)
    folders: dict[Path, list[Path]] = {}
    for file in _outputs(sorted(below(path, "*.jsonl"))):
        folders.setdefault(file.parent, []).append(file)
    runs: list[ForeignRun] = []
    for folder, files in folders.items():
        if _are_shards(files):
            runs += _runs(folder, files, None)
        else:
            for file in files:
                runs += _runs(file, [file], file.stem)
    return runs


def _are_shards(files: Sequence[Path]) -> bool:
    answered: set[str] = set()
    for file in files:
        own = {_name(file, number, row) for number, row in json_lines(file) if _body(row) is not None}
        if own & answered:
            return False
        answered |= own
    return True


def _runs(path: Path, files: Sequence[Path], label: str | None) -> Sequence[ForeignRun]:
    """Return the runs of the files; `label` names a run where there is one model, the model's name where it is None."""
    requests, sources = _requests(files)
    models: dict[str, int] = {}
    failed = answers = 0
    for _, row in _last(files):
        body = _body(row)
        failed += body is None
        answers += 1 if body is None else len(_choices(body))
        if body is not None:
            models[str(body.get("model") or "unknown")] = models.get(str(body.get("model") or "unknown"), 0) + 1
    if len(models) > 1 and failed:
        raise InputError(
            f"{path} holds answers of {len(models)} models and {failed} failed requests, which name none: import the "
            "file of each model by itself"
        )
    notes = [f"{failed} requests failed -> missing"] if failed else []
    repeated = sum(1 for file in files for _ in json_lines(file)) - sum(1 for _ in _last(files))
    if repeated:
        notes.append(f"{repeated} answers to a request that was sent again -> the last that succeeded counts")
    notes += [f"questions read from {source.name}" for source in sources]
    unknown = [] if requests and all(asked.gold is not None for asked in requests.values()) else ["the right answers"]
    unknown += [] if requests else ["the questions", "the token limit"]
    return [
        ForeignRun(
            label=_label(path, label, model, several=len(models) > 1),
            program="OpenAI batch",
            rows=lambda model=model: _rows(files, requests, model if len(models) > 1 else None),  # type: ignore[misc]
            files=(*files, *sources),
            spec={"model": model},
            n_rows=answers if len(models) < 2 else None,
            notes=tuple(notes),
            unknown=tuple(unknown),
        )
        for model in models or {"unknown": 0}
    ]


def _label(path: Path, label: str | None, model: str, *, several: bool) -> str:
    if model == "unknown":
        return label or path.name
    return f"{label} {model}" if label and several else label or model


def _outputs(files: Sequence[Path]) -> list[Path]:
    return [file for file in files if file.suffix == ".jsonl" and _is_output(peek(file))]


def _requests(files: Sequence[Path]) -> tuple[dict[str, _Request], list[Path]]:
    """Return what was asked, by custom_id, from the files of requests that lie beside the answers."""
    found: dict[str, _Request] = {}
    sources = []
    for folder in dict.fromkeys(file.absolute().parent for file in files):
        for file in sorted(folder.glob("*.jsonl")):
            look = peek(file)
            if not (look.has("custom_id", "body") or look.has("custom_id", "params")) or look.has("response"):
                continue
            sources.append(file)
            for number, row in json_lines(file):
                body = row.get("body", row.get("params"))
                if isinstance(body, Mapping):
                    with in_row(file, number):
                        found[identity(row.get("custom_id"))] = _request(row, body)
    return found, sources


def _request(row: Mapping[str, Any], body: Mapping[str, Any]) -> _Request:
    """Return what a request asks; the right answer may stand beside it, or in the metadata that the API takes."""
    about = {**row, **(body.get("metadata") or {})}
    gold = next((str(about[name]) for name in GOLD if about.get(name) is not None), None)
    asked = body.get("messages", body.get("input", body.get("prompt")))
    if isinstance(asked, list) and asked and all(isinstance(m, Mapping) for m in asked):
        users = [m.get("content") for m in asked if m.get("role") == "user"]
        asked = users[-1] if users else None
    caps = (body.get(name) for name in ("max_completion_tokens", "max_tokens", "max_output_tokens"))
    cap = next((c for c in caps if c is not None), None)
    return _Request(None if asked is None else text(asked), whole(cap, "max_tokens"), gold)


def _last(files: Sequence[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield one line a request: the last that succeeded, else the last."""
    chosen: dict[str, tuple[bool, Path, int]] = {}
    for file in files:
        for number, row in json_lines(file):
            name = _name(file, number, row)
            good = _body(row) is not None
            if name not in chosen or good >= chosen[name][0]:
                chosen[name] = (good, file, number)
    places = {(file, number) for _, file, number in chosen.values()}
    for file in files:
        for number, row in json_lines(file):
            if (file, number) in places:
                yield file, row


def _name(file: Path, number: int, row: Mapping[str, Any]) -> str:
    with in_row(file, number):
        if row.get("custom_id") is None:
            raise UnreadableValueError("there is no custom_id")
        return identity(row["custom_id"])


def _body(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the answer, None where the request failed."""
    if isinstance(row.get("result"), Mapping):
        return _of_message(row["result"].get("message"))
    response = row.get("response")
    body = response.get("body") if isinstance(response, Mapping) else None
    if row.get("error") or not isinstance(body, Mapping) or body.get("error"):
        return None
    return body if response is not None and response.get("status_code") in (None, 0, 200) else None


def _of_message(message: Any) -> Mapping[str, Any] | None:
    """Return a message of Anthropic's API as if it were a chat completion; thinking is no part of its text."""
    if not isinstance(message, Mapping):
        return None
    said = [part for part in message.get("content") or () if part.get("type") == "text"]
    return {
        "model": message.get("model"),
        "choices": [{"message": {"content": said or ""}, "finish_reason": message.get("stop_reason")}],
        "usage": message.get("usage"),
    }


def _rows(files: Sequence[Path], requests: Mapping[str, _Request], model: str | None) -> Iterator[ResultRow]:
    for file, row in _last(files):
        name = identity(row["custom_id"])
        asked = requests.get(name, _Request())
        body = _body(row)
        if body is None:
            yield ResultRow(
                name, missing=f"error: {_why(row)}", question=asked.question, gold=asked.gold, cap=asked.cap
            )
            continue
        if model is not None and str(body.get("model") or "unknown") != model:
            continue
        with in_row(file, name):
            yield from _answers(name, asked, body)


def _answers(name: str, asked: _Request, body: Mapping[str, Any]) -> Iterator[ResultRow]:
    choices = _choices(body)
    used = body.get("usage") or {}
    # With several choices the usage is that of all of them together.
    tokens = used.get("completion_tokens", used.get("output_tokens")) if len(choices) == 1 else None
    if not choices:
        yield ResultRow(name, missing="error: no choices", question=asked.question, gold=asked.gold, cap=asked.cap)
    for place, (content, reason) in enumerate(choices):
        stopped, detail, failed = stop(reason)
        yield ResultRow(
            problem_id=name,
            completion_index=place,
            missing=f"error: {detail}" if failed else None,
            completion=content,
            gold=asked.gold,
            question=asked.question,
            n_tokens=whole(tokens, "completion_tokens"),
            stop_reason=stopped,
            stop_detail=detail,
            cap=asked.cap,
        )


def _choices(body: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return text and stop reason of each choice, in their order; no text is an empty one, as nothing was answered."""
    choices = body.get("choices")
    if isinstance(choices, list):
        ordered = sorted(choices, key=lambda c: c.get("index") or 0)
        return [
            (text(c["message"].get("content") if "message" in c else c.get("text")) or "", c.get("finish_reason"))
            for c in ordered
        ]
    output = body.get("output")
    if isinstance(output, list):
        said = [part.get("text") or "" for item in output for part in item.get("content") or () if "text" in part]
        why = (body.get("incomplete_details") or {}).get("reason")
        return [("".join(said), INCOMPLETE.get(why, why) if why else body.get("status"))]
    return []


def _why(row: Mapping[str, Any]) -> str:
    """Return why a request failed, in the program's own words."""
    if isinstance(row.get("result"), Mapping):
        error = row["result"].get("error") or {}
        # The API wraps the error once more.
        error = error.get("error", error) if isinstance(error, Mapping) else {}
        return str(error.get("message") or row["result"].get("type"))
    response = row.get("response") or {}
    body = response.get("body") if isinstance(response, Mapping) else None
    error = row.get("error") or (body.get("error") if isinstance(body, Mapping) else None)
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("code")
    if error:
        return str(error)
    code = response.get("status_code") if isinstance(response, Mapping) else None
    return f"status {code}" if code else "no answer"
