"""When a remote value is live, cached, stale or missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from app.connectors.contract import (
    Connector,
    SourceFailure,
    SourceGarbled,
    SourceInfo,
    SourceRefused,
    SourceState,
    SourceStatus,
    SourceTimedOut,
    SourceUnavailable,
)
from app.connectors.freshness import LiveReads, Reading
from app.domain.source import SourceKind
from tests.connectors.fake_clock import FakeClock
from tests.connectors.memory_cache import MemoryCache


@dataclass
class Source:
    """Says its key, the id and how often it was asked; or fails."""

    info: SourceInfo
    failure: Exception | None = None
    leaves_out: frozenset[str] = frozenset()
    asked: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    capability: ClassVar[str] = "orders"
    answer: ClassVar[Any] = str | None
    text: str = ""

    async def ask(
        self, connector: Connector, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, str | None]:
        assert isinstance(connector, Source)
        connector.asked.append(tuple(external_ids))
        if connector.failure:
            raise connector.failure
        return {
            id_: f"{id_}{self.text}#{len(connector.asked)}" if id_ != "void" else None
            for id_ in external_ids
            if id_ not in connector.leaves_out
        }


class Sources:
    def __init__(self, *sources: Source) -> None:
        self._by_key = {source.info.key: source for source in sources}

    @property
    def sources(self) -> tuple[SourceInfo, ...]:
        return tuple(source.info for source in self._by_key.values())

    def __getitem__(self, key: str) -> Connector:
        return self._by_key[key]


def make_source(key: str, *, enabled: bool = True, capability: str = "orders") -> Source:
    return Source(SourceInfo(key, key.upper(), SourceKind.ERP, enabled, frozenset({capability})))


MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def reads(clock: FakeClock, *sources: Source, cache: MemoryCache | None = None) -> LiveReads:
    return LiveReads(
        Sources(*sources),
        cache or MemoryCache(clock),
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
    )


@pytest.mark.parametrize(
    ("age_s", "max_age", "fails", "state", "value"),
    [
        # Live reads never look back.
        (None, None, False, SourceState.FRESH, "7#1"),
        (10, None, False, SourceState.FRESH, "7#2"),
        (None, None, True, SourceState.UNAVAILABLE, None),
        (10, None, True, SourceState.UNAVAILABLE, None),
        # With an age: cached while young enough, the boundary included, then live, then stale.
        (None, MINUTE, False, SourceState.FRESH, "7#1"),
        (59, MINUTE, False, SourceState.CACHED, "7#1"),
        (60, MINUTE, False, SourceState.CACHED, "7#1"),
        (61, MINUTE, False, SourceState.FRESH, "7#2"),
        (59, MINUTE, True, SourceState.CACHED, "7#1"),
        (61, MINUTE, True, SourceState.STALE, "7#1"),
        (86_400, MINUTE, True, SourceState.STALE, "7#1"),
        (1, timedelta(0), False, SourceState.FRESH, "7#2"),
        (1, timedelta(0), True, SourceState.STALE, "7#1"),
        (None, MINUTE, True, SourceState.UNAVAILABLE, None),
    ],
)
async def test_freshness(
    clock: FakeClock, age_s: float | None, max_age: timedelta | None, fails: bool, state: SourceState, value: str | None
) -> None:
    source = make_source("erp")
    live = reads(clock, source)
    if age_s is not None:
        await live.read(Question(), {"erp": ["7"]})
        await live.flushed()
        clock.now_s += age_s
    source.failure = SourceUnavailable("erp", "erp cannot be reached") if fails else None

    reading = (await live.read(Question(), {"erp": ["7"]}, max_age=max_age))["erp", "7"]

    assert (reading.status.state, reading.value) == (state, value)
    is_old = state in (SourceState.CACHED, SourceState.STALE)
    known_since = clock.now() - timedelta(seconds=age_s) if is_old and age_s is not None else clock.now()
    assert reading.status.as_of == (None if state is SourceState.UNAVAILABLE else known_since)
    expected_error = "erp cannot be reached" if fails and state is not SourceState.CACHED else None
    assert reading.status.error == expected_error
    assert reading.failed is (state is SourceState.UNAVAILABLE)


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (SourceTimedOut("erp", "late"), SourceState.TIMED_OUT),
        (SourceUnavailable("erp", "gone"), SourceState.UNAVAILABLE),
        (SourceRefused("erp", "no"), SourceState.UNAVAILABLE),
        (SourceGarbled("erp", "what"), SourceState.UNAVAILABLE),
    ],
)
async def test_a_failure_names_its_kind(clock: FakeClock, failure: SourceFailure, state: SourceState) -> None:
    source = make_source("erp")
    source.failure = failure
    answer = await reads(clock, source).read(Question(), {"erp": ["7"]})
    assert answer == {("erp", "7"): Reading(None, SourceStatus("erp", state, latency_ms=0.0, error=failure.message))}


async def test_one_dead_source_costs_nobody_else(clock: FakeClock) -> None:
    dead, alive = make_source("dead"), make_source("alive")
    dead.failure = SourceUnavailable("dead", "dead cannot be reached")
    answer = await reads(clock, dead, alive).read(Question(), {"dead": ["1"], "alive": ["1", "2"]})
    assert {key: reading.value for key, reading in answer.items()} == {
        ("dead", "1"): None,
        ("alive", "1"): "1#1",
        ("alive", "2"): "2#1",
    }


@pytest.mark.parametrize(
    ("change", "cause"),
    [({"failure": ValueError("Ada Lovelace")}, "ValueError"), ({"leaves_out": frozenset({"2"})}, "KeyError")],
    ids=["fails as nobody foresaw", "leaves an id out"],
)
async def test_a_connector_with_a_fault_of_its_own_costs_nobody_else(
    clock: FakeClock, change: dict[str, Any], cause: str
) -> None:
    faulty, alive = replace(make_source("faulty"), **change), make_source("alive")
    with capture_logs() as logs:
        answer = await reads(clock, faulty, alive).read(Question(), {"faulty": ["1", "2"], "alive": ["1"]})
    error = "faulty sent an answer that cannot be read"
    assert {key: (each.status.state, each.value, each.status.error) for key, each in answer.items()} == {
        ("faulty", "1"): (SourceState.UNAVAILABLE, None, error),
        ("faulty", "2"): (SourceState.UNAVAILABLE, None, error),
        ("alive", "1"): (SourceState.FRESH, "1#1", None),
    }
    assert [(each["event"], each["source"], each["cause"]) for each in logs] == [("source misread", "faulty", cause)]
    assert "Ada" not in str(logs)


async def test_each_source_is_asked_once_and_for_each_id_once(clock: FakeClock) -> None:
    source = make_source("erp")
    answer = await reads(clock, source).read(Question(), {"erp": ["2", "1", "2"]})
    assert source.asked == [("2", "1")]
    assert len(answer) == 2


async def test_only_what_is_missing_is_asked_for(clock: FakeClock) -> None:
    source = make_source("erp")
    live = reads(clock, source)
    await live.read(Question(), {"erp": ["1", "2"]})
    await live.flushed()
    answer = await live.read(Question(), {"erp": ["1", "2", "3"]}, max_age=MINUTE)
    assert source.asked == [("1", "2"), ("3",)]
    assert [answer["erp", id_].status.state for id_ in "123"] == ["CACHED", "CACHED", "FRESH"]


async def test_questions_with_other_arguments_are_other_questions(clock: FakeClock) -> None:
    source = make_source("erp")
    live = reads(clock, source)
    await live.read(Question("a"), {"erp": ["1"]})
    await live.flushed()
    answer = await live.read(Question("b"), {"erp": ["1"]}, max_age=MINUTE)
    assert answer["erp", "1"].value == "1b#2"


async def test_none_is_an_answer_and_is_cached(clock: FakeClock) -> None:
    source = make_source("erp")
    live = reads(clock, source)
    first = (await live.read(Question(), {"erp": ["void"]}))["erp", "void"]
    await live.flushed()
    second = (await live.read(Question(), {"erp": ["void"]}, max_age=MINUTE))["erp", "void"]
    assert (first.value, first.failed, first.status.state) == (None, False, SourceState.FRESH)
    assert (second.value, second.failed, second.status.state) == (None, False, SourceState.CACHED)
    assert len(source.asked) == 1


async def test_a_disabled_source_is_not_asked(clock: FakeClock) -> None:
    source = make_source("erp", enabled=False)
    answer = await reads(clock, source).read(Question(), {"erp": ["1"]}, max_age=MINUTE)
    assert answer == {("erp", "1"): Reading(None, SourceStatus("erp", SourceState.DISABLED, error="ERP is disabled"))}
    assert answer["erp", "1"].failed
    assert source.asked == []


async def test_sources_without_the_capability_and_unknown_ones_are_left_out(clock: FakeClock) -> None:
    other = make_source("crm", capability="cases")
    answer = await reads(clock, other).read(Question(), {"crm": ["1"], "gone": ["1"]})
    assert answer == {}
    assert other.asked == []


async def test_a_batch_of_no_ids_asks_nothing(clock: FakeClock) -> None:
    source = make_source("erp")
    assert await reads(clock, source).read(Question(), {"erp": []}) == {}
    assert source.asked == []
