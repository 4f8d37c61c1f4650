"""What was paid at a storefront, as payments of ours whose gateway is the storefront itself."""

from app.connectors.ports.storefront import StorefrontPayment
from app.domain import payment_moves
from app.domain.ids import derived_id
from app.domain.order_summary import OrderSummary, PaymentSummary
from app.domain.payment import PaymentStatus, TransactionKind
from app.domain.payment_lifecycle import PaymentTrigger
from app.stores.payments import record_done


def record_payment(order: OrderSummary, source_key: str, paid: StorefrontPayment) -> PaymentSummary | None:
    """With the transactions that made it what it is, saved with the order. None while nothing was held or taken.

    Further captures, voids and refunds go through the storefront, by its own reference of the authorization.
    """
    held_minor, captured_minor = max(paid.authorized.minor, paid.captured.minor), paid.captured.minor
    if not held_minor:
        return None
    payment = PaymentSummary(
        id=derived_id(order.id, "payment", paid.external_id),
        status=PaymentStatus.PENDING,
        gateway_key=source_key,
        method=paid.method,
        amount_minor=captured_minor if paid.is_released else held_minor,
        authorized_minor=0,
        captured_minor=0,
        refunded_minor=0,
    )
    order.payments.append(payment)
    if paid.is_sale and captured_minor == held_minor:
        payment_moves.sold(payment, held_minor, reference=paid.external_id)
        _record(order, payment, paid, TransactionKind.SALE, held_minor)
    else:
        payment_moves.authorized(payment, held_minor, reference=paid.external_id, expires_at=paid.expires_at)
        _record(order, payment, paid, TransactionKind.AUTHORIZATION, held_minor)
        if captured_minor:
            payment_moves.captured(payment, captured_minor, is_final=paid.is_released)
            _record(order, payment, paid, TransactionKind.CAPTURE, captured_minor, is_final=paid.is_released)
        elif paid.is_released:
            payment_moves.released(payment, PaymentTrigger.VOID)
            _record(order, payment, paid, TransactionKind.VOID, held_minor)
    if paid.refunded.minor:
        payment_moves.given_back(payment, paid.refunded.minor)
        _record(order, payment, paid, TransactionKind.REFUND, paid.refunded.minor)
    return payment


def _record(
    order: OrderSummary,
    payment: PaymentSummary,
    paid: StorefrontPayment,
    kind: TransactionKind,
    amount_minor: int,
    *,
    is_final: bool | None = None,
) -> None:
    record_done(
        order, payment.id, kind, amount_minor, at=paid.at, reference=paid.external_id, is_final=is_final,
        transaction_id=derived_id(payment.id, kind),
    )  # fmt: skip
