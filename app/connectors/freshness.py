"""Decides whether a remote value is read now, taken from the cache, or served stale because its source failed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from app.connectors.contract import Connector, Read, SourceInfo, SourceState, SourceStatus, SourceTimedOut
from app.connectors.flights import Flights, Landed
from app.connectors.reading_cache import ReadingCache
from app.connectors.reading_memory import Known, ReadingMemory
from app.domain.source_reading import Key

T = TypeVar("T")

POLL_FIRST_S = 0.02
POLL_MAX_S = 0.2
"""How often a reader looks for what another process is asking. Twice as long each time."""


class Sources(Protocol):
    """What freshness needs of the registry."""

    @property
    def sources(self) -> Sequence[SourceInfo]: ...

    def __getitem__(self, key: str) -> Connector: ...


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What one source says of one external id. `value` is None on failure, and where None is the source's answer."""

    value: T | None
    status: SourceStatus

    @property
    def failed(self) -> bool:
        """True when there is no value to show, not even an old one."""
        return self.status.state in (SourceState.TIMED_OUT, SourceState.UNAVAILABLE, SourceState.DISABLED)


class LiveReads:
    """Remote reads with a cache that all processes share, keyed by source, external id and question. One per process.

    Without `max_age` every read is live, and a failure is a failure. With it a cached value that is not older is
    used, the rest is asked for live in one batch per source, and when that fails the last known value is served
    whatever its age. What somebody is asking for already is not asked for again, with `max_age` not even by another
    process. Without the cache all reads are live. Table: docs/connectors/adding-a-vendor.md#freshness.
    """

    def __init__(
        self,
        registry: Sources,
        cache: ReadingCache | None = None,
        *,
        source_timeout_s: float = 2.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._registry = registry
        self._memory = ReadingMemory(cache, now=now, monotonic=monotonic)
        self._flights = Flights(self._memory.landed, timeout_s=source_timeout_s, now=now, monotonic=monotonic)
        self._source_timeout_s = source_timeout_s
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep

    async def read(
        self,
        question: Read[T],
        external_ids: Mapping[str, Iterable[str]],
        *,
        max_age: timedelta | None = None,
        deadline: float | None = None,
    ) -> dict[tuple[str, str], Reading[T]]:
        """Readings by (source key, external id); sources side by side, one batch each, each within its deadline.

        That is `source_timeout_s` from now, or `deadline` (`time.monotonic`) where this is sooner. `external_ids` may
        hold every source of a page's customers: those that do not offer the question's capability are left out of
        the answer. Never raises for a source's failure.
        """
        offering = {info.key: info for info in self._registry.sources if question.capability in info.capabilities}
        asked = {key: tuple(dict.fromkeys(ids)) for key, ids in external_ids.items() if key in offering}
        readings: dict[tuple[str, str], Reading[T]] = {
            (key, id_): _disabled(offering[key])
            for key, ids in asked.items()
            for id_ in ids
            if not offering[key].enabled
        }
        enabled = {key: ids for key, ids in asked.items() if ids and offering[key].enabled}
        until = self._monotonic() + self._source_timeout_s
        sought = _Sought(question, max_age, until if deadline is None else min(until, deadline))
        known = (
            {}
            if max_age is None
            else await self._memory.known(question, [(key, id_) for key, ids in enabled.items() for id_ in ids])
        )
        for answered in await asyncio.gather(
            *(self._read_source(sought, key, ids, known) for key, ids in enabled.items())
        ):
            readings |= answered
        return readings

    async def remember(
        self, question: Read[T], source_key: str, values: Mapping[str, T], *, asked_at_s: float | None = None
    ) -> None:
        """What was read some other way: a feed, say. Raises CacheAway."""
        await self._memory.remember(question, source_key, values, asked_at_s=asked_at_s)

    async def forget(self, source_key: str, external_ids: Iterable[str]) -> None:
        """Raises CacheAway."""
        ids = tuple(dict.fromkeys(external_ids))
        self._flights.leave(source_key, ids)
        await self._memory.forget(source_key, ids)

    async def flushed(self) -> None:
        """Once the cache holds what has been read so far."""
        await self._memory.flushed()

    async def close(self) -> None:
        await self._flights.close()
        await self._memory.close()

    async def _read_source(
        self, sought: "_Sought[T]", source_key: str, ids: tuple[str, ...], known: Mapping[Key, Known]
    ) -> dict[tuple[str, str], Reading[T]]:
        started = self._monotonic()
        fresh = self._fresh(sought, known)
        cached = {id_: fresh[source_key, id_] for id_ in ids if (source_key, id_) in fresh}
        missing = [id_ for id_ in ids if id_ not in cached]
        landed: dict[str, Landed] = {}
        if missing and sought.max_age is None:
            landed = await self._ask(sought, source_key, missing)
        elif missing:
            landed, learned = await self._ask_unless_asked(sought, source_key, missing)
            cached |= learned
        latency_ms = round((self._monotonic() - started) * 1000, 3)
        readings: dict[tuple[str, str], Reading[T]] = {
            (source_key, id_): Reading(value, SourceStatus(source_key, SourceState.CACHED, as_of))
            for id_, (value, as_of) in cached.items()
        }
        # Most often all come from one call, and have one status.
        statuses = {id(each): _status(source_key, each, latency_ms) for each in landed.values()}
        for id_, each in landed.items():
            if id_ not in cached:
                readings[source_key, id_] = _reading(id_, each, statuses[id(each)], known.get((source_key, id_)))
        return readings

    async def _ask(self, sought: "_Sought[T]", source_key: str, ids: Sequence[str]) -> dict[str, Landed]:
        if not ids:
            return {}
        connector = self._registry[source_key]
        return await self._flights.ask(sought.question, source_key, connector, ids, deadline=sought.deadline)

    async def _ask_unless_asked(
        self, sought: "_Sought[T]", source_key: str, ids: Sequence[str]
    ) -> tuple[dict[str, Landed], dict[str, Known]]:
        """What we asked, and what another process did meanwhile."""
        mine = await self._mine(sought, source_key, ids)
        theirs = [id_ for id_ in ids if id_ not in mine]
        if not theirs:
            return await self._ask(sought, source_key, ids), {}
        landed, (landed_later, learned) = await asyncio.gather(
            self._ask(sought, source_key, mine), self._await(sought, source_key, theirs)
        )
        return landed | landed_later, learned

    async def _await(
        self, sought: "_Sought[T]", source_key: str, ids: Sequence[str]
    ) -> tuple[dict[str, Landed], dict[str, Known]]:
        """What another process is asking for. For half of our time: whoever still has nothing then asks, too."""
        until = self._monotonic() + (sought.deadline - self._monotonic()) / 2
        pause_s, learned, left = POLL_FIRST_S, dict[str, Known](), list(ids)
        while left and self._monotonic() + pause_s < until:
            await self._sleep(pause_s)
            pause_s = min(pause_s * 2, POLL_MAX_S)
            found = self._fresh(sought, await self._memory.known(sought.question, [(source_key, id_) for id_ in left]))
            learned |= {id_: known for (_, id_), known in found.items()}
            left = [id_ for id_ in left if id_ not in learned]
            # Whoever asked has failed or died, or now it is somebody in this process.
            if left and await self._mine(sought, source_key, left):
                break
        landed = await self._ask(sought, source_key, left)
        failed = [(source_key, id_) for id_, each in landed.items() if each.failure is not None]
        # Whoever asked first may have got there after all.
        found = self._fresh(sought, await self._memory.known(sought.question, failed))
        return landed, learned | {id_: known for (_, id_), known in found.items()}

    async def _mine(self, sought: "_Sought[T]", source_key: str, ids: Sequence[str]) -> list[str]:
        """Those to be asked for here: that nobody else asks for, or that somebody in this process does."""
        free = [(source_key, id_) for id_ in ids if id_ not in self._flights.under_way(sought.question, source_key)]
        ours = self._memory.unwritten(sought.question, free)
        claimed = await self._memory.claim(
            sought.question,
            [key for key in free if key not in ours],
            # As long as the call may take, and until its answer is written.
            for_s=self._source_timeout_s + POLL_MAX_S,
            older_than=self._now() - (sought.max_age or timedelta()),
            deadline=sought.deadline,
        )
        here = self._flights.under_way(sought.question, source_key)
        return [id_ for id_ in ids if id_ in here or (source_key, id_) in claimed or (source_key, id_) in ours]

    def _fresh(self, sought: "_Sought[T]", known: Mapping[Key, Known]) -> dict[Key, Known]:
        if sought.max_age is None:
            return {}
        oldest = self._now() - sought.max_age
        return {key: each for key, each in known.items() if each[1] >= oldest}


@dataclass(frozen=True)
class _Sought(Generic[T]):
    question: Read[T]
    max_age: timedelta | None
    deadline: float


def _status(source_key: str, landed: Landed, latency_ms: float) -> SourceStatus:
    failure = landed.failure
    if failure is None:
        return SourceStatus(source_key, SourceState.FRESH, landed.as_of, latency_ms)
    state = SourceState.TIMED_OUT if isinstance(failure, SourceTimedOut) else SourceState.UNAVAILABLE
    return SourceStatus(
        source_key, state, latency_ms=latency_ms, error=failure.message, retry_after_s=failure.retry_after_s
    )


def _reading(id_: str, landed: Landed, status: SourceStatus, known: Known | None) -> Reading[Any]:
    """Stale where there is something to fall back on."""
    if landed.failure is None:
        return Reading(landed.values[id_], status)
    if known is None:
        return Reading(None, status)
    value, as_of = known
    return Reading(value, replace(status, state=SourceState.STALE, as_of=as_of))


def _disabled(info: SourceInfo) -> Reading[Any]:
    return Reading(None, SourceStatus(info.key, SourceState.DISABLED, error=f"{info.name} is disabled"))
