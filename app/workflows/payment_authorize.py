"""paymentAuthorize: a further payment for an order, after a decline, for a balance due, or in parts."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import OrderId
from app.domain.money import Money
from app.domain.order_lifecycle import ORDER_ACTIONS
from app.domain.payment import TransactionKind
from app.domain.refusals import RefusalCode, Refused, refuse
from app.stores.orders import load_order, save_order
from app.stores.payments import open_payment, open_transaction
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_input import PaymentDetails, impossible_payment
from app.workflows.payment_commands import amount_within, ask_at_once
from app.workflows.payment_settle import gateway_of
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorize:
    order_id: OrderId
    payment: PaymentDetails
    expected_version: int | None = None


async def payment_authorize(tx: Transaction, command: PaymentAuthorize, work: Work) -> Outcome:
    order = await load_order(tx, command.order_id, command.expected_version)
    order.add_up()
    facts = order.facts
    require(ORDER_ACTIONS, "paymentAuthorize", facts)
    given = command.payment
    if refusals := list(impossible_payment(given, "payment")):
        raise Refused(*refusals)
    if gateway_of(given.gateway, work) is None:
        message = f'no enabled source that takes payments has the key "{given.gateway}"'
        raise refuse(RefusalCode.NOT_FOUND, message, "payment", "gateway")
    amount_minor = amount_within(order, given.amount, facts.balance_minor - facts.held_minor, "payment", "amount")
    amount = Money(amount_minor, order.currency)
    payment = open_payment(order, given.gateway, given.method, given.token, amount)
    transaction_id, job = open_transaction(tx, order, payment.id, TransactionKind.AUTHORIZATION, amount_minor)
    said = {"payment": payment.id, "gateway": given.gateway, "amountMinor": amount_minor}
    await save_order(tx, order, "payment.requested", said)
    return await ask_at_once(tx, {"order": order.id, "payment": payment.id, "transaction": transaction_id}, job)
