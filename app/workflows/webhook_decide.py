"""What a person may decide of an event that could not be taken over: to try it again, or to drop it."""

from uuid import UUID

from app.domain.actor import Actor
from app.stores.inbox import drop, those_of_order_wait_again, wait_again
from app.stores.jobs import enqueue
from app.stores.transaction import Transaction, Writers
from app.workflows.webhook_orders import close_exceptions
from app.workflows.webhook_receive import process_job


async def retry_event(writers: Writers, event_id: UUID, actor: Actor) -> bool:
    """False where no failed event has this id."""
    async with writers.transaction(actor) as tx:
        again = await wait_again(tx, event_id)
        if again is not None:
            await enqueue(tx, process_job(again.source_key, again.subject, again.id))
    return again is not None


async def retry_events_of(tx: Transaction, order_id: UUID) -> int:
    """Those that the order's exception tells of. How many there are."""
    again = await those_of_order_wait_again(tx, order_id)
    await enqueue(tx, *(process_job(each.source_key, each.subject, each.id) for each in again))
    return len(again)


async def drop_event(writers: Writers, event_id: UUID, actor: Actor) -> bool:
    """False where no failed event has this id."""
    async with writers.transaction(actor) as tx:
        dropped = await drop(tx, event_id)
        if dropped is not None:
            await close_exceptions(tx, dropped)
    return dropped is not None
