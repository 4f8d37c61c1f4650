"""Shopify's orders as they arrive, and as the storefront orders that the rest of the system knows.

Amounts are the shop's own (`shopMoney`); what the buyer saw in another currency is left to Shopify.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder
from app.connectors.shopify.api import Node
from app.connectors.shopify.fulfillments import Fulfillment, parcel, sent, units_of
from app.connectors.shopify.mapping import (
    Address,
    MoneyBag,
    Nodes,
    Object,
    Paged,
    Reference,
    address,
    shop_money,
    sum_minor,
)
from app.connectors.shopify.transactions import Transaction, payments
from app.domain.money import Money

Quantity = Annotated[int, msgspec.Meta(ge=0)]


class Allocation(Object):
    allocated_amount_set: MoneyBag


class TaxLine(Object):
    price_set: MoneyBag


class Line(Object):
    id: str
    sku: str | None
    title: str
    variant_title: str | None
    quantity: Quantity
    current_quantity: Quantity
    unfulfilled_quantity: Quantity
    non_fulfillable_quantity: Quantity
    original_unit_price_set: MoneyBag
    discount_allocations: list[Allocation]
    tax_lines: list[TaxLine]


class ShippingLine(Object):
    title: str
    discounted_price_set: MoneyBag
    tax_lines: list[TaxLine]


class RefundLine(Object):
    quantity: Quantity
    restock_type: str
    line_item: Reference


class Refund(Object):
    id: str
    return_: Reference | None = msgspec.field(name="return")
    refund_line_items: Paged[RefundLine]


class Order(Object):
    id: str
    legacy_resource_id: str
    name: str
    processed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None
    closed_at: datetime | None
    currency_code: str
    presentment_currency_code: str
    taxes_included: bool
    email: str | None
    phone: str | None
    note: str | None
    tags: list[str]
    total_price_set: MoneyBag
    original_total_duties_set: MoneyBag | None
    original_total_additional_fees_set: MoneyBag | None
    total_tip_received_set: MoneyBag
    customer: Reference | None
    shipping_address: Address | None
    billing_address: Address | None
    shipping_lines: Nodes[ShippingLine]
    line_items: Paged[Line]
    refunds: list[Refund]
    fulfillments: list[Fulfillment]
    transactions: list[Transaction]


RETURNED = "RETURN"
CANCELED = "CANCEL"
"""RefundLineItemRestockType: of units that came back, and of units that never left. The other values leave it open."""


def storefront_order(order: Order, *, base_url: str, raw: Node) -> StorefrontOrder:
    """Raises ValueError for money that is none."""
    lines = tuple(_line(order, each) for each in order.line_items.nodes if not _is_tip(order, each))
    total = shop_money(order.total_price_set)
    recipient = order.shipping_address or order.billing_address
    return StorefrontOrder(
        external_id=order.id,
        number=order.name,
        url=f"{base_url}/admin/orders/{order.legacy_resource_id}",
        placed_at=order.processed_at,
        updated_at=order.updated_at,
        canceled_at=order.cancelled_at,
        closed_at=order.closed_at,
        currency=order.currency_code,
        customer_external_id=order.customer.id if order.customer else None,
        contact_name=recipient.name if recipient else None,
        email=order.email,
        phone=order.phone or (recipient.phone if recipient else None),
        shipping_address=address(order.shipping_address),
        billing_address=address(order.billing_address),
        shipping_method=next((each.title for each in order.shipping_lines.nodes), None),
        shipping=_shipping(order, lines, total),
        lines=lines,
        payments=payments(order.transactions),
        parcels=tuple(parcel(each) for each in sent(order.fulfillments)),
        total=total,
        rounding_minor=_rounding_minor(order),
        note=order.note,
        tags=tuple(order.tags),
        raw=raw,
    )


def _rounding_minor(order: Order) -> int:
    """Where the buyer paid in another currency each amount is converted by itself, that of a unit for all units."""
    if order.presentment_currency_code == order.currency_code:
        return 0
    lines = sum(each.quantity + len(each.discount_allocations) + len(each.tax_lines) for each in order.line_items.nodes)
    shipping = sum(1 + len(each.tax_lines) for each in order.shipping_lines.nodes)
    return (lines + shipping + 1) // 2


def _is_tip(order: Order, line: Line) -> bool:
    """A tip is a line that nothing can be sent of: LineItem.nonFulfillableQuantity of Shopify's schema."""
    amount_minor = shop_money(line.original_unit_price_set).minor * line.quantity
    tips_minor = shop_money(order.total_tip_received_set).minor
    # So is one that was refunded or taken off; a tip that was refunded is known by its amount.
    is_left = line.non_fulfillable_quantity > line.quantity - line.current_quantity or amount_minor == tips_minor
    is_never_sent = line.non_fulfillable_quantity >= line.quantity and is_left
    return is_never_sent and not line.sku and 0 < amount_minor <= tips_minor


def _line(order: Order, line: Line) -> StorefrontLine:
    unit = shop_money(line.original_unit_price_set)
    discount = sum_minor(each.allocated_amount_set for each in line.discount_allocations)
    tax = sum_minor(each.price_set for each in line.tax_lines)
    if order.taxes_included:
        unit_minor, discount = without_tax(unit.minor, line.quantity, discount, tax)
        unit = Money(unit_minor, unit.currency)
    shipped = sum(units_of(each)[line.id] for each in sent(order.fulfillments))
    canceled, returned = _withdrawn(order, line, shipped)
    return StorefrontLine(
        external_id=line.id,
        sku=line.sku or None,
        title=line.title if not line.variant_title else f"{line.title} - {line.variant_title}",
        quantity=line.quantity,
        unit_price=unit,
        discount=Money(discount, unit.currency),
        tax=Money(tax, unit.currency),
        canceled=canceled,
        shipped=shipped,
        returned=returned,
    )


def without_tax(unit_minor: int, quantity: int, discount_minor: int, tax_minor: int) -> tuple[int, int]:
    """The unit price and the line's discount where prices contain the tax that is then added on top.

    The price goes up to the next whole unit and the discount takes what that makes too much, fewer minor units than
    there are items, so that the line comes to the same.
    """
    gross_minor = unit_minor * quantity - discount_minor
    if gross_minor <= 0:
        return unit_minor, discount_minor + tax_minor
    net_minor = gross_minor - tax_minor
    net_unit_minor = -(-unit_minor * net_minor // gross_minor)
    return net_unit_minor, net_unit_minor * quantity - net_minor


def _withdrawn(order: Order, line: Line, shipped: int) -> tuple[int, int]:
    """How many units were canceled, and how many came back."""
    unsent = max(0, line.quantity - shipped)
    units: Counter[str] = Counter()
    for refund in order.refunds:
        for each in refund.refund_line_items.nodes:
            if each.line_item.id == line.id:
                units[RETURNED if refund.return_ else each.restock_type] += each.quantity
    if order.cancelled_at:
        return unsent, units[RETURNED]
    edited_away = max(0, line.quantity - line.current_quantity - units.total())
    canceled = units[CANCELED] + edited_away
    # Refunded without a word on where they are: those that were not sent, and no longer shall be, are canceled.
    unsaid = units.total() - units[CANCELED] - units[RETURNED]
    canceled += max(0, min(unsaid, unsent - canceled - line.unfulfilled_quantity))
    return min(canceled, unsent), units[RETURNED]


def _shipping(order: Order, lines: Sequence[StorefrontLine], total: Money) -> Money:
    shipping = sum_minor(each.discounted_price_set for each in order.shipping_lines.nodes)
    if not order.taxes_included:
        shipping += sum_minor(tax.price_set for each in order.shipping_lines.nodes for tax in each.tax_lines)
    goods = sum(each.unit_price.minor * each.quantity - each.discount.minor + each.tax.minor for each in lines)
    # What is charged beside has taxes of its own, so what is left of the total says how much it was.
    beside = (order.original_total_duties_set, order.original_total_additional_fees_set, order.total_tip_received_set)
    left = total.minor - goods - shipping
    if left > 0 and any(each and shop_money(each).minor for each in beside):
        shipping += left
    return Money(shipping, total.currency)
