"""How a payment's amounts and its state move, always together. Amounts are minor units of its order's currency."""

from datetime import datetime

from app.domain.order_summary import PaymentSummary
from app.domain.payment import PaymentStatus
from app.domain.payment_lifecycle import PAYMENT_LIFECYCLE, PaymentTrigger, status_after_capture, status_after_refund


def authorized(
    payment: PaymentSummary, amount_minor: int, *, reference: str | None, expires_at: datetime | None
) -> None:
    _move(payment, PaymentTrigger.AUTHORIZE)
    payment.authorized_minor = amount_minor
    payment.gateway_reference = reference or payment.gateway_reference
    payment.authorization_expires_at = expires_at
    payment.method_token = None


def sold(payment: PaymentSummary, amount_minor: int, *, reference: str) -> None:
    """Held and taken at once."""
    _move(payment, PaymentTrigger.SELL)
    payment.authorized_minor = payment.captured_minor = amount_minor
    payment.gateway_reference = reference
    payment.method_token = None


def refused(payment: PaymentSummary, trigger: PaymentTrigger) -> None:
    """DECLINE, FAIL or ABANDON: nothing is held, and nothing will be."""
    _move(payment, trigger)
    payment.method_token = None


def captured(payment: PaymentSummary, amount_minor: int, *, is_final: bool) -> None:
    """`is_final` where what is left of the hold was let go of."""
    payment.captured_minor += amount_minor
    if is_final:
        payment.released_minor = payment.authorized_minor - payment.captured_minor
    to = status_after_capture(
        authorized_minor=payment.authorized_minor - payment.released_minor, captured_minor=payment.captured_minor
    )
    if payment.status is PaymentStatus.PARTIALLY_REFUNDED:
        to = PaymentStatus.PARTIALLY_REFUNDED
    _move(payment, PaymentTrigger.CAPTURE, to)


def released(payment: PaymentSummary, trigger: PaymentTrigger) -> None:
    """VOID or EXPIRE: what is held is held no longer. What was captured stays."""
    payment.released_minor = payment.authorized_minor - payment.captured_minor
    match payment.status:
        case PaymentStatus.PARTIALLY_CAPTURED:
            _move(payment, PaymentTrigger.RELEASE)
        case PaymentStatus.PARTIALLY_REFUNDED:
            _move(payment, PaymentTrigger.REFUND, _after_refund(payment))
        case _:
            _move(payment, trigger)


def given_back(payment: PaymentSummary, amount_minor: int, *, is_chargeback: bool = False) -> None:
    held_minor = payment.held_minor
    payment.refunded_minor += amount_minor
    trigger = PaymentTrigger.REFUND
    if is_chargeback and payment.status in PAYMENT_LIFECYCLE.sources(PaymentTrigger.CHARGE_BACK):
        trigger = PaymentTrigger.CHARGE_BACK
    _move(payment, trigger, _after_refund(payment, held_minor))


def _after_refund(payment: PaymentSummary, held_minor: int = 0) -> PaymentStatus:
    return status_after_refund(
        captured_minor=payment.captured_minor, refunded_minor=payment.refunded_minor, held_minor=held_minor
    )


def _move(payment: PaymentSummary, trigger: PaymentTrigger, to: PaymentStatus | None = None) -> None:
    payment.status = PAYMENT_LIFECYCLE.move(payment.status, trigger, to)
