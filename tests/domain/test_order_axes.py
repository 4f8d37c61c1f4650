"""What is said of an order's units, money and returns follows from nothing but them."""

from dataclasses import dataclass, field

import pytest

from app.domain.order import OrderFulfillmentStatus, OrderPaymentStatus, OrderReturnStatus, OrderStatus
from app.domain.order_axes import fulfillment_status, payment_status, return_status
from app.domain.payment import PaymentStatus
from app.domain.returns import ReturnStatus

F, P, R = OrderFulfillmentStatus, OrderPaymentStatus, OrderReturnStatus


@dataclass
class Line:
    ordered: int = 2
    canceled: int = 0
    backordered: int = 0
    shipped: int = 0
    delivered: int = 0
    returned: int = 0


@dataclass
class Payment:
    status: PaymentStatus
    authorized_minor: int = 100


@dataclass
class Return:
    status: ReturnStatus


@dataclass
class Order:
    lines: list[Line] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    status: OrderStatus = OrderStatus.PROCESSING
    total_minor: int = 100
    credited_minor: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0
    edit_count: int = 0


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([Line(), Line()], F.UNFULFILLED),
        ([Line(canceled=2)], F.UNFULFILLED),
        ([Line(), Line(backordered=1)], F.BACKORDERED),
        ([Line(shipped=2), Line()], F.PARTIALLY_FULFILLED),
        ([Line(shipped=1, delivered=1)], F.PARTIALLY_FULFILLED),
        ([Line(shipped=2), Line(backordered=1)], F.PARTIALLY_FULFILLED),
        ([Line(shipped=2), Line(canceled=2)], F.FULFILLED),
        ([Line(shipped=1, canceled=1)], F.FULFILLED),
        ([Line(shipped=2, delivered=1)], F.PARTIALLY_DELIVERED),
        ([Line(shipped=2, delivered=2), Line(shipped=2)], F.PARTIALLY_DELIVERED),
        ([Line(shipped=2, delivered=2), Line(shipped=1, canceled=1, delivered=1)], F.DELIVERED),
        ([Line(shipped=2, delivered=2, returned=2)], F.DELIVERED),
    ],
)
def test_fulfillment_follows_from_units(lines: list[Line], status: OrderFulfillmentStatus) -> None:
    assert fulfillment_status(Order(lines)) is status


AUTHORIZED, VOIDED = Payment(PaymentStatus.AUTHORIZED), Payment(PaymentStatus.VOIDED)
CAPTURED = Payment(PaymentStatus.CAPTURED)


@pytest.mark.parametrize(
    ("order", "status"),
    [
        (Order(), P.NOT_PAID),
        (Order(payments=[Payment(PaymentStatus.PENDING, 0)]), P.NOT_PAID),
        (Order(payments=[Payment(PaymentStatus.DECLINED, 0)]), P.NOT_PAID),
        (Order(payments=[Payment(PaymentStatus.AUTHORIZED, 99)]), P.NOT_PAID),
        (Order(payments=[Payment(PaymentStatus.EXPIRED)]), P.NOT_PAID),
        (Order(payments=[Payment(PaymentStatus.AUTHORIZED, 60), Payment(PaymentStatus.AUTHORIZED, 40)]), P.AUTHORIZED),
        (Order(payments=[AUTHORIZED]), P.AUTHORIZED),
        (Order(payments=[VOIDED], status=OrderStatus.CANCELED), P.VOIDED),
        (Order(payments=[VOIDED]), P.NOT_PAID),
        (Order(payments=[CAPTURED], paid_minor=60), P.PARTIALLY_PAID),
        (Order(payments=[CAPTURED], paid_minor=100), P.PAID),
        (Order(payments=[CAPTURED], paid_minor=100, total_minor=120, edit_count=1), P.BALANCE_DUE),
        (Order(payments=[CAPTURED], paid_minor=100, total_minor=80), P.CREDIT_OWED),
        (Order(payments=[CAPTURED], paid_minor=100, credited_minor=30), P.CREDIT_OWED),
        (Order(payments=[CAPTURED], paid_minor=100, credited_minor=30, refunded_minor=30), P.PARTIALLY_REFUNDED),
        (Order(payments=[CAPTURED], paid_minor=100, refunded_minor=30), P.PARTIALLY_PAID),
        (Order(payments=[CAPTURED], paid_minor=100, refunded_minor=100), P.REFUNDED),
    ],
)
def test_payment_follows_from_money(order: Order, status: OrderPaymentStatus) -> None:
    assert payment_status(order) is status


@pytest.mark.parametrize(
    ("lines", "returns", "status"),
    [
        ([Line(shipped=2)], [], R.NONE),
        ([Line(shipped=2)], [ReturnStatus.DECLINED, ReturnStatus.CANCELED], R.NONE),
        ([Line(shipped=2)], [ReturnStatus.REQUESTED], R.REQUESTED),
        ([Line(shipped=2, returned=1)], [ReturnStatus.CLOSED, ReturnStatus.REQUESTED], R.REQUESTED),
        ([Line(shipped=2, returned=2)], [ReturnStatus.REQUESTED, ReturnStatus.INSPECTED], R.IN_PROGRESS),
        ([Line(shipped=2, returned=1)], [ReturnStatus.CLOSED], R.PARTIALLY_RETURNED),
        ([Line(shipped=2, returned=2), Line(shipped=1)], [ReturnStatus.CLOSED], R.PARTIALLY_RETURNED),
        ([Line(shipped=1, returned=1)], [ReturnStatus.CLOSED], R.RETURNED),
    ],
)
def test_return_follows_from_returns_and_units(
    lines: list[Line], returns: list[ReturnStatus], status: OrderReturnStatus
) -> None:
    assert return_status(Order(lines, returns=[Return(each) for each in returns])) is status
