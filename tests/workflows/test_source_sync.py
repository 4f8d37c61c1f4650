"""Copying from a source: page by page, once for each version, and never more than what changed."""

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import orjson
import pytest
from structlog.testing import capture_logs

from app.connectors.contract import SourceState, SourceUnavailable
from app.connectors.freshness import LiveReads
from app.connectors.ports.feeds import Changes, Feed, StockRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.reads import Stock
from app.domain.actor import SYSTEM
from app.domain.money import Money
from app.domain.sync import SyncMode, SyncStatus
from app.stores.engine import create_connections, create_engine, open_writers, recorded_statements
from app.stores.readings import StoredReadings
from app.stores.sync_runs import BUSY_FOR, Counts, fail
from app.stores.sync_states import SyncState, sync_states
from app.stores.transaction import Writers, hush
from app.workflows import source_sync as workflow
from app.workflows.job_attempt import PickedJob, attempt
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.jobs import JOBS, give_up
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.source_sync import SYNC, source_sync, sync_job
from app.workflows.sources_sync import sync_what_is_due, tidy_syncs
from app.workflows.work import Work
from tests.architecture.source_tree import ROOT
from tests.workflows.fake_source import FakeOutside, FakeSource, at, customer, down, product

GONE = "SELECT external_id FROM synced_records WHERE gone_at IS NOT NULL ORDER BY 1"
JOBS_WAITING = "SELECT dedupe_key, execute_after > now() FROM jobs.pgqueuer ORDER BY 1"
SOURCES = """INSERT INTO sources (key, name, kind) VALUES ('web', 'Web', 'STOREFRONT'), ('crm', 'CRM', 'CRM')"""


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=3)
    async with writers.transaction(SYSTEM) as tx:
        await tx.run(SOURCES)
        await tx.run("INSERT INTO connectors (source_key) VALUES ('web')")
    yield writers
    await writers.close()


@pytest.fixture
def web() -> FakeSource:
    source = FakeSource()
    source.put(Feed.CUSTOMERS, *(customer(number, number) for number in range(1, 6)))
    return source


@pytest.fixture
def work(writers: Writers, web: FakeSource) -> Work:
    return Work(
        writers, FakeOutside(web, sync=frozenset({Feed.CUSTOMERS, Feed.PRODUCTS})), Policy(), configured_routing()
    )


async def sync(work: Work, feed: Feed = Feed.CUSTOMERS, *, full: bool = False) -> None:
    await source_sync(sync_job("web", feed, full=full).data, work)


async def rows(work: Work, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    async with work.writers.rehearsal(SYSTEM) as tx:
        return [tuple(row) for row in await tx.rows(sql, *values)]


@pytest.fixture
async def states(migrated_database: str) -> AsyncIterator[Any]:
    engine = create_engine(migrated_database, connections_max=1)

    async def of(feed: Feed = Feed.CUSTOMERS) -> SyncState:
        (state,) = [each for each in await sync_states(engine) if each.feed == feed]
        return state

    yield of
    await engine.dispose()


async def test_everything_is_copied_and_then_what_changed(work: Work, web: FakeSource, states: Any) -> None:
    await sync(work)
    first = await states()
    assert (first.status, first.mode) == (SyncStatus.DONE, SyncMode.INCREMENTAL)
    assert first.counts == Counts(read=5, created=5)
    assert first.synced_at == first.ended_at
    names = await rows(work, "SELECT display_name, email FROM customers ORDER BY 1")
    assert names == [(f"Ada {n}", f"ada{n}@example.com") for n in range(1, 6)]
    assert len(web.asked) == 3

    web.put(Feed.CUSTOMERS, customer(2, 10, given_name="Grace"))
    web.asked.clear()
    await sync(work)
    assert (await states()).counts == Counts(read=1, changed=1)
    assert web.asked == [("customers", f"{at(5).isoformat()} 5")]
    assert await rows(work, "SELECT given_name FROM customers WHERE email = 'ada2@example.com'") == [("Grace",)]


async def test_what_is_told_twice_costs_no_write(work: Work, web: FakeSource, states: Any) -> None:
    await sync(work)
    await forget_cursor(work)
    before = await everything(work)
    with recorded_statements() as statements:
        await sync(work)
    assert (await states()).counts == Counts(read=5, unchanged=5)
    of_runs = ("sync_runs", "sync_cursors", "connectors", "pg_advisory_xact_lock")
    rest = [each for each in statements if not any(name in each for name in of_runs)]
    assert [each.split()[0] for each in rest] == ["SELECT"] * 3
    assert await everything(work) == before


async def test_a_full_run_tells_what_is_gone(work: Work, web: FakeSource, states: Any) -> None:
    await sync(work)
    web.take_away(Feed.CUSTOMERS, "3", tells=False)
    await sync(work)
    assert (await states()).counts == Counts()
    await sync(work, full=True)
    state = await states()
    assert (state.mode, state.counts) == (SyncMode.FULL, Counts(read=4, unchanged=4, gone=1))
    assert await rows(work, GONE) == [("3",)]
    assert await rows(work, "SELECT count(*) FROM customer_source_records") == [(5,)]
    web.put(Feed.CUSTOMERS, customer(3, 3))
    await sync(work, full=True)
    assert (await states()).counts == Counts(read=5, changed=0, unchanged=5)
    assert await rows(work, GONE) == []


async def test_a_source_may_tell_itself_what_is_gone(work: Work, web: FakeSource, states: Any) -> None:
    await sync(work)
    web.take_away(Feed.CUSTOMERS, "4", tells=True)
    await sync(work)
    assert (await states()).counts == Counts(gone=1)
    assert await rows(work, GONE) == [("4",)]


async def test_a_failed_attempt_goes_on_from_its_last_page(work: Work, web: FakeSource, states: Any) -> None:
    async def fail_on_the_second(cursor: str | None, *, deadline: float) -> Any:
        if cursor is not None:
            web.fails.append(down())
        return web._page(Feed.CUSTOMERS, cursor)

    web.changed_customers = fail_on_the_second  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable):
        await sync(work)
    del web.changed_customers
    state = await states()
    assert (state.status, state.error, state.counts) == (
        SyncStatus.RUNNING,
        "web is not there",
        Counts(read=2, created=2),
    )
    assert (state.ended_at, state.synced_at) == (None, None)
    web.asked.clear()
    await sync(work)
    assert [cursor for _, cursor in web.asked] == [f"{at(2).isoformat()} 2", f"{at(4).isoformat()} 4"]
    state = await states()
    assert (state.status, state.error, state.counts) == (SyncStatus.DONE, None, Counts(read=5, created=5))
    assert await rows(work, "SELECT count(*) FROM sync_runs") == [(1,)]


async def test_an_attempt_that_was_cut_off_says_so(work: Work, web: FakeSource, states: Any) -> None:
    """As when its worker is told to stop."""
    inside = asyncio.Event()

    async def forever(cursor: str | None, *, deadline: float) -> Any:
        inside.set()
        await asyncio.Event().wait()

    web.changed_customers = forever  # type: ignore[method-assign]
    attempt = asyncio.create_task(sync(work))
    await inside.wait()
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    state = await states()
    assert (state.status, state.error) == (SyncStatus.RUNNING, "it was stopped, or took longer than 90 s")


async def test_a_run_that_has_failed_for_good_says_why_and_the_next_goes_on(
    work: Work, web: FakeSource, states: Any
) -> None:
    web.fails.append(down())
    job = sync_job("web", Feed.CUSTOMERS, full=False)
    ended = await attempt(PickedJob(job.name, job.key, job.data, 15), JOBS[SYNC], work, partial(give_up, work=work))
    assert ended.outcome == "failed"
    state = await states()
    assert (state.status, state.error) == (SyncStatus.FAILED, "web is not there")
    assert state.ended_at is not None
    await sync(work)
    assert (await states()).status is SyncStatus.DONE
    assert await rows(work, "SELECT status, error FROM sync_runs ORDER BY started_at") == [
        ("FAILED", "web is not there"),
        ("DONE", None),
    ]


async def test_a_feed_is_copied_by_one_process_at_a_time(work: Work, web: FakeSource, states: Any) -> None:
    inside, may_go_on = asyncio.Event(), asyncio.Event()

    async def slowly(cursor: str | None, *, deadline: float) -> Any:
        inside.set()
        await may_go_on.wait()
        return web._page(Feed.CUSTOMERS, cursor)

    web.changed_customers = slowly  # type: ignore[method-assign]
    first = asyncio.create_task(sync(work))
    await inside.wait()
    await sync(work)
    assert web.asked == []
    assert await rows(work, JOBS_WAITING) == [("source.sync:web:customers", True)]
    may_go_on.set()
    await first
    assert (await states()).counts == Counts(read=5, created=5)


async def test_who_comes_back_after_another_took_over_does_nothing(work: Work, web: FakeSource, states: Any) -> None:
    """As a process does that slept for longer than its run was kept for it."""
    inside, may_go_on = asyncio.Event(), asyncio.Event()

    async def slowly(cursor: str | None, *, deadline: float) -> Any:
        inside.set()
        page = web._page(Feed.CUSTOMERS, cursor)
        await may_go_on.wait()
        return page

    web.changed_customers = slowly  # type: ignore[method-assign]
    first = asyncio.create_task(sync(work))
    await inside.wait()
    del web.changed_customers
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET heartbeat_at = heartbeat_at - $1::interval", BUSY_FOR)
    await sync(work)
    done, written = await states(), await everything(work)
    assert (done.status, done.counts) == (SyncStatus.DONE, Counts(read=5, created=5))
    may_go_on.set()
    await first
    assert (await states(), await everything(work)) == (done, written)


async def test_a_process_that_is_killed_between_pages_loses_none(
    work: Work, migrated_database: str, states: Any
) -> None:
    """`kill -9`, with the second page half taken over."""
    program = [sys.executable, "-m", "tests.programs.sync_and_die", migrated_database]
    process = await asyncio.create_subprocess_exec(*program, stdout=DEVNULL, stderr=DEVNULL, cwd=ROOT)
    assert await process.wait() == -signal.SIGKILL
    assert await rows(work, "SELECT count(*) FROM customers") == [(2,)]
    assert await rows(work, "SELECT is_held, pages, read FROM sync_runs") == [(True, 1, 2)]
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET heartbeat_at = heartbeat_at - $1::interval", BUSY_FOR)
    await sync(work)
    assert (await states()).counts == Counts(read=5, created=5)
    assert await rows(work, "SELECT count(*), count(DISTINCT email) FROM customers") == [(5, 5)]


async def test_a_long_feed_is_copied_in_slices(
    work: Work, web: FakeSource, states: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "SLICE_S", 0)
    await sync(work, full=True)
    ended, seen = 0, []
    while jobs := await rows(work, "SELECT id, convert_from(payload, 'UTF8') FROM jobs.pgqueuer"):
        ((id_, payload),) = jobs
        seen.append((await states()).counts.read)
        async with work.writers.transaction(SYSTEM) as tx:
            await tx.run("DELETE FROM jobs.pgqueuer WHERE id = $1", id_)
        await source_sync(orjson.loads(payload), work)
        ended += 1
    assert (seen, (await states()).counts) == ([2, 4], Counts(read=5, created=5))
    # A continuation that comes again finds its run at its end, and begins no other.
    await source_sync(orjson.loads(payload), work)
    assert await rows(work, "SELECT count(*) FROM sync_runs") == [(1,)]


async def test_a_full_run_gives_way_to_what_has_changed(work: Work, web: FakeSource) -> None:
    await sync(work)

    async def with_a_visitor(cursor: str | None, *, deadline: float) -> Any:
        del web.changed_customers
        await sync(work)
        return web._page(Feed.CUSTOMERS, cursor)

    web.changed_customers = with_a_visitor  # type: ignore[method-assign]
    await sync(work, full=True)
    runs = "SELECT mode, status, read, is_held FROM sync_runs ORDER BY started_at"
    assert await rows(work, runs) == [("INCREMENTAL", "DONE", 5, False), ("FULL", "RUNNING", 2, False)]
    waiting = "SELECT dedupe_key, convert_from(payload, 'UTF8') FROM jobs.pgqueuer ORDER BY execute_after"
    (_, to_go_on), (visitor, _) = await rows(work, waiting)
    assert visitor == "source.sync:web:customers"

    # However early the full run comes again, the other is first.
    web.asked.clear()
    await source_sync(orjson.loads(to_go_on), work)
    assert web.asked == []
    web.put(Feed.CUSTOMERS, customer(9, 9))
    await sync(work)
    assert (await rows(work, runs))[1:] == [("FULL", "RUNNING", 2, False), ("INCREMENTAL", "DONE", 1, False)]
    await source_sync(orjson.loads(to_go_on), work)
    assert (await rows(work, runs))[1:] == [("FULL", "DONE", 6, False), ("INCREMENTAL", "DONE", 1, False)]
    assert await rows(work, GONE) == []


async def test_who_waits_for_nobody_that_comes_goes_on(work: Work, web: FakeSource) -> None:
    web.fails.append(down())
    with pytest.raises(SourceUnavailable):
        await sync(work, full=True)
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET wanted_at = now() - 2 * $1::interval", BUSY_FOR)
    await sync(work, full=True)
    assert await rows(work, "SELECT mode, status FROM sync_runs") == [("FULL", "DONE")]


async def test_a_full_run_that_comes_back_while_the_other_is_at_work_does_nothing(
    work: Work, web: FakeSource, states: Any
) -> None:
    """As it does in a process that slept for longer than the feed was kept for it."""
    inside, may_go_on = asyncio.Event(), asyncio.Event()

    async def slowly(cursor: str | None, *, deadline: float) -> Any:
        del web.changed_customers
        inside.set()
        await may_go_on.wait()
        return web._page(Feed.CUSTOMERS, cursor)

    web.changed_customers = slowly  # type: ignore[method-assign]
    first = asyncio.create_task(sync(work, full=True))
    await inside.wait()
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET heartbeat_at = heartbeat_at - $1::interval", BUSY_FOR)
    await sync(work)
    written = await everything(work)
    may_go_on.set()
    await first
    counts = "SELECT mode, status, read, created FROM sync_runs ORDER BY started_at"
    assert await rows(work, counts) == [("FULL", "RUNNING", 0, 0), ("INCREMENTAL", "DONE", 5, 5)]
    assert await everything(work) == written


async def test_one_bad_record_is_kept_and_the_others_go_on(work: Work, web: FakeSource, states: Any) -> None:
    web.put(Feed.CUSTOMERS, customer(2, 2, currency="XXQ"))
    web.put(Feed.CUSTOMERS, customer(4, 4, given_name="A\0da", raw={"id": 4, "name": "A\0da"}))
    web.put(Feed.CUSTOMERS, customer(5, 5, raw={"id": 10**30}))
    await sync(work)
    state = await states()
    assert (state.status, state.counts, state.refusals) == (SyncStatus.DONE, Counts(read=5, created=3, refused=2), 2)
    assert await rows(work, "SELECT external_id, reason, record::text FROM sync_refusals ORDER BY 1") == [
        ("2", "XXQ is no currency of ISO 4217", '{"id": 2}'),
        ("4", "the store cannot hold it: UntranslatableCharacterError", '{"id": 4, "name": "Ada"}'),
    ]
    assert await rows(work, "SELECT email FROM customers WHERE email ~ '[24]'") == []
    # The same version again is tried again; the right one is taken over, and nothing is left of the refusal.
    web.put(Feed.CUSTOMERS, customer(2, 20))
    await sync(work, full=True)
    state = await states()
    assert (state.counts, state.refusals) == (Counts(read=5, created=1, unchanged=3, refused=1), 1)


async def test_a_record_that_cannot_be_read_is_kept_and_the_others_go_on(
    work: Work, web: FakeSource, states: Any
) -> None:
    web.unreadable["2"] = "it cannot be read: 1.5 is finer than the smallest unit of JPY"
    await sync(work)
    state = await states()
    assert (state.status, state.counts) == (SyncStatus.DONE, Counts(read=5, created=4, refused=1))
    kept = "SELECT external_id, reason, record::text FROM sync_refusals"
    assert await rows(work, kept) == [("2", web.unreadable["2"], '{"id": "2"}')]
    assert await rows(work, "SELECT 1 FROM customers WHERE email = 'ada2@example.com'") == []
    web.unreadable.clear()
    await sync(work, full=True)
    assert (await states()).counts == Counts(read=5, created=1, unchanged=4)
    assert await rows(work, kept) == []
    # A full run has met it, though in vain: it is not gone, and once it can be read again nothing was missed.
    web.unreadable["2"] = "again"
    web.take_away(Feed.CUSTOMERS, "3", tells=False)
    await sync(work, full=True)
    assert (await states()).counts == Counts(read=4, unchanged=3, gone=1, refused=1)
    assert await rows(work, GONE) == [("3",)]
    assert [row[:2] for row in await rows(work, kept)] == [("2", "again")]
    web.unreadable.clear()
    await sync(work, full=True)
    assert (await states()).counts == Counts(read=4, unchanged=4)
    assert await rows(work, kept) == []


async def test_the_log_of_a_bad_record_quotes_nothing_of_it(work: Work, web: FakeSource, states: Any) -> None:
    web.put(Feed.CUSTOMERS, customer(4, 4, given_name="A\0da"))
    with capture_logs() as logs:
        await sync(work)
    assert (await states()).refusals == 1
    (told,) = [each for each in logs if each["event"] == "record_refused"]
    assert type(told["exc_info"]).__name__ == "UntranslatableCharacterError"
    assert told["exc_info"].detail is None


async def test_what_is_logged_of_the_stores_errors_quotes_no_row(work: Work) -> None:
    wrong = "INSERT INTO sources (key, name, kind) VALUES ('Ada Lovelace', 'x', 'NONE')"
    with pytest.raises(asyncpg.CheckViolationError, match="Ada Lovelace") as violation:
        await rows(work, wrong)
    hush(violation.value)
    assert "Ada Lovelace" not in str(violation.value)


async def test_products_go_by_their_sku(work: Work, web: FakeSource, states: Any) -> None:
    web.put(Feed.PRODUCTS, product("MUG"), product("", 1), product("LAMP", 2, price=None, active=False))
    await sync(work, Feed.PRODUCTS)
    assert (await states(Feed.PRODUCTS)).counts == Counts(read=3, created=2, refused=1)
    shown = "SELECT sku, title, price_minor, active, external_id FROM products JOIN product_references r"
    found = await rows(work, f"{shown} ON r.product_id = products.id ORDER BY sku")
    assert found == [("LAMP", "Lamp", None, False, "p-LAMP"), ("MUG", "Mug", 500, True, "p-MUG")]
    assert await rows(work, "SELECT reason FROM sync_refusals") == [(" has no SKU at web; give it one there",)]
    web.put(Feed.PRODUCTS, product("MUG", 5, price=Money(600, "USD")), product("LAMP", 6, price=None, active=False))
    await sync(work, Feed.PRODUCTS)
    assert (await states(Feed.PRODUCTS)).counts == Counts(read=2, changed=1, unchanged=1)


async def test_stock_elsewhere_is_remembered_and_nothing_here_changes(
    work: Work, web: FakeSource, states: Any, migrated_database: str
) -> None:
    web.put(Feed.STOCK, StockRecord(sku="MUG", levels=(StockLevel("east", 4), StockLevel("west", 1))))
    outside = FakeOutside(web, sync=frozenset({Feed.STOCK, Feed.CASES}))
    connections = create_connections(migrated_database, connections_max=1, statement_timeout_s=5)
    reads = LiveReads(outside, StoredReadings(connections, work.writers))
    before = await everything(work)
    await sync(replace(work, outside=outside, memory=reads), Feed.STOCK)
    assert (await states(Feed.STOCK)).counts == Counts(read=1, changed=1)
    reading = (await reads.read(Stock(), {"web": ["MUG"]}, max_age=timedelta(minutes=5)))["web", "MUG"]
    assert (reading.value, reading.status.state) == (
        (StockLevel("east", 4), StockLevel("west", 1)),
        SourceState.CACHED,
    )
    assert await everything(work) == before

    web.records[Feed.CASES] = {"MUG": "MUG"}
    await sync(replace(work, outside=outside, memory=reads), Feed.CASES)
    reading = (await reads.read(Stock(), {"web": ["MUG"]}, max_age=timedelta(minutes=5)))["web", "MUG"]
    assert (reading.value, reading.status.state) == ((), SourceState.FRESH)
    await reads.close()
    await connections.close()


async def test_a_page_that_does_not_get_on_ends_the_run(work: Work, web: FakeSource) -> None:
    async def the_same(cursor: str | None, *, deadline: float) -> Any:
        return Changes((), "again", has_more=True)

    web.changed_customers = the_same  # type: ignore[method-assign]
    with pytest.raises(NotWorthRetrying, match=r"^web does not get on: the page after this one is the same$"):
        await sync(work)


async def test_what_is_not_configured_is_not_copied(work: Work) -> None:
    with pytest.raises(NotWorthRetrying, match=r"^web is not configured to have its orders copied$"):
        await sync(work, Feed.ORDERS)
    with pytest.raises(NotWorthRetrying, match=r"^no enabled source is called elsewhere$"):
        await source_sync(sync_job("elsewhere", Feed.CUSTOMERS, full=False).data, work)
    assert await rows(work, "SELECT FROM sync_runs") == []


async def test_the_connector_was_synced_when_its_last_feed_was(work: Work, states: Any) -> None:
    last = "SELECT last_sync_at FROM connectors"
    await sync(work)
    assert await rows(work, last) == [(None,)]
    await sync(work, Feed.PRODUCTS)
    assert await rows(work, last) == [((await states(Feed.CUSTOMERS)).synced_at,)]
    await sync(work)
    assert await rows(work, last) == [((await states(Feed.PRODUCTS)).synced_at,)]


# ── when


async def test_each_feed_is_copied_when_its_time_has_come(work: Work, web: FakeSource) -> None:
    await sync_what_is_due({}, work)
    await sync_what_is_due({}, work)
    keys = [("source.sync:web:customers", False), ("source.sync:web:products", False)]
    assert await rows(work, JOBS_WAITING) == keys
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("DELETE FROM jobs.pgqueuer")
    await sync(work)
    web.fails.append(down())
    with pytest.raises(SourceUnavailable):
        await sync(work, Feed.PRODUCTS)
    await sync_what_is_due({}, work)
    assert await rows(work, JOBS_WAITING) == []
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET ended_at = ended_at - interval '300 s' WHERE feed = 'customers'")
    await sync_what_is_due({}, work)
    assert await rows(work, JOBS_WAITING) == keys[:1]
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET heartbeat_at = heartbeat_at - interval '61 min' WHERE feed = 'products'")
    await sync_what_is_due({}, work)
    assert await rows(work, JOBS_WAITING) == keys


async def test_what_is_taken_over_is_read_as_a_whole_once_a_day(work: Work, web: FakeSource) -> None:
    outside = FakeOutside(web, sync=frozenset({Feed.CUSTOMERS, Feed.STOCK}), full_sync_every_s=86_400)
    work = replace(work, outside=outside)
    await sync(work)
    await sync(work, Feed.STOCK)
    a_day_later = "UPDATE sync_cursors SET full_at = full_at - interval '86400 s'"
    key = [("source.sync:web:customers:full", False)]

    async def queued(work: Work) -> list[tuple[Any, ...]]:
        async with work.writers.transaction(SYSTEM) as tx:
            await tx.run("DELETE FROM jobs.pgqueuer")
        await sync_what_is_due({}, work)
        return await rows(work, JOBS_WAITING)

    assert await queued(work) == []
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run(a_day_later)
    never = FakeOutside(web, sync=frozenset({Feed.CUSTOMERS}), full_sync_every_s=0)
    assert await queued(replace(work, outside=never)) == []
    assert await queued(work) == key
    web.fails.append(down())
    with pytest.raises(SourceUnavailable):
        await sync(work, full=True)
    assert await queued(work) == []
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET heartbeat_at = heartbeat_at - interval '61 min'")
    assert await queued(work) == key
    # One that failed for good counts: a source in trouble is not read as a whole over and over.
    async with work.writers.transaction(SYSTEM) as tx:
        await fail(tx, "web", Feed.CUSTOMERS, "web is not there", full=True)
    assert await queued(work) == []
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run(a_day_later)
    assert await queued(work) == key
    await sync(work, full=True)
    assert await queued(work) == []
    # One that took three hours is followed by 27 without.
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET started_at = ended_at - interval '3 h'")
        await tx.run(a_day_later)
    assert await queued(work) == []
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_cursors SET full_at = full_at - interval '3 h'")
    assert await queued(work) == key


async def test_runs_are_forgotten_after_a_month(work: Work) -> None:
    await sync(work)
    await tidy_syncs({}, work)
    assert await rows(work, "SELECT count(*) FROM sync_runs") == [(1,)]
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_runs SET ended_at = ended_at - interval '31 days'")
    await tidy_syncs({}, work)
    assert await rows(work, "SELECT count(*) FROM sync_runs") == [(0,)]


async def forget_cursor(work: Work) -> None:
    async with work.writers.transaction(SYSTEM) as tx:
        await tx.run("UPDATE sync_cursors SET cursor = NULL")


async def everything(work: Work) -> list[list[tuple[Any, ...]]]:
    tables = ("synced_records", "customers", "customer_source_records", "consents", "events", "products")
    return [await rows(work, f"SELECT * FROM {each} ORDER BY 1, 2, 3") for each in tables]
