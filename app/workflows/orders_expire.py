"""The scheduled job `orders.expire`: orders that were never confirmed give back what was promised to them."""

from uuid import UUID

from app.domain.actor import SYSTEM
from app.domain.order import OrderChangeKind
from app.domain.order_lifecycle import OrderTrigger
from app.stores.jobs import enqueue
from app.stores.orders import load_order, lock_unconfirmed, record_change, save_order
from app.stores.stock import move_stock
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.order_money import give_back
from app.workflows.order_units import take_back
from app.workflows.work import JobData, Work

EXPIRE = "orders.expire"
PER_RUN_MAX = 500
_REASON = "not confirmed in time"


async def expire_orders(_: JobData, work: Work) -> None:
    """A transaction for each, the oldest first; what is left over is for the next run."""
    for _run in range(PER_RUN_MAX):
        async with work.writers.transaction(SYSTEM) as tx:
            order_id = await lock_unconfirmed(tx, tx.at - work.policy.unconfirmed_expires_after)
            if order_id is None:
                return
            await _expire(tx, order_id)


async def _expire(tx: Transaction, order_id: UUID) -> None:
    order = await load_order(tx, order_id)
    units = {line.id: line.open_units for line in order.lines if line.open_units}
    taken = await take_back(tx, order, units)
    shipping_minor, order.shipping_minor = order.shipping_minor, 0
    record_change(tx, order, OrderChangeKind.CANCEL, _REASON, taken.lines, other_minor=-shipping_minor)
    order.become(OrderTrigger.EXPIRE, tx.at)
    jobs = give_back(tx, order)
    await save_order(tx, order, "order.expired", {"units": sum(units.values())})
    await move_stock(tx, taken.movements)
    await enqueue(tx, *jobs, *await jobs_to_fill(tx, (each.position.sku for each in taken.movements)))
