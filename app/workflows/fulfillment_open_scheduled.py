"""The scheduled job `fulfillment.open_scheduled`: asks locations for what they were to begin later, once it is time."""

from uuid import UUID

from app.domain.actor import SYSTEM
from app.domain.fulfillment import FulfillmentOrderStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.stores.orders import load_order, save_order
from app.stores.transaction import Transaction
from app.workflows.work import JobData, Work

EVERY_S = 60.0
BATCH_MAX = 500
_DUE = """
SELECT DISTINCT order_id FROM fulfillment_orders
 WHERE status = 'SCHEDULED' AND (opens_at IS NULL OR opens_at <= $1)
 LIMIT $2
"""


async def open_scheduled(_: JobData, work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        due = [row["order_id"] for row in await tx.rows(_DUE, tx.at, BATCH_MAX)]
    for order_id in due:
        async with work.writers.transaction(SYSTEM) as tx:
            await _open(tx, order_id)


async def _open(tx: Transaction, order_id: UUID) -> None:
    order = await load_order(tx, order_id)
    due = [
        each
        for each in order.fulfillments
        if each.status is FulfillmentOrderStatus.SCHEDULED and (each.opens_at is None or each.opens_at <= tx.at)
    ]
    for each in due:
        each.status = FULFILLMENT_LIFECYCLE.move(each.status, FulfillmentTrigger.OPEN)
    if due:
        said = {"fulfillmentOrders": [each.number for each in due]}
        await save_order(tx, order, "fulfillment_order.opened", said)
