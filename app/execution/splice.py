"""Puts what batches answered into the text that Postgres printed, without reading the rest of it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLError, GraphQLNonNull
from sqlalchemy import Uuid

from app.execution.errors import ClientFacing, present
from app.execution.islands import ABSENT
from app.execution.json_sql import CLOSE, OPEN
from app.execution.loaders import ReadContext
from app.execution.plan import Batch
from app.execution.projection import NullNotAllowed, project

Place = tuple[str, str]
"""Site and key, as they stand in a mark."""
Failing = Mapping[Place, Exception]


async def splice(
    text: str, batches: Sequence[Batch], arguments: Mapping[int, Mapping[str, Any]], context: ReadContext
) -> bytes | None:
    """The body of the response; None when a value is missing that must not be."""
    if OPEN not in text:
        return b'{"data":' + text.encode() + b"}"
    if ABSENT in text:
        return None
    head, *marked = text.split(OPEN)
    marks = [_mark(each) for each in marked]
    try:
        answers = await _answers(batches, arguments, marks, context)
    except NullNotAllowed:
        return None
    failing = {place: answer for place, answer in answers.items() if isinstance(answer, Exception)}
    if any(isinstance(batch.type, GraphQLNonNull) for batch in batches if _fails(batch, failing)):
        return None
    pieces = [head.encode()]
    for site, key, rest in marks:
        answer = _json(key) if site == "j" else answers[site, key]
        pieces += [b"null" if isinstance(answer, Exception) else answer, rest.encode()]
    data = b"".join(pieces)
    if not failing:
        return b'{"data":' + data + b"}"
    errors = _errors(head, marks, failing, {str(batch.site.index): batch for batch in batches})
    return b'{"errors":' + orjson.dumps(errors) + b',"data":' + data + b"}"


def _mark(text: str) -> tuple[str, str, str]:
    """Site, key, and the text up to the next mark."""
    mark, _, rest = text.partition(CLOSE)
    site, _, key = mark.partition(":")
    return site, key, rest


def _json(printed: str) -> bytes:
    """As the interpreter prints JSON: without the blanks that Postgres puts in."""
    return orjson.dumps(orjson.loads(printed))


async def _answers(
    batches: Sequence[Batch],
    arguments: Mapping[int, Mapping[str, Any]],
    marks: Sequence[tuple[str, str, str]],
    context: ReadContext,
) -> dict[Place, bytes | Exception]:
    keys: dict[str, dict[str, None]] = {}
    for site, key, _ in marks:
        keys.setdefault(site, {})[key] = None
    asked = [(batch, list(keys[str(batch.site.index)])) for batch in batches if str(batch.site.index) in keys]
    loaded = await asyncio.gather(
        *(_load(batch, wanted, arguments[batch.site.index], context) for batch, wanted in asked)
    )
    return {
        (str(batch.site.index), key): _printed(batch, value)
        for (batch, wanted), values in zip(asked, loaded, strict=True)
        for key, value in zip(wanted, values, strict=True)
    }


async def _load(batch: Batch, keys: Sequence[str], arguments: Mapping[str, Any], context: ReadContext) -> Sequence[Any]:
    try:
        return await batch.source.load([_parsed(batch, key) for key in keys], arguments, context)
    except ClientFacing as refusal:
        return [refusal] * len(keys)


def _parsed(batch: Batch, key: str) -> Any:
    if batch.source.key is None:
        return int(key)
    return UUID(key) if isinstance(batch.source.key.expression.type, Uuid) else key


def _printed(batch: Batch, value: Any) -> bytes | Exception:
    if isinstance(value, Exception):
        return value
    return orjson.dumps(project(value, batch.type, batch.projection))


def _fails(batch: Batch, failing: Failing) -> bool:
    return any(site == str(batch.site.index) for site, _ in failing)


def _errors(
    head: str, marks: Sequence[tuple[str, str, str]], failing: Failing, batches: Mapping[str, Batch]
) -> list[dict[str, Any]]:
    """The errors in the order of the answer. Only now is the text read, with tokens where values failed."""
    pieces = [head]
    for n, (site, key, rest) in enumerate(marks):
        pieces += [f'"{OPEN_ESCAPED}{n}"' if (site, key) in failing else "null", rest]
    found: list[dict[str, Any]] = []
    for path, token in _tokens(orjson.loads("".join(pieces)), ()):
        site, key, _ = marks[int(token[1:])]
        error = GraphQLError(
            str(failing[site, key]),
            nodes=list(batches[site].nodes),
            path=list(path),
            original_error=failing[site, key],
        )
        found.append(present(error, request={}))
    return found


OPEN_ESCAPED = "\\u0001"


def _tokens(value: Any, path: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in _tokens(part, (*path, key))]
    if isinstance(value, list):
        return [found for n, part in enumerate(value) for found in _tokens(part, (*path, n))]
    return [(path, value)] if isinstance(value, str) and value.startswith(OPEN) else []
