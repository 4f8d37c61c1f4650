"""An order as it is now: the original with all its changes. What a command loads, changes and saves.

Amounts are minor units of `currency`. States move by the tables of the lifecycles, and nowhere else than in `become`.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.domain.fulfillment_lifecycle import FulfillmentFacts
from app.domain.order import (
    HoldReason,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.order_lifecycle import ORDER_LIFECYCLE, OrderFacts, OrderTrigger
from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.domain.payment_lifecycle import PaymentFacts
from app.domain.returns import ReturnStatus
from app.domain.shipment_lifecycle import ShipmentFacts

HELD = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_CAPTURED, PaymentStatus.PARTIALLY_REFUNDED})
"""States of a payment of which something may still be captured."""


@dataclass(slots=True, kw_only=True)
class Line:
    """A SKU and its units; the counters are those of domain.md's quantity ledger."""

    id: UUID
    position: int
    product_id: UUID | None
    sku: str
    title: str
    unit_price_minor: int
    discount_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    ordered: int
    canceled: int = 0
    backordered: int = 0
    reserved: int = 0
    allocated: int = 0
    in_fulfillment: int = 0
    shipped: int = 0
    delivered: int = 0
    return_requested: int = 0
    returned: int = 0
    restocked: int = 0
    exchanged: int = 0

    @property
    def units(self) -> int:
        """Now ordered."""
        return self.ordered - self.canceled

    @property
    def open_units(self) -> int:
        """Neither shipped nor canceled."""
        return self.units - self.shipped

    @property
    def unpromised_units(self) -> int:
        """Open, and neither backordered nor held for the line anywhere."""
        return self.open_units - self.backordered - self.reserved - self.allocated - self.in_fulfillment

    def add_up(self) -> None:
        self.total_minor = self.unit_price_minor * self.units - self.discount_minor + self.tax_minor


@dataclass(slots=True, kw_only=True)
class FulfillmentLine:
    id: UUID
    order_line_id: UUID
    quantity: int
    picked: int = 0
    packed: int = 0
    shipped: int = 0


@dataclass(slots=True, kw_only=True)
class Fulfillment:
    """A fulfillment order."""

    id: UUID
    version: int
    number: str
    status: FulfillmentOrderStatus
    location_id: UUID
    fulfill_by: datetime | None = None
    opens_at: datetime | None = None
    lines: list[FulfillmentLine]


@dataclass(slots=True, kw_only=True)
class ParcelLine:
    id: UUID
    order_line_id: UUID
    quantity: int


@dataclass(slots=True, kw_only=True)
class Parcel:
    """A shipment."""

    id: UUID
    number: str
    status: ShipmentStatus
    fulfillment_order_id: UUID | None
    """None for one that comes back."""
    location_id: UUID | None
    carrier_key: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    label_url: str | None = None
    cost_minor: int | None = None
    currency: str | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    estimated_delivery_at: datetime | None = None
    label_asked_at: datetime | None = None
    cancel_asked_at: datetime | None = None
    refused_because: str | None = None
    given_up_at: datetime | None = None
    lines: list[ParcelLine]


@dataclass(slots=True, kw_only=True)
class PaymentSummary:
    id: UUID
    status: PaymentStatus
    gateway_key: str
    method: str
    amount_minor: int
    authorized_minor: int
    captured_minor: int
    refunded_minor: int
    released_minor: int = 0
    method_token: str | None = None
    gateway_reference: str | None = None
    authorization_expires_at: datetime | None = None

    @property
    def held_minor(self) -> int:
        """Authorized, and neither captured nor let go of."""
        return self.authorized_minor - self.captured_minor - self.released_minor if self.status in HELD else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A transaction that the gateway has not decided, or that nobody knows the decision on."""

    id: UUID
    payment_id: UUID
    kind: TransactionKind
    amount_minor: int
    status: TransactionStatus = TransactionStatus.PENDING
    gateway_reference: str | None = None
    """Set once the gateway has answered that it will take a while."""


def _keeps_hold_busy(asked: Undecided) -> bool:
    """Whether it may still change what the payment holds, unknown to us. Refunds do not."""
    if asked.kind is TransactionKind.AUTHORIZATION:
        is_asked = asked.status in (TransactionStatus.PENDING, TransactionStatus.UNKNOWN)
        return is_asked and asked.gateway_reference is None
    return asked.kind in (TransactionKind.CAPTURE, TransactionKind.VOID)


@dataclass(slots=True, kw_only=True)
class ReturnSummary:
    id: UUID
    version: int
    number: str
    status: ReturnStatus


@dataclass(slots=True, kw_only=True)
class OpenHold:
    id: UUID
    reason: HoldReason
    note: str | None = None
    fulfillment_order_id: UUID | None = None


@dataclass(slots=True, kw_only=True)
class OrderSummary:
    id: UUID
    version: int
    number: str
    management: OrderManagement
    status: OrderStatus
    fulfillment_status: OrderFulfillmentStatus
    payment_status: OrderPaymentStatus
    return_status: OrderReturnStatus
    channel: str
    customer_id: UUID | None
    contact_name: str | None
    contact_email: str | None
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    shipping_method: str | None
    currency: str
    subtotal_minor: int = 0
    discount_minor: int = 0
    shipping_minor: int = 0
    tax_minor: int = 0
    total_minor: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0
    credited_minor: int = 0
    placed_at: datetime
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    estimated_delivery_at: datetime | None = None
    held_from: OrderStatus | None = None
    metadata: dict[str, Any] | None = None
    lines: list[Line] = field(default_factory=list)
    payments: list[PaymentSummary] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    shipments: list[Parcel] = field(default_factory=list)
    returns: list[ReturnSummary] = field(default_factory=list)
    holds: list[OpenHold] = field(default_factory=list)
    """Those that are not released."""
    undecided: list[Undecided] = field(default_factory=list)
    """Transactions of its payments."""
    edit_count: int = 0
    """Changes that added to it after it was placed."""
    saved: dict[str, list[Any]] = field(default_factory=dict, repr=False, compare=False)
    """Its parts as they are in the store, and its head (`outgoing.head_of`); empty for an order that is not there."""
    added: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False, compare=False)
    """Further rows by table that belong to it and are not in the store yet."""

    @property
    def balance_minor(self) -> int:
        """What is still due; below zero, what is owed to the customer."""
        return self.total_minor - self.credited_minor - self.paid_minor + self.refunded_minor

    @property
    def order_holds(self) -> list[OpenHold]:
        """Those of the order itself, not of one of its fulfillment orders."""
        return [each for each in self.holds if each.fulfillment_order_id is None]

    def line(self, id_: UUID) -> Line | None:
        return next((each for each in self.lines if each.id == id_), None)

    def line_of(self, part: FulfillmentLine | ParcelLine) -> Line:
        return next(each for each in self.lines if each.id == part.order_line_id)

    def fulfillment(self, id_: UUID | None) -> Fulfillment | None:
        return next((each for each in self.fulfillments if each.id == id_), None)

    def shipment(self, id_: UUID) -> Parcel | None:
        return next((each for each in self.shipments if each.id == id_), None)

    def labeling(self, fulfillment: Fulfillment) -> Counter[UUID]:
        """Units in parcels that wait for their label, by line of the order: packed, and not shipped yet."""
        units: Counter[UUID] = Counter()
        for parcel in self.shipments:
            if parcel.fulfillment_order_id == fulfillment.id and parcel.status is ShipmentStatus.CREATED:
                units.update({part.order_line_id: part.quantity for part in parcel.lines})
        return units

    def refunding_minor(self, payment: PaymentSummary | None = None) -> int:
        """Refunds under way: of one payment, or of all."""
        return self._under_way_minor(TransactionKind.REFUND, payment)

    def capturing_minor(self, payment: PaymentSummary | None = None) -> int:
        """Captures under way: of one payment, or of all."""
        return self._under_way_minor(TransactionKind.CAPTURE, payment)

    def refundable_minor(self, payment: PaymentSummary) -> int:
        """Taken, and neither given back, nor on its way back, nor disputed."""
        disputed_minor = self._under_way_minor(TransactionKind.CHARGEBACK, payment)
        left_minor = payment.captured_minor - payment.refunded_minor - self.refunding_minor(payment) - disputed_minor
        return max(0, left_minor)

    def _under_way_minor(self, kind: TransactionKind, payment: PaymentSummary | None) -> int:
        return sum(
            each.amount_minor
            for each in self.undecided
            if each.kind is kind and (payment is None or each.payment_id == payment.id)
        )

    def is_under_way(self, payment: PaymentSummary, kind: TransactionKind) -> bool:
        return any(each.payment_id == payment.id and each.kind is kind for each in self.undecided)

    def payment(self, id_: UUID) -> PaymentSummary | None:
        return next((each for each in self.payments if each.id == id_), None)

    def add(self, table: str, **row: Any) -> None:
        """A row that is saved with the order. Rows of one table have the same columns, `id` among them."""
        self.added.setdefault(table, []).append(row)

    def units(self, counter: str) -> int:
        """Over all lines, of a property of theirs."""
        return sum(getattr(line, counter) for line in self.lines)

    @property
    def facts(self) -> OrderFacts:
        """What its actions depend on."""
        return OrderFacts(
            number=self.number,
            status=self.status,
            management=self.management,
            lines=len(self.lines),
            open_units=self.units("open_units"),
            in_fulfillment_units=self.units("in_fulfillment"),
            shipped_units=self.units("shipped"),
            returnable_units=sum(max(0, each.delivered - each.returned - each.return_requested) for each in self.lines),
            open_holds=len(self.order_holds),
            balance_minor=self.balance_minor,
            held_minor=sum(each.held_minor for each in self.payments),
            undecided_payments=sum(each.status is PaymentStatus.PENDING for each in self.payments),
        )

    def fulfillment_facts(self, fulfillment: Fulfillment) -> FulfillmentFacts:
        parts, labeling = fulfillment.lines, self.labeling(fulfillment).total()
        return FulfillmentFacts(
            number=fulfillment.number,
            status=fulfillment.status,
            management=self.management,
            order_number=self.number,
            order_status=self.status,
            unpicked_units=sum(part.quantity - part.picked for part in parts),
            unpacked_units=sum(part.picked - part.packed for part in parts),
            packed_units=sum(part.packed - part.shipped for part in parts) - labeling,
            labeling_units=labeling,
            unshipped_units=sum(part.quantity - part.shipped for part in parts),
        )

    def shipment_facts(self, parcel: Parcel) -> ShipmentFacts:
        return ShipmentFacts(number=parcel.number, status=parcel.status, management=self.management)

    def payment_facts(self, payment: PaymentSummary) -> PaymentFacts:
        """What the payment's actions depend on."""
        open_ = [each for each in self.undecided if each.payment_id == payment.id]
        return PaymentFacts(
            order_number=self.number,
            status=payment.status,
            management=self.management,
            capturable_minor=payment.held_minor,
            refundable_minor=self.refundable_minor(payment),
            unanswered_transactions=sum(_keeps_hold_busy(each) for each in open_),
        )

    def become(self, trigger: OrderTrigger, at: datetime, to: OrderStatus | None = None) -> None:
        """The only writer of an order's state. Raises IllegalMove."""
        status = ORDER_LIFECYCLE.move(self.status, trigger, to)
        if status is OrderStatus.ON_HOLD and self.status is not OrderStatus.ON_HOLD:
            self.held_from = self.status
        elif status is not OrderStatus.ON_HOLD:
            self.held_from = None
        self.status = status
        self.completed_at = at if status is OrderStatus.COMPLETED else None
        self.canceled_at = at if status is OrderStatus.CANCELED else None

    def mirror(
        self, status: OrderStatus, *, completed_at: datetime | None, canceled_at: datetime | None, at: datetime
    ) -> None:
        """Of an order that another system drives: it is where that says, however it came there. `at` stands in for a
        time that is not told.
        """
        self.status = status
        self.completed_at = (completed_at or at) if status is OrderStatus.COMPLETED else None
        self.canceled_at = (canceled_at or at) if status is OrderStatus.CANCELED else None

    def add_up(self) -> None:
        """Totals from lines, what is paid and refunded from payments."""
        for line in self.lines:
            line.add_up()
        self.subtotal_minor = sum(line.unit_price_minor * line.units for line in self.lines)
        self.discount_minor = sum(line.discount_minor for line in self.lines)
        self.tax_minor = sum(line.tax_minor for line in self.lines)
        self.total_minor = self.subtotal_minor - self.discount_minor + self.shipping_minor + self.tax_minor
        self.paid_minor = sum(payment.captured_minor for payment in self.payments)
        self.refunded_minor = sum(payment.refunded_minor for payment in self.payments)
