"""Routes the units of an order that no location has been asked for: decides, allocates, and asks the locations."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain.fulfillment import FulfillmentOrderStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.domain.ids import new_id
from app.domain.order_lifecycle import OrderTrigger
from app.domain.order_summary import Fulfillment, FulfillmentLine, OrderSummary
from app.domain.routing.decision import Decision, Outcome, decide, is_short_of_capacity
from app.domain.routing.policy import Policy
from app.domain.routing.request import Demand, RoutingRequest, Site
from app.stores.exceptions import raise_exception, resolve_exception
from app.stores.jobs import enqueue
from app.stores.orders import release_hold
from app.stores.reservations import reserved_of
from app.stores.routing import add_decision, day_of, load_sites, load_wishes
from app.stores.stock import lock_positions
from app.stores.transaction import Transaction
from app.workflows.order_progress import ROUTE, job_to_route
from app.workflows.order_units import NOT_BEGUN
from app.workflows.routing.allocation import Allocation
from app.workflows.routing.configuration import Routing


@dataclass(frozen=True, slots=True)
class Routed:
    decision: Decision
    decision_id: UUID
    requested: list[Fulfillment]
    canceled: list[Fulfillment]

    @property
    def facts(self) -> dict[str, Any]:
        """For the event of the command that routed."""
        decision = self.decision
        return {
            "policy": decision.policy,
            "outcome": decision.outcome,
            "search": decision.search,
            "score": decision.score,
            "locatedBy": decision.located_by,
            "locations": sorted({each.location_key for each in decision.assignments}),
            "fulfillmentOrders": [each.number for each in self.requested],
            "canceled": [each.number for each in self.canceled],
            "unplacedUnits": sum(units for _, units in decision.unplaced),
        }


async def route_units(
    tx: Transaction,
    order: OrderSummary,
    routing: Routing,
    *,
    policy: str | None = None,
    exclude: Collection[str] = (),
    only: Collection[str] = (),
    takes_back: bool = False,
) -> Routed:
    """Of an order that is CONFIRMED or PROCESSING. The caller saves it, and its event tells of it all. Raises Refused.

    Routed are units that are reserved, and units promised nowhere: so what was allocated to a location that will not
    ship it is to be released beforehand, and the counter of its line lowered. `exclude` and `only` are keys of
    locations; one that has declined the order before is asked again only by `only`. `takes_back`: fulfillment orders
    that nobody has begun are canceled, and their units routed anew.

    Units that find no location stay reserved, and those promised nowhere become backordered. An exception tells of
    either; an order that may not be split and waits for supply is left alone.
    """
    by = routing.policy(policy)
    skus = {line.id: line.sku for line in order.lines}
    positions = await lock_positions(tx, list(skus.values()))
    allocation = Allocation(order, positions, await reserved_of(tx, order.id))
    canceled = [each for each in order.fulfillments if takes_back and each.status in NOT_BEGUN]
    for each in canceled:
        await _cancel(tx, order, each)
        allocation.take_back(each)
    sites = await load_sites(tx, positions, allocation.held, skus, [each.id for each in canceled])
    request = await _request(tx, order, routing, sites, exclude, only)
    decision = decide(request, by)
    allocation.allocate(decision.assignments)
    allocation.await_supply()
    await allocation.write(tx)
    requested = _requested(tx, order, decision, by)
    if requested:
        order.become(OrderTrigger.ROUTE, tx.at)
    await _tell_unplaced(tx, order, decision)
    if is_short_of_capacity(decision, request):
        await enqueue(tx, replace(job_to_route(order), delay_s=_until_tomorrow_s(tx.at)))
    return Routed(decision, add_decision(tx, order, request, decision), requested, canceled)


async def _request(
    tx: Transaction,
    order: OrderSummary,
    routing: Routing,
    sites: tuple[Site, ...],
    exclude: Collection[str],
    only: Collection[str],
) -> RoutingRequest:
    """Backordered units wait their turn: what is there is for those that ordered before."""
    wishes = await load_wishes(tx, order)
    wanted = [(line, line.reserved + line.unpromised_units) for line in order.lines]
    declined = {each.location_id for each in order.fulfillments if each.status is FulfillmentOrderStatus.REJECTED}
    return RoutingRequest(
        demands=tuple(
            Demand(line_id=line.id, sku=line.sku, units=units, unit_weight_g=wishes.unit_weight_g.get(line.sku))
            for line, units in wanted
            if units
        ),
        sites=sites,
        destination=routing.locate(order.shipping_address),
        channel=order.channel,
        method=order.shipping_method,
        customer_tags=wishes.customer_tags,
        allows_split=wishes.allows_split,
        backordered_units=order.units("backordered"),
        excluded=frozenset({*exclude, *(each.key for each in sites if each.id in declined)} - set(only)),
        only=frozenset(only),
    )


async def _cancel(tx: Transaction, order: OrderSummary, fulfillment: Fulfillment) -> None:
    fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, FulfillmentTrigger.MOVE)
    for hold in [each for each in order.holds if each.fulfillment_order_id == fulfillment.id]:
        await release_hold(tx, order, hold)


def _requested(tx: Transaction, order: OrderSummary, decision: Decision, policy: Policy) -> list[Fulfillment]:
    """A fulfillment order at each location chosen."""
    fulfill_by = tx.at + timedelta(hours=policy.method(order.shipping_method).fulfill_within_h)
    requested = []
    for key in sorted({each.location_key for each in decision.assignments}):
        parts = [each for each in decision.assignments if each.location_key == key]
        ids = sorted(new_id() for _ in parts)
        fulfillment = Fulfillment(
            id=new_id(),
            version=1,
            number=f"{order.number}-F{len(order.fulfillments) + 1}",
            status=FULFILLMENT_LIFECYCLE.move(None, FulfillmentTrigger.REQUEST),
            location_id=parts[0].location_id,
            fulfill_by=fulfill_by,
            lines=[
                FulfillmentLine(id=id_, order_line_id=part.line_id, quantity=part.units)
                for id_, part in zip(ids, parts, strict=True)
            ],
        )
        order.fulfillments.append(fulfillment)
        requested.append(fulfillment)
    return requested


async def _tell_unplaced(tx: Transaction, order: OrderSummary, decision: Decision) -> None:
    """An exception while units find no location, resolved once they do."""
    if decision.outcome is Outcome.ROUTED:
        await resolve_exception(tx, order.id, category=ROUTE)
    elif decision.outcome in (Outcome.PARTLY_ROUTED, Outcome.NO_LOCATION):
        skus = {line.id: line.sku for line in order.lines}
        missing = ", ".join(f"{units} × {skus[line_id]}" for line_id, units in decision.unplaced)
        reasons = ", ".join(sorted({reason for each in decision.candidates for reason in each.rejections}))
        why = f" ({reasons})" if reasons else ""
        message = f"no location ships {missing}{why}; bring in stock, or route the order to other locations"
        await raise_exception(tx, order.id, category=ROUTE, message=message, suggested_action="orderRoute", attempts=1)


def _until_tomorrow_s(at: datetime) -> float:
    """Days of locations are counted in UTC."""
    return (day_of(at) + timedelta(days=1) - at).total_seconds()
