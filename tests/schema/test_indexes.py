"""Every list that a field declares is found by an index, and every page is read in its order, however long it grows."""

from collections.abc import Iterator

from sqlalchemy import Column, PrimaryKeyConstraint, Table, UniqueConstraint
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from app.execution.conditions import Contain, Equal, IdentifiedBy, Match, OneOf, Overlap, Within
from app.execution.declare import DeclaredField
from app.execution.sources import Connection, Lookup, Many, Rows, column_of
from app.schema import schema

Columns = tuple[Column[object], ...]

SORTED_IN_MEMORY = {
    # One customer's orders are few: the index finds them, and memory sorts them.
    *(f"Customer.orders by {name}" for name in ("number", "total_minor", "updated_at")),
    # The members of a segment are in one table and their names in another: no index spans both.
    "Segment.customers by display_name",
}


def test_the_rows_of_a_parent_are_found_by_an_index() -> None:
    near = {name: source.rows.near for name, source in _lists() if source.rows.near is not None}
    assert "Order.lines" in near
    assert [name for name, column in near.items() if not _is_index(column.table, (column,))] == []


def test_pages_and_whole_tables_are_read_in_order_from_an_index() -> None:
    orders = {
        f"{name} by {column.name}": columns
        for name, source in _lists()
        if isinstance(source, Connection) or source.rows.near is None
        for column, columns in _orders(source)
    }
    assert "Query.orders by total_minor" in orders
    assert {name for name, columns in orders.items() if not _is_index(columns[0].table, columns)} == SORTED_IN_MEMORY


def test_what_filters_compare_is_indexed() -> None:
    conditions = dict(_conditions())
    assert {"OrderWhere.return_status", "Query.products(search)", "CustomerLookup.email"} <= conditions.keys()
    assert [name for name, condition in conditions.items() if not _is_found_by_index(condition)] == []


def _conditions() -> Iterator[tuple[str, object]]:
    for definition, field in _fields():
        if "condition" in field.metadata:
            yield f"{definition.name}.{field.python_name}", field.metadata["condition"]
        if isinstance(field, DeclaredField) and isinstance(field.source, Connection | Many | Lookup):
            for argument, condition in field.source.filters.items():
                yield f"{definition.name}.{field.python_name}({argument})", condition


def _is_found_by_index(condition: object) -> bool:
    """True also for conditions of our own over other tables, which say nothing of how they search."""
    match condition:
        case Equal(expression) | OneOf(expression) | Within(expression) | IdentifiedBy(_, expression):
            return _is_index(column_of(expression).table, (column_of(expression),))
        case Contain(expression) | Overlap(expression) | Match(expression):
            searched = column_of(expression)
            inverted = [each for each in searched.table.indexes if each.dialect_kwargs["postgresql_using"] == "gin"]
            return any(tuple(each.columns) == (searched,) for each in inverted)
    return True


def _lists() -> Iterator[tuple[str, Connection | Many]]:
    for definition, field in _fields():
        if isinstance(field, DeclaredField) and isinstance(field.source, Connection | Many):
            yield f"{definition.name}.{field.python_name}", field.source


def _fields() -> Iterator[tuple[StrawberryObjectDefinition, StrawberryField]]:
    for each in schema.schema_converter.type_map.values():
        if isinstance(each.definition, StrawberryObjectDefinition):
            yield from ((each.definition, field) for field in each.definition.fields)


def _orders(source: Connection | Many) -> Iterator[tuple[Column[object], Columns]]:
    """Each column that the rows can be sorted by, and what an index must begin with."""
    rows: Rows = source.rows
    sorts = source.sorts.values() if isinstance(source, Connection) else ()
    near = () if rows.near is None else (rows.near,)
    for column in dict.fromkeys((rows.order.column, *sorts)):
        # Unique values leave no ties for the key to break.
        is_unique = (column,) in _unique(column.table)
        yield column, (*near, column) if is_unique else (*near, column, rows.order.key)


def _is_index(table: Table, wanted: Columns) -> bool:
    indexed = {*(tuple(index.columns) for index in table.indexes), *_unique(table)}
    return any(columns[: len(wanted)] == wanted for columns in indexed)


def _unique(table: Table) -> set[Columns]:
    constraints = (each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint))
    return {tuple(each.columns) for each in constraints}
