"""The laws that one row can break are kept by the database, whoever writes."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.open import Database
from app.stores.engine import create_engine
from tests.conftest import own_database
from tests.stores.sound_store import SOUND

# The line of the sound store has 3 units: 1 reserved, 1 in fulfillment, 1 shipped. Its position holds 9 lamps, of
# which 2 are reserved and 1 is allocated. The unit shipped was returned.
BREAKS = {
    "inventory_positions on_hand_not_negative": "on_hand = -1, reserved = -2, allocated = 0",
    "inventory_positions reserved_not_negative": "reserved = -1",
    "inventory_positions allocated_not_negative": "allocated = -1",
    "inventory_positions promised_within_on_hand": "on_hand = 2",
    "order_lines ordered_positive": "ordered = 0, reserved = 0, in_fulfillment = 0, shipped = 0",
    "order_lines canceled_not_negative": "canceled = -1",
    "order_lines open_not_negative": "canceled = 3, reserved = 0, in_fulfillment = 0",
    "order_lines promised_within_open": "backordered = 1",
    "order_lines delivered_within_shipped": "delivered = 2",
    "order_lines returned_within_shipped": "return_requested = 1, returned = 1",
    "order_lines restocked_within_returned": "restocked = 2",
    "order_lines exchanged_within_returned": "exchanged = 2",
    "orders total_adds_up": "total_minor = 3701",
    "orders refunded_within_paid": "refunded_minor = 3701",
    "orders canceled_has_time": "status = 'CANCELED'",
    "orders completed_has_time": "status = 'COMPLETED'",
    "payments captured_within_authorized": "captured_minor = 3701",
    "payments refunded_within_captured": "refunded_minor = 3701",
    "payment_transactions amount_minor_not_negative": "amount_minor = -1",
    "customers not_merged_into_itself": "merged_into_id = id",
    "customer_source_records confidence_is_a_probability": "confidence = 1.1",
    "events sequence_from_one": "sequence = 0",
    "reservation_lines quantity_positive": "quantity = 0",
}


@pytest.fixture(scope="module")
def sound_store(postgres: Database, migrated: str) -> Iterator[str]:
    """Its URL. One for all: what is refused leaves nothing behind."""
    with own_database(postgres, template=migrated) as url:
        asyncio.run(_fill(url))
        yield url


async def _fill(url: str) -> None:
    engine = create_engine(url)
    async with engine.begin() as connection:
        for statement in SOUND.split(";"):
            await connection.execute(text(statement))
    await engine.dispose()


@pytest.fixture
async def engine(sound_store: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(sound_store)
    yield engine
    await engine.dispose()


@pytest.mark.parametrize("law", BREAKS)
async def test_a_row_that_breaks_a_law_is_refused(engine: AsyncEngine, law: str) -> None:
    table, name = law.split()
    rows = text(f"SELECT * FROM {table} ORDER BY id")
    async with engine.connect() as connection:
        before = (await connection.execute(rows)).all()
        assert before != []
    with pytest.raises(IntegrityError, match=f'"ck_{table}_{name}"'):
        async with engine.begin() as connection:
            await connection.execute(text(f"UPDATE {table} SET {BREAKS[law]}"))
    async with engine.connect() as connection:
        assert (await connection.execute(rows)).all() == before
