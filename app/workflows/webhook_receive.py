"""Takes an event in: kept, with a job that acts on it, before its sender is told that it arrived."""

from app.connectors.ports.webhook import Delivery
from app.domain.actor import Actor, ActorKind
from app.stores.inbox import keep
from app.stores.jobs import Job, enqueue
from app.stores.transaction import Writers

PROCESS = "webhook.process"


async def webhook_receive(source_key: str, delivery: Delivery, writers: Writers) -> bool:
    """False for an event that came before."""
    async with writers.transaction(Actor(ActorKind.CONNECTOR, source_key)) as tx:
        id_ = await keep(tx, source_key, delivery.external_event_id, delivery.sent_at, delivery.body)
        if id_ is not None:
            await enqueue(tx, Job(name=PROCESS, key=f"{PROCESS}:{id_}", data={"delivery_id": str(id_)}))
    return id_ is not None
