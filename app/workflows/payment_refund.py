"""paymentRefund: gives an amount back, for no line in particular.

What is owed, or will be once a return under way is closed, is paid out. Anything beyond is goodwill: the order becomes
cheaper by it, as an entry of its change ledger, or else the same amount would be due again.
"""

from dataclasses import dataclass

from app.domain.commanded import PaymentId
from app.domain.goodwill import reduce
from app.domain.money import Money
from app.domain.order import OrderChangeKind
from app.domain.order_summary import OrderSummary
from app.domain.payment import RefundComponent
from app.stores.orders import record_change, save_order
from app.stores.payments import Part, open_refund, returns_under_way_minor
from app.stores.returns import credited_of
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.payment_commands import amount_within, ask_at_once, load_payment
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefund:
    payment_id: PaymentId
    amount: Money
    reason: str


async def payment_refund(tx: Transaction, command: PaymentRefund, _: Work) -> Outcome:
    order, payment = await load_payment(tx, command.payment_id, "paymentRefund")
    amount_minor = amount_within(order, command.amount, order.refundable_minor(payment), "amount")
    owed_minor = _owed_minor(order, await returns_under_way_minor(tx, order.id))
    if amount_minor > owed_minor:
        await _grant(tx, order, amount_minor - owed_minor, command.reason)
    part = Part(component=RefundComponent.ADJUSTMENT, amount_minor=amount_minor)
    transaction_id, job = open_refund(tx, order, payment.id, [part])
    said = {"payment": payment.id, "transaction": transaction_id, "amountMinor": amount_minor, "reason": command.reason}
    await save_order(tx, order, "payment.refund_requested", said)
    return await ask_at_once(tx, {"payment": payment.id, "transaction": transaction_id}, job)


def _owed_minor(order: OrderSummary, returning_minor: int) -> int:
    """Beyond what is due now, and for returns that are under way less what was paid out for them in advance."""
    order.add_up()
    due_minor = order.total_minor - order.credited_minor
    paid_minor = order.paid_minor + order.capturing_minor()
    kept_minor = paid_minor - order.refunded_minor - order.refunding_minor()
    advanced_minor = max(0, min(due_minor, paid_minor) - kept_minor)
    return max(0, returning_minor + max(0, kept_minor - due_minor) - advanced_minor)


async def _grant(tx: Transaction, order: OrderSummary, amount_minor: int, reason: str) -> None:
    reduction = reduce(order, amount_minor, await credited_of(tx, order))
    other_minor = -reduction.shipping_minor
    record_change(tx, order, OrderChangeKind.ADJUSTMENT, reason, reduction.lines, other_minor=other_minor)
