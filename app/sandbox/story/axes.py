"""What follows from an order's quantities and money: its fulfillment, payment and return status."""

from app.domain.order import (
    OrderFulfillmentStatus,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.payment import PaymentStatus
from app.domain.returns import ReturnStatus
from app.sandbox.story.play import Play

_UNDER_WAY = frozenset(ReturnStatus) - {
    ReturnStatus.REQUESTED,
    ReturnStatus.DECLINED,
    ReturnStatus.CANCELED,
    ReturnStatus.CLOSED,
}


def derive(play: Play) -> None:
    play.order["fulfillment_status"] = _fulfillment(play)
    play.order["payment_status"] = _payment(play)
    play.order["return_status"] = _return(play)


def _fulfillment(play: Play) -> OrderFulfillmentStatus:
    live = play.units("ordered") - play.units("canceled")
    shipped, delivered = play.units("shipped"), play.units("delivered")
    if shipped == 0:
        return OrderFulfillmentStatus.BACKORDERED if play.units("backordered") else OrderFulfillmentStatus.UNFULFILLED
    if shipped < live:
        return OrderFulfillmentStatus.PARTIALLY_FULFILLED
    if delivered == 0:
        return OrderFulfillmentStatus.FULFILLED
    return OrderFulfillmentStatus.PARTIALLY_DELIVERED if delivered < live else OrderFulfillmentStatus.DELIVERED


def _payment(play: Play) -> OrderPaymentStatus:
    """What is due is the total less what settled returns were worth; kept money is what was paid less refunds."""
    paid, refunded = play.order["paid_minor"], play.order["refunded_minor"]
    if paid == 0:
        return _unpaid(play)
    if refunded == paid:
        return OrderPaymentStatus.REFUNDED
    due = play.order["total_minor"] - play.order["credited_minor"]
    if paid - refunded > due:
        return OrderPaymentStatus.CREDIT_OWED
    if paid - refunded < due:
        return OrderPaymentStatus.BALANCE_DUE if play.is_amended else OrderPaymentStatus.PARTIALLY_PAID
    return OrderPaymentStatus.PARTIALLY_REFUNDED if refunded else OrderPaymentStatus.PAID


def _unpaid(play: Play) -> OrderPaymentStatus:
    authorized = sum(row["amount_minor"] for row in play.payments if row["status"] is PaymentStatus.AUTHORIZED)
    if authorized and authorized >= play.order["total_minor"]:
        return OrderPaymentStatus.AUTHORIZED
    is_voided = play.order["status"] is OrderStatus.CANCELED and any(
        row["status"] is PaymentStatus.VOIDED for row in play.payments
    )
    return OrderPaymentStatus.VOIDED if is_voided else OrderPaymentStatus.NOT_PAID


def _return(play: Play) -> OrderReturnStatus:
    statuses = {row["status"] for row in play.returns}
    if statuses & _UNDER_WAY:
        return OrderReturnStatus.IN_PROGRESS
    if ReturnStatus.REQUESTED in statuses:
        return OrderReturnStatus.REQUESTED
    returned = play.units("returned")
    if returned == 0:
        return OrderReturnStatus.NONE
    return OrderReturnStatus.RETURNED if returned >= play.units("shipped") else OrderReturnStatus.PARTIALLY_RETURNED
