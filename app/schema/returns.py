"""Returns, what comes back in them, and what they are worth."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app import models
from app.access.scopes import Scope
from app.execution.declare import column, computed, many, one, same_row, stored, value
from app.execution.filters import equals, is_one_of, refers_to
from app.resolvers import actions
from app.resolvers import returns as resolve
from app.schema.catalog import Location
from app.schema.enums import Disposition, ReturnReason, ReturnStatus, TransactionKind
from app.schema.fulfillment import OrderLater, OrderLineLater, Shipment
from app.schema.node import Node
from app.schema.payment import PaymentTransaction
from app.schema.user_error import AvailableAction
from app.schema.value import Money, money

if TYPE_CHECKING:
    from app.schema.customer import Customer

CURRENCY = models.Return.currency


@stored(models.ReturnDisposition)
class ReturnDisposition:
    """What became of units that came back."""

    disposition: Disposition = column(models.ReturnDisposition.disposition, "The verdict.", read=Scope.RETURN)
    quantity: int = column(models.ReturnDisposition.quantity, "Units with this verdict.", read=Scope.RETURN)
    location: Location | None = one(models.ReturnDisposition.location_id, "Where they are now.", read=Scope.RETURN)
    at: datetime = column(models.ReturnDisposition.at, "When they were inspected.", read=Scope.RETURN)


@stored(models.ReturnLine)
class ReturnLine(Node):
    """Units of an order line that come back."""

    order_line: OrderLineLater = one(models.ReturnLine.order_line_id, "The line of the order.", read=Scope.ORDER)
    quantity: int = column(models.ReturnLine.quantity, "Units announced.", read=Scope.RETURN)
    reason: ReturnReason = column(models.ReturnLine.reason, "Why they come back.", read=Scope.RETURN)
    note: str | None = column(
        models.ReturnLine.note, "What else there is to say, in the customer's words.", read=Scope.RETURN
    )
    received: int = column(models.ReturnLine.received, "Units that arrived.", read=Scope.RETURN)
    dispositions: list[ReturnDisposition] = many(
        models.ReturnDisposition.return_line_id,
        "What became of them.",
        by=models.ReturnDisposition.at,
        read=Scope.RETURN,
    )


@stored(models.ExchangeLine)
class ExchangeLine:
    """What the customer wants instead."""

    sku: str = column(models.ExchangeLine.sku, "SKU of the product.", read=Scope.RETURN)
    quantity: int = column(models.ExchangeLine.quantity, "Units wanted.", read=Scope.RETURN)
    unit_price: Money = money(
        models.ExchangeLine.unit_price_minor, models.ExchangeLine.currency, "Price of a unit.", read=Scope.RETURN
    )
    order_line: OrderLineLater | None = one(
        models.ExchangeLine.order_line_id, "The line that was placed for it.", read=Scope.ORDER
    )


@value
class FinancialOutcome:
    """What a return is worth, before and after it is settled."""

    refund: Money = money(models.Return.refund_minor, CURRENCY, "For the goods.", read=Scope.RETURN)
    fees: Money = money(
        models.Return.fees_minor, CURRENCY, "Kept by us, for instance for restocking.", read=Scope.RETURN
    )
    exchange: Money = money(
        models.Return.exchange_minor, CURRENCY, "Price of the goods in exchange.", read=Scope.RETURN
    )
    net: Money = money(
        resolve.NET_MINOR, CURRENCY, "refund - fees - exchange: owed to the customer when positive.", read=Scope.RETURN
    )


@stored(models.Return)
class Return(Node):
    """Goods coming back: an RMA."""

    version: int = column(models.Return.version, "Counts its changes; give it as `expectedVersion`.", read=Scope.RETURN)
    number: str = column(models.Return.number, "Unique, for people.", read=Scope.RETURN)
    status: ReturnStatus = column(models.Return.status, "Where it stands.", read=Scope.RETURN)
    order: OrderLater = one(models.Return.order_id, "The order whose goods come back.", read=Scope.ORDER)
    customer: Annotated["Customer", strawberry.lazy("app.schema.customer")] | None = one(
        models.Return.customer_id, "Who sends them back; null for a guest.", read=Scope.CUSTOMER
    )
    lines: list[ReturnLine] = many(
        models.ReturnLine.return_id, "What comes back.", by=models.ReturnLine.id, read=Scope.RETURN
    )
    exchange_lines: list[ExchangeLine] = many(
        models.ExchangeLine.return_id, "What the customer wants instead.", by=models.ExchangeLine.id, read=Scope.RETURN
    )
    refunds: list[PaymentTransaction] = many(
        models.PaymentTransaction.return_id,
        "Money given back for it, oldest first.",
        by=models.PaymentTransaction.at,
        where=models.PaymentTransaction.kind == TransactionKind.REFUND,
        read=Scope.PAYMENT,
    )
    outcome: FinancialOutcome = same_row(
        "What it is worth: what is refunded, kept, and charged for the exchange.", read=Scope.RETURN
    )
    shipment: Shipment | None = one(models.Return.shipment_id, "The parcel that brings it.", read=Scope.FULFILLMENT)
    requested_at: datetime = column(models.Return.requested_at, "When it was asked for.", read=Scope.RETURN)
    closed_at: datetime | None = column(models.Return.closed_at, "When it was settled.", read=Scope.RETURN)
    actions: list[AvailableAction] = computed(
        actions.return_actions,
        "What may be asked of it as it now is, and what speaks against the rest.",
        needs=actions.RETURN_FACTS,
        read=Scope.RETURN,
    )


@strawberry.input(description="Which returns. What is left out does not matter.")
class ReturnWhere:
    status: list[ReturnStatus] | None = is_one_of(models.Return.status, "In one of these states.")
    customer_id: strawberry.ID | None = refers_to("Customer", models.Return.customer_id, "Of this customer.")
    order_id: strawberry.ID | None = refers_to("Order", models.Return.order_id, "Of this order.")


@strawberry.input(one_of=True, description="Exactly one way to name a return.")
class ReturnLookup:
    id: strawberry.ID | None = refers_to("Return", models.Return.id, "Its global id.")
    number: str | None = equals(models.Return.number, "Its number.")
