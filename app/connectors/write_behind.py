"""Takes what is to be remembered off the readers' hands: kept for a moment, written in one statement for many."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextvars import Context
from itertools import islice

import structlog

from app.connectors.reading_cache import ReadingCache
from app.domain.source_reading import CacheAway, Key, ReadingToKeep

log = structlog.get_logger("junction.connectors")

BATCH_MAX = 500
WAITING_MAX = 5_000
"""Readings that wait to be written. Beyond that new ones are dropped: they will be asked for again."""
CLOSE_TIMEOUT_S = 2.0


_Place = tuple[str, Key]
"""Question and key."""


class WriteBehind:
    """While one batch is being written the next one gathers, so a slow store makes larger batches."""

    def __init__(self, cache: ReadingCache) -> None:
        self._cache = cache
        self._waiting: dict[_Place, ReadingToKeep] = {}
        self._being_written: dict[_Place, ReadingToKeep] = {}
        self._to_release: dict[str, set[Key]] = {}
        self._writing: asyncio.Task[None] | None = None

    def put(self, readings: Sequence[ReadingToKeep]) -> None:
        if len(self._waiting) + len(readings) > WAITING_MAX:
            log.warning("readings dropped", readings=len(readings), waiting=len(self._waiting))
            return
        self._waiting |= {(each.question, (each.source_key, each.external_id)): each for each in readings}
        self._write()

    def waiting(self, question: str, keys: Collection[Key]) -> Mapping[Key, ReadingToKeep]:
        """What the cache does not have yet, so that whoever reads twice finds what was read first."""
        if not self._waiting and not self._being_written:
            return {}
        found = {key: self._waiting.get((question, key)) or self._being_written.get((question, key)) for key in keys}
        return {key: each for key, each in found.items() if each is not None}

    def drop(self, source_key: str, external_ids: Collection[str]) -> None:
        gone = {(source_key, id_) for id_ in external_ids}
        for places in (self._waiting, self._being_written):
            for place in [place for place in places if place[1] in gone]:
                del places[place]

    def release(self, question: str, keys: Sequence[Key]) -> None:
        self._to_release.setdefault(question, set()).update(keys)
        self._write()

    async def flushed(self) -> None:
        """Once all that was put before has been written, or given up."""
        if self._writing is not None:
            await asyncio.wait({self._writing})

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.flushed()
        except TimeoutError:
            log.warning("readings dropped", readings=len(self._waiting), waiting=0)
        finally:
            if self._writing is not None:
                self._writing.cancel()
                await asyncio.wait({self._writing})

    def _write(self) -> None:
        if self._writing is None or self._writing.done():
            # In a context of its own: it is nobody's request.
            self._writing = asyncio.create_task(self._drain(), name="write readings", context=Context())

    async def _drain(self) -> None:
        while self._waiting or self._to_release:
            batch = dict(islice(self._waiting.items(), BATCH_MAX))
            self._being_written = dict(batch)
            for place in batch:
                del self._waiting[place]
            releasing, self._to_release = self._to_release, {}
            try:
                if batch:
                    await self._cache.put(list(batch.values()))
                for question, keys in releasing.items():
                    await self._cache.release(question, list(keys))
            except CacheAway as exc:
                log.warning("readings dropped", readings=len(batch), reason=str(exc))
            finally:
                self._being_written = {}
