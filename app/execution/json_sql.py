"""SQL expressions that print values as JSON text, byte for byte as the interpreter's answer has them.

A printed value is in pieces until all of it is known, so that constants beside each other become one. What is joined is
joined by ||, which costs Postgres half of what concat() does; a null among the pieces makes the whole null.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from graphql import GraphQLEnumType, GraphQLScalarType
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    DateTime,
    Enum,
    Float,
    Integer,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.execution.keyset import Order

OPEN, CLOSE = "\x01", "\x02"
"""Around what Python puts in later. JSON escapes control characters, so no value can hold them."""
ABSENT = f"{OPEN}!{CLOSE}"
"""Stands where a value must not be null and is: the interpreter then says so properly."""

Pieces = tuple[str | ColumnElement[str], ...]
"""A JSON text, or a part of one: constants, and expressions of type text."""


class NotPrintable(Exception):
    """A value that SQL cannot print as the interpreter would."""


def text(constant: str) -> ColumnElement[str]:
    quoted = constant.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)


def number(constant: int) -> ColumnElement[int]:
    return literal_column(str(constant), Integer)


def joined(pieces: Pieces) -> ColumnElement[str]:
    """Null when any piece is."""
    return _joined(list(_terms(pieces)))


def _terms(pieces: Pieces) -> Iterator[ColumnElement[str]]:
    for is_constant, group in groupby(pieces, lambda piece: isinstance(piece, str)):
        if is_constant:
            yield text("".join(str(piece) for piece in group))
        else:
            yield from (piece for piece in group if not isinstance(piece, str))


def _joined(terms: Sequence[ColumnElement[str]]) -> ColumnElement[str]:
    """Half by half: || copies both sides, so a long row of them would copy its beginning again and again."""
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return _joined(terms[:middle]).op("||")(_joined(terms[middle:]))


def json_object(fields: Iterable[tuple[str, Pieces]]) -> Pieces:
    """`fields` are response keys, which need no escaping (GraphQL names), and printed values."""
    pieces: list[str | ColumnElement[str]] = []
    for n, (key, value) in enumerate(fields):
        pieces += [f'{"," if n else "{"}"{key}":', *value]
    return (*pieces, "}" if pieces else "{}")


def json_list(items: ColumnElement[Any]) -> Pieces:
    """`items` is a string_agg over printed values; null when there are none."""
    return "[", func.coalesce(items, text("")), "]"


def or_null(pieces: Pieces) -> Pieces:
    """For pieces that may be null."""
    return (func.coalesce(joined(pieces), text("null")),)


def leaf(value: ColumnElement[Any], type_: GraphQLScalarType | GraphQLEnumType, *, is_list: bool) -> Pieces:
    """A scalar or enum, or a list of texts. Null prints as null. Raises NotPrintable."""
    return null_as(value, _leaf(value, type_, is_list=is_list))


def null_as(value: ColumnElement[Any], printed: Pieces) -> Pieces:
    """`printed` is null where `value` is."""
    return or_null(printed) if is_nullable(value) else printed


def is_nullable(value: ColumnElement[Any]) -> bool:
    return not isinstance(value, Column) or value.nullable is not False


def _leaf(value: ColumnElement[Any], type_: GraphQLScalarType | GraphQLEnumType, *, is_list: bool) -> Pieces:
    if not is_list and _is_plain(value, type_):
        return '"', cast(value, Text), '"'
    if isinstance(type_, GraphQLEnumType) or type_.name in ("String", "ID", "CurrencyCode", "CountryCode"):
        return (json_value(value if is_list else cast(value, Text)),)
    if is_list:
        raise NotPrintable(f"a list of {type_.name}")
    if type_.name in ("Int", "Boolean"):
        return (cast(value, Text),)
    if type_.name == "Float":
        return (_float(value),)
    if type_.name == "DateTime" and isinstance(value.type, DateTime):
        return timestamp(value)
    if type_.name == "JSON" and isinstance(value.type, JSONB):
        return f"{OPEN}j:", cast(value, Text), CLOSE
    raise NotPrintable(type_.name)


def global_id(type_name: str, key: ColumnElement[Any]) -> Pieces:
    """As `ids.global_id` makes it, in quotes."""
    pieces = f"{type_name}:", cast(key, Text)
    return ('"', *pieces, '"') if isinstance(key.type, Uuid) else (json_value(joined(pieces)),)


def _is_plain(value: ColumnElement[Any], type_: GraphQLScalarType | GraphQLEnumType) -> bool:
    """Whether the value's text has nothing to escape: names of an enum, digits."""
    return isinstance(value.type, Enum | Uuid) or type_.name == "Decimal"


def json_leaf(
    json: ColumnElement[Any], key: str, type_: GraphQLScalarType | GraphQLEnumType, *, is_nullable: bool
) -> Pieces:
    """A scalar under `key` of a JSON object."""
    if type_.name == "Float":
        printed = _float(cast(json.op("->>")(text(key)), Float))
    elif type_.name in ("Int", "Boolean", "String", "ID", "CurrencyCode", "CountryCode"):
        printed = cast(json.op("->")(text(key)), Text)
    else:
        raise NotPrintable(f"{type_.name} within JSON")
    if is_nullable:
        return or_null((printed,))
    return (func.coalesce(func.nullif(printed, text("null")), text(ABSENT)),)


def timestamp(value: ColumnElement[Any]) -> Pieces:
    """As datetime.isoformat() in UTC: six digits of a second, or none.

    Postgres' JSON drops zeros at the end of a fraction. Times that have such a fraction are printed by to_char, which
    takes three times as long.
    """
    utc = func.timezone(text("UTC"), value)
    is_exact = or_(_is_multiple(value, "1 second"), ~_is_multiple(value, "10 microseconds"))
    exact = func.left(json_value(utc), number(-1))
    return case((is_exact, exact), else_=func.to_char(utc, text('\\"YYYY-MM-DD"T"HH24:MI:SS.US'))), '+00:00"'


def _is_multiple(value: ColumnElement[Any], of: str) -> ColumnElement[bool]:
    return func.date_bin(text(of), value, text("2000-01-01T00:00:00Z"), type_=DateTime(timezone=True)) == value


def cursor(order: Order, values: Sequence[ColumnElement[Any]]) -> Pieces:
    """As `Order.cursor` makes it, in quotes. Null when a value is."""
    pieces: list[str | ColumnElement[str]] = [f'["{order.name}"']
    for value in values:
        pieces += [",", *_cursor_value(value)]
    encoded = func.encode(func.convert_to(joined((*pieces, "]")), text("UTF8")), text("base64"))
    # URL-safe, without padding, and without the line ends that Postgres puts in.
    return '"', func.translate(encoded, text("+/=\n"), text("-_")), '"'


def _cursor_value(value: ColumnElement[Any]) -> Pieces:
    if isinstance(value.type, DateTime):
        return timestamp(value)
    if isinstance(value.type, Uuid):
        return '"', cast(value, Text), '"'
    return (_float(value) if isinstance(value.type, Float) else json_value(value),)


def json_value(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Null for null. JSON_SCALAR looks up its type once a statement, to_json once a value; but it prints no lists."""
    to_json = func.to_json if isinstance(value.type, ARRAY | JSONB) else func.json_scalar
    return cast(to_json(value), Text)


def _float(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Postgres prints a whole float without its point, and exponents with a sign and two digits."""
    printed = cast(cast(value, Float(53)), Text)
    pointed = func.regexp_replace(printed, text("^(-?[0-9]+)$"), text(r"\1.0"))
    return func.regexp_replace(pointed, text(r"e([-+]?)0*([0-9]+)$"), text(r"e\1\2"))
