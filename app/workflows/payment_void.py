"""paymentVoid: lets go of a hold, or calls off a payment that nothing has come of yet."""

from dataclasses import dataclass

from app.domain.commanded import PaymentId
from app.domain.payment import PaymentStatus, TransactionKind
from app.stores.orders import save_order
from app.stores.payments import open_transaction
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.payment_answer import call_off
from app.workflows.payment_commands import ask_at_once, load_payment
from app.workflows.payment_hold import hold_for_payment
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentVoid:
    payment_id: PaymentId
    reason: str | None = None


async def payment_void(tx: Transaction, command: PaymentVoid, _: Work) -> Outcome:
    order, payment = await load_payment(tx, command.payment_id, "paymentVoid")
    said = {"payment": payment.id, "reason": command.reason}
    if payment.gateway_reference is None and payment.status is PaymentStatus.PENDING:
        # The gateway has nothing by which it could be called off there.
        await call_off(tx, order, payment)
        hold_for_payment(tx, order, "the payment was voided")
        await save_order(tx, order, "payment.voided", said)
        return Outcome({"payment": payment.id, "transaction": None})
    amount_minor = payment.held_minor or payment.amount_minor
    transaction_id, job = open_transaction(tx, order, payment.id, TransactionKind.VOID, amount_minor)
    await save_order(tx, order, "payment.void_requested", {**said, "transaction": transaction_id})
    return await ask_at_once(tx, {"payment": payment.id, "transaction": transaction_id}, job)
