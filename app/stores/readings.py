"""The cache of what was read from outside systems, in Postgres: `ReadingCache` of app/connectors/reading_cache.py.

Looking up is a read like any other, so it goes over the connections for reading, whose statements stay prepared, and
never waits for a command. Writing is short transactions of the writers. Rows are written in the order of their key,
so that two writers wait for each other and never for both. All times that are compared are by the clock of Postgres.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg

from app.domain.actor import SYSTEM
from app.domain.source_reading import CacheAway, Key, ReadingToKeep, Remembered
from app.execution.connections import NoFreeConnection, ReadsRows
from app.stores.transaction import Transaction, Writers

KEPT_FOR = timedelta(days=7)
"""Ours: after a week nobody is helped by a stale value, and what is kept may be about people."""
LOOK_UP_TIMEOUT_S = 0.25
"""Of what a reader waits for. A source answers in about that time, so it may as well be asked."""
WRITE_TIMEOUT_S = 5.0

_GET = """
SELECT reading.source_key, reading.external_id, reading.value, reading.as_of
  FROM unnest($2::text[], $3::text[]) AS wanted (source_key, external_id)
  JOIN source_readings reading ON reading.source_key = wanted.source_key
       AND reading.external_id = wanted.external_id AND reading.question = $1
  LEFT JOIN source_changes change ON change.source_key = wanted.source_key AND change.external_id = wanted.external_id
 WHERE reading.as_of IS NOT NULL AND (change.told_at IS NULL OR change.told_at < reading.asked_at)
"""
# The age is taken after the transaction began, so that `asked_at` comes out too early rather than too late.
_PUT = """
INSERT INTO source_readings (source_key, external_id, question, value, as_of, asked_at)
SELECT fresh.source_key, fresh.external_id, fresh.question, fresh.value::json, fresh.as_of,
       now() - make_interval(secs => fresh.age_s)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::float8[])
       AS fresh (source_key, external_id, question, value, as_of, age_s)
 WHERE NOT EXISTS (SELECT FROM source_changes change
                    WHERE change.source_key = fresh.source_key AND change.external_id = fresh.external_id
                      AND change.told_at >= now() - make_interval(secs => fresh.age_s))
 ORDER BY fresh.source_key, fresh.external_id, fresh.question
    ON CONFLICT (source_key, external_id, question) DO UPDATE
   SET value = excluded.value, as_of = excluded.as_of, asked_at = excluded.asked_at, claimed_until = NULL
 WHERE source_readings.asked_at IS NULL OR source_readings.asked_at <= excluded.asked_at
"""
_CHANGED = """
INSERT INTO source_changes (source_key, external_id, told_at)
SELECT $1, changed.external_id, clock_timestamp() FROM unnest($2::text[]) AS changed (external_id)
 ORDER BY changed.external_id
    ON CONFLICT (source_key, external_id) DO UPDATE SET told_at = excluded.told_at
"""
_LOCK = """
SELECT FROM source_readings WHERE source_key = $1 AND external_id = ANY ($2::text[])
 ORDER BY source_key, external_id, question FOR UPDATE
"""
_DROP = "DELETE FROM source_readings WHERE source_key = $1 AND external_id = ANY ($2::text[])"
_CLAIM = """
INSERT INTO source_readings (source_key, external_id, question, claimed_until)
SELECT wanted.source_key, wanted.external_id, $1, clock_timestamp() + make_interval(secs => $4)
  FROM unnest($2::text[], $3::text[]) AS wanted (source_key, external_id)
 ORDER BY wanted.source_key, wanted.external_id
    ON CONFLICT (source_key, external_id, question) DO UPDATE SET claimed_until = excluded.claimed_until
 WHERE (source_readings.claimed_until IS NULL OR source_readings.claimed_until < clock_timestamp())
   AND (source_readings.as_of IS NULL OR source_readings.as_of < $5)
RETURNING source_key, external_id
"""
_RELEASE = """
WITH held AS (
    SELECT reading.source_key, reading.external_id FROM source_readings reading
      JOIN unnest($2::text[], $3::text[]) AS wanted (source_key, external_id)
           ON reading.source_key = wanted.source_key AND reading.external_id = wanted.external_id
     WHERE reading.question = $1
     ORDER BY reading.source_key, reading.external_id FOR UPDATE OF reading)
UPDATE source_readings reading SET claimed_until = NULL FROM held
 WHERE reading.source_key = held.source_key AND reading.external_id = held.external_id AND reading.question = $1
"""
_TIDY = """
DELETE FROM source_readings
 WHERE coalesce(as_of, claimed_until) < $1 OR (as_of IS NULL AND claimed_until IS NULL)
"""
_TIDY_CHANGES = "DELETE FROM source_changes WHERE told_at < $1"


class StoredReadings:
    def __init__(
        self, reading: ReadsRows, writers: Writers, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._reading = reading
        self._writers = writers
        self._monotonic = monotonic

    async def get(self, question: str, keys: Sequence[Key]) -> Mapping[Key, Remembered]:
        async with self._within(LOOK_UP_TIMEOUT_S):
            rows = await self._reading.rows(_GET, [question, *_columns(keys)])
        return {(source_key, external_id): Remembered(value, as_of) for source_key, external_id, value, as_of in rows}

    async def put(self, readings: Sequence[ReadingToKeep]) -> None:
        async with self._within(WRITE_TIMEOUT_S), self._writers.transaction(SYSTEM) as tx:
            now_s = self._monotonic()
            rows = [
                (each.source_key, each.external_id, each.question, each.value, each.as_of, now_s - each.asked_at_s)
                for each in readings
            ]
            await tx.run(_PUT, *map(list, zip(*rows, strict=True)))

    async def forget(self, source_key: str, external_ids: Sequence[str]) -> None:
        async with self._within(WRITE_TIMEOUT_S), self._writers.transaction(SYSTEM) as tx:
            ids = list(external_ids)
            await tx.run(_CHANGED, source_key, ids)
            await tx.run(_LOCK, source_key, ids)
            await tx.run(_DROP, source_key, ids)

    async def claim(self, question: str, keys: Sequence[Key], *, for_s: float, older_than: datetime) -> frozenset[Key]:
        async with self._within(LOOK_UP_TIMEOUT_S), self._writers.transaction(SYSTEM) as tx:
            rows = await tx.rows(_CLAIM, question, *_columns(keys), for_s, older_than)
        return frozenset((source_key, external_id) for source_key, external_id in rows)

    async def release(self, question: str, keys: Sequence[Key]) -> None:
        async with self._within(WRITE_TIMEOUT_S), self._writers.transaction(SYSTEM) as tx:
            await tx.run(_RELEASE, question, *_columns(keys))

    @asynccontextmanager
    async def _within(self, timeout_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except (TimeoutError, OSError, NoFreeConnection, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
            # Its text may quote a row.
            raise CacheAway(f"Postgres does not answer ({type(exc).__name__})") from exc


async def tidy_readings(tx: Transaction) -> None:
    oldest = tx.at - KEPT_FOR
    await tx.run(_TIDY, oldest)
    # Later than any reading that they hide.
    await tx.run(_TIDY_CHANGES, oldest - timedelta(days=1))


def _columns(keys: Sequence[Key]) -> tuple[list[str], list[str]]:
    return [source_key for source_key, _ in keys], [external_id for _, external_id in keys]
