"""Backorders: supply goes to the orders that wait for it, first come, first served."""

from collections.abc import Iterable
from uuid import UUID

from app.domain.actor import SYSTEM
from app.domain.order import OrderStatus
from app.stores.backorders import WAITING, orders_waiting, supplied_and_waited_for, waited_for
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order, save_order
from app.stores.reservations import reserve
from app.stores.stock import lock_positions, move_stock
from app.stores.transaction import Transaction
from app.workflows.order_intake import promise
from app.workflows.order_progress import job_to_route
from app.workflows.policy import Shortage
from app.workflows.work import JobData, Work

FILL = "backorders.fill"
SWEEP = "backorders.sweep"
ORDERS_PER_RUN_MAX = 100


async def jobs_to_fill(tx: Transaction, skus: Iterable[str]) -> list[Job]:
    """For whatever has freed units of these SKUs, once it holds the locks of their positions: whoever found nothing
    left before has then been written. No jobs where nobody waits.
    """
    return [_job(sku) for sku in await waited_for(tx, set(skus))]


async def fill_backorders(data: JobData, work: Work) -> None:
    """The job `backorders.fill`, of one SKU. A transaction for each order, so that none waits for all of them."""
    sku: str = data["sku"]
    async with work.writers.transaction(SYSTEM) as tx:
        order_ids = await orders_waiting(tx, sku, ORDERS_PER_RUN_MAX)
    for order_id in order_ids:
        async with work.writers.transaction(SYSTEM) as tx:
            if not await _supply(tx, order_id, sku):
                return
    if len(order_ids) == ORDERS_PER_RUN_MAX:
        async with work.writers.transaction(SYSTEM) as tx:
            await enqueue(tx, _job(sku))


async def sweep_backorders(_: JobData, work: Work) -> None:
    """The scheduled job `backorders.sweep`: finds supply that nobody told of, such as a location opened again."""
    async with work.writers.transaction(SYSTEM) as tx:
        await enqueue(tx, *(_job(sku) for sku in await supplied_and_waited_for(tx)))


async def _supply(tx: Transaction, order_id: UUID, sku: str) -> bool:
    """Whether units are left for the next order."""
    order = await load_order(tx, order_id)
    lines = [line for line in order.lines if line.sku == sku and line.backordered]
    if not lines or order.status not in WAITING:
        return True
    positions = await lock_positions(tx, [sku])
    for line in lines:
        line.backordered = 0
    promises = promise(lines, positions, shortage=Shortage.BACKORDER)
    if not promises:
        return False
    units, waiting = sum(each.units for each in promises), sum(line.backordered for line in lines)
    movements = reserve(order, promises)
    await save_order(tx, order, "order.backorder_supplied", {"sku": sku, "units": units, "waiting": waiting})
    await move_stock(tx, movements)
    if order.status in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING):
        await enqueue(tx, job_to_route(order))
    return any(each.available_to_fulfill for each in positions)


def _job(sku: str) -> Job:
    return Job(name=FILL, key=f"{FILL}:{sku}", data={"sku": sku})
