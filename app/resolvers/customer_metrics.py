"""Metrics of customers, from their orders and the scores last computed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, true

from app.domain.money import decimal_amount
from app.domain.order import NEVER_SOLD, OrderStatus
from app.execution.sources import column_of
from app.execution.statements import among
from app.models import Customer, CustomerScore, Order, OrderLine
from app.resolvers.context import Context

_OPEN = (OrderStatus.PENDING, OrderStatus.ON_HOLD, OrderStatus.CONFIRMED, OrderStatus.PROCESSING)


async def of_customers(
    customer_ids: Sequence[UUID], _arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any]]:
    """Two statements for a page: what the orders add up to by currency, and the scores with the units returned."""
    by_currency: dict[UUID, list[Any]] = {customer_id: [] for customer_id in customer_ids}
    for row in await context.fetch(_order_sums(customer_ids)):
        by_currency[row.customer_id].append(row)
    scores = {row.customer_id: row for row in await context.fetch(_scores(customer_ids))}
    return [_metrics(by_currency[customer_id], scores.get(customer_id)) for customer_id in customer_ids]


def _order_sums(customer_ids: Sequence[UUID]) -> Any:
    counts = Order.status.not_in(NEVER_SOLD)
    return (
        select(
            Order.customer_id,
            Order.currency,
            func.count().filter(counts).label("order_count"),
            func.count().filter(Order.status.in_(_OPEN)).label("open_count"),
            func.sum(Order.paid_minor - Order.refunded_minor).label("net_minor"),
            func.coalesce(func.sum(Order.total_minor).filter(counts), 0).label("total_minor"),
            func.min(Order.placed_at).filter(counts).label("first_at"),
            func.max(Order.placed_at).filter(counts).label("last_at"),
        )
        .where(among(column_of(Order.customer_id), customer_ids))
        .group_by(Order.customer_id, Order.currency)
        .having(func.count().filter(or_(counts, Order.paid_minor > 0)) > 0)
        .order_by(Order.customer_id, Order.currency)
    )


def _scores(customer_ids: Sequence[UUID]) -> Any:
    units = (
        select(func.sum(OrderLine.returned).label("returned"), func.sum(OrderLine.delivered).label("delivered"))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.customer_id == Customer.id)
        .lateral("units")
    )
    score = CustomerScore
    return (
        select(
            Customer.id.label("customer_id"),
            units.c.returned,
            units.c.delivered,
            score.recency,
            score.frequency,
            score.monetary,
            score.label,
        )
        .outerjoin(score, score.customer_id == Customer.id)
        .join(units, true())
        .where(among(column_of(Customer.id), customer_ids))
    )


def _metrics(sums: Sequence[Any], score: Any) -> dict[str, Any]:
    ordered = [row for row in sums if row.order_count]
    delivered = int(score.delivered or 0) if score else 0
    return {
        "orderCount": sum(row.order_count for row in sums),
        "openOrderCount": sum(row.open_count for row in sums),
        "lifetimeValue": [_money(int(row.net_minor), row.currency) for row in sums],
        "averageOrderValue": [_money(_average(row.total_minor, row.order_count), row.currency) for row in ordered],
        "returnRate": int(score.returned) / delivered if delivered else 0.0,
        "firstOrderAt": min((row.first_at for row in ordered), default=None),
        "lastOrderAt": max((row.last_at for row in ordered), default=None),
        "rfm": _rfm(score),
    }


def _average(total_minor: Decimal, count: int) -> int:
    """Half a unit away from zero is rounded up, as on an invoice."""
    return int((Decimal(total_minor) / count).quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def _money(minor: int, currency: str) -> dict[str, Any]:
    return {"amount": decimal_amount(minor, currency), "currency": currency}


def _rfm(score: Any) -> dict[str, Any] | None:
    if score is None or score.label is None:
        return None
    return {
        "recency": score.recency,
        "frequency": score.frequency,
        "monetary": score.monetary,
        "label": score.label,
    }
