"""orderPlace: takes an order from any channel.

What cannot be an order at all is refused; everything else is taken, and what is wrong with it becomes a hold.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.order import (
    OrderChangeKind,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.order_summary import Line, OrderSummary
from app.domain.refusals import Refusal, RefusalCode, Refused
from app.domain.source import SourceKind
from app.stores.jobs import enqueue
from app.stores.orders import record_change, save_order
from app.stores.payments import open_payment
from app.stores.placement import Known, Product, find_known
from app.stores.stock import move_stock
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_findings import Finding, of_address, of_contact, of_payment, of_products
from app.workflows.order_input import ExternalKey, OrderCustomer, OrderPlace, PlacedLine, require_order
from app.workflows.order_intake import take_in
from app.workflows.work import Work


async def order_place(tx: Transaction, command: OrderPlace, work: Work) -> Outcome:
    require_order(command, now=tx.at)
    known = await _known(tx, command)
    if known.placed_before is not None:
        return Outcome({"order": known.placed_before})
    order = _order(tx, command, known)
    if command.draft:
        await save_order(tx, order, "order.drafted", said_of(order))
        return Outcome({"order": order.id})
    findings = findings_of(order, known.products)
    intake = await take_in(tx, order, findings, shortage=work.policy.shortage, cart=command.reservation_id)
    await save_order(tx, order, "order.placed", said_of(order, findings))
    await move_stock(tx, intake.movements)
    await enqueue(tx, *intake.jobs)
    return Outcome({"order": order.id})


# ── what is known of it


async def _known(tx: Transaction, command: OrderPlace) -> Known:
    """Raises Refused where something that the order names does not exist."""
    customer = command.customer or OrderCustomer()
    named = {
        ("external", "source"): command.external and command.external.source,
        ("customer", "external", "source"): customer.external and customer.external.source,
        ("payment", "gateway"): command.payment and command.payment.gateway,
    }
    known = await find_known(
        tx,
        reference=_pair(command.external),
        sources=[each for each in named.values() if each],
        skus=[line.sku for line in command.lines],
        customer_id=command.customer_id,
        customer_reference=_pair(customer.external),
        email=customer.email,
    )
    refusals = [
        Refusal(code=RefusalCode.NOT_FOUND, message=f'no source has the key "{key}"', field=path)
        for path, key in named.items()
        if key and key not in known.sources
    ]
    gateway = command.payment and command.payment.gateway
    if gateway in known.sources and known.sources[gateway] != SourceKind.PAYMENT:
        message = f'"{gateway}" takes no payments; name a payment gateway'
        refusals.append(Refusal(code=RefusalCode.INVALID, message=message, field=("payment", "gateway")))
    if command.customer_id is not None and known.customer is None:
        message = f'no customer has the id "Customer:{command.customer_id}"'
        refusals.append(Refusal(code=RefusalCode.NOT_FOUND, message=message, field=("customer_id",)))
    if refusals:
        raise Refused(*refusals)
    return known


def _pair(key: ExternalKey | None) -> tuple[str | None, str | None]:
    return (None, None) if key is None else (key.source, key.external_id)


def findings_of(order: OrderSummary, products: Mapping[str, Product]) -> list[Finding]:
    payment_minor = sum(each.amount_minor for each in order.payments)
    address = order.shipping_address or {}
    return [
        *of_contact(order.contact_name, order.contact_email, address.get("phone")),
        *of_address(address),
        *of_products([line.sku for line in order.lines], products),
        *(of_payment(payment_minor, order.total_minor, order.currency) if order.payments else ()),
    ]


# ── the order


def _order(tx: Transaction, command: OrderPlace, known: Known) -> OrderSummary:
    given, found = command.customer or OrderCustomer(), known.customer
    order = OrderSummary(
        id=new_id(),
        version=0,
        number=known.number,
        management=OrderManagement.MANAGED,
        status=OrderStatus.DRAFT if command.draft else OrderStatus.PENDING,
        fulfillment_status=OrderFulfillmentStatus.UNFULFILLED,
        payment_status=OrderPaymentStatus.NOT_PAID,
        return_status=OrderReturnStatus.NONE,
        channel=command.channel,
        customer_id=found.id if found else None,
        contact_name=given.name or (found.name if found else None) or command.shipping_address.get("name"),
        contact_email=given.email or (found.email if found else None),
        shipping_address=command.shipping_address,
        billing_address=command.billing_address or command.shipping_address,
        shipping_method=command.shipping_method,
        currency=command.lines[0].unit_price.currency,
        shipping_minor=command.shipping_price.minor if command.shipping_price else 0,
        placed_at=command.placed_at or tx.at,
        metadata=command.metadata,
        lines=lines_of(command.lines, known.products, after=0),
    )
    _spread(command.discount.minor if command.discount else 0, order.lines)
    order.add_up()
    changed = [(line.id, line.ordered, line.total_minor) for line in order.lines]
    record_change(tx, order, OrderChangeKind.PLACE, None, changed, other_minor=order.shipping_minor)
    if command.external is not None:
        order.add(
            "order_references", id=new_id(), order_id=order.id, source_key=command.external.source,
            external_id=command.external.external_id,
        )  # fmt: skip
    if command.payment is not None:
        paid = command.payment
        amount = paid.amount or Money(order.total_minor, order.currency)
        open_payment(order, paid.gateway, paid.method, paid.token, amount)
    return order


def lines_of(placed: Sequence[PlacedLine], products: Mapping[str, Product], *, after: int) -> list[Line]:
    """`after` is the last position that is taken."""
    lines = []
    for position, each in enumerate(placed, start=after + 1):
        product = products.get(each.sku)
        line = Line(
            id=new_id(),
            position=position,
            product_id=product.id if product else None,
            sku=each.sku,
            title=product.title if product else each.sku,
            unit_price_minor=each.unit_price.minor,
            discount_minor=each.discount.minor if each.discount else 0,
            tax_minor=each.tax.minor if each.tax else 0,
            ordered=each.quantity,
        )
        line.add_up()
        lines.append(line)
    return lines


def _spread(discount_minor: int, lines: Sequence[Line]) -> None:
    """A discount of the whole order, by what the lines are worth; the last of them takes the remainder."""
    worths = [line.unit_price_minor * line.ordered - line.discount_minor for line in lines]
    left, left_worth = discount_minor, sum(worths)
    for line, worth in zip(lines, worths, strict=True):
        share = left * worth // left_worth if left_worth else 0
        line.discount_minor += share
        line.add_up()
        left, left_worth = left - share, left_worth - worth


def said_of(order: OrderSummary, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    said: dict[str, Any] = {"channel": order.channel, "status": order.status, "totalMinor": order.total_minor}
    backordered = order.units("backordered")
    if backordered:
        said["backordered"] = backordered
    if findings:
        said["holds"] = [{"reason": each.reason, "note": each.note} for each in findings]
    return said
