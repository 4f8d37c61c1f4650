"""Events say that something changed: it is read again, taken over once, and in whatever order they come."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.connectors.contract import SourceRefused, SourceState, SourceUnavailable
from app.connectors.freshness import LiveReads
from app.connectors.ports.feeds import Feed
from app.connectors.ports.webhook import Delivery
from app.connectors.reads import Stock
from app.domain.actor import SYSTEM
from app.domain.refusals import Refused
from app.stores.engine import create_connections, create_engine, open_writers
from app.stores.inbox import failed_counts, failed_events
from app.stores.readings import StoredReadings
from app.stores.transaction import Writers
from app.workflows.exception_resolve import ExceptionResolve, exception_resolve
from app.workflows.job_attempt import PickedJob, attempt
from app.workflows.job_kind import ATTEMPTS_MAX
from app.workflows.jobs import JOBS, give_up
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.webhook_decide import drop_event, retry_event
from app.workflows.webhook_process import TRIED_FOR, webhook_process
from app.workflows.webhook_receive import PROCESS, webhook_receive
from app.workflows.work import Work
from tests.workflows.depot import Depot, open_depot
from tests.workflows.fake_source import FakeOutside, FakeSource, at, customer, down
from tests.workflows.shop import Shop

ADA = {"source": "web", "subject": "customer 1"}
"""The job's data."""
NAMES = "SELECT display_name FROM customers"
EVENTS = "SELECT type FROM events ORDER BY position"
LAST_EVENT = "SELECT type FROM events ORDER BY position DESC LIMIT 1"
EXCEPTIONS = "SELECT status FROM order_exceptions ORDER BY raised_at, id"
STATES = """SELECT external_event_id, processed_at IS NOT NULL, failed_at IS NOT NULL, attempts FROM webhook_deliveries
             ORDER BY external_event_id"""


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=4)
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("INSERT INTO sources (key, name, kind) VALUES ('web', 'Web', 'STOREFRONT')")
    yield writers
    await writers.close()


@pytest.fixture
def web() -> FakeSource:
    source = FakeSource()
    source.put(Feed.CUSTOMERS, customer(1, given_name="Ada"))
    return source


@pytest.fixture
def work(writers: Writers, web: FakeSource) -> Work:
    return Work(writers, FakeOutside(web), Policy(), configured_routing())


async def tell(work: Work, id_: str, *, minutes: float = 0, subject: str = "customer 1", **body: Any) -> bool:
    said = {"id": id_, "changed": [["customers", "1"]], **body}
    return await webhook_receive("web", Delivery(id_, at(minutes), said, subject), work.writers)


async def rows(work: Work, sql: str) -> list[tuple[Any, ...]]:
    async with work.writers.rehearsal(SYSTEM) as tx:
        return [tuple(row) for row in await tx.rows(sql)]


async def run_job(work: Work, number: int = 1) -> str:
    job = PickedJob(PROCESS, "k", ADA, number)

    async def told(failed: Any) -> None:
        await give_up(failed, work)

    return (await attempt(job, JOBS[PROCESS], work, told)).outcome


async def test_what_changed_is_read_again_once_for_all_events_of_its_subject(work: Work, web: FakeSource) -> None:
    assert [await tell(work, "e2", minutes=2), await tell(work, "e1", minutes=1), await tell(work, "e2")] == [
        True, True, False,
    ]  # fmt: skip
    assert await rows(work, "SELECT dedupe_key FROM jobs.pgqueuer") == [("webhook.process:web:customer 1",)]
    await webhook_process(ADA, work)
    assert web.asked == [("customers by id", ["1"])]
    assert (await rows(work, NAMES), await rows(work, EVENTS)) == ([("Ada",)], [("customer.created",)])
    assert await rows(work, STATES) == [("e1", True, False, 0), ("e2", True, False, 0)]
    await webhook_process(ADA, work)
    assert len(web.asked) == 1


async def test_an_older_version_that_comes_later_changes_nothing(work: Work, web: FakeSource) -> None:
    web.put(Feed.CUSTOMERS, customer(1, 10, given_name="Grace"))
    await tell(work, "e2", minutes=10)
    await webhook_process(ADA, work)
    # As a replica answers that lags behind.
    web.put(Feed.CUSTOMERS, customer(1, 5, given_name="Ada"))
    await tell(work, "e1", minutes=5)
    await webhook_process(ADA, work)
    assert (await rows(work, NAMES), await rows(work, EVENTS)) == ([("Grace",)], [("customer.created",)])


async def test_two_processes_take_each_event_over_once(work: Work, web: FakeSource) -> None:
    for number in range(5):
        await tell(work, f"e{number}", minutes=number)
    await asyncio.gather(*(webhook_process(ADA, work) for _ in range(3)))
    assert await rows(work, EVENTS) == [("customer.created",)]
    assert {row[1:] for row in await rows(work, STATES)} == {(True, False, 0)}


async def test_what_is_deleted_at_the_source_is_gone(work: Work, web: FakeSource) -> None:
    await tell(work, "e1")
    await webhook_process(ADA, work)
    web.take_away(Feed.CUSTOMERS, "1", tells=False)
    await tell(work, "e2")
    await webhook_process(ADA, work)
    assert await rows(work, "SELECT external_id, gone_at IS NOT NULL FROM synced_records") == [("1", True)]
    assert await rows(work, NAMES) == [("Ada",)]


async def test_what_is_not_copied_is_forgotten_only(work: Work, web: FakeSource) -> None:
    await tell(work, "e1")
    await webhook_process(ADA, replace(work, outside=FakeOutside(web, sync=frozenset())))
    assert (web.asked, await rows(work, NAMES)) == ([], [])
    assert await rows(work, STATES) == [("e1", True, False, 0)]


async def test_an_event_invalidates_what_is_remembered(work: Work, web: FakeSource, migrated_database: str) -> None:
    """Also by another process than the one that remembers it."""
    connections = create_connections(migrated_database, connections_max=1, statement_timeout_s=5)
    here, there = (LiveReads(FakeOutside(web), StoredReadings(connections, work.writers)) for _ in range(2))
    await here.remember(Stock(), "web", {"MUG": (), "PEN": ()})
    await tell(work, "e1", changed=[[None, "MUG"]])
    await webhook_process(ADA, replace(work, memory=there))
    readings = await here.read(Stock(), {"web": ["MUG", "PEN"]}, max_age=timedelta(hours=1))
    assert {id_: reading.status.state for (_, id_), reading in readings.items()} == {
        "MUG": SourceState.FRESH, "PEN": SourceState.CACHED,
    }  # fmt: skip
    for each in (here, there):
        await each.close()
    await connections.close()


async def test_a_source_that_is_down_is_asked_again_later(work: Work, web: FakeSource) -> None:
    await tell(work, "e1")
    web.fails.append(down())
    with pytest.raises(SourceUnavailable, match=r"^web is not there$"):
        await webhook_process(ADA, work)
    assert await rows(work, STATES) == [("e1", False, False, 1)]
    await webhook_process(ADA, work)
    assert await rows(work, STATES) == [("e1", True, False, 1)]


async def test_a_source_that_lets_nobody_in_poisons_no_event(work: Work, web: FakeSource) -> None:
    await tell(work, "e1")
    web.fails.append(SourceRefused("web", "web does not know us", status=401))
    assert await run_job(work) == "retried"
    assert await rows(work, STATES) == [("e1", False, False, 1)]


async def test_an_event_that_fails_for_too_long_is_put_aside(
    work: Work, web: FakeSource, migrated_database: str
) -> None:
    await tell(work, "e1")
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE webhook_deliveries SET received_at = received_at - $1::interval", TRIED_FOR)
    for number in range(1, ATTEMPTS_MAX + 1):
        web.fails.append(down())
        assert await run_job(work, number) == ("retried" if number < ATTEMPTS_MAX else "done")
    assert await rows(work, STATES) == [("e1", False, True, ATTEMPTS_MAX)]
    engine = create_engine(migrated_database, connections_max=1)
    (failed,) = await failed_events(engine)
    assert (failed.source_key, failed.subject, failed.failure) == ("web", "customer 1", "web is not there")
    assert failed.body == {"id": "e1", "changed": [["customers", "1"]]}
    assert await failed_counts(engine) == {"web": 1}
    await engine.dispose()


async def test_a_burst_of_events_does_not_use_up_the_attempts_of_an_outage(work: Work, web: FakeSource) -> None:
    """Each of them has the job run at once, whatever pause it is in."""
    for number in range(1, ATTEMPTS_MAX + 1):
        assert await tell(work, f"e{number:02}", minutes=number)
        assert await rows(work, "SELECT execute_after <= now() FROM jobs.pgqueuer") == [(True,)]
        web.fails.append(down())
        assert await run_job(work, number) == ("retried" if number < ATTEMPTS_MAX else "failed")
    assert {row[1:3] for row in await rows(work, STATES)} == {(False, False)}
    assert await rows(work, "SELECT dedupe_key FROM jobs.pgqueuer") == [("webhook.process:web:customer 1",)]
    assert await run_job(work) == "done"
    assert {row[1:3] for row in await rows(work, STATES)} == {(True, False)}


async def test_a_job_that_kills_its_workers_ends_with_its_events_put_aside(work: Work) -> None:
    await tell(work, "e1")
    assert await run_job(work, ATTEMPTS_MAX + 1) == "failed"
    reason = "each worker that ran webhook.process died of it or was stopped"
    assert await rows(work, "SELECT failure FROM webhook_deliveries") == [(reason,)]


async def test_a_poisoned_event_is_put_aside_and_the_others_go_on(work: Work, web: FakeSource) -> None:
    await tell(work, "e1", poison="no id")
    await tell(work, "e2", minutes=1)
    await webhook_process(ADA, work)
    assert await rows(work, STATES) == [("e1", False, True, 0), ("e2", True, False, 0)]
    assert await rows(
        work, "SELECT failure, body ->> 'poison' FROM webhook_deliveries WHERE failed_at IS NOT NULL"
    ) == [("web: the event e1 cannot be read: no id", "no id")]
    assert await rows(work, NAMES) == [("Ada",)]


async def test_a_person_decides_what_becomes_of_it(work: Work, web: FakeSource) -> None:
    for name in ("e1", "e2"):
        await tell(work, name, poison="no id")
    await webhook_process(ADA, work)
    ids = dict(await rows(work, "SELECT external_event_id, id FROM webhook_deliveries"))
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")
        await tx.run("UPDATE webhook_deliveries SET body = body - 'poison'")
    assert [await retry_event(work.writers, ids["e1"], SYSTEM) for _ in range(2)] == [True, False]
    assert await rows(work, "SELECT dedupe_key FROM jobs.pgqueuer") == [("webhook.process:web:customer 1",)]
    assert [await drop_event(work.writers, id_, SYSTEM) for id_ in (ids["e2"], ids["e2"], ids["e1"])] == [
        True, False, False,
    ]  # fmt: skip
    await webhook_process(ADA, work)
    assert await rows(work, STATES) == [("e1", True, False, 0)]


# ── parcels


@pytest.fixture
async def depot(shop: Shop, migrated_database: str) -> AsyncIterator[Depot]:
    async with open_depot(shop, migrated_database) as opened:
        yield opened


async def shipped(shop: Shop, depot: Depot) -> str:
    """The parcel's number."""
    assert await depot.take(await depot.buy()) == []
    number: str = await shop.value("SELECT tracking_number FROM shipments")
    return number


async def test_a_carriers_word_of_a_parcel_is_taken_over(shop: Shop, depot: Depot, work: Work) -> None:
    number = await shipped(shop, depot)
    ups = replace(work, outside=FakeOutside(FakeSource("ups")))
    for name, parcel in (("e1", number), ("e2", number), ("e3", "1Z of others")):
        body = {"parcel": parcel, "status": "DELIVERED", "at": at(60).isoformat()}
        assert await webhook_receive("ups", Delivery(name, at(60), body, f"parcel {parcel}"), work.writers)
        await webhook_process({"source": "ups", "subject": f"parcel {parcel}"}, ups)
    assert await shop.rows("SELECT status, delivered_at FROM shipments") == [("DELIVERED", at(60))]
    assert await shop.rows("SELECT status FROM orders") == [("COMPLETED",)]
    assert await shop.rows("SELECT count(*) FROM events WHERE type = 'shipment.delivered'") == [(1,)]
    assert {row[1:] for row in await rows(work, STATES)} == {(True, False, 0)}


async def test_whoever_looks_after_the_order_learns_of_a_poisoned_event(shop: Shop, depot: Depot, work: Work) -> None:
    number = await shipped(shop, depot)
    ups = replace(work, outside=FakeOutside(FakeSource("ups")))
    body = {"id": "e1", "poison": "no status"}
    assert await webhook_receive("ups", Delivery("e1", at(60), body, f"parcel {number}"), work.writers)
    await webhook_process({"source": "ups", "subject": f"parcel {number}"}, ups)
    id_ = await shop.value("SELECT id FROM webhook_deliveries WHERE failed_at IS NOT NULL")
    assert await shop.rows("SELECT category, status, message FROM order_exceptions") == [
        (
            "webhook.process",
            "OPEN",
            "event e1 of ups was not taken over: ups: the event e1 cannot be read: no status;"
            f" exceptionResolve with retry, or junction webhooks retry {id_}, tries again",
        )
    ]
    assert await shop.rows(LAST_EVENT) == [("order.exception_raised",)]


async def poisoned(shop: Shop, depot: Depot, work: Work, *names: str) -> tuple[dict[str, str], Work]:
    """Events of one parcel that nobody could read, and can now. The job's data, and who runs it."""
    number = await shipped(shop, depot)
    ups, job = replace(work, outside=FakeOutside(FakeSource("ups"))), {"source": "ups", "subject": f"parcel {number}"}
    for name in names:
        body = {"id": name, "poison": "no status", "parcel": number, "status": "DELIVERED", "at": at(60).isoformat()}
        assert await webhook_receive("ups", Delivery(name, at(60), body, job["subject"]), work.writers)
    await webhook_process(job, ups)
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")
        await tx.run("UPDATE webhook_deliveries SET body = body - 'poison'")
    return job, ups


async def resolve(shop: Shop, work: Work) -> None:
    """With a retry."""
    exception_id = await shop.value("SELECT id FROM order_exceptions WHERE status = 'OPEN'")
    async with work.writers.transaction(SYSTEM) as tx:
        await exception_resolve(tx, ExceptionResolve(exception_id=exception_id, retry=True), work)


async def test_the_exceptions_retry_has_all_events_of_the_order_tried_again(
    shop: Shop, depot: Depot, work: Work
) -> None:
    job, ups = await poisoned(shop, depot, work, "e1", "e2")
    await resolve(shop, ups)
    assert await shop.rows("SELECT dedupe_key FROM jobs.pgqueuer") == [(f"webhook.process:ups:{job['subject']}",)]
    assert await rows(work, STATES) == [("e1", False, False, 0), ("e2", False, False, 0)]
    assert await shop.rows(EXCEPTIONS) == [("RESOLVED",)]
    await webhook_process(job, ups)
    assert await rows(work, STATES) == [("e1", True, False, 0), ("e2", True, False, 0)]
    assert await shop.rows("SELECT status FROM shipments") == [("DELIVERED",)]
    assert await shop.rows("SELECT count(*) FROM events WHERE type = 'order.exception_resolved'") == [(1,)]


async def test_a_retry_that_fails_too_is_told_anew(shop: Shop, depot: Depot, work: Work) -> None:
    job, ups = await poisoned(shop, depot, work, "e1")
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("""UPDATE webhook_deliveries SET body = body || '{"poison": "still"}'""")
    await resolve(shop, ups)
    await webhook_process(job, ups)
    assert await rows(work, STATES) == [("e1", False, True, 0)]
    assert await shop.rows(EXCEPTIONS) == [("RESOLVED",), ("OPEN",)]


async def test_an_exception_is_resolved_once_no_event_of_its_order_is_left(
    shop: Shop, depot: Depot, work: Work
) -> None:
    job, ups = await poisoned(shop, depot, work, "e1", "e2")
    ids = dict(await rows(work, "SELECT external_event_id, id FROM webhook_deliveries"))
    assert await drop_event(work.writers, ids["e1"], SYSTEM)
    assert await shop.rows(EXCEPTIONS) == [("OPEN",)]
    assert await retry_event(work.writers, ids["e2"], SYSTEM)
    assert await shop.rows(EXCEPTIONS) == [("OPEN",)]
    await webhook_process(job, ups)
    assert await shop.rows(EXCEPTIONS) == [("RESOLVED",)]
    assert await shop.rows(LAST_EVENT) == [("order.exception_resolved",)]


async def test_an_exception_is_resolved_when_its_last_event_is_dropped(shop: Shop, depot: Depot, work: Work) -> None:
    await poisoned(shop, depot, work, "e1")
    [(id_,)] = await rows(work, "SELECT id FROM webhook_deliveries")
    assert await drop_event(work.writers, id_, SYSTEM)
    assert await shop.rows(EXCEPTIONS) == [("RESOLVED",)]


async def test_without_a_failed_event_nothing_is_tried_again(shop: Shop, depot: Depot, work: Work) -> None:
    _, ups = await poisoned(shop, depot, work, "e1")
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("DELETE FROM webhook_deliveries")
    with pytest.raises(Refused, match=r"^webhook\.process has no step to try again: "):
        await resolve(shop, ups)
    assert await shop.rows(EXCEPTIONS) == [("OPEN",)]
