"""The cache that all processes share: what is found, what is hidden, who may ask."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.connectors.contract import SourceState
from app.connectors.freshness import LiveReads
from app.domain.actor import SYSTEM
from app.domain.source_reading import CacheAway, ReadingToKeep, Remembered
from app.execution.connections import Connections
from app.stores.engine import create_connections, open_writers
from app.stores.readings import StoredReadings, tidy_readings
from app.stores.transaction import Writers
from tests.connectors.test_shared_readings import Cases, Crm

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
ADA, BOB = ("crm", "ada"), ("crm", "bob")
ASKED = "cases {}"
LATER = AT + timedelta(days=1)


@pytest.fixture
async def writers(migrated_database: str) -> AsyncIterator[Writers]:
    writers = await open_writers(migrated_database, connections_max=4)
    yield writers
    await writers.close()


@pytest.fixture
async def connections(migrated_database: str) -> AsyncIterator[Connections]:
    connections = create_connections(migrated_database, connections_max=1, statement_timeout_s=5)
    yield connections
    await connections.close()


class Uptime:
    """A monotonic clock that stands still."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def uptime() -> Uptime:
    return Uptime()


@pytest.fixture
def cache(connections: Connections, writers: Writers, uptime: Uptime) -> StoredReadings:
    return StoredReadings(connections, writers, monotonic=uptime)


def reading(
    external_id: str = "ada", value: str = '"yes"', *, asked_at_s: float = 1_000.0, question: str = ASKED
) -> ReadingToKeep:
    return ReadingToKeep(
        source_key="crm", external_id=external_id, question=question, value=value, as_of=AT, asked_at_s=asked_at_s
    )


async def test_what_was_put_is_found_by_its_question_and_key(cache: StoredReadings) -> None:
    await cache.put([reading(), reading("bob", "null"), reading(question="interactions {}")])
    keys = [ADA, BOB, ("crm", "cleo"), ("erp", "ada")]
    assert await cache.get(ASKED, keys) == {ADA: Remembered('"yes"', AT), BOB: Remembered("null", AT)}
    assert await cache.get("tracking {}", keys) == {}


@pytest.mark.parametrize("value", ['"\\u0000"', '"Ünïcode 🦆 and \\"quotes\\""', '{"a":[1.10,null,true]}'])
async def test_values_come_back_as_they_were_written(cache: StoredReadings, value: str) -> None:
    await cache.put([reading(value=value)])
    assert (await cache.get(ASKED, [ADA]))[ADA].value == value


async def test_the_answer_that_was_asked_for_later_stays(cache: StoredReadings) -> None:
    await cache.put([reading(value='"new"', asked_at_s=999.0)])
    await cache.put([reading(value='"old"', asked_at_s=990.0)])
    assert (await cache.get(ASKED, [ADA]))[ADA].value == '"new"'
    await cache.put([reading(value='"newer"', asked_at_s=1_000.0)])
    assert (await cache.get(ASKED, [ADA]))[ADA].value == '"newer"'


async def test_all_questions_about_what_changed_are_forgotten_and_nothing_else(cache: StoredReadings) -> None:
    await cache.put([reading(), reading(question="interactions {}"), reading("bob")])
    await cache.forget("crm", ["ada"])
    assert await cache.get(ASKED, [ADA, BOB]) == {BOB: Remembered('"yes"', AT)}
    assert await cache.get("interactions {}", [ADA]) == {}


async def test_an_answer_that_was_asked_for_before_the_change_is_not_kept(
    cache: StoredReadings, uptime: Uptime
) -> None:
    await cache.forget("crm", ["ada"])
    await cache.put([reading(value='"before"', asked_at_s=uptime.now_s - 60)])
    assert await cache.get(ASKED, [ADA]) == {}
    await cache.put([reading(value='"after"')])
    assert (await cache.get(ASKED, [ADA]))[ADA].value == '"after"'


async def test_an_old_answer_that_is_written_while_the_change_is_being_told_is_hidden(
    cache: StoredReadings, writers: Writers, uptime: Uptime
) -> None:
    """Neither sees the other's transaction, so what is written has to be judged again when it is read."""
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("INSERT INTO source_changes VALUES ('crm', 'ada', clock_timestamp())")
        await cache.put([reading(asked_at_s=uptime.now_s - 60)])
    assert await cache.get(ASKED, [ADA]) == {}


async def test_only_one_of_several_processes_may_ask(cache: StoredReadings) -> None:
    claims = await asyncio.gather(*(cache.claim(ASKED, [BOB, ADA], for_s=60, older_than=LATER) for _ in range(4)))
    assert sorted(map(len, claims)) == [0, 0, 0, 2]
    assert await cache.claim("interactions {}", [ADA], for_s=60, older_than=LATER) == {ADA}
    assert await cache.get(ASKED, [ADA, BOB]) == {}


async def test_a_claim_ends_with_the_answer_with_its_release_and_with_its_time(
    cache: StoredReadings, writers: Writers
) -> None:
    await cache.claim(ASKED, [ADA, BOB], for_s=60, older_than=LATER)
    await cache.put([reading()])
    assert await cache.claim(ASKED, [ADA, BOB], for_s=60, older_than=LATER) == {ADA}
    await cache.release(ASKED, [ADA, BOB])
    assert await cache.claim(ASKED, [ADA, BOB], for_s=0, older_than=LATER) == {ADA, BOB}
    assert await cache.claim(ASKED, [ADA, BOB], for_s=60, older_than=LATER) == {ADA, BOB}
    assert await cache.get(ASKED, [ADA]) == {ADA: Remembered('"yes"', AT)}


async def test_what_is_known_by_now_is_not_claimed(cache: StoredReadings) -> None:
    """It was written after the look-up that missed it."""
    await cache.put([reading()])
    assert await cache.claim(ASKED, [ADA, BOB], for_s=60, older_than=AT) == {BOB}
    assert await cache.claim(ASKED, [ADA], for_s=60, older_than=LATER) == {ADA}


async def test_tidying_forgets_the_old(cache: StoredReadings, writers: Writers, migrated_database: str) -> None:
    await cache.put([reading()])
    await cache.claim(ASKED, [BOB], for_s=-86_400 * 30, older_than=LATER)
    await cache.forget("crm", ["cleo"])
    connection = await asyncpg.connect(migrated_database)
    try:
        for days, left in ((6, (2, 1)), (8, (0, 1)), (10, (0, 0))):
            async with writers.transaction(SYSTEM) as tx:
                tx.at = AT + timedelta(days=days)
                await tx.run("UPDATE source_changes SET told_at = $1", AT)
                await tx.run("UPDATE source_readings SET claimed_until = $1 WHERE as_of IS NULL", AT)
                await tidy_readings(tx)
            counts = [
                await connection.fetchval(f"SELECT count(*) FROM {table}")
                for table in ("source_readings", "source_changes")
            ]
            assert tuple(counts) == left
        kinds = await connection.fetch(
            "SELECT relpersistence FROM pg_class WHERE relname IN ('source_readings', 'source_changes')"
        )
        assert {row[0] for row in kinds} == {b"u"}
    finally:
        await connection.close()


async def test_a_store_that_is_away_is_told_by_one_word(cache: StoredReadings, writers: Writers) -> None:
    await writers.close()
    with pytest.raises(CacheAway, match=r"^Postgres does not answer \(InterfaceError\)$"):
        await cache.put([reading()])
    with pytest.raises(CacheAway):
        await cache.forget("crm", ["ada"])


async def test_a_store_that_is_slow_does_not_hold_up_a_reader(cache: StoredReadings, writers: Writers) -> None:
    async with writers.transaction(SYSTEM) as tx:
        await tx.run("LOCK TABLE source_readings")
        with pytest.raises(CacheAway, match="TimeoutError"):
            await cache.get(ASKED, [ADA])


async def test_two_processes_ask_once_and_hear_of_changes(writers: Writers, connections: Connections) -> None:
    crm = Crm()
    one, other = (LiveReads(crm, StoredReadings(connections, writers)) for _ in range(2))
    hour = timedelta(hours=1)
    first = asyncio.create_task(one.read(Cases(), {"crm": ["ada"]}, max_age=hour))
    await crm.was_asked.wait()
    second = asyncio.create_task(other.read(Cases(), {"crm": ["ada"]}, max_age=hour))
    await asyncio.sleep(0.1)  # So that the other one waits; were it not to, it would ask, too.
    crm.may_answer.set()
    values = [(await each)["crm", "ada"] for each in (first, second)]
    assert [each.value for each in values] == ["ada#1", "ada#1"]
    assert [each.status.state for each in values] == [SourceState.FRESH, SourceState.CACHED]
    await other.forget("crm", ["ada"])
    again = (await one.read(Cases(), {"crm": ["ada"]}, max_age=hour))["crm", "ada"]
    assert (again.value, again.status.state) == ("ada#2", SourceState.FRESH)
    assert crm.asked == [("ada",), ("ada",)]
    await one.close()
    await other.close()
