"""Acts on an event that was taken in: once, however often its job runs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.connectors.ports.payment import PaymentGateway
from app.connectors.ports.webhook import Unreadable
from app.domain.actor import SYSTEM, Actor, ActorKind
from app.stores.inbox import forget_old, mark_processed, take
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.payment_reports import payment_reports
from app.workflows.work import JobData, Work


async def webhook_process(data: JobData, work: Work) -> None:
    """Raises NotWorthRetrying for an event that nobody here can read; it stays in the inbox."""
    delivery_id = UUID(data["delivery_id"])
    async with work.writers.transaction(SYSTEM) as tx:
        waiting = await take(tx, delivery_id)
        if waiting is None:
            return
        tx.actor = Actor(ActorKind.CONNECTOR, waiting.source_key)
        connector = _connector(waiting.source_key, work)
        if isinstance(connector, PaymentGateway):
            try:
                reports = connector.reports(waiting.body)
            except Unreadable as exc:
                raise NotWorthRetrying(f"{waiting.source_key}: {exc}") from exc
            await payment_reports(tx, waiting.source_key, reports)
        await mark_processed(tx, delivery_id)


async def tidy_webhooks(_: Mapping[str, Any], work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await forget_old(tx)


def _connector(source_key: str, work: Work) -> object:
    try:
        return work.outside[source_key]
    except KeyError as exc:
        raise NotWorthRetrying(f"no enabled source is called {source_key}; its event waits in the inbox") from exc
