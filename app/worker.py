"""Runs the jobs of the store: PgQueuer picks them and takes them over, `attempt` decides what becomes of each.

A worker that loses the database connects again. One that stops lets its jobs finish, puts back those that take too
long, and leaves the rest to others. docs/jobs.md has the promises.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import orjson
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import Context
from pgqueuer.domain.models import Job as StoredJob
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel

from app.stores.jobs import CHANNEL, SCHEMA, Job, connect, enqueue
from app.workflows.job_attempt import Ended, GiveUp, Outcome, PickedJob, attempt
from app.workflows.job_kind import JobKind

log = structlog.get_logger("junction.worker")

BACKLOG_EVERY_S = 0.02
"""For a free place, while jobs wait that are due."""
SCHEDULED_EVERY_S = 60.0
"""That each scheduled job has its place in the queue."""
RECONNECT_S_MAX = 2.0
STOP_TIMEOUT_S = 10.0
"""How long jobs under way may take once the worker stops. Then they are put back."""

_SETTINGS = DBSettings(
    db_schema=SCHEMA,
    channel=Channel(CHANNEL),
    # As its defaults; but it would also take them from variables of the environment with names as plain as CHANNEL.
    prefix="",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    statistics_table="pgqueuer_statistics",
    schedules_table="pgqueuer_schedules",
    queue_status_type="pgqueuer_status",
)

_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, FailingListenerError)

Told = Callable[[str, Outcome], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """`told` hears what became of each attempt, by the job's name."""

    url: str
    kinds: Mapping[str, JobKind]
    work: object
    give_up: GiveUp
    concurrency: int = 10
    takeover_s: float = 30.0
    """A job whose worker gave no sign of life for this long is given to another."""
    stop_timeout_s: float = STOP_TIMEOUT_S
    looks_every_s: float = 2.0
    """For jobs that nobody rang for."""
    told: Told = lambda _, __: None


@asynccontextmanager
async def running_worker(worker: Worker) -> AsyncIterator[None]:
    """For as long as the block runs. Leaving it takes at most a little longer than `stop_timeout_s`."""
    logging.getLogger("pgqueuer").addFilter(_is_news)
    stopping = asyncio.Event()
    task = asyncio.create_task(_run(worker, stopping), name="worker")
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait({task})
        task.result()


async def _run(worker: Worker, stopping: asyncio.Event) -> None:
    losses = 0
    while not stopping.is_set():
        try:
            connection = await connect(worker.url)
            if losses:
                log.info("worker_found_store", after_attempts=losses)
            losses = 0
            try:
                await _Session(worker, connection, stopping).serve()
            finally:
                connection.terminate()
        except Exception as exc:  # noqa: BLE001 - whatever it is, a server without its worker would stand still
            losses += 1
            again_s = min(0.1 * 2 ** min(losses, 10), RECONNECT_S_MAX)
            # An outage is one line, however long it takes; what is none of the network's shows where it came from.
            tell = log.warning if losses == 1 else log.debug
            known = isinstance(exc, _LOST)
            tell("worker_lost_store", reason=type(exc).__name__, retry_in_s=again_s, exc_info=None if known else exc)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), again_s)


class _Session:
    """A worker on one connection, until that is lost or the worker stops."""

    def __init__(self, worker: Worker, connection: asyncpg.Connection, stopping: asyncio.Event) -> None:
        self.has_jobs = False
        self._worker = worker
        self._stopping = stopping
        settings = _SETTINGS
        self._driver = AsyncpgDriver(connection)
        self._manager = QueueManager(
            Queries(
                self._driver,
                QueryBuilderEnvironment(settings),
                QueryQueueBuilder(settings),
                QuerySchedulerBuilder(settings),
            ),
            Channel(CHANNEL),
        )
        self._manager.min_dequeue_poll_interval = timedelta(seconds=BACKLOG_EVERY_S)
        self._dispatched: set[asyncio.Task[Any]] = set()
        for name, kind in worker.kinds.items():
            self._manager.register_executor(name, _Executor(self, name, kind))
        connection.add_termination_listener(lambda _: self._manager.shutdown.set())

    async def serve(self) -> None:
        """Raises whatever the loss of the connection looks like."""
        await self._schedule()
        # Never canceled: PgQueuer would take the jobs under way for canceled as well, and delete them.
        picking = asyncio.create_task(self._pick(), name="worker: pick jobs")
        beside = [asyncio.create_task(each) for each in (self._stop(), self._keep_scheduled())]
        try:
            await asyncio.wait({picking})
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
        picking.result()
        if not self._stopping.is_set():
            raise ConnectionResetError

    async def run_job(self, stored: StoredJob, kind: JobKind) -> None:
        """Raises RetryRequested where the job is to come again, and _GivenUp."""
        job = PickedJob(
            name=stored.entrypoint,
            key=str((stored.headers or {}).get("key")),
            data=orjson.loads(stored.payload or b"{}"),
            attempt=stored.attempts + 1,
        )
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type's sake
        self._dispatched.add(task)
        try:
            ended = await attempt(job, kind, self._worker.work, self._worker.give_up)
        except asyncio.CancelledError:
            task.uncancel()
            log.info("job_put_back", job=job.name, key=job.key)
            raise RetryRequested(reason="the worker stopped") from None
        finally:
            self._dispatched.discard(task)
        self._worker.told(job.name, ended.outcome)
        await self._settle(job, kind, ended)

    async def _settle(self, job: PickedJob, kind: JobKind, ended: Ended) -> None:
        if ended.retry_in_s is not None:
            raise RetryRequested(timedelta(seconds=ended.retry_in_s))
        if kind.every_s is not None:
            # Before this one is gone, so that there is always one.
            await enqueue(self, Job(name=job.name, key=job.name, delay_s=kind.every_s))
        elif ended.outcome == "failed":
            raise _GivenUp

    async def _pick(self) -> None:
        await self._manager.run(
            dequeue_timeout=timedelta(seconds=self._worker.looks_every_s),
            batch_size=max(1, self._worker.concurrency // 2),
            max_concurrent_tasks=max(2, self._worker.concurrency),
            shutdown_on_listener_failure=True,
            heartbeat_timeout=timedelta(seconds=self._worker.takeover_s),
            # Its statistics are for its own dashboard; ours are in /metrics.
            log_aggregation_interval=timedelta(0),
        )

    async def _stop(self) -> None:
        await self._stopping.wait()
        self._manager.shutdown.set()
        await asyncio.sleep(self._worker.stop_timeout_s)
        while True:
            for task in self._dispatched:
                task.cancel()
            await asyncio.sleep(0.1)

    async def _keep_scheduled(self) -> None:
        while True:
            await asyncio.sleep(SCHEDULED_EVERY_S)
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self._schedule()

    async def _schedule(self) -> None:
        scheduled = {name: kind.every_s for name, kind in self._worker.kinds.items() if kind.every_s is not None}
        await enqueue(self, *(Job(name=name, key=name, delay_s=every_s) for name, every_s in scheduled.items()))

    async def run(self, sql: str, *args: Any) -> None:
        """As `enqueue` needs it, in a transaction of its own."""
        await self._driver.execute(sql, *args)


class _Executor(AbstractEntrypointExecutor):
    def __init__(self, session: _Session, name: str, kind: JobKind) -> None:
        super().__init__(EntrypointExecutorParameters(concurrency_limit=0, func=_unused, on_failure="hold"))
        self._session = session
        self._kind = kind

    async def execute(self, job: StoredJob, context: Context) -> None:
        await self._session.run_job(job, self._kind)


async def _unused(_: StoredJob) -> None:
    raise NotImplementedError


class _GivenUp(Exception):
    """Tells PgQueuer to keep the job as failed. What happened has been logged and told."""


def _is_news(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], _GivenUp)
