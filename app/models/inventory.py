"""Stock: a position for each product and location, the ledger of its movements, and reservations for carts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.inventory import MovementKind
from app.models.base import Acted, Base, belongs_to, not_negative, now, primary_key, word, zero


class InventoryPosition(Base):
    """Counters in units. `allocated` holds until the parcel leaves: units being picked and packed count in it."""

    __tablename__ = "inventory_positions"
    __table_args__ = (
        UniqueConstraint("product_id", "location_id"),
        Index(None, "location_id", "id"),
        *not_negative("on_hand", "reserved", "allocated", "unavailable", "safety_stock", "incoming", "reorder_point"),
        CheckConstraint("reserved + allocated <= on_hand", name="promised_within_on_hand"),
    )

    id: Mapped[UUID] = primary_key()
    version: Mapped[int] = mapped_column(server_default=text("1"))
    product_id: Mapped[UUID] = belongs_to("products.id")
    location_id: Mapped[UUID] = belongs_to("locations.id")
    on_hand: Mapped[int] = zero()
    reserved: Mapped[int] = zero()
    allocated: Mapped[int] = zero()
    unavailable: Mapped[int] = zero()
    safety_stock: Mapped[int] = zero()
    incoming: Mapped[int] = zero()
    incoming_at: Mapped[datetime | None]
    """When `incoming` is expected; soon, when absent."""
    reorder_point: Mapped[int | None]
    updated_at: Mapped[datetime] = now()


class InventoryMovement(Acted, Base):
    """One change of a position; on_hand, reserved and allocated are the sums of their deltas."""

    __tablename__ = "inventory_movements"
    __table_args__ = (
        Index(None, "position_id", "at", "id"),
        CheckConstraint("(reference_type IS NULL) = (reference_id IS NULL)", name="reference_is_whole"),
    )

    id: Mapped[UUID] = primary_key()
    position_id: Mapped[UUID] = belongs_to("inventory_positions.id")
    kind: Mapped[MovementKind] = mapped_column(word(MovementKind))
    quantity: Mapped[int]
    """Units moved, negative when they leave the counter that the kind is about."""
    on_hand_delta: Mapped[int] = zero()
    reserved_delta: Mapped[int] = zero()
    allocated_delta: Mapped[int] = zero()
    at: Mapped[datetime] = now()
    reason: Mapped[str | None]
    reference_type: Mapped[str | None]
    """GraphQL type of what caused it: Order, Shipment, Return, Reservation."""
    reference_id: Mapped[UUID | None]


class Reservation(Base):
    """Stock held for a cart until it expires, is released, or an order takes it over; and what an order reserves."""

    __tablename__ = "reservations"
    __table_args__ = (Index(None, "expires_at", postgresql_where=text("released_at IS NULL AND order_id IS NULL")),)

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID | None] = belongs_to("orders.id", index=True, nullable=True)
    expires_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = now()


class ReservationLine(Base):
    """Units of a SKU at a location. An order's line of it is gone once they are allocated, shipped or canceled."""

    __tablename__ = "reservation_lines"
    __table_args__ = (
        Index(None, "reservation_id", "id"),
        Index(None, "order_line_id", postgresql_where=text("order_line_id IS NOT NULL")),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[UUID] = primary_key()
    reservation_id: Mapped[UUID] = belongs_to("reservations.id")
    sku: Mapped[str]
    quantity: Mapped[int]
    location_id: Mapped[UUID | None] = belongs_to("locations.id", nullable=True)
    order_line_id: Mapped[UUID | None] = belongs_to("order_lines.id", nullable=True)
    """Absent for a cart."""
