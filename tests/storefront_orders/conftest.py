"""A shop that takes orders from a storefront of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.connectors.ports.payment import GatewayAnswer
from app.connectors.ports.storefront import StorefrontOrder
from app.connectors.source_config import SourceConfig
from app.domain.actor import Actor, ActorKind
from app.domain.money import Money
from app.domain.order import OrderManagement
from app.domain.payment import TransactionStatus
from app.workflows.order_capture import Captured, capture_order
from app.workflows.work import Work
from tests.fixtures_shop import Shop
from tests.outside import Replaced
from tests.storefront_orders.samples import SHOP

SOURCE = "INSERT INTO sources (key, name, kind) VALUES ('webshop', 'Web shop', 'STOREFRONT')"


class Gateway:
    """The storefront as the gateway of what was paid there: it does whatever it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []

    async def authorize(self, key: str, *, amount: Money, **_: Any) -> GatewayAnswer:
        raise AssertionError("money is held in the storefront's checkout alone")

    async def capture(self, key: str, **asked: Any) -> GatewayAnswer:
        return self._done("capture", **asked)

    async def void(self, key: str, **asked: Any) -> GatewayAnswer:
        return self._done("void", **asked)

    async def refund(self, key: str, **asked: Any) -> GatewayAnswer:
        return self._done("refund", **asked)

    async def look_up(self, key: str, **_: Any) -> None:
        return None

    def reports(self, event: Any) -> tuple[()]:
        return ()

    def _done(self, what: str, *, authorization_reference: str, amount: Money, **_: Any) -> GatewayAnswer:
        self.asked.append((what, authorization_reference, amount.minor))
        return GatewayAnswer(TransactionStatus.SUCCESS, amount, f"{what}-{len(self.asked)}")


@dataclass
class Storefront:
    shop: Shop
    work: Work
    gateway: Gateway

    async def capture(self, order: StorefrontOrder) -> Captured:
        async with self.work.writers.transaction(Actor(ActorKind.CONNECTOR, SHOP)) as tx:
            return await capture_order(tx, SHOP, order, self.work)

    async def row(self, sql: str, *values: Any) -> tuple[Any, ...]:
        (row,) = await self.shop.rows(sql, *values)
        return tuple(row.values())

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in await self.shop.rows(sql, *values)]


def _storefront(shop: Shop, orders: OrderManagement) -> Storefront:
    config = SourceConfig(SHOP, "shopify", "Web shop", "http://localhost", orders=orders, channel="web")
    work, gateway = shop.application.work, Gateway()
    return Storefront(shop, replace(work, outside=Replaced(work.outside, {SHOP: gateway}, {SHOP: config})), gateway)


@pytest.fixture
async def known_shop(shop: Shop) -> AsyncIterator[Shop]:
    async with shop.application.engine.begin() as connection:
        await connection.exec_driver_sql(SOURCE)
    yield shop
    await shop.require_sound()


@pytest.fixture
def managed(known_shop: Shop) -> Storefront:
    return _storefront(known_shop, OrderManagement.MANAGED)


@pytest.fixture
def mirrored(known_shop: Shop) -> Storefront:
    return _storefront(known_shop, OrderManagement.UNMANAGED)
