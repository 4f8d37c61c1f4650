"""A range over the rows of one type within a statement: what its FROM names, and expressions over it."""

from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Select
from sqlalchemy.sql.util import ClauseAdapter

from app.execution.keyset import Order
from app.execution.rows import StoredTypes
from app.execution.sources import primary_key


class Range:
    """An alias of the type's table, or a subquery of all its columns."""

    def __init__(self, type_name: str, key: Column[Any], source: FromClause) -> None:
        self.type_name = type_name
        self.key = key
        self.source = source
        self._adapter = ClauseAdapter(source)

    @classmethod
    def of_table(cls, types: StoredTypes, table: Any) -> "Range":
        return cls(types.by_table[table].name, primary_key(table), table.alias())

    def within(self, statement: Select[Any]) -> "Range":
        return Range(self.type_name, self.key, statement.subquery())

    def of(self, expression: ColumnElement[Any]) -> ColumnElement[Any]:
        """The expression over these rows."""
        adapted: ColumnElement[Any] = self._adapter.traverse(expression)
        return adapted

    def order(self, order: Order, *, backward: bool = False) -> list[ColumnElement[Any]]:
        return [self.of(clause) for clause in order.clauses(backward=backward)]
