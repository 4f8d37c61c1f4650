"""What this process knows of readings: the shared cache, before it what is still to be written, and who may ask.

Where the cache is away nothing is known and everybody may ask, so readers go on without it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import structlog

from app.connectors.contract import Read
from app.connectors.flights import Landed
from app.connectors.reading_cache import NoCache, ReadingCache, read_back, text_of, written
from app.connectors.write_behind import WriteBehind
from app.domain.source_reading import CacheAway, Key, ReadingToKeep, Remembered

T = TypeVar("T")
Known = tuple[Any, datetime]
"""A value and when it was read."""

log = structlog.get_logger("junction.connectors")

PUT_MAX = 500
"""Readings in one statement."""


class ReadingMemory:
    def __init__(
        self, cache: ReadingCache | None, *, now: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self._cache: ReadingCache = cache or NoCache()
        self._remembers = cache is not None
        self._behind = WriteBehind(self._cache)
        self._claimed: dict[str, set[Key]] = {}
        self._now = now
        self._monotonic = monotonic

    async def known(self, question: Read[Any], keys: Sequence[Key]) -> dict[Key, Known]:
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

    def unwritten(self, question: Read[Any], keys: Sequence[Key]) -> Collection[Key]:
        """Those whose last answer the cache is still to be told: their claims are our own."""
        return self._behind.waiting(text_of(question), keys).keys()

    async def claim(
        self, question: Read[Any], keys: Sequence[Key], *, for_s: float, older_than: datetime, deadline: float
    ) -> frozenset[Key]:
        """Those that are ours to ask for, as `ReadingCache.claim` says. Never raises: without the cache all are.

        What is granted after the deadline is given back: nobody here will ask any more.
        """
        if not keys:
            return frozenset()
        asked = text_of(question)
        try:
            claimed = await self._cache.claim(asked, keys, for_s=for_s, older_than=older_than)
        except CacheAway as exc:
            log.warning("readings not claimed", reason=str(exc))
            return frozenset(keys)
        if self._monotonic() >= deadline:
            self._behind.release(asked, tuple(claimed))
        else:
            self._claimed.setdefault(asked, set()).update(claimed)
        return claimed

    def landed(self, question: Read[Any], source_key: str, ids: Sequence[str], landed: Landed) -> None:
        """Keeps what a call has brought, and ends its claims."""
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

    async def remember(
        self, question: Read[T], source_key: str, values: Mapping[str, T], *, asked_at_s: float | None
    ) -> None:
        """Raises CacheAway."""
        landed = Landed(self._monotonic() if asked_at_s is None else asked_at_s, self._now(), values)
        readings = _to_keep(question, source_key, tuple(values), landed)
        for start in range(0, len(readings), PUT_MAX):
            await self._cache.put(readings[start : start + PUT_MAX])

    async def forget(self, source_key: str, external_ids: Sequence[str]) -> None:
        """Raises CacheAway."""
        self._behind.drop(source_key, external_ids)
        if external_ids:
            await self._cache.forget(source_key, external_ids)

    async def flushed(self) -> None:
        await self._behind.flushed()

    async def close(self) -> None:
        await self._behind.close()


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
