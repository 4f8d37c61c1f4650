"""A whole shop, copied over its API: customers and products first, then its orders, driven here or mirrored."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.connectors.ports.feeds import Feed
from app.connectors.ports.webhook import Delivery
from app.connectors.source_config import SourceConfig
from app.domain.order import OrderManagement
from app.sandbox.shopify.checkout import Bought
from app.workflows.source_sync import source_sync, sync_job
from app.workflows.webhook_process import webhook_process
from app.workflows.webhook_receive import webhook_receive
from app.workflows.work import Work
from tests.connectors.shopify_shop import ADDRESS, open_shop
from tests.connectors.shopify_shop import Storefront as ShopifyShop
from tests.connectors.vendor_rows import customer_gid, make_customer, make_variant
from tests.fixtures_shop import Shop
from tests.outside import Replaced

SOURCE = "INSERT INTO sources (key, name, kind) VALUES ('shopify', 'Web', 'STOREFRONT')"
ORDERS = """SELECT reference.external_id, orders.management, orders.status, orders.payment_status, orders.total_minor,
                   customer.display_name
              FROM orders JOIN order_references reference ON reference.order_id = orders.id
              LEFT JOIN customers customer ON customer.id = orders.customer_id ORDER BY reference.external_id"""
RUNS = """SELECT feed, status, read, created, changed, unchanged, gone, refused FROM sync_runs
           ORDER BY started_at DESC LIMIT 1"""


@dataclass
class Copied:
    there: ShopifyShop
    first: dict[str, Any]
    """Ada's order, as the shop has it."""
    here: Shop
    work: Work

    async def sync(self, feed: Feed, *, full: bool = False) -> tuple[Any, ...]:
        await source_sync(sync_job("shopify", feed, full=full).data, self.work)
        return (await self.rows(RUNS))[0]

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in await self.here.rows(sql)]


@pytest.fixture
async def copied(shop: Shop, request: pytest.FixtureRequest) -> AsyncIterator[Copied]:
    """Ada buys a mug and a lamp, and eleven others a pen."""
    there = open_shop(
        customers=[make_customer(1, displayName="Ada Lovelace", firstName="Ada", lastName="Lovelace")],
        variants=[make_variant(sku) for sku in ("MUG", "LAMP", "PEN")],
    )
    first = there.place(Bought(sku="MUG"), Bought(sku="LAMP"), customer=customer_gid(1), shipping_address=ADDRESS)
    for _ in range(11):
        there.place(Bought(sku="PEN"), email="bob@example.com", shipping_address=ADDRESS)
    config = SourceConfig(
        "shopify", "shopify", "Web shop", "http://shop.test", sync=frozenset(Feed) - {Feed.CASES, Feed.EVENTS},
        orders=getattr(request, "param", OrderManagement.MANAGED), channel="web",
    )  # fmt: skip
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO sources (key, name, kind) VALUES ('shopify', 'Web', 'STOREFRONT')"
        )
    work = shop.application.work
    outside = Replaced(work.outside, {"shopify": there.connector}, {"shopify": config})
    yield Copied(there, first, shop, replace(work, outside=outside))
    await shop.require_sound()


@pytest.mark.parametrize("copied", list(OrderManagement), indirect=True)
async def test_a_shop_is_copied_and_then_what_changed(copied: Copied) -> None:
    assert await copied.sync(Feed.CUSTOMERS) == ("customers", "DONE", 1, 1, 0, 0, 0, 0)
    assert await copied.sync(Feed.PRODUCTS) == ("products", "DONE", 3, 0, 3, 0, 0, 0)
    assert await copied.sync(Feed.ORDERS) == ("orders", "DONE", 12, 12, 0, 0, 0, 0)
    orders = await copied.rows(ORDERS)
    management = copied.work.outside.config("shopify").orders
    status = "CONFIRMED" if management is OrderManagement.MANAGED else orders[0][2]
    assert len(orders) == 12
    assert orders[0][1:] == (management, status, "AUTHORIZED", 5000, "Ada Lovelace")
    events = await copied.rows("SELECT count(*) FROM events")

    feed, ended, read, *rest = await copied.sync(Feed.ORDERS)
    assert (feed, ended, rest) == ("orders", "DONE", [0, 0, read, 0, 0])
    assert await copied.sync(Feed.ORDERS, full=True) == ("orders", "DONE", 12, 0, 0, 12, 0, 0)
    assert await copied.rows("SELECT count(*) FROM events") == events


async def test_an_order_that_cannot_be_read_costs_itself_alone(copied: Copied) -> None:
    total = copied.first["totalPriceSet"]["shopMoney"]
    amount, total["amount"] = total["amount"], "50.005"
    assert await copied.sync(Feed.ORDERS) == ("orders", "DONE", 12, 11, 0, 0, 0, 1)
    refusals = "SELECT external_id, reason, record->>'name' FROM sync_refusals"
    reason = "it cannot be read: 50.005 is finer than the smallest unit of USD"
    assert await copied.rows(refusals) == [(copied.first["id"], reason, "#1001")]
    total["amount"] = amount
    assert await copied.sync(Feed.ORDERS, full=True) == ("orders", "DONE", 12, 1, 0, 11, 0, 0)
    assert await copied.rows(refusals) == []


async def test_what_an_event_tells_of_is_read_again_and_done_here_as_well(copied: Copied) -> None:
    await copied.sync(Feed.ORDERS)
    copied.there.later(minutes=5)
    first = copied.first
    number = first["id"].rpartition("/")[2]
    copied.there.shop.cancel(first["id"])
    for name in ("w1", "w2"):
        body = {"topic": "orders/updated", "shop": "acme", "payload": {"id": int(number)}}
        delivery = Delivery(name, copied.there.clock.now(), body, f"order {number}")
        assert await webhook_receive("shopify", delivery, copied.work.writers)
    await webhook_process({"source": "shopify", "subject": f"order {number}"}, copied.work)
    orders = {row[0]: row[2] for row in await copied.rows(ORDERS)}
    assert orders.pop(first["id"]) == "CANCELED"
    assert set(orders.values()) == {"CONFIRMED"}
    canceled = "SELECT count(*) FROM events WHERE type = 'order.canceled'"
    assert await copied.rows(canceled) == [(1,)]
    assert await copied.rows("SELECT count(*) FROM webhook_deliveries WHERE processed_at IS NULL") == [(0,)]
    assert (await copied.sync(Feed.ORDERS))[3:5] == (0, 0)
    assert await copied.rows(canceled) == [(1,)]
