"""What a mark holds is read as the values that the driver gives."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Boolean, Date, DateTime, Enum, Float, Interval, Numeric, Text, Uuid, literal, null, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from app.execution.json_sql import CLOSE, OPEN, joined
from app.execution.marks import NotReadable, print_mark, read_values, reader
from tests.execution.bookshop import Library


class Color(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Text(), 'a "quoted" \\ \x07 é 🛒'),
        (Boolean(), False),
        (Float(), 0.1),
        (Numeric(), Decimal("12345678901234567890.10")),
        (Uuid(), UUID(int=7)),
        (Date(), date(2026, 2, 28)),
        (DateTime(timezone=True), datetime(2026, 11, 22, 18, 30, 0, 500, tzinfo=UTC)),
        (DateTime(timezone=True), datetime(2026, 11, 22, 18, 30, 0, 500_000, tzinfo=UTC)),
        (Enum(Color, native_enum=False), Color.RED),
        (ARRAY(Text()), ["a", None, ""]),
        (JSONB(), {"a": [1, 2.5, None, "\x01"]}),
    ],
)
async def test_values_come_back_as_they_were(library: Library, type_: TypeEngine[Any], value: Any) -> None:
    printed = joined(print_mark(3, [sql_cast(literal(value, type_), type_), sql_cast(null(), type_)]))
    async with library.engine.connect() as connection:
        mark = (await connection.execute(select(printed))).scalar_one()
    assert mark.startswith(f"{OPEN}3:")
    assert mark.endswith(CLOSE)
    assert OPEN not in mark[1:]
    assert read_values(mark[3:-1].encode(), [reader(type_)] * 2) == [value, None]


def test_types_that_json_changes_are_refused() -> None:
    for type_ in (Interval(), DateTime(), ARRAY(Numeric())):
        with pytest.raises(NotReadable):
            reader(type_)
