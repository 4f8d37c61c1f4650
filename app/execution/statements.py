"""The SELECT statements that load rows for a whole page of parents at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    TableValuedAlias,
    any_,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY

from app.execution.keyset import Order, Window
from app.execution.rows import StoredType
from app.execution.sources import ROOT, Rows

Statement = Select[*tuple[Any, ...]]

KEY = "_key"
"""Label of the parent's key, the first column of every statement for many parents."""


def by_key(stored: StoredType, target: Column[Any], keys: Sequence[Any]) -> Statement:
    """Rows whose unique `target` is among `keys`."""
    return select(target.label(KEY), *stored.selection).where(among(target, keys))


def children(
    stored: StoredType, rows: Rows, conditions: Sequence[ColumnElement[bool]], keys: Sequence[Any], first: int | None
) -> Statement:
    """All rows of each key, in the order of `rows`."""
    statement = _related(select(_near(rows).label(KEY), *stored.selection), rows)
    if rows.near is not None:
        statement = statement.where(among(rows.near, keys))
    return statement.where(*conditions).order_by(*rows.order.clauses(backward=False)).limit(first)


def first(stored: StoredType, order: Order, conditions: Sequence[ColumnElement[bool]]) -> Statement:
    """The first row, in `order`, of those that satisfy the conditions."""
    places = {f"_order_{n}": column for n, column in enumerate(order.columns)}
    sorted_by = [column.label(name) for name, column in places.items()]
    found = fenced(select(*stored.selection, *sorted_by).where(*conditions)).subquery("found")
    columns = [found.c[each.name] for each in stored.terms]
    ends = [found.c[name].desc() if order.descending else found.c[name].asc() for name in places]
    return select(*columns).order_by(*ends).limit(1)


def fenced(statement: Statement) -> Statement:
    """Runs before what surrounds it: else ORDER BY with LIMIT 1 tempts Postgres to walk the order's index and filter.

    It has no statistics of values that are unique within arrays, such as e-mails, and expects to meet one soon.
    """
    return statement.offset(literal_column("0"))


def page(
    stored: StoredType, rows: Rows, conditions: Sequence[ColumnElement[bool]], keys: Sequence[Any], over: Window
) -> Statement:
    """One row more than the window holds for each key, in the window's direction, to tell whether there are more."""
    order = rows.order.clauses(backward=over.backward)
    inner = (
        _related(select(*stored.selection), rows)
        .where(*conditions, *over.restrict(rows.order))
        .order_by(*order)
        .limit(over.size + 1)
    )
    if rows.near is None:
        return inner.with_only_columns(literal(ROOT).label(KEY), *stored.selection)
    parents = parents_of(rows.near, keys)
    parent = parents.c.parent
    # The order of a lateral subquery's rows survives the join in practice but not by promise: hence row_number.
    ranked = inner.where(rows.near == parent).add_columns(func.row_number().over(order_by=order).label("_rank"))
    lateral = ranked.lateral("page")
    columns = [lateral.c[each.name] for each in stored.terms]
    return select(parent.label(KEY), *columns).select_from(parents.join(lateral, true())).order_by(lateral.c["_rank"])


def count(rows: Rows, conditions: Sequence[ColumnElement[bool]], keys: Sequence[Any]) -> Statement:
    """How many rows each key has; a key without any has no row here."""
    if rows.near is None:
        total: Statement = select(literal(ROOT).label(KEY), func.count())
        return total.select_from(rows.table).where(*conditions, *_fixed(rows))
    totals: Statement = select(rows.near.label(KEY), func.count())
    return _related(totals.select_from(rows.table), rows).where(among(rows.near, keys), *conditions).group_by(rows.near)


def among(column: Column[Any], keys: Sequence[Any]) -> ColumnElement[bool]:
    """As one array parameter, so that the statement's text is the same for any number of keys."""
    return column == any_(_array(column, keys))


def parents_of(column: Column[Any], keys: Sequence[Any]) -> TableValuedAlias:
    """The keys as a table of one column, `parent`, of `column`'s type."""
    parent = sql_column("parent", column.type)
    return func.unnest(_array(column, keys)).table_valued(parent).render_derived("parents")


def _array(column: Column[Any], keys: Sequence[Any]) -> ColumnElement[Any]:
    return literal(list(keys), ARRAY(column.type))


def _near(rows: Rows) -> ColumnElement[Any]:
    return literal(ROOT) if rows.near is None else rows.near


def _related(statement: Statement, rows: Rows) -> Statement:
    if rows.through is not None:
        key = rows.order.key
        statement = statement.join_from(rows.table, rows.through.far.table, rows.through.far == key)
    return statement.where(*_fixed(rows))


def _fixed(rows: Rows) -> tuple[ColumnElement[bool], ...]:
    return () if rows.where is None else (rows.where,)
