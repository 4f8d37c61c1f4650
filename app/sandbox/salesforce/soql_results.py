"""Answers a parsed query from an org's rows, with the vendor's refusals for unknown fields and unfit values."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.sandbox.data import Row, SalesforceOrg
from app.sandbox.salesforce.objects import OBJECTS, FieldType
from app.sandbox.salesforce.soql import Comparison, Condition, Junction, Membership, Order, Select, Value

Record = dict[str, Any]


class InvalidQuery(Exception):
    """A query that parses but does not fit the org's objects."""

    def __init__(self, error_code: str, message: str) -> None:
        super().__init__(message)
        self.error_code = error_code


class QueryRun:
    """One query over one org."""

    def __init__(self, org: SalesforceOrg, *, version: str, wrap: Callable[[list[Record]], Record]) -> None:
        """`wrap` makes a query result of a relationship's rows."""
        self._org = org
        self._version = version
        self._wrap = wrap

    def records(self, select: Select) -> list[Record]:
        """Rows as the REST API shows them. Raises InvalidQuery."""
        if select.source not in OBJECTS:
            raise InvalidQuery("INVALID_TYPE", f"sObject type '{select.source}' is not supported.")
        return self._records(select, select.source, self._org.rows(select.source))

    def _records(self, select: Select, object_name: str, rows: Sequence[Row]) -> list[Record]:
        for path in select.fields:
            _type_of(object_name, path)
        matches = _condition(object_name, select.where) if select.where else lambda row: True
        found = [row for row in rows if matches(row)]
        # Stable sorts from the last key to the first; nulls come first either way, which is SOQL's default.
        for order in reversed(select.order_by):
            found.sort(key=_sort_key(object_name, order), reverse=order.descending)
        return [self._record(select, object_name, row) for row in found[: select.limit]]

    def _record(self, select: Select, object_name: str, row: Row) -> Record:
        url = f"/services/data/v{self._version}/sobjects/{object_name}/{row['Id']}"
        record: Record = {"attributes": {"type": object_name, "url": url}}
        for path in select.fields:
            first, _, name = path.partition(".")
            value = row.get(first)
            record[first] = {"attributes": {"type": "Name"}, name: value[name]} if name and value else value
        for subquery in select.subqueries:
            child, parent_field = _relationship(object_name, subquery.source)
            children = [each for each in self._org.rows(child) if each.get(parent_field) == row["Id"]]
            records = self._records(subquery, child, children)
            record[subquery.source] = self._wrap(records) if records else None
        return record


def _relationship(object_name: str, relation: str) -> tuple[str, str]:
    try:
        return OBJECTS[object_name].children[relation]
    except KeyError:
        message = f"Didn't understand relationship '{relation}' in FROM part of query call."
        raise InvalidQuery("INVALID_TYPE", message) from None


def _type_of(object_name: str, path: str) -> FieldType:
    found = OBJECTS[object_name].type_of(path)
    if found is None:
        raise InvalidQuery("INVALID_FIELD", f"No such column '{path}' on entity '{object_name}'.")
    return found


def _value(row: Row, path: str) -> Any:
    parent, _, name = path.partition(".")
    value = row.get(parent)
    return value.get(name) if name and value is not None else value


def _condition(object_name: str, condition: Condition) -> Callable[[Row], bool]:
    match condition:
        case Junction(operator, parts):
            tests = [_condition(object_name, part) for part in parts]
            whole = all if operator == "AND" else any
            return lambda row: whole(test(row) for test in tests)
        case Membership(path, values):
            kind = _filterable(object_name, path)
            wanted = {_normal(kind, path, value) for value in values}
            return lambda row: _stored(kind, row, path) in wanted
        case Comparison(path, operator, value):
            kind = _filterable(object_name, path)
            literal = _normal(kind, path, value)
            return lambda row: _compare(operator, _stored(kind, row, path), literal)


def _filterable(object_name: str, path: str) -> FieldType:
    kind = _type_of(object_name, path)
    if kind is FieldType.LONG_TEXT:
        raise InvalidQuery("INVALID_FIELD", f"field '{path}' can not be filtered in a query call")
    return kind


def _normal(kind: FieldType, path: str, value: Value) -> Value:
    """A literal as its field's type compares it."""
    match kind, value:
        case _, None:
            return None
        case FieldType.ID, str() if len(value) in (15, 18) and value.isalnum():
            return value[:15]
        case FieldType.ID, _:
            raise InvalidQuery("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
        case FieldType.TEXT, str():
            return value.casefold()
        case (FieldType.BOOLEAN, bool()) | (FieldType.DATETIME, datetime()):
            return value
    raise InvalidQuery("INVALID_FIELD", f"value of filter criterion for field '{path}' must be of type {kind.name}")


def _stored(kind: FieldType, row: Row, path: str) -> Value:
    value = _value(row, path)
    if kind is FieldType.DATETIME and value is not None:
        return datetime.fromisoformat(value)
    if kind is FieldType.BOOLEAN and value is None:
        return False
    return _normal(kind, path, value)


def _compare(operator: str, stored: Any, literal: Any) -> bool:
    if operator in ("=", "!="):
        return (stored == literal) is (operator == "=")
    if stored is None or literal is None:
        return False
    match operator:
        case "<":
            return bool(stored < literal)
        case ">":
            return bool(stored > literal)
        case "<=":
            return bool(stored <= literal)
        case _:
            return bool(stored >= literal)


def _sort_key(object_name: str, order: Order) -> Callable[[Row], tuple[bool, Any]]:
    kind = _filterable(object_name, order.field)

    def key(row: Row) -> tuple[bool, Any]:
        stored = _stored(kind, row, order.field)
        is_first = stored is None
        return (is_first is order.descending, "" if stored is None else stored)

    return key
