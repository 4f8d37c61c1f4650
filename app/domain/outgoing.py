"""What other systems are told, and which change leads to which document (docs/connectors/pushing.md).

A rule says that a document may be due, no more: whoever writes it looks at the rows again, and at what was written.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.inventory import EFFECTS, MovementKind
from app.domain.order import OrderManagement, OrderStatus
from app.domain.order_summary import Line, OrderSummary
from app.domain.payment import TransactionKind, TransactionStatus
from app.domain.returns import ReturnStatus

BINDING = frozenset({OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.COMPLETED})
"""States of an order that others are told of. Held, it counts as what the hold interrupted."""
OFF = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})


class Push(StrEnum):
    """What a source can be configured to be told of."""

    ORDERS = "orders"
    SHIPMENTS = "shipments"
    RETURNS = "returns"
    INVOICES = "invoices"
    STOCK = "stock"
    CASES = "cases"
    ANALYTICS = "analytics"

    @property
    def job(self) -> str:
        return f"push.{self.value}"


FOLLOWING = frozenset({Push.SHIPMENTS, Push.RETURNS, Push.INVOICES})
"""Documents that refer to the order's at the source."""
OF_ORDER = FOLLOWING | {Push.ORDERS}
"""Documents that change what the source has of an order. It takes them one after another."""

Pushes = Mapping[str, frozenset[Push]]
"""What each source is told of, by its key."""
Subject = tuple[str, UUID]
"""A GraphQL type and the key of its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A document that sources may have to be told."""

    push: Push
    subject: Subject
    order_id: UUID | None = None
    unless: Push | None = None
    """Sources that are told of these learn of it by them."""


# ── of an order that is about to be saved


def due_of_order(order: OrderSummary) -> list[Due]:
    """`order.saved` is what it was before."""
    if order.management is not OrderManagement.MANAGED:
        return []
    return [
        Due(push=push, subject=subject, order_id=order.id) for push, rule in _OF_ORDER for subject in rule(order)
    ] + [
        due
        for row in order.added.get("payment_transactions", ())
        if row["status"] is TransactionStatus.SUCCESS
        for due in due_of_transaction(row["kind"], row["id"], order.id)
    ]


def is_binding(status: OrderStatus, held_from: OrderStatus | None) -> bool:
    return (held_from if status is OrderStatus.ON_HOLD else status) in BINDING


def head_of(order: OrderSummary) -> tuple[Any, ...]:
    """What an order's document holds beside its lines, and what decides whether there is one."""
    return (
        order.status, order.held_from, order.customer_id, order.contact_name, order.contact_email,
        order.shipping_address, order.shipping_method, order.shipping_minor,
    )  # fmt: skip


def _changed(order: OrderSummary) -> Iterable[Subject]:
    """Confirmed, changed since, or called off."""
    before, now = _before(order), head_of(order)
    if is_binding(*now[:2]):
        is_due = not _was_binding(order) or before is None or before[2:] != now[2:] or _lines_differ(order)
    else:
        is_due = now[0] in OFF and before is not None and before[0] not in OFF
    if is_due:
        yield "Order", order.id


def _confirmed(order: OrderSummary) -> Iterable[Subject]:
    if is_binding(order.status, order.held_from) and not _was_binding(order):
        yield "Order", order.id


def _parcels(order: OrderSummary) -> Iterable[Subject]:
    """Shipped to a customer, or called off after that."""
    before = {each.id: each.shipped_at for each in order.saved.get("shipments", ())}
    for parcel in order.shipments:
        if parcel.fulfillment_order_id is not None and parcel.shipped_at != before.get(parcel.id):
            yield "Shipment", parcel.id


def _closed(order: OrderSummary) -> Iterable[Subject]:
    for row in order.added.get("returns", ()):
        if row["status"] is ReturnStatus.CLOSED:
            yield "Return", row["id"]


_OF_ORDER: tuple[tuple[Push, Callable[[OrderSummary], Iterable[Subject]]], ...] = (
    (Push.ORDERS, _changed),
    (Push.ANALYTICS, _confirmed),
    (Push.SHIPMENTS, _parcels),
    (Push.RETURNS, _closed),
)


def _before(order: OrderSummary) -> tuple[Any, ...] | None:
    """None for an order that is not in the store yet."""
    (head,) = order.saved.get("head", (None,))
    return head


def _was_binding(order: OrderSummary) -> bool:
    before = _before(order)
    return before is not None and is_binding(*before[:2])


def _lines_differ(order: OrderSummary) -> bool:
    return [_told(line) for line in order.saved.get("lines", ())] != [_told(line) for line in order.lines]


def _told(line: Line) -> tuple[Any, ...]:
    return line.id, line.units, line.unit_price_minor, line.discount_minor, line.tax_minor


# ── of the rest


_OF_TRANSACTION: Mapping[TransactionKind, Push] = {
    TransactionKind.CAPTURE: Push.INVOICES,
    TransactionKind.SALE: Push.INVOICES,
    TransactionKind.REFUND: Push.ANALYTICS,
}
"""Of a transaction with a gateway that has succeeded."""


def due_of_transaction(kind: TransactionKind, transaction_id: UUID, order_id: UUID) -> list[Due]:
    push = _OF_TRANSACTION.get(kind)
    return [Due(push=push, subject=("PaymentTransaction", transaction_id), order_id=order_id)] if push else []


_TOLD_BY: Mapping[tuple[MovementKind, str | None], Push] = {
    (MovementKind.SHIP, "Shipment"): Push.SHIPMENTS,
    (MovementKind.RETURN_RESTOCK, "Shipment"): Push.SHIPMENTS,
    (MovementKind.RETURN_RESTOCK, "Return"): Push.RETURNS,
}
"""A source books the goods issue of a shipment that it is told of, and takes a return's units back: told of the
movement as well, it would count them twice. By kind of movement, and type of what caused it.
"""


def due_of_movement(kind: MovementKind, movement_id: UUID, caused_by: str | None) -> list[Due]:
    """What only promises units to somebody, or takes the promise back, is nobody else's business."""
    if not EFFECTS[kind][1]:
        return []
    return [Due(push=Push.STOCK, subject=("InventoryMovement", movement_id), unless=_TOLD_BY.get((kind, caused_by)))]


def due_of_exception(category: str, exception_id: UUID, order_id: UUID) -> list[Due]:
    """Not of one that says that a case could not be opened."""
    if category == Push.CASES.job:
        return []
    return [Due(push=Push.CASES, subject=("OrderException", exception_id), order_id=order_id)]
