"""What a source is told, made of what the store holds: one function for each kind of document."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.connectors.ports.analytics import Purchase, RefundFact
from app.connectors.ports.crm import NewCase
from app.connectors.ports.sinks import (
    DocumentLine,
    InvoiceDocument,
    OrderDocument,
    ReturnDocument,
    ReturnLine,
    ShipmentDocument,
    StockChange,
)
from app.connectors.source_config import SourceConfig
from app.domain.money import Money
from app.domain.order_summary import Line, OrderSummary, Parcel
from app.domain.outgoing import OFF
from app.stores.outgoing_content import Names, closed_return, location_key, moved_stock, names_at, paid, raised
from app.stores.transaction import Transaction


async def order_document(tx: Transaction, order: OrderSummary, source_key: str) -> tuple[OrderDocument, Names]:
    """As the order is now."""
    product_ids = [line.product_id for line in order.lines if line.product_id]
    names = await names_at(tx, source_key, order.id, order.customer_id, product_ids)
    document = OrderDocument(
        number=order.number,
        external_id=names.order,
        channel=order.channel,
        placed_at=order.placed_at,
        currency=order.currency,
        customer_number=names.customer_number,
        customer_external_id=names.customer,
        contact_name=order.contact_name,
        contact_email=order.contact_email,
        shipping_address=order.shipping_address,
        shipping_method=order.shipping_method,
        shipping=Money(order.shipping_minor, order.currency),
        total=Money(order.total_minor, order.currency),
        lines=tuple(_line(order, line, names, 0, line.units) for line in order.lines if line.units),
        is_canceled=order.status in OFF,
    )
    return document, names


async def shipment_document(
    tx: Transaction, order: OrderSummary, parcel: Parcel, told: OrderDocument, names: Names, config: SourceConfig,
    carrier: str | None,
) -> ShipmentDocument:  # fmt: skip
    assert parcel.shipped_at is not None  # noqa: S101 - only those are told
    key = await location_key(tx, parcel.location_id)
    before = _units_before(order, parcel)
    return ShipmentDocument(
        number=parcel.number,
        order=told,
        location=config.location_there(key) if key else "",
        carrier=carrier,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
        shipped_at=parcel.shipped_at,
        lines=tuple(
            _line(order, line, names, before.get(line.id, 0), part.quantity)
            for part in parcel.lines
            for line in [order.line_of(part)]
        ),
    )


async def return_document(
    tx: Transaction, order: OrderSummary, return_id: UUID, told: OrderDocument
) -> ReturnDocument | None:
    found = await closed_return(tx, return_id)
    if found is None:
        return None
    return ReturnDocument(
        number=found["number"],
        order=told,
        closed_at=found["closed_at"],
        refund=Money(found["refund_minor"], order.currency),
        lines=tuple(ReturnLine(**each) for each in found["lines"]),
    )


async def invoice_document(
    tx: Transaction, order: OrderSummary, transaction_id: UUID, told: OrderDocument
) -> InvoiceDocument | None:
    found = await paid(tx, transaction_id)
    if found is None:
        return None
    return InvoiceDocument(
        number=f"{order.number}-I{transaction_id.hex[-8:]}",
        order=told,
        at=found["at"],
        amount=Money(found["amount_minor"], order.currency),
        method=found["method"],
        gateway=found["gateway_key"],
        reference=found["gateway_reference"],
    )


async def stock_change(tx: Transaction, movement_id: UUID, config: SourceConfig) -> StockChange | None:
    found = await moved_stock(tx, movement_id, config.key)
    if found is None:
        return None
    return StockChange(
        sku=found.sku,
        product_external_id=found.product,
        location=config.location_there(found.location_key),
        on_hand_delta=found.on_hand_delta,
        on_hand=found.on_hand,
        at=found.at,
        reason=found.reason,
    )


async def exception_case(tx: Transaction, order: OrderSummary, exception_id: UUID, source_key: str) -> NewCase | None:
    """For whoever looks after customers: what is wrong with an order, and what would help."""
    found = await raised(tx, exception_id)
    if found is None:
        return None
    category, message, suggested_action = found
    names = await names_at(tx, source_key, order.id, order.customer_id, [])
    help_ = f"\n{suggested_action} may help." if suggested_action else ""
    return NewCase(
        customer_external_id=names.customer,
        subject=f"Order {order.number}: {category} failed",
        description=message + help_,
        order_number=order.number,
    )


def purchase(order: OrderSummary, told: OrderDocument) -> Purchase:
    return Purchase(
        order_number=told.number,
        customer_number=told.customer_number,
        channel=told.channel,
        at=told.placed_at,
        value=told.total,
        tax=Money(order.tax_minor, order.currency),
        shipping=told.shipping,
        lines=told.lines,
    )


async def refund_fact(tx: Transaction, order: OrderSummary, transaction_id: UUID) -> RefundFact | None:
    found = await paid(tx, transaction_id)
    if found is None:
        return None
    return RefundFact(order_number=order.number, at=found["at"], value=Money(found["amount_minor"], order.currency))


def _line(order: OrderSummary, line: Line, names: Names, before: int, units: int) -> DocumentLine:
    """`units` of the line, of which `before` are in other documents: together they have its whole discount and tax."""

    def share(amount_minor: int) -> Money:
        live = max(1, line.units)
        upto = amount_minor * min(before + units, live) // live
        return Money(upto - amount_minor * min(before, live) // live, order.currency)

    return DocumentLine(
        position=line.position,
        sku=line.sku,
        external_id=names.products.get(str(line.product_id)),
        title=line.title,
        quantity=units,
        unit_price=Money(line.unit_price_minor, order.currency),
        discount=share(line.discount_minor),
        tax=share(line.tax_minor),
    )


def _units_before(order: OrderSummary, parcel: Parcel) -> Mapping[UUID, int]:
    """In the order's parcels that left before this one."""
    units: dict[UUID, int] = {}
    for each in _left_before(order, parcel):
        for part in each.lines:
            units[part.order_line_id] = units.get(part.order_line_id, 0) + part.quantity
    return units


def _left_before(order: OrderSummary, parcel: Parcel) -> Sequence[Parcel]:
    return [
        each
        for each in order.shipments
        if each.fulfillment_order_id is not None and each.shipped_at is not None and _place(each) < _place(parcel)
    ]


def _place(parcel: Parcel) -> tuple[Any, UUID]:
    return parcel.shipped_at, parcel.id
