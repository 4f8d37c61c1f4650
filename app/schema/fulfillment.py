"""Fulfillment orders, shipments and their tracking, and the routing decisions behind them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import models
from app.access.scopes import Scope
from app.execution.declare import attribute, column, computed, many, one, remote, stored, value
from app.execution.filters import condition, equals, is_one_of, refers_to
from app.resolvers import actions, tracking
from app.resolvers import fulfillment as resolve
from app.schema.catalog import Location
from app.schema.enums import FulfillmentOrderStatus, ShipmentStatus
from app.schema.live import MAX_AGE
from app.schema.node import Node
from app.schema.scalars import CountryCode
from app.schema.source import Source, SourceStatus
from app.schema.user_error import AvailableAction
from app.schema.value import PART_OF_VALUE, Money, money

if TYPE_CHECKING:
    from app.schema.order import Hold, Order, OrderLine

OrderLineLater = Annotated["OrderLine", strawberry.lazy("app.schema.order")]
OrderLater = Annotated["Order", strawberry.lazy("app.schema.order")]


@stored(models.TrackingEvent)
class TrackingEvent:
    """What a carrier reported about a parcel."""

    at: datetime = column(models.TrackingEvent.at, "When it happened, by the carrier's clock.", read=Scope.FULFILLMENT)
    status: ShipmentStatus = column(
        models.TrackingEvent.status, "What it says about the parcel.", read=Scope.FULFILLMENT
    )
    description: str = column(models.TrackingEvent.description, "In the carrier's words.", read=Scope.FULFILLMENT)
    city: str | None = column(
        models.TrackingEvent.city, "City in which it happened, where the carrier says.", read=Scope.FULFILLMENT
    )
    country: CountryCode | None = column(
        models.TrackingEvent.country, "Country in which it happened, where the carrier says.", read=Scope.FULFILLMENT
    )
    source: Source = one(models.TrackingEvent.source_key, "Who reported it.", read=Scope.FULFILLMENT)


@value
class LiveTracking:
    """A parcel's way, as its carrier tells it now. What was recorded of it stands in the shipment's own fields."""

    status: ShipmentStatus = attribute(
        "Where the parcel is: by the carrier's times and the rank of its events.", read=PART_OF_VALUE
    )
    events: list[TrackingEvent] = attribute(
        "All that the carrier tells, oldest first by its clock.", read=PART_OF_VALUE
    )
    estimated_delivery_at: datetime | None = attribute("When the carrier means to deliver it.", read=PART_OF_VALUE)
    sources: list[SourceStatus] = attribute("The carrier that was asked, and how it fared.", read=PART_OF_VALUE)


@stored(models.ShipmentLine)
class ShipmentLine:
    """Units of an order line in a parcel."""

    order_line: OrderLineLater = one(models.ShipmentLine.order_line_id, "The line of the order.", read=Scope.ORDER)
    quantity: int = column(models.ShipmentLine.quantity, "Units of it in the parcel.", read=Scope.FULFILLMENT)


@stored(models.Shipment)
class Shipment(Node):
    """A parcel and its way."""

    number: str = column(models.Shipment.number, "Unique, for people.", read=Scope.FULFILLMENT)
    status: ShipmentStatus = column(
        models.Shipment.status,
        "Where it is: by the carrier's times and the rank of its events, not by when we heard of them.",
        read=Scope.FULFILLMENT,
    )
    carrier: Source | None = one(models.Shipment.carrier_key, "Who moves it.", read=Scope.FULFILLMENT)
    service: str | None = column(models.Shipment.service, "The carrier's name for how fast.", read=Scope.FULFILLMENT)
    tracking_number: str | None = column(
        models.Shipment.tracking_number, "The carrier's number.", read=Scope.FULFILLMENT
    )
    tracking_url: str | None = column(
        models.Shipment.tracking_url, "Where a person can follow it.", read=Scope.FULFILLMENT
    )
    order: OrderLater = one(models.Shipment.order_id, "The order whose goods are inside.", read=Scope.ORDER)
    location: Location | None = one(models.Shipment.location_id, "Where it left from.", read=Scope.FULFILLMENT)
    lines: list[ShipmentLine] = many(
        models.ShipmentLine.shipment_id, "What is inside.", by=models.ShipmentLine.id, read=Scope.FULFILLMENT
    )
    events: list[TrackingEvent] = many(
        models.TrackingEvent.shipment_id,
        "All that the carrier reported, oldest first by its clock.",
        by=models.TrackingEvent.at,
        read=Scope.FULFILLMENT,
    )
    label_url: str | None = column(
        models.Shipment.label_url, "The label to print; a path is one of this server.", read=Scope.FULFILLMENT
    )
    cost: Money | None = money(
        models.Shipment.cost_minor, models.Shipment.currency, "What the carrier charges us.", read=Scope.FULFILLMENT
    )
    shipped_at: datetime | None = column(
        models.Shipment.shipped_at,
        "When it had its label: since then its units count as shipped.",
        read=Scope.FULFILLMENT,
    )
    delivered_at: datetime | None = column(
        models.Shipment.delivered_at, "When it was handed over.", read=Scope.FULFILLMENT
    )
    estimated_delivery_at: datetime | None = column(
        models.Shipment.estimated_delivery_at, "When it should arrive.", read=Scope.FULFILLMENT
    )
    tracking: LiveTracking | None = remote(
        tracking.of_shipments,
        "Live from the carrier; null without a tracking number, or when the carrier does not know it.",
        key=tracking.PARCEL,
        arguments={"max_age": MAX_AGE},
        read=Scope.FULFILLMENT,
    )


@stored(models.FulfillmentOrderLine)
class FulfillmentOrderLine:
    """Units of an order line that a location was asked for, and how far they are."""

    order_line: OrderLineLater = one(
        models.FulfillmentOrderLine.order_line_id, "The line of the order.", read=Scope.ORDER
    )
    quantity: int = column(models.FulfillmentOrderLine.quantity, "Units asked for.", read=Scope.FULFILLMENT)
    picked: int = column(models.FulfillmentOrderLine.picked, "Of these, taken from the shelf.", read=Scope.FULFILLMENT)
    packed: int = column(models.FulfillmentOrderLine.packed, "Of these, in a parcel.", read=Scope.FULFILLMENT)
    shipped: int = column(models.FulfillmentOrderLine.shipped, "Of these, gone.", read=Scope.FULFILLMENT)


@stored(models.FulfillmentOrder)
class FulfillmentOrder(Node):
    """A request to one location for some units of an order."""

    version: int = column(
        models.FulfillmentOrder.version, "Counts its changes; give it as `expectedVersion`.", read=Scope.FULFILLMENT
    )
    number: str = column(models.FulfillmentOrder.number, "Unique, for people.", read=Scope.FULFILLMENT)
    status: FulfillmentOrderStatus = column(models.FulfillmentOrder.status, "Where it stands.", read=Scope.FULFILLMENT)
    order: OrderLater = one(models.FulfillmentOrder.order_id, "The order whose units it asks for.", read=Scope.ORDER)
    location: Location = one(
        models.FulfillmentOrder.location_id, "The location that was asked.", read=Scope.FULFILLMENT
    )
    lines: list[FulfillmentOrderLine] = many(
        models.FulfillmentOrderLine.fulfillment_order_id,
        "What was asked for.",
        by=models.FulfillmentOrderLine.id,
        read=Scope.FULFILLMENT,
    )
    holds: list[Annotated["Hold", strawberry.lazy("app.schema.order")]] = many(
        models.Hold.fulfillment_order_id,
        "What blocks it, oldest first.",
        by=models.Hold.placed_at,
        read=Scope.FULFILLMENT,
    )
    shipments: list[Shipment] = many(
        models.Shipment.fulfillment_order_id,
        "Its parcels, oldest first.",
        by=models.Shipment.created_at,
        read=Scope.FULFILLMENT,
    )
    fulfill_by: datetime | None = column(
        models.FulfillmentOrder.fulfill_by, "When everything must have left.", read=Scope.FULFILLMENT
    )
    actions: list[AvailableAction] = computed(
        actions.fulfillment_order_actions,
        "What may be asked of it as it now is, and what speaks against the rest.",
        needs=actions.FULFILLMENT_ORDER_FACTS,
        read=Scope.FULFILLMENT,
    )


@stored(models.RoutingAssignment)
class RoutingAssignment:
    """Units of an order line that a location was given."""

    location: Location = one(models.RoutingAssignment.location_id, "Where they ship from.", read=Scope.FULFILLMENT)
    order_line: OrderLineLater = one(models.RoutingAssignment.order_line_id, "The line of the order.", read=Scope.ORDER)
    quantity: int = column(models.RoutingAssignment.quantity, "Units that it was given.", read=Scope.FULFILLMENT)


@stored(models.RoutingCandidate)
class RoutingCandidate:
    """A location that was considered."""

    location: Location = one(models.RoutingCandidate.location_id, "The location.", read=Scope.FULFILLMENT)
    eligible: bool = column(
        models.RoutingCandidate.eligible, "Whether nothing spoke against it.", read=Scope.FULFILLMENT
    )
    rejections: list[str] = column(
        models.RoutingCandidate.rejections,
        "What spoke against it, for instance `NO_STOCK` or `DOES_NOT_SHIP_TO_CUSTOMERS`.",
        read=Scope.FULFILLMENT,
    )
    distance_km: float | None = column(
        models.RoutingCandidate.distance_km, "Great circle to the recipient, in kilometers.", read=Scope.FULFILLMENT
    )
    cost: Money | None = money(
        models.RoutingCandidate.cost_minor,
        models.RoutingCandidate.currency,
        "What shipping from there would cost, as estimated.",
        read=Scope.FULFILLMENT,
    )
    score: float | None = column(
        models.RoutingCandidate.score, "By the policy's weights; the higher, the better.", read=Scope.FULFILLMENT
    )


@stored(models.RoutingDecision)
class RoutingDecision(Node):
    """Why these locations: stored with the order, and replayable."""

    at: datetime = column(models.RoutingDecision.at, "When it was taken.", read=Scope.FULFILLMENT)
    policy: str = column(models.RoutingDecision.policy, "Name of the policy that took it.", read=Scope.FULFILLMENT)
    chosen: list[RoutingAssignment] = many(
        models.RoutingAssignment.decision_id, "Who ships what.", by=models.RoutingAssignment.id, read=Scope.FULFILLMENT
    )
    candidates: list[RoutingCandidate] = many(
        models.RoutingCandidate.decision_id,
        "Every location considered.",
        by=models.RoutingCandidate.id,
        read=Scope.FULFILLMENT,
    )
    cost: Money | None = money(
        models.RoutingDecision.cost_minor,
        models.RoutingDecision.currency,
        "What shipping will cost, as estimated then.",
        read=Scope.FULFILLMENT,
    )
    split_count: int = column(
        models.RoutingDecision.split_count, "Locations chosen beyond the first.", read=Scope.FULFILLMENT
    )


@strawberry.input(description="Which fulfillment orders. What is left out does not matter.")
class FulfillmentOrderWhere:
    status: list[FulfillmentOrderStatus] | None = is_one_of(models.FulfillmentOrder.status, "In one of these states.")
    location_key: str | None = condition(resolve.at_location, "Asked of this location.")


@strawberry.input(one_of=True, description="Exactly one way to name a shipment.")
class ShipmentLookup:
    id: strawberry.ID | None = refers_to("Shipment", models.Shipment.id, "Its global id.")
    number: str | None = equals(models.Shipment.number, "Its number.")
    tracking_number: str | None = equals(models.Shipment.tracking_number, "The carrier's number.")
