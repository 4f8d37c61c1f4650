"""What documents for other systems hold that is not in their order: names at the source, units, money, exceptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.stores.transaction import Transaction, json_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the source calls the order, its customer and its products."""

    order: str | None
    customer_number: str | None
    customer: str | None
    products: dict[str, str]
    """By the product's key."""


_NAMES = """
SELECT coalesce((SELECT external_id FROM outgoing_documents
                  WHERE source_key = $1 AND kind = 'ORDERS' AND subject_id = $2),
                (SELECT external_id FROM order_references WHERE source_key = $1 AND order_id = $2
                  ORDER BY id LIMIT 1)) AS order,
       (SELECT number FROM customers WHERE id = $3) AS customer_number,
       (SELECT external_id FROM customer_source_records WHERE source_key = $1 AND customer_id = $3
         ORDER BY linked_at, id LIMIT 1) AS customer,
       (SELECT jsonb_object_agg(product_id, external_id ORDER BY id DESC) FROM product_references
         WHERE source_key = $1 AND product_id = ANY ($4::uuid[])) AS products
"""


async def names_at(
    tx: Transaction, source_key: str, order_id: UUID, customer_id: UUID | None, product_ids: Sequence[UUID]
) -> Names:
    row = await tx.row(_NAMES, source_key, order_id, customer_id, list(product_ids))
    assert row is not None  # noqa: S101 - a row without a FROM
    return Names(**{**dict(row), "products": json_in(row["products"]) or {}})


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedStock:
    sku: str
    product: str | None
    """As the source calls it."""
    location_key: str
    on_hand_delta: int
    on_hand: int
    """Right after it."""
    at: datetime
    reason: str | None


_MOVED = """
SELECT product.sku, location.key AS location_key, moved.on_hand_delta, moved.at, moved.reason,
       position.on_hand - coalesce((SELECT sum(later.on_hand_delta) FROM inventory_movements later
                                     WHERE later.position_id = moved.position_id
                                       AND (later.at, later.id) > (moved.at, moved.id)), 0)::int AS on_hand,
       (SELECT external_id FROM product_references
         WHERE source_key = $2 AND product_id = product.id ORDER BY id LIMIT 1) AS product
  FROM inventory_movements moved
  JOIN inventory_positions position ON position.id = moved.position_id
  JOIN products product ON product.id = position.product_id
  JOIN locations location ON location.id = position.location_id
 WHERE moved.id = $1
"""


async def moved_stock(tx: Transaction, movement_id: UUID, source_key: str) -> MovedStock | None:
    row = await tx.row(_MOVED, movement_id, source_key)
    return None if row is None else MovedStock(**row)


_RETURNED = """
SELECT returned.number, returned.closed_at, returned.refund_minor - returned.fees_minor AS refund_minor,
       (SELECT jsonb_agg(jsonb_build_object(
                   'position', bought.position, 'sku', bought.sku, 'quantity', line.received, 'reason', line.reason,
                   'restocked', (SELECT coalesce(sum(quantity), 0) FROM return_dispositions
                                  WHERE return_line_id = line.id AND disposition = 'RESTOCK'))
                   ORDER BY bought.position, line.id)
          FROM return_lines line JOIN order_lines bought ON bought.id = line.order_line_id
         WHERE line.return_id = returned.id AND line.received > 0) AS lines
  FROM returns returned WHERE returned.id = $1 AND returned.status = 'CLOSED'
"""
_PAID = """
SELECT done.kind, done.status, done.amount_minor, done.at, done.gateway_reference, payment.method, payment.gateway_key
  FROM payment_transactions done JOIN payments payment ON payment.id = done.payment_id WHERE done.id = $1
"""


async def closed_return(tx: Transaction, return_id: UUID) -> dict[str, Any] | None:
    """Number, closed_at, refund_minor, and lines as `ReturnLine` has them; None where it is not closed."""
    row = await tx.row(_RETURNED, return_id)
    return None if row is None else {**dict(row), "lines": json_in(row["lines"]) or []}


async def paid(tx: Transaction, transaction_id: UUID) -> dict[str, Any] | None:
    row = await tx.row(_PAID, transaction_id)
    return None if row is None else dict(row)


async def location_key(tx: Transaction, location_id: UUID | None) -> str | None:
    key: str | None = await tx.value("SELECT key FROM locations WHERE id = $1", location_id)
    return key


async def raised(tx: Transaction, exception_id: UUID) -> tuple[str, str, str | None] | None:
    """Category, message and suggested action of an order's exception."""
    row = await tx.row("SELECT category, message, suggested_action FROM order_exceptions WHERE id = $1", exception_id)
    return None if row is None else tuple(row)
