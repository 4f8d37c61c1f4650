"""Fulfillment orders, shipments with their tracking events, and the routing decisions that chose the locations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.models.base import Base, Minor, belongs_to, empty_list, not_negative, now, primary_key, word, zero


class FulfillmentOrder(Base):
    """A request to one location for some units of an order."""

    __tablename__ = "fulfillment_orders"
    __table_args__ = (
        Index(None, "order_id", "created_at", "id"),
        Index(None, "location_id", "status", "created_at", "id"),
        Index(None, "status", "created_at", "id"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = primary_key()
    version: Mapped[int] = mapped_column(server_default=text("1"))
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[FulfillmentOrderStatus] = mapped_column(word(FulfillmentOrderStatus))
    order_id: Mapped[UUID] = belongs_to("orders.id")
    location_id: Mapped[UUID] = belongs_to("locations.id")
    fulfill_by: Mapped[datetime | None]
    opens_at: Mapped[datetime | None]
    """When a SCHEDULED one becomes OPEN."""
    created_at: Mapped[datetime] = now()
    updated_at: Mapped[datetime] = now()


class FulfillmentOrderLine(Base):
    """Units of an order's line. None are left when all of them were canceled before the location began."""

    __tablename__ = "fulfillment_order_lines"
    __table_args__ = (
        UniqueConstraint("fulfillment_order_id", "order_line_id"),
        Index(None, "order_line_id"),
        *not_negative("quantity"),
        CheckConstraint(
            "0 <= shipped AND shipped <= packed AND packed <= picked AND picked <= quantity", name="in_stages"
        ),
    )

    id: Mapped[UUID] = primary_key()
    fulfillment_order_id: Mapped[UUID] = belongs_to("fulfillment_orders.id")
    order_line_id: Mapped[UUID] = belongs_to("order_lines.id")
    quantity: Mapped[int]
    picked: Mapped[int] = zero()
    packed: Mapped[int] = zero()
    shipped: Mapped[int] = zero()


class Shipment(Base):
    """A parcel. Outgoing ones belong to a fulfillment order; a return's parcel comes the other way."""

    __tablename__ = "shipments"
    __table_args__ = (
        Index(None, "order_id", "created_at", "id"),
        Index(None, "customer_id", "created_at", "id"),
        Index(None, "fulfillment_order_id"),
        Index(None, "tracking_number"),
        Index(None, "status", "tracked_at"),
        *not_negative("cost_minor"),
        CheckConstraint("(cost_minor IS NULL) = (currency IS NULL)", name="cost_has_currency"),
    )

    id: Mapped[UUID] = primary_key()
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[ShipmentStatus] = mapped_column(word(ShipmentStatus))
    order_id: Mapped[UUID] = belongs_to("orders.id")
    customer_id: Mapped[UUID | None] = belongs_to("customers.id", nullable=True)
    """The order's, repeated here so that a customer's parcels are one index scan."""
    fulfillment_order_id: Mapped[UUID | None] = belongs_to("fulfillment_orders.id", nullable=True)
    location_id: Mapped[UUID | None] = belongs_to("locations.id", nullable=True)
    carrier_key: Mapped[str | None] = belongs_to("sources.key", nullable=True)
    service: Mapped[str | None]
    tracking_number: Mapped[str | None]
    tracking_url: Mapped[str | None]
    label_url: Mapped[str | None]
    cost_minor: Mapped[Minor | None]
    currency: Mapped[str | None]
    created_at: Mapped[datetime] = now()
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    estimated_delivery_at: Mapped[datetime | None]
    label_asked_at: Mapped[datetime | None]
    """When the carrier was last asked to sell the label: from then on there may be one."""
    cancel_asked_at: Mapped[datetime | None]
    refused_because: Mapped[str | None]
    """What the carrier said when it did not do what it was last asked for."""
    given_up_at: Mapped[datetime | None]
    """Lost, or sent back: since then its units are open on the order again."""
    tracked_at: Mapped[datetime | None]
    """When the carrier was last asked where it is."""
    alerted_until: Mapped[datetime | None]
    """Until then its carrier tells of it by itself."""


class ShipmentLine(Base):
    __tablename__ = "shipment_lines"
    __table_args__ = (
        UniqueConstraint("shipment_id", "order_line_id"),
        Index(None, "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[UUID] = primary_key()
    shipment_id: Mapped[UUID] = belongs_to("shipments.id")
    order_line_id: Mapped[UUID] = belongs_to("order_lines.id")
    quantity: Mapped[int]


class ShipmentLabel(Base):
    """A label to print, as the carrier drew it."""

    __tablename__ = "shipment_labels"

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(unique=True)
    """Its address: whoever knows it may print the label, and nobody guesses it."""
    carrier_reference: Mapped[str]
    """What the carrier voids it by."""
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = now()


class TrackingEvent(Base):
    """What a carrier reported, kept whatever order it arrives in; `at` is the carrier's time."""

    __tablename__ = "tracking_events"
    __table_args__ = (
        UniqueConstraint("source_key", "shipment_id", "external_event_id"),
        Index(None, "shipment_id", "at", "id"),
    )

    id: Mapped[UUID] = primary_key()
    shipment_id: Mapped[UUID] = belongs_to("shipments.id")
    source_key: Mapped[str] = belongs_to("sources.key")
    external_event_id: Mapped[str]
    at: Mapped[datetime]
    status: Mapped[ShipmentStatus] = mapped_column(word(ShipmentStatus))
    description: Mapped[str]
    city: Mapped[str | None]
    country: Mapped[str | None]
    received_at: Mapped[datetime] = now()


class RoutingDecision(Base):
    """Why these locations: kept with the order, so that it can be explained and replayed."""

    __tablename__ = "routing_decisions"
    __table_args__ = (Index(None, "order_id", "at", "id"), *not_negative("cost_minor", "split_count"))

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID] = belongs_to("orders.id")
    at: Mapped[datetime] = now()
    policy: Mapped[str]
    cost_minor: Mapped[Minor | None]
    currency: Mapped[str]
    split_count: Mapped[int]
    """Locations chosen beyond the first."""
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What it was decided on, as `app/domain/routing/request.py` has it, so that another policy can be tried on it."""


class RoutingAssignment(Base):
    __tablename__ = "routing_assignments"
    __table_args__ = (Index(None, "decision_id", "id"), CheckConstraint("quantity > 0", name="quantity_positive"))

    id: Mapped[UUID] = primary_key()
    decision_id: Mapped[UUID] = belongs_to("routing_decisions.id")
    location_id: Mapped[UUID] = belongs_to("locations.id")
    order_line_id: Mapped[UUID] = belongs_to("order_lines.id")
    quantity: Mapped[int]


class RoutingCandidate(Base):
    """A location that was considered, and every reason that spoke against it."""

    __tablename__ = "routing_candidates"
    __table_args__ = (
        UniqueConstraint("decision_id", "location_id"),
        CheckConstraint("eligible = (cardinality(rejections) = 0)", name="rejected_with_reason"),
    )

    id: Mapped[UUID] = primary_key()
    decision_id: Mapped[UUID] = belongs_to("routing_decisions.id")
    location_id: Mapped[UUID] = belongs_to("locations.id")
    eligible: Mapped[bool]
    rejections: Mapped[list[str]] = empty_list()
    distance_km: Mapped[float | None]
    cost_minor: Mapped[Minor | None]
    currency: Mapped[str]
    score: Mapped[float | None]
    """Higher is better; absent for a rejected candidate."""
