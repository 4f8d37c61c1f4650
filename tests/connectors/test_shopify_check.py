"""What `junction connectors check` finds out about a shop."""

import httpx2

from app.connectors.ports.checking import Finding
from app.connectors.ports.feeds import Feed
from app.connectors.registry import Registry
from app.connectors.shopify.client import ShopifyConnector
from app.connectors.source_config import SourceConfig
from app.domain.order import OrderManagement
from app.domain.outgoing import Push
from app.sandbox.data import CLIENT_ID, CLIENT_SECRET, ShopifyShop
from app.sandbox.shopify.wire import SCOPES, ShopifyApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import LOCATIONS

SHOP = ShopifyShop(locations=LOCATIONS[:1])


async def check(app: ShopifyApp, **config: object) -> list[Finding]:
    clock = FakeClock()
    settings = {"client_id": CLIENT_ID, "client_secret": str(config.pop("client_secret", CLIENT_SECRET))}
    source = SourceConfig("shopify", "shopify", "Shop", "http://shopify.test", settings, **config)  # type: ignore[arg-type]
    registry = Registry([source], http=httpx2.ASGITransport(app.asgi), clock=clock.as_clock())
    connector = registry["shopify"]
    assert isinstance(connector, ShopifyConnector)
    return list(await connector.check(deadline=clock.monotonic() + 60))


def missing(findings: list[Finding]) -> list[str]:
    return [each.what for each in findings if not each.is_ok]


async def test_a_shop_that_is_set_up() -> None:
    assert await check(ShopifyApp(SHOP), locations={"65740079290": "reno"}) == [
        Finding("credentials", True, "The shop Sandbox (sandbox.myshopify.com) answers."),
        Finding("version 2026-10", True, "Shopify supports it."),
        Finding("scope read_customers", True, "Granted, for storefront_profiles."),
        Finding("scope read_inventory", True, "Granted, for stock."),
        Finding("location 65740079290", True, "Reno is reno here."),
    ]


async def test_everything_that_is_used_needs_its_scope() -> None:
    app = ShopifyApp(SHOP, scopes=["read_orders"])
    used = {"sync": frozenset({Feed.ORDERS, Feed.PRODUCTS}), "push": frozenset({Push.SHIPMENTS, Push.STOCK})}
    findings = await check(app, orders=OrderManagement.MANAGED, **used)
    assert missing(findings) == [
        "scope read_customers",
        "scope read_inventory",
        "scope read_products",
        "scope read_returns",
        "scope write_inventory",
        "scope write_merchant_managed_fulfillment_orders",
        "scope write_orders",
    ]
    reason = "Missing, for stock_sink: add it to the app and reinstall it."
    assert Finding("scope write_inventory", False, reason) in findings
    assert missing(await check(ShopifyApp(SHOP, scopes=SCOPES), orders=OrderManagement.MANAGED, **used)) == []


async def test_a_place_that_the_shop_does_not_have_is_told() -> None:
    assert missing(await check(ShopifyApp(SHOP), locations={"65740079290": "reno", "7": "boston"})) == ["location 7"]


async def test_wrong_credentials_are_a_finding() -> None:
    [finding] = await check(ShopifyApp(SHOP), client_secret="wrong")
    detail = "shopify does not accept our credentials: look at client_id and client_secret."
    assert finding == Finding("credentials", False, detail)
