"""Puts what batches answered and Python computed into the body that Postgres printed, the rest of it unread."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError

from app.execution.json_sql import ABSENT, CLOSE, OPEN
from app.execution.loaders import ReadContext
from app.execution.marks import read_values
from app.execution.plan import Batch
from app.execution.projection import Completion, Path, Projected, project
from app.execution.sources import ROOT, Computed

OPENING, CLOSING, NULL_FORBIDDEN = OPEN.encode(), CLOSE.encode(), ABSENT.encode()
Place = tuple[bytes, bytes]
"""Site and values, as they stand in a mark."""
Mark = tuple[bytes, bytes, bytes]
"""Site, values, and what is printed up to the next mark."""
Failing = Mapping[Place, Sequence[GraphQLError]]
"""Paths of the errors begin at the place."""


@dataclass(frozen=True, slots=True)
class Spliced:
    body: bytes
    """Without the errors."""
    errors: Sequence[GraphQLError] = ()


async def splice(
    printed: bytes,
    batches: Sequence[Batch],
    arguments: Mapping[int, Mapping[str, Any]],
    context: ReadContext,
    at: Path = (),
) -> Spliced | None:
    """None when a value is missing that must not be. `at` is where in the answer the body's own path begins."""
    if OPENING not in printed:
        return Spliced(printed)
    if NULL_FORBIDDEN in printed:
        return None
    head, *marked = printed.split(OPENING)
    marks = [_mark(each) for each in marked]
    try:
        answers = await _answers(batches, arguments, marks, context)
    except GraphQLError:
        # A batch that must not be null failed. How far that reaches is for the interpreter to say.
        return None
    pieces = [head]
    for site, key, rest in marks:
        pieces += [_json(key) if site == b"j" else answers[site, key].body, rest]
    failing = {place: answer.errors for place, answer in answers.items() if answer.errors}
    return Spliced(b"".join(pieces), _errors(head, marks, failing, at) if failing else ())


def _mark(printed: bytes) -> Mark:
    mark, _, rest = printed.partition(CLOSING)
    site, _, key = mark.partition(b":")
    return site, key, rest


def _site(batch: Batch) -> bytes:
    return str(batch.site.index).encode()


def _json(printed: bytes) -> bytes:
    """As the interpreter prints JSON: without the blanks that Postgres puts in."""
    return orjson.dumps(orjson.loads(printed))


async def _answers(
    batches: Sequence[Batch],
    arguments: Mapping[int, Mapping[str, Any]],
    marks: Sequence[Mark],
    context: ReadContext,
) -> dict[Place, Spliced]:
    """Raises GraphQLError where one failed that must not be null."""
    keys: dict[bytes, dict[bytes, None]] = {}
    for site, key, _ in marks:
        keys.setdefault(site, {})[key] = None
    asked = [(batch, list(keys[_site(batch)])) for batch in batches if _site(batch) in keys]
    loaded = await asyncio.gather(
        *(_load(batch, wanted, arguments[batch.site.index], context) for batch, wanted in asked),
        return_exceptions=True,
    )
    return {
        (_site(batch), key): _printed(batch, value)
        for (batch, wanted), values in zip(asked, loaded, strict=True)
        for key, value in zip(wanted, _for_each(wanted, values), strict=True)
    }


def _for_each(wanted: Sequence[bytes], loaded: Sequence[Any] | BaseException) -> Sequence[Any]:
    """A batch that fails as a whole fails for each of its keys."""
    if not isinstance(loaded, BaseException):
        return loaded
    if not isinstance(loaded, Exception):
        raise loaded
    return [loaded] * len(wanted)


async def _load(
    batch: Batch, marked: Sequence[bytes], arguments: Mapping[str, Any], context: ReadContext
) -> Sequence[Any]:
    rows = [read_values(each, batch.readers) for each in marked]
    if isinstance(batch.source, Computed):
        return [_computed(batch.source, values, arguments) for values in rows]
    keys = [values[0] if values else ROOT for values in rows]
    return await batch.source.load(keys, arguments, context)


def _computed(source: Computed, values: Sequence[Any], arguments: Mapping[str, Any]) -> Any:
    try:
        return source.compute(*values, **arguments)
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is an error of this one field
        return exc


def _printed(batch: Batch, value: Any) -> Spliced:
    """Raises GraphQLError."""
    if not isinstance(value, Exception):
        with suppress(Exception):  # It is met again below, and told.
            return Spliced(orjson.dumps(project(value, batch.type, batch.projection)))
    completion = Completion([])
    completed = completion.guarded(lambda: _completed(completion, batch, value), batch.type, batch.nodes, ())
    return Spliced(orjson.dumps(completed), completion.errors)


def _completed(completion: Completion, batch: Batch, value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    selected = Projected(None, batch.type, batch.projection, batch.nodes)
    return completion.completed(value, batch.type, selected, ())


def _errors(head: bytes, marks: Sequence[Mark], failing: Failing, at: Path) -> list[GraphQLError]:
    """The errors in the order of the answer. Only now is the body read, with tokens where values failed."""
    pieces = [head]
    for n, (site, key, rest) in enumerate(marks):
        pieces += [f'"{OPEN_ESCAPED}{n}"'.encode() if (site, key) in failing else b"null", rest]
    return [
        GraphQLError(
            error.message,
            nodes=error.nodes,
            path=[*at, *path, *(error.path or ())],
            original_error=error.original_error,
        )
        for path, token in _tokens(orjson.loads(b"".join(pieces))["data"], ())
        for error in failing[marks[int(token[1:])][:2]]
    ]


OPEN_ESCAPED = "\\u0001"


def _tokens(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in _tokens(part, (*path, key))]
    if isinstance(value, list):
        return [found for n, part in enumerate(value) for found in _tokens(part, (*path, n))]
    return [(path, value)] if isinstance(value, str) and value.startswith(OPEN) else []
