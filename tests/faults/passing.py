"""Time, faster than it is: nobody in a test waits half a minute for somebody who is dead, or for the next attempt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

EVERY_S = 1.0
LEASES = """
UPDATE payment_transactions SET leased_until = NULL WHERE leased_until < clock_timestamp() + $1 * interval '1 second'
"""
LABELS = """
UPDATE shipments SET label_asked_at = label_asked_at - interval '2 minutes'
 WHERE status = 'CREATED' AND label_asked_at > now() - interval '2 minutes'
   AND label_asked_at < clock_timestamp() - $1 * interval '1 second'
"""
JOBS = """
UPDATE jobs.pgqueuer SET execute_after = now()
 WHERE status = 'queued' AND execute_after > now() AND headers ->> 'key' <> entrypoint
   AND NOT EXISTS (
       SELECT FROM shipments
        WHERE headers ->> 'key' IN ('shipment.label:' || id, 'shipment.void:' || id) AND status = 'CREATED'
          AND label_asked_at > now() - interval '2 minutes')
"""
"""But not those that come again and again: their key is their name. Nor those that wait for what became of a label:
each has so many attempts, and would spend them on being told to wait."""


async def pass_time(connection: asyncpg.Connection, *, late_s: float, lease_s: float) -> None:
    """Who took a transaction for `lease_s`, or asked for a label, more than `late_s` ago, counts as dead."""
    await connection.execute(LEASES, lease_s - late_s)
    await connection.execute(LABELS, late_s)
    await connection.execute(JOBS)


@asynccontextmanager
async def time_passing(url: str, *, late_s: float, lease_s: float) -> AsyncIterator[None]:
    async def pass_on() -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            # The store may be away.
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await asyncpg.connect(url)
                try:
                    await pass_time(connection, late_s=late_s, lease_s=lease_s)
                finally:
                    await connection.close()

    passing = asyncio.create_task(pass_on())
    try:
        yield
    finally:
        passing.cancel()
        await asyncio.wait({passing})
