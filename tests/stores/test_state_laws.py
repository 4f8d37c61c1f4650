"""Every way in which a state can be at odds with the rows that should explain it, one at a time."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.open import Database
from app.stores.engine import create_engine
from app.stores.state_laws import STATE_LAWS
from tests.conftest import own_database
from tests.stores.sound_store import SOUND

HOLD = "INSERT INTO holds (order_id, fulfillment_order_id, reason, actor_kind, actor_id) VALUES "
OF_ORDER = "('00000000-0000-0000-0000-000000000005', NULL, 'MANUAL', 'AGENT', 'test')"
OF_REQUEST = (
    "('00000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000012', 'MANUAL', 'AGENT', 'test')"
)
REQUEST = "UPDATE fulfillment_orders SET status = "
LINES = "UPDATE fulfillment_order_lines SET "
RETURN = "UPDATE returns SET status = "
PAYMENT = "UPDATE payments SET status = "

FAULTS = [
    (
        "orders",
        "UPDATE orders SET status = 'CANCELED', canceled_at = now()",
        {"units are open", "units are promised", "units have shipped"},
    ),
    (
        "orders",
        "UPDATE orders SET status = 'COMPLETED', completed_at = now()",
        {"units are open", "units are promised"},
    ),
    ("orders", "UPDATE orders SET status = 'CONFIRMED'", {"units have shipped", "locations were asked"}),
    (
        "orders",
        "UPDATE shipments SET fulfillment_order_id = NULL; DELETE FROM fulfillment_order_lines;"
        " DELETE FROM fulfillment_orders",
        {"no location was asked"},
    ),
    ("orders", HOLD + OF_ORDER, {"a hold is open"}),
    ("payments", PAYMENT + "'PENDING'", {"something is authorized", "something is captured"}),
    ("payments", PAYMENT + "'AUTHORIZED'", {"something is captured"}),
    ("payments", PAYMENT + "'VOIDED'", {"something is captured"}),
    ("payments", PAYMENT + "'PARTIALLY_CAPTURED'", {"nothing is held"}),
    ("payments", PAYMENT + "'CAPTURED', captured_minor = 0", {"nothing is captured", "something is held"}),
    ("payments", PAYMENT + "'CAPTURED', refunded_minor = 100", {"something is refunded"}),
    ("payments", PAYMENT + "'PARTIALLY_REFUNDED'", {"nothing is refunded"}),
    ("payments", PAYMENT + "'REFUNDED', refunded_minor = 100", {"not all is refunded"}),
    ("fulfillment", REQUEST + "'REJECTED'", {"units are picked"}),
    ("fulfillment", REQUEST + "'CANCELED'", {"units have shipped"}),
    ("fulfillment", REQUEST + "'ON_HOLD'", {"units are picked", "no hold is open"}),
    ("fulfillment", LINES + "picked = 2, packed = 2, shipped = 2", {"no unit is left"}),
    ("fulfillment", HOLD + OF_REQUEST, {"a hold is open"}),
    ("returns", RETURN + "'OPEN'", {"units have arrived"}),
    ("returns", RETURN + "'PARTIALLY_RECEIVED'", {"every unit has arrived"}),
    ("returns", RETURN + "'PARTIALLY_RECEIVED'; UPDATE return_lines SET received = 0", {"no unit has arrived"}),
    ("returns", RETURN + "'RECEIVED'; UPDATE return_lines SET quantity = 2", {"units are awaited"}),
    ("returns", "UPDATE return_lines SET quantity = 2", {"units are without a verdict"}),
    (
        "returns",
        RETURN + "'CLOSED', closed_at = now(); UPDATE return_dispositions SET disposition = 'MISSING'",
        {"units are without a verdict"},
    ),
]
AXES = [
    ("UPDATE orders SET payment_status = 'NOT_PAID'", {("payment", "PAID")}),
    ("UPDATE orders SET total_minor = 3800, tax_minor = 300", {("payment", "PARTIALLY_PAID")}),
    (
        "UPDATE orders SET total_minor = 3800, tax_minor = 300; UPDATE order_changes SET kind = 'EDIT'",
        {("payment", "BALANCE_DUE")},
    ),
    ("UPDATE orders SET total_minor = 3600, tax_minor = 100", {("payment", "CREDIT_OWED")}),
    ("UPDATE orders SET refunded_minor = 3700", {("payment", "REFUNDED")}),
    ("UPDATE orders SET refunded_minor = 100, credited_minor = 100", {("payment", "PARTIALLY_REFUNDED")}),
    ("UPDATE orders SET paid_minor = 0", {("payment", "NOT_PAID")}),
    ("UPDATE orders SET paid_minor = 0; " + PAYMENT + "'AUTHORIZED'", {("payment", "AUTHORIZED")}),
    (
        "UPDATE orders SET paid_minor = 0, status = 'CANCELED', canceled_at = now(); " + PAYMENT + "'VOIDED'",
        {("payment", "VOIDED")},
    ),
    (RETURN + "'REQUESTED'", {("return", "REQUESTED")}),
    (RETURN + "'CLOSED', closed_at = now()", {("return", "RETURNED")}),
    ("UPDATE order_lines SET returned = 0; " + RETURN + "'DECLINED'", {("return", "NONE")}),
    (
        "UPDATE order_lines SET in_fulfillment = 0, shipped = 2; " + RETURN + "'CLOSED', closed_at = now()",
        {("return", "PARTIALLY_RETURNED")},
    ),
    ("UPDATE order_lines SET shipped = 0, returned = 0, reserved = 2", {("fulfillment", "UNFULFILLED")}),
    (
        "UPDATE order_lines SET shipped = 0, returned = 0, reserved = 0, backordered = 2",
        {("fulfillment", "BACKORDERED")},
    ),
    ("UPDATE order_lines SET reserved = 0, in_fulfillment = 0, shipped = 3", {("fulfillment", "FULFILLED")}),
    (
        "UPDATE order_lines SET reserved = 0, in_fulfillment = 0, shipped = 3, delivered = 1",
        {("fulfillment", "PARTIALLY_DELIVERED")},
    ),
    (
        "UPDATE order_lines SET reserved = 0, in_fulfillment = 0, shipped = 3, delivered = 3",
        {("fulfillment", "DELIVERED")},
    ),
]


@pytest.fixture(scope="module")
def sound_database(postgres: Database, migrated: str) -> Iterator[str]:
    with own_database(postgres, template=migrated) as url:
        yield url


@pytest.fixture(scope="module")
async def engine(sound_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(sound_database)
    async with engine.begin() as connection:
        await _execute(connection, SOUND)
    yield engine
    await engine.dispose()


async def _execute(connection: AsyncConnection, statements: str) -> None:
    for statement in statements.split(";"):
        await connection.execute(text(statement))


def _in_order(each: object) -> object:
    """So that a test has the same name in every process."""
    return sorted(each) if isinstance(each, set) else each


async def broken(engine: AsyncEngine, breaking: str, *names: str) -> list[Mapping[str, Any]]:
    """What these laws say of a sound store that was broken so; it is whole again afterwards."""
    laws = {law.name: law for law in STATE_LAWS}
    async with engine.connect() as connection:
        await _execute(connection, breaking)
        found = [(await connection.execute(text(laws[f"states.{name}"].broken))).mappings().all() for name in names]
        await connection.rollback()
    return [dict(row) for rows in found for row in rows]


@pytest.mark.parametrize(("law", "breaking", "faults"), FAULTS, ids=lambda each: str(_in_order(each))[:60])
async def test_a_state_that_nothing_explains(engine: AsyncEngine, law: str, breaking: str, faults: set[str]) -> None:
    assert {row["fault"] for row in await broken(engine, breaking, law)} == faults


@pytest.mark.parametrize(("breaking", "expected"), AXES, ids=lambda each: str(each)[:60])
async def test_an_axis_that_was_not_derived_anew(
    engine: AsyncEngine, breaking: str, expected: set[tuple[str, str]]
) -> None:
    rows = await broken(engine, breaking, "axes")
    assert {(row["axis"], row["expected"]) for row in rows} >= expected


async def test_orders_that_others_drive_are_as_their_source_says(engine: AsyncEngine) -> None:
    breaking = (
        "UPDATE orders SET status = 'ON_HOLD', version = 9, payment_status = 'VOIDED'; " + PAYMENT + "'PENDING'; "
    )
    laws = ("orders", "axes", "payments", "versions")
    assert len(await broken(engine, breaking + "SELECT 1", *laws)) == 5
    assert await broken(engine, breaking + "UPDATE orders SET management = 'UNMANAGED'", *laws) == []
