"""What a notification tells, read by one statement each, and the record that keeps it from going out twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.notification import NotificationKind, NotificationStatus
from app.stores.transaction import Transaction, json_in


@dataclass(frozen=True, slots=True)
class Content:
    order_id: UUID
    recipient: str | None
    recipient_name: str
    facts: Mapping[str, Any]
    """Names ending in _minor are amounts in facts["currency"], those ending in _on are dates."""
    lines: Sequence[Mapping[str, Any]]


async def load_content(tx: Transaction, kind: NotificationKind, subject_id: UUID) -> Content | None:
    """None where there is nothing to tell: no such subject, or what it would tell has not happened."""
    row = await tx.row(_CONTENT[kind], subject_id)
    if row is None:
        return None
    order_id, recipient, name, facts, lines = row
    return Content(order_id, recipient, name, json_in(facts), json_in(lines) or ())


async def claim(tx: Transaction, kind: NotificationKind, subject_id: UUID, content: Content) -> bool:
    """False where it is settled what became of it. Without a recipient that is settled, too."""
    status = NotificationStatus.SENDING if content.recipient else NotificationStatus.SKIPPED
    claimed = await tx.value(_CLAIM, kind, subject_id, content.order_id, content.recipient, status, tx.at)
    return claimed is not None and content.recipient is not None


async def settle(tx: Transaction, kind: NotificationKind, subject_id: UUID, status: NotificationStatus) -> None:
    sent_at = tx.at if status is NotificationStatus.SENT else None
    await tx.run(_SETTLE, kind, subject_id, status, sent_at)


_CLAIM = """
INSERT INTO notifications (kind, subject_id, order_id, recipient, status, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (kind, subject_id)
    DO UPDATE SET attempts = notifications.attempts + 1 WHERE notifications.status = 'SENDING'
RETURNING id
"""
_SETTLE = "UPDATE notifications SET status = $3, sent_at = $4 WHERE kind = $1 AND subject_id = $2"

_PERSON = """
orders.id, coalesce(orders.contact_email, customer.email) AS recipient,
       coalesce(orders.contact_name, customer.display_name, 'customer') AS name
"""
# Who bought at a storefront had it confirmed there.
_ORDER = f"""
SELECT {_PERSON},
       jsonb_build_object(
           'number', orders.number, 'placed_on', orders.placed_at::date, 'currency', orders.currency,
           'subtotal_minor', orders.subtotal_minor, 'discount_minor', orders.discount_minor,
           'shipping_minor', orders.shipping_minor, 'tax_minor', orders.tax_minor, 'total_minor', orders.total_minor
       ),
       (SELECT jsonb_agg(jsonb_build_object('quantity', line.ordered - line.canceled, 'title', line.title)
                         ORDER BY line.position)
          FROM order_lines line
         WHERE line.order_id = orders.id AND line.ordered > line.canceled)
  FROM orders
  LEFT JOIN customers customer ON customer.id = orders.customer_id
 WHERE orders.id = $1 AND orders.status NOT IN ('DRAFT', 'EXPIRED', 'CANCELED')
   AND NOT EXISTS (SELECT FROM order_references reference
                    WHERE reference.order_id = orders.id AND reference.seen IS NOT NULL)
"""  # noqa: S608 - of constants
_SHIPMENT = f"""
SELECT {_PERSON},
       jsonb_build_object(
           'number', orders.number, 'shipment_number', shipment.number,
           'tracking_number', shipment.tracking_number, 'tracking_url', shipment.tracking_url,
           'expected_on', shipment.estimated_delivery_at::date, 'delivered_on', shipment.delivered_at::date
       ),
       (SELECT jsonb_agg(jsonb_build_object('quantity', line.quantity, 'title', ordered.title)
                         ORDER BY ordered.position)
          FROM shipment_lines line JOIN order_lines ordered ON ordered.id = line.order_line_id
         WHERE line.shipment_id = shipment.id)
  FROM shipments shipment
  JOIN orders ON orders.id = shipment.order_id
  LEFT JOIN customers customer ON customer.id = orders.customer_id
 WHERE shipment.id = $1 AND shipment.{{happened}}
"""  # noqa: S608 - of constants
_REFUND = f"""
SELECT {_PERSON},
       jsonb_build_object(
           'number', orders.number, 'method', payment.method, 'currency', refund.currency,
           'amount_minor', refund.amount_minor, 'refunded_on', refund.at::date
       ),
       NULL
  FROM payment_transactions refund
  JOIN payments payment ON payment.id = refund.payment_id
  JOIN orders ON orders.id = payment.order_id
  LEFT JOIN customers customer ON customer.id = orders.customer_id
 WHERE refund.id = $1 AND refund.kind = 'REFUND' AND refund.status = 'SUCCESS'
"""  # noqa: S608 - of constants
_CONTENT = {
    NotificationKind.ORDER_CONFIRMED: _ORDER,
    NotificationKind.SHIPPED: _SHIPMENT.format(happened="status NOT IN ('CREATED', 'CANCELED')"),
    NotificationKind.DELIVERED: _SHIPMENT.format(happened="delivered_at IS NOT NULL"),
    NotificationKind.REFUNDED: _REFUND,
}
