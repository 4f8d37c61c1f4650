"""Returns: lines awaited and received, a disposition for every unit inspected, and what replaces them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.returns import Disposition, ReturnReason, ReturnStatus
from app.models.base import Base, Minor, belongs_to, not_negative, now, primary_key, word, zero


class Return(Base):
    """An RMA. The outcome's amounts are minor units of `currency`."""

    __tablename__ = "returns"
    __table_args__ = (
        Index(None, "order_id", "requested_at", "id"),
        Index(None, "customer_id", "requested_at", "id"),
        Index(None, "status", "requested_at", "id"),
        Index(None, "requested_at", "id"),
        *not_negative("refund_minor", "shipping_minor", "fees_minor", "exchange_minor"),
        CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name="closed_has_time"),
    )

    id: Mapped[UUID] = primary_key()
    version: Mapped[int] = mapped_column(server_default=text("1"))
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[ReturnStatus] = mapped_column(word(ReturnStatus))
    order_id: Mapped[UUID] = belongs_to("orders.id")
    customer_id: Mapped[UUID | None] = belongs_to("customers.id", nullable=True)
    """The order's, repeated here so that a customer's returns are one index scan."""
    shipment_id: Mapped[UUID | None] = belongs_to("shipments.id", nullable=True)
    """The parcel that brings the goods back."""
    location_id: Mapped[UUID | None] = belongs_to("locations.id", nullable=True)
    """Where units of it arrived last."""
    currency: Mapped[str]
    refund_minor: Mapped[Minor] = zero()
    """What its lines are worth, and `shipping_minor`."""
    shipping_minor: Mapped[Minor] = zero()
    """What of the order's shipping is given back with it."""
    fees_minor: Mapped[Minor] = zero()
    exchange_minor: Mapped[Minor] = zero()
    note: Mapped[str | None]
    requested_at: Mapped[datetime] = now()
    closed_at: Mapped[datetime | None]


class ReturnLine(Base):
    __tablename__ = "return_lines"
    __table_args__ = (
        UniqueConstraint("return_id", "order_line_id", "reason"),
        Index(None, "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("0 <= received AND received <= quantity", name="received_within_quantity"),
        *not_negative("item_minor", "tax_minor"),
    )

    id: Mapped[UUID] = primary_key()
    return_id: Mapped[UUID] = belongs_to("returns.id")
    order_line_id: Mapped[UUID] = belongs_to("order_lines.id")
    quantity: Mapped[int]
    reason: Mapped[ReturnReason] = mapped_column(word(ReturnReason))
    note: Mapped[str | None]
    received: Mapped[int] = zero()
    item_minor: Mapped[Minor] = zero()
    """What its units are worth after discount: those that may still come back; once it is closed, those credited."""
    tax_minor: Mapped[Minor] = zero()


class ReturnDisposition(Base):
    """The verdict on units that came back."""

    __tablename__ = "return_dispositions"
    __table_args__ = (
        Index(None, "return_line_id", "at", "id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[UUID] = primary_key()
    return_line_id: Mapped[UUID] = belongs_to("return_lines.id")
    disposition: Mapped[Disposition] = mapped_column(word(Disposition))
    quantity: Mapped[int]
    location_id: Mapped[UUID | None] = belongs_to("locations.id", nullable=True)
    at: Mapped[datetime] = now()


class ExchangeLine(Base):
    """A replacement the customer asked for; its order line exists once the return is closed."""

    __tablename__ = "exchange_lines"
    __table_args__ = (
        Index(None, "return_id", "id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        *not_negative("unit_price_minor", "discount_minor", "tax_minor"),
    )

    id: Mapped[UUID] = primary_key()
    return_id: Mapped[UUID] = belongs_to("returns.id")
    sku: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = zero()
    """Off the whole line."""
    tax_minor: Mapped[Minor] = zero()
    currency: Mapped[str]
    order_line_id: Mapped[UUID | None] = belongs_to("order_lines.id", nullable=True)
