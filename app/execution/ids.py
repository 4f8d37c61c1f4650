"""Global ids: `Type:key`, unique over the whole schema and readable in a log (docs/decisions/0002-global-ids.md)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Uuid, func, select

from app.execution.errors import BadUserInput


def global_id(type_name: str, key: object) -> str:
    return f"{type_name}:{key}"


def split_id(id_: str) -> tuple[str, str]:
    """Type name and key. Raises BadUserInput for what cannot be an id of ours."""
    type_name, separator, key = id_.partition(":")
    if not (separator and key and type_name.isidentifier()):
        raise BadUserInput(f'"{id_}" is not an id: ids look like "Order:0192…" and come from this API.')
    return type_name, key


def key_of(id_: str, type_name: str, column: Column[Any]) -> object:
    """The key inside `id_`, as `column` holds it. Raises BadUserInput when it is the id of something else."""
    actual, key = split_id(id_)
    if actual != type_name:
        raise BadUserInput(f'"{id_}" names a thing of type {actual}; here one of type {type_name} is needed.')
    return parse_key(id_, key, column)


def parse_key(id_: str, key: str, column: Column[Any]) -> object:
    if not isinstance(column.type, Uuid):
        return key
    try:
        return UUID(key)
    except ValueError as exc:
        raise BadUserInput(f'"{id_}" is not an id: what follows the colon is not a UUID.') from exc


def standing_for(key: object, own: ColumnElement[Any], survivor: ColumnElement[Any] | None) -> ColumnElement[bool]:
    """The row whose key `own` is `key`, or the one that it was merged into, where rows have a `survivor`."""
    if survivor is None:
        return own == key
    asked = select(func.coalesce(survivor, own)).where(own == key)
    return own == asked.correlate(None).scalar_subquery()
