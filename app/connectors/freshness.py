"""Decides whether a remote value is read now, taken from the cache, or served stale because its source failed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import structlog

from app.connectors.contract import Connector, Read, SourceInfo, SourceState, SourceStatus, SourceTimedOut
from app.connectors.flights import Flights, Landed
from app.connectors.reading_cache import NoCache, ReadingCache, read_back, text_of, written
from app.connectors.write_behind import WriteBehind
from app.domain.source_reading import CacheAway, Key, ReadingToKeep, Remembered

T = TypeVar("T")
Known = tuple[Any, datetime]
"""A value and when it was read."""

log = structlog.get_logger("junction.connectors")

PUT_MAX = 500
"""Readings in one statement."""
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
        self._cache: ReadingCache = cache or NoCache()
        self._remembers = cache is not None
        self._behind = WriteBehind(self._cache)
        self._flights = Flights(self._landed, timeout_s=source_timeout_s, now=now, monotonic=monotonic)
        self._claimed: dict[str, set[Key]] = {}
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
            else await self._known(question, [(key, id_) for key, ids in enabled.items() for id_ in ids])
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
        landed = Landed(self._monotonic() if asked_at_s is None else asked_at_s, self._now(), values)
        readings = _to_keep(question, source_key, tuple(values), landed)
        for start in range(0, len(readings), PUT_MAX):
            await self._cache.put(readings[start : start + PUT_MAX])

    async def forget(self, source_key: str, external_ids: Iterable[str]) -> None:
        """Raises CacheAway."""
        ids = tuple(dict.fromkeys(external_ids))
        self._flights.leave(source_key, ids)
        self._behind.drop(source_key, ids)
        if ids:
            await self._cache.forget(source_key, ids)

    async def flushed(self) -> None:
        """Once the cache holds what has been read so far."""
        await self._behind.flushed()

    async def close(self) -> None:
        await self._flights.close()
        await self._behind.close()

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
            found = self._fresh(sought, await self._known(sought.question, [(source_key, id_) for id_ in left]))
            learned |= {id_: known for (_, id_), known in found.items()}
            left = [id_ for id_ in left if id_ not in learned]
            # Whoever asked has failed or died, or now it is somebody in this process.
            if left and await self._mine(sought, source_key, left):
                break
        landed = await self._ask(sought, source_key, left)
        failed = [(source_key, id_) for id_, each in landed.items() if each.failure is not None]
        # Whoever asked first may have got there after all.
        found = self._fresh(sought, await self._known(sought.question, failed))
        return landed, learned | {id_: known for (_, id_), known in found.items()}

    async def _mine(self, sought: "_Sought[T]", source_key: str, ids: Sequence[str]) -> list[str]:
        """Those to be asked for here: that nobody else asks for, or that somebody in this process does."""
        asked = text_of(sought.question)
        free = [(source_key, id_) for id_ in ids if id_ not in self._flights.under_way(sought.question, source_key)]
        # Where the last answer is still to be written, the claim is our own.
        ours = self._behind.waiting(asked, free)
        others = [key for key in free if key not in ours]
        claimed = await self._claim(sought, others) if others else frozenset()
        here = self._flights.under_way(sought.question, source_key)
        return [id_ for id_ in ids if id_ in here or (source_key, id_) in claimed or (source_key, id_) in ours]

    async def _claim(self, sought: "_Sought[T]", keys: Sequence[Key]) -> frozenset[Key]:
        """Never raises: without the cache everybody asks."""
        question = text_of(sought.question)
        try:
            # As long as the call may take, and until its answer is written.
            for_s = self._source_timeout_s + POLL_MAX_S
            older_than = self._now() - (sought.max_age or timedelta())
            claimed = await self._cache.claim(question, keys, for_s=for_s, older_than=older_than)
        except CacheAway as exc:
            log.warning("readings not claimed", reason=str(exc))
            return frozenset(keys)
        if self._monotonic() >= sought.deadline:
            self._behind.release(question, tuple(claimed))
        else:
            self._claimed.setdefault(question, set()).update(claimed)
        return claimed

    async def _known(self, question: Read[T], keys: Sequence[Key]) -> dict[Key, Known]:
        """Never raises: without the cache nothing is known."""
        if not keys:
            return {}
        asked = text_of(question)
        remembered: dict[Key, Remembered | ReadingToKeep] = dict(self._behind.waiting(asked, keys))
        missing = [key for key in keys if key not in remembered]
        try:
            remembered |= await self._cache.get(asked, missing) if missing else {}
        except CacheAway as exc:
            log.warning("readings not looked up", reason=str(exc))
        known = {}
        for key, each in remembered.items():
            # What another version of the program has written may be unreadable to this one.
            with suppress(msgspec.MsgspecError):
                known[key] = (read_back(question, each.value), each.as_of)
        return known

    def _fresh(self, sought: "_Sought[T]", known: Mapping[Key, Known]) -> dict[Key, Known]:
        if sought.max_age is None:
            return {}
        oldest = self._now() - sought.max_age
        return {key: each for key, each in known.items() if each[1] >= oldest}

    def _landed(self, question: Read[Any], source_key: str, ids: Sequence[str], landed: Landed) -> None:
        asked = text_of(question)
        held = self._claimed.get(asked, set()) & {(source_key, id_) for id_ in ids}
        if held:
            self._claimed[asked] -= held
            if not self._claimed[asked]:
                del self._claimed[asked]
        if landed.failure is None and self._remembers:
            self._behind.put(_to_keep(question, source_key, ids, landed))
        elif held:
            self._behind.release(asked, tuple(held))


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


def _to_keep(question: Read[Any], source_key: str, ids: Sequence[str], landed: Landed) -> list[ReadingToKeep]:
    asked = text_of(question)
    return [
        ReadingToKeep(
            source_key=source_key,
            external_id=id_,
            question=asked,
            value=written(landed.values[id_]),
            as_of=landed.as_of,
            asked_at_s=landed.asked_at_s,
        )
        for id_ in ids
    ]
