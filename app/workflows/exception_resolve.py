"""exceptionResolve: somebody decided about a step that had failed for good. It is tried again, or left as it is."""

from dataclasses import dataclass

from app.domain.commanded import ExceptionId
from app.domain.order import ExceptionStatus
from app.domain.order_summary import OrderSummary
from app.domain.refusals import RefusalCode, refuse
from app.stores.exceptions import Found, find_exception, mark_resolved
from app.stores.jobs import enqueue, requeue_failed
from app.stores.orders import load_order, save_order
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_progress import ROUTE, job_to_route
from app.workflows.webhook_decide import retry_events_of
from app.workflows.webhook_receive import PROCESS
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionResolve:
    exception_id: ExceptionId
    note: str | None = None
    retry: bool = False


async def exception_resolve(tx: Transaction, command: ExceptionResolve, _: Work) -> Outcome:
    found = await find_exception(tx, command.exception_id)
    if found is None:
        message = f'no exception has the id "OrderException:{command.exception_id}"'
        raise refuse(RefusalCode.NOT_FOUND, message, "exception_id")
    order = await load_order(tx, found.order_id)
    # Again, now that the order is locked: somebody else may have been first.
    found = await find_exception(tx, command.exception_id) or found
    if found.status is ExceptionStatus.RESOLVED:
        raise refuse(RefusalCode.ALREADY_DONE, f"the exception of order {order.number} is resolved", "exception_id")
    await mark_resolved(tx, found.id)
    said = {"category": found.category, "note": command.note, "retry": command.retry}
    await save_order(tx, order, "order.exception_resolved", said)
    if command.retry and not await _retried(tx, order, found):
        instead = f"{found.suggested_action} may help; " if found.suggested_action else ""
        message = f"{found.category} has no step to try again: {instead}without retry the exception is closed"
        raise refuse(RefusalCode.INVALID, message, "retry")
    return Outcome({"exception": found.id})


async def _retried(tx: Transaction, order: OrderSummary, found: Found) -> bool:
    if found.category == PROCESS:
        return await retry_events_of(tx, order.id) > 0
    requeued = await requeue_failed(tx, found.category, str(order.id))
    if found.category == ROUTE:
        # Units without a place wait without a job that failed.
        await enqueue(tx, job_to_route(order))
        return True
    return requeued > 0
