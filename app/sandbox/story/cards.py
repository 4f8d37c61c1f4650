"""The gateway's side: each payment that was ever authorized, and what was given back of it."""

from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.sandbox.data import Row, StripeAccount
from app.sandbox.story.book import Tables
from app.sandbox.story.payments import GATEWAY

_HELD = (PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_CAPTURED)
_LET_GO = (PaymentStatus.VOIDED, PaymentStatus.EXPIRED)


def stripe_account(tables: Tables) -> StripeAccount:
    transactions: dict[object, list[Row]] = {}
    for each in sorted(tables["payment_transactions"], key=lambda row: (row["at"], row["id"])):
        if each["status"] is TransactionStatus.SUCCESS and each["gateway_reference"] is not None:
            transactions.setdefault(each["payment_id"], []).append(each)
    intents, refunds = [], []
    for payment in tables["payments"]:
        done = transactions.get(payment["id"])
        if done and payment["gateway_key"] == GATEWAY:
            intents.append(_intent(payment, done[0]))
            given_back = (each for each in done if each["kind"] is TransactionKind.REFUND)
            refunds += [_refund(each, intents[-1]["id"]) for each in given_back]
    return StripeAccount(intents, refunds)


def _intent(payment: Row, first: Row) -> Row:
    status = payment["status"]
    left_minor = 0
    if status in _HELD:
        left_minor = payment["authorized_minor"] - payment["captured_minor"] - payment["released_minor"]
    return {
        "id": first["gateway_reference"],
        "amount": payment["amount_minor"],
        "amount_capturable": left_minor,
        "amount_received": payment["captured_minor"],
        "created": int(first["at"].timestamp()),
        "currency": payment["currency"].lower(),
        "metadata": {"junction_key": first["idempotency_key"]},
        "payment_method": "pm_card_visa",
        "status": "requires_capture" if left_minor else "canceled" if status in _LET_GO else "succeeded",
    }


def _refund(transaction: Row, intent_id: str) -> Row:
    return {
        "id": transaction["gateway_reference"],
        "amount": transaction["amount_minor"],
        "created": int(transaction["at"].timestamp()),
        "currency": transaction["currency"].lower(),
        "metadata": {"junction_key": transaction["idempotency_key"]},
        "payment_intent": intent_id,
    }
