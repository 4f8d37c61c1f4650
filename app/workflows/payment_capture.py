"""paymentCapture: takes held money before a parcel does."""

from dataclasses import dataclass

from app.domain.commanded import PaymentId
from app.domain.money import Money
from app.domain.payment import TransactionKind
from app.stores.orders import save_order
from app.stores.payments import open_transaction
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.payment_commands import amount_within, ask_at_once, load_payment
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCapture:
    payment_id: PaymentId
    amount: Money | None = None
    """All that is held, when absent."""


async def payment_capture(tx: Transaction, command: PaymentCapture, _: Work) -> Outcome:
    order, payment = await load_payment(tx, command.payment_id, "paymentCapture")
    amount_minor = amount_within(order, command.amount, payment.held_minor, "amount")
    transaction_id, job = open_transaction(
        tx, order, payment.id, TransactionKind.CAPTURE, amount_minor, is_final=amount_minor == payment.held_minor
    )
    said = {"payment": payment.id, "transaction": transaction_id, "amountMinor": amount_minor}
    await save_order(tx, order, "payment.capture_requested", said)
    return await ask_at_once(tx, {"payment": payment.id, "transaction": transaction_id}, job)
