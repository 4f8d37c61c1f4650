"""A shop that takes orders from a storefront of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.connectors.ports.storefront import StorefrontOrder
from app.connectors.source_config import SourceConfig
from app.domain.actor import Actor, ActorKind
from app.domain.order import OrderManagement
from app.workflows.order_capture import Captured, capture_order
from app.workflows.work import Work
from tests.fixtures_shop import Shop
from tests.outside import Replaced
from tests.storefront_orders.samples import SHOP

SOURCE = "INSERT INTO sources (key, name, kind) VALUES ('webshop', 'Web shop', 'STOREFRONT')"


@dataclass
class Storefront:
    shop: Shop
    work: Work

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
    work = shop.application.work
    return Storefront(shop, replace(work, outside=Replaced(work.outside, {}, {SHOP: config})))


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
