"""What an island prints where Python will put a value: the site, and what Python needs to know of the row.

A mark stands between control characters, which JSON escapes: no value can look like one. Its values are a JSON list,
from which Python has the same values that the driver would have given.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Boolean, ColumnElement, Date, DateTime, Enum, Float, Integer, Numeric, String, Text, Uuid
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from app.execution.json_sql import CLOSE, OPEN, Pieces, json_value, null_as, timestamp

Reader = Callable[[Any], Any]
"""From what JSON has of a value to what the driver would have given; never called with None."""


class NotReadable(Exception):
    """A type whose values are not the same once they have been JSON."""


def print_mark(site: int, values: Sequence[ColumnElement[Any]]) -> Pieces:
    """`values` are of types that have a reader."""
    pieces: list[str | ColumnElement[str]] = []
    for value in values:
        pieces += ["," if pieces else "", *null_as(value, _printed(value))]
    return f"{OPEN}{site}:[", *pieces, f"]{CLOSE}"


def print_lost(place: ColumnElement[int]) -> Pieces:
    """Where a list has no row at its `place`, which counts from one."""
    return f"{OPEN}-:", sql_cast(place, Text), CLOSE


def _printed(value: ColumnElement[Any]) -> Pieces:
    match value.type:
        case Uuid() | Enum():
            return '"', sql_cast(value, Text), '"'
        case DateTime():
            return timestamp(value)
        case Numeric() if not isinstance(value.type, Float):
            # As a number it would be read as a float.
            return (json_value(sql_cast(value, Text)),)
    return (json_value(value),)


def read_values(printed: bytes, readers: Sequence[Reader]) -> list[Any]:
    return [None if value is None else read(value) for read, value in zip(readers, orjson.loads(printed), strict=True)]


def reader(type_: TypeEngine[Any]) -> Reader:
    """Raises NotReadable."""
    match type_:
        case Enum(enum_class=kind) if kind is not None:
            return lambda name: kind[name]
        case Uuid():
            return UUID
        case DateTime(timezone=True):
            return datetime.fromisoformat
        case Date():
            return date.fromisoformat
        case Float():
            return float
        case Numeric():
            return Decimal
        case String() | Integer() | Boolean() | JSONB():
            return _same
        case ARRAY(item_type=Text() | Integer()):
            return _same
    raise NotReadable(str(type_))


def _same(value: Any) -> Any:
    return value
