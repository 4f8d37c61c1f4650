"""Decides whether a remote value is read now, taken from the cache, or served stale because its source failed."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from cachetools import LRUCache

from app.connectors.contract import (
    Connector,
    Read,
    SourceFailure,
    SourceInfo,
    SourceState,
    SourceStatus,
    SourceTimedOut,
)

T = TypeVar("T")
Cached = tuple[Any, datetime]
"""A value and when it was read."""


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
    """Remote reads with a bounded cache, keyed by source, question and external id. One per process.

    Without `max_age` every read is live, and a failure is a failure. With it a cached value that is not older is
    used, the rest is asked for live in one batch per source, and when that fails the last known value is served
    whatever its age. Table: docs/connectors/adding-a-vendor.md#freshness.
    """

    def __init__(
        self,
        registry: Sources,
        *,
        source_timeout_s: float = 2.0,
        entries_max: int = 50_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._source_timeout_s = source_timeout_s
        self._cache: LRUCache[tuple[str, Read[Any], str], Cached] = LRUCache(maxsize=entries_max)
        self._now = now
        self._monotonic = monotonic

    async def read(
        self, question: Read[T], external_ids: Mapping[str, Iterable[str]], *, max_age: timedelta | None = None
    ) -> dict[tuple[str, str], Reading[T]]:
        """Readings by (source key, external id); sources side by side, one batch each, each within its deadline.

        `external_ids` may hold every source of a page's customers: those that do not offer the question's
        capability are left out of the answer. Never raises for a source's failure.
        """
        offering = {info.key: info for info in self._registry.sources if question.capability in info.capabilities}
        asked = {key: tuple(dict.fromkeys(ids)) for key, ids in external_ids.items() if key in offering}
        per_source = await asyncio.gather(
            *(self._read_source(question, offering[key], ids, max_age) for key, ids in asked.items() if ids)
        )
        return {pair: reading for readings in per_source for pair, reading in readings.items()}

    async def _read_source(
        self, question: Read[T], info: SourceInfo, ids: tuple[str, ...], max_age: timedelta | None
    ) -> dict[tuple[str, str], Reading[T]]:
        if not info.enabled:
            status = SourceStatus(info.key, SourceState.DISABLED, error=f"{info.name} is disabled")
            return {(info.key, id_): Reading(None, status) for id_ in ids}
        fresh_enough = {} if max_age is None else self._not_older(question, info.key, ids, max_age)
        readings = {
            (info.key, id_): Reading[T](value, SourceStatus(info.key, SourceState.CACHED, as_of))
            for id_, (value, as_of) in fresh_enough.items()
        }
        missing = tuple(id_ for id_ in ids if id_ not in fresh_enough)
        if missing:
            readings |= await self._read_live(question, info.key, missing, may_be_stale=max_age is not None)
        return readings

    def _not_older(
        self, question: Read[T], source_key: str, ids: tuple[str, ...], max_age: timedelta
    ) -> dict[str, Cached]:
        oldest = self._now() - max_age
        known = {id_: self._cache.get((source_key, question, id_)) for id_ in ids}
        return {id_: cached for id_, cached in known.items() if cached is not None and cached[1] >= oldest}

    async def _read_live(
        self, question: Read[T], source_key: str, ids: tuple[str, ...], *, may_be_stale: bool
    ) -> dict[tuple[str, str], Reading[T]]:
        started = self._monotonic()
        connector = self._registry[source_key]
        try:
            values = await question.ask(connector, ids, deadline=started + self._source_timeout_s)
        except SourceFailure as failure:
            failed = Reading[T](None, _status(failure, source_key, self._elapsed_ms(started)))
            return {
                (source_key, id_): self._last_known(question, source_key, id_, instead_of=failed)
                if may_be_stale
                else failed
                for id_ in ids
            }
        as_of = self._now()
        for id_ in ids:
            self._cache[source_key, question, id_] = (values[id_], as_of)
        status = SourceStatus(source_key, SourceState.FRESH, as_of, self._elapsed_ms(started))
        return {(source_key, id_): Reading(values[id_], status) for id_ in ids}

    def _last_known(self, question: Read[T], source_key: str, id_: str, *, instead_of: Reading[T]) -> Reading[T]:
        cached = self._cache.get((source_key, question, id_))
        if cached is None:
            return instead_of
        value, as_of = cached
        return Reading(value, replace(instead_of.status, state=SourceState.STALE, as_of=as_of))

    def _elapsed_ms(self, started: float) -> float:
        return round((self._monotonic() - started) * 1000, 3)


def _status(failure: SourceFailure, source_key: str, latency_ms: float) -> SourceStatus:
    state = SourceState.TIMED_OUT if isinstance(failure, SourceTimedOut) else SourceState.UNAVAILABLE
    return SourceStatus(source_key, state, latency_ms=latency_ms, error=failure.message)
