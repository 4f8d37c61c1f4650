"""Statements read over the driver alone: the same values as over SQLAlchemy's own connection, of the same types."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Boolean, DateTime, Float, Integer, Interval, Numeric, Select, Text, Uuid, literal, select
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.execution.compiling import compiled
from tests.execution.bookshop import BookRow, Library


class Color(Enum):
    RED = "red"


VALUES: list[Any] = [
    literal("ä", Text),
    literal(7, Integer),
    literal(0.5, Float),
    literal(Decimal("1.10"), Numeric),
    literal(True, Boolean),
    literal(UUID(int=5), Uuid),
    literal(datetime(2026, 3, 1, 12, tzinfo=UTC), DateTime(timezone=True)),
    literal(timedelta(hours=1), Interval),
    literal(Color.RED, SqlEnum(Color, native_enum=False)),
    literal(["a", "b"], ARRAY(Text)),
    literal({"a": [1, None]}, JSONB),
    literal(None, JSONB(none_as_null=True)),
]


@pytest.mark.parametrize("value", VALUES, ids=[str(value.type) for value in VALUES])
async def test_a_value_is_what_sqlalchemy_hands_out(library: Library, value: Any) -> None:
    statement: Select[Any] = select(value.label("value"))
    async with library.engine.connect() as connection:
        expected = (await connection.execute(statement)).all()
    query = compiled(statement)
    records = query.records(await library.connections.rows(query.sql, query.parameters))
    assert records == [tuple(each) for each in expected]
    assert type(records[0].value) is type(expected[0].value) or isinstance(records[0].value, type(expected[0].value))


def test_one_text_for_statements_that_differ_in_values_alone() -> None:
    first, second = (compiled(select(BookRow.title).where(BookRow.shelf == shelf)) for shelf in (1, 2))
    assert first.sql == second.sql
    assert (list(first.parameters), list(second.parameters)) == ([1], [2])
    assert first.records is second.records


async def test_a_list_of_values_has_as_many_parameters(library: Library) -> None:
    for shelves, titles in (([0], 3), ([0, 1], 6), ([], 0)):
        query = compiled(select(BookRow.title).where(BookRow.shelf.in_(shelves)))
        assert len(await library.connections.rows(query.sql, query.parameters)) == titles
