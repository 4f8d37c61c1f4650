"""Who asks when several want the same, in one process or in several, and what a change does to what is known."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from app.connectors.contract import (
    Connector,
    SourceFailure,
    SourceInfo,
    SourceState,
    SourceThrottled,
    SourceUnavailable,
)
from app.connectors.freshness import LiveReads, Reading
from app.domain.source import SourceKind
from app.domain.source_reading import CacheAway
from tests.connectors.fake_clock import FakeClock
from tests.connectors.memory_cache import MemoryCache

MINUTE = timedelta(minutes=1)


@dataclass
class Crm:
    """Answers when it may."""

    info: SourceInfo = field(
        default_factory=lambda: SourceInfo("crm", "CRM", SourceKind.CRM, True, frozenset({"cases"}))
    )
    asked: list[tuple[str, ...]] = field(default_factory=list)
    failure: SourceFailure | None = None
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def sources(self) -> tuple[SourceInfo, ...]:
        return (self.info,)

    def __getitem__(self, key: str) -> Connector:
        return self


@dataclass(frozen=True)
class Cases:
    capability: ClassVar[str] = "cases"
    answer: ClassVar[Any] = str
    first: int = 1

    async def ask(self, connector: Connector, external_ids: Sequence[str], *, deadline: float) -> Mapping[str, str]:
        assert isinstance(connector, Crm)
        connector.asked.append(tuple(external_ids))
        turn = len(connector.asked)
        connector.was_asked.set()
        await connector.may_answer.wait()
        if connector.failure:
            raise connector.failure
        return {id_: f"{id_}#{turn}" for id_ in external_ids}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(clock: FakeClock) -> MemoryCache:
    return MemoryCache(clock)


@pytest.fixture
def crm() -> Crm:
    return Crm()


def process(crm: Crm, cache: MemoryCache, clock: FakeClock) -> LiveReads:
    return LiveReads(crm, cache, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep)


async def read(
    reads: LiveReads, *ids: str, max_age: timedelta | None = None, deadline: float | None = None
) -> list[tuple[SourceState, str | None]]:
    readings = await reads.read(Cases(), {"crm": ids}, max_age=max_age, deadline=deadline)
    return [told(readings["crm", id_]) for id_ in ids]


def told(reading: Reading[str]) -> tuple[SourceState, str | None]:
    return reading.status.state, reading.value


FRESH, CACHED, STALE = SourceState.FRESH, SourceState.CACHED, SourceState.STALE
TIMED_OUT, UNAVAILABLE = SourceState.TIMED_OUT, SourceState.UNAVAILABLE


# In one process


async def test_whoever_comes_second_joins_the_first(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    reads = process(crm, cache, clock)
    tasks = [asyncio.create_task(read(reads, *ids)) for ids in (("1", "2"), ("2", "3"), ("1",))]
    tasks.append(asyncio.create_task(read(reads, "2", max_age=MINUTE)))
    await crm.was_asked.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    crm.may_answer.set()
    assert await asyncio.gather(*tasks) == [
        [(FRESH, "1#1"), (FRESH, "2#1")],
        [(FRESH, "2#1"), (FRESH, "3#2")],
        [(FRESH, "1#1")],
        [(FRESH, "2#1")],
    ]
    assert crm.asked == [("1", "2"), ("3",)]
    assert await read(reads, "1") == [(FRESH, "1#3")]


async def test_they_share_the_failure_but_for_those_who_know_something_older(
    crm: Crm, cache: MemoryCache, clock: FakeClock
) -> None:
    reads = process(crm, cache, clock)
    crm.may_answer.set()
    await read(reads, "1")
    clock.now_s += 3_600
    crm.may_answer.clear()
    crm.was_asked.clear()
    crm.failure = SourceThrottled("crm", "crm asks for fewer requests", retry_after_s=3)
    tasks = [asyncio.create_task(reads.read(Cases(), {"crm": ["1"]}, max_age=each)) for each in (None, None, MINUTE)]
    await crm.was_asked.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    crm.may_answer.set()
    answers = [each["crm", "1"] for each in await asyncio.gather(*tasks)]
    assert [told(each) for each in answers] == [(UNAVAILABLE, None), (UNAVAILABLE, None), (STALE, "1#1")]
    assert [each.status.retry_after_s for each in answers] == [3, 3, 3]
    assert len(crm.asked) == 2


async def test_one_who_leaves_does_not_take_the_call_along(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    reads = process(crm, cache, clock)
    first = asyncio.create_task(read(reads, "1"))
    await crm.was_asked.wait()
    second = asyncio.create_task(read(reads, "1"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    crm.may_answer.set()
    assert await second == [(FRESH, "1#1")]
    assert len(crm.asked) == 1


async def test_when_all_have_left_the_call_is_over_and_its_claim_free(
    crm: Crm, cache: MemoryCache, clock: FakeClock
) -> None:
    reads = process(crm, cache, clock)
    leaving = [asyncio.create_task(read(reads, "1", max_age=MINUTE)) for _ in range(2)]
    await crm.was_asked.wait()
    for task in leaving:
        task.cancel()
    await asyncio.wait(leaving)
    assert [task.cancelled() for task in leaving] == [True, True]
    await reads.flushed()
    crm.may_answer.set()
    # Neither somebody here nor in another process waits for what nobody asks for any more.
    assert await read(process(crm, cache, clock), "1", max_age=MINUTE) == [(FRESH, "1#2")]
    assert await read(reads, "1") == [(FRESH, "1#3")]
    assert clock.pauses_s == []


async def test_whoever_has_less_time_waits_no_longer_and_the_call_goes_on(
    crm: Crm, cache: MemoryCache, clock: FakeClock
) -> None:
    reads = process(crm, cache, clock)
    assert await read(reads, "1", deadline=clock.monotonic() + 0.02) == [(TIMED_OUT, None)]
    assert await read(reads, "2", deadline=clock.monotonic()) == [(TIMED_OUT, None)]
    patient = asyncio.create_task(read(reads, "1"))
    await asyncio.sleep(0)
    crm.may_answer.set()
    assert await patient == [(FRESH, "1#1")]
    assert crm.asked == [("1",)]


async def test_nobody_joins_a_call_from_before_a_change(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    reads = process(crm, cache, clock)
    before = asyncio.create_task(read(reads, "1", "2"))
    await crm.was_asked.wait()
    clock.now_s += 0.5
    await reads.forget("crm", ["1"])
    clock.now_s += 0.5
    after = asyncio.create_task(read(reads, "1", "2"))
    await asyncio.sleep(0)
    crm.may_answer.set()
    assert await before == [(FRESH, "1#1"), (FRESH, "2#1")]
    assert await after == [(FRESH, "1#2"), (FRESH, "2#1")]
    # And what the first call said of the changed one is not kept.
    assert await read(reads, "1", "2", max_age=MINUTE) == [(CACHED, "1#2"), (CACHED, "2#1")]
    assert crm.asked == [("1", "2"), ("1",)]


# In several processes


async def test_a_value_read_by_one_process_is_there_for_all(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    one, other = process(crm, cache, clock), process(crm, cache, clock)
    crm.may_answer.set()
    await read(one, "1")
    await one.flushed()
    assert await read(other, "1", max_age=MINUTE) == [(CACHED, "1#1")]
    await other.forget("crm", ["1"])
    clock.now_s += 0.001
    crm.failure = SourceUnavailable("crm", "crm cannot be reached")
    assert await read(one, "1", max_age=MINUTE) == [(UNAVAILABLE, None)]


async def test_all_sources_of_a_read_are_looked_up_at_once(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    reads = process(crm, cache, clock)
    crm.may_answer.set()
    await read(reads, "1", "2", "3", max_age=MINUTE)
    await reads.flushed()
    assert (cache.lookups, cache.puts) == (1, [3])
    await read(reads, "1", "2", "3")
    assert cache.lookups == 1


async def test_another_process_waits_for_what_is_being_asked(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    one, other = process(crm, cache, clock), process(crm, cache, clock)
    first = asyncio.create_task(read(one, "1", max_age=MINUTE))
    await crm.was_asked.wait()
    waits: list[float] = []

    def answer_meanwhile() -> None:
        waits.append(clock.now_s)
        if len(waits) == 3:
            crm.may_answer.set()

    clock.while_asleep = answer_meanwhile
    assert await read(other, "1", max_age=MINUTE) == [(CACHED, "1#1")]
    assert await first == [(FRESH, "1#1")]
    assert crm.asked == [("1",)]
    assert clock.pauses_s[:3] == [0.02, 0.04, 0.08]


async def test_it_asks_itself_once_the_other_has_failed(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    one, other = process(crm, cache, clock), process(crm, cache, clock)
    crm.failure = SourceUnavailable("crm", "crm cannot be reached")
    first = asyncio.create_task(read(one, "1", max_age=MINUTE))
    await crm.was_asked.wait()
    clock.while_asleep = crm.may_answer.set
    assert await read(other, "1", max_age=MINUTE) == [(UNAVAILABLE, None)]
    assert await first == [(UNAVAILABLE, None)]
    assert crm.asked == [("1",), ("1",)]
    assert sum(clock.pauses_s) < 1


async def test_a_process_that_died_with_its_claim_costs_half_of_the_time(
    crm: Crm, cache: MemoryCache, clock: FakeClock
) -> None:
    dead, alive = process(crm, cache, clock), process(crm, cache, clock)
    abandoned = asyncio.create_task(read(dead, "1", max_age=MINUTE))
    await crm.was_asked.wait()
    clock.while_asleep = crm.may_answer.clear
    second = asyncio.create_task(read(alive, "1", max_age=MINUTE))
    while len(crm.asked) < 2:  # noqa: ASYNC110 - until it asks
        await asyncio.sleep(0)
    assert 0.5 < sum(clock.pauses_s) <= 1.0
    crm.may_answer.set()
    assert await second == [(FRESH, "1#2")]
    abandoned.cancel()
    clock.now_s += 10
    assert await read(process(crm, cache, clock), "9", max_age=MINUTE) == [(FRESH, "9#3")]


# The cache is away, or behind


@pytest.mark.parametrize("max_age", [None, MINUTE])
async def test_without_the_cache_everything_is_live(
    crm: Crm, cache: MemoryCache, clock: FakeClock, max_age: timedelta | None
) -> None:
    reads = process(crm, cache, clock)
    cache.is_away = True
    crm.may_answer.set()
    assert await read(reads, "1", max_age=max_age) == [(FRESH, "1#1")]
    await reads.flushed()
    assert await read(reads, "1", max_age=max_age) == [(FRESH, "1#2")]
    crm.failure = SourceUnavailable("crm", "crm cannot be reached")
    await reads.flushed()
    assert await read(reads, "1", max_age=max_age) == [(UNAVAILABLE, None)]
    with pytest.raises(CacheAway):
        await reads.forget("crm", ["1"])
    with pytest.raises(CacheAway):
        await reads.remember(Cases(), "crm", {"1": "one"})


async def test_a_slow_cache_delays_no_answer_and_gets_larger_batches(
    crm: Crm, cache: MemoryCache, clock: FakeClock
) -> None:
    reads = process(crm, cache, clock)
    cache.may_write.clear()
    crm.may_answer.set()
    for id_ in "12345":
        assert await read(reads, id_) == [(FRESH, f"{id_}#{len(crm.asked)}")]
    # What has been read, but not been written, is known here.
    assert await read(reads, "5", max_age=MINUTE) == [(CACHED, "5#5")]
    cache.may_write.set()
    await reads.close()
    assert cache.puts == [1, 4]


async def test_nobody_waits_for_a_claim_of_their_own_process(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    reads = process(crm, cache, clock)
    cache.may_write.clear()
    crm.may_answer.set()
    for turn in (1, 2):
        clock.now_s += 1
        assert await read(reads, "1", max_age=timedelta(0)) == [(FRESH, f"1#{turn}")]
    assert clock.pauses_s == []
    cache.may_write.set()
    await reads.close()


async def test_what_was_forgotten_while_it_waited_to_be_written_is_gone(
    crm: Crm, cache: MemoryCache, clock: FakeClock
) -> None:
    reads = process(crm, cache, clock)
    cache.may_write.clear()
    crm.may_answer.set()
    await read(reads, "1")
    await read(reads, "1")
    clock.now_s += 1
    await reads.forget("crm", ["1"])
    cache.may_write.set()
    await reads.flushed()
    clock.now_s += 1
    assert await read(reads, "1", max_age=MINUTE) == [(FRESH, "1#3")]


async def test_a_feed_may_bring_what_reads_then_find(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    reads = process(crm, cache, clock)
    await reads.remember(Cases(), "crm", {"1": "one", "2": "two"})
    await reads.remember(Cases(first=9), "crm", {"1": "nine"})
    assert await read(reads, "1", "2", max_age=MINUTE) == [(CACHED, "one"), (CACHED, "two")]
    asked_at_s = clock.monotonic()
    clock.now_s += 1
    await reads.forget("crm", ["1"])
    await reads.remember(Cases(), "crm", {"1": "old"}, asked_at_s=asked_at_s)
    crm.may_answer.set()
    assert await read(reads, "1", max_age=MINUTE) == [(FRESH, "1#1")]


async def test_what_another_version_wrote_is_asked_for_anew(crm: Crm, cache: MemoryCache, clock: FakeClock) -> None:
    @dataclass(frozen=True)
    class OldCases(Cases):
        answer: ClassVar[Any] = int

    reads = process(crm, cache, clock)
    await reads.remember(OldCases(), "crm", {"1": 7})
    crm.may_answer.set()
    assert await read(reads, "1", max_age=MINUTE) == [(FRESH, "1#1")]
