"""What a person may decide of an event that could not be taken over: to try it again, or to drop it."""

from uuid import UUID

from app.domain.actor import Actor
from app.stores.inbox import drop, wait_again
from app.stores.jobs import enqueue
from app.stores.transaction import Writers
from app.workflows.webhook_receive import process_job


async def retry_event(writers: Writers, event_id: UUID, actor: Actor) -> bool:
    """False where no failed event has this id."""
    async with writers.transaction(actor) as tx:
        again = await wait_again(tx, event_id)
        if again is not None:
            await enqueue(tx, process_job(again.source_key, again.subject, again.id))
    return again is not None


async def drop_event(writers: Writers, event_id: UUID, actor: Actor) -> bool:
    """False where no failed event has this id."""
    async with writers.transaction(actor) as tx:
        return await drop(tx, event_id)
