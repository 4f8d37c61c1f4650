"""Where an order goes by itself once nothing keeps it: confirmed, and in the end completed."""

from app.domain.order import OrderStatus
from app.domain.order_axes import RETURNS_UNDER_WAY
from app.domain.order_lifecycle import OrderTrigger
from app.domain.order_summary import OrderSummary
from app.domain.payment import PaymentStatus
from app.domain.returns import ReturnStatus
from app.stores.jobs import Job
from app.stores.transaction import Transaction

ROUTE = "order.route"
CONFIRMED = "notify.order_confirmed"


def advance(tx: Transaction, order: OrderSummary) -> list[Job]:
    """Before the order is saved, by whatever may have removed the last obstacle. The jobs are to be queued."""
    if order.status is OrderStatus.PENDING and not order.order_holds and is_paid_for(order):
        order.become(OrderTrigger.CONFIRM, tx.at)
        data = {"order_id": str(order.id)}
        return [job_to_route(order), Job(name=CONFIRMED, key=f"{CONFIRMED}:{order.id}", data=data)]
    if order.status is OrderStatus.PROCESSING and is_done(order):
        order.become(OrderTrigger.COMPLETE, tx.at)
    return []


def job_to_route(order: OrderSummary) -> Job:
    return Job(name=ROUTE, key=f"{ROUTE}:{order.id}", data={"order_id": str(order.id)})


def is_paid_for(order: OrderSummary) -> bool:
    """An order without a payment is paid on other terms: its channel took the money, or there is an invoice."""
    order.add_up()
    live = [each for each in order.payments if each.status not in (PaymentStatus.DECLINED, PaymentStatus.ERROR)]
    if not live:
        return not order.payments
    held = sum(each.held_minor for each in live)
    return order.paid_minor - order.refunded_minor + held >= order.total_minor - order.credited_minor


def is_done(order: OrderSummary) -> bool:
    """Every unit is delivered or canceled, no return is under way, and nothing is owed to either side."""
    order.add_up()
    under_way = RETURNS_UNDER_WAY | {ReturnStatus.REQUESTED}
    return (
        not order.order_holds
        and all(line.units == line.delivered for line in order.lines)
        and not any(each.status in under_way for each in order.returns)
        and (order.balance_minor == 0 or not order.payments)
    )
