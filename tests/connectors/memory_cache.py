"""A cache in memory, as strict as the one in Postgres, which may be away."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.domain.source_reading import CacheAway, Key, ReadingToKeep, Remembered
from tests.connectors.fake_clock import FakeClock


class MemoryCache:
    """Several `LiveReads` on one of these are so many processes."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, Key], ReadingToKeep] = {}
        self._changed: dict[Key, float] = {}
        self._claims: dict[tuple[str, Key], float] = {}
        self.is_away = False
        self.lookups = 0
        self.puts: list[int] = []
        """How many readings each write brought."""
        self.may_write = asyncio.Event()
        self.may_write.set()

    async def get(self, question: str, keys: Sequence[Key]) -> Mapping[Key, Remembered]:
        self._answer()
        self.lookups += 1
        found = {key: self._kept.get((question, key)) for key in keys}
        return {key: Remembered(each.value, each.as_of) for key, each in found.items() if each is not None}

    async def put(self, readings: Sequence[ReadingToKeep]) -> None:
        await self.may_write.wait()
        self._answer()
        self.puts.append(len(readings))
        for each in readings:
            key = (each.source_key, each.external_id)
            if each.asked_at_s > self._changed.get(key, 0):
                self._kept[each.question, key] = each
                self._claims.pop((each.question, key), None)

    async def forget(self, source_key: str, external_ids: Sequence[str]) -> None:
        self._answer()
        gone = {(source_key, id_) for id_ in external_ids}
        self._changed |= dict.fromkeys(gone, self._clock.monotonic())
        self._kept = {place: each for place, each in self._kept.items() if place[1] not in gone}

    async def claim(self, question: str, keys: Sequence[Key], *, for_s: float, older_than: datetime) -> frozenset[Key]:
        self._answer()
        now_s = self._clock.monotonic()
        unasked = [key for key in keys if self._claims.get((question, key), 0) < now_s]
        known = {key: self._kept.get((question, key)) for key in unasked}
        free = frozenset(key for key, each in known.items() if each is None or each.as_of < older_than)
        self._claims |= dict.fromkeys([(question, key) for key in free], now_s + for_s)
        return free

    async def release(self, question: str, keys: Sequence[Key]) -> None:
        self._answer()
        for key in keys:
            self._claims.pop((question, key), None)

    def _answer(self) -> None:
        if self.is_away:
            raise CacheAway("the cache does not answer")
