"""Orders that wait for their money: held when a payment falls through, released when enough is held or paid."""

from app.domain.order import HoldReason, OrderStatus
from app.domain.order_lifecycle import ORDER_LIFECYCLE, OrderTrigger
from app.domain.order_summary import OrderSummary
from app.domain.payment import TransactionKind, TransactionStatus
from app.stores.jobs import Job
from app.stores.orders import place_hold, release_hold
from app.stores.transaction import Transaction
from app.workflows.order_progress import advance, is_paid_for
from app.workflows.order_release_hold import resume


def lacks_money(order: OrderSummary) -> bool:
    """Less is paid, held or asked for than is due. An order without a payment is paid on other terms."""
    order.add_up()
    held_minor = sum(payment.held_minor for payment in order.payments)
    asked_minor = sum(
        each.amount_minor
        for each in order.undecided
        if each.kind is TransactionKind.AUTHORIZATION and each.status is not TransactionStatus.ACTION_REQUIRED
    )
    return bool(order.payments) and order.balance_minor > held_minor + asked_minor


def hold_unconfirmed(tx: Transaction, order: OrderSummary, note: str) -> None:
    """After an authorization came to nothing. One that is confirmed goes on: what it misses shows as its balance."""
    if OrderStatus.PENDING in (order.status, order.held_from):
        hold_for_payment(tx, order, note)


def hold_for_payment(tx: Transaction, order: OrderSummary, note: str) -> None:
    """Where units could still be kept back, and no hold says so already."""
    is_held = any(each.reason is HoldReason.AWAITING_PAYMENT for each in order.order_holds)
    may_be_held = order.status in ORDER_LIFECYCLE.sources(OrderTrigger.HOLD) and order.units("open_units")
    if is_held or not may_be_held or not lacks_money(order):
        return
    place_hold(tx, order, HoldReason.AWAITING_PAYMENT, note)
    if order.status is not OrderStatus.ON_HOLD:
        order.become(OrderTrigger.HOLD, tx.at)


async def go_on_paid(tx: Transaction, order: OrderSummary) -> list[Job]:
    """Releases what was held for want of money, and lets the order go on where nothing else holds it."""
    if is_paid_for(order):
        for hold in [each for each in order.order_holds if each.reason is HoldReason.AWAITING_PAYMENT]:
            await release_hold(tx, order, hold)
    return resume(tx, order) or advance(tx, order)
