"""Answers a parsed query from an org's rows, with the vendor's refusals for unknown fields and unfit values."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from app.sandbox.data import Row
from app.sandbox.salesforce.objects import FieldType, type_of
from app.sandbox.salesforce.records import Records
from app.sandbox.salesforce.soql import Comparison, Condition, Junction, Membership, Order, Select, Value

Record = dict[str, Any]


class InvalidQuery(Exception):
    """A query that parses but does not fit the org's objects."""

    def __init__(self, error_code: str, message: str) -> None:
        super().__init__(message)
        self.error_code = error_code


class QueryRun:
    """One query over one org."""

    def __init__(
        self,
        stored: Records,
        *,
        version: str,
        wrap: Callable[[list[Record]], Record],
        with_deleted: bool = False,
    ) -> None:
        """`wrap` makes a query result of a relationship's rows."""
        self._stored = stored
        self._version = version
        self._wrap = wrap
        self._with_deleted = with_deleted
        self._children: dict[str, dict[str, list[Row]]] = {}

    def records(self, select: Select) -> list[Record]:
        """Rows as the REST API shows them. Raises InvalidQuery."""
        if select.source not in self._stored.objects:
            raise InvalidQuery("INVALID_TYPE", f"sObject type '{select.source}' is not supported.")
        return self._records(select, select.source, self._rows(select.source))

    def _rows(self, object_name: str) -> Iterable[Row]:
        return self._stored.rows(object_name, with_deleted=self._with_deleted)

    def _records(self, select: Select, object_name: str, rows: Iterable[Row]) -> list[Record]:
        for path in select.fields:
            self._type_of(object_name, path)
        matches = self._condition(object_name, select.where) if select.where else lambda row: True
        found = [row for row in rows if matches(row)]
        # Stable sorts from the last key to the first; nulls come first either way, which is SOQL's default.
        for order in reversed(select.order_by):
            found.sort(key=self._sort_key(object_name, order), reverse=order.descending)
        return [self._record(select, object_name, row) for row in found[: select.limit]]

    def _record(self, select: Select, object_name: str, row: Row) -> Record:
        record = self._fields(select.fields, object_name, row)
        for subquery in select.subqueries:
            child, parent_field = self._relationship(object_name, subquery.source)
            records = self._records(subquery, child, self._by_parent(child, parent_field).get(row["Id"], ()))
            record[subquery.source] = self._wrap(records) if records else None
        return record

    def _fields(self, paths: Iterable[str], object_name: str, row: Row) -> Record:
        """With those that are reached through a dot in a record of their own."""
        attributes = {"type": object_name}
        if "Id" in row:
            attributes["url"] = f"/services/data/v{self._version}/sobjects/{object_name}/{row['Id']}"
        record: Record = {"attributes": attributes}
        through: defaultdict[str, list[str]] = defaultdict(list)
        for path in paths:
            first, _, rest = path.partition(".")
            if rest:
                through[first].append(rest)
            else:
                record[path] = row.get(path)
        for relation, rests in through.items():
            parent_name, parent = self._parent(object_name, row, relation)
            record[relation] = None if parent is None else self._fields(rests, parent_name, parent)
        return record

    def _parent(self, object_name: str, row: Row, relation: str) -> tuple[str, Row | None]:
        parents = self._stored.objects[object_name].parents
        if relation not in parents:
            return "Name", row.get(relation)
        parent_name, its_field = parents[relation]
        return parent_name, self._stored.find(parent_name, row.get(its_field))

    def _by_parent(self, child: str, parent_field: str) -> dict[str, list[Row]]:
        if child not in self._children:
            grouped: defaultdict[str, list[Row]] = defaultdict(list)
            for row in self._rows(child):
                grouped[row.get(parent_field) or ""].append(row)
            self._children[child] = grouped
        return self._children[child]

    def _relationship(self, object_name: str, relation: str) -> tuple[str, str]:
        found = self._stored.objects[object_name].children.get(relation)
        if found is None or found[0] not in self._stored.objects:
            message = f"Didn't understand relationship '{relation}' in FROM part of query call."
            raise InvalidQuery("INVALID_TYPE", message)
        return found

    def _type_of(self, object_name: str, path: str) -> FieldType:
        found = type_of(self._stored.objects, object_name, path)
        if found is None:
            raise InvalidQuery("INVALID_FIELD", f"No such column '{path}' on entity '{object_name}'.")
        return found

    def _filterable(self, object_name: str, path: str) -> FieldType:
        kind = self._type_of(object_name, path)
        if kind is FieldType.LONG_TEXT:
            raise InvalidQuery("INVALID_FIELD", f"field '{path}' can not be filtered in a query call")
        return kind

    def _value(self, object_name: str, row: Row, path: str) -> Any:
        first, _, rest = path.partition(".")
        if not rest:
            return row.get(first)
        parent_name, parent = self._parent(object_name, row, first)
        return None if parent is None else self._value(parent_name, parent, rest)

    def _condition(self, object_name: str, condition: Condition) -> Callable[[Row], bool]:
        match condition:
            case Junction(operator, parts):
                tests = [self._condition(object_name, part) for part in parts]
                whole = all if operator == "AND" else any
                return lambda row: whole(test(row) for test in tests)
            case Membership(path, values):
                kind = self._filterable(object_name, path)
                wanted = {_normal(kind, path, value) for value in values}
                return lambda row: _stored(kind, path, self._value(object_name, row, path)) in wanted
            case Comparison(path, operator, value):
                kind = self._filterable(object_name, path)
                literal = _normal(kind, path, value)
                return lambda row: _compare(operator, _stored(kind, path, self._value(object_name, row, path)), literal)

    def _sort_key(self, object_name: str, order: Order) -> Callable[[Row], tuple[bool, Any]]:
        kind = self._filterable(object_name, order.field)

        def key(row: Row) -> tuple[bool, Any]:
            stored = _stored(kind, order.field, self._value(object_name, row, order.field))
            is_first = stored is None
            return (is_first is order.descending, "" if stored is None else stored)

        return key


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


def _stored(kind: FieldType, path: str, value: Any) -> Any:
    if kind is FieldType.DATETIME and value is not None:
        return datetime.fromisoformat(value)
    if kind is FieldType.BOOLEAN and value is None:
        return False
    if kind in (FieldType.DATE, FieldType.NUMBER):
        return value
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
