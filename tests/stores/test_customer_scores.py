from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.stores.customer_scores import refresh_customer_scores
from app.stores.engine import create_engine

AT = datetime(2026, 11, 22, tzinfo=UTC)

_CUSTOMER = text("INSERT INTO customers (kind, display_name) VALUES (:kind, :name) RETURNING id")
_ORDER = text("""
INSERT INTO orders (
    management, status, fulfillment_status, payment_status, return_status, channel, customer_id, currency,
    subtotal_minor, total_minor, paid_minor, refunded_minor, placed_at, completed_at, canceled_at
)
SELECT 'MANAGED', :status, 'UNFULFILLED', 'PAID', 'NONE', 'phone', customers.id, :currency,
    :paid, :paid, :paid, :refunded, :placed_at, :completed_at, :canceled_at
FROM customers
WHERE display_name = :name
""")


@pytest.fixture
async def engine(migrated_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_database)
    yield engine
    await engine.dispose()


async def customer(connection: AsyncConnection, name: str, kind: str = "PERSON") -> None:
    await connection.execute(_CUSTOMER, {"name": name, "kind": kind})


async def order(
    connection: AsyncConnection, name: str, *, days_ago: int, paid: int, refunded: int = 0, currency: str = "USD",
    status: str = "COMPLETED",
) -> None:  # fmt: skip
    await connection.execute(
        _ORDER,
        {
            "name": name,
            "paid": paid,
            "refunded": refunded,
            "currency": currency,
            "status": status,
            "placed_at": AT - timedelta(days=days_ago),
            "completed_at": AT if status == "COMPLETED" else None,
            "canceled_at": AT if status == "CANCELED" else None,
        },
    )


async def scores(connection: AsyncConnection) -> dict[str, tuple[int, int, int, str]]:
    rows = await connection.execute(
        text("""
        SELECT display_name, recency, frequency, monetary, label
        FROM customer_scores JOIN customers ON customers.id = customer_id
        """)
    )
    return {row.display_name: (row.recency, row.frequency, row.monetary, row.label) for row in rows}


async def members(connection: AsyncConnection) -> dict[str, set[str]]:
    rows = await connection.execute(
        text("""
        SELECT key, array_agg(display_name ORDER BY display_name) AS names
        FROM segments JOIN segment_members ON segment_id = segments.id JOIN customers ON customers.id = customer_id
        GROUP BY key
        """)
    )
    return {row.key: set(row.names) for row in rows}


async def test_five_customers_take_the_five_quintiles(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for rank, name in enumerate("abcde", start=1):
            await customer(connection, name)
            for _ in range(rank):
                await order(connection, name, days_ago=100 - rank, paid=1_000 * rank)
        await refresh_customer_scores(connection, AT)
        assert await scores(connection) == {
            "a": (1, 1, 1, "lapsed"),
            "b": (2, 2, 2, "needs_attention"),
            "c": (3, 3, 3, "needs_attention"),
            "d": (4, 4, 4, "champions"),
            "e": (5, 5, 5, "champions"),
        }
        assert await members(connection) == {"lapsed": {"a"}, "needs_attention": {"b", "c"}, "champions": {"d", "e"}}


async def test_equal_customers_get_equal_quintiles(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for name, paid in (("a", 100), ("b", 100), ("c", 100), ("d", 900)):
            await customer(connection, name)
            await order(connection, name, days_ago=5, paid=paid)
        await refresh_customer_scores(connection, AT)
        assert {name: found[:3] for name, found in (await scores(connection)).items()} == {
            "a": (4, 4, 3),
            "b": (4, 4, 3),
            "c": (4, 4, 3),
            "d": (4, 4, 5),
        }


async def test_one_order_is_not_loyalty_where_most_have_one(engine: AsyncEngine) -> None:
    orders = {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1, "g": 2, "h": 2, "i": 3, "j": 9}
    async with engine.begin() as connection:
        for name, count in orders.items():
            await customer(connection, name)
            for _ in range(count):
                await order(connection, name, days_ago=5, paid=100)
        await refresh_customer_scores(connection, AT)
        assert {name: found[1] for name, found in (await scores(connection)).items()} == {
            **dict.fromkeys("abcdef", 2), "g": 4, "h": 4, "i": 5, "j": 5,
        }  # fmt: skip


async def test_drafts_cancellations_and_guests_do_not_count(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await customer(connection, "drafted")
        await customer(connection, "canceled")
        await customer(connection, "never")
        await order(connection, "drafted", days_ago=1, paid=0, status="DRAFT")
        await order(connection, "canceled", days_ago=1, paid=0, status="CANCELED")
        await refresh_customer_scores(connection, AT)
        assert await scores(connection) == {}
        assert await members(connection) == {}


async def test_money_counts_net_of_refunds(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await customer(connection, "keeps")
        await customer(connection, "returns")
        await order(connection, "keeps", days_ago=5, paid=2_000)
        await order(connection, "returns", days_ago=5, paid=9_000, refunded=8_000)
        await refresh_customer_scores(connection, AT)
        assert {name: found[2] for name, found in (await scores(connection)).items()} == {"keeps": 5, "returns": 3}


async def test_customers_are_ranked_among_those_of_their_own_currency(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for name, currency, paid in (("us", "USD", 100), ("jp-less", "JPY", 50_000), ("jp-more", "JPY", 90_000)):
            await customer(connection, name)
            await order(connection, name, days_ago=5, paid=paid, currency=currency)
        # Two orders in yen outweigh one in dollars, however much that was.
        await order(connection, "jp-less", days_ago=6, paid=1, currency="JPY")
        await order(connection, "jp-less", days_ago=7, paid=10_000_000, currency="USD")
        await refresh_customer_scores(connection, AT)
        found = await scores(connection)
        assert {name: score[2] for name, score in found.items()} == {"us": 5, "jp-less": 3, "jp-more": 5}
        assert found["jp-less"][1] == 5


async def test_organizations_are_business_customers_also_without_orders(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await customer(connection, "Engines", "ORGANIZATION")
        await refresh_customer_scores(connection, AT)
        assert await members(connection) == {"business": {"Engines"}}


async def test_repeating_it_keeps_segments_and_replaces_members(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await customer(connection, "a")
        await order(connection, "a", days_ago=5, paid=100)
        await refresh_customer_scores(connection, AT)
        before = (await scores(connection), await members(connection), await _segment_ids(connection))
        await refresh_customer_scores(connection, AT + timedelta(days=1))
        assert (await scores(connection), await members(connection), await _segment_ids(connection)) == before
        assert before[0] == {"a": (5, 5, 5, "champions")}
        computed = await connection.execute(text("SELECT computed_at FROM customer_scores"))
        assert [row.computed_at for row in computed] == [AT + timedelta(days=1)]
        await connection.execute(
            text("UPDATE orders SET status = 'CANCELED', completed_at = NULL, canceled_at = now()")
        )
        await refresh_customer_scores(connection, AT)
        assert await members(connection) == {}


async def _segment_ids(connection: AsyncConnection) -> dict[str, str]:
    rows = await connection.execute(text("SELECT key, id FROM segments"))
    return {row.key: str(row.id) for row in rows}
