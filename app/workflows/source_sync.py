"""The job `source.sync`: copies one feed of one source, page by page, from where the last page was taken over."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from app.connectors.contract import SourceFailure
from app.connectors.ports.feeds import Changes, Feed
from app.connectors.reads import Stock
from app.domain.actor import SYSTEM, Actor, ActorKind
from app.domain.sync import SyncMode
from app.stores.jobs import Job, enqueue
from app.stores.sync_runs import BUSY_FOR, Counts, Run, begin, fail, finish, is_running, let_go, lock_page, move
from app.stores.synced_records import mark_unseen_gone
from app.stores.transaction import Transaction
from app.workflows.job_kind import FailedJob, NotWorthRetrying
from app.workflows.sync_records import Told, take_records
from app.workflows.webhook_receive import take_in_event
from app.workflows.work import JobData, Work

log = structlog.get_logger("junction.sync")

SYNC = "source.sync"
PAGE_TIMEOUT_S = 15.0
"""For reading one."""
SLICE_S = 30.0
"""After which the job ends, and another goes on: so that no feed keeps a worker's place for as long as it is long."""
TIMEOUT_S = 90.0

Read = Callable[[str | None, float], Awaitable[Changes[Any]]]


def sync_job(source_key: str, feed: Feed, *, full: bool, delay_s: float = 0) -> Job:
    """While one waits there is no second one of the same kind."""
    key = f"{SYNC}:{source_key}:{feed}{':full' if full else ''}"
    return Job(name=SYNC, key=key, data={"source": source_key, "feed": feed, "full": full}, delay_s=delay_s)


async def source_sync(data: JobData, work: Work) -> None:
    """One slice of a run. Raises SourceFailure where the source did, and NotWorthRetrying."""
    source_key, feed, full = str(data["source"]), Feed(data["feed"]), bool(data["full"])
    read = _reader(work, source_key, feed)
    actor = Actor(ActorKind.CONNECTOR, source_key)
    async with work.writers.transaction(actor) as tx:
        if "run" in data and not await is_running(tx, UUID(data["run"])):
            return
        run = await begin(tx, source_key, feed, full=full)
        if run is None:
            again = sync_job(source_key, feed, full=full, delay_s=BUSY_FOR.total_seconds())
            await enqueue(tx, replace(again, data=data))
            return
    ends = time.monotonic() + SLICE_S
    latest: Run | None = run
    try:
        while latest is not None:
            run = latest
            latest = await _page(run, read, actor, work, ends=ends)
    except BaseException as exc:
        async with work.writers.transaction(actor) as tx:
            await let_go(tx, run, _sentence(exc))
        raise


async def give_up_sync(failed: FailedJob, work: Work) -> None:
    """The next run begins where this one's last page was taken over; a full one begins anew."""
    async with work.writers.transaction(SYSTEM) as tx:
        await fail(tx, failed.data["source"], failed.data["feed"], failed.reason, full=failed.data["full"])


async def _page(run: Run, read: Read, actor: Actor, work: Work, *, ends: float) -> Run | None:
    """Takes the run's next page over. None where it does not fall to this job to go on."""
    asked_at_s = time.monotonic()
    page = await read(run.cursor, asked_at_s + PAGE_TIMEOUT_S)
    if page.has_more and page.cursor == run.cursor:
        raise NotWorthRetrying(f"{run.source_key} does not get on: the page after this one is the same")
    await _remember(run, page, work, asked_at_s)
    if run.feed == Feed.ORDERS:
        page, ahead = await _orders(run, page, actor, work)
    else:
        ahead = Counts()
    async with work.writers.transaction(actor) as tx:
        if not await lock_page(tx, run):
            log.info("sync_went_on_elsewhere", source=run.source_key, feed=run.feed)
            return None
        goes_on = page.has_more and time.monotonic() < ends
        run = await move(tx, run, page.cursor, ahead + await _taken(tx, run, page, work), is_held=goes_on)
        if not page.has_more:
            await finish(tx, run, sorted(work.outside.config(run.source_key).sync))
        elif not run.is_held:
            await enqueue(tx, _continuation(run))
    return run if run.is_held else None


async def _orders(run: Run, page: Changes[Any], actor: Actor, work: Work) -> tuple[Changes[Any], Counts]:
    """Each in a transaction of its own: an order locks the stock that it is promised, and nobody else's should wait for
    a whole page. What is left of the page is its end. Where this dies in between, those that were taken over are of a
    version that is known.
    """
    counts = Counts()
    for order in page.items:
        async with work.writers.transaction(actor) as tx:
            if not await lock_page(tx, run):
                break
            told = Told(
                source_key=run.source_key, feed=Feed.ORDERS, records=(order,), is_full=run.mode is SyncMode.FULL
            )
            counts += await take_records(tx, told, work)
    return replace(page, items=()), counts


async def _taken(tx: Transaction, run: Run, page: Changes[Any], work: Work) -> Counts:
    feed, is_full = Feed(run.feed), run.mode is SyncMode.FULL
    if feed is Feed.EVENTS:
        new = [await take_in_event(tx, run.source_key, each) for each in page.items]
        return Counts(read=len(new), created=sum(new), unchanged=len(new) - sum(new))
    if feed in (Feed.STOCK, Feed.CASES):
        return Counts(read=len(page.items), changed=len(page.items))
    told = Told(
        source_key=run.source_key,
        feed=feed,
        records=page.items,
        gone=page.gone,
        unreadable=page.unreadable,
        is_full=is_full,
    )
    counts = await take_records(tx, told, work)
    if page.has_more or not is_full:
        return counts
    unseen = await mark_unseen_gone(tx, run.source_key, run.feed, run.started_at)
    return replace(counts, gone=counts.gone + unseen)


async def _remember(run: Run, page: Changes[Any], work: Work, asked_at_s: float) -> None:
    """Of what is never copied, since it is shown and not acted on: what was read live is renewed, or out of date."""
    if run.feed == Feed.STOCK:
        levels = {each.sku: each.levels for each in page.items}
        await work.memory.remember(Stock(), run.source_key, levels, asked_at_s=asked_at_s)
    elif run.feed == Feed.CASES:
        await work.memory.forget(run.source_key, page.items)


def _continuation(run: Run) -> Job:
    """It goes on with this run alone, however late it comes."""
    job = sync_job(run.source_key, Feed(run.feed), full=run.mode is SyncMode.FULL)
    return replace(job, key=f"{SYNC}:{run.id}", data={**job.data, "run": str(run.id)})


def _sentence(exc: BaseException) -> str:
    if isinstance(exc, SourceFailure):
        return exc.message
    if isinstance(exc, asyncio.CancelledError):
        return f"it was stopped, or took longer than {TIMEOUT_S:.0f} s"
    return str(exc) if isinstance(exc, NotWorthRetrying) else f"it broke: {type(exc).__name__}"


def _reader(work: Work, source_key: str, feed: Feed) -> Read:
    """Raises NotWorthRetrying for what is not configured, or is no longer."""
    try:
        connector, config = work.outside[source_key], work.outside.config(source_key)
    except KeyError as exc:
        raise NotWorthRetrying(f"no enabled source is called {source_key}") from exc
    if feed not in config.sync:
        raise NotWorthRetrying(f"{source_key} is not configured to have its {feed} copied")
    changed = connector.missed_events if feed is Feed.EVENTS else getattr(connector, f"changed_{feed}")

    async def read(cursor: str | None, deadline: float) -> Changes[Any]:
        page: Changes[Any] = await changed(cursor, deadline=deadline)
        return page

    return read
