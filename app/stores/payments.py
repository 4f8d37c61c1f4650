"""Payments of an order, and their transactions with the gateway: what was asked for is written before it is asked."""

from uuid import UUID

from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.order_summary import OrderSummary, PaymentSummary, Undecided
from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.stores.jobs import Job
from app.stores.transaction import Transaction

SETTLE = "payment.settle"
"""The job that asks the gateway for a transaction, or looks up what became of it."""


def open_payment(order: OrderSummary, gateway_key: str, method: str, token: str, amount: Money) -> PaymentSummary:
    """Saved with the order. Nobody is asked for it before `open_transaction`."""
    payment = PaymentSummary(
        id=new_id(),
        status=PaymentStatus.PENDING,
        gateway_key=gateway_key,
        method=method,
        amount_minor=amount.minor,
        authorized_minor=0,
        captured_minor=0,
        refunded_minor=0,
        method_token=token,
    )
    order.payments.append(payment)
    return payment


def open_transaction(
    tx: Transaction,
    order: OrderSummary,
    payment_id: UUID,
    kind: TransactionKind,
    amount_minor: int,
    *,
    return_id: UUID | None = None,
) -> tuple[UUID, Job]:
    """PENDING, saved with the order; the job asks the gateway, once, whoever runs it and however often."""
    transaction_id = new_id()
    order.add(
        "payment_transactions", id=transaction_id, payment_id=payment_id, return_id=return_id, kind=kind,
        status=TransactionStatus.PENDING, amount_minor=amount_minor, currency=order.currency, at=tx.at,
        idempotency_key=f"{kind.lower()}:{transaction_id}",
    )  # fmt: skip
    order.undecided.append(Undecided(id=transaction_id, payment_id=payment_id, kind=kind, amount_minor=amount_minor))
    data = {"order_id": str(order.id), "transaction_id": str(transaction_id)}
    return transaction_id, Job(name=SETTLE, key=f"{SETTLE}:{transaction_id}", data=data)
