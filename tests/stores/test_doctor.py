"""Each law: a store that keeps it, and the one row that breaks it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.doctor import Finding, Verdict, examine
from app.stores.engine import create_engine
from app.stores.laws import LAWS
from app.stores.migrations import migrate

# One customer with one order of three lamps, of which one is shipped, one in fulfillment and one reserved; one more is
# reserved for a cart. Ids are short of meaning on purpose: the laws name rows by what people call them.
SOUND = """
INSERT INTO sources (key, name, kind) VALUES ('junction', 'Junction', 'INTERNAL'), ('bank', 'Bank', 'PAYMENT');
INSERT INTO products (id, sku, title) VALUES ('00000000-0000-0000-0000-000000000001', 'LAMP', 'Lamp');
INSERT INTO locations (id, key, name, kind)
VALUES ('00000000-0000-0000-0000-000000000002', 'east', 'East', 'WAREHOUSE');
INSERT INTO inventory_positions (id, product_id, location_id, on_hand, reserved, allocated)
VALUES ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001',
        '00000000-0000-0000-0000-000000000002', 9, 2, 1);
INSERT INTO inventory_movements
       (position_id, kind, quantity, on_hand_delta, reserved_delta, allocated_delta, actor_kind, actor_id)
VALUES ('00000000-0000-0000-0000-000000000003', 'RECEIPT', 10, 10, 0, 0, 'SYSTEM', 'test'),
       ('00000000-0000-0000-0000-000000000003', 'RESERVE', 4, 0, 4, 0, 'SYSTEM', 'test'),
       ('00000000-0000-0000-0000-000000000003', 'ALLOCATE', 2, 0, -2, 2, 'SYSTEM', 'test'),
       ('00000000-0000-0000-0000-000000000003', 'SHIP', -1, -1, 0, -1, 'SYSTEM', 'test');
INSERT INTO customers (id, number, kind, display_name)
VALUES ('00000000-0000-0000-0000-000000000004', 'C1', 'PERSON', 'Grace');
INSERT INTO customer_source_records
       (customer_id, source_key, external_id, profile, linked_by, confidence, observed_at)
VALUES ('00000000-0000-0000-0000-000000000004', 'junction', 'C1', '{}', 'test', 1, now());
INSERT INTO orders (id, number, management, status, fulfillment_status, payment_status, return_status, channel,
                    customer_id, currency, subtotal_minor, shipping_minor, tax_minor, total_minor, paid_minor,
                    placed_at)
VALUES ('00000000-0000-0000-0000-000000000005', '1', 'MANAGED', 'PROCESSING', 'PARTIALLY_FULFILLED', 'PAID', 'NONE',
        'web', '00000000-0000-0000-0000-000000000004', 'USD', 3000, 500, 200, 3700, 3700, now());
INSERT INTO order_lines (id, order_id, position, sku, title, currency, unit_price_minor, tax_minor, total_minor,
                         ordered, reserved, in_fulfillment, shipped)
VALUES ('00000000-0000-0000-0000-000000000006', '00000000-0000-0000-0000-000000000005', 1, 'LAMP', 'Lamp', 'USD',
        1000, 200, 3200, 3, 1, 1, 1);
INSERT INTO order_changes (order_id, kind, amount_minor, currency, actor_kind, actor_id)
VALUES ('00000000-0000-0000-0000-000000000005', 'PLACE', 3700, 'USD', 'SYSTEM', 'test');
INSERT INTO payments (id, order_id, status, gateway_key, method, currency, amount_minor, authorized_minor,
                      captured_minor)
VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000005', 'CAPTURED', 'bank', 'card',
        'USD', 3700, 3700, 3700);
INSERT INTO payment_transactions (payment_id, kind, status, amount_minor, currency)
VALUES ('00000000-0000-0000-0000-000000000007', 'AUTHORIZATION', 'SUCCESS', 3700, 'USD'),
       ('00000000-0000-0000-0000-000000000007', 'CAPTURE', 'FAILURE', 3700, 'USD'),
       ('00000000-0000-0000-0000-000000000007', 'CAPTURE', 'SUCCESS', 3700, 'USD');
INSERT INTO reservations (id) VALUES ('00000000-0000-0000-0000-000000000008');
INSERT INTO reservation_lines (reservation_id, sku, quantity)
VALUES ('00000000-0000-0000-0000-000000000008', 'LAMP', 1);
INSERT INTO events (type, subject_type, subject_id, sequence, data, actor_kind, actor_id)
VALUES ('order.placed', 'Order', '00000000-0000-0000-0000-000000000005', 1, '{}', 'SYSTEM', 'test'),
       ('order.confirmed', 'Order', '00000000-0000-0000-0000-000000000005', 2, '{}', 'SYSTEM', 'test')
"""

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
    "money.currency": (
        "UPDATE payments SET currency = 'EUR'",
        {"order": "1", "currency": "USD", "kind": "payment", "part_currency": "EUR"},
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
}  # fmt: skip


@pytest.fixture
async def engine(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(fresh_database)
    await migrate(engine)
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
