"""The three axes of an order beside its state: how far its units have come, what is paid, what is coming back.

Nobody sets them. They follow from the quantities of the lines, from the payments and from the returns, each time anew.
"""

from collections.abc import Sequence
from typing import Protocol

from app.domain.order import OrderFulfillmentStatus, OrderPaymentStatus, OrderReturnStatus, OrderStatus
from app.domain.payment import PaymentStatus
from app.domain.returns import ReturnStatus


class Units(Protocol):
    ordered: int
    canceled: int
    backordered: int
    shipped: int
    delivered: int
    returned: int


class Paying(Protocol):
    status: PaymentStatus
    authorized_minor: int


class Returning(Protocol):
    status: ReturnStatus


class Lined(Protocol):
    @property
    def lines(self) -> Sequence[Units]: ...


class Paid(Protocol):
    """Amounts are minor units of one currency."""

    status: OrderStatus
    total_minor: int
    credited_minor: int
    paid_minor: int
    refunded_minor: int
    edit_count: int
    """How often something was added after it had been placed."""

    @property
    def payments(self) -> Sequence[Paying]: ...


class Mirrored(Protocol):
    """Amounts are minor units of one currency."""

    status: OrderStatus
    total_minor: int
    paid_minor: int
    refunded_minor: int

    @property
    def payments(self) -> Sequence[Paying]: ...


class Returned(Lined, Protocol):
    @property
    def returns(self) -> Sequence[Returning]: ...


def fulfillment_status(order: Lined) -> OrderFulfillmentStatus:
    lines = order.lines
    wanted = sum(line.ordered - line.canceled for line in lines)
    shipped = sum(line.shipped for line in lines)
    delivered = sum(line.delivered for line in lines)
    if shipped == 0:
        is_waiting = any(line.backordered for line in lines)
        return OrderFulfillmentStatus.BACKORDERED if is_waiting else OrderFulfillmentStatus.UNFULFILLED
    if shipped < wanted:
        return OrderFulfillmentStatus.PARTIALLY_FULFILLED
    if delivered == 0:
        return OrderFulfillmentStatus.FULFILLED
    return OrderFulfillmentStatus.PARTIALLY_DELIVERED if delivered < shipped else OrderFulfillmentStatus.DELIVERED


def payment_status(order: Paid) -> OrderPaymentStatus:
    """What is due is the total less what settled returns were worth; what was kept is what was paid less refunds."""
    if order.paid_minor == 0:
        return _unpaid(order)
    if order.refunded_minor == order.paid_minor:
        return OrderPaymentStatus.REFUNDED
    due, kept = order.total_minor - order.credited_minor, order.paid_minor - order.refunded_minor
    if kept > due:
        return OrderPaymentStatus.CREDIT_OWED
    if kept < due:
        return OrderPaymentStatus.BALANCE_DUE if order.edit_count else OrderPaymentStatus.PARTIALLY_PAID
    return OrderPaymentStatus.PARTIALLY_REFUNDED if order.refunded_minor else OrderPaymentStatus.PAID


def mirrored_payment_status(order: Mirrored) -> OrderPaymentStatus:
    """Of an order that another system drives: what is owed to whom, and why money was given back, is told there."""
    if order.paid_minor == 0:
        return _unpaid(order)
    if order.refunded_minor:
        is_all = order.refunded_minor == order.paid_minor
        return OrderPaymentStatus.REFUNDED if is_all else OrderPaymentStatus.PARTIALLY_REFUNDED
    return OrderPaymentStatus.PAID if order.paid_minor >= order.total_minor else OrderPaymentStatus.PARTIALLY_PAID


def _unpaid(order: Mirrored) -> OrderPaymentStatus:
    held = sum(each.authorized_minor for each in order.payments if each.status is PaymentStatus.AUTHORIZED)
    if held and held >= order.total_minor:
        return OrderPaymentStatus.AUTHORIZED
    is_voided = any(each.status is PaymentStatus.VOIDED for each in order.payments)
    is_over = order.status is OrderStatus.CANCELED
    return OrderPaymentStatus.VOIDED if is_over and is_voided else OrderPaymentStatus.NOT_PAID


RETURNS_UNDER_WAY = frozenset(
    {
        ReturnStatus.OPEN,
        ReturnStatus.IN_TRANSIT,
        ReturnStatus.PARTIALLY_RECEIVED,
        ReturnStatus.RECEIVED,
        ReturnStatus.INSPECTED,
    }
)


def return_status(order: Returned) -> OrderReturnStatus:
    """A return under way hides one that waits for approval, and both hide what came back before."""
    statuses = {each.status for each in order.returns}
    if statuses & RETURNS_UNDER_WAY:
        return OrderReturnStatus.IN_PROGRESS
    if ReturnStatus.REQUESTED in statuses:
        return OrderReturnStatus.REQUESTED
    returned = sum(line.returned for line in order.lines)
    shipped = sum(line.shipped for line in order.lines)
    if returned == 0:
        return OrderReturnStatus.NONE
    return OrderReturnStatus.RETURNED if returned >= shipped else OrderReturnStatus.PARTIALLY_RETURNED
