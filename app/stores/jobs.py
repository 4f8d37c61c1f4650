"""Jobs on PgQueuer's table: put there in the transaction of the change that causes them, so that neither is without
the other. `app/worker.py` runs them; docs/jobs.md says what is promised.

The statement is ours where PgQueuer has one: its own writes a log row for every job as well, leaves a waiting job at
its later time, and is built by code that only a worker should have to load. And no trigger tells of new jobs as
PgQueuer's does: NOTIFY takes a lock of the whole database until its transaction is on the disk, so that commits would
wait for one another (measured: 40 % fewer transactions with 32 clients). `Bell` tells of them after the commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import asyncpg
import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.timeouts import CONNECT_TIMEOUT_S

log = structlog.get_logger("junction.jobs")

SCHEMA = "jobs"
"""PostgreSQL schema of PgQueuer's tables."""
CHANNEL = "ch_pgqueuer"
"""PgQueuer's own default."""


class Statements(Protocol):
    """What is needed of a transaction."""

    has_jobs: bool

    async def run(self, sql: str, *args: Any) -> Any: ...


class Answering(Protocol):
    """What is needed of a transaction that tells what a statement returned."""

    async def rows(self, sql: str, *args: Any) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`key` names the step and what it is about (`order.route:` and the order's id). While one with it waits, another
    is not added; one that runs already does not count, since it may have read before the change.

    `data` is written as JSON, and names the order by `order_id` where the job is about one.
    """

    name: str
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    delay_s: float = 0
    priority: int = 0
    """Higher is earlier, among jobs of all names."""


async def enqueue(transaction: Statements, *jobs: Job) -> None:
    """One statement, or none without jobs. The sooner time and the higher priority win over those of a waiting job."""
    if not jobs:
        return
    transaction.has_jobs = True
    soonest = {job.key: job for job in sorted(jobs, key=lambda job: job.delay_s, reverse=True)}
    # In the order of their keys, as every other transaction takes them: so none waits for one that waits for it.
    once = [soonest[key] for key in sorted(soonest)]
    await transaction.run(
        _ENQUEUE,
        [job.name for job in once],
        [job.key for job in once],
        [orjson.dumps(job.data) for job in once],
        [float(job.delay_s) for job in once],
        [job.priority for job in once],
    )


_ENQUEUE = f"""
INSERT INTO {SCHEMA}.pgqueuer AS waiting (status, entrypoint, dedupe_key, headers, payload, execute_after, priority)
SELECT 'queued', name, key, jsonb_build_object('key', key), data, now() + delay_s * interval '1 second', priority
  FROM unnest($1::text[], $2::text[], $3::bytea[], $4::float8[], $5::int[]) AS job (name, key, data, delay_s, priority)
    ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
    DO UPDATE SET execute_after = least(waiting.execute_after, excluded.execute_after),
                  priority = greatest(waiting.priority, excluded.priority)
        WHERE excluded.execute_after < waiting.execute_after OR excluded.priority > waiting.priority
"""  # noqa: S608 - the schema is a constant


async def connect(url: str) -> asyncpg.Connection:
    """For a worker's own statements, and to hear the bell on."""
    settings = {"application_name": "junction worker", "timezone": "UTC", "jit": "off"}
    return await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, server_settings=settings)


async def requeue_failed(transaction: Answering, name: str, order_id: str) -> int:
    """Has the order's jobs of this name that failed for good tried again from the first attempt. How many there are."""
    return len(await transaction.rows(_REQUEUE, name, order_id))


async def queue_lengths(engine: AsyncEngine) -> Mapping[tuple[str, str], int]:
    """Jobs by name and status: `queued`, `picked` or `failed`."""
    async with engine.connect() as connection:
        return {(name, status): count for name, status, count in await connection.execute(_QUEUE_LENGTHS)}


async def tidy(transaction: Statements) -> None:
    """Forgets what became of jobs long ago."""
    await transaction.run(_FORGET_FAILED, FAILED_KEPT_DAYS)
    await transaction.run(_FORGET_LOG, LOG_KEPT_DAYS)


FAILED_KEPT_DAYS = 90
LOG_KEPT_DAYS = 7
_QUEUE_LENGTHS = text(f"SELECT entrypoint, status::text, count(*) FROM {SCHEMA}.pgqueuer GROUP BY 1, 2")  # noqa: S608
_REQUEUE = f"""
UPDATE {SCHEMA}.pgqueuer SET status = 'queued', attempts = 0, execute_after = now(), updated = now()
 WHERE status = 'failed' AND entrypoint = $1 AND convert_from(payload, 'UTF8')::jsonb ->> 'order_id' = $2
RETURNING id
"""  # noqa: S608 - the schema is a constant
_FORGET_FAILED = f"DELETE FROM {SCHEMA}.pgqueuer WHERE status = 'failed' AND updated < now() - $1 * interval '1 day'"  # noqa: S608
_FORGET_LOG = f"DELETE FROM {SCHEMA}.pgqueuer_log WHERE created < now() - $1 * interval '1 day'"  # noqa: S608


class Bell:
    """Wakes idle workers, in this process and others. Where it is not rung, they find jobs by looking now and then."""

    def __init__(self, notify: Callable[[str, str], Awaitable[Any]]) -> None:
        """`notify` takes a channel and a payload, outside of any transaction."""
        self._notify = notify
        self._again = False
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """After the commit. Never raises and never waits; many at a time become one or two."""
        self._again = True
        if self._ringing is None:
            self._ringing = asyncio.create_task(self._ring(), name="ring for jobs")

    async def close(self) -> None:
        while self._ringing is not None:
            await asyncio.wait({self._ringing})

    async def _ring(self) -> None:
        try:
            while self._again:
                self._again = False
                await self._notify(CHANNEL, _rung())
        except Exception as exc:  # noqa: BLE001 - the jobs are in the table, and workers look there anyway
            log.warning("workers_not_told", reason=type(exc).__name__)
        finally:
            self._ringing = None


def _rung() -> str:
    """What PgQueuer's trigger would say."""
    return orjson.dumps(
        {
            "channel": CHANNEL,
            "operation": "insert",
            "sent_at": datetime.now(UTC),
            "table": "pgqueuer",
            "type": "table_changed_event",
        }
    ).decode()
