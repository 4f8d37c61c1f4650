"""`orderRoute`, and the job that routes an order once it is confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.actor import SYSTEM
from app.domain.commanded import OrderId
from app.domain.order import OrderStatus
from app.domain.order_lifecycle import ORDER_ACTIONS
from app.domain.order_summary import OrderSummary
from app.domain.refusals import InsufficientStock, Refusal, RefusalCode, Refused
from app.domain.routing.decision import Outcome as Came
from app.stores.orders import load_order, save_order
from app.stores.routing import unknown_locations
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.routing.route_units import Routed, route_units
from app.workflows.work import JobData, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRoute:
    order_id: OrderId
    expected_version: int | None = None
    exclude_location_keys: Sequence[str] = ()
    only_location_keys: Sequence[str] = ()
    policy: str | None = None


async def order_route(tx: Transaction, command: OrderRoute, work: Work) -> Outcome:
    """Routes anew everything that no location has begun with. Raises Refused."""
    order = await load_order(tx, command.order_id, command.expected_version)
    require(ORDER_ACTIONS, "orderRoute", order.facts)
    await _require_locations(tx, command)
    routed = await route_units(
        tx, order, work.routing, policy=command.policy, exclude=command.exclude_location_keys,
        only=command.only_location_keys, takes_back=True,
    )  # fmt: skip
    if routed.decision.outcome in (Came.NOTHING_TO_ROUTE, Came.WAITS_FOR_SUPPLY):
        raise Refused(*_waiting(order))
    await _save(tx, order, routed)
    return Outcome({"order": order.id, "decision": routed.decision_id})


async def route_confirmed(data: JobData, work: Work) -> None:
    """The job `order.route`. Leaves an order alone that is held, ended, or has nothing left to route."""
    async with work.writers.transaction(SYSTEM) as tx:
        order = await load_order(tx, UUID(data["order_id"]))
        if order.status not in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING):
            return
        if not any(line.reserved or line.unpromised_units for line in order.lines):
            return
        routed = await route_units(tx, order, work.routing)
        if routed.decision.outcome is not Came.WAITS_FOR_SUPPLY:
            await _save(tx, order, routed)


async def _save(tx: Transaction, order: OrderSummary, routed: Routed) -> None:
    await save_order(tx, order, "order.routed", routed.facts)


async def _require_locations(tx: Transaction, command: OrderRoute) -> None:
    """A key misspelled would exclude nothing, in silence."""
    unknown = await unknown_locations(tx, {*command.exclude_location_keys, *command.only_location_keys})
    refusals = [
        Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no location {key}", field=(name, str(place)))
        for name in ("exclude_location_keys", "only_location_keys")
        for place, key in enumerate(getattr(command, name))
        if key in unknown
    ]
    if refusals:
        raise Refused(*refusals)


def _waiting(order: OrderSummary) -> list[InsufficientStock]:
    return [
        InsufficientStock(
            message=f"order {order.number} waits for {line.backordered} × {line.sku}; nothing can be routed before",
            field=("order_id",),
            sku=line.sku,
            requested=line.open_units,
            available=line.open_units - line.backordered,
        )
        for line in order.lines
        if line.backordered
    ]
