"""A sandboxed shop with a connector to it, on a clock of the test's."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2

from app.connectors.registry import Registry
from app.connectors.shopify.client import ShopifyConnector
from app.sandbox.data import ShopifyShop
from app.sandbox.shopify.checkout import Bought, Checkout
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.orders import Shop
from app.sandbox.shopify.wire import ShopifyApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import LOCATIONS, make_config, make_variant

ADDRESS = {
    "name": "Ada Lovelace",
    "company": "",
    "address1": "12 St James's Square",
    "city": "London",
    "zip": "SW1Y 4JH",
    "countryCodeV2": "GB",
    "phone": "+442079460018",
}


@dataclass
class Storefront:
    connector: ShopifyConnector
    app: ShopifyApp
    clock: FakeClock

    @property
    def shop(self) -> Shop:
        return self.app.shop

    @property
    def deadline(self) -> float:
        return self.clock.monotonic() + 60

    def place(self, *lines: Bought, **checkout: Any) -> Object:
        return self.shop.place(Checkout(lines=lines or (Bought(sku="MUG"),), **checkout))

    def later(self, **time: float) -> None:
        self.clock.now_s += timedelta(**time).total_seconds()


def open_shop(*, variants: Any = None, **data: Any) -> Storefront:
    clock = FakeClock()
    known = ShopifyShop(variants=[make_variant("MUG")] if variants is None else variants, locations=LOCATIONS, **data)
    app = ShopifyApp(known, monotonic=clock.monotonic, now=lambda: clock.now().timestamp())
    registry = Registry(
        [make_config("shopify", "http://shopify.test")], http=httpx2.ASGITransport(app.asgi), clock=clock.as_clock()
    )
    connector = registry["shopify"]
    assert isinstance(connector, ShopifyConnector)
    return Storefront(connector, app, clock)
