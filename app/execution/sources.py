"""Where a field's value comes from: the kinds of source that a declaration can name.

Scalar       an expression over the row of its type
Composite    an object made of several expressions of the row (an amount with its currency)
SameRow      an object whose fields are expressions of the same row (the totals of an order)
Attribute    a part of a value that arrives whole: from JSON, from a computation, from outside
GlobalId     the row's key, with the name of its type
One          the row that a foreign key points to
Reference    the row, of whatever type, that a type name and a key point to
Many         the rows that point here
Connection   the same, a page at a time
Lookup       the one row that an input singles out
ById         the rows that global ids name
Computed     plain Python over expressions of the row
Batched      one call for the keys of all rows of a page: SQL that is no relation, or outside systems
Command      what a field of a mutation does, and what that answers with
Entity       the row whose key a command's answer holds, or the rows whose keys it holds

A source holds SQL expressions and Python callables and knows nothing of how a query runs: the interpreter
(`interpreter.py`) reads it per field, and a compiled plan can read it per operation.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import QueryableAttribute

from app.execution.as_of import History
from app.execution.keyset import Order

Expression = QueryableAttribute[Any] | ColumnElement[Any]
Condition = Callable[[Any], ColumnElement[bool]]
"""From the value of an argument to the SQL condition it stands for: see `conditions.py`."""
ROOT = 0
"""The key of the root, the one parent that is no row."""


@dataclass(frozen=True, slots=True)
class Term:
    """An expression over one row, under the name by which a loaded row holds its value."""

    name: str
    expression: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Scalar:
    term: Term

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.term,)


@dataclass(frozen=True, slots=True)
class Part:
    """One attribute of a Composite: its one term, or what `read` makes of the values of `terms`.

    `sql` makes the same of their expressions; the two must agree.
    """

    terms: tuple[Term, ...]
    read: Callable[..., Any] | None = None
    sql: Callable[..., ColumnElement[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Composite:
    """None when the first term of its first part is null."""

    parts: Mapping[str, Part]

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for part in self.parts.values() for term in part.terms)


@dataclass(frozen=True, slots=True)
class SameRow:
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class GlobalId:
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class One:
    """`key` holds the value of `target`, a unique column of the table pointed to; null is None."""

    key: Term
    target: Column[Any]

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.key,)


@dataclass(frozen=True, slots=True)
class Reference:
    type_name: Term
    key: Term

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.type_name, self.key)


@dataclass(frozen=True, slots=True)
class Through:
    """An association table on the way: `near` holds the parent's key, `far` the key of the row pointed to."""

    near: Column[Any]
    far: Column[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of `table` whose `near` equals the parent's `key` (all of them, at the root), in `order`."""

    table: Table
    order: Order
    near: Column[Any] | None = None
    key: Term | None = None
    through: Through | None = None
    where: ColumnElement[bool] | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """`filters` by argument name. `limited` when an argument `first` bounds the rows."""

    rows: Rows
    filters: Mapping[str, Condition]
    limited: bool = False

    @property
    def terms(self) -> tuple[Term, ...]:
        return () if self.rows.key is None else (self.rows.key,)


@dataclass(frozen=True, slots=True)
class Connection:
    """`sorts` by the name of the enum value that chooses it; `rows.order` without one."""

    rows: Rows
    filters: Mapping[str, Condition]
    sorts: Mapping[str, Column[Any]]

    def chosen_order(self, sort_by: Any) -> Order:
        """By the value of the argument sortBy, an input with `field` and `direction`; the rows' own without it."""
        if sort_by is None:
            return self.rows.order
        return Order(self.sorts[sort_by.field.name], self.rows.order.key, descending=sort_by.direction.name == "DESC")

    @property
    def terms(self) -> tuple[Term, ...]:
        return () if self.rows.key is None else (self.rows.key,)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The first row, in `order`, that all `filters` let through. With a history, as of the argument `as_of`."""

    table: Table
    order: Order
    filters: Mapping[str, Condition]
    history: History | None = None
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class ById:
    """Argument `id`: that row. Argument `ids`: those rows, null where there is none."""

    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """`compute` takes the values of `terms` in order, then the field's arguments by name."""

    compute: Callable[..., Any]
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Batched:
    """`load(keys, arguments, context)` answers with a value, or an exception, for each key in order.

    `key` is None at the root, whose one key is ROOT.
    """

    load: Callable[[Sequence[Any], Mapping[str, Any], Any], Awaitable[Sequence[Any]]]
    key: Term | None

    @property
    def terms(self) -> tuple[Term, ...]:
        return () if self.key is None else (self.key,)


@dataclass(frozen=True, slots=True)
class Command:
    """`perform(arguments, context)` answers with the field's value once everything it changed can be read."""

    perform: Callable[[Mapping[str, Any], Any], Awaitable[Any]]
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """`key` is where the parent holds the row's primary key; None is no row. The field's type says which table.

    Of a list it is where the parent holds the keys of its rows, in order.
    """

    key: str
    is_list: bool = False
    terms: tuple[Term, ...] = ()


Source = (
    Scalar
    | Composite
    | SameRow
    | Attribute
    | GlobalId
    | One
    | Reference
    | Many
    | Connection
    | Lookup
    | ById
    | Computed
    | Batched
    | Command
    | Entity
)


def term(expression: Expression) -> Term:
    element = _element(expression)
    if isinstance(element, Column):
        return Term(element.name, element)
    text = str(element.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call]
    return Term(f"x_{hashlib.sha256(text.encode()).hexdigest()[:12]}", element)


def column_of(expression: Expression) -> Column[Any]:
    """The table's own column behind a model's attribute."""
    element = _element(expression)
    if not isinstance(element, Column):
        raise TypeError(f"a column is needed here, not {expression}")
    return element


def table_of(model: type[Any]) -> Table:
    return cast("Table", model.__table__)


def primary_key(table: Table) -> Column[Any]:
    (column,) = table.primary_key.columns
    return column


def foreign_target(column: Column[Any]) -> Column[Any]:
    (key,) = column.foreign_keys
    return key.column


def _element(expression: Expression) -> ColumnElement[Any]:
    if not isinstance(expression, QueryableAttribute):
        return expression
    (column,) = expression.property.columns
    return cast("ColumnElement[Any]", column)
