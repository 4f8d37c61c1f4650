"""Acts on the events of one subject that have been taken in: each once, however often its job runs.

An event is a signal. What changed is read again from its source before anything is written; payments and parcels alone
are believed as the event tells them, and their reports may come late, twice and in any order. So a poisoned event is
put aside with its reason, and the others of its subject go on.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from app.connectors.contract import SourceFailure
from app.connectors.ports.feeds import Feed
from app.connectors.ports.webhook import Unreadable
from app.domain.actor import SYSTEM, Actor, ActorKind
from app.domain.refusals import Refused
from app.stores.inbox import (
    Waiting,
    count_attempt,
    forget_old,
    left_waiting,
    lock,
    mark_failed,
    mark_processed,
    waiting_of,
    waiting_one,
)
from app.stores.jobs import enqueue
from app.stores.shipments import parcel_of_number
from app.stores.transaction import utc_now
from app.workflows.job_kind import ATTEMPTS_MAX, RETRY_S_MAX, FailedJob, NotWorthRetrying
from app.workflows.payment_reports import payment_reports
from app.workflows.shipments_track import take_record
from app.workflows.sync_records import take_records
from app.workflows.webhook_event import Event, Reading, read_changes, understood
from app.workflows.webhook_orders import close_exceptions, tell_orders
from app.workflows.webhook_receive import process_job
from app.workflows.work import JobData, Work

log = structlog.get_logger("junction.webhooks")

_FOR_GOOD = (NotWorthRetrying, Refused)
TRIED_FOR = timedelta(minutes=30)
"""At least, before an event is given up: what ATTEMPTS_MAX take by themselves. Attempts alone say little, since each
new event of a subject has its job run at once."""
LEFT_AFTER = timedelta(hours=1)
"""Longer than any job goes on with one event."""
LEFT_MAX = 1000
EVENTS_MAX = 100
"""Of one run, so that it ends in time; another goes on with the rest."""


async def webhook_process(data: JobData, work: Work) -> None:
    """Raises NotWorthRetrying for a source that nobody answers for; its events wait."""
    waiting = await _waiting(data, work)
    if not waiting:
        return
    connector = _connector(waiting[0].source_key, work)
    copied = work.outside.config(waiting[0].source_key).sync
    events = []
    for each in waiting:
        try:
            events.append(understood(each, connector, copied))
        except Unreadable as exc:
            await _give_up(Event(each), f"{each.source_key}: {exc}", work)
    readings = await read_changes(connector, events, work)
    postponed: Exception | None = None
    for event in events:
        postponed = await _try(event, readings, work) or postponed
    if postponed is not None:
        raise postponed
    if len(waiting) == EVENTS_MAX:
        async with work.writers.transaction(SYSTEM) as tx:
            await enqueue(tx, process_job(waiting[0].source_key, waiting[0].subject, waiting[0].id))


async def tidy_webhooks(_: Mapping[str, object], work: Work) -> None:
    """And has what is left acted on: of a source that was switched off when their job ran, and is no longer."""
    answering = [config.key for config in work.outside.configs if config.enabled]
    async with work.writers.transaction(SYSTEM) as tx:
        await forget_old(tx)
        left = await left_waiting(tx, answering, tx.at - LEFT_AFTER, count_max=LEFT_MAX)
        await enqueue(tx, *(process_job(each.source_key, each.subject, each.id) for each in left))


async def give_up_events(failed: FailedJob, work: Work) -> None:
    """Those that its job could not take over. What nobody answers for waits until somebody does, and what was tried for
    a short while only is tried again by another job. One that no attempt came back from is what its workers died of.
    """
    for each in await _waiting(failed.data, work):
        if each.attempts and _is_new(each):
            async with work.writers.transaction(SYSTEM) as tx:
                await enqueue(tx, process_job(each.source_key, each.subject, each.id, delay_s=RETRY_S_MAX))
            continue
        try:
            event = understood(each, _connector(each.source_key, work))
        except NotWorthRetrying:
            return
        except Unreadable:
            event = Event(each)
        await _give_up(event, failed.reason, work)


async def _waiting(data: JobData, work: Work) -> list[Waiting]:
    async with work.writers.transaction(SYSTEM) as tx:
        if "delivery_id" in data:
            return await waiting_one(tx, UUID(data["delivery_id"]))
        return await waiting_of(tx, data["source"], data["subject"], count_max=EVENTS_MAX)


async def _try(event: Event, readings: Mapping[Feed, Reading], work: Work) -> Exception | None:
    """Why it has to come again; None once it is done with, taken over or given up."""
    try:
        await _take(event, readings, work)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        raise  # The store's trouble is none of the event's.
    except Exception as exc:
        is_told = isinstance(exc, (*_FOR_GOOD, SourceFailure))
        reason = str(exc) if is_told else f"it broke: {type(exc).__name__}"
        about = {"source": event.waiting.source_key, "event_id": event.waiting.external_event_id}
        log.warning("webhook_not_taken", **about, reason=reason, exc_info=None if is_told else exc)
        async with work.writers.transaction(SYSTEM) as tx:
            attempts = await count_attempt(tx, event.waiting.id)
        if not isinstance(exc, _FOR_GOOD) and (attempts < ATTEMPTS_MAX or _is_new(event.waiting)):
            return exc
        await _give_up(event, reason, work)
    return None


async def _take(event: Event, readings: Mapping[Feed, Reading], work: Work) -> None:
    """In one transaction with the event becoming processed. Raises whatever keeps it from that."""
    source_key = event.waiting.source_key
    for feed in event.feeds:
        readings[feed].require()
    async with work.writers.transaction(Actor(ActorKind.CONNECTOR, source_key)) as tx:
        if not await lock(tx, event.waiting.id):
            return
        await payment_reports(tx, source_key, event.reports)
        if event.tracked is not None:
            parcel = await parcel_of_number(tx, source_key, event.tracked.tracking_number)
            if parcel is not None:
                await take_record(tx, parcel, event.tracked)
        for feed in event.feeds:
            await take_records(tx, readings[feed].told(source_key, event.ids_of(feed)), work)
        await mark_processed(tx, event.waiting.id)
        await close_exceptions(tx, event.waiting)


async def _give_up(event: Event, reason: str, work: Work) -> None:
    source_key = event.waiting.source_key
    async with work.writers.transaction(Actor(ActorKind.CONNECTOR, source_key)) as tx:
        if not await lock(tx, event.waiting.id):
            return
        await mark_failed(tx, event.waiting.id, reason)
        try:
            async with tx.savepoint():
                await tell_orders(tx, event, reason)
        except Refused as refused:
            # It is listed among the failed ones all the same.
            log.warning("webhook_failure_not_told", source=source_key, reason=str(refused))
    log.warning("webhook_failed", source=source_key, event_id=event.waiting.external_event_id, reason=reason)


def _is_new(waiting: Waiting) -> bool:
    return utc_now() - waiting.received_at < TRIED_FOR


def _connector(source_key: str, work: Work) -> object:
    try:
        connector: object = work.outside[source_key]
    except KeyError as exc:
        raise NotWorthRetrying(f"no enabled source is called {source_key}; its event waits in the inbox") from exc
    return connector
