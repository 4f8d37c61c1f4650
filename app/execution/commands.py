"""Performs the commands of a mutation, one after the other, and prints what each of them answered with.

Nothing here can leave anything to the interpreter, which would perform again what has been performed: what goes wrong
is an error of its field, and what could not be told so was refused before (`mutations.py`).
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLField, GraphQLList, GraphQLNonNull, get_nullable_type, located_error

from app.execution.arguments import Arguments
from app.execution.errors import present
from app.execution.interpreter import key_held
from app.execution.loaders import ReadContext
from app.execution.mutations import Commanded
from app.execution.plan import TypeName
from app.execution.projection import Completion, NullNotAllowed, Path, Projected
from app.execution.reading import Reading
from app.execution.sources import Entity


@dataclass(frozen=True, slots=True)
class Ready:
    """A command with the arguments of one request, and all that reading its rows takes but their keys."""

    commanded: Commanded
    arguments: Arguments
    entities: Mapping[str, Reading]


@dataclass(frozen=True, slots=True)
class _Row:
    """What is printed of an entity, or of a list of them; `failure` where it could not be read."""

    printed: orjson.Fragment | None = None
    errors: Sequence[GraphQLError] = ()
    failure: Exception | None = None
    failed_at: Path = ()
    """Within the list."""


async def answered(commands: Mapping[str, Ready | TypeName], context: ReadContext, operation_name: str | None) -> bytes:
    """The whole body of the response."""
    completion = Completion([])
    data: dict[str, Any] = {}
    is_null = False
    try:
        for key, each in commands.items():
            if isinstance(each, TypeName):
                data[key] = each.name
                continue
            async with context.performing():
                data[key] = await _answer(each, key, completion, context)
    except GraphQLError as error:
        # A field that must not be null. All is null then, so the commands behind it are not performed.
        completion.errors.append(error)
        is_null = True
    errors = [present(error, request={"operation": operation_name}) for error in completion.errors]
    answer = ({"errors": errors} if errors else {}) | {"data": None if is_null else data}
    return orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS)


async def _answer(ready: Ready, key: str, completion: Completion, context: ReadContext) -> Any:
    """Raises GraphQLError where null must not stand."""
    selected, path = ready.commanded.selected, (key,)
    assert selected.type is not None  # noqa: S101
    try:
        payload = await context.perform(ready.commanded.source, ready.arguments)
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is an error of this one field
        return completion.failed(exc, selected.type, selected.nodes, path)
    rows = {} if payload is None else await _rows(ready, key, payload, context)
    return completion.guarded(
        lambda: None if payload is None else _completed(selected, payload, rows, completion, path),
        selected.type,
        selected.nodes,
        path,
    )


async def _rows(ready: Ready, key: str, payload: Any, context: ReadContext) -> Mapping[str, _Row]:
    """Side by side."""
    async with asyncio.TaskGroup() as group:
        rows = {
            name: group.create_task(_row(name, reading, payload, context, key))
            for name, reading in ready.entities.items()
        }
    return {name: row.result() for name, row in rows.items()}


async def _row(name: str, reading: Reading, payload: Any, context: ReadContext, at: str) -> _Row:
    source = reading.plan.sites[0].field.source
    assert isinstance(source, Entity)  # noqa: S101
    try:
        key = key_held(source, payload)
        if key is None:
            return _Row()
        printed = await reading.printed(context, key)
        if source.is_list:
            lost, printed = _without_lost(printed)
            if lost and not _may_lack(reading.plan.sites[0].definition):
                failure = NullNotAllowed("There is no row of a key that a command answered with.")
                return _Row(failure=failure, failed_at=lost[:1])
        spliced = await reading.spliced(printed, context, (at,))
        assert spliced is not None  # noqa: S101 - what may be missing has no plan
    except Exception as exc:  # noqa: BLE001 - as above
        return _Row(failure=exc)
    body = spliced.body[len(f'{{"data":{{"{name}":') : -len("}}")]
    return _Row(None if body == b"null" else orjson.Fragment(body), spliced.errors)


_LOST = re.compile(rb"\x01-:(\d+)\x02")


def _without_lost(printed: bytes) -> tuple[Sequence[int], bytes]:
    """The places in the list at which there is no row, and the list with null there."""
    return [int(place) - 1 for place in _LOST.findall(printed)], _LOST.sub(b"null", printed)


def _may_lack(definition: GraphQLField) -> bool:
    list_ = get_nullable_type(definition.type)
    return not (isinstance(list_, GraphQLList) and isinstance(list_.of_type, GraphQLNonNull))


def _completed(
    selected: Projected, payload: Any, rows: Mapping[str, _Row], completion: Completion, at: Path
) -> dict[str, Any]:
    """Its rows last, as the interpreter does with what it has to wait for. Raises GraphQLError."""
    assert isinstance(selected.fields, Mapping)  # noqa: S101 - a payload is an object
    fields = selected.fields
    parts = {key: completion.field(each, payload, (*at, key)) for key, each in fields.items() if key not in rows}
    for key, row in rows.items():
        field = fields[key]
        assert field.type is not None  # noqa: S101
        completion.errors.extend(row.errors)
        parts[key] = completion.guarded(partial(_told, row, field, (*at, key)), field.type, field.nodes, (*at, key))
    return {key: parts[key] for key in fields}


def _told(row: _Row, field: Projected, at: Path) -> orjson.Fragment | None:
    if row.failure is not None:
        raise located_error(row.failure, list(field.nodes), [*at, *row.failed_at])
    return row.printed
