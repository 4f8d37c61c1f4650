"""SQL expressions that print values as JSON text, byte for byte as the interpreter's answer has them."""

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import GraphQLEnumType, GraphQLScalarType
from sqlalchemy import ColumnElement, DateTime, Float, Text, cast, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB

from app.execution.keyset import Order

OPEN, CLOSE = "\x01", "\x02"
"""Around what Python puts in later. JSON escapes control characters, so no value can hold them."""
_CONCAT_MAX = 90
"""concat() takes 100 arguments at most."""


class NotPrintable(Exception):
    """A value that SQL cannot print as the interpreter would."""


def text(constant: str) -> ColumnElement[str]:
    quoted = constant.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)


def concat(parts: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    """Null counts as nothing."""
    while len(parts) > _CONCAT_MAX:
        parts = [func.concat(*parts[n : n + _CONCAT_MAX]) for n in range(0, len(parts), _CONCAT_MAX)]
    return func.concat(*parts)


def json_object(fields: Iterable[tuple[str, ColumnElement[str]]]) -> ColumnElement[str]:
    """`fields` are response keys, which need no escaping (GraphQL names), and printed values."""
    parts: list[ColumnElement[str]] = []
    for n, (key, value) in enumerate(fields):
        parts += [text(f'{"," if n else "{"}"{key}":'), value]
    return concat([*parts, text("}" if parts else "{}")])


def json_list(items: ColumnElement[Any]) -> ColumnElement[str]:
    """`items` is a string_agg over printed values; null when there are none."""
    return concat([text("["), items, text("]")])


def or_null(printed: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(printed, text("null"))


def leaf(value: ColumnElement[Any], type_: GraphQLScalarType | GraphQLEnumType, *, is_list: bool) -> ColumnElement[str]:
    """A scalar or enum, or a list of texts. Null prints as null. Raises NotPrintable."""
    if isinstance(type_, GraphQLEnumType) or type_.name in ("String", "ID", "CurrencyCode", "CountryCode", "Decimal"):
        plain = value if is_list else cast(value, Text)
        return or_null(cast(func.to_json(plain), Text))
    if is_list:
        raise NotPrintable(f"a list of {type_.name}")
    if type_.name in ("Int", "Boolean"):
        return or_null(cast(value, Text))
    if type_.name == "Float":
        return or_null(_float(value))
    if type_.name == "DateTime" and isinstance(value.type, DateTime):
        return or_null(concat_strict([text('"'), timestamp(value), text('"')]))
    if type_.name == "JSON" and isinstance(value.type, JSONB):
        return or_null(concat_strict([text(f"{OPEN}j:"), cast(value, Text), text(CLOSE)]))
    raise NotPrintable(type_.name)


def json_leaf(json: ColumnElement[Any], key: str, type_: GraphQLScalarType | GraphQLEnumType) -> ColumnElement[str]:
    """A scalar under `key` of a JSON object; null when it is absent."""
    if type_.name == "Float":
        return or_null(_float(cast(json.op("->>")(text(key)), Float)))
    if type_.name in ("Int", "Boolean", "String", "ID", "CurrencyCode", "CountryCode"):
        return or_null(cast(json.op("->")(text(key)), Text))
    raise NotPrintable(f"{type_.name} within JSON")


def concat_strict(parts: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    """Null when any part is."""
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.op("||")(part)
    return joined


def timestamp(value: ColumnElement[Any]) -> ColumnElement[str]:
    """As datetime.isoformat() in UTC: six digits of a second, or none."""
    utc = func.timezone(text("UTC"), value)
    fraction = func.nullif(func.to_char(utc, text(".US")), text(".000000"))
    return func.to_char(utc, text('YYYY-MM-DD"T"HH24:MI:SS')).op("||")(concat([fraction, text("+00:00")]))


def cursor(order: Order, values: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    """As `Order.cursor` makes it, in quotes."""
    printed: list[ColumnElement[Any]] = [text(f'["{order.name}"')]
    for value in values:
        is_time = isinstance(value.type, DateTime)
        json = concat([text('"'), timestamp(value), text('"')]) if is_time else cast(func.to_json(value), Text)
        if isinstance(value.type, Float):
            json = _float(value)
        printed += [text(","), json]
    encoded = func.encode(func.convert_to(concat([*printed, text("]")]), text("UTF8")), text("base64"))
    url_safe = func.translate(func.replace(encoded, func.chr(10), text("")), text("+/"), text("-_"))
    return concat([text('"'), func.rtrim(url_safe, text("=")), text('"')])


def _float(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Postgres prints a whole float without its point, and exponents with a sign and two digits."""
    printed = cast(cast(value, Float(53)), Text)
    pointed = func.regexp_replace(printed, text("^(-?[0-9]+)$"), text(r"\1.0"))
    return func.regexp_replace(pointed, text(r"e([-+]?)0*([0-9]+)$"), text(r"e\1\2"))
