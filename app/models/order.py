"""Orders: what was asked for, the units of each line, the ledger of changes, holds and exceptions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, Sequence, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.order import (
    ExceptionStatus,
    HoldReason,
    OrderChangeKind,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.models.base import Acted, Base, Minor, belongs_to, not_negative, now, primary_key, word, zero

order_numbers = Sequence("order_numbers", start=1_001, metadata=Base.metadata)


class Order(Base):
    """The current state: the original plus every change of the ledger. Amounts are minor units of `currency`."""

    __tablename__ = "orders"
    __table_args__ = (
        Index(
            "ix_orders_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index(None, "placed_at", "id"),
        Index(None, "updated_at", "id"),
        Index(None, "total_minor", "id"),
        Index(None, "customer_id", "placed_at", "id"),
        Index("ix_orders_guest_email", text("lower(contact_email)"), postgresql_where=text("customer_id IS NULL")),
        Index(None, "status", "placed_at", "id"),
        Index(None, "payment_status", "placed_at", "id"),
        Index(None, "fulfillment_status", "placed_at", "id"),
        Index(None, "return_status", "placed_at", "id"),
        Index(None, "channel", "placed_at", "id"),
        CheckConstraint(
            "total_minor = subtotal_minor - discount_minor + shipping_minor + tax_minor", name="total_adds_up"
        ),
        *not_negative(
            "discount_minor", "shipping_minor", "tax_minor", "paid_minor", "refunded_minor", "credited_minor"
        ),
        CheckConstraint("refunded_minor <= paid_minor", name="refunded_within_paid"),
        CheckConstraint("(status = 'CANCELED') = (canceled_at IS NOT NULL)", name="canceled_has_time"),
        CheckConstraint("(status = 'COMPLETED') = (completed_at IS NOT NULL)", name="completed_has_time"),
    )

    id: Mapped[UUID] = primary_key()
    version: Mapped[int] = mapped_column(server_default=text("1"))
    number: Mapped[str] = mapped_column(unique=True, server_default=text("nextval('order_numbers')::text"))
    management: Mapped[OrderManagement] = mapped_column(word(OrderManagement))
    status: Mapped[OrderStatus] = mapped_column(word(OrderStatus))
    fulfillment_status: Mapped[OrderFulfillmentStatus] = mapped_column(word(OrderFulfillmentStatus))
    payment_status: Mapped[OrderPaymentStatus] = mapped_column(word(OrderPaymentStatus))
    return_status: Mapped[OrderReturnStatus] = mapped_column(word(OrderReturnStatus))
    channel: Mapped[str]
    customer_id: Mapped[UUID | None] = belongs_to("customers.id", nullable=True)
    """Absent for a guest order."""
    contact_name: Mapped[str | None]
    contact_email: Mapped[str | None]
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    billing_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    shipping_method: Mapped[str | None]
    currency: Mapped[str]
    subtotal_minor: Mapped[Minor] = zero()
    discount_minor: Mapped[Minor] = zero()
    shipping_minor: Mapped[Minor] = zero()
    tax_minor: Mapped[Minor] = zero()
    total_minor: Mapped[Minor] = zero()
    paid_minor: Mapped[Minor] = zero()
    refunded_minor: Mapped[Minor] = zero()
    credited_minor: Mapped[Minor] = zero()
    """What closed returns were worth, less fees: the total stays what was bought."""
    placed_at: Mapped[datetime]
    updated_at: Mapped[datetime] = now()
    completed_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    estimated_delivery_at: Mapped[datetime | None]
    held_from: Mapped[str | None]
    """The status that a hold interrupted, while there is one."""
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB(none_as_null=True))
    search_text: Mapped[str] = mapped_column(
        Computed(
            "lower(number || ' ' || channel || ' ' || coalesce(contact_name, '')"
            " || ' ' || coalesce(contact_email, ''))",
            persisted=True,
        )
    )


class OrderReference(Base):
    """What another system calls this order."""

    __tablename__ = "order_references"
    __table_args__ = (
        UniqueConstraint("source_key", "external_id"),
        Index(None, "order_id", "id"),
        CheckConstraint("(seen IS NULL) = (seen_version_at IS NULL)", name="seen_has_version"),
    )

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID] = belongs_to("orders.id")
    source_key: Mapped[str] = belongs_to("sources.key")
    external_id: Mapped[str]
    url: Mapped[str | None]
    seen_version_at: Mapped[datetime | None]
    """Of an order that came from there: the storefront's own time of the version that was last taken over."""
    seen: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What that version said, as far as the next one is compared with it."""


class OrderLine(Base):
    """A SKU and its units. A line has no status: these counters are its ledger, and these checks its law."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        Index(None, "sku", "order_id"),
        Index("ix_order_lines_waiting", "sku", "order_id", postgresql_where=text("backordered > 0")),
        Index(None, "product_id"),
        CheckConstraint("ordered > 0", name="ordered_positive"),
        *not_negative(
            "canceled", "backordered", "reserved", "allocated", "in_fulfillment", "shipped", "delivered",
            "return_requested", "returned", "restocked", "exchanged", "unit_price_minor", "discount_minor", "tax_minor",
        ),
        CheckConstraint("canceled + shipped <= ordered", name="open_not_negative"),
        CheckConstraint(
            "reserved + allocated + backordered + in_fulfillment <= ordered - canceled - shipped",
            name="promised_within_open",
        ),
        CheckConstraint("delivered <= shipped", name="delivered_within_shipped"),
        CheckConstraint("return_requested + returned <= shipped", name="returned_within_shipped"),
        CheckConstraint("restocked <= returned", name="restocked_within_returned"),
        CheckConstraint("exchanged <= returned", name="exchanged_within_returned"),
    )  # fmt: skip

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID] = belongs_to("orders.id")
    position: Mapped[int]
    product_id: Mapped[UUID | None] = belongs_to("products.id", nullable=True)
    sku: Mapped[str]
    title: Mapped[str]
    currency: Mapped[str]
    unit_price_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = zero()
    tax_minor: Mapped[Minor] = zero()
    total_minor: Mapped[Minor]
    """Of the units now ordered: unit price × (ordered - canceled) - discount + tax."""
    ordered: Mapped[int]
    """Units placed, plus units added by edits."""
    canceled: Mapped[int] = zero()
    backordered: Mapped[int] = zero()
    reserved: Mapped[int] = zero()
    allocated: Mapped[int] = zero()
    in_fulfillment: Mapped[int] = zero()
    shipped: Mapped[int] = zero()
    delivered: Mapped[int] = zero()
    return_requested: Mapped[int] = zero()
    """Units on their way back or awaited, not yet received."""
    returned: Mapped[int] = zero()
    restocked: Mapped[int] = zero()
    exchanged: Mapped[int] = zero()


class OrderChange(Acted, Base):
    """One entry of the change ledger. `amount_minor` is what the order's total became larger (or smaller) by."""

    __tablename__ = "order_changes"
    __table_args__ = (Index(None, "order_id", "at", "id"),)

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID] = belongs_to("orders.id")
    kind: Mapped[OrderChangeKind] = mapped_column(word(OrderChangeKind))
    at: Mapped[datetime] = now()
    reason: Mapped[str | None]
    amount_minor: Mapped[Minor]
    currency: Mapped[str]


class OrderChangeLine(Base):
    __tablename__ = "order_change_lines"
    __table_args__ = (Index(None, "change_id", "id"), Index(None, "order_line_id"))

    id: Mapped[UUID] = primary_key()
    change_id: Mapped[UUID] = belongs_to("order_changes.id")
    order_line_id: Mapped[UUID] = belongs_to("order_lines.id")
    quantity_delta: Mapped[int]
    amount_delta_minor: Mapped[Minor]
    currency: Mapped[str]


class Hold(Acted, Base):
    """A named reason that blocks an order, or one of its fulfillment orders, until it is released."""

    __tablename__ = "holds"
    __table_args__ = (
        Index(None, "order_id", "placed_at", "id"),
        Index(None, "fulfillment_order_id", postgresql_where=text("fulfillment_order_id IS NOT NULL")),
    )

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID] = belongs_to("orders.id")
    fulfillment_order_id: Mapped[UUID | None] = belongs_to("fulfillment_orders.id", nullable=True)
    reason: Mapped[HoldReason] = mapped_column(word(HoldReason))
    note: Mapped[str | None]
    placed_at: Mapped[datetime] = now()
    released_at: Mapped[datetime | None]


class OrderException(Base):
    """A step that failed for good and waits for a decision."""

    __tablename__ = "order_exceptions"
    __table_args__ = (
        Index(None, "raised_at", "id"),
        Index(None, "order_id", "raised_at", "id"),
        Index(None, "status", "raised_at", "id"),
        Index(None, "category", "raised_at", "id"),
        CheckConstraint("attempts > 0", name="attempts_positive"),
        CheckConstraint("(status = 'RESOLVED') = (resolved_at IS NOT NULL)", name="resolved_has_time"),
    )

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID] = belongs_to("orders.id")
    status: Mapped[ExceptionStatus] = mapped_column(word(ExceptionStatus))
    category: Mapped[str]
    message: Mapped[str]
    suggested_action: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("1"))
    raised_at: Mapped[datetime] = now()
    resolved_at: Mapped[datetime | None]
