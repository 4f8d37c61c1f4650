"""An order of a storefront that is seen for the first time, and that this system drives from now on (MANAGED)."""

from typing import Any
from uuid import UUID

from app.connectors.ports.storefront import StorefrontOrder
from app.connectors.source_config import SourceConfig
from app.domain.ids import new_id
from app.domain.order import (
    OrderChangeKind,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.order_summary import OrderSummary
from app.stores.jobs import enqueue
from app.stores.orders import record_change, save_order
from app.stores.placement import Known, find_known
from app.stores.stock import move_stock
from app.stores.storefront_orders import add_reference
from app.stores.transaction import Transaction
from app.workflows.order_findings import Finding, of_payment
from app.workflows.order_intake import take_in
from app.workflows.order_place import findings_of, said_of
from app.workflows.policy import Shortage
from app.workflows.storefront.customer import meet_customer
from app.workflows.storefront.lines import line_id, lines_of, sku_of
from app.workflows.storefront.payments import record_payment
from app.workflows.storefront.seen import as_ordered, seen_of
from app.workflows.work import Work


async def place_storefront_order(tx: Transaction, config: SourceConfig, order: StorefrontOrder, work: Work) -> UUID:
    """As orderPlace does it, but that nothing is refused any more: findings hold it, and what is not in stock is
    backordered, since it is sold. Answers its id.
    """
    known = await known_of(tx, config, order, work)
    placed = new_order(config, order, known, OrderManagement.MANAGED)
    for paid in order.payments:
        record_payment(placed, config.key, paid)
    findings = [*findings_of(placed, known.products), *_unpaid(order, placed)]
    record_placing(tx, placed)
    intake = await take_in(tx, placed, findings, shortage=Shortage.BACKORDER)
    lines = {each.external_id: line_id(placed.id, each.external_id) for each in order.lines}
    seen = seen_of(as_ordered(order), lines).to_keep()
    add_reference(placed, config.key, order.external_id, order.url, order.updated_at, seen)
    said = {"source": config.key, "externalId": order.external_id, "externalNumber": order.number}
    await save_order(tx, placed, "order.placed", said_of(placed, findings) | said)
    await move_stock(tx, intake.movements)
    await enqueue(tx, *intake.jobs)
    return placed.id


async def known_of(tx: Transaction, config: SourceConfig, order: StorefrontOrder, work: Work) -> Known:
    await meet_customer(tx, config.key, order, work)
    return await find_known(
        tx,
        reference=(config.key, order.external_id),
        sources=[],
        skus=[sku_of(each) for each in order.lines],
        customer_id=None,
        customer_reference=(config.key, order.customer_external_id),
        email=order.email,
    )


def new_order(
    config: SourceConfig,
    order: StorefrontOrder,
    known: Known,
    management: OrderManagement,
    there: OrderSummary | None = None,
) -> OrderSummary:
    """With its lines as ordered, and without payments. `there` is what an earlier version made of it."""
    id_, found = there.id if there else new_id(), known.customer
    address = dict(order.shipping_address) if order.shipping_address else None
    made = OrderSummary(
        id=id_,
        version=0,
        number=there.number if there else known.number,
        management=management,
        status=OrderStatus.PENDING,
        fulfillment_status=OrderFulfillmentStatus.UNFULFILLED,
        payment_status=OrderPaymentStatus.NOT_PAID,
        return_status=OrderReturnStatus.NONE,
        channel=config.channel or config.key,
        customer_id=found.id if found else (there.customer_id if there else None),
        contact_name=order.contact_name or (address or {}).get("name") or (found.name if found else None),
        contact_email=order.email or (found.email if found else None),
        shipping_address=address,
        billing_address=dict(order.billing_address) if order.billing_address else address,
        shipping_method=order.shipping_method,
        currency=order.currency,
        shipping_minor=order.shipping.minor,
        placed_at=order.placed_at,
        metadata=metadata_of(order),
        lines=lines_of(order, id_, known.products),
    )
    made.add_up()
    return made


def metadata_of(order: StorefrontOrder) -> dict[str, Any]:
    more = {"note": order.note, "tags": list(order.tags)}
    return {"externalNumber": order.number} | {name: value for name, value in more.items() if value}


def record_placing(tx: Transaction, order: OrderSummary) -> None:
    """The ledger's first entry: the order as ordered."""
    changed = [(line.id, line.ordered, line.total_minor) for line in order.lines]
    record_change(tx, order, OrderChangeKind.PLACE, None, changed, other_minor=order.shipping_minor)


def _unpaid(order: StorefrontOrder, placed: OrderSummary) -> list[Finding]:
    """It is to be paid, and nothing is held or taken yet: of that there is no payment to find anything about."""
    if placed.payments or not order.payments:
        return []
    return list(of_payment(0, placed.total_minor, placed.currency))
