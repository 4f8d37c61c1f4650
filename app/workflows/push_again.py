"""Has a source told once more of what it did not take: somebody has put right what was in the way."""

from app.domain.actor import Actor
from app.stores.jobs import enqueue
from app.stores.outgoing import take_up_again
from app.stores.transaction import Writers
from app.workflows.push_due import job_of


async def push_again(source_key: str, writers: Writers, actor: Actor) -> int:
    """How many documents. What fails once more is given up anew; an order's exception goes once it is written."""
    async with writers.transaction(actor) as tx:
        documents = await take_up_again(tx, source_key)
        await enqueue(tx, *(job_of(each) for each in documents))
    return len(documents)
