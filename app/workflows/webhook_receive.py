"""Takes an event in: kept, with a job that acts on it, before its sender is told that it arrived."""

from uuid import UUID

from app.connectors.ports.webhook import Delivery
from app.domain.actor import Actor, ActorKind
from app.stores.inbox import keep
from app.stores.jobs import Job, enqueue
from app.stores.transaction import Transaction, Writers, storable

PROCESS = "webhook.process"


async def webhook_receive(source_key: str, delivery: Delivery, writers: Writers) -> bool:
    """False for an event that came before."""
    async with writers.transaction(Actor(ActorKind.CONNECTOR, source_key)) as tx:
        return await take_in_event(tx, source_key, delivery)


async def take_in_event(tx: Transaction, source_key: str, delivery: Delivery) -> bool:
    """However odd: one that could not be kept would be sent until its sender thinks that nobody is here."""
    event_id, subject = storable(delivery.external_event_id), storable(delivery.subject)
    id_ = await keep(tx, source_key, event_id, delivery.sent_at, delivery.body, subject)
    if id_ is not None:
        await enqueue(tx, process_job(source_key, subject, id_))
    return id_ is not None


def process_job(source_key: str, subject: str, delivery_id: UUID, *, delay_s: float = 0) -> Job:
    """Of all that waits of the subject, or of this event alone where it has none."""
    if subject:
        data = {"source": source_key, "subject": subject}
        return Job(name=PROCESS, key=f"{PROCESS}:{source_key}:{subject}", data=data, delay_s=delay_s)
    data = {"delivery_id": str(delivery_id)}
    return Job(name=PROCESS, key=f"{PROCESS}:{delivery_id}", data=data, delay_s=delay_s)
