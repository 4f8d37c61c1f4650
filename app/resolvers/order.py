"""Orders: amounts and conditions that are more than a column."""

from typing import Any

from sqlalchemy import ColumnElement, exists, select

from app.models import Order, OrderLine, OrderReference

BALANCE_MINOR = Order.total_minor - Order.credited_minor - Order.paid_minor + Order.refunded_minor


def known_as(external: Any) -> ColumnElement[bool]:
    """`external` is an ExternalKey: source and external_id."""
    reference = select(OrderReference.order_id).where(
        OrderReference.source_key == external.source, OrderReference.external_id == external.external_id
    )
    return Order.id == reference.scalar_subquery()


def has_sku(sku: str) -> ColumnElement[bool]:
    return exists().where(OrderLine.order_id == Order.id, OrderLine.sku == sku)
