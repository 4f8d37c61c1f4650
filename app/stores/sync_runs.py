"""Runs over the feeds of sources: begun once, taken over where their process died, gone on with page by page.

A run goes on from its last page, whoever goes on with it. Two processes that believe it is theirs are told apart when
they take over a page: the page's transaction has seen the number of pages before it, and only one of them has seen the
present one. Times are by the database's clock, which all processes share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.sync import SyncMode, SyncStatus
from app.stores.transaction import Transaction

BUSY_FOR = timedelta(seconds=30)
"""Since the last sign of life. Longer than reading and taking over a page, and not longer than it takes until the job
of a worker that died is given to another (WORKER_TAKEOVER_S)."""
KEPT_FOR = timedelta(days=30)

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('sync ' || $1::text || ' ' || $2::text, 0))"
_KNOW_FEED = "INSERT INTO sync_cursors (source_key, feed) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_RUNNING = """
SELECT id, mode, cursor, pages, started_at, is_held AND heartbeat_at > now() - $3::interval AS is_busy FROM sync_runs
 WHERE source_key = $1 AND feed = $2 AND status = 'RUNNING'
"""
_BEGIN = """
INSERT INTO sync_runs (source_key, feed, mode, status, cursor)
VALUES ($1, $2, $3::text, 'RUNNING',
        CASE $3::text WHEN 'INCREMENTAL' THEN (SELECT cursor FROM sync_cursors WHERE source_key = $1 AND feed = $2) END)
RETURNING id, mode, cursor, pages, started_at
"""
_GO_ON = "UPDATE sync_runs SET is_held = true, heartbeat_at = now() WHERE id = $1"
_BEGIN_ANEW = """
UPDATE sync_runs SET is_held = true, heartbeat_at = now(), started_at = now(), mode = 'FULL', cursor = NULL, pages = 0,
                     read = 0, created = 0, changed = 0, unchanged = 0, gone = 0, refused = 0
 WHERE id = $1
RETURNING id, mode, cursor, pages, started_at
"""
_LOCK_PAGE = "SELECT FROM sync_runs WHERE id = $1 AND status = 'RUNNING' AND pages = $2 FOR NO KEY UPDATE"
_MOVE = """
UPDATE sync_runs
   SET cursor = $2, pages = pages + 1, heartbeat_at = now(), is_held = $3, error = NULL, read = read + $4,
       created = created + $5, changed = changed + $6, unchanged = unchanged + $7, gone = gone + $8,
       refused = refused + $9
 WHERE id = $1
"""
_KEEP_CURSOR = "UPDATE sync_cursors SET cursor = $3 WHERE source_key = $1 AND feed = $2"
_DONE = "UPDATE sync_runs SET status = 'DONE', ended_at = now(), is_held = false WHERE id = $1"
_SYNCED = "UPDATE sync_cursors SET cursor = $3, synced_at = now() WHERE source_key = $1 AND feed = $2"
_TELL_CONNECTOR = """
UPDATE connectors
   SET last_sync_at = (SELECT CASE count(synced_at) WHEN cardinality($2::text[]) THEN min(synced_at) END
                         FROM sync_cursors WHERE source_key = $1 AND feed = ANY($2::text[]))
 WHERE source_key = $1
"""
_LET_GO = "UPDATE sync_runs SET is_held = false, error = $3 WHERE id = $1 AND status = 'RUNNING' AND pages = $2"
_FAIL = """
UPDATE sync_runs SET status = 'FAILED', error = $3, ended_at = now(), is_held = false
 WHERE source_key = $1 AND feed = $2 AND status = 'RUNNING'
"""
_LATEST = """
SELECT asked.source_key, asked.feed, latest.status, latest.heartbeat_at, latest.ended_at
  FROM unnest($1::text[], $2::text[]) AS asked (source_key, feed)
  JOIN LATERAL (SELECT * FROM sync_runs run WHERE run.source_key = asked.source_key AND run.feed = asked.feed
                 ORDER BY run.started_at DESC LIMIT 1) latest ON true
"""
_FORGET = "DELETE FROM sync_runs WHERE ended_at < $1"
_STATES = text("""
SELECT known.source_key, known.feed, latest.status, latest.mode, latest.read, latest.created, latest.changed,
       latest.unchanged, latest.gone, latest.refused, latest.error, latest.started_at, latest.ended_at, known.synced_at,
       (SELECT count(*) FROM sync_refusals refused
         WHERE refused.source_key = known.source_key AND refused.feed = known.feed) AS refusals
  FROM sync_cursors known
  JOIN LATERAL (SELECT * FROM sync_runs run WHERE run.source_key = known.source_key AND run.feed = known.feed
                 ORDER BY run.started_at DESC LIMIT 1) latest ON true
 ORDER BY known.source_key, known.feed
""")


@dataclass(frozen=True, slots=True)
class Run:
    """As it was when its next page was asked for."""

    id: UUID
    source_key: str
    feed: str
    mode: SyncMode
    cursor: str | None
    pages: int
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of records; `unchanged` are those of a version that was taken over before, or an older one."""

    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: count + getattr(other, name) for name, count in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest run of a feed."""

    status: SyncStatus
    heartbeat_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SyncState:
    """How far the copy of a feed is: its latest run, and when one last came to its end."""

    source_key: str
    feed: str
    status: SyncStatus
    mode: SyncMode
    counts: Counts
    error: str | None
    """Why its last attempt failed, or it for good."""
    started_at: datetime
    ended_at: datetime | None
    synced_at: datetime | None
    refusals: int
    """Records that could not be taken over, of whatever run, and have not been since."""


async def begin(tx: Transaction, source_key: str, feed: str, *, full: bool) -> Run | None:
    """A new run, or the unfinished one to go on with. None while another process is at work on the feed.

    A full run takes the place of an unfinished one of what has changed.
    """
    await tx.run(_LOCK, source_key, feed)
    await tx.run(_KNOW_FEED, source_key, feed)
    row = await tx.row(_RUNNING, source_key, feed, BUSY_FOR)
    if row is None:
        row = await tx.row(_BEGIN, source_key, feed, SyncMode.FULL if full else SyncMode.INCREMENTAL)
    elif row["is_busy"]:
        return None
    elif full and row["mode"] == SyncMode.INCREMENTAL:
        row = await tx.row(_BEGIN_ANEW, row["id"])
    else:
        await tx.run(_GO_ON, row["id"])
    assert row is not None  # noqa: S101 - found, or made just now
    return Run(row["id"], source_key, feed, SyncMode(row["mode"]), row["cursor"], row["pages"], row["started_at"])


async def is_running(tx: Transaction, run_id: UUID) -> bool:
    running: bool = await tx.value("SELECT status = 'RUNNING' FROM sync_runs WHERE id = $1", run_id)
    return bool(running)


async def lock_page(tx: Transaction, run: Run) -> bool:
    """Whether the run's next page is ours to take over. Locked until the transaction ends."""
    return await tx.row(_LOCK_PAGE, run.id, run.pages) is not None


async def move(tx: Transaction, run: Run, cursor: str, counts: Counts, *, is_held: bool) -> Run:
    """The page is taken over. Answers the run as it goes on. Not `is_held`: another process may go on with it."""
    await tx.run(_MOVE, run.id, cursor, is_held, *asdict(counts).values())
    if run.mode is SyncMode.INCREMENTAL:
        await tx.run(_KEEP_CURSOR, run.source_key, run.feed, cursor)
    return Run(run.id, run.source_key, run.feed, run.mode, cursor, run.pages + 1, run.started_at)


async def finish(tx: Transaction, run: Run, feeds: Sequence[str]) -> None:
    """After its last page. `feeds` are all that the source is configured for: the connector is as fresh as the one
    that was synced longest ago, and was never synced while one of them was not.
    """
    await tx.run(_DONE, run.id)
    await tx.run(_SYNCED, run.source_key, run.feed, run.cursor)
    await tx.run(_TELL_CONNECTOR, run.source_key, list(feeds))


async def let_go(tx: Transaction, run: Run, error: str) -> None:
    """This attempt has failed; the next goes on from the last page."""
    await tx.run(_LET_GO, run.id, run.pages, error)


async def fail(tx: Transaction, source_key: str, feed: str, error: str) -> None:
    """For good: what comes next is a run of its own."""
    await tx.run(_FAIL, source_key, feed, error)


async def latest_runs(tx: Transaction, feeds: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Latest]:
    """By source key and feed; one that never ran is left out."""
    rows = await tx.rows(_LATEST, [key for key, _ in feeds], [feed for _, feed in feeds])
    return {(row[0], row[1]): Latest(SyncStatus(row[2]), row[3], row[4]) for row in rows}


async def forget_old(tx: Transaction) -> None:
    await tx.run(_FORGET, tx.at - KEPT_FOR)


async def sync_states(engine: AsyncEngine) -> list[SyncState]:
    """Of every feed that ever ran, by source key and feed."""
    async with engine.connect() as connection:
        return [_state(row) for row in (await connection.execute(_STATES)).mappings()]


def _state(row: Mapping[Any, Any]) -> SyncState:
    counts = Counts(**{name: row[name] for name in ("read", "created", "changed", "unchanged", "gone", "refused")})
    return SyncState(
        source_key=row["source_key"],
        feed=row["feed"],
        status=SyncStatus(row["status"]),
        mode=SyncMode(row["mode"]),
        counts=counts,
        error=row["error"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        synced_at=row["synced_at"],
        refusals=row["refusals"],
    )
