"""Orders: lines and their units, totals, the change ledger, holds and exceptions."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from app import models
from app.access.scopes import Scope
from app.execution.declare import column, computed, connection, many, one, remote, same_row, stored, value
from app.execution.filters import condition, equals, is_one_of, refers_to, within
from app.resolvers import actions, erp
from app.resolvers import order as resolve
from app.schema.catalog import Product
from app.schema.connection import Log
from app.schema.enums import (
    ExceptionStatus,
    HoldReason,
    OrderChangeKind,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
    SortDirection,
)
from app.schema.event import Event
from app.schema.fulfillment import FulfillmentOrder, RoutingDecision, Shipment
from app.schema.inputs import DateTimeRange, ExternalKey
from app.schema.live import MAX_AGE, ErpDocument, LiveList
from app.schema.node import Node
from app.schema.payment import Payment
from app.schema.returns import Return
from app.schema.scalars import CurrencyCode
from app.schema.source import ExternalReference
from app.schema.user_error import AvailableAction
from app.schema.value import Actor, Address, Money, actor, money

if TYPE_CHECKING:
    from app.schema.customer import Customer

CURRENCY = models.Order.currency
LINE_CURRENCY = models.OrderLine.currency


@value
class LineQuantities:
    """The units of a line, by how far they have come. A line has no status of its own."""

    ordered: int = column(models.OrderLine.ordered, "Placed, plus added by edits.", read=Scope.ORDER)
    canceled: int = column(models.OrderLine.canceled, "Canceled before they shipped.", read=Scope.ORDER)
    backordered: int = column(models.OrderLine.backordered, "Waiting for supply.", read=Scope.ORDER)
    reserved: int = column(models.OrderLine.reserved, "Promised from stock, location not yet final.", read=Scope.ORDER)
    allocated: int = column(models.OrderLine.allocated, "Assigned to a location.", read=Scope.ORDER)
    in_fulfillment: int = column(models.OrderLine.in_fulfillment, "Being picked and packed.", read=Scope.ORDER)
    shipped: int = column(models.OrderLine.shipped, "Left with a carrier.", read=Scope.ORDER)
    delivered: int = column(models.OrderLine.delivered, "Arrived.", read=Scope.ORDER)
    return_requested: int = column(
        models.OrderLine.return_requested, "Announced to come back, not yet received.", read=Scope.ORDER
    )
    returned: int = column(models.OrderLine.returned, "Came back.", read=Scope.ORDER)
    restocked: int = column(models.OrderLine.restocked, "Came back and may be sold again.", read=Scope.ORDER)


@stored(models.OrderLine)
class OrderLine(Node):
    """A product, its units and its price within an order."""

    sku: str = column(models.OrderLine.sku, "SKU, as it was ordered.", read=Scope.ORDER)
    title: str = column(models.OrderLine.title, "Title, as it was shown when it was ordered.", read=Scope.ORDER)
    product: Product | None = one(
        models.OrderLine.product_id,
        "The product as it is now; null when the catalog does not have it.",
        read=Scope.CATALOG,
    )
    unit_price: Money = money(models.OrderLine.unit_price_minor, LINE_CURRENCY, "Price of a unit.", read=Scope.ORDER)
    discount: Money = money(models.OrderLine.discount_minor, LINE_CURRENCY, "Taken off the line.", read=Scope.ORDER)
    tax: Money = money(models.OrderLine.tax_minor, LINE_CURRENCY, "Added to the line.", read=Scope.ORDER)
    total: Money = money(
        models.OrderLine.total_minor, LINE_CURRENCY, "Unit price × quantity - discount + tax.", read=Scope.ORDER
    )
    quantity: int = column(
        models.OrderLine.ordered - models.OrderLine.canceled,
        "Units now ordered: placed plus added minus canceled.",
        read=Scope.ORDER,
    )
    quantities: LineQuantities = same_row("How far its units have come.", read=Scope.ORDER)


@value
class OrderTotals:
    """The money of an order as it now is."""

    subtotal: Money = money(models.Order.subtotal_minor, CURRENCY, "Unit prices × quantities.", read=Scope.ORDER)
    discount: Money = money(models.Order.discount_minor, CURRENCY, "Taken off, over lines and order.", read=Scope.ORDER)
    shipping: Money = money(models.Order.shipping_minor, CURRENCY, "Charged for shipping.", read=Scope.ORDER)
    tax: Money = money(models.Order.tax_minor, CURRENCY, "Added, over lines and shipping.", read=Scope.ORDER)
    total: Money = money(models.Order.total_minor, CURRENCY, "subtotal - discount + shipping + tax.", read=Scope.ORDER)
    paid: Money = money(models.Order.paid_minor, CURRENCY, "Captured over all payments.", read=Scope.ORDER)
    refunded: Money = money(models.Order.refunded_minor, CURRENCY, "Given back over all payments.", read=Scope.ORDER)
    credited: Money = money(
        models.Order.credited_minor, CURRENCY, "What closed returns were worth, less fees.", read=Scope.ORDER
    )
    balance: Money = money(
        resolve.BALANCE_MINOR,
        CURRENCY,
        "total - credited - paid + refunded: still to be paid when positive, owed to the customer when negative.",
        read=Scope.ORDER,
    )


@stored(models.OrderChangeLine)
class OrderChangeLine:
    """What a change did to one line."""

    order_line: OrderLine = one(models.OrderChangeLine.order_line_id, "The line that changed.", read=Scope.ORDER)
    quantity_delta: int = column(
        models.OrderChangeLine.quantity_delta, "Units added; negative when taken away.", read=Scope.ORDER
    )
    amount_delta: Money = money(
        models.OrderChangeLine.amount_delta_minor,
        models.OrderChangeLine.currency,
        "What its total changed by; negative when it became cheaper.",
        read=Scope.ORDER,
    )


@stored(models.OrderChange)
class OrderChange(Node):
    """One entry of an order's change ledger; the order as it is now is their sum."""

    kind: OrderChangeKind = column(models.OrderChange.kind, "What it records.", read=Scope.ORDER)
    at: datetime = column(models.OrderChange.at, "When it was made.", read=Scope.ORDER)
    actor: Actor = actor(models.OrderChange, "Who made it.", read=Scope.ORDER)
    reason: str | None = column(models.OrderChange.reason, "Why, in somebody's words.", read=Scope.ORDER)
    lines: list[OrderChangeLine] = many(
        models.OrderChangeLine.change_id, "What it did to each line.", by=models.OrderChangeLine.id, read=Scope.ORDER
    )
    amount: Money = money(
        models.OrderChange.amount_minor,
        models.OrderChange.currency,
        "What the order's total changed by.",
        read=Scope.ORDER,
    )


@stored(models.Hold)
class Hold(Node):
    """A named reason that blocks an order until it is released."""

    reason: HoldReason = column(models.Hold.reason, "Why the order is held.", read=Scope.ORDER)
    note: str | None = column(models.Hold.note, "What else there is to say about it, for people.", read=Scope.ORDER)
    placed_at: datetime = column(models.Hold.placed_at, "When it was placed.", read=Scope.ORDER)
    placed_by: Actor = actor(models.Hold, "Who placed it.", read=Scope.ORDER)
    released_at: datetime | None = column(
        models.Hold.released_at, "When it was released; null while it blocks.", read=Scope.ORDER
    )


@stored(models.OrderException)
class OrderException(Node):
    """A step that failed for good and waits for a decision."""

    status: ExceptionStatus = column(models.OrderException.status, "Whether it still waits.", read=Scope.ORDER)
    category: str = column(
        models.OrderException.category,
        "Which kind of step failed, for instance `shipment.lost` or `push.orders`.",
        read=Scope.ORDER,
    )
    message: str = column(models.OrderException.message, "What happened, for people.", read=Scope.ORDER)
    order: Annotated["Order", strawberry.lazy("app.schema.order")] = one(
        models.OrderException.order_id, "The order whose step it was.", read=Scope.ORDER
    )
    raised_at: datetime = column(models.OrderException.raised_at, "When it was given up.", read=Scope.ORDER)
    resolved_at: datetime | None = column(models.OrderException.resolved_at, "When it was decided.", read=Scope.ORDER)
    suggested_action: str | None = column(
        models.OrderException.suggested_action,
        "Name of the mutation that would move the order on, for instance `orderRoute`.",
        read=Scope.ORDER,
    )
    attempts: int = column(
        models.OrderException.attempts, "How often the step was tried before it was given up.", read=Scope.ORDER
    )


@stored(models.Order)
class Order(Node):
    """What a customer asked for, and what became of it."""

    version: int = column(models.Order.version, "Counts its changes; give it as `expectedVersion`.", read=Scope.ORDER)
    number: str = column(models.Order.number, "Unique, for people.", read=Scope.ORDER)
    management: OrderManagement = column(
        models.Order.management,
        "Whether Junction drives it, or another system does and this is a mirror.",
        read=Scope.ORDER,
    )
    status: OrderStatus = column(models.Order.status, "Where it stands in its life.", read=Scope.ORDER)
    fulfillment_status: OrderFulfillmentStatus = column(
        models.Order.fulfillment_status, "How far its units have come.", read=Scope.ORDER
    )
    payment_status: OrderPaymentStatus = column(models.Order.payment_status, "What has been paid.", read=Scope.ORDER)
    return_status: OrderReturnStatus = column(models.Order.return_status, "What is coming back.", read=Scope.ORDER)
    channel: str = column(models.Order.channel, "Where it was placed, for instance `web`.", read=Scope.ORDER)
    external_references: list[ExternalReference] = many(
        models.OrderReference.order_id, "What other systems call it.", by=models.OrderReference.id, read=Scope.ORDER
    )
    customer: Annotated["Customer", strawberry.lazy("app.schema.customer")] | None = one(
        models.Order.customer_id, "Who ordered; null for a guest.", read=Scope.CUSTOMER
    )
    shipping_address: Address | None = column(
        models.Order.shipping_address, "Where its parcels go.", read=Scope.CUSTOMER_PII
    )
    billing_address: Address | None = column(
        models.Order.billing_address, "Where the invoice goes.", read=Scope.CUSTOMER_PII
    )
    shipping_method: str | None = column(
        models.Order.shipping_method,
        "How fast it is to arrive, in the words of its channel, for instance `standard`.",
        read=Scope.ORDER,
    )
    currency: CurrencyCode = column(models.Order.currency, "Currency of all its amounts.", read=Scope.ORDER)
    lines: list[OrderLine] = many(
        models.OrderLine.order_id,
        "What was ordered, in the order it was placed.",
        by=models.OrderLine.position,
        read=Scope.ORDER,
    )
    totals: OrderTotals = same_row("Its money as it now is.", read=Scope.ORDER)
    changes: list[OrderChange] = many(
        models.OrderChange.order_id,
        "The change ledger, oldest first: what the order became. The original is never overwritten.",
        by=models.OrderChange.at,
        read=Scope.ORDER,
    )
    holds: list[Hold] = many(
        models.Hold.order_id, "What blocks or blocked it, oldest first.", by=models.Hold.placed_at, read=Scope.ORDER
    )
    payments: list[Payment] = many(
        models.Payment.order_id, "Its payments, oldest first.", by=models.Payment.created_at, read=Scope.PAYMENT
    )
    fulfillment_orders: list[FulfillmentOrder] = many(
        models.FulfillmentOrder.order_id,
        "What locations were asked to ship, oldest first.",
        by=models.FulfillmentOrder.created_at,
        read=Scope.FULFILLMENT,
    )
    shipments: list[Shipment] = many(
        models.Shipment.order_id, "Its parcels, oldest first.", by=models.Shipment.created_at, read=Scope.FULFILLMENT
    )
    returns: list[Return] = many(
        models.Return.order_id,
        "Its returns, newest first.",
        by=models.Return.requested_at,
        descending=True,
        read=Scope.RETURN,
    )
    routing_decisions: list[RoutingDecision] = many(
        models.RoutingDecision.order_id,
        "Why its units ship from where they do, newest first.",
        by=models.RoutingDecision.at,
        descending=True,
        read=Scope.FULFILLMENT,
    )
    exceptions: list[OrderException] = many(
        models.OrderException.order_id,
        "Steps that failed for good, newest first.",
        by=models.OrderException.raised_at,
        descending=True,
        read=Scope.ORDER,
    )
    events: Log[Event] = connection(
        models.Event.subject_id,
        "What happened to it, oldest first.",
        key=models.Order.id,
        by=models.Event.position,
        descending=False,
        both_ways=False,
        read=Scope.EVENT,
    )
    placed_at: datetime = column(models.Order.placed_at, "When the customer placed it.", read=Scope.ORDER)
    updated_at: datetime = column(models.Order.updated_at, "When it last changed.", read=Scope.ORDER)
    completed_at: datetime | None = column(models.Order.completed_at, "When it was done.", read=Scope.ORDER)
    canceled_at: datetime | None = column(models.Order.canceled_at, "When it was called off.", read=Scope.ORDER)
    estimated_delivery_at: datetime | None = column(
        models.Order.estimated_delivery_at, "When the last parcel should arrive.", read=Scope.ORDER
    )
    metadata: JSON | None = column(
        models.Order.details, "Whatever its channel wants to find again, as it was given.", read=Scope.ORDER
    )
    actions: list[AvailableAction] = computed(
        actions.order_actions,
        "What may be asked of it as it now is, and what speaks against the rest.",
        needs=actions.ORDER_FACTS,
        read=Scope.ORDER,
    )
    erp_documents: LiveList[ErpDocument] | None = remote(
        erp.documents_of_orders,
        "Live from the ERP: the sales order, deliveries, invoices and returns that mirror this order.",
        key=models.Order.number,
        arguments={"max_age": MAX_AGE},
        read=Scope.ORDER,
    )


@strawberry.input(one_of=True, description="Exactly one way to name an order.")
class OrderLookup:
    id: strawberry.ID | None = refers_to("Order", models.Order.id, "Its global id.")
    number: str | None = equals(models.Order.number, "Its number.")
    external: ExternalKey | None = condition(resolve.known_as, "What another system calls it.")


@strawberry.input(description="Which orders. What is left out does not matter.")
class OrderWhere:
    status: list[OrderStatus] | None = is_one_of(models.Order.status, "In one of these states.")
    payment_status: list[OrderPaymentStatus] | None = is_one_of(
        models.Order.payment_status, "Paid in one of these ways."
    )
    fulfillment_status: list[OrderFulfillmentStatus] | None = is_one_of(
        models.Order.fulfillment_status, "Come as far as one of these."
    )
    return_status: list[OrderReturnStatus] | None = is_one_of(
        models.Order.return_status, "Coming back in one of these ways."
    )
    channel: list[str] | None = is_one_of(models.Order.channel, "Placed in one of these channels.")
    customer_id: strawberry.ID | None = refers_to("Customer", models.Order.customer_id, "Of this customer.")
    sku: str | None = condition(resolve.has_sku, "With a line of this product.")
    placed_at: DateTimeRange | None = within(models.Order.placed_at, "Placed in this range.")


@strawberry.enum(description="What orders can be sorted by.")
class OrderSortField(Enum):
    PLACED_AT = strawberry.enum_value("PLACED_AT", description="When they were placed.")
    UPDATED_AT = strawberry.enum_value("UPDATED_AT", description="When they last changed.")
    NUMBER = strawberry.enum_value("NUMBER", description="Their number, as text.")
    TOTAL = strawberry.enum_value("TOTAL", description="Their total in minor units, whatever the currency.")


@strawberry.input(description="How orders are sorted; ties by id, in the same direction.")
class OrderSort:
    field: OrderSortField = strawberry.field(description="What to sort by.")
    direction: SortDirection = strawberry.field(description="Which end comes first.")


ORDER_SORTS = {
    "PLACED_AT": models.Order.placed_at,
    "UPDATED_AT": models.Order.updated_at,
    "NUMBER": models.Order.number,
    "TOTAL": models.Order.total_minor,
}


@strawberry.input(description="Which exceptions. What is left out does not matter.")
class ExceptionWhere:
    status: ExceptionStatus | None = equals(models.OrderException.status, "Waiting, or decided.")
    category: str | None = equals(models.OrderException.category, "Of this kind of step, for instance `shipment.lost`.")
