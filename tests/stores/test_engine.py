"""What a failed statement says of the values it was given: nothing."""

import io
import traceback
from collections.abc import AsyncIterator

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.logs import configure_logs
from app.stores.engine import create_engine
from tests.logs import logs_restored

TABLE = """
CREATE TABLE people (
    email text PRIMARY KEY,
    age integer CONSTRAINT age_not_negative CHECK (age >= 0),
    CONSTRAINT one_of_an_age UNIQUE (age) DEFERRABLE INITIALLY DEFERRED
)
"""
PERSON = text("INSERT INTO people VALUES (:email, :age)")


@pytest.fixture
async def engine(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(fresh_database)
    async with engine.begin() as connection:
        await connection.execute(text(TABLE))
    yield engine
    await engine.dispose()


async def _insert(engine: AsyncEngine, *people: tuple[str, int]) -> None:
    async with engine.begin() as connection:
        for email, age in people:
            await connection.execute(PERSON, {"email": email, "age": age})


@pytest.mark.parametrize(
    ("people", "says"),
    [
        ([("ada@example.com", -7654)], 'violates check constraint "age_not_negative"'),
        ([("ada@example.com", 36), ("ada@example.com", 37)], 'violates unique constraint "people_pkey"'),
        # Found out by COMMIT.
        ([("ada@example.com", 7654), ("bob@example.com", 7654)], 'violates unique constraint "one_of_an_age"'),
    ],
)
async def test_a_refused_row_is_named_by_its_constraint_alone(
    engine: AsyncEngine, people: list[tuple[str, int]], says: str
) -> None:
    with pytest.raises(IntegrityError) as refused:
        await _insert(engine, *people)
    told = "".join(traceback.format_exception(refused.value))
    assert says in told
    assert [value for value in ("ada@", "7654", "DETAIL", "Failing row") if value in told] == []


async def test_the_log_does_not_hold_it_either(engine: AsyncEngine) -> None:
    ada = ("ada@example.com", -7654)  # not on the line that fails: a traceback quotes the program
    with logs_restored():
        stream = io.TextIOWrapper(io.BytesIO(), write_through=True)
        configure_logs("INFO", "json", stream)
        try:
            await _insert(engine, ada)
        except IntegrityError:
            structlog.get_logger("junction").exception("failed")
        assert isinstance(stream.buffer, io.BytesIO)
        line = stream.buffer.getvalue().decode()
    assert "age_not_negative" in line
    assert [value for value in ("ada@", "7654", "DETAIL") if value in line] == []
