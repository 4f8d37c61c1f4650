"""The job `payments.reconcile`: what a gateway should have answered by now is asked for again.

Its own job may have given up during a long outage, or have been lost with a database that was restored.
"""

from collections.abc import Mapping
from typing import Any

from app.domain.actor import SYSTEM
from app.stores.jobs import enqueue
from app.stores.payment_transactions import overdue
from app.stores.payments import settle_job
from app.workflows.work import Work

OVERDUE_AFTER_S = 600.0
RECONCILED_PER_RUN_MAX = 500


async def payments_reconcile(_: Mapping[str, Any], work: Work) -> None:
    """One whose job still waits is not asked for twice."""
    async with work.writers.transaction(SYSTEM) as tx:
        waiting = await overdue(tx, since_s=OVERDUE_AFTER_S, count_max=RECONCILED_PER_RUN_MAX)
        await enqueue(tx, *(settle_job(order_id, transaction_id) for order_id, transaction_id in waiting))
