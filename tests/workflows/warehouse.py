"""An order's way through the warehouse, one command at a time, by the names that people use."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.domain.actor import Actor, ActorKind
from app.domain.commanded import LineQuantity
from app.domain.order import HoldReason
from app.workflows.command import Outcome
from app.workflows.fulfillment_order_accept import FulfillmentOrderAccept, fulfillment_order_accept
from app.workflows.fulfillment_order_move import FulfillmentOrderMove, fulfillment_order_move
from app.workflows.fulfillment_order_pack import FulfillmentOrderPack, fulfillment_order_pack
from app.workflows.fulfillment_order_pick import FulfillmentOrderPick, fulfillment_order_pick
from app.workflows.fulfillment_order_reject import FulfillmentOrderReject, fulfillment_order_reject
from app.workflows.fulfillment_order_ship import FulfillmentOrderShip, fulfillment_order_ship
from app.workflows.jobs import JOBS
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.order_hold import OrderHold, order_hold
from app.workflows.order_release_hold import OrderReleaseHold, order_release_hold
from app.workflows.order_route import route_confirmed
from app.workflows.work import Work
from tests.workflows.shop import Shop

AGENT = Actor(ActorKind.AGENT, "a1", "Ada")
LINES = """
SELECT sku, reserved, allocated, in_fulfillment, shipped, delivered, backordered FROM order_lines
 ORDER BY order_id, position
"""
COMMANDS: Mapping[str, tuple[Any, Any]] = {
    "accept": (FulfillmentOrderAccept, fulfillment_order_accept),
    "reject": (FulfillmentOrderReject, fulfillment_order_reject),
    "pick": (FulfillmentOrderPick, fulfillment_order_pick),
    "pack": (FulfillmentOrderPack, fulfillment_order_pack),
    "ship": (FulfillmentOrderShip, fulfillment_order_ship),
    "move": (FulfillmentOrderMove, fulfillment_order_move),
}


class Warehouse:
    def __init__(self, shop: Shop, work: Work, order_id: UUID) -> None:
        self._shop = shop
        self.work = work
        self.order_id = order_id

    async def do(self, verb: str, number: str, units: Mapping[str, int] | None = None, **more: Any) -> Outcome:
        """A command about a fulfillment order. Units are by SKU. Raises Refused."""
        kind, do = COMMANDS[verb]
        if units is not None:
            more["lines"] = [
                LineQuantity(order_line_id=await self.line(sku), quantity=count) for sku, count in units.items()
            ]
        command = kind(fulfillment_order_id=await self.id_of(number), **more)
        return await self.commit(do, command)

    async def commit(self, do: Any, command: Any) -> Outcome:
        async with self.work.writers.transaction(AGENT) as tx:
            outcome: Outcome = await do(tx, command, self.work)
        return outcome

    async def begin(self, number: str) -> None:
        """Accepts and picks all of it."""
        await self.do("accept", number)
        await self.do("pick", number)

    async def ship(self, number: str, units: Mapping[str, int] | None = None) -> Outcome:
        """With a label from elsewhere."""
        return await self.do("ship", number, units, tracking_number="T1")

    async def route(self) -> None:
        await route_confirmed({"order_id": str(self.order_id)}, self.work)

    async def hold(self) -> None:
        await self.commit(order_hold, OrderHold(order_id=self.order_id, reason=HoldReason.OTHER))

    async def release(self) -> None:
        sql = "SELECT id FROM holds WHERE released_at IS NULL AND order_id = $1"
        hold_id = await self._shop.value(sql, self.order_id)
        await self.commit(order_release_hold, OrderReleaseHold(order_id=self.order_id, hold_id=hold_id))

    async def cancel(self, units: Mapping[str, int]) -> None:
        lines = [LineQuantity(order_line_id=await self.line(sku), quantity=count) for sku, count in units.items()]
        await self.commit(order_cancel, OrderCancel(order_id=self.order_id, reason="changed my mind", lines=lines))

    async def job(self, name: str, **data: Any) -> None:
        await JOBS[name].run(data, self.work)

    async def jobs(self, name: str) -> int:
        """How many wait."""
        count: int = await self._shop.value("SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = $1", name)
        return count

    async def id_of(self, number: str) -> UUID:
        found: UUID = await self._shop.value("SELECT id FROM fulfillment_orders WHERE number = $1", number)
        return found

    async def line(self, sku: str) -> UUID:
        sql = "SELECT id FROM order_lines WHERE order_id = $1 AND sku = $2"
        found: UUID = await self._shop.value(sql, self.order_id, sku)
        return found

    async def location_of(self, number: str) -> str:
        found: str = await self._shop.value(
            "SELECT location.key FROM fulfillment_orders JOIN locations location ON location.id = location_id"
            " WHERE number = $1",
            number,
        )
        return found

    async def snapshot(self) -> list[Any]:
        """Everything that a refusal must leave as it was."""
        tables = (
            "orders", "order_lines", "fulfillment_orders", "fulfillment_order_lines", "shipments", "events",
            "inventory_positions", "inventory_movements", "payment_transactions", "jobs.pgqueuer",
        )  # fmt: skip
        return [await self._shop.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]
