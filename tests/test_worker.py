"""Workers on a real database: what becomes of jobs that end, fail, hang, or lose their worker."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.stores.jobs import Bell, Job, enqueue, requeue_failed
from app.worker import Worker, running_worker
from app.workflows.job_attempt import Outcome
from app.workflows.job_kind import FailedJob, JobKind, NotWorthRetrying

PROGRAMS = Path(__file__).parent / "programs"
PATH = {"PYTHONPATH": str(PROGRAMS.parents[1])}
WAIT_S = 30
"""Only a test that fails waits this long."""


class Store:
    """The database as the commands that enqueue see it."""

    def __init__(self, url: str, connection: asyncpg.Connection) -> None:
        self.url = url
        self.connection = connection
        self.has_jobs = False
        self.bell = Bell(self._notify)

    async def run(self, sql: str, *args: Any) -> None:
        await self.connection.execute(sql, *args)

    async def rows(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch(sql, *args)
        return rows

    async def add(self, *jobs: Job) -> None:
        await enqueue(self, *jobs)
        self.bell.ring()

    async def statuses(self) -> dict[str, int]:
        rows = await self.connection.fetch("SELECT status::text, count(*) FROM jobs.pgqueuer GROUP BY 1")
        return {row[0]: row[1] for row in rows}

    async def _notify(self, channel: str, payload: str) -> None:
        await self.connection.execute("SELECT pg_notify($1, $2)", channel, payload)


class Observed:
    """The job functions of a test, and all that a worker told."""

    def __init__(self) -> None:
        self.calls: list[Mapping[str, Any]] = []
        self.outcomes: list[tuple[str, Outcome]] = []
        self.failed: list[FailedJob] = []
        self._heard = asyncio.Event()

    async def note(self, data: Mapping[str, Any], _: object) -> None:
        self.calls.append(data)

    async def break_down(self, data: Mapping[str, Any], _: object) -> None:
        self.calls.append(data)
        raise ValueError("Ada Lovelace lives at 12 St James's Square")

    async def refuse(self, data: Mapping[str, Any], _: object) -> None:
        self.calls.append(data)
        raise NotWorthRetrying("the address does not exist; correct it")

    async def give_up(self, failed: FailedJob) -> None:
        self.failed.append(failed)

    def told(self, name: str, outcome: Outcome) -> None:
        self.outcomes.append((name, outcome))
        self._heard.set()

    async def until(self, count: int) -> None:
        """So many attempts have ended."""
        async with asyncio.timeout(WAIT_S):
            while len(self.outcomes) < count:
                self._heard.clear()
                await self._heard.wait()


@pytest.fixture
async def store(migrated_database: str) -> AsyncIterator[Store]:
    connection = await asyncpg.connect(migrated_database)
    store = Store(migrated_database, connection)
    yield store
    await store.bell.close()
    await connection.close()


@pytest.fixture
def observed() -> Observed:
    return Observed()


@asynccontextmanager
async def working(store: Store, observed: Observed, kinds: dict[str, JobKind], **options: Any) -> AsyncIterator[None]:
    worker = Worker(
        url=store.url,
        kinds=kinds,
        work=None,
        give_up=observed.give_up,
        told=observed.told,
        **{"takeover_s": 1, "looks_every_s": 0.05} | options,
    )
    async with running_worker(worker):
        yield


async def test_a_job_runs_once_and_is_gone(store: Store, observed: Observed) -> None:
    async with working(store, observed, {"note": JobKind(run=observed.note)}):
        await store.add(Job(name="note", key="a", data={"order_id": "1"}), Job(name="of another version", key="b"))
        await observed.until(1)
    assert (observed.calls, observed.outcomes) == ([{"order_id": "1"}], [("note", "done")])
    rows = await store.connection.fetch("SELECT entrypoint, status::text FROM jobs.pgqueuer")
    assert [tuple(row) for row in rows] == [("of another version", "queued")]


async def test_a_job_that_was_added_before_the_worker_came_runs(store: Store, observed: Observed) -> None:
    await store.add(Job(name="note", key="a"))
    async with working(store, observed, {"note": JobKind(run=observed.note)}):
        await observed.until(1)
    assert await store.statuses() == {}


async def test_a_job_that_fails_is_tried_again_and_given_up_in_the_end(
    store: Store, observed: Observed, capfd: pytest.CaptureFixture[str]
) -> None:
    kind = JobKind(run=observed.break_down, attempts_max=3, first_retry_s=0.01, suggested_action="orderRoute")
    async with working(store, observed, {"order.route": kind}):
        await store.add(Job(name="order.route", key="k", data={"order_id": "1"}))
        await observed.until(3)
    assert [outcome for _, outcome in observed.outcomes] == ["retried", "retried", "failed"]
    told = FailedJob("order.route", "k", {"order_id": "1"}, 3, "order.route broke: ValueError", "orderRoute")
    assert observed.failed == [told]
    assert await store.statuses() == {"failed": 1}
    assert await store.connection.fetchval("SELECT count(*) FROM jobs.pgqueuer_log WHERE traceback::text ~ 'Ada'") == 0
    capfd.readouterr()


async def test_what_would_fail_the_same_way_is_not_tried_again(store: Store, observed: Observed) -> None:
    async with working(store, observed, {"label": JobKind(run=observed.refuse)}):
        await store.add(Job(name="label", key="k"))
        await observed.until(1)
    (failed,) = observed.failed
    assert (failed.attempts, failed.reason) == (1, "the address does not exist; correct it")


async def test_a_job_that_was_given_up_can_be_asked_for_again(store: Store, observed: Observed) -> None:
    kind = JobKind(run=observed.refuse)
    async with working(store, observed, {"label": kind}):
        await store.add(*(Job(name="label", key=f"k{order}", data={"order_id": order}) for order in "12"))
        await observed.until(2)
    assert [await requeue_failed(store, "label", "1") for _ in range(2)] == [1, 0]
    assert await store.statuses() == {"queued": 1, "failed": 1}
    async with working(store, observed, {"label": JobKind(run=observed.note)}):
        await observed.until(3)
    assert observed.calls[-1] == {"order_id": "1"}
    assert await store.statuses() == {"failed": 1}


async def test_a_failure_that_cannot_be_told_is_not_forgotten(store: Store, observed: Observed) -> None:
    """The whole job comes again."""
    tries = 0

    async def give_up(failed: FailedJob) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionResetError
        observed.failed.append(failed)

    kind = JobKind(run=observed.refuse, first_retry_s=0.01)
    worker = Worker(url=store.url, kinds={"label": kind}, work=None, give_up=give_up, told=observed.told)
    async with running_worker(worker):
        await store.add(Job(name="label", key="k"))
        await observed.until(2)
    assert [outcome for _, outcome in observed.outcomes] == ["retried", "failed"]
    assert len(observed.failed) == 1


async def test_an_attempt_that_takes_too_long_has_failed(store: Store, observed: Observed) -> None:
    async def hang(_: object, __: object) -> None:
        await asyncio.Event().wait()

    async with working(store, observed, {"hang": JobKind(run=hang, timeout_s=0.02, attempts_max=1)}):
        await store.add(Job(name="hang", key="k"))
        await observed.until(1)
    assert [failed.reason for failed in observed.failed] == ["hang took too long"]


async def test_no_more_run_at_a_time_than_may(store: Store, observed: Observed) -> None:
    running: list[int] = []
    most = 0

    async def count(_: object, __: object) -> None:
        nonlocal most
        running.append(1)
        most = max(most, len(running))
        await asyncio.sleep(0.01)
        running.pop()

    async with working(store, observed, {"count": JobKind(run=count)}, concurrency=4):
        await store.add(*(Job(name="count", key=str(number)) for number in range(20)))
        await observed.until(20)
    assert most == 4


async def test_a_worker_that_stops_lets_its_jobs_finish(store: Store, observed: Observed) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def wait(_: object, __: object) -> None:
        begun.set()
        await may_end.wait()

    async with working(store, observed, {"wait": JobKind(run=wait)}):
        await store.add(Job(name="wait", key="k"))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, may_end.set)
    assert observed.outcomes == [("wait", "done")]
    assert await store.statuses() == {}


async def test_a_job_that_does_not_finish_in_time_is_put_back(store: Store, observed: Observed) -> None:
    begun, canceled = asyncio.Event(), asyncio.Event()

    async def hang(_: object, __: object) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            canceled.set()

    async with working(store, observed, {"hang": JobKind(run=hang)}, stop_timeout_s=0.05):
        await store.add(Job(name="hang", key="k"))
        await begun.wait()
    assert canceled.is_set()
    assert await store.statuses() == {"queued": 1}
    async with working(store, observed, {"hang": JobKind(run=observed.note)}):
        await observed.until(1)
    assert await store.statuses() == {}


async def test_a_worker_that_loses_the_database_connects_again(store: Store, observed: Observed) -> None:
    """And what was under way is done once more at the most, since nobody can know how far it came."""
    kinds = {"note": JobKind(run=observed.note)}
    async with working(store, observed, kinds):
        await store.add(Job(name="note", key="before"))
        await observed.until(1)
        ended = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = $1 AND datname = current_database()"
        )
        assert await store.connection.fetchval(ended, "junction worker") == 1
        await store.add(Job(name="note", key="after"))
        async with asyncio.timeout(WAIT_S):
            while await store.statuses() != {}:  # noqa: ASYNC110 - the table tells nobody
                await asyncio.sleep(0.05)
    assert len(observed.calls) >= 2


async def test_the_job_of_a_worker_that_was_killed_is_taken_over(store: Store, observed: Observed) -> None:
    await store.add(Job(name="begin", key="k", data={"order_id": "1"}))
    program = [sys.executable, str(PROGRAMS / "worker_in_a_job.py"), store.url]
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE, env=os.environ | PATH)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    process.kill()
    await process.wait()
    assert await store.statuses() == {"picked": 1}
    async with working(store, observed, {"begin": JobKind(run=observed.note)}):
        await observed.until(1)
    assert observed.calls == [{"order_id": "1"}]
    assert await store.statuses() == {}


async def test_a_job_that_kills_its_workers_comes_to_an_end(store: Store, observed: Observed) -> None:
    await store.add(Job(name="note", key="k"))
    await store.connection.execute("UPDATE jobs.pgqueuer SET attempts = 3")
    async with working(store, observed, {"note": JobKind(run=observed.note, attempts_max=3)}):
        await observed.until(1)
    assert observed.calls == []
    assert [(failed.attempts, failed.reason) for failed in observed.failed] == [
        (3, "each worker that ran note died of it or was stopped")
    ]


async def test_a_scheduled_job_runs_by_itself_in_one_worker_at_a_time(store: Store, observed: Observed) -> None:
    running: list[int] = []
    most = 0

    async def expire(_: object, __: object) -> None:
        nonlocal most
        running.append(1)
        most = max(most, len(running))
        await asyncio.sleep(0.01)
        running.pop()

    kinds = {"reservations.expire": JobKind(run=expire, every_s=0.02)}
    async with working(store, observed, kinds), working(store, observed, kinds):
        await observed.until(6)
    assert most == 1
    rows = await store.connection.fetch("SELECT dedupe_key, status::text FROM jobs.pgqueuer")
    assert [tuple(row) for row in rows] == [("reservations.expire", "queued")]


async def test_a_scheduled_job_that_fails_for_good_keeps_its_schedule(store: Store, observed: Observed) -> None:
    kinds = {"orders.expire": JobKind(run=observed.refuse, every_s=0.02)}
    async with working(store, observed, kinds):
        await observed.until(2)
    assert {outcome for _, outcome in observed.outcomes} == {"failed"}
    assert await store.statuses() == {"queued": 1}
