"""The scheduled job `sources.sync`: has every feed copied whose time has come."""

from datetime import timedelta

from app.domain.actor import SYSTEM
from app.domain.sync import SyncStatus
from app.stores.jobs import enqueue
from app.stores.sync_runs import Latest, forget_old, latest_runs
from app.stores.transaction import utc_now
from app.workflows.source_sync import sync_job
from app.workflows.work import JobData, Work

SYNC_DUE = "sources.sync"
EVERY_S = 15.0
ABANDONED_AFTER = timedelta(hours=1)
"""Longer than any pause between attempts: the job of such a run is gone, as after a restored backup."""


async def sync_what_is_due(_: JobData, work: Work) -> None:
    configured = [config for config in work.outside.configs if config.enabled]
    every = {
        (config.key, feed): timedelta(seconds=config.sync_every_s)
        for config in configured
        for feed in sorted(config.sync)
    }
    if not every:
        return
    async with work.writers.transaction(SYSTEM) as tx:
        latest = await latest_runs(tx, list(every))
        due = [pair for pair, pause in every.items() if _is_due(latest.get(pair), pause)]
        await enqueue(tx, *(sync_job(key, feed, full=False) for key, feed in due))


def _is_due(latest: Latest | None, pause: timedelta) -> bool:
    """A run under way has its job, which comes again by itself."""
    if latest is None:
        return True
    if latest.status is SyncStatus.RUNNING or latest.ended_at is None:
        return utc_now() - latest.heartbeat_at > ABANDONED_AFTER
    return utc_now() - latest.ended_at >= pause


async def tidy_syncs(_: JobData, work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await forget_old(tx)
