"""The scheduled job `sources.sync`: has every feed copied whose time has come."""

from datetime import timedelta

from app.domain.actor import SYSTEM
from app.stores.jobs import enqueue
from app.stores.sync_runs import Latest, forget_old, latest_runs
from app.stores.transaction import utc_now
from app.workflows.source_sync import sync_job
from app.workflows.sync_records import TAKE_OVER
from app.workflows.work import JobData, Work

SYNC_DUE = "sources.sync"
EVERY_S = 15.0
ABANDONED_AFTER = timedelta(hours=1)
"""Longer than any pause between attempts: the job of such a run is gone, as after a restored backup."""
FULL_RUNS_REST = 9
"""Times as long as the last one took, at least: however much there is to read, a source is busy with it for a tenth of
the time. Ours: its requests are of the same quota as those for the pages that people look at."""


async def sync_what_is_due(_: JobData, work: Work) -> None:
    configured = [config for config in work.outside.configs if config.enabled]
    every = {
        (config.key, feed): timedelta(seconds=config.sync_every_s)
        for config in configured
        for feed in sorted(config.sync)
    }
    full_every = {
        (config.key, feed): timedelta(seconds=config.full_sync_every_s)
        for config in configured
        for feed in sorted(config.sync & TAKE_OVER.keys())
        if config.full_sync_every_s
    }
    if not every:
        return
    async with work.writers.transaction(SYSTEM) as tx:
        latest = await latest_runs(tx, list(every), full=False)
        full = await latest_runs(tx, list(full_every), full=True)
        due = [(pair, False) for pair, pause in every.items() if pair not in latest or _is_due(latest[pair], pause)]
        # What was never copied is read from its first record anyway.
        due += [(pair, True) for pair, pause in full_every.items() if pair in full and _is_due(full[pair], pause)]
        await enqueue(tx, *(sync_job(key, feed, full=is_full) for (key, feed), is_full in due))


def _is_due(latest: Latest, pause: timedelta) -> bool:
    """A run under way has its job, which comes again by itself."""
    return utc_now() - latest.at >= (ABANDONED_AFTER if latest.is_running else max(pause, FULL_RUNS_REST * latest.took))


async def tidy_syncs(_: JobData, work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await forget_old(tx)
