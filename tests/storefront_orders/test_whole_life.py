"""An order of a Shopify shop that is driven here, over real HTTP: from its checkout to the refund of what came back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.connectors.ports.feeds import Feed
from app.domain.order import OrderManagement
from app.sandbox.app import close_sandbox, create_sandbox
from app.sandbox.data import SandboxData, ShopifyShop, StripeAccount
from app.sandbox.server import serve_sandbox
from app.sandbox.shopify.checkout import Bought, Checkout, Shipping
from app.settings import Settings
from app.wiring import running_application
from app.workflows.source_sync import source_sync
from tests.connectors.vendor_rows import LOCATIONS, make_config, make_variant
from tests.fixtures_shop import SHOP, Shop
from tests.payments.till import Till
from tests.returns.customers import brought_back, deliver

ADDRESS = {
    "name": "Zoe Quist",
    "address1": "350 Fifth Ave",
    "city": "New York",
    "provinceCode": "NY",
    "zip": "10118",
    "countryCodeV2": "US",
}
SEEN = """SELECT status, payment_status, total_minor, paid_minor, refunded_minor, credited_minor
            FROM orders ORDER BY orders.id"""
SYNC = {"source": "shopify", "feed": "orders", "full": False}


@dataclass
class Life:
    shop: Shop
    checkout: Any
    """The shop at Shopify."""
    till: Till

    async def copy(self) -> dict[str, int]:
        """What the run that copies orders has counted."""
        await source_sync(SYNC, self.till.work)
        (row,) = await self.shop.rows("SELECT * FROM sync_runs ORDER BY started_at DESC LIMIT 1")
        return {name: row[name] for name in ("created", "changed", "unchanged", "refused")}

    async def seen(self) -> tuple[Any, ...]:
        (row,) = await self.shop.rows(SEEN)
        return tuple(row.values())

    def there(self, order: Any) -> list[tuple[str, str]]:
        """What was done with its money at Shopify."""
        return [(each["kind"], each["amountSet"]["shopMoney"]["amount"]) for each in order["transactions"]]


@pytest.fixture
async def life(migrated_database: str) -> AsyncIterator[Life]:
    sold = ShopifyShop(variants=[make_variant("MUG"), make_variant("LAMP")], locations=LOCATIONS)
    vendors = create_sandbox(
        SandboxData(stripe={"stripe": StripeAccount()}, shopify={"shopify": sold}), control_token="control"
    )
    sandbox = await serve_sandbox(vendors)
    sources = [make_config(vendor, f"{sandbox.base_url}/{vendor}") for vendor in ("stripe", "shopify")]
    sources[1] = replace(sources[1], orders=OrderManagement.MANAGED, sync=frozenset({Feed.ORDERS}))
    async with running_application(Settings(), migrated_database, sources, migrates=False) as application:
        async with application.engine.begin() as connection:
            for statement in SHOP.split(";"):
                await connection.exec_driver_sql(statement)
        known = vendors.state.sources
        shop = Shop(application, known["stripe"])
        yield Life(shop, known["shopify"].app.shop, Till(shop))
        await shop.require_sound()
    await close_sandbox(vendors)
    await sandbox.close()


@pytest.mark.parametrize(("taxes_included", "euros"), [(False, None), (True, None), (False, "0.43")])
async def test_from_checkout_to_refund(life: Life, taxes_included: bool, euros: str | None) -> None:
    shop, till = life.shop, life.till
    bought = life.checkout.place(
        Checkout(
            lines=(
                Bought(sku="MUG", quantity=3, unit_price="12.50", discounts=("1.01",), taxes=("3.07",)),
                Bought(sku="LAMP", unit_price="40.00"),
            ),
            email="zoe@example.com",
            shipping_address=ADDRESS,
            shipping=(Shipping("Standard", "6.95"),),
            taxes_included=taxes_included,
            presentment_currency="EUR" if euros else None,
            presentment_rate=euros or "1",
        )
    )
    total = bought["totalPriceSet"]["shopMoney"]["amount"]
    total_minor = 8_344 if taxes_included else 8_651
    assert int(total.replace(".", "")) == total_minor

    assert (await life.copy())["created"] == 1
    assert await life.seen() == ("CONFIRMED", "AUTHORIZED", total_minor, 0, 0, 0)
    (placed,) = await shop.rows("SELECT id FROM orders")
    order_id = f"Order:{placed['id']}"

    selected = "order { fulfillmentOrders { id } lines { id } }"
    routed = (await shop.do("orderRoute", selected, orderId=order_id))["order"]
    for asked in routed["fulfillmentOrders"]:
        await deliver(shop, asked["id"])
    assert await till.run_jobs() == []
    assert await life.seen() == ("COMPLETED", "PAID", total_minor, total_minor, 0, 0)
    assert life.there(bought) == [("AUTHORIZATION", total), ("CAPTURE", total)]
    assert await shop.rows("SELECT FROM order_exceptions") == []

    # What we did there comes back as a version that says nothing new.
    assert (await life.copy())["changed"] == 0
    await brought_back(shop, {"id": order_id, "lines": routed["lines"]}, 1)
    assert await till.run_jobs() == []
    (credited,) = await shop.rows("SELECT credited_minor FROM orders")
    worth_minor = credited["credited_minor"]
    assert worth_minor == (1_216 if taxes_included else 1_318)
    assert await life.seen() == (
        "COMPLETED", "PARTIALLY_REFUNDED", total_minor, total_minor, worth_minor, worth_minor,
    )  # fmt: skip
    # In the buyer's 5.67 euros it comes back as one cent more, which is not another refund.
    assert life.there(bought)[2:] == [("REFUND", "13.19" if euros else f"{worth_minor / 100:.2f}")]
    assert (await life.copy())["changed"] == 0
    assert await shop.rows("SELECT FROM order_exceptions") == []
    (transactions,) = await shop.rows("SELECT count(*) FROM payment_transactions")
    assert transactions["count"] == 3


async def test_canceled_at_the_storefront_it_is_canceled_here(life: Life) -> None:
    bought = life.checkout.place(Checkout(lines=(Bought(sku="MUG", unit_price="12.50"),), shipping_address=ADDRESS))
    await life.copy()
    assert (await life.seen())[0] == "CONFIRMED"
    life.checkout.cancel(bought["id"])
    assert (await life.copy())["changed"] == 1
    assert await life.till.run_jobs() == []
    assert await life.seen() == ("CANCELED", "VOIDED", 0, 0, 0, 0)
    assert [kind for kind, _ in life.there(bought)] == ["AUTHORIZATION", "VOID"]
    assert await life.shop.rows("SELECT FROM order_exceptions") == []
