"""Each law: a store that keeps it, and the one row that breaks it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.doctor import Finding, Verdict, examine
from app.stores.engine import create_engine
from app.stores.laws import LAWS
from tests.stores.sound_store import SOUND

BREAKS: dict[str, tuple[str, dict[str, Any]]] = {
    "stock.movements": (
        "UPDATE inventory_positions SET on_hand = 8",
        {
            "sku": "LAMP", "location": "east", "on_hand": 8, "on_hand_moved": 9, "reserved": 2, "reserved_moved": 2,
            "allocated": 1, "allocated_moved": 1,
        },
    ),
    "stock.allocated": (
        "UPDATE order_lines SET in_fulfillment = 0",
        {"sku": "LAMP", "positions": 1, "order_lines": 0},
    ),
    "stock.reserved": (
        "UPDATE reservations SET released_at = now()",
        {"sku": "LAMP", "positions": 2, "orders_and_carts": 1},
    ),
    "stock.reserved_places": (
        """
        INSERT INTO locations (id, key, name, kind)
        VALUES ('00000000-0000-0000-0000-000000000014', 'west', 'West', 'WAREHOUSE');
        INSERT INTO inventory_positions (product_id, location_id)
        VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000014');
        INSERT INTO reservations (id) VALUES ('00000000-0000-0000-0000-000000000015');
        INSERT INTO reservation_lines (reservation_id, sku, quantity, location_id)
        VALUES ('00000000-0000-0000-0000-000000000015', 'LAMP', 2, '00000000-0000-0000-0000-000000000014')
        """,
        {"sku": "LAMP", "location": "west", "position": 0, "reservations": 2},
    ),
    "stock.reservations": (
        "DELETE FROM reservation_lines WHERE order_line_id IS NOT NULL",
        {"order": "1", "sku": "LAMP", "reserved": 1, "reservations": 0},
    ),
    "stock.allocated_places": (
        "UPDATE fulfillment_orders SET status = 'CANCELED'",
        {"sku": "LAMP", "location": "east", "position": 1, "fulfillment_orders": 0},
    ),
    "units.shipped": (
        "UPDATE shipments SET status = 'CANCELED'",
        {"order": "1", "sku": "LAMP", "shipped": 1, "in_parcels": 0},
    ),
    "money.lines": (
        "UPDATE order_lines SET discount_minor = 100",
        {"order": "1", "sku": "LAMP", "total_minor": 3200, "expected": 3100},
    ),
    "money.totals": (
        "UPDATE orders SET subtotal_minor = 2900, shipping_minor = 600",
        {"order": "1", "subtotal_minor": 2900, "lines_minor": 3000},
    ),
    "money.ledger": (
        "UPDATE order_changes SET amount_minor = 3600",
        {"order": "1", "total_minor": 3700, "ledger_minor": 3600},
    ),
    "money.paid": (
        "UPDATE orders SET paid_minor = 3600",
        {"order": "1", "paid_minor": 3600, "captured_minor": 3700, "refunded_minor": 0, "payments_refunded_minor": 0},
    ),
    "money.credited": (
        "UPDATE orders SET credited_minor = 900",
        {"order": "1", "credited_minor": 900, "returns_minor": 0},
    ),
    "money.transactions": (
        "DELETE FROM payment_transactions WHERE kind = 'CAPTURE' AND status = 'SUCCESS'",
        {
            "order": "1", "payment": "00000000-0000-0000-0000-000000000007", "captured_minor": 3700,
            "captures_minor": 0, "refunded_minor": 0, "refunds_minor": 0,
        },
    ),
    "money.refund_parts": (
        """
        INSERT INTO payment_transactions (id, payment_id, kind, status, amount_minor, currency)
        VALUES ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000007', 'REFUND', 'PENDING',
                500, 'USD');
        INSERT INTO refund_parts (transaction_id, component, amount_minor)
        VALUES ('00000000-0000-0000-0000-000000000012', 'ADJUSTMENT', 400)
        """,
        {
            "order": "1", "refund": "00000000-0000-0000-0000-000000000012", "amount_minor": 500, "parts_minor": 400,
        },
    ),
    "money.refund_parts_worth": (
        """
        INSERT INTO payment_transactions (id, payment_id, kind, status, amount_minor, currency)
        VALUES ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000007', 'REFUND', 'PENDING',
                500, 'USD');
        INSERT INTO refund_parts (transaction_id, order_line_id, component, amount_minor)
        VALUES ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000006', 'TAX', 500)
        """,
        {"order": "1", "sku": "LAMP", "component": "TAX", "amount_minor": 500, "credited_minor": 0},
    ),
    "returns.credited": (
        """
        UPDATE returns SET status = 'CLOSED', closed_at = now(), refund_minor = 3300;
        UPDATE return_lines SET item_minor = 3100, tax_minor = 200;
        UPDATE orders SET credited_minor = 3300, payment_status = 'CREDIT_OWED', return_status = 'RETURNED'
        """,
        {"order": "1", "sku": "LAMP", "total_minor": 3200, "credited_minor": 3300},
    ),
    "returns.worth": (
        "UPDATE returns SET refund_minor = 1000, shipping_minor = 300",
        {"return": "1-R1", "refund_minor": 1000, "shipping_minor": 300, "lines_minor": 0},
    ),
    "money.currency": (
        "UPDATE payments SET currency = 'EUR'",
        {"order": "1", "currency": "USD", "kind": "payment", "part_currency": "EUR"},
    ),
    "returns.dispositions": (
        "UPDATE return_dispositions SET quantity = 2",
        {"return": "1-R1", "sku": "LAMP", "quantity": 1, "received": 1, "disposed_of": 2, "missing": 0},
    ),
    "events.sequence": (
        "UPDATE events SET sequence = 3 WHERE sequence = 2",
        {"subject": "Order", "id": "00000000-0000-0000-0000-000000000005", "events": 2, "last_sequence": 3},
    ),
    "crosswalk.orphans": (
        "DELETE FROM customer_source_records",
        {"customer": "C1", "display_name": "Grace"},
    ),
    "crosswalk.survivors": (
        """
        INSERT INTO customers (id, number, kind, display_name)
        VALUES ('00000000-0000-0000-0000-000000000009', 'C2', 'PERSON', 'Grace H.');
        INSERT INTO customer_source_records
               (customer_id, source_key, external_id, profile, linked_by, confidence, observed_at)
        VALUES ('00000000-0000-0000-0000-000000000009', 'junction', 'C2', '{}', 'test', 1, now());
        UPDATE customers SET merged_into_id = '00000000-0000-0000-0000-000000000009' WHERE number = 'C1'
        """,
        {"customer": "C1", "merged_into": "C2", "survivor_is_merged": False, "records_left": 1},
    ),
    "crosswalk.duplicates": (
        """
        INSERT INTO customer_source_records
               (customer_id, source_key, external_id, profile, linked_by, confidence, observed_at)
        VALUES ('00000000-0000-0000-0000-000000000004', 'junction', ' C1', '{}', 'test', 1, now())
        """,
        {"source": "junction", "external_id": "C1", "records": 2},
    ),
    "states.orders": (
        "UPDATE orders SET status = 'ON_HOLD'",
        {"order": "1", "status": "ON_HOLD", "fault": "no hold is open"},
    ),
    "states.axes": (
        "UPDATE orders SET fulfillment_status = 'FULFILLED'",
        {"order": "1", "axis": "fulfillment", "status": "FULFILLED", "expected": "PARTIALLY_FULFILLED"},
    ),
    "states.payments": (
        "UPDATE payment_transactions SET status = 'FAILURE' WHERE kind = 'AUTHORIZATION'",
        {
            "order": "1", "payment": "00000000-0000-0000-0000-000000000007", "status": "CAPTURED",
            "fault": "no authorization succeeded",
        },
    ),
    "states.fulfillment": (
        "UPDATE fulfillment_orders SET status = 'CLOSED'",
        {"fulfillment_order": "1-F1", "status": "CLOSED", "fault": "units have not shipped"},
    ),
    "states.returns": (
        "DELETE FROM return_dispositions",
        {"return": "1-R1", "status": "INSPECTED", "fault": "units are without a verdict"},
    ),
    "states.versions": (
        "UPDATE orders SET version = 3",
        {"kind": "Order", "number": "1", "version": 3, "events": 2},
    ),
}  # fmt: skip


@pytest.fixture
async def engine(migrated_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_database)
    yield engine
    await engine.dispose()


async def _execute(engine: AsyncEngine, statements: str) -> None:
    async with engine.begin() as connection:
        for statement in statements.split(";"):
            await connection.execute(text(statement))


async def _failed(engine: AsyncEngine) -> list[Finding]:
    return [finding for finding in await examine(engine) if finding.verdict is not Verdict.OK]


async def test_a_sound_store_passes_every_check(engine: AsyncEngine) -> None:
    await _execute(engine, SOUND)
    checks = [(finding.check, finding.verdict) for finding in await examine(engine)]
    names = ["database.version", "database.migrations", "database.pg_trgm", *(law.name for law in LAWS)]
    assert checks == [(name, Verdict.OK) for name in names]


def test_every_law_is_broken_below() -> None:
    assert list(BREAKS) == [law.name for law in LAWS]


@pytest.mark.parametrize("name", BREAKS)
async def test_a_broken_law_names_the_row(engine: AsyncEngine, name: str) -> None:
    breaking, row = BREAKS[name]
    law = next(law for law in LAWS if law.name == name)
    await _execute(engine, SOUND)
    await _execute(engine, breaking)
    summary = f"Broken: {law.says[0].lower()}{law.says[1:]}"
    broken = [finding for finding in await _failed(engine) if finding.check == name]
    assert broken == [Finding(name, Verdict.FAILED, summary, law.advice, 1, (row,))]


async def test_a_unit_that_is_missing_was_not_received_but_asked_for(engine: AsyncEngine) -> None:
    await _execute(engine, SOUND)
    await _execute(
        engine, "UPDATE return_dispositions SET disposition = 'MISSING'; UPDATE return_lines SET received = 0"
    )
    assert await _failed(engine) == []
    await _execute(engine, "UPDATE return_dispositions SET quantity = 2")
    (finding,) = await _failed(engine)
    row = {"return": "1-R1", "sku": "LAMP", "quantity": 1, "received": 0, "disposed_of": 0, "missing": 2}
    assert (finding.check, finding.sample) == ("returns.dispositions", (row,))


async def test_the_sample_is_bounded_and_the_count_is_not(engine: AsyncEngine) -> None:
    customers = "INSERT INTO customers (number, kind, display_name) SELECT 'N' || n, 'PERSON', 'Nobody'"
    await _execute(engine, f"{customers} FROM generate_series(10, 34) n")
    (finding,) = await _failed(engine)
    assert (finding.check, finding.rows) == ("crosswalk.orphans", 25)
    assert [row["customer"] for row in finding.sample] == [f"N{n}" for n in range(10, 20)]


async def test_an_empty_database_fails_once_and_skips_what_would_mean_nothing(fresh_database: str) -> None:
    engine = create_engine(fresh_database)
    failed = [(finding.check, finding.verdict) for finding in await _failed(engine)]
    await engine.dispose()
    assert failed == [
        ("database.migrations", Verdict.FAILED),
        ("database.pg_trgm", Verdict.FAILED),
        *((law.name, Verdict.SKIPPED) for law in LAWS),
    ]
